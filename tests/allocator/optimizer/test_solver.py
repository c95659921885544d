"""The optimizer against worked numbers, an independent solver and invariants."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nine_classes import CLASSES, nine_class_mandate, nine_class_market
from random_mandates import mandates
from scipy.optimize import minimize

from allocator.mandate import Mandate
from allocator.optimizer.explanation import explain
from allocator.optimizer.inputs import Inputs, inputs_of
from allocator.optimizer.problem import CompiledProblem, Solution
from allocator.optimizer.solver import optimize, solve_eased, solve_verified
from allocator.optimizer.verification import KKT_TOLERANCE, kkt_residual
from allocator.product_classes import ProductClass, RiskLevel

MARKET = nine_class_market()

# Worked case OP-1: six months of 15 000 for a wealth of 800 000, costs spread over three years.
OP1 = nine_class_mandate(
    risk_aversion=5,
    volatility_cap=0.10,
    risky_share_cap=0.60,
    liquidity_floor=0.1125,
    current=(0.40, 0.25, 0.20, 0.05, 0.10, 0, 0, 0, 0),
    fixed=(0, 0.15, 0, 0, 0, 0, 0, 0, 0),
    class_caps=(1, 0.6, 0.6, 0.6, 0.35, 0.25, 0.10, 0.10, 0.30),
    buy_cost=(0, 0, 0, 0.0008, 0.0015, 0.0015, 0.004, 0.01, 0),
    sell_cost=(0, 0.004, 0, 0.001, 0.005, 0.005, 0.004, 0.01, 0.03),
    cost_horizon_years=3,
)
OP2 = nine_class_mandate(risk_aversion=2, volatility_cap=0.06, liquidity_floor=0.10)


def weights_of(mandate: Mandate) -> np.ndarray:
    return optimize(mandate, MARKET).weights.aligned_to(CLASSES)


def test_the_case_with_costs_and_a_locked_deposit_gives_the_worked_numbers() -> None:
    found = optimize(OP1, MARKET)
    expected = [0.1125, 0.15, 0, 0.429739, 0.124220, 0.172400, 0.011141, 0, 0]
    # The demand deposit is liquid alone in this market, as cash is in the worked case.
    assert found.weights.aligned_to(CLASSES) == pytest.approx(expected, abs=1e-6)
    assert found.objective == pytest.approx(0.02778657, abs=1e-8)
    assert found.volatility == pytest.approx(0.047604, abs=1e-6)
    assert found.expected_return == pytest.approx(0.033800, abs=1e-6)
    turnover = np.abs(found.weights.aligned_to(CLASSES) - np.array(OP1.current)).sum() / 2
    assert turnover == pytest.approx(0.5875, abs=1e-6)
    assert found.solution.liquidity_dual == pytest.approx(0.010894, abs=1e-6)
    assert found.solution.fixed_dual[1] == pytest.approx(0.005134, abs=1e-6)


def test_the_prices_of_liquidity_and_lock_are_the_worked_ones() -> None:
    found = optimize(OP1, MARKET)
    free = optimize(replace(OP1, liquidity_floor=0.0), MARKET)
    unlocked = optimize(replace(OP1, fixed=(0.0,) * 9), MARKET)
    assert free.objective - found.objective == pytest.approx(0.00120203, abs=1e-8)
    assert unlocked.objective - found.objective == pytest.approx(0.00073033, abs=1e-8)
    reasons = {r.code: r.evidence for r in explain(found, OP1)}
    assert reasons["reason.liquidity_floor"]["price"] == pytest.approx(0.00120203, abs=1e-8)
    # By concavity the whole floor costs at most its marginal price times its size.
    assert found.solution.liquidity_dual * OP1.liquidity_floor >= 0.00120203
    assert reasons["reason.locked_price"]["price"] == pytest.approx(0.00073033, abs=1e-8)


def test_the_liquidity_price_is_the_derivative_of_the_optimum() -> None:
    step = 1e-4
    up = optimize(replace(OP1, liquidity_floor=0.1125 + step), MARKET).objective
    down = optimize(replace(OP1, liquidity_floor=0.1125 - step), MARKET).objective
    assert (up - down) / (2 * step) == pytest.approx(-0.010894, abs=2e-6)


def test_the_case_with_a_binding_volatility_cap_gives_the_worked_numbers() -> None:
    found = optimize(OP2, MARKET)
    expected = [0.1, 0, 0, 0.493501, 0.153673, 0.215785, 0.024072, 0.012970, 0]
    assert found.certainty_equivalent == pytest.approx(0.03432623, abs=1e-8)
    assert found.weights.aligned_to(CLASSES) == pytest.approx(expected, abs=2e-6)
    assert found.solution.volatility_dual == pytest.approx(0.117567, abs=1e-6)
    assert found.solution.liquidity_dual == pytest.approx(0.011306, abs=1e-6)


def test_a_volatility_cap_is_the_same_as_a_higher_risk_aversion() -> None:
    found = optimize(OP2, MARKET)
    equivalent = 2 + found.solution.volatility_dual / 0.06
    assert equivalent == pytest.approx(3.959449, abs=1e-5)
    uncapped = replace(OP2, risk_aversion=equivalent, volatility_cap=3.0)
    assert weights_of(uncapped) == pytest.approx(weights_of(OP2), abs=2e-6)


def test_the_ladder_of_profiles_gives_the_worked_numbers_and_rises() -> None:
    # C1's growth cap of 10 % is the only limit of the ladder that binds besides the floor.
    ladder = [(20, 0.10), (10, 1.0), (5, 1.0), (3, 1.0), (2, 1.0)]
    found = [
        optimize(
            nine_class_mandate(
                risk_aversion=gamma,
                liquidity_floor=0.1125,
                risky_share_cap=cap,
            ),
            MARKET,
        )
        for gamma, cap in ladder
    ]
    ces = [f.certainty_equivalent for f in found]
    assert ces == pytest.approx([0.022962, 0.025403, 0.029119, 0.032839, 0.036947], abs=1e-6)
    vols = [f.volatility for f in found]
    assert vols == pytest.approx([0.017068, 0.029598, 0.049607, 0.076275, 0.105620], abs=1e-6)
    growth = [sum(f.weights.values[4:8]) for f in found]
    assert growth == pytest.approx([0.1000, 0.1862, 0.3333, 0.5170, 0.7193], abs=1e-4)


def test_needs_that_locks_do_not_allow_give_way_by_the_least_amount() -> None:
    locked = (0, 0.55, 0, 0, 0, 0, 0, 0, 0.10)
    mandate = nine_class_mandate(
        risk_aversion=5, liquidity_floor=0.40, current=(0.35, *locked[1:]), fixed=locked
    )
    found = optimize(mandate, MARKET)
    (relaxed,) = found.relaxations
    assert relaxed.need == "liquidity"
    assert relaxed.wanted - relaxed.granted == pytest.approx(0.05, abs=1e-6)
    assert found.weights.aligned_to(CLASSES)[0] == pytest.approx(0.35, abs=2e-5)


def test_a_locked_risky_holding_relaxes_risk_limits_and_says_so() -> None:
    locked = (0, 0, 0, 0, 0.5, 0, 0, 0, 0)
    mandate = nine_class_mandate(
        risk_aversion=20,
        volatility_cap=0.02,
        risky_share_cap=0.15,
        current=(0.5, 0, 0, 0, 0.5, 0, 0, 0, 0),
        fixed=locked,
    )
    needs = {r.need: r for r in optimize(mandate, MARKET).relaxations}
    assert set(needs) == {"risky_share", "volatility"}
    assert needs["risky_share"].granted == pytest.approx(0.5, abs=1e-5)
    # The least volatility with half in A-shares hedges a little with bonds.
    assert 0.10 < needs["volatility"].granted < 0.11


def test_what_may_not_be_bought_is_never_more_than_what_was_held() -> None:
    buyable = (True, True, True, True, False, False, True, True, True)
    mandate = nine_class_mandate(
        risk_aversion=2, current=(0.9, 0, 0, 0, 0.1, 0, 0, 0, 0), buyable=buyable
    )
    w = weights_of(mandate)
    assert w[4] <= 0.1 + 1e-7
    assert w[5] <= 1e-7
    reasons = explain(optimize(mandate, MARKET), mandate, highest_risk_level=RiskLevel.R3)
    codes = {(r.code, r.evidence.get("product_class")) for r in reasons}
    assert ("reason.not_for_you", "overseas_equity_fund") in codes


def test_a_wrong_answer_is_not_believed() -> None:
    inputs = inputs_of(OP1, MARKET, with_costs=True)
    found = solve_verified(inputs)
    assert found is not None
    solution, residual, _ = found
    assert residual <= KKT_TOLERANCE
    shifted = solution.weights.copy()
    shifted[3] += 1e-4
    shifted[0] -= 1e-4
    assert kkt_residual(inputs, replace(solution, weights=shifted)) > KKT_TOLERANCE
    assert kkt_residual(inputs, replace(solution, liquidity_dual=0.0)) > KKT_TOLERANCE


def test_a_false_claim_that_needs_contradict_eases_none_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = inputs_of(OP1, MARKET, with_costs=True)
    attempts, attempt = [], CompiledProblem.attempt

    def wrong_at_first(
        self: CompiledProblem, solver: str, options: dict[str, float]
    ) -> Solution | None:
        attempts.append(solver)
        return None if len(attempts) == 1 else attempt(self, solver, options)

    monkeypatch.setattr(CompiledProblem, "attempt", wrong_at_first)
    monkeypatch.setattr(CompiledProblem, "is_infeasible", property(lambda _: len(attempts) == 1))
    answer = solve_eased(inputs)
    assert answer.inputs is inputs
    assert answer.relaxations == ()
    assert answer.leeway == 0
    assert answer.solution.liquidity_dual == pytest.approx(0.010894, abs=1e-6)


def test_needs_that_are_eased_without_having_to_give_tell_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = inputs_of(OP1, MARKET, with_costs=True)

    def not_as_wanted(asked: Inputs, **doubts: bool) -> tuple[Solution, float, str] | None:
        return None if asked is inputs else solve_verified(asked, **doubts)

    monkeypatch.setattr("allocator.optimizer.solver.solve_verified", not_as_wanted)
    answer = solve_eased(inputs)
    assert answer.relaxations == ()
    assert answer.leeway > 0
    eased_by = inputs.liquidity_floor - answer.inputs.liquidity_floor
    assert answer.leeway == pytest.approx(eased_by, abs=1e-12)
    assert optimize(OP1, MARKET).leeway == 0


@given(mandates())
@settings(max_examples=150, deadline=None)
def test_every_mandate_gets_a_verified_answer_that_keeps_the_hard_limits(mandate: Mandate) -> None:
    found = optimize(mandate, MARKET)
    w = found.weights.aligned_to(CLASSES)
    assert found.residual <= KKT_TOLERANCE
    assert w.sum() == pytest.approx(1, abs=1e-9)
    assert (w >= np.array(mandate.fixed) - 1e-6).all()
    held = np.array(mandate.current)
    forbidden = ~np.array(mandate.buyable)
    assert (w[forbidden] <= held[forbidden] + 1e-6).all()
    given_way = {r.need for r in found.relaxations}
    if "volatility" not in given_way:
        assert found.volatility <= mandate.volatility_cap + 1e-5
    if "liquidity" not in given_way:
        assert w[0] >= mandate.liquidity_floor - 1e-5


@given(mandates())
@settings(max_examples=40, deadline=None)
def test_an_independent_solver_finds_nothing_better(mandate: Mandate) -> None:
    found = optimize(mandate, MARKET, with_costs=False)
    i = found.inputs
    sigma = MARKET.covariance
    constraints: list[Any] = [
        {"type": "eq", "fun": lambda w: w.sum() - 1},
        {"type": "ineq", "fun": lambda w: i.liquid @ w - i.liquidity_floor},
        {"type": "ineq", "fun": lambda w: i.stable @ w - i.stable_floor},
        {"type": "ineq", "fun": lambda w: i.risky_share - i.risky @ w},
        {"type": "ineq", "fun": lambda w: i.volatility**2 - w @ sigma @ w},
    ]
    upper = np.minimum(i.caps, np.where(i.buy_limit > 0, 1.0, i.current))
    bounds: Any = [(lo, max(lo, hi)) for lo, hi in zip(i.fixed, upper, strict=True)]

    def loss(w: Any) -> Any:
        return -(i.tilt @ w - i.risk_aversion / 2 * w @ sigma @ w) * 100

    start: Any = found.weights.aligned_to(CLASSES) * 0.9 + 0.1 * i.current
    options: Any = {"maxiter": 300, "ftol": 1e-13}
    other = minimize(
        loss,
        x0=start,
        method="SLSQP",
        bounds=bounds,
        constraints=constraints,
        options=options,
    )
    feasible = all(
        float(c["fun"](other.x)) > -1e-9 if c["type"] == "ineq" else abs(c["fun"](other.x)) < 1e-9
        for c in constraints
    )
    # Relaxed needs leave a sliver in which the two methods may differ by what they tolerate.
    if feasible and not found.relaxations:
        assert -other.fun / 100 <= found.certainty_equivalent + 1e-7


@given(mandates(), st.floats(-0.05, 0.05))
@settings(max_examples=25, deadline=None)
def test_adding_a_constant_to_every_expected_return_leaves_weights_unchanged(
    mandate: Mandate, shift: float
) -> None:
    shifted = replace(MARKET, expected_returns=MARKET.expected_returns + shift)
    one, other = optimize(mandate, MARKET), optimize(mandate, shifted)
    assert one.objective + shift == pytest.approx(other.objective, abs=1e-8)
    # What had to give leaves room in which two optima may differ by more.
    if not one.relaxations:
        assert other.weights.values == pytest.approx(one.weights.values, abs=1e-4)


@given(mandates(), st.floats(0.001, 0.2))
@settings(max_examples=25, deadline=None)
def test_a_tighter_limit_never_raises_the_objective(mandate: Mandate, more: float) -> None:
    loose = optimize(mandate, MARKET)
    tight = optimize(replace(mandate, risky_share_cap=mandate.risky_share_cap * (1 - more)), MARKET)
    if not loose.relaxations and not tight.relaxations:
        assert tight.objective <= loose.objective + 1e-8


def test_holdings_that_are_already_optimal_are_left_alone() -> None:
    best = weights_of(replace(OP1, current=(1.0, *(0.0,) * 8), fixed=(0.0,) * 9))
    at_rest = replace(OP1, current=tuple(best.tolist()), fixed=(0.0,) * 9)
    assert weights_of(at_rest) == pytest.approx(best, abs=1e-6)


def test_more_human_capital_means_more_risk_and_risky_income_means_less() -> None:
    base = nine_class_mandate(risk_aversion=5, liquidity_floor=0.1)
    vols = [
        optimize(replace(base, human_capital_ratio=x), MARKET).volatility for x in (0, 0.5, 1, 3)
    ]
    assert vols == sorted(vols)
    assert vols[0] < vols[-1]
    hedged = replace(base, human_capital_ratio=1.0, income_beta=0.3)
    assert (
        optimize(hedged, MARKET).weights.values[4]
        < weights_of(replace(base, human_capital_ratio=1.0))[4]
    )


def test_the_volatility_of_a_perfect_hedge_is_a_number() -> None:
    # Two classes in opposite steps: the best weights have no risk, and their rounded variance is
    # below zero every other time.
    pair = (ProductClass.A_SHARE_EQUITY_FUND, ProductClass.GOLD)
    mandate = replace(
        nine_class_mandate(risk_aversion=1000),
        classes=pair,
        current=(1.0, 0.0),
        fixed=(0.0, 0.0),
        class_caps=(1.0, 1.0),
        buyable=(True, True),
        buy_cost=(0.0, 0.0),
        sell_cost=(0.0, 0.0),
    )
    dice, below = np.random.default_rng(0), 0
    for _ in range(20):
        one, other = dice.uniform(0.01, 0.4, 2)
        covariance = np.array([[one**2, -one * other], [-one * other, other**2]])
        market = replace(
            MARKET.over(pair),
            expected_returns=np.full(2, 0.03),
            fees=np.zeros(2),
            covariance=covariance,
        )
        found = optimize(mandate, market)
        weights = np.array(found.weights.values)
        below += float(weights @ covariance @ weights) < 0
        assert isinstance(found.volatility, float)
        assert 0 <= found.volatility < 1e-6
        assert weights[0] == pytest.approx(other / (one + other), abs=1e-5)
        assert found.objective == pytest.approx(0.03, abs=1e-9)
    assert below > 3


def test_weights_add_up_to_one_to_the_last_digit_whatever_the_solver_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = solve_eased(inputs_of(OP1, MARKET, with_costs=True))
    short = replace(answer.solution, weights=answer.solution.weights * (1 - 8e-8))
    monkeypatch.setattr(
        "allocator.optimizer.solver.solve_eased", lambda _: replace(answer, solution=short)
    )
    assert sum(optimize(OP1, MARKET).weights.values) == pytest.approx(1, abs=1e-14)


def test_the_return_that_is_told_carries_no_hedge_of_wages() -> None:
    found = optimize(replace(OP1, human_capital_ratio=1.0, income_beta=0.3), MARKET)
    weights = found.weights.aligned_to(CLASSES)
    assert found.expected_return == pytest.approx(float(MARKET.net_returns @ weights), abs=1e-12)
    # The tilt is lower by the hedge, by far more than the last digits.
    assert float(found.inputs.tilt @ weights) < found.expected_return - 1e-4


def test_trades_that_miss_their_weights_by_a_hair_are_restated_and_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = inputs_of(OP1, MARKET, with_costs=True)
    solve = CompiledProblem.solve

    def with_a_hair(self: CompiledProblem, *args: Any, **kwargs: Any) -> Solution | None:
        solution = solve(self, *args, **kwargs)
        if solution is None:
            return None
        return replace(solution, bought=solution.bought + 3e-7 * (solution.bought > 1e-3))

    monkeypatch.setattr(CompiledProblem, "solve", with_a_hair)
    found = solve_verified(inputs)
    assert found is not None
    solution, residual, _ = found
    assert residual <= KKT_TOLERANCE
    change = solution.weights - inputs.current
    assert (solution.bought - solution.sold == change).all()
    assert (np.minimum(solution.bought, solution.sold) == 0).all()
