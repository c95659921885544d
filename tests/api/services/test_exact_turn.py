"""One search for exact lots at a time: the second is refused at once, and the first goes on."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from advice_world import FAN, RENTER, AdviceWorld
from sqlalchemy import func, select

from allocator.errors import SolverError
from allocator.optimizer.exact_lots import plan_exact_lots
from api import advice_documents
from api.advice_documents import Lots
from api.errors import TooManyRequestsError
from api.services.advice import propose
from api.services.replay import replay
from api.store.tables import advice

PATIENCE = 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(FAN)
    made.assess(RENTER)
    yield made
    made.close()


def propose_exactly(world: AdviceWorld, client_id: str) -> dict[str, Any]:
    return propose(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        world.callers[client_id],
        client_id=client_id,
        lots=Lots.EXACT,
    )


def stored(world: AdviceWorld) -> int:
    with world.store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(advice)) or 0)


def test_while_lots_are_worked_out_a_second_client_is_told_to_come_back_and_others_are_served(
    world: AdviceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    search: Callable[..., Any] = plan_exact_lots

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert may_end.wait(PATIENCE)
        return search(*args, **kwargs)

    earlier = propose_exactly(world, RENTER)
    monkeypatch.setattr(advice_documents, "plan_exact_lots", slow)
    with ThreadPoolExecutor(max_workers=1) as threads:
        first = threads.submit(propose_exactly, world, FAN)
        try:
            assert begun.wait(PATIENCE)
            before = stored(world)
            for refused in (
                lambda: propose_exactly(world, RENTER),
                lambda: propose_exactly(world, FAN),
                lambda: replay(world.store, world.quant, advice_id=earlier["id"]),
            ):
                with pytest.raises(TooManyRequestsError) as refusal:
                    refused()
                assert refusal.value.code == "busy"
                assert refusal.value.retry_after
            assert stored(world) == before
            assert "exact_lots" not in world.propose(RENTER)
        finally:
            may_end.set()
        assert "exact_lots" in first.result(PATIENCE)
    assert "exact_lots" in propose_exactly(world, RENTER)


def test_a_search_that_fails_gives_its_turn_back(
    world: AdviceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise SolverError("no whole lots today")

    with monkeypatch.context() as patched:
        patched.setattr(advice_documents, "plan_exact_lots", fails)
        with pytest.raises(SolverError):
            propose_exactly(world, FAN)
    assert "exact_lots" in propose_exactly(world, FAN)
