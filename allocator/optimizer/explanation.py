"""Reasons: what each binding need costs per year, in statements; the figures are `prices`' own.

Of a need only the total is said: the objective gained when it is dropped and the problem is solved
again. Needs that hold the same face cost nothing one by one; where that is so, they are said
together, with the price of dropping them all.
"""

from allocator.mandate import Mandate
from allocator.optimizer.binding import LARGEST_SLACK
from allocator.optimizer.prices import (
    LEAST_MULTIPLIER,
    LEAST_PRICE,
    group_price,
    lock_price,
    need_prices,
)
from allocator.optimizer.solver import Allocation
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.statements import Evidence, Statement

# The classes a level keeps out that would matter most; a longer list says less.
MOST_KEPT_OUT = 2
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
    A level that keeps a class out is stated with the class and never with a price: a price would
    be an inducement to take the questionnaire again.
    """
    priced = [p for p in need_prices(allocation) if p.total > LEAST_PRICE]
    reasons = [
        Statement(_CODES[p.need], evidence={"limit": p.limit, "price": p.total})
        for p in sorted(priced, key=lambda p: (-p.total, list(_CODES).index(p.need)))
    ]
    together = group_price(allocation)
    if (
        together
        and together.total > LEAST_PRICE
        and not {p.need for p in priced} & {*together.needs}
    ):
        code = _CODES_TOGETHER.get(together.needs, "reason.needs_together")
        reasons.append(Statement(code, evidence={"price": together.total}))
    reasons += _class_reasons(allocation, mandate, highest_risk_level)
    return tuple(reasons)


def _class_reasons(allocation: Allocation, mandate: Mandate, level: RiskLevel) -> list[Statement]:
    i, x, w = allocation.inputs, allocation.solution, allocation.solution.weights
    reasons = []
    for n, product_class in enumerate(mandate.classes):
        evidence: dict[str, Evidence] = {"product_class": product_class, "weight": float(w[n])}
        everyday = product_class is ProductClass.DEMAND_DEPOSIT
        if w[n] - i.fixed[n] < LARGEST_SLACK and x.fixed_dual[n] > LEAST_MULTIPLIER and i.fixed[n]:
            code = "reason.everyday_cash" if everyday else "reason.locked"
            price = 0.0 if everyday else lock_price(allocation, n).total
            if price > LEAST_PRICE:
                priced = evidence | {"price": price}
                reasons.append(Statement("reason.locked_price", evidence=priced))
            else:
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
