"""What is told of the prices of limits, beside the reasons: figures first, then statements.

Of the profile's own limits, volatility and risky share, only the total is told: what one more
point of risk would be worth must never invite anybody to answer the questionnaire again. Of every
other need, of locks and of class caps, the marginal price is told with its range, unless

    its multiplier is not unique              (`binding`)
    some need had to give: what is left to choose from is a hair, and so is every range; the total
    compares with the needs as wanted, and is not told where they can still not be met
    the range is narrower than a tenth of a percentage point, as good as none
    a point of it costs nothing that a reader would see

Degenerate needs are told together, and each of them alone where dropping it alone gains something.
Prices are told in basis points: yuan a year for each ten thousand of wealth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from allocator.mandate import Mandate
from allocator.optimizer.price_ranges import (
    PriceRange,
    cap_price_range,
    lock_price_range,
    price_range,
)
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
from allocator.optimizer.solver import Allocation
from allocator.product_classes import ProductClass
from allocator.statements import Evidence, Statement

PROFILE_LIMITS = ("risky_share", "volatility")
# How a point of a need is tightened: floors are raised, caps lowered; a lock is eased.
_WAYS = {"equity_cap": "lower", "class_caps": "lower", "locks": "unlocked"}
_NARROWEST_RANGE = 1e-3
_PERCENTAGE_POINT = 0.01
_BASIS_POINTS = 10_000
_TOGETHER: dict[tuple[str, ...], str] = {
    ("liquidity", "stable"): "price.floors_together",
    ("risky_share", "volatility"): "price.risk_limits_together",
}


@dataclass(frozen=True, slots=True)
class ToldPrice:
    """A price as clients may be told it.

    Attributes:
        needs: One need, `locks`, `class_caps`, or a group that shares a price.
        limit: The need: a weight, or a volatility or return per year; None for a group.
        marginal: Cost per year of one more unit; None where it is not told.
        total: Objective gained without it or them, per year.
        reach: Where the marginal price holds; None where that is None.
        product_class: What is locked or capped; None for needs.
    """

    needs: tuple[str, ...]
    limit: float | None
    marginal: float | None
    total: float
    reach: PriceRange | None = None
    product_class: ProductClass | None = None


def told_prices(allocation: Allocation, mandate: Mandate) -> tuple[ToldPrice, ...]:
    """Return the prices worth telling, the dearest first, a group after what is told alone."""
    alone = [*_locks(allocation, mandate), *_caps(allocation, mandate)]
    for price in need_prices(allocation):
        if price.total > LEAST_PRICE:
            is_told = price.need not in PROFILE_LIMITS and _is_worth_telling(allocation, price)
            alone.append(_told(price, price_range(allocation, price.need) if is_told else None))
    alone.sort(key=lambda told: -told.total)
    group = group_price(allocation)
    if group is None or group.total <= LEAST_PRICE:
        return tuple(alone)
    return (*alone, ToldPrice(group.needs, None, None, group.total))


def price_statements(told: ToldPrice) -> tuple[Statement, ...]:
    """Return what is said of a price: all of it, then the price of a point and its range."""
    total = _points(told.total)
    if len(told.needs) > 1:
        code = _TOGETHER.get(told.needs, "price.needs_together")
        return (Statement(code, evidence={"total": total}),)
    (need,) = told.needs
    evidence: dict[str, Evidence] = {"total": total}
    if told.limit is not None:
        evidence["limit"] = told.limit
    if told.product_class is not None:
        evidence["product_class"] = told.product_class
    statements = [Statement(f"price.total.{need}", evidence=evidence)]
    if told.marginal is not None and told.reach is not None:
        statements.append(_of_a_point(told.marginal, told.reach, _WAYS.get(need, "higher")))
    return tuple(statements)


def _of_a_point(marginal: float, reach: PriceRange, way: str) -> Statement:
    point, least, most = (
        _points(price * _PERCENTAGE_POINT) for price in (marginal, reach.least, reach.most)
    )
    evidence: dict[str, Evidence] = {"point": point, "low": reach.low, "high": reach.high}
    if _shown(least) == _shown(most):
        return Statement(f"price.point_{way}", evidence=evidence)
    return Statement(
        f"price.point_{way}_between", evidence=evidence | {"least": least, "most": most}
    )


def _is_worth_telling(allocation: Allocation, price: Price) -> bool:
    is_choice = price.marginal is not None and not allocation.relaxations
    return is_choice and bool(_shown(_points((price.marginal or 0.0) * _PERCENTAGE_POINT)))


def _told(price: Price, reach: PriceRange | None, of: ProductClass | None = None) -> ToldPrice:
    if reach is not None and reach.high - reach.low < _NARROWEST_RANGE:
        reach = None
    marginal = None if reach is None else price.marginal
    return ToldPrice((price.need,), price.limit, marginal, price.total, reach, of)


def _locks(allocation: Allocation, mandate: Mandate) -> Iterator[ToldPrice]:
    """Yield the prices of what is fixed and held down; everyday cash is chosen, not locked."""
    for n, product_class in enumerate(mandate.classes):
        if product_class is ProductClass.DEMAND_DEPOSIT or not leans_on_lock(allocation, n):
            continue
        cap = mandate.class_caps[n]
        price = lock_price(allocation, n, class_cap=cap)
        if price is not None and price.total > LEAST_PRICE:
            is_told = _is_worth_telling(allocation, price)
            reach = lock_price_range(allocation, n, class_cap=cap) if is_told else None
            yield _told(price, reach, product_class)


def _caps(allocation: Allocation, mandate: Mandate) -> Iterator[ToldPrice]:
    for n, product_class in enumerate(mandate.classes):
        price = cap_price(allocation, n) if leans_on_cap(allocation, n) else None
        if price is not None and price.total > LEAST_PRICE:
            is_told = _is_worth_telling(allocation, price)
            yield _told(price, cap_price_range(allocation, n) if is_told else None, product_class)


def _points(price: float) -> Decimal:
    return Decimal(f"{price * _BASIS_POINTS:.4f}")


def _shown(points: Decimal) -> Decimal:
    return round(points, 1)
