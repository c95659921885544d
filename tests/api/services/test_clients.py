"""Renewing and onboarding as one transaction each, with a trace and with nothing left half done."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from allocator.money import Money
from api.callers import BANK, Caller
from api.client_file import ClientRecord, Renewal
from api.clock import shanghai_date
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.services import advice
from api.services.assess import current_profile
from api.services.clients import get_client, onboard_client, renew_facts
from api.workup import work_up


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
    return renew_facts(world.store, world.clock, caller, client_id=client_id, renewal=renewal)


def onboard(world: AdviceWorld, caller: Caller, record: ClientRecord) -> None:
    onboard_client(world.store, world.clock, world.reference, world.settings, caller, record)


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


def test_onboarding_registers_and_assesses_or_does_neither(world: AdviceWorld) -> None:
    record = BOOK["retiree-68"]
    assert record.answers is not None
    strangers = (world.quant, world.callers[RENTER])
    before = world.picture()
    with pytest.raises(InputError):
        onboard(world, BANK, replace(record, answers=dict(record.answers) | {"q3": "z"}))
    for stranger in strangers:
        with pytest.raises(ForbiddenError):
            onboard(world, stranger, record)
    assert world.picture() == before
    onboard(world, world.advisor, record)
    profile = current_profile(world.store, world.clock, world.advisor, client_id=record.client_id)
    assert profile["assessed_on"] == "2026-11-20"
