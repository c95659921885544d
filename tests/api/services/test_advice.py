"""Diagnose and propose over a real store: who may, when, and what is kept."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.balance_sheet import BalanceSheet
from allocator.errors import InputError
from api.client_file import ClientRecord
from api.errors import ConflictError, NotFoundError
from api.services.advice import get_diagnosis, get_proposal, recheck_suitability
from api.services.purchase import accept_proposal
from api.store.records import AdviceKind


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(RENTER)
    yield made
    made.close()


def status_of(world: AdviceWorld, proposal_id: str) -> str:
    """Return a proposal's status as the advisor sees it, which changes nothing."""
    shown = get_proposal(world.store, world.clock, world.advisor, proposal_id=proposal_id)
    return str(shown["status"])


def press(world: AdviceWorld, client_id: str, proposal_id: str, proposal_hash: str) -> None:
    accept_proposal(
        world.store,
        world.clock,
        world.callers[client_id],
        proposal_id=proposal_id,
        proposal_hash=proposal_hash,
        consent=True,
        idempotency_key=f"press-{proposal_id}",
        recheck=recheck_suitability,
    )


def test_a_diagnosis_is_kept_as_it_was_given(world: AdviceWorld) -> None:
    given = world.diagnose(RENTER)
    caller = world.callers[RENTER]
    world.clock.advance(timedelta(days=400))
    assert get_diagnosis(world.store, caller, diagnosis_id=given["id"]) == given
    assert given["as_of"] == "2026-11-20"
    assert given["index"] == pytest.approx(sum(given["scores"].values()) / 4, abs=0.01)


def test_before_the_questionnaire_there_is_no_advice_and_nothing_is_stored(
    world: AdviceWorld,
) -> None:
    before = world.picture()
    for ask in (world.diagnose, world.propose):
        with pytest.raises(ConflictError) as refusal:
            ask(FAN)
        assert refusal.value.code == "not_assessed"
    assert world.picture() == before


def test_an_expired_assessment_freezes_advice_until_it_is_renewed(world: AdviceWorld) -> None:
    world.clock.set(FRIDAY + timedelta(days=365))
    world.propose(RENTER)
    world.clock.set(FRIDAY + timedelta(days=366))
    before = world.picture()
    for ask in (world.diagnose, world.propose):
        with pytest.raises(ConflictError) as refusal:
            ask(RENTER)
        assert refusal.value.code == "assessment_expired"
    assert world.picture() == before
    world.assess(RENTER)
    assert world.propose(RENTER)["profile"]["assessed_on"] == "2027-11-21"


def test_a_foreign_client_is_not_found_and_nothing_is_stored(world: AdviceWorld) -> None:
    world.assess(FAN)
    diagnosis, proposal = world.diagnose(FAN), world.propose(FAN)
    for caller in (world.callers[RENTER], world.advisor, world.quant):
        before = world.picture()
        for ask in (world.diagnose, world.propose):
            with pytest.raises(NotFoundError):
                ask(FAN, caller)
        with pytest.raises(NotFoundError):
            get_diagnosis(world.store, caller, diagnosis_id=diagnosis["id"])
        with pytest.raises(NotFoundError):
            get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
        assert world.picture() == before


def test_a_proposal_is_not_found_as_a_diagnosis_nor_the_other_way_round(
    world: AdviceWorld,
) -> None:
    caller = world.callers[RENTER]
    diagnosis, proposal = world.diagnose(RENTER), world.propose(RENTER)
    with pytest.raises(NotFoundError):
        get_diagnosis(world.store, caller, diagnosis_id=proposal["id"])
    with pytest.raises(NotFoundError):
        get_proposal(world.store, world.clock, caller, proposal_id=diagnosis["id"])


def test_only_the_first_look_of_its_own_client_presents_a_proposal(world: AdviceWorld) -> None:
    proposal = world.propose(RENTER)
    assert proposal["status"] == "ready"
    assert status_of(world, proposal["id"]) == "ready"
    caller = world.callers[RENTER]
    for _ in range(2):
        shown = get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
        assert shown == proposal | {"status": "presented"}
    with world.store.read() as uow:
        trail = uow.audit.of("proposal", proposal["id"])
    assert [(row.before, row.after, row.actor) for row in trail] == [
        ("ready", "presented", caller.user_id)
    ]


def test_a_proposal_expires_with_its_hours_and_a_look_does_not_revive_it(
    world: AdviceWorld,
) -> None:
    proposal = world.propose(RENTER)
    world.clock.set(FRIDAY + timedelta(hours=24) - timedelta(seconds=1))
    assert status_of(world, proposal["id"]) == "ready"
    world.clock.set(FRIDAY + timedelta(hours=24))
    before = world.picture()
    caller = world.callers[RENTER]
    shown = get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
    assert shown["status"] == "expired"
    assert world.picture() == before


def test_a_newer_proposal_supersedes_the_older_one(world: AdviceWorld) -> None:
    first, second = world.propose(RENTER), world.propose(RENTER)
    assert status_of(world, first["id"]) == "superseded"
    assert status_of(world, second["id"]) == "ready"
    assert first["hash"] == second["hash"]  # same client, same day, same references


def test_no_proposal_while_a_purchase_is_under_way(world: AdviceWorld) -> None:
    proposal = world.propose(RENTER)
    press(world, RENTER, proposal["id"], proposal["hash"])
    before = world.picture()
    with pytest.raises(ConflictError) as refusal:
        world.propose(RENTER)
    assert refusal.value.code == "bundle_open"
    assert world.picture() == before
    world.diagnose(RENTER)  # a look at the balance sheet is always possible


def test_a_client_without_wealth_is_diagnosed_and_gets_no_proposal(world: AdviceWorld) -> None:
    old = BOOK["widow-76"]
    sheet = BalanceSheet(old.balance_sheet.as_of, ())
    world.add(ClientRecord("widow-76", old.facts, sheet, old.answers))
    world.assess("widow-76")
    given = world.diagnose("widow-76")
    assert given["wealth"] == "0.00"
    assert given["weights"] == {}
    assert given["scores"]["growth"] == 0
    assert given["findings"][0]["code"] == "finding.no_wealth"
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        world.propose("widow-76")
    assert refusal.value.code == "no_wealth"
    assert world.picture() == before


def test_the_advisor_advises_the_own_book(world: AdviceWorld) -> None:
    made = world.propose(RENTER, world.advisor)
    caller = world.callers[RENTER]
    shown = get_proposal(world.store, world.clock, caller, proposal_id=made["id"])
    assert shown["status"] == "presented"


def test_what_is_stored_names_the_texts_it_rests_on(world: AdviceWorld) -> None:
    made = world.propose(RENTER)
    with world.store.read() as uow:
        advice = uow.advice.get(world.callers[RENTER], AdviceKind.PROPOSAL, made["id"])
        texts = [
            uow.artifacts.get(address)
            for address in (advice.model_hash, advice.shelf_hash, advice.questionnaire_hash)
        ]
    reference = world.reference
    assert texts == [reference.market_text, reference.shelf_text, reference.questionnaire_text]
    inputs = json.loads(advice.inputs)
    assert inputs["client"]["client_id"] == RENTER
    with world.store.read() as uow:
        assert uow.artifacts.get(inputs["life_cycle"]) == reference.life_cycle_text
    assert advice.hash == made["hash"]
