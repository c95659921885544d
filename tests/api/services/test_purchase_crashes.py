"""The process dies before or after every single commit of a purchase, and recovers."""

from datetime import timedelta
from pathlib import Path

import pytest
from purchase_world import World, at, buy, cash, holding, money, sell

from allocator.trading.transitions import BundleStatus
from api.callers import Caller, Role
from api.services.settlement import run_until_idle
from api.store.records import Advice, Cash
from api.store.unit_of_work import Store, UnitOfWork

# A purchase with the sale that pays for it commits this often; the last test guards the number.
COMMITS = 13


class KilledError(BaseException):
    """The process died here; no handler of ours may see it."""


class Fate:
    """Counts commits and dies once, before or after the given one."""

    def __init__(self, *, commit: int, before: bool) -> None:
        self.left = commit
        self.before = before

    def strikes(self) -> bool:
        self.left -= 1
        return self.left == 0


class MortalUnitOfWork(UnitOfWork):
    """A unit of work that may die as it commits."""

    fate: Fate

    def commit(self) -> None:
        strikes = self.fate.strikes()
        if strikes and self.fate.before:
            raise KilledError
        super().commit()
        if strikes:
            raise KilledError


class MortalStore(Store):
    """A store whose writers share one fate."""

    def __init__(self, store: Store, fate: Fate) -> None:
        super().__init__(store.engine)
        self.fate = fate

    def begin(self) -> UnitOfWork:
        uow = MortalUnitOfWork(self.engine)
        uow.fate = self.fate
        return uow


def live_through(world: World, fate: Fate) -> None:
    """Press and work until all is done; after a death the client and the worker come back."""
    ada = world.add_client("ada", cash("100.00"), holding("old", "bond", "900.00"))
    proposal = world.propose(
        ada, sell(1, "bond", "900.00", holding_id="old", fee="9.00"), buy(2, "money", "991.00")
    )
    world.store = MortalStore(world.store, fate)
    press_until_answered(world, proposal)
    for day in ("2026-09-30", "2026-10-12", "2026-10-13"):
        world.clock.set(at(day))
        for _ in range(3):
            try:
                run_until_idle(world.store, world.clock, world.venue)
            except KilledError:
                world.check()
            world.clock.advance(timedelta(seconds=61))


def press_until_answered(world: World, proposal: Advice) -> None:
    caller = Caller("user-ada", Role.CLIENT, "ada")
    try:
        world.press(caller, proposal)
    except KilledError:
        world.check()
        world.press(caller, proposal)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("commit", range(1, COMMITS + 1))
def test_dying_at_any_commit_changes_nothing_in_the_end(
    tmp_path: Path, commit: int, before: bool
) -> None:
    world = World(tmp_path)
    fate = Fate(commit=commit, before=before)
    live_through(world, fate)
    assert fate.left <= 0, "nobody died"
    (bundle,) = world.bundles()
    assert bundle.status is BundleStatus.COMPLETED
    assert world.venue.order_count() == 2
    assert world.cash("ada") == Cash(money("0.00"), money("0.00"))
    held = world.holdings("ada")
    assert held.keys() == {"cash", bundle.orders[1].holding_id}
    assert held[bundle.orders[1].holding_id].amount == money("991.00")
    world.close()


def test_the_crashes_above_cover_every_commit(tmp_path: Path) -> None:
    world = World(tmp_path)
    fate = Fate(commit=10_000, before=True)
    live_through(world, fate)
    assert 10_000 - fate.left == COMMITS
    world.close()
