"""Transactions, engines, the ledger's guards and who sees what."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.errors import InputError
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.trading.transitions import IllegalTransitionError, ProposalStatus
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord
from api.clock import FixedClock
from api.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from api.services.clients import get_client, list_clients, register_client
from api.services.invariants import check_invariants
from api.settings import Settings
from api.store.engine import make_engine
from api.store.migrate import upgrade
from api.store.records import (
    AccountKind,
    Advice,
    AdviceKind,
    Assessment,
    Cash,
    Posting,
    Reminder,
    ReminderStatus,
    User,
    WebSession,
)
from api.store.repositories.ledger import EntryKind, UnbalancedEntryError
from api.store.repositories.users import caller_of
from api.store.unit_of_work import Store, UnitOfWork, make_store
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = date(2026, 11, 20)
CLOCK = FixedClock(NOW)
TEN = Money.parse("10.00")
ANN = User("ann", "Ann", Role.ADVISOR, None, NOW)
BEN = User("ben", "Ben", Role.ADVISOR, None, NOW)
QUINN = User("quinn", "Quinn", Role.QUANT, None, NOW)


def record(client_id: str, *holdings: Holding) -> ClientRecord:
    facts = ClientFacts(
        name=client_id,
        birth_date=date(1990, 1, 1),
        work_category=WorkCategory.WOMAN_55,
        income_kind=IncomeKind.PUBLIC,
        annual_income=TEN,
        monthly_pension=ZERO,
        essential_spending=ZERO,
        spending=ZERO,
        earners=1,
        dependants=(),
        goals=(),
        is_qualified_investor=False,
    )
    debts = (Debt("card", DebtKind.CREDIT_CARD, TEN, Decimal("0.18"), TEN),)
    return ClientRecord(client_id, facts, BalanceSheet(DAY, holdings, debts), None)


def deposit(name: str, amount: str) -> Holding:
    return Holding(name, ProductClass.DEMAND_DEPOSIT, Money.parse(amount), RiskLevel.R1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/robo.sqlite")
    upgrade(settings)
    made = make_store(settings)
    with made.begin() as uow:
        for user in (ANN, BEN, QUINN):
            uow.users.add(user, token_hash=hashlib.sha256(user.id.encode()).hexdigest())
        uow.commit()
    yield made
    with made.read() as uow:
        assert check_invariants(uow) == []
    made.dispose()


# ---- transactions ------------------------------------------------------------------------------


def add_twice(uow: UnitOfWork) -> None:
    uow.clients.add(record("c"), created_at=NOW)
    uow.clients.add(record("c"), created_at=NOW)


def test_what_is_not_committed_did_not_happen(store: Store) -> None:
    with store.begin() as uow:
        uow.clients.add(record("c"), created_at=NOW)
    with pytest.raises(ConflictError), store.begin() as uow:
        add_twice(uow)
    with store.read() as uow:
        assert uow.clients.ids(BANK) == ()


def test_a_reader_cannot_write_and_the_next_writer_can(store: Store) -> None:
    with store.read() as uow, pytest.raises(OperationalError, match="readonly"):
        uow.clients.add(record("c"), created_at=NOW)
    with store.begin() as uow:
        uow.clients.add(record("c"), created_at=NOW)
        uow.commit()
    with store.read() as uow:
        assert uow.clients.ids(BANK) == ("c",)


def test_a_reader_sees_the_state_before_an_open_writer(store: Store) -> None:
    with store.begin() as writer:
        writer.clients.add(record("c"), created_at=NOW)
        with store.read() as reader:
            assert reader.clients.ids(BANK) == ()
        writer.commit()


def test_sqlite_keeps_what_it_confirmed_and_checks_references(store: Store) -> None:
    with store.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        busy = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert busy is not None
    assert busy >= 5000
    orphan = User("u", "u", Role.CLIENT, "nobody", NOW)
    with pytest.raises(IntegrityError), store.begin() as uow:
        uow.users.add(orphan, token_hash="x")


def test_a_second_writer_is_sent_away_after_the_wait_it_was_given(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/robo.sqlite")
    upgrade(settings)
    patient, hasty = make_store(settings), make_store(settings, busy_seconds=0)
    with patient.begin(), pytest.raises(OperationalError, match="locked"), hasty.begin():
        pass
    for one in (patient, hasty):
        one.dispose()


def test_an_error_of_the_store_never_carries_what_was_stored(store: Store) -> None:
    orphan = User("u", "somebody", Role.CLIENT, "nobody", NOW)
    with pytest.raises(IntegrityError) as caught, store.begin() as uow:
        uow.users.add(orphan, token_hash="0123abcd")
    assert "somebody" not in str(caught.value)
    assert "0123abcd" not in str(caught.value)


def test_a_server_database_hides_what_was_stored_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(
        "api.store.engine.create_engine", lambda _url, **options: asked.update(options)
    )
    make_engine("postgresql://bank/robo")
    assert asked["hide_parameters"] is True


def test_only_a_taken_id_is_reported_as_a_taken_id(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON client "
            "BEGIN SELECT RAISE(ABORT, 'another constraint'); END"
        )
    with pytest.raises(IntegrityError, match="another constraint"):
        register_client(store, CLOCK, None, record("c"))


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(InputError, match="not a file"):
        make_engine("sqlite://")


# ---- money -------------------------------------------------------------------------------------


def post(uow: UnitOfWork, reference: str, *postings: Posting) -> None:
    uow.ledger.post(
        kind=EntryKind.POST,
        reference=reference,
        postings=postings,
        posted_at=NOW,
        business_date=DAY,
    )


def test_an_entry_must_balance_must_not_overdraw_and_happens_once(store: Store) -> None:
    register_client(store, CLOCK, None, record("c", deposit("d", "10.00")))
    out = Posting("c", AccountKind.AVAILABLE, -TEN)
    into = Posting("bank", AccountKind.SETTLEMENT, TEN)
    with pytest.raises(UnbalancedEntryError), store.begin() as uow:
        post(uow, "lost", out)
    more = Money.parse("10.01")
    with pytest.raises(ConflictError, match="not enough"), store.begin() as uow:
        post(
            uow,
            "overdraft",
            Posting("bank", AccountKind.SETTLEMENT, more),
            Posting("c", AccountKind.AVAILABLE, -more),
        )
    with store.begin() as uow:
        post(uow, "once", out, into)
        uow.commit()
    with pytest.raises(IntegrityError), store.begin() as uow:
        post(uow, "once", into, Posting("bank", AccountKind.EXTERNAL, -TEN))
    with store.read() as uow:
        assert uow.ledger.cash(BANK, "c") == Cash(ZERO, ZERO)


# ---- clients and who sees them -----------------------------------------------------------------


def test_demand_deposits_held_here_become_one_cash_account(store: Store) -> None:
    fund = Holding("f", ProductClass.BOND_FUND, TEN, RiskLevel.R2, "bond")
    register_client(
        store, CLOCK, None, record("c", deposit("a", "1.00"), deposit("b", "2.50"), fund)
    )
    sheet = get_client(store, CLOCK, BANK, client_id="c").balance_sheet
    assert sheet.as_of == DAY
    assert [(h.id, str(h.amount.amount)) for h in sheet.holdings] == [
        ("cash", "3.50"),
        ("f", "10.00"),
    ]
    assert sheet.debts == record("c").balance_sheet.debts


def test_a_taken_id_a_reserved_name_and_a_wrong_role_register_nobody(store: Store) -> None:
    register_client(store, CLOCK, None, record("c"))
    with pytest.raises(ConflictError, match="taken"):
        register_client(store, CLOCK, None, record("c"))
    fund = Holding("cash", ProductClass.BOND_FUND, TEN, RiskLevel.R2, "bond")
    with pytest.raises(InputError, match="kept for the cash account"):
        register_client(store, CLOCK, None, record("d", fund))
    for caller in (caller_of(QUINN), Caller("x", Role.CLIENT, "d")):
        with pytest.raises(ForbiddenError):
            register_client(store, CLOCK, caller, record("d"))
    assert [one.client_id for one in list_clients(store, CLOCK, BANK)] == ["c"]


def everything_of(uow: UnitOfWork, caller: Caller, client_id: str) -> list[object]:
    """Ask every repository for the client's data; a refusal counts as nothing."""
    asked: list[Callable[[], object]] = [
        lambda: uow.clients.get(caller, client_id, as_of=DAY),
        lambda: uow.assessments.current(caller, client_id, at=NOW),
        lambda: uow.assessments.newest(caller, client_id),
        lambda: uow.assessments.list(caller, client_id),
        lambda: uow.assessments.get(caller, f"a-{client_id}"),
        lambda: uow.advice.get(caller, AdviceKind.PROPOSAL, f"p-{client_id}"),
        lambda: uow.reminders.get(caller, f"r-{client_id}"),
        lambda: uow.reminders.list(caller, client_id=client_id),
        lambda: uow.advice.list(caller, AdviceKind.PROPOSAL, client_id),
        lambda: uow.assessments.times(caller, client_id, since=NOW),
        lambda: [one for one in uow.clients.ids(caller) if one == client_id],
        lambda: tuple(x for x in [uow.ledger.cash(caller, client_id).available] if x),
    ]
    answers: list[object] = []
    for ask in asked:
        try:
            answers.append(ask())
        except NotFoundError:
            answers.append(())
    return answers


def fill_in(store: Store, client_id: str) -> None:
    with store.begin() as uow:
        text_hash = uow.artifacts.put(kind="shelf", text="shelf", at=NOW)
        uow.assessments.add(
            Assessment(
                id=f"a-{client_id}",
                client_id=client_id,
                assessed_at=NOW,
                assessed_on=DAY,
                of_day=1,
                effective_at=NOW,
                valid_until=DAY,
                level="C1",
                questionnaire_hash=text_hash,
                answers={},
                document="{}",
            )
        )
        uow.advice.add(
            Advice(
                id=f"p-{client_id}",
                kind=AdviceKind.PROPOSAL,
                client_id=client_id,
                assessment_id=f"a-{client_id}",
                status=ProposalStatus.READY,
                hash="h",
                created_at=NOW,
                expires_at=NOW,
                document="{}",
                inputs="{}",
                model_hash=text_hash,
                shelf_hash=text_hash,
                questionnaire_hash=text_hash,
            )
        )
        uow.reminders.add(
            Reminder(f"r-{client_id}", client_id, DAY, "drift", ReminderStatus.OPEN, "{}", NOW)
        )
        uow.commit()


def test_every_repository_shows_a_client_to_itself_its_advisor_and_the_bank_alone(
    store: Store,
) -> None:
    register_client(store, CLOCK, caller_of(ANN), record("mine", deposit("d", "5.00")))
    register_client(store, CLOCK, caller_of(BEN), record("yours", deposit("d", "5.00")))
    for client_id in ("mine", "yours"):
        fill_in(store, client_id)
    may = [BANK, caller_of(ANN), Caller("u", Role.CLIENT, "mine")]
    may_not = [
        caller_of(BEN),
        caller_of(QUINN),
        Caller("v", Role.CLIENT, "yours"),
        Caller("w", Role.CLIENT, None),
    ]
    with store.read() as uow:
        for caller in may:
            assert all(everything_of(uow, caller, "mine")), caller
        for caller in may_not:
            assert not any(everything_of(uow, caller, "mine")), caller
            with pytest.raises(NotFoundError):
                uow.clients.require(caller, "mine")
        # Quants recompute stored advice and see hashes; nobody else's rights widen.
        assert uow.advice.for_replay(caller_of(QUINN), "p-mine").hash == "h"
        with pytest.raises(NotFoundError):
            uow.advice.for_replay(caller_of(BEN), "p-mine")


def test_missing_and_foreign_are_the_same_answer(store: Store) -> None:
    register_client(store, CLOCK, caller_of(ANN), record("mine"))
    with store.read() as uow:
        with pytest.raises(NotFoundError) as foreign:
            uow.clients.get(caller_of(BEN), "mine", as_of=DAY)
        with pytest.raises(NotFoundError) as missing:
            uow.clients.get(caller_of(BEN), "nobody", as_of=DAY)
    assert str(foreign.value) == str(missing.value)


# ---- proposals, reminders, users, the demo clock -----------------------------------------------


def test_a_proposal_moved_by_somebody_else_is_not_moved_again(store: Store) -> None:
    register_client(store, CLOCK, None, record("c"))
    fill_in(store, "c")
    with store.begin() as uow:
        read_before = uow.advice.get(BANK, AdviceKind.PROPOSAL, "p-c")
        assert uow.advice.supersede(BANK, "c", at=NOW, reason="newer") == 1
        with pytest.raises(IllegalTransitionError, match="no longer ready"):
            uow.advice.move(read_before, ProposalStatus.ACCEPTED, actor="x", at=NOW)
        assert uow.advice.supersede(BANK, "c", at=NOW, reason="newer") == 0
        trail = uow.audit.of("proposal", "p-c")
    assert [(row.before, row.after, row.reason) for row in trail] == [
        ("ready", "superseded", "newer")
    ]


def test_a_reminder_is_kept_once_a_day_and_kind_and_dismissed_once(store: Store) -> None:
    register_client(store, CLOCK, None, record("c"))
    one = Reminder("r1", "c", DAY, "drift", ReminderStatus.OPEN, "{}", NOW)
    with store.begin() as uow:
        assert uow.reminders.add(one)
        assert not uow.reminders.add(Reminder("r2", "c", DAY, "drift", one.status, "{}", NOW))
        assert uow.reminders.add(Reminder("r3", "c", DAY, "goal", one.status, "{}", NOW))
        assert [row.id for row in uow.reminders.list(BANK)] == ["r3", "r1"]
        assert uow.reminders.dismiss(BANK, "r1").status is ReminderStatus.DISMISSED
        with pytest.raises(ConflictError, match="already"):
            uow.reminders.dismiss(BANK, "r1")
        with pytest.raises(NotFoundError):
            uow.reminders.dismiss(caller_of(ANN), "r3")


def test_a_revoked_token_and_an_expired_session_sign_nobody_in(store: Store) -> None:
    token_hash = hashlib.sha256(b"ann").hexdigest()
    later = NOW + timedelta(minutes=15)
    session = WebSession("s", "ann", "csrf", NOW, NOW, later)
    with store.begin() as uow:
        assert uow.users.by_token(token_hash) == ANN
        assert uow.users.by_id("ann") == ANN
        uow.users.add_session(session)
        uow.users.touch_session("s", at=later - timedelta(minutes=1))
        assert uow.users.session("s", now=NOW).last_seen_at == later - timedelta(minutes=1)
        with pytest.raises(UnauthorizedError):
            uow.users.session("s", now=later)
        uow.users.revoke("ann", at=NOW)
        with pytest.raises(UnauthorizedError):
            uow.users.by_token(token_hash)
        with pytest.raises(UnauthorizedError):
            uow.users.by_id("ann")
        with pytest.raises(UnauthorizedError):
            uow.users.session("s", now=NOW)
        assert [user.revoked_at for user in uow.users.all()] == [NOW, None, None]


def test_the_demo_clock_remembers_its_offset(store: Store) -> None:
    with store.begin() as uow:
        assert uow.demo_clock.offset_days() == 0
        uow.demo_clock.set_offset_days(3)
        uow.demo_clock.set_offset_days(5)
        uow.commit()
    with store.read() as uow:
        assert uow.demo_clock.offset_days() == 5
