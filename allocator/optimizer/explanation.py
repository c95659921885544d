"""Reasons: what each binding need costs per year, from dual values and a second solve.

The objective is a certainty-equivalent return per year, so the multiplier of a need says what one
more unit of it costs per year (the marginal price). The total price is the objective gained when
the need is dropped and the problem is solved again. Because the optimum is concave in the need,

    total <= marginal * (need - level the free optimum would choose).

Only needs that bind (slack below 1e-6) with a visible multiplier (above 1e-5) are spoken of.
"""

from dataclasses import replace

import numpy as np

from allocator.mandate import Mandate
from allocator.optimizer.problem import Inputs
from allocator.optimizer.solver import Allocation, best_objective
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.statements import Evidence, Statement

LEAST_MULTIPLIER = 1e-5
LEAST_PRICE = 5e-5
LARGEST_SLACK = 1e-6
# The classes a level keeps out that would matter most; a longer list says less.
MOST_KEPT_OUT = 2


def explain(
    allocation: Allocation, mandate: Mandate, *, highest_risk_level: RiskLevel = RiskLevel.R5
) -> tuple[Statement, ...]:
    """Return one reason per binding need, the dearest first.

    Evidence: `limit` (the need), `price` (total, per year) and, for a need of one class, `product`.
    A level that keeps a class out is stated with the class and never with a price: a price would
    be an inducement to take the questionnaire again.
    """
    i, x, w = allocation.inputs, allocation.solution, allocation.solution.weights
    volatility = float(np.linalg.norm(i.factor @ w))
    priced: list[tuple[float, Statement]] = []

    def add(code: str, slack: float, dual: float, limit: float, eased: Inputs) -> None:
        if slack < LARGEST_SLACK and dual > LEAST_MULTIPLIER:
            best = best_objective(eased)
            price = 0.0 if best is None else best - allocation.objective
            # A need that another one implies costs nothing by itself and is not spoken of, nor is
            # a price that a reader would see as zero.
            if price > LEAST_PRICE:
                priced.append((price, Statement(code, evidence={"limit": limit, "price": price})))

    slack = float(i.liquid @ w) - i.liquidity_floor
    floor = i.liquidity_floor
    add("reason.liquidity_floor", slack, x.liquidity_dual, floor, replace(i, liquidity_floor=0.0))
    slack = float(i.stable @ w) - i.stable_floor
    floor = i.stable_floor
    add("reason.stable_floor", slack, x.stable_dual, floor, replace(i, stable_floor=0.0))
    slack = i.risky_share - float(i.risky @ w)
    share = i.risky_share
    add("reason.risky_share_cap", slack, x.risky_dual, share, replace(i, risky_share=1.0))
    cap = i.volatility
    add("reason.volatility_cap", cap - volatility, x.volatility_dual, cap, _unbounded(i))
    reasons = [statement for _, statement in sorted(priced, key=lambda pair: -pair[0])]
    reasons += _class_reasons(allocation, mandate, highest_risk_level)
    return tuple(reasons)


def _unbounded(inputs: Inputs) -> Inputs:
    return replace(inputs, volatility=10.0)


def _class_reasons(allocation: Allocation, mandate: Mandate, level: RiskLevel) -> list[Statement]:
    i, x, w = allocation.inputs, allocation.solution, allocation.solution.weights
    reasons = []
    for n, product_class in enumerate(mandate.classes):
        evidence: dict[str, Evidence] = {"product_class": product_class, "weight": float(w[n])}
        everyday = product_class is ProductClass.DEMAND_DEPOSIT
        if w[n] - i.fixed[n] < LARGEST_SLACK and x.fixed_dual[n] > LEAST_MULTIPLIER and i.fixed[n]:
            code = "reason.everyday_cash" if everyday else "reason.locked"
            reasons.append(Statement(code, evidence=evidence))
        # Where a lock lifted the cap, the lock is the reason.
        is_cap = i.caps[n] > i.fixed[n] and i.caps[n] - w[n] < LARGEST_SLACK
        if is_cap and x.cap_dual[n] > LEAST_MULTIPLIER:
            reasons.append(Statement("reason.class_cap", evidence=evidence))
    kept_out = sorted(
        (-x.buy_limit_dual[n], n)
        for n, product_class in enumerate(mandate.classes)
        if TRAITS[product_class].risk_level > level and x.buy_limit_dual[n] > LEAST_MULTIPLIER
    )
    for _, n in kept_out[:MOST_KEPT_OUT]:
        evidence = {"product_class": mandate.classes[n]}
        reasons.append(Statement("reason.not_for_you", evidence=evidence))
    return reasons
