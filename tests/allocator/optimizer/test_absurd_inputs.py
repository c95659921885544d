"""Absurd mandates and markets end, within bounded work, in an error or a verified optimum."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from nine_classes import OP2_CAPS, nine_class_mandate, nine_class_market

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.inputs import NEEDS, Inputs, inputs_of
from allocator.optimizer.problem import CompiledProblem, Solution
from allocator.optimizer.relaxation import ROOM_AFTER_GIVING
from allocator.optimizer.solver import optimize, solve_eased, solve_verified
from allocator.optimizer.solvers import settings_for
from allocator.optimizer.verification import KKT_TOLERANCE

MARKET = nine_class_market()
CORPUS = 120
# Four settings for what is wanted, once more where no need has to give, four for each stage and
# once more for the one that finds its room too tight, and for either room four to choose the caps
# and four for what is granted.
MOST_SOLVES = 2 * 4 + 4 * (len(NEEDS) + 1) + 2 * (4 + 4)


def absurd(seed: int) -> tuple[Mandate, MarketModel]:
    """Return extremes of every number, thrown together."""
    dice = np.random.default_rng(seed)

    def one(*choices: Any) -> Any:
        return choices[dice.integers(len(choices))]

    current: Any = dice.dirichlet(np.full(9, 0.3))
    some = dice.random(9) < 0.5
    mandate = nine_class_mandate(
        risk_aversion=one(1e-12, 1e-6, 5.0, 1000.0),
        volatility_cap=one(1e-12, 1e-6, 1e-4, 0.003, 0.1, 10.0),
        risky_share_cap=one(0.0, 1e-12, 0.2, 10.0),
        liquidity_floor=one(0.0, 1.0, 1.2, 1e15),
        stable_floor=one(0.0, 1.0, 1e15),
        current=current,
        fixed=one(np.zeros(9), current, current * some, current * dice.random(9)),
        class_caps=one(OP2_CAPS, (0,) * 9, (1e-9,) * 9, (10,) * 9, (1 / 9,) * 9),
        buyable=one((True,) * 9, (False,) * 9, some.tolist()),
        buy_cost=one((0,) * 9, (1,) * 9, dice.random(9) * 0.05),
        sell_cost=one((0,) * 9, (1,) * 9, dice.random(9) * 0.05),
        human_capital_ratio=one(0.0, 1.0, 1e15),
        income_beta=one(0.0, 0.3, 10.0, -10.0),
        cost_horizon_years=one(0.001, 2.0, 1000.0),
    )
    if dice.random() < 0.5:
        mandate = replace(
            mandate,
            equity_cap=one(None, 0.0, 0.3, 1.0),
            equity_floor=one(None, 0.0, 0.3, 1.0),
            shortfall=one(None, -5.0, -0.1, 0.0, 5.0),
            shortfall_deviations=one(0.0, 1.645, 10.0),
            desired_return=one(None, -5.0, 0.03, 5.0),
        )
    loadings = dice.normal(size=(9, 2)) / 10
    nearly_one_bet = 9 * (0.999999 * np.ones((9, 9)) + 1e-6 * np.eye(9))
    singular = loadings @ loadings.T
    covariance = one(
        MARKET.covariance,
        np.full((9, 9), 0.04),
        nearly_one_bet,
        np.eye(9) * 1e-16,
        (singular + singular.T) / 2,
    )
    returns = one(MARKET.expected_returns, dice.uniform(-4.9, 4.9, 9))
    return mandate, replace(MARKET, covariance=covariance, expected_returns=returns)


@pytest.fixture
def solves(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The solvers that were called."""
    called: list[str] = []
    original = CompiledProblem.attempt

    def counted(self: CompiledProblem, solver: str, options: dict[str, float]) -> Solution | None:
        called.append(solver)
        assert options.get("max_iter", options.get("max_iters", np.inf)) <= 20_000
        return original(self, solver, options)

    monkeypatch.setattr(CompiledProblem, "attempt", counted)
    return called


@pytest.mark.parametrize("seed", range(CORPUS))
def test_each_absurd_input_of_the_corpus_has_a_verified_optimum_after_few_solves(
    seed: int, solves: list[str]
) -> None:
    mandate, market = absurd(seed)
    # What must give way does: each of them has an answer all the same.
    assert optimize(mandate, market).residual <= KKT_TOLERANCE
    assert len(solves) <= MOST_SOLVES


def test_the_work_of_a_solve_is_bounded_and_does_not_grow_with_the_classes() -> None:
    for n in (1, 13, 40, 41, 100, 200):
        for _, options in settings_for(n):
            assert 60 <= options.get("max_iter", options.get("max_iters", np.inf)) <= 20_000
    last = [settings_for(n)[-1][1]["max_iters"] for n in (13, 40, 80, 200)]
    assert last == [20_000, 20_000, 5_000, 800]


def two_hundred_assets(dice: np.random.Generator) -> Inputs:
    """Return needs over two hundred assets that can be met."""
    n = 200
    loadings = dice.normal(size=(20, n)) * 0.04
    factor: Any = np.linalg.cholesky(loadings.T @ loadings + 1e-4 * np.eye(n)).T
    small = inputs_of(
        nine_class_mandate(risk_aversion=5, volatility_cap=0.1), MARKET, with_costs=True
    )
    current, groups = dice.dirichlet(np.ones(n)), dice.random((4, n)) < 0.4
    return replace(
        small,
        tilt=dice.uniform(0, 0.1, n),
        net_returns=dice.uniform(0, 0.1, n),
        factor=factor,
        current=current,
        fixed=current * (dice.random(n) < 0.2),
        caps=np.maximum(0.05, current),
        buy_limit=np.ones(n),
        buy_cost=np.full(n, 0.001),
        sell_cost=np.full(n, 0.002),
        risky=groups[0].astype(float),
        liquid=groups[1].astype(float),
        stable=groups[2].astype(float),
        equity=groups[3].astype(float),
        risky_share=0.4,
        liquidity_floor=0.3,
        stable_floor=0.3,
    )


def contradiction(seed: int) -> Inputs:
    """Return two hundred assets with every need and every wish out of reach of the others."""
    dice = np.random.default_rng(seed)

    def one(*choices: float) -> float:
        return choices[dice.integers(len(choices))]

    inputs = two_hundred_assets(dice)
    return replace(
        inputs,
        caps=np.maximum(one(0.0, 0.001, 0.003), inputs.fixed),
        risky_share=one(0.0, 0.05),
        volatility=one(1e-6, 0.01),
        liquidity_floor=one(0.9, 1.2),
        stable_floor=one(0.9, 1.2),
        equity_cap=one(0.0, 0.1),
        equity_floor=one(0.8, 1.0),
        shortfall=one(0.0, 0.5),
        deviations=1.645,
        desired_return=one(0.2, 0.5),
    )


def test_two_hundred_assets_get_a_verified_optimum() -> None:
    found = solve_verified(two_hundred_assets(np.random.default_rng(0)))
    assert found is not None
    assert found[1] <= KKT_TOLERANCE


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_assets_whose_needs_all_contradict_get_a_verified_optimum_too(
    seed: int, solves: list[str]
) -> None:
    answer = solve_eased(contradiction(seed))
    assert answer.residual <= KKT_TOLERANCE
    assert len(answer.relaxations) >= 7
    assert len(solves) <= MOST_SOLVES
    # The slow method is never needed.
    assert set(solves) == {"CLARABEL"}


def test_the_room_left_by_a_need_is_named_for_every_need() -> None:
    assert set(ROOM_AFTER_GIVING) == set(NEEDS)
