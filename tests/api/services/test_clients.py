"""Renewing and onboarding: one transaction each, with a trace, with nothing left half done."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from allocator.money import Money
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord, Renewal
from api.clock import shanghai_date
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.services import advice
from api.services.assess import current_profile
from api.services.clients import get_client, onboard_client, renew_facts
from api.services.drafts import get_draft, save_answers, submit_draft
from api.services.follow_ups import FollowUpNeededError
from api.services.users import add_user, authenticate
from api.workup import work_up

RETIREE = "retiree-68"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    yield made
    made.close()


def raised(record: ClientRecord) -> Renewal:
    """Return a renewal in which the client earns more."""
    sheet = record.balance_sheet
    facts = replace(record.facts, annual_income=record.facts.annual_income + Money.parse("1000"))
    return Renewal(facts, sheet.debts, sheet.policies)


def renew(world: AdviceWorld, caller: Caller, client_id: str, renewal: Renewal) -> ClientRecord:
    return renew_facts(
        world.store,
        world.clock,
        world.reference,
        caller,
        client_id=client_id,
        renewal=renewal,
    )


def onboard(world: AdviceWorld, caller: Caller, record: ClientRecord) -> ClientRecord:
    return onboard_client(world.store, world.clock, world.reference, world.settings, caller, record)


def test_a_renewal_is_returned_as_it_is_read_and_leaves_a_trace(world: AdviceWorld) -> None:
    world.assess(RENTER)
    profile = current_profile(world.store, world.clock, world.callers[RENTER], client_id=RENTER)
    proposal = world.propose(RENTER)
    known = get_client(world.store, world.clock, world.callers[RENTER], client_id=RENTER)
    renewal = raised(BOOK[RENTER])
    renewed = renew(world, world.advisor, RENTER, renewal)
    assert renewed == replace(known, facts=renewal.facts)
    caller = world.callers[RENTER]
    assert get_client(world.store, world.clock, caller, client_id=RENTER) == renewed
    assert current_profile(world.store, world.clock, caller, client_id=RENTER) == profile
    with world.store.read() as uow:
        (row,) = uow.audit.of("client", RENTER)
        last = uow.audit.of("proposal", proposal["id"])[-1]
    assert (row.actor, row.after, row.at) == (world.advisor.user_id, "facts_renewed", FRIDAY)
    assert (last.after, last.reason) == ("superseded", "facts renewed")


def test_facts_are_judged_by_the_date_in_shanghai(world: AdviceWorld) -> None:
    # A goal due on the 21st is still to come until it is the 21st in Shanghai, at 16:00 UTC.
    (goal, *_) = BOOK["couple-saving-for-a-house"].facts.goals
    tomorrow = replace(goal, due=shanghai_date(FRIDAY).replace(day=21))
    renewal = raised(BOOK[RENTER])
    renewal = replace(renewal, facts=replace(renewal.facts, goals=(tomorrow,)))
    world.clock.set(FRIDAY.replace(hour=15, minute=59))
    renew(world, world.callers[RENTER], RENTER, renewal)
    world.clock.set(FRIDAY.replace(hour=16))
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        renew(world, world.callers[RENTER], RENTER, renewal)
    assert [problem.field for problem in refusal.value.problems] == ["/facts/goals/0/due"]
    assert world.picture() == before


def test_nobody_renews_a_foreign_client(world: AdviceWorld) -> None:
    callers = (world.callers[RENTER], world.advisor, world.quant)
    before = world.picture()
    for caller in callers:
        with pytest.raises(NotFoundError):
            renew(world, caller, FAN, raised(BOOK[FAN]))
        assert world.picture() == before


def test_a_proposal_computed_from_facts_renewed_meanwhile_is_not_stored(
    world: AdviceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.assess(RENTER)

    def work_up_while_facts_change(record: ClientRecord, **about: object) -> object:
        done = work_up(record, **about)  # type: ignore[arg-type]
        renew(world, BANK, RENTER, raised(BOOK[RENTER]))
        return done

    monkeypatch.setattr(advice, "work_up", work_up_while_facts_change)
    with pytest.raises(ConflictError) as refusal:
        world.propose(RENTER)
    assert refusal.value.code == "changed"
    assert world.picture()["advice"] == []


def submit(
    world: AdviceWorld, caller: Caller, follow_up: dict[str, str] | None = None
) -> dict[str, Any]:
    """Submit the draft of a client as that client."""
    return submit_draft(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        caller,
        client_id=str(caller.client_id),
        follow_up=follow_up,
    )


def sign_in(world: AdviceWorld, client_id: str) -> Caller:
    """Return the caller that a client becomes with a token of its own."""
    token = add_user(
        world.store, world.clock, name=client_id, role=Role.CLIENT, client_id=client_id
    )
    return authenticate(world.store, token)


def test_the_bank_registers_and_assesses_or_does_neither(world: AdviceWorld) -> None:
    record = BOOK[RETIREE]
    assert record.answers is not None
    before = world.picture()
    with pytest.raises(InputError):
        onboard(world, BANK, replace(record, answers=dict(record.answers) | {"q3": "z"}))
    assert world.picture() == before
    assert onboard(world, BANK, record) == record
    profile = current_profile(world.store, world.clock, BANK, client_id=RETIREE)
    assert profile["assessed_on"] == "2026-11-20"
    assert get_draft(world.store, world.reference, BANK, client_id=RETIREE) is None


def test_an_advisor_registers_and_files_a_draft_or_does_neither(world: AdviceWorld) -> None:
    record = BOOK[RETIREE]
    assert record.answers is not None
    strangers = (world.quant, world.callers[RENTER])
    advisor = world.advisor
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        onboard(world, advisor, replace(record, answers=dict(record.answers) | {"q3": "z"}))
    assert refusal.value.code == "invalid_answers"
    for stranger in strangers:
        with pytest.raises(ForbiddenError):
            onboard(world, stranger, record)
    assert world.picture() == before
    assert onboard(world, advisor, record) == replace(record, answers=None)
    draft = get_draft(world.store, world.reference, advisor, client_id=RETIREE)
    assert draft is not None
    assert (draft["answers"], draft["is_filed"], draft["started_at"]) == (
        record.answers,
        True,
        None,
    )
    assert get_client(world.store, world.clock, advisor, client_id=RETIREE).answers is None
    with world.store.read() as uow:
        (row,) = uow.audit.of("client", RETIREE)
    assert (row.actor, row.after, row.at) == (advisor.user_id, "answers_filed", FRIDAY)


def test_no_advice_rests_on_what_an_advisor_answered(world: AdviceWorld) -> None:
    advisor = world.advisor
    onboard(world, advisor, BOOK[RETIREE])
    client = sign_in(world, RETIREE)
    before = world.picture()
    for caller in (advisor, client):
        for ask in (world.diagnose, world.propose):
            with pytest.raises(ConflictError) as refusal:
                ask(RETIREE, caller)
            assert refusal.value.code == "not_assessed"
    with pytest.raises(NotFoundError):
        submit_draft(
            world.store,
            world.clock,
            world.reference,
            world.settings,
            advisor,
            client_id=RETIREE,
        )
    assert world.picture() == before
    assert before["assessment"] == []
    submit(world, client)
    assert world.propose(RETIREE, advisor)["client_id"] == RETIREE


def test_the_client_changes_what_was_filed_and_nobody_knows_how_long_it_took(
    world: AdviceWorld,
) -> None:
    filed = dict(BOOK[RENTER].answers or {})
    onboard(world, world.advisor, replace(BOOK[RENTER], client_id="filed"))
    client = sign_in(world, "filed")
    world.clock.set(FRIDAY + timedelta(days=2))
    kept = save_answers(
        world.store,
        world.clock,
        world.reference,
        client,
        client_id="filed",
        answers={"q11": "c"},
    )
    assert filed["q11"] != "c"
    assert (kept["answers"], kept["is_filed"]) == (filed | {"q11": "c"}, True)
    # A sitting of three seconds would be flagged, had it begun with this change.
    world.clock.set(FRIDAY + timedelta(days=2, seconds=3))
    made = submit(world, client)
    assert made["flags"] == []
    with world.store.read() as uow:
        assert uow.assessments.newest(client, "filed").answers == filed | {"q11": "c"}
    assert get_draft(world.store, world.reference, client, client_id="filed") is None


def test_contradictions_of_a_filed_sheet_are_asked_of_the_client(world: AdviceWorld) -> None:
    torn = dict(BOOK[RENTER].answers or {}) | {"q9": "a", "q11": "e", "q19": "a"}
    onboard(world, world.advisor, replace(BOOK[RENTER], client_id="filed", answers=torn))
    client = sign_in(world, "filed")
    with pytest.raises(FollowUpNeededError) as refusal:
        submit(world, client)
    assert [one.question_id for one in refusal.value.follow_ups] == ["q11"]
    assert world.picture()["assessment"] == []
    made = submit(world, client, {"q11": "b"})
    assert (made["level"], made["needs_review"]) == ("C1", False)
