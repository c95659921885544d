"""Special care in documents: the notice of a plan, and its disclosure."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocator.money import Money
from api.advice_documents import proposal_document
from api.client_file import ClientRecord
from api.own_order_document import OwnOrder, own_order_document
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.texts import Language, Texts
from api.workup import Workup, work_up
from risk_profiles.life_path_findings import HIGHEST_TOLD

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
# Sixty-eight, with the answers of somebody who is ready for more.
BOLD_RETIREE = replace(BOOK["retiree-68"], answers=BOOK["balanced-sheet"].answers)


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


def told(document: dict[str, Any]) -> list[str]:
    return [one["evidence"]["amount"]["value"] for one in document["notices"]]


def test_a_plan_for_an_elder_names_what_it_buys_above_r2() -> None:
    made: dict[str, Any] = proposal_document(worked_up(BOLD_RETIREE))
    bought = [o for o in made["orders"] if o["side"] == "buy" and o["risk_level"] > "R2"]
    assert bought
    assert all(order["risk_level"] == "R3" for order in bought)
    assert told(made) == [str(sum(Decimal(order["amount"]) for order in bought))]


@pytest.mark.parametrize("client_id", ["young-renter", "balanced-sheet", "widow-76"])
def test_nobody_else_is_told(client_id: str) -> None:
    made: dict[str, Any] = proposal_document(worked_up(BOOK[client_id]))
    assert told(made) == []


def test_an_elder_who_chooses_such_a_product_itself_is_told_as_well() -> None:
    own = OwnOrder("balanced-fund-40", Money.parse("1000.00"))
    made: dict[str, Any] = own_order_document(worked_up(BOLD_RETIREE), own)
    assert told(made) == ["1000.00"]


@pytest.mark.parametrize("language", Language)
def test_the_disclosure_names_ages_levels_and_the_limits_of_the_life_path(language: str) -> None:
    texts = Texts(language)
    person = texts.say("page.how.person.text")
    assert all(level in person for level in ("R2", "R4", "R5"))
    life_path = texts.say("page.how.life_path.text")
    assert texts.integer(20_000) in life_path
    assert texts.percent(HIGHEST_TOLD) in life_path
