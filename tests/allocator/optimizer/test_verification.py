"""The check that decides: the optima of solvers pass it, and nothing else does."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from lagrangian import DUALS, OF_A_CLASS, OF_THE_WHOLE, residual_of, slacks_of, slopes_of
from nine_classes import nine_class_mandate, nine_class_market
from random_mandates import BUY_COST, SELL_COST

from allocator.optimizer.inputs import OFF, Inputs, inputs_of
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import solve_verified
from allocator.optimizer.verification import KKT_TOLERANCE, kkt_residual

MARKET = nine_class_market()
COSTLY = nine_class_mandate(
    risk_aversion=5,
    volatility_cap=0.10,
    risky_share_cap=0.60,
    liquidity_floor=0.1125,
    current=(0.40, 0.25, 0.20, 0.05, 0.10, 0, 0, 0, 0),
    fixed=(0, 0.15, 0, 0, 0, 0, 0, 0, 0),
    class_caps=(1, 0.6, 0.6, 0.6, 0.35, 0.25, 0.10, 0.10, 0.30),
    buy_cost=BUY_COST,
    sell_cost=SELL_COST,
    cost_horizon_years=3,
)
BRAVE = nine_class_mandate(risk_aversion=2, liquidity_floor=0.1, human_capital_ratio=2)
# Less than a tenth of what any of the mistakes below comes to.
CLEARLY = 10 * KKT_TOLERANCE

CEILINGS = ("caps", "buy_limit", "risky_share", "volatility", "equity_cap")
# What needs gave is in the limits already: the check knows those alone.
JUDGED = [f.name for f in fields(Solution) if f.name not in ("slack", "cap_slack")]


def changed(it: Any, **values: Any) -> Any:
    return replace(it, **values)


def of(mandate: Any, **values: Any) -> Inputs:
    inputs: Inputs = changed(inputs_of(mandate, MARKET, with_costs=True), **values)
    return inputs


# What is solved, and the multipliers that must be felt there.
PROBLEMS: dict[str, tuple[Callable[[], Inputs], tuple[str, ...]]] = {
    "costs and a lock": (
        lambda: of(COSTLY),
        ("liquidity_dual", "fixed_dual", "buy_sign_dual", "sell_sign_dual"),
    ),
    "volatility": (lambda: of(BRAVE, volatility=0.06), ("volatility_dual", "risk_dual")),
    "class caps": (lambda: of(BRAVE), ("cap_dual",)),
    "risky share": (lambda: of(BRAVE, risky_share=0.3), ("risky_dual",)),
    "stable": (lambda: of(BRAVE, stable_floor=0.7), ("stable_dual",)),
    "little may be bought": (lambda: of(COSTLY, buy_limit=np.full(9, 0.04)), ("buy_limit_dual",)),
    "hardly anything is held": (
        lambda: of(COSTLY, buy_cost=np.full(9, -0.002), sell_cost=np.full(9, 0.001)),
        ("sell_limit_dual",),
    ),
    "equity cap": (lambda: of(COSTLY, equity_cap=0.1), ("equity_cap_dual",)),
    "equity floor": (lambda: of(COSTLY, equity_floor=0.45), ("equity_floor_dual",)),
    "shortfall": (
        lambda: of(COSTLY, shortfall=-0.02, deviations=1.645),
        ("shortfall_dual", "risk_dual"),
    ),
    "desired return": (lambda: of(COSTLY, desired_return=0.042), ("desired_return_dual",)),
    "many wishes": (
        lambda: of(BRAVE, equity_cap=0.25, shortfall=-0.06, deviations=1.645, stable_floor=0.5),
        ("equity_cap_dual", "stable_dual"),
    ),
}


@cache
def solved(name: str) -> tuple[Inputs, Solution]:
    inputs = PROBLEMS[name][0]()
    found = solve_verified(inputs)
    assert found is not None
    return inputs, found[0]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_optimum_of_a_solver_passes_and_leans_on_what_it_is_told_to(name: str) -> None:
    inputs, solution = solved(name)
    assert kkt_residual(inputs, solution) < KKT_TOLERANCE / 100
    for dual in PROBLEMS[name][1]:
        assert np.abs(getattr(solution, dual)).max() > 1e-3, dual


def test_every_multiplier_is_felt_in_some_problem() -> None:
    felt = {dual for _, duals in PROBLEMS.values() for dual in duals}
    assert felt == {*DUALS.values(), "risk_dual"}


@pytest.mark.parametrize("field", JUDGED)
@pytest.mark.parametrize("name", PROBLEMS)
def test_no_field_of_an_optimum_can_be_wrong(name: str, field: str) -> None:
    inputs, solution = solved(name)
    right = np.atleast_1d(getattr(solution, field))
    is_number = isinstance(getattr(solution, field), float)
    for step in (1e-3, -1e-3):
        for place in range(len(right)):
            wrong = right.copy()
            wrong[place] += step
            value = float(wrong[0]) if is_number else wrong
            assert kkt_residual(inputs, changed(solution, **{field: value})) > CLEARLY


@pytest.mark.parametrize("field", JUDGED)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
def test_no_number_that_is_none_is_believed(field: str, value: float) -> None:
    inputs, solution = solved("many wishes")
    right = getattr(solution, field)
    if isinstance(right, float):
        claims: list[Any] = [value]
    else:
        one = right.copy()
        one[4] = value
        claims = [one, np.full_like(right, value)]
    for claim in claims:
        assert kkt_residual(inputs, changed(solution, **{field: claim})) > 1e-3
        if np.isnan(value):
            assert kkt_residual(inputs, changed(solution, **{field: claim})) == np.inf


@pytest.mark.parametrize("number", ["risk_aversion", "tilt", "factor", "buy_cost", "volatility"])
def test_nothing_is_the_optimum_of_inputs_that_are_no_numbers(number: str) -> None:
    inputs, solution = solved("many wishes")
    nothing = getattr(inputs, number) * np.nan
    assert kkt_residual(changed(inputs, **{number: nothing}), solution) == np.inf


@pytest.mark.parametrize("limit", [limit for limit in DUALS if not limit.endswith("_sign")])
def test_an_optimum_is_none_where_a_limit_it_leans_on_is_moved(limit: str) -> None:
    name = next(name for name, (_, duals) in PROBLEMS.items() if DUALS[limit] in duals)
    inputs, solution = solved(name)
    field = "current" if limit == "sell_limit" else limit
    level, dual = getattr(inputs, field), getattr(solution, DUALS[limit])
    tighter = -1 if limit in (*CEILINGS, "sell_limit") else 1
    if limit in OF_THE_WHOLE:
        step: Any = tighter * 1e-3
    else:
        step = tighter * 1e-3 * (np.arange(9) == np.argmax(dual))
    within, beyond = (
        changed(inputs, **{field: level - step}),
        changed(inputs, **{field: level + step}),
    )
    # Nothing leans on a limit with slack; what breaks one is no allocation.
    assert kkt_residual(within, solution) > CLEARLY
    assert kkt_residual(beyond, solution) >= 1e-3 * (1 - 1e-6)


def test_what_gave_is_judged_by_the_limits_alone() -> None:
    inputs, solution = solved("class caps")
    excuse = replace(solution, slack=np.ones(9), cap_slack=np.ones(9))
    assert kkt_residual(inputs, excuse) == kkt_residual(inputs, solution)
    narrower = replace(inputs, caps=inputs.caps - 1e-3 * (solution.cap_dual > 1e-3))
    assert kkt_residual(narrower, excuse) >= 1e-3 * (1 - 1e-6)


# Four classes far from all limits but two: volatility and shortfall are leant on throughout.
PLACE = 1
FOUR = np.array([0.4, 0.3, 0.2, 0.1])
_BOUGHT = np.array([0.15, 0.05, 0.06, 0.04])
_SOLD = np.array([0.05, 0.07, 0.05, 0.02])
_NONE = np.zeros(4)
_FACTOR: Any = np.linalg.cholesky(0.01 * np.eye(4) + 0.02 * np.ones((4, 4))).T
_MEANS = np.array([0.01, 0.03, 0.05, 0.06])
_VOLATILITY = float(np.linalg.norm(_FACTOR @ FOUR))
WIDE = Inputs(
    tilt=_NONE,
    risk_aversion=3.0,
    factor=_FACTOR,
    current=FOUR - _BOUGHT + _SOLD,
    fixed=FOUR - 0.05,
    caps=FOUR + 0.05,
    buy_limit=np.ones(4),
    buy_cost=_NONE,
    sell_cost=_NONE,
    risky=np.array([0.0, 1.0, 1.0, 1.0]),
    liquid=np.array([1.0, 1.0, 0.0, 0.0]),
    stable=np.array([1.0, 1.0, 1.0, 0.0]),
    risky_share=0.8,
    volatility=_VOLATILITY,
    liquidity_floor=0.5,
    stable_floor=0.6,
    net_returns=_MEANS,
    equity=np.array([0.0, 1.0, 0.0, 1.0]),
    equity_cap=0.6,
    equity_floor=0.2,
    shortfall=float(_MEANS @ FOUR) - 1.5 * _VOLATILITY,
    deviations=1.5,
    desired_return=0.01,
)
CLAIM = Solution(
    weights=FOUR,
    bought=_BOUGHT,
    sold=_SOLD,
    slack=_NONE,
    cap_slack=_NONE,
    budget_dual=0.02,
    trade_dual=np.array([0.01, -0.02, 0.0, 0.03]),
    fixed_dual=_NONE,
    cap_dual=_NONE,
    buy_limit_dual=_NONE,
    sell_limit_dual=_NONE,
    buy_sign_dual=_NONE,
    sell_sign_dual=_NONE,
    risky_dual=0.0,
    volatility_dual=0.05,
    risk_dual=_NONE,
    liquidity_dual=0.0,
    stable_dual=0.0,
    equity_cap_dual=0.0,
    equity_floor_dual=0.0,
    shortfall_dual=0.05,
    desired_return_dual=0.0,
)


def consistent(inputs: Inputs, claim: Solution) -> tuple[Inputs, Solution]:
    """Return both with the returns, costs and direction of risk that leave no slope."""
    exposure = inputs.factor @ claim.weights
    price = claim.volatility_dual + inputs.deviations * claim.shortfall_dual
    claim = replace(claim, risk_dual=price * exposure / np.linalg.norm(exposure))
    return without_slopes(inputs, claim), claim


def without_slopes(inputs: Inputs, claim: Solution) -> Inputs:
    slopes = slopes_of(inputs, claim)
    return replace(
        inputs,
        tilt=inputs.tilt - slopes.weights,
        buy_cost=inputs.buy_cost + slopes.bought,
        sell_cost=inputs.sell_cost + slopes.sold,
    )


def posed(limit: str, *, slack: float, dual: float) -> tuple[Inputs, Solution]:
    """Return inputs and a claim that hold but for what this slack and multiplier do together."""
    i, x, is_here = WIDE, CLAIM, np.arange(4) == PLACE
    bought, sold = x.bought.copy(), x.sold.copy()
    match limit:
        case "buy_sign":
            bought[PLACE] = slack
        case "sell_sign":
            sold[PLACE] = slack
        case "sell_limit":
            bought[PLACE] = FOUR[PLACE] - slack
        case "buy_limit":
            i = replace(i, buy_limit=np.where(is_here, bought + slack, 1.0))
        case _:
            level = getattr(i, limit)
            moved = slacks_of(i, x)[limit] - slack
            away: Any = moved * is_here if limit in OF_A_CLASS else float(moved[0])
            i = changed(i, **{limit: level - away if limit in CEILINGS else level + away})
    value: Any = dual * is_here if limit in OF_A_CLASS else dual
    x = changed(x, bought=bought, sold=sold, **{DUALS[limit]: value})
    return consistent(replace(i, current=FOUR - bought + sold), x)


@pytest.mark.parametrize("limit", DUALS)
def test_a_limit_may_be_leant_on_or_left_alone(limit: str) -> None:
    for slack, dual in ((0.0, 0.01), (0.02, 0.0), (0.0, 0.0)):
        assert kkt_residual(*posed(limit, slack=slack, dual=dual)) < 1e-14


@pytest.mark.parametrize("limit", DUALS)
def test_a_limit_that_is_missed_and_nothing_else_is_told_by_how_much(limit: str) -> None:
    assert kkt_residual(*posed(limit, slack=-1e-4, dual=0.0)) == pytest.approx(1e-4, rel=1e-9)


@pytest.mark.parametrize("limit", DUALS)
def test_a_multiplier_of_the_wrong_sign_and_nothing_else_is_told(limit: str) -> None:
    assert kkt_residual(*posed(limit, slack=0.0, dual=-0.01)) == pytest.approx(0.01, rel=1e-9)


@pytest.mark.parametrize("limit", DUALS)
def test_a_multiplier_of_a_limit_with_slack_and_nothing_else_is_told(limit: str) -> None:
    assert kkt_residual(*posed(limit, slack=0.02, dual=0.01)) == pytest.approx(2e-4, rel=1e-9)


def test_a_budget_or_a_trade_that_does_not_add_up_and_nothing_else_is_told() -> None:
    for amount in (1e-4, -1e-4):
        weights = FOUR + amount * (np.arange(4) == 0)
        inputs, claim = consistent(
            replace(WIDE, current=weights - _BOUGHT + _SOLD, volatility=1.0, shortfall=-1.0),
            replace(CLAIM, weights=weights, volatility_dual=0.0, shortfall_dual=0.0),
        )
        assert kkt_residual(inputs, claim) == pytest.approx(1e-4, rel=1e-9)
        inputs, claim = consistent(
            replace(WIDE, current=WIDE.current + amount * (np.arange(4) == PLACE)), CLAIM
        )
        assert kkt_residual(inputs, claim) == pytest.approx(1e-4, rel=1e-9)


@pytest.mark.parametrize("number", ["tilt", "buy_cost", "sell_cost"])
def test_a_slope_that_is_left_and_nothing_else_is_told(number: str) -> None:
    inputs, claim = consistent(WIDE, CLAIM)
    for slope in (1e-4, -1e-4):
        sloped = changed(inputs, **{number: getattr(inputs, number) + slope * np.eye(4)[PLACE]})
        assert kkt_residual(sloped, claim) == pytest.approx(1e-4, rel=1e-9)


def test_a_multiplier_of_the_risk_of_the_wrong_length_or_direction_and_nothing_else_is_told() -> (
    None
):
    inputs, claim = consistent(WIDE, CLAIM)
    exposure = inputs.factor @ FOUR
    across = np.array([1.0, -1.0, 2.0, 0.0])
    across -= exposure * (across @ exposure) / (exposure @ exposure)
    across /= np.linalg.norm(across)
    price = float(np.linalg.norm(claim.risk_dual))
    longer = replace(claim, risk_dual=claim.risk_dual + 0.01 * across)
    expected = np.hypot(price, 0.01) - price
    assert kkt_residual(without_slopes(inputs, longer), longer) == pytest.approx(expected, rel=1e-9)
    shorter = replace(claim, risk_dual=0.9 * claim.risk_dual)
    expected = 0.1 * price * _VOLATILITY
    assert kkt_residual(without_slopes(inputs, shorter), shorter) == pytest.approx(
        expected, rel=1e-9
    )


def test_an_optimum_needs_a_utility_that_does_not_like_risk() -> None:
    for risk_aversion, is_proven in ((0.0, True), (-1e-9, False)):
        inputs, claim = consistent(replace(WIDE, risk_aversion=risk_aversion), CLAIM)
        assert residual_of(inputs, claim) < 1e-14
        assert (kkt_residual(inputs, claim) < 1e-14) is is_proven
        assert np.isfinite(kkt_residual(inputs, claim)) == is_proven


@pytest.mark.parametrize("limit", DUALS)
def test_optimality_is_measured_relative_to_the_largest_multiplier_up_to_a_thousand(
    limit: str,
) -> None:
    for dual in (0.5, 500.0, 5e4):
        inputs, claim = posed(limit, slack=0.0, dual=dual)
        # Where more is bought than pays, the cost of a purchase is as large as the multiplier.
        dearest = max(1.0, float(inputs.buy_cost.max()), float(inputs.sell_cost.max()))
        scale = min(max(1.0, dual), 1e3 * dearest)
        assert dearest == 1.0 or limit in ("buy_sign", "sell_sign")
        sloped = replace(inputs, tilt=inputs.tilt + 1e-2 * np.eye(4)[0])
        assert kkt_residual(sloped, claim) == pytest.approx(1e-2 / scale, rel=1e-6)
        idle = posed(limit, slack=1e-5, dual=dual)
        assert kkt_residual(*idle) == pytest.approx(1e-5 * dual / scale, rel=1e-6)


@pytest.mark.parametrize("way", [1, -1])
def test_costs_of_more_than_all_wealth_a_year_are_measured_in_themselves(way: int) -> None:
    inputs, claim = posed("liquidity_floor", slack=0.0, dual=5e4)
    claim = replace(claim, trade_dual=way * 2.0 * np.eye(4)[PLACE])
    inputs = without_slopes(inputs, claim)
    assert max(inputs.buy_cost.max(), inputs.sell_cost.max()) == pytest.approx(2)
    sloped = replace(inputs, tilt=inputs.tilt + 1e-2 * np.eye(4)[0])
    assert kkt_residual(sloped, claim) == pytest.approx(1e-2 / 2e3, rel=1e-6)


def test_what_breaks_a_limit_is_measured_in_weights_however_large_the_multipliers() -> None:
    inputs = replace(WIDE, caps=FOUR, stable_floor=float(WIDE.stable @ FOUR) + 1e-4)
    inputs, claim = consistent(inputs, replace(CLAIM, cap_dual=np.full(4, 1e4)))
    assert kkt_residual(inputs, claim) == pytest.approx(1e-4, rel=1e-9)


@pytest.mark.parametrize(
    "pair",
    [
        ("fixed", "caps"),
        ("buy_sign", "buy_limit"),
        ("sell_sign", "sell_limit"),
        ("equity_cap", "equity_floor"),
    ],
)
def test_two_limits_that_meet_are_no_scale_however_large_their_multipliers(
    pair: tuple[str, str],
) -> None:
    # Nothing is held of the class, and nothing may be bought of it.
    rest = np.array([0.5, 0.0, 0.3, 0.2])
    inputs = replace(
        WIDE,
        current=rest,
        fixed=rest * 0,
        caps=np.where(rest > 0, 1.0, 0.0),
        buy_limit=np.where(rest > 0, 1.0, 0.0),
        equity_cap=0.2,
        equity_floor=0.2,
        volatility=1.0,
        shortfall=-1.0,
    )
    claim = replace(
        CLAIM, weights=rest, bought=_NONE, sold=_NONE, volatility_dual=0.0, shortfall_dual=0.0
    )
    inputs, claim = consistent(inputs, claim)
    assert kkt_residual(inputs, claim) < 1e-14
    large: Any = 1e9 * np.eye(4)[PLACE] if pair[0] in OF_A_CLASS else 1e9
    claim = changed(claim, **{DUALS[limit]: large for limit in pair})
    assert kkt_residual(inputs, claim) < KKT_TOLERANCE
    sloped = replace(inputs, tilt=inputs.tilt + 1e-4 * np.eye(4)[0])
    assert kkt_residual(sloped, claim) == pytest.approx(1e-4, rel=1e-2)


def test_multipliers_that_cancel_make_no_point_pass() -> None:
    # All that is liquid is at its caps, and the floor asks for no less: any size of theirs cancels.
    inputs = replace(WIDE, caps=np.where(WIDE.liquid > 0, FOUR, 1.0))
    inputs = replace(inputs, liquidity_floor=float(WIDE.liquid @ FOUR))
    inputs, claim = consistent(inputs, CLAIM)
    claim = replace(claim, liquidity_dual=1e9, cap_dual=1e9 * WIDE.liquid)
    assert kkt_residual(inputs, claim) < KKT_TOLERANCE
    sloped = replace(inputs, tilt=inputs.tilt + 1e-3 * np.eye(4)[2])
    assert kkt_residual(sloped, claim) == pytest.approx(1e-6, rel=1e-2)


def test_the_residual_is_that_of_the_lagrangian_wherever_the_claim_is_wrong() -> None:
    names, sizes = [*PROBLEMS], []
    for seed in range(600):
        dice = np.random.default_rng(seed)
        inputs, solution = solved(names[seed % len(names)])
        wrong: dict[str, Any] = {}
        for field in dice.choice(JUDGED, size=dice.integers(1, 4), replace=False):
            right = getattr(solution, field)
            size = 10.0 ** dice.uniform(-6, 5)
            if isinstance(right, float):
                wrong[field] = right + size * dice.normal()
            else:
                wrong[field] = right + size * dice.normal(size=9) * (dice.random(9) < 0.3)
        claim = changed(solution, **wrong)
        level = dice.choice([*OF_THE_WHOLE])
        if getattr(inputs, level) != OFF.get(level):
            step = float(10.0 ** dice.uniform(-6, 0) * dice.normal())
            inputs = changed(inputs, **{level: getattr(inputs, level) + step})
        expected = residual_of(inputs, claim)
        sizes.append(expected)
        assert kkt_residual(inputs, claim) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.quantile(sizes, 0.1) < 1e-3 < 1 < np.quantile(sizes, 0.9)
