"""Reasons: what each binding need costs per year, in statements; the figures are `prices`' own.

Of a need only the total is said: the objective gained when it is dropped and the problem is solved
again. Needs that hold the same face cost nothing one by one; where that is so, they are said
together, with the price of dropping them all. A need that gave way is named with what it gave, in
the findings, and is no reason.
"""

from dataclasses import replace

from allocator.mandate import Mandate
from allocator.optimizer.prices import (
    LEAST_PRICE,
    Price,
    cap_price,
    group_price,
    leans_on_cap,
    leans_on_lock,
    lock_price,
    need_prices,
)
from allocator.optimizer.solver import Allocation, best_objective
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.statements import Evidence, Points, Statement
from allocator.trading.product_choice import SINGLE_FUND_CAP

# The classes a level keeps out that would matter most; a longer list says less.
MOST_KEPT_OUT = 2
# Weights are shown to a hundredth of a per cent.
_LEAST_SHOWN = 0.5e-4
_CODES = {
    "liquidity": "reason.liquidity_floor",
    "stable": "reason.stable_floor",
    "risky_share": "reason.risky_share_cap",
    "volatility": "reason.volatility_cap",
    "equity_cap": "reason.equity_cap",
    "equity_floor": "reason.equity_floor",
    "shortfall": "reason.shortfall",
    "desired_return": "reason.desired_return",
}
_CODES_TOGETHER: dict[tuple[str, ...], str] = {
    ("liquidity", "stable"): "reason.floors_together",
    ("risky_share", "volatility"): "reason.risk_limits_together",
}


def explain(
    allocation: Allocation, mandate: Mandate, *, highest_risk_level: RiskLevel = RiskLevel.R5
) -> tuple[Statement, ...]:
    """Return one reason per binding need, the dearest first.

    Evidence: `limit` (the need), `price` (total, per year) and, for a need of one class, `product`.
    A level that keeps a class out is stated where opening the class would gain something visible,
    the largest gain first, and never with a price: a price would be an inducement to take the
    questionnaire again.
    """
    gave = {given.need for given in allocation.relaxations}
    priced = [p for p in need_prices(allocation) if p.total > LEAST_PRICE and p.need not in gave]
    reasons = [
        Statement(_CODES[p.need], evidence={"limit": p.limit, "price": Points(p.total)})
        for p in sorted(priced, key=lambda p: (-p.total, list(_CODES).index(p.need)))
    ]
    together = group_price(allocation)
    if (
        together
        and together.total > LEAST_PRICE
        and not ({p.need for p in priced} | gave) & {*together.needs}
    ):
        code = _CODES_TOGETHER.get(together.needs, "reason.needs_together")
        reasons.append(Statement(code, evidence={"price": Points(together.total)}))
    reasons += _class_reasons(allocation, mandate, highest_risk_level)
    return tuple(reasons)


def _class_reasons(allocation: Allocation, mandate: Mandate, level: RiskLevel) -> list[Statement]:
    reasons = []
    for n, product_class in enumerate(mandate.classes):
        weight = allocation.weights.values[n]
        evidence: dict[str, Evidence] = {"product_class": product_class, "weight": weight}
        if leans_on_lock(allocation, n):
            if product_class is ProductClass.DEMAND_DEPOSIT:
                # Of much wealth a month's cash is a share that is shown as nothing.
                if weight >= _LEAST_SHOWN:
                    reasons.append(Statement("reason.everyday_cash", evidence=evidence))
            else:
                price = lock_price(allocation, n, class_cap=mandate.class_caps[n])
                reasons.append(_with_price("reason.locked", evidence, price))
        if leans_on_cap(allocation, n):
            if mandate.class_caps[n] < TRAITS[product_class].cap:
                limited = evidence | {"limit": float(SINGLE_FUND_CAP)}
                reasons.append(Statement("reason.single_product_cap", evidence=limited))
            else:
                reasons.append(_with_price("reason.class_cap", evidence, cap_price(allocation, n)))
    reasons += [
        Statement("reason.not_for_you", evidence={"product_class": mandate.classes[n]})
        for n in _kept_out(allocation, mandate, level)[:MOST_KEPT_OUT]
    ]
    return reasons


def _with_price(code: str, evidence: dict[str, Evidence], price: Price | None) -> Statement:
    if price is None or price.total <= LEAST_PRICE:
        return Statement(code, evidence=evidence)
    return Statement(f"{code}_price", evidence=evidence | {"price": Points(price.total)})


def _kept_out(allocation: Allocation, mandate: Mandate, level: RiskLevel) -> list[int]:
    """Return the classes whose opening alone would gain something visible, the largest gain first.

    The multiplier bounds the gain from above, so most classes need no solve.
    """
    i = allocation.inputs
    gains = []
    for n, product_class in enumerate(mandate.classes):
        most = float(allocation.solution.buy_limit_dual[n] * (1.0 - i.buy_limit[n]))
        if TRAITS[product_class].risk_level <= level or most <= LEAST_PRICE:
            continue
        opened = i.buy_limit.copy()
        opened[n] = 1.0
        best = best_objective(replace(i, buy_limit=opened))
        if best is not None and best - allocation.objective > LEAST_PRICE:
            gains.append((allocation.objective - best, n))
    return [n for _, n in sorted(gains)]
