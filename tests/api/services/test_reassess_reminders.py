"""Reminders to answer again: facts of the day of an assessment against facts of the scan."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from allocator.money import Money
from allocator.rebalancing.triggers import ReminderKind
from api.callers import BANK
from api.client_file import ClientRecord, Renewal
from api.clock import FixedClock
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.services.clients import onboard_client, renew_facts
from api.services.due import changed_facts
from api.services.scan import scan
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.records import Assessment, Reminder
from api.store.unit_of_work import Store, make_store
from risk_profiles.person import ClientFacts

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
CLIENT = "civil-servant-family"


class Desk:
    """One assessed client and the scan."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.clock = FixedClock(NOON)
        self.reference: ReferenceData = load_reference_data()
        book = load_sample_book(self.reference.shelf)
        self.record: ClientRecord = next(one for one in book if one.client_id == CLIENT)
        onboard_client(store, self.clock, self.reference, settings, BANK, self.record)

    def renew(self, **facts: Any) -> None:
        sheet = self.record.balance_sheet
        renewal = Renewal(replace(self.record.facts, **facts), sheet.debts, sheet.policies)
        renew_facts(self.store, self.clock, self.reference, BANK, client_id=CLIENT, renewal=renewal)

    def scan(self, day: date = TODAY) -> list[Reminder]:
        """Scan and return the calls for a new assessment so far, the oldest first."""
        scan(self.store, self.clock, self.reference, as_of=day)
        with self.store.read() as uow:
            found = uow.reminders.list(BANK, client_id=CLIENT)
        asked = [one for one in found if one.kind == ReminderKind.REASSESS]
        return sorted(asked, key=lambda one: one.day)

    def assessment(self) -> Assessment:
        with self.store.read() as uow:
            return uow.assessments.newest(BANK, CLIENT)


def code(reminder: Reminder) -> str:
    return str(json.loads(reminder.document)["statement"]["code"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/robo.sqlite",
        venue_url=f"sqlite:///{tmp_path}/venue.sqlite",
    )
    upgrade(settings)
    store = make_store(settings)
    yield Desk(store, settings)
    store.dispose()


def test_unchanged_facts_call_for_no_new_assessment(desk: Desk) -> None:
    assert desk.scan() == []


def test_a_smaller_income_calls_for_one_with_both_figures_and_the_last_day(desk: Desk) -> None:
    desk.renew(annual_income=Money.parse("100000"))
    before = desk.assessment()
    (reminder,) = desk.scan()
    assert code(reminder) == "reminder.reassess_income"
    evidence = json.loads(reminder.document)["statement"]["evidence"]
    assert evidence == {
        "before": {"kind": "money", "value": "216000.00"},
        "after": {"kind": "money", "value": "100000.00"},
        "valid_until": {"kind": "date", "value": "2027-11-20"},
    }
    assert desk.assessment() == before


def test_several_changes_make_one_reminder_and_the_weightiest_is_told(desk: Desk) -> None:
    desk.renew(annual_income=Money.parse("100000"), earners=1)
    assert [code(one) for one in desk.scan()] == ["reminder.reassess_income"]
    assert len(desk.scan()) == 1


def test_what_was_said_is_not_repeated_within_ninety_days(desk: Desk) -> None:
    desk.renew(earners=1)
    days = (0, 1, 89, 90, 179, 180)
    counts = [len(desk.scan(TODAY + timedelta(days=day))) for day in days]
    assert counts == [1, 1, 1, 2, 2, 3]


def test_the_end_of_an_assessment_is_told_before_what_changed(desk: Desk) -> None:
    desk.renew(earners=1)
    ends_soon = desk.assessment().valid_until - timedelta(days=29)
    assert [code(one) for one in desk.scan(ends_soon)] == ["reminder.reassess"]


def test_a_birthday_that_the_form_counts_calls_for_one(desk: Desk) -> None:
    form, facts = desk.reference.questionnaire, desk.record.facts
    age = facts.age_on(TODAY)
    band = form.age_band(age)
    assert band.below is not None
    sheet = replace(desk.record.balance_sheet, as_of=TODAY)
    assessment = desk.assessment()

    def found(born: date) -> list[str]:
        aged: ClientFacts = replace(facts, birth_date=born)
        return [one.statement.code for one in changed_facts(assessment, aged, sheet, form)]

    birthday = facts.birth_date.replace(year=TODAY.year - band.below)
    assert birthday <= TODAY.replace(year=birthday.year)
    assert found(birthday) == ["reminder.reassess_age"]
    assert found(birthday + timedelta(days=366)) == []


def test_an_assessment_of_the_time_before_bases_calls_for_nothing(desk: Desk) -> None:
    desk.renew(earners=1)
    old = desk.assessment()
    document = json.loads(old.document)
    del document["basis"]
    bare = replace(old, document=json.dumps(document))
    facts = replace(desk.record.facts, earners=1)
    form = desk.reference.questionnaire
    assert changed_facts(bare, facts, desk.record.balance_sheet, form) == []
    assert changed_facts(old, facts, desk.record.balance_sheet, form) != []
