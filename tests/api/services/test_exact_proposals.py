"""A proposal with exact lots: one of its own, stored with what was asked for, and replayed so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from advice_world import FAN, AdviceWorld
from sqlalchemy import update

from allocator.money import Money, total
from api.advice_documents import Lots
from api.services.advice import get_proposal, propose
from api.services.replay import replay
from api.store.records import AdviceKind
from api.store.tables import advice

# Its served lots are the best.
COUPLE = "couple-saving-for-a-house"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(FAN)
    yield made
    made.close()


def propose_exactly(world: AdviceWorld, client_id: str = FAN) -> dict[str, Any]:
    return propose(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        world.callers[client_id],
        client_id=client_id,
        lots=Lots.EXACT,
    )


def inputs_of(world: AdviceWorld, proposal_id: str) -> dict[str, Any]:
    with world.store.read() as uow:
        stored = uow.advice.get(world.callers[FAN], AdviceKind.PROPOSAL, proposal_id)
    inputs: dict[str, Any] = json.loads(stored.inputs)
    return inputs


def write_lots(world: AdviceWorld, proposal_id: str, lots: str | None) -> None:
    """Change what the stored inputs say of the lots, or take it out."""
    inputs = {k: v for k, v in inputs_of(world, proposal_id).items() if k != "lots"}
    inputs |= {} if lots is None else {"lots": lots}
    with world.store.engine.begin() as connection:
        changed = update(advice).where(advice.c.id == proposal_id)
        connection.execute(changed.values(inputs=json.dumps(inputs)))


def test_exact_lots_are_a_proposal_of_their_own_that_takes_the_place_of_the_other(
    world: AdviceWorld,
) -> None:
    served, exact = world.propose(FAN), propose_exactly(world)
    assert exact["hash"] != served["hash"]
    assert "exact_lots" not in served
    assert exact["exact_lots"]["gain_bp"] > 0.05
    assert 0 <= exact["exact_lots"]["unproven_bp"] <= 0.03
    assert exact["orders"] != served["orders"]
    # What is called a gain shows in the value the plan leads to, to the digits of that value.
    gained = exact["after"]["certainty_equivalent"] - served["after"]["certainty_equivalent"]
    assert gained > 0
    for plan in (served, exact):
        spent = Money.parse(plan["total_purchases"])
        earned = Money.parse(plan["total_sales"])
        fees = total(Money.parse(o["fee"]) for o in plan["orders"] if o["side"] == "sell")
        left = Money.parse(plan["cash_before"]) + earned - fees - spent
        assert left == Money.parse(plan["cash_after"])
    advisor = world.advisor_of(FAN)
    for made, status in ((served, "superseded"), (exact, "ready")):
        shown = get_proposal(world.store, world.clock, advisor, proposal_id=made["id"])
        assert shown["status"] == status


def test_what_was_asked_for_is_stored_and_the_proposal_replays_to_the_same_hash(
    world: AdviceWorld,
) -> None:
    served, exact = world.propose(FAN), propose_exactly(world)
    assert inputs_of(world, exact["id"]) == inputs_of(world, served["id"]) | {"lots": "exact"}
    assert "lots" not in inputs_of(world, served["id"])
    for made in (served, exact):
        result = replay(world.store, world.quant, advice_id=made["id"])
        assert result.stored_hash == result.recomputed_hash == made["hash"]


@pytest.mark.parametrize(("asked", "claimed"), [(True, None), (True, "served"), (False, "exact")])
def test_a_replay_notices_when_the_other_way_is_claimed(
    world: AdviceWorld, asked: bool, claimed: str | None
) -> None:
    made = propose_exactly(world) if asked else world.propose(FAN)
    write_lots(world, made["id"], claimed)
    assert not replay(world.store, world.quant, advice_id=made["id"]).is_equal


def test_where_nothing_is_gained_the_same_orders_are_still_another_proposal(
    tmp_path: Path,
) -> None:
    world = AdviceWorld(tmp_path, client_ids=[COUPLE])
    world.assess(COUPLE)
    served, exact = world.propose(COUPLE), propose_exactly(world, COUPLE)
    assert exact["exact_lots"]["gain_bp"] == 0
    assert exact["orders"] == served["orders"]
    assert exact["hash"] != served["hash"]
    assert replay(world.store, world.quant, advice_id=exact["id"]).is_equal
    world.close()


def test_the_plan_served_unasked_is_what_it_was(world: AdviceWorld) -> None:
    before = world.propose(FAN)
    propose_exactly(world)
    after = world.propose(FAN)
    own = {"id", "created_at", "expires_at"}
    assert {k: v for k, v in after.items() if k not in own} == {
        k: v for k, v in before.items() if k not in own
    }
