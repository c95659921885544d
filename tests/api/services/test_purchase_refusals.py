"""What the button refuses, and that a refusal leaves every row as it was."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from purchase_world import World, at, buy, cash, holding, sell, unsuitable

from allocator.errors import InputError
from allocator.trading.transitions import ProposalStatus
from api.callers import BANK, Caller, Role
from api.errors import ApiError, ConflictError, ForbiddenError, GoneError, NotFoundError
from api.services.purchase import Accepted, get_bundle, list_bundles
from api.store.records import Advice, AdviceKind


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ada(world: World) -> Caller:
    return world.add_client("ada", cash("1000.00"), holding("fund", "bond", "500.00"))


@pytest.fixture
def proposal(world: World, ada: Caller) -> Advice:
    return world.propose(ada, buy(1, "money", "600.00"))


def refused(world: World, press: Callable[[], Accepted]) -> ApiError | InputError:
    """Press, expect a refusal, and check that nothing changed."""
    before = world.picture()
    with pytest.raises((ApiError, InputError)) as caught:
        press()
    assert world.picture() == before
    assert world.venue.order_count() == 0
    error = caught.value
    assert isinstance(error, ApiError | InputError)
    return error


def test_the_same_key_gets_the_same_bytes_and_no_second_bundle(
    world: World, ada: Caller, proposal: Advice
) -> None:
    first = world.press(ada, proposal)
    world.work(on=at("2026-10-08"))
    before = world.picture()
    again = world.press(ada, proposal)
    assert (again.body, again.is_replay) == (first.body, True)
    assert not first.is_replay
    assert world.picture() == before


def test_the_same_key_for_another_request_is_refused(
    world: World, ada: Caller, proposal: Advice
) -> None:
    world.press(ada, proposal)
    other = world.propose(ada, buy(1, "money", "1.00"))
    error = refused(world, lambda: world.press(ada, other))
    assert error.code == "idempotency_mismatch"


def test_two_clients_may_use_the_same_key(world: World, ada: Caller, proposal: Advice) -> None:
    bob = world.add_client("bob", cash("1000.00"))
    world.press(ada, proposal)
    world.press(bob, world.propose(bob, buy(1, "money", "1.00")))
    assert len(world.bundles()) == 2


def test_a_second_press_with_a_new_key_is_refused(
    world: World, ada: Caller, proposal: Advice
) -> None:
    world.press(ada, proposal)
    error = refused(world, lambda: world.press(ada, proposal, key="press-2"))
    assert (type(error), error.code) == (ConflictError, "proposal_accepted")


@pytest.mark.parametrize("key", ["", " ", "a b", "schlüssel", "x" * 256, "tab\t", "nul\x00"])
def test_a_key_that_is_missing_or_not_visible_ascii_is_refused(
    world: World, ada: Caller, proposal: Advice, key: str
) -> None:
    error = refused(world, lambda: world.press(ada, proposal, key=key))
    assert error.code == "idempotency_key_missing"


@pytest.mark.parametrize("key", ["k", "~" * 255])
def test_a_key_of_one_and_of_255_letters_is_taken(
    world: World, ada: Caller, proposal: Advice, key: str
) -> None:
    assert world.press(ada, proposal, key=key).document["status"] == "created"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consent": False}, "consent_missing"),
        ({"consent": "yes"}, "consent_missing"),
        ({"consent": 1}, "consent_missing"),
        ({"proposal_hash": "0" * 64}, "proposal_changed"),
        ({"proposal_id": "proposal-99"}, "not_found"),
        ({"recheck": unsuitable}, "unsuitable"),
    ],
)
def test_a_press_that_does_not_fit_is_refused(
    world: World, ada: Caller, proposal: Advice, changes: dict[str, Any], code: str
) -> None:
    error = refused(world, lambda: world.press(ada, proposal, **changes))
    assert error.code == code


def test_an_unsuitable_purchase_says_what_stands_against_it(
    world: World, ada: Caller, proposal: Advice
) -> None:
    error = refused(world, lambda: world.press(ada, proposal, recheck=unsuitable))
    assert isinstance(error, ConflictError)
    assert [one.code for one in error.statements] == ["product_above_level"]


def test_a_proposal_can_be_accepted_until_the_instant_it_expires(
    world: World, ada: Caller, proposal: Advice
) -> None:
    assert proposal.expires_at is not None
    world.clock.set(proposal.expires_at)
    error = refused(world, lambda: world.press(ada, proposal))
    assert (type(error), error.code) == (GoneError, "proposal_expired")
    world.clock.set(proposal.expires_at - timedelta(microseconds=1))
    world.press(ada, proposal)


def test_a_proposal_that_was_superseded_is_refused(
    world: World, ada: Caller, proposal: Advice
) -> None:
    with world.store.begin() as uow:
        assert uow.advice.supersede(ada, "ada", at=world.clock.now(), reason="newer") == 1
        uow.commit()
    assert refused(world, lambda: world.press(ada, proposal)).code == "proposal_superseded"


def test_a_presented_proposal_can_be_accepted_and_others_are_superseded(
    world: World, ada: Caller, proposal: Advice
) -> None:
    other = world.propose(ada, buy(1, "money", "1.00"))
    with world.store.begin() as uow:
        uow.advice.move(proposal, ProposalStatus.PRESENTED, actor=ada.user_id, at=world.clock.now())
        uow.commit()
    world.press(ada, proposal)
    with world.store.read() as uow:
        status = uow.advice.get(ada, AdviceKind.PROPOSAL, other.id).status
    assert status is ProposalStatus.SUPERSEDED


def test_a_new_assessment_ends_what_was_proposed_on_the_old_one(
    world: World, ada: Caller, proposal: Advice
) -> None:
    world.assess("ada", "assessment-2")
    assert refused(world, lambda: world.press(ada, proposal)).code == "profile_changed"


def test_an_assessment_is_valid_through_its_last_day_in_shanghai(world: World, ada: Caller) -> None:
    world.assess("ada", "assessment-2", valid_until=date(2026, 9, 30))
    world.clock.set(at("2026-09-30", 23))
    proposal = world.propose(ada, buy(1, "money", "1.00"))
    world.clock.set(at("2026-10-01", 0))
    assert refused(world, lambda: world.press(ada, proposal)).code == "assessment_expired"
    world.clock.set(at("2026-09-30", 23))
    world.press(ada, proposal)


def test_another_purchase_under_way_is_refused(world: World, ada: Caller, proposal: Advice) -> None:
    world.press(ada, proposal)
    second = world.propose(ada, buy(1, "money", "1.00"))
    error = refused(world, lambda: world.press(ada, second, key="press-2"))
    assert error.code == "bundle_open"


@pytest.mark.parametrize(
    ("orders", "code"),
    [
        ([buy(1, "money", "1000.01")], "insufficient_cash"),
        ([buy(1, "money", "600.00"), buy(2, "bond", "400.01")], "insufficient_cash"),
        (
            [
                sell(1, "bond", "500.00", holding_id="fund", fee="0.01"),
                buy(2, "money", "1500.00"),
            ],
            "insufficient_cash",
        ),
        ([sell(1, "bond", "500.01", holding_id="fund")], "holding_changed"),
        (
            [
                sell(1, "bond", "300.00", holding_id="fund"),
                sell(2, "bond", "300.00", holding_id="fund"),
            ],
            "holding_changed",
        ),
        ([sell(1, "money", "1.00", holding_id="fund")], "holding_changed"),
        ([sell(1, "bond", "1.00", holding_id="gone")], "holding_changed"),
        ([sell(1, "demand-deposit", "1.00", holding_id="cash")], "cash_order"),
        ([buy(1, "demand-deposit", "1.00")], "cash_order"),
        ([], "nothing_to_accept"),
    ],
)
def test_orders_that_cannot_be_carried_out_are_refused(
    world: World, ada: Caller, orders: list[dict[str, Any]], code: str
) -> None:
    proposal = world.propose(ada, *orders)
    assert refused(world, lambda: world.press(ada, proposal)).code == code


def test_a_locked_holding_is_not_sold(world: World) -> None:
    until = date(2026, 10, 1)
    ada = world.add_client("eve", cash("0.00"), holding("d", "bond", "9.00", locked_until=until))
    proposal = world.propose(ada, sell(1, "bond", "9.00", holding_id="d"))
    assert refused(world, lambda: world.press(ada, proposal)).code == "holding_changed"


def test_a_stranger_and_a_missing_proposal_get_the_same_answer(
    world: World, ada: Caller, proposal: Advice
) -> None:
    bob = world.add_client("bob", cash("1000.00"))
    quant = Caller("user-q", Role.QUANT)
    other_advisor = Caller("user-x", Role.ADVISOR)
    missing = refused(world, lambda: world.press(ada, proposal, proposal_id="nothing"))
    for stranger in (bob, quant, other_advisor):
        error = refused(world, lambda who=stranger: world.press(who, proposal))  # type: ignore[misc]
        assert type(error) is NotFoundError
        assert str(error) == str(missing)


def test_an_advisor_sees_the_proposal_and_cannot_consent_to_it(
    world: World, ada: Caller, proposal: Advice
) -> None:
    advisor = Caller("user-ada", Role.ADVISOR)
    with world.store.begin() as uow:
        uow.users.assign(advisor.user_id, "ada")
        uow.commit()
    assert type(refused(world, lambda: world.press(advisor, proposal))) is ForbiddenError
    assert type(refused(world, lambda: world.press(BANK, proposal))) is ForbiddenError


def test_bundles_are_read_by_their_client_alone(
    world: World, ada: Caller, proposal: Advice
) -> None:
    bob = world.add_client("bob", cash("1.00"))
    bundle_id = world.press(ada, proposal).document["bundle_id"]
    assert get_bundle(world.store, ada, bundle_id=bundle_id)["proposal_id"] == proposal.id
    assert len(list_bundles(world.store, ada, client_id="ada")) == 1
    with pytest.raises(NotFoundError):
        get_bundle(world.store, bob, bundle_id=bundle_id)
    with pytest.raises(NotFoundError):
        list_bundles(world.store, bob, client_id="ada")


@pytest.mark.parametrize("same_key", [True, False])
def test_sixteen_presses_at_once_make_one_bundle(
    world: World, ada: Caller, proposal: Advice, same_key: bool
) -> None:
    answers: list[str] = []
    gate = threading.Barrier(16)

    def press(number: int) -> None:
        key = "one" if same_key else f"key-{number}"
        gate.wait()
        try:
            answers.append(world.press(ada, proposal, key=key).body)
        except ConflictError as conflict:
            answers.append(conflict.code)

    threads = [threading.Thread(target=press, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert len(world.bundles()) == 1
    if same_key:
        assert len(set(answers)) == 1
    else:
        assert answers.count("proposal_accepted") == 15
    world.work()
    assert world.venue.order_count() == 1
