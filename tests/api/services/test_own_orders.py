"""A client's own order from the wish to the order book: warned, read, consented, replayable."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from advice_world import FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from allocator.money import Money
from allocator.trading.transitions import OrderStatus
from api.callers import Caller
from api.errors import ApiError, ConflictError, ForbiddenError, NotFoundError
from api.services.advice import get_proposal, recheck_suitability
from api.services.own_orders import make_own_order
from api.services.purchase import Accepted, accept_proposal
from api.services.replay import replay
from api.store.records import Bundle

# C3, with 45,000 yuan in the account and 585,000 in all.
FAMILY = "civil-servant-family"
SHARES, BALANCED = "csi300-index-a", "balanced-fund-40"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path, client_ids=(FAMILY, RENTER))
    made.assess(FAMILY)
    made.assess(RENTER)
    yield made
    made.close()


def ask(
    world: AdviceWorld,
    product_id: str = SHARES,
    amount: str = "10000.00",
    *,
    client_id: str = FAMILY,
    caller: Caller | None = None,
) -> dict[str, Any]:
    return make_own_order(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        caller or world.callers[FAMILY],
        client_id=client_id,
        product_id=product_id,
        amount=Money.parse(amount),
    )


def press(world: AdviceWorld, proposal: dict[str, Any], **changes: Any) -> Accepted:
    request: dict[str, Any] = {
        "proposal_id": proposal["id"],
        "proposal_hash": proposal["hash"],
        "consent": True,
        "warning_read": True,
        "idempotency_key": f"press-{proposal['id']}",
        "recheck": recheck_suitability,
    }
    return accept_proposal(world.store, world.clock, world.callers[FAMILY], **(request | changes))


def refused(world: AdviceWorld, act: Callable[[], object]) -> ApiError | InputError:
    """Act, expect a refusal, and check that nothing changed."""
    before = world.picture()
    with pytest.raises((ApiError, InputError)) as caught:
        act()
    assert world.picture() == before
    assert isinstance(caught.value, ApiError | InputError)
    return caught.value


def bundle_of(world: AdviceWorld) -> Bundle:
    with world.store.read() as uow:
        (bundle,) = uow.bundles.list(world.callers[FAMILY], client_id=FAMILY)
    return bundle


def status_of(world: AdviceWorld, proposal: dict[str, Any]) -> str:
    caller = world.callers[FAMILY]
    shown = get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
    return str(shown["status"])


def test_a_warned_client_buys_above_the_level_and_the_warning_stands_with_the_consent(
    world: AdviceWorld,
) -> None:
    made = ask(world)
    assert made["override"]["product_id"] == SHARES
    press(world, made)
    (order,) = bundle_of(world).orders
    assert (order.product_id, str(order.amount.amount)) == (SHARES, "10000.00")
    assert order.status is OrderStatus.PLANNED
    with world.store.engine.connect() as connection:
        query = (
            "select c.proposal_hash, a.hash, a.document from consent c"
            " join advice a on a.id = c.proposal_id"
        )
        ((consented, kept, document),) = connection.exec_driver_sql(query).all()
    assert consented == kept == made["hash"]
    codes = [one["code"] for one in json.loads(document)["warnings"]]
    assert "own_order.not_recommended" in codes


def test_without_the_warning_read_there_is_no_consent(world: AdviceWorld) -> None:
    made = ask(world)
    error = refused(world, lambda: press(world, made, warning_read=False))
    assert isinstance(error, InputError)
    assert error.code == "warning_not_read"
    assert error.problems[0].field == "/warning_read"
    error = refused(world, lambda: press(world, made, warning_read="yes"))
    assert error.code == "warning_not_read"
    # The refused press used up no key: the same one works once the warning is read.
    assert not press(world, made).is_replay
    assert press(world, made).is_replay


def test_the_same_key_with_and_without_the_warning_read_are_two_requests(
    world: AdviceWorld,
) -> None:
    made = ask(world)
    press(world, made)
    error = refused(world, lambda: press(world, made, warning_read=False))
    assert error.code == "idempotency_mismatch"


def test_a_product_within_the_level_needs_no_warning(world: AdviceWorld) -> None:
    made = ask(world, BALANCED)
    assert made["warnings"] == []
    press(world, made, warning_read=False)
    assert bundle_of(world).orders[0].product_id == BALANCED


def test_the_banks_own_proposal_needs_no_warning_either(world: AdviceWorld) -> None:
    made = world.propose(FAMILY)
    assert made["initiated_by"] == "bank"
    press(world, made, warning_read=False)
    assert len(bundle_of(world).orders) == len(made["orders"])


def test_a_warning_that_has_grown_old_lifts_nothing_at_consent(world: AdviceWorld) -> None:
    world.settings = replace(world.settings, proposal_hours=24 * 30)
    made, later = ask(world), ask(world, amount="9000.00")
    world.clock.set(FRIDAY + timedelta(days=8))
    error = refused(world, lambda: press(world, made))
    assert isinstance(error, ConflictError)
    assert error.code == "unsuitable"
    assert [one.code for one in error.statements] == [
        "suitability.above_level", "suitability.override_warning_expired",
    ]  # fmt: skip
    world.clock.set(FRIDAY + timedelta(days=7))
    press(world, later)


def test_an_override_taken_out_of_the_document_lifts_nothing(world: AdviceWorld) -> None:
    made = ask(world)
    with world.store.engine.begin() as connection:
        query = "update advice set document = json_set(document, '$.override', null) where id = ?"
        connection.exec_driver_sql(query, (made["id"],))
    error = refused(world, lambda: press(world, made))
    assert isinstance(error, ConflictError)
    assert [one.code for one in error.statements] == ["suitability.above_level"]


def test_a_refused_wish_is_not_kept(world: AdviceWorld) -> None:
    error = refused(world, lambda: ask(world, "wealth-plus-30d", "0.50"))
    assert isinstance(error, ConflictError)
    assert error.code == "unsuitable"
    error = refused(world, lambda: ask(world, BALANCED, "45000.01"))
    assert error.code == "insufficient_cash"


def test_only_the_client_begins_an_order_of_its_own(world: AdviceWorld) -> None:
    for caller in (world.advisor, world.quant):
        error = refused(world, partial(ask, world, client_id=RENTER, caller=caller))
        assert isinstance(error, ForbiddenError)
    error = refused(world, lambda: ask(world, client_id=RENTER))
    assert isinstance(error, NotFoundError)


def test_before_any_assessment_nothing_can_be_wished_for(tmp_path: Path) -> None:
    world = AdviceWorld(tmp_path, client_ids=(FAMILY,))
    error = refused(world, lambda: ask(world))
    assert error.code == "not_assessed"
    world.close()


def test_a_new_assessment_ends_an_open_own_order(world: AdviceWorld) -> None:
    made = ask(world)
    world.assess(FAMILY)
    error = refused(world, lambda: press(world, made))
    assert error.code == "proposal_superseded"


def test_no_own_order_while_a_purchase_is_under_way(world: AdviceWorld) -> None:
    press(world, ask(world))
    error = refused(world, lambda: ask(world))
    assert error.code == "bundle_open"


def test_an_own_order_leaves_the_banks_plan_open_until_one_of_them_is_accepted(
    world: AdviceWorld,
) -> None:
    plan, wish = world.propose(FAMILY), ask(world)
    assert status_of(world, plan) == "presented"
    press(world, wish)
    assert (status_of(world, wish), status_of(world, plan)) == ("accepted", "superseded")


def test_a_new_plan_ends_an_open_own_order(world: AdviceWorld) -> None:
    wish = ask(world)
    world.propose(FAMILY)
    assert status_of(world, wish) == "superseded"


@pytest.mark.parametrize("product_id", [SHARES, BALANCED])
def test_an_own_order_replays_to_the_same_hash(world: AdviceWorld, product_id: str) -> None:
    made = ask(world, product_id)
    result = replay(world.store, world.quant, advice_id=made["id"])
    assert result.is_equal
    assert result.stored_hash == made["hash"]


def test_tampering_with_the_stored_wish_shows(world: AdviceWorld) -> None:
    made = ask(world)
    with world.store.engine.begin() as connection:
        query = "update advice set inputs = json_set(inputs, '$.own_order.amount', '10000.01')"
        connection.exec_driver_sql(query)
    assert not replay(world.store, world.quant, advice_id=made["id"]).is_equal
    with world.store.engine.begin() as connection:
        connection.exec_driver_sql("update advice set inputs = json_remove(inputs, '$.own_order')")
    assert not replay(world.store, world.quant, advice_id=made["id"]).is_equal
