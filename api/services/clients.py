"""Registering clients, renewing what is known of them, and reading them back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from allocator.balance_sheet import BalanceSheet, HeldAt, Holding
from allocator.errors import InputError, Problem
from allocator.money import total
from allocator.product_classes import ProductClass
from allocator.rebalancing.triggers import ReminderKind
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord, Renewal
from api.clock import Clock, shanghai_date
from api.errors import ForbiddenError
from api.reference_data import ReferenceData
from api.services.assess import Sheet, add_assessment
from api.settings import Settings
from api.store.records import AccountKind, AnswerDraft, Posting, ReminderStatus
from api.store.repositories.clients import CASH_ID
from api.store.repositories.ledger import BANK_ID, EntryKind
from api.store.unit_of_work import Store, UnitOfWork
from risk_profiles.answers import check_answers
from risk_profiles.fact_checks import check_facts
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import ClientFacts


def register_client(
    store: Store, clock: Clock, caller: Caller | None, record: ClientRecord
) -> None:
    """Store a client and open the accounts with the demand deposits held here.

    Args:
        store: Where clients live.
        clock: Dates the opening entry.
        caller: An advisor gets the client into the own book; None is the bank itself.
        record: What the client file said; its answers are kept and not assessed.

    Raises:
        ForbiddenError: the caller is neither an advisor nor the bank.
        InputError: a holding carries the id kept for cash.
        ConflictError: the id is taken (code client_exists).
    """
    with store.begin() as uow:
        _add(uow, caller or BANK, record, now=clock.now())
        uow.commit()


def onboard_client(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    record: ClientRecord,
) -> ClientRecord:
    """Register a client with the answers of the file, or do neither; return what is registered.

    Nobody is assessed by what somebody else answered: what an advisor files becomes the client's
    draft, to check, change and submit, and is no part of the client registered. What the bank
    itself files, the sample book for one, is assessed at once.

    Raises:
        ForbiddenError: the caller is neither an advisor nor the bank.
        InputError: a holding carries the id kept for cash, or an answer cannot be used.
        ConflictError: the id is taken (code client_exists).
    """
    now = clock.now()
    is_draft = not caller.sees_everyone
    registered = replace(record, answers=None) if is_draft else record
    with store.begin() as uow:
        _add(uow, caller, registered, now=now)
        if record.answers is not None and is_draft:
            _file_answers(uow, reference, caller, record.client_id, record.answers, now=now)
        elif record.answers is not None:
            add_assessment(
                uow,
                reference,
                settings,
                caller,
                client_id=record.client_id,
                # Nobody is there to ask again: contradictions are read cautiously.
                sheet=Sheet(record.answers, may_be_asked=False),
                now=now,
            )
        uow.commit()
    return registered


def renew_facts(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
    renewal: Renewal,
) -> ClientRecord:
    """Put facts, debts and policies in place of those known; return the client as of today.

    Open proposals rest on the old facts, so they are superseded. What called for the renewal is
    dismissed. Answers and assessments stay.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        InputError: the facts cannot be true today (code invalid_facts), or change what is fixed:
            the date of birth for all; for the client also name and qualification.
    """
    now = clock.now()
    today = shanghai_date(now)
    with store.begin() as uow:
        known = uow.clients.get(caller, client_id, as_of=today).facts
        _check_renewed(known, renewal.facts, caller, today, parameters=reference.life_cycle)
        uow.clients.set_facts(client_id, renewal)
        uow.advice.supersede(caller, client_id, at=now, reason="facts renewed")
        for reminder in uow.reminders.list(caller, client_id=client_id):
            if reminder.kind == ReminderKind.FACTS and reminder.status is ReminderStatus.OPEN:
                uow.reminders.dismiss(caller, reminder.id)
        uow.audit.record(
            at=now,
            actor=caller.user_id,
            object_kind="client",
            object_id=client_id,
            before=None,
            after="facts_renewed",
        )
        renewed = uow.clients.get(caller, client_id, as_of=today)
        uow.commit()
    return renewed


def get_client(store: Store, clock: Clock, caller: Caller, *, client_id: str) -> ClientRecord:
    """Return one client as of today.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        return uow.clients.get(caller, client_id, as_of=shanghai_date(clock.now()))


def list_clients(store: Store, clock: Clock, caller: Caller) -> tuple[ClientRecord, ...]:
    """Return the clients this caller may see, by id, as of today."""
    today = shanghai_date(clock.now())
    with store.read() as uow:
        return tuple(uow.clients.get(caller, one, as_of=today) for one in uow.clients.ids(caller))


def _add(uow: UnitOfWork, actor: Caller, record: ClientRecord, *, now: datetime) -> None:
    if actor.role is not Role.ADVISOR:
        raise ForbiddenError("only an advisor registers clients")
    sheet = record.balance_sheet
    cash = [one for one in sheet.holdings if _is_cash(one)]
    rest = tuple(one for one in sheet.holdings if not _is_cash(one))
    _check_ids(rest)
    opening = total(one.amount for one in cash)
    kept = BalanceSheet(sheet.as_of, rest, sheet.debts, sheet.policies)
    uow.clients.add(
        ClientRecord(record.client_id, record.facts, kept, record.answers), created_at=now
    )
    if not actor.sees_everyone:
        uow.users.assign(actor.user_id, record.client_id)
    uow.ledger.post(
        kind=EntryKind.OPEN,
        reference=record.client_id,
        postings=[
            Posting(BANK_ID, AccountKind.EXTERNAL, -opening),
            Posting(record.client_id, AccountKind.AVAILABLE, opening),
        ],
        posted_at=now,
        business_date=shanghai_date(now),
    )


def _file_answers(
    uow: UnitOfWork,
    reference: ReferenceData,
    actor: Caller,
    client_id: str,
    answers: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    check_answers(reference.questionnaire, answers)
    form = uow.artifacts.put(kind="questionnaire", text=reference.questionnaire_text, at=now)
    uow.drafts.file(AnswerDraft(client_id, form, answers, started_at=None, updated_at=now))
    uow.audit.record(
        at=now,
        actor=actor.user_id,
        object_kind="client",
        object_id=client_id,
        before=None,
        after="answers_filed",
    )


def _check_renewed(
    known: ClientFacts,
    sent: ClientFacts,
    caller: Caller,
    today: date,
    *,
    parameters: LifeCycleParameters,
) -> None:
    problems = list(_fixed_problems(known, sent, caller))
    try:
        check_facts(sent, today, parameters=parameters)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError("these facts cannot be used", code="invalid_facts", problems=problems)


def _fixed_problems(known: ClientFacts, sent: ClientFacts, caller: Caller) -> Iterator[Problem]:
    if sent.birth_date != known.birth_date:
        yield Problem(
            "/facts/birth_date",
            "differs from the registered date of birth, which cannot change",
            sent.birth_date.isoformat(),
            f"send {known.birth_date}",
        )
    if caller.role is not Role.CLIENT:
        return
    if sent.name != known.name:
        yield Problem(
            "/facts/name",
            "differs from the registered name, which only an advisor may change",
            sent.name,
            f"send {known.name}, or ask your advisor",
        )
    # Private funds hang on this flag: a client must not grant it to itself.
    if sent.is_qualified_investor is not known.is_qualified_investor:
        yield Problem(
            "/facts/is_qualified_investor",
            "differs from what is on file, which only an advisor may change",
            sent.is_qualified_investor,
            f"send {str(known.is_qualified_investor).lower()}, or show your advisor the evidence",
        )


def _is_cash(holding: Holding) -> bool:
    return (
        holding.product_class is ProductClass.DEMAND_DEPOSIT
        and holding.held_at is HeldAt.HERE
        and holding.locked_until is None
    )


def _check_ids(holdings: tuple[Holding, ...]) -> None:
    for number, one in enumerate(holdings):
        if one.id == CASH_ID:
            problem = Problem(
                f"/holdings/{number}/id", "is kept for the cash account", one.id, "rename it"
            )
            raise InputError("this client cannot be registered", problems=[problem])
