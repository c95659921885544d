"""A sheet assessed without a store: the same verdict as the store's, and what would be asked."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from allocator.errors import InputError
from api.callers import BANK
from api.clock import FixedClock
from api.commands.options import open_store
from api.documents import statement_documents
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.services.assess import current_profile
from api.services.assess_sheet import assess_sheet, open_follow_ups
from api.services.clients import onboard_client
from api.settings import Settings
from risk_profiles.contradictions import find_unreachable_wish
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import Rule

REFERENCE = load_reference_data()
RECORDS = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
# Two sheets besides the book's: one full of contradictions, one that only wishes too much.
CONTRADICTORY = {"q4": "a", "q7": "a", "q8": "e", "q9": "a", "q11": "e", "q19": "e"}


@pytest.mark.parametrize("changes", [{}, CONTRADICTORY, {"q19": "e"}])
def test_a_sheet_alone_is_assessed_as_the_store_assesses_it(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/robo.sqlite",
        venue_url=f"sqlite:///{tmp_path}/venue.sqlite",
    )
    clock = FixedClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC))
    store = open_store(settings)
    for client_id, record in RECORDS.items():
        record = replace(record, answers={**(record.answers or {}), **changes})
        onboard_client(store, clock, REFERENCE, settings, BANK, record)
        stored: dict[str, Any] = current_profile(store, clock, BANK, client_id=client_id)
        age = record.facts.age_on(record.balance_sheet.as_of)
        sheet = assess_sheet(REFERENCE, record.answers or {}, age=age, record=record)
        assert sheet.profile.level.value == stored["level"], client_id
        assert statement_documents(sheet.profile.reasons) == stored["reasons"]
        assert statement_documents(sheet.flags) == stored["flags"]
        assert statement_documents(sheet.outlook) == stored["outlook"]
    store.dispose()


def test_every_contradiction_of_a_sheet_is_asked_again_in_the_forms_order() -> None:
    answers = {**(RECORDS["young-renter"].answers or {}), **CONTRADICTORY}
    asked = open_follow_ups(REFERENCE, answers, age=28)
    assert [(one.question_id, one.rules) for one in asked] == [
        ("q4", (Rule.K4,)),
        ("q11", (Rule.K1,)),
        ("q19", (Rule.K5, Rule.K3)),
    ]


def test_the_wish_is_compared_with_what_the_level_itself_can_reach() -> None:
    answers = {**(RECORDS["young-renter"].answers or {}), "q19": "e"}
    (asked,) = open_follow_ups(REFERENCE, answers, age=28)
    level = make_profile(REFERENCE.questionnaire, answers, age=28).level
    reachable = REFERENCE.reachable_returns[level]
    assert asked.figures == {"target_return": 0.08, "reachable_return": reachable}
    assert (
        find_unreachable_wish(REFERENCE.questionnaire, answers, reachable_return=reachable)
        is not None
    )
    modest = {**answers, "q19": "a"}
    assert open_follow_ups(REFERENCE, modest, age=28) == ()


def test_without_records_or_seconds_nothing_is_compared_with_them() -> None:
    record = RECORDS["securities-broker"]
    answers, age = record.answers or {}, record.facts.age_on(record.balance_sheet.as_of)
    alone = assess_sheet(REFERENCE, answers, age=age)
    beside = assess_sheet(REFERENCE, answers, age=age, record=record, seconds=59.9)
    assert alone.flags == ()
    assert [flag.code for flag in beside.flags] == ["review.k8_reserve", "review.k9_fast"]
    assert assess_sheet(REFERENCE, answers, age=age, seconds=60.0).flags == ()


def test_a_sheet_that_is_not_whole_is_refused() -> None:
    with pytest.raises(InputError) as refusal:
        assess_sheet(REFERENCE, {"q2": "a"}, age=40)
    assert refusal.value.code == "invalid_answers"
    assert "/answers/q3" in {problem.field for problem in refusal.value.problems}
