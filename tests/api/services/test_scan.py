"""The nightly scan over the sample book in a real store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from allocator.money import Money
from allocator.rebalancing.triggers import FLOOR_TOLERANCE, TRADE_KINDS, ReminderKind
from api.callers import BANK, Role
from api.clock import FixedClock
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.services.assess import submit_answers
from api.services.clients import register_client
from api.services.reviews import pending_reviews, review_assessment
from api.services.scan import ScanRow, scan
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.records import Reminder, ReminderStatus
from api.store.unit_of_work import Store, make_store

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@dataclass
class Book:
    store: Store
    clock: FixedClock
    reference: ReferenceData
    settings: Settings

    def scan(self, day: date = TODAY) -> dict[str, ScanRow]:
        report = scan(self.store, self.clock, self.reference, as_of=day)
        return {row.client_id: row for row in report.rows}

    def reminders(self) -> list[tuple[str, date, str, dict[str, Any]]]:
        with self.store.read() as uow:
            found = uow.reminders.list(BANK)
        return [(r.client_id, r.day, r.kind, json.loads(r.document)) for r in found]

    def remember(self, client_id: str, day: date, kind: ReminderKind) -> None:
        """Store a reminder as an earlier scan would have left it."""
        with self.store.begin() as uow:
            uow.reminders.add(
                Reminder(
                    id=f"earlier-{client_id}-{day}-{kind}",
                    client_id=client_id,
                    day=day,
                    kind=kind.value,
                    status=ReminderStatus.OPEN,
                    document="{}",
                    created_at=NOON,
                )
            )
            uow.commit()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/robo.sqlite",
        venue_url=f"sqlite:///{tmp_path}/venue.sqlite",
    )
    upgrade(settings)
    store, clock, reference = make_store(settings), FixedClock(NOON), load_reference_data()
    for record in load_sample_book(reference.shelf):
        register_client(store, clock, None, record)
        assert record.answers is not None
        submit_answers(
            store,
            clock,
            reference,
            settings,
            BANK,
            client_id=record.client_id,
            answers=record.answers,
        )
    yield Book(store, clock, reference, settings)
    store.dispose()


def test_scanning_again_on_the_same_day_writes_nothing(book: Book) -> None:
    first = book.scan()
    stored = book.reminders()
    again = book.scan()
    assert sum(row.created for row in first.values()) == len(stored) > 0
    assert sum(row.created for row in again.values()) == 0
    assert book.reminders() == stored
    assert [row.kinds for row in first.values()] == [row.kinds for row in again.values()]


def test_a_reminder_of_a_kind_is_not_repeated_within_ninety_days(book: Book) -> None:
    first = book.scan()
    reminded = {c for c, row in first.items() if ReminderKind.DRIFT in row.kinds}
    assert reminded
    sooner = book.scan(TODAY + timedelta(days=89))
    assert all(ReminderKind.DRIFT not in sooner[c].kinds for c in reminded)
    later = book.scan(TODAY + timedelta(days=90))
    assert all(later[c].created for c in reminded)


@pytest.mark.parametrize("earlier", sorted(TRADE_KINDS))
def test_any_two_reminders_to_trade_lie_ninety_days_apart(
    book: Book, earlier: ReminderKind
) -> None:
    book.remember("equity-fan", TODAY - timedelta(days=89), earlier)
    assert book.scan()["equity-fan"].kinds == ()
    assert book.scan(TODAY + timedelta(days=1))["equity-fan"].kinds == (ReminderKind.LIQUIDITY,)


def test_no_second_kind_to_trade_on_the_day_of_the_first(book: Book) -> None:
    book.remember("equity-fan", TODAY, ReminderKind.DRIFT)
    assert book.scan()["equity-fan"].kinds == ()


def test_four_reminders_to_trade_in_twelve_months_are_the_most_whatever_their_kinds(
    book: Book,
) -> None:
    for days, kind in zip((364, 270, 180, 90), sorted(TRADE_KINDS), strict=True):
        book.remember("equity-fan", TODAY - timedelta(days=days), kind)
    assert book.scan()["equity-fan"].kinds == ()
    assert book.scan(TODAY + timedelta(days=1))["equity-fan"].kinds == (ReminderKind.LIQUIDITY,)


def test_news_that_is_no_trade_neither_waits_nor_makes_others_wait(book: Book) -> None:
    for kind in set(ReminderKind) - TRADE_KINDS:
        book.remember("equity-fan", TODAY - timedelta(days=1), kind)
    assert book.scan()["equity-fan"].kinds == (ReminderKind.LIQUIDITY,)
    ends = TODAY + timedelta(days=365)
    book.remember("equity-fan", ends - timedelta(days=1), ReminderKind.DRIFT)
    assert book.scan(ends)["equity-fan"].kinds == (ReminderKind.REASSESS,)


def test_silence_where_acting_is_not_worth_it(book: Book) -> None:
    rows = book.scan()
    for row in rows.values():
        if ReminderKind.DRIFT in row.kinds:
            assert row.gain > row.cost
            assert row.gain >= Money.parse("100.00")
    # What this client holds is the optimum already.
    assert rows["balanced-sheet"].kinds == ()
    assert rows["balanced-sheet"].drift == pytest.approx(0, abs=0.01)


def test_a_volatility_far_above_the_cap_is_told_before_drift(book: Book) -> None:
    # The broker's shares swing by 14 % a year against a cap of 12 %.
    row = book.scan()["securities-broker"]
    assert row.kinds == (ReminderKind.RISK,)
    assert row.volatility is not None
    assert row.volatility > 1.1 * 0.12


def test_an_empty_emergency_fund_is_told_first(book: Book) -> None:
    rows = book.scan()
    assert rows["equity-fan"].kinds == (ReminderKind.LIQUIDITY,)
    # Money that is locked cannot be called for: what locks allow is what is asked.
    assert ReminderKind.LIQUIDITY not in rows["locked-deposit"].kinds


def test_the_numbers_of_a_reminder_are_the_engines_numbers(book: Book) -> None:
    rows = book.scan()
    for client_id, _, kind, document in book.reminders():
        evidence = document["statement"]["evidence"]
        row = rows[client_id]
        if kind == ReminderKind.DRIFT:
            assert evidence["drift"]["value"] == f"{row.drift:.6f}"
            assert evidence["gain"]["value"] == document["gain"] == str(row.gain.amount)
            assert evidence["cost"]["value"] == document["cost"] == str(row.cost.amount)
        if kind == ReminderKind.RISK:
            assert evidence["volatility"]["value"] == f"{row.volatility:.6f}"
        if kind in (ReminderKind.LIQUIDITY, ReminderKind.GOALS):
            missing = float(evidence["needed"]["value"]) - float(evidence["share"]["value"])
            assert missing > FLOOR_TOLERANCE - 1e-6


def test_one_clients_trouble_does_not_stop_the_others(book: Book) -> None:
    with book.store.engine.begin() as connection:
        connection.execute(text("UPDATE client SET facts = '{' WHERE id = 'entrepreneur'"))
    rows = book.scan()
    assert rows["entrepreneur"].error is not None
    assert rows["entrepreneur"].kinds == ()
    assert [c for c, row in rows.items() if row.error] == ["entrepreneur"]
    assert sum(row.created for row in rows.values()) > 5


def test_an_assessment_is_called_for_a_month_before_it_ends_and_freezes_the_rest(
    book: Book,
) -> None:
    valid_until = TODAY + timedelta(days=365)
    before = book.scan(valid_until - timedelta(days=30))
    # Those who reached an age at which the form counts otherwise were called before that.
    called = {
        client_id: document["statement"]["code"]
        for client_id, _, kind, document in book.reminders()
        if kind == ReminderKind.REASSESS
    }
    assert set(called.values()) == {"reminder.reassess_age"}
    # A client who has passed the planned retirement age meanwhile must renew the facts first.
    overtaken = [c for c, row in before.items() if row.kinds == (ReminderKind.FACTS,)]
    assert overtaken == ["one-year-before-retirement"]
    last_month = book.scan(valid_until - timedelta(days=29))
    rest = [row for c, row in last_month.items() if c not in overtaken and c not in called]
    assert len(rest) > 10
    assert all(ReminderKind.REASSESS in row.kinds for row in rest)
    after = book.scan(valid_until + timedelta(days=100))
    assert all(row.drift is None for row in after.values())
    told = [row for c, row in after.items() if c not in overtaken]
    assert all(row.kinds == (ReminderKind.REASSESS,) for row in told)


def test_who_was_set_aside_is_asked_to_answer_again_and_to_nothing_else(book: Book) -> None:
    token = add_user(
        book.store, book.clock, name="Ann", role=Role.ADVISOR, book=["teacher-with-annuity"]
    )
    advisor = authenticate(book.store, token)
    (flagged,) = pending_reviews(book.store, advisor)
    review_assessment(
        book.store,
        book.clock,
        advisor,
        assessment_id=flagged["id"],
        outcome="answer_again",
        note="the loans are not on record",
    )
    row = book.scan()["teacher-with-annuity"]
    assert row.drift is None
    assert row.kinds[0] is ReminderKind.REASSESS
    codes = [d["statement"]["code"] for c, _, _, d in book.reminders() if c == row.client_id]
    assert "reminder.reassess_assessment_set_aside" in codes


def test_new_answers_end_the_call_for_them_and_no_other_reminder(book: Book) -> None:
    last_month = TODAY + timedelta(days=340)
    book.scan(last_month)
    book.clock.set(NOON + timedelta(days=340))
    before = {r.id: (r.kind, r.status) for r in of_client(book, "young-renter")}
    assert (ReminderKind.REASSESS, ReminderStatus.OPEN) in before.values()
    record = next(
        r for r in load_sample_book(book.reference.shelf) if r.client_id == "young-renter"
    )
    submit_answers(
        book.store,
        book.clock,
        book.reference,
        book.settings,
        BANK,
        client_id="young-renter",
        answers=record.answers or {},
    )
    for reminder in of_client(book, "young-renter"):
        kind, status = before[reminder.id]
        ended = kind == ReminderKind.REASSESS
        assert reminder.status is (ReminderStatus.DISMISSED if ended else status)


def of_client(book: Book, client_id: str) -> tuple[Reminder, ...]:
    with book.store.read() as uow:
        return tuple(uow.reminders.list(BANK, client_id=client_id))


def statuses(book: Book, client_id: str) -> dict[tuple[str, date], ReminderStatus]:
    return {(r.kind, r.day): r.status for r in of_client(book, client_id)}


def test_a_reminder_to_trade_is_closed_once_there_is_no_reason_left(book: Book) -> None:
    rows = book.scan()
    at_rest = next(c for c, r in rows.items() if r.drift is not None and not r.kinds)
    long_ago, tomorrow = TODAY - timedelta(days=200), TODAY + timedelta(days=1)
    for day in (long_ago, tomorrow):
        book.remember(at_rest, day, ReminderKind.DRIFT)
    book.scan()
    assert statuses(book, at_rest) == {
        (ReminderKind.DRIFT, long_ago): ReminderStatus.DISMISSED,
        (ReminderKind.DRIFT, tomorrow): ReminderStatus.OPEN,
    }


def test_what_is_less_urgent_than_today_s_reason_stays_open(book: Book) -> None:
    long_ago = TODAY - timedelta(days=200)
    book.remember("equity-fan", long_ago, ReminderKind.DRIFT)
    book.remember("equity-fan", long_ago, ReminderKind.FACTS)
    assert book.scan()["equity-fan"].kinds == (ReminderKind.LIQUIDITY,)
    assert set(statuses(book, "equity-fan").values()) == {ReminderStatus.OPEN}


def test_answers_to_a_form_that_is_no_longer_read_call_for_new_ones(book: Book) -> None:
    with book.store.engine.begin() as connection:
        connection.execute(text("UPDATE artifact SET text = 'of old' WHERE kind = 'questionnaire'"))
    rows = book.scan()
    assert all(row.error is None and row.drift is None for row in rows.values())
    assert {d["statement"]["code"] for _, _, kind, d in book.reminders() if kind == "reassess"} == {
        "reminder.reassess_questionnaire_retired"
    }


def test_a_matured_deposit_is_told(book: Book) -> None:
    with book.store.read() as uow:
        sheet = uow.clients.get(BANK, "widow-76", as_of=TODAY).balance_sheet
    first = min(h.locked_until for h in sheet.holdings if h.locked_until)
    assert ReminderKind.MATURED not in book.scan(first - timedelta(days=1))["widow-76"].kinds
    assert ReminderKind.MATURED in book.scan(first)["widow-76"].kinds


def test_a_client_without_answers_is_left_in_peace(book: Book) -> None:
    record = replace(load_sample_book(book.reference.shelf)[0], client_id="new", answers=None)
    register_client(book.store, book.clock, None, record)
    assert book.scan()["new"] == ScanRow("new")
