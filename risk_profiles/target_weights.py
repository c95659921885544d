"""Target weights of a profile level: what it would hold for somebody nothing else is known of.

A back-test needs weights without a client. They are the optimizer's answer to the mandate of a
person with the level's anchor risk aversion and limits, no human capital, no locked holding and no
goal, who holds cash and trades for free. One need is assumed:

    liquidity floor = stable floor = 10 % of wealth

which is an emergency fund of four months where wealth is forty months of essential spending. A
class may be bought when its typical risk level is no higher than the level's highest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from allocator.errors import InputError, Problem
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import Money
from allocator.optimizer.solver import optimize
from allocator.product_classes import TRAITS, ProductClass
from allocator.shelf import Product, Shelf
from allocator.trading.product_choice import Menu, build_menu
from allocator.weights import Weights
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.mandates import COST_HORIZON_YEARS

LIQUIDITY_FLOOR = 0.10
# Whose costs are counted: old enough and rich enough for every product of the level.
_AGE = 40
_WEALTH = Money.parse("10000000.00")
_LONG_HELD_DAYS = 3650


@dataclass(frozen=True, slots=True)
class TradingCosts:
    """One-off costs by class, fractions of the amount bought or sold."""

    buy: dict[ProductClass, float]
    sell: dict[ProductClass, float]


def target_weights(
    level: ProfileLevel, market: MarketModel, classes: Iterable[ProductClass]
) -> Weights:
    """Return the weights over `classes` that a profile level leads to.

    Args:
        level: Brings risk aversion, volatility cap, risky-share cap and the riskiest class.
        market: Beliefs about all of `classes`, and about A-share equity funds.
        classes: What can be held, for example the classes of a history; one must be liquid.

    Raises:
        InputError: no liquid class, a class twice, or one the market model knows nothing of.
    """
    wanted = tuple(classes)
    liquid = [c for c in wanted if TRAITS[c].liquid]
    if not liquid:
        remedy = f"add {ProductClass.MONEY_FUND} or {ProductClass.DEMAND_DEPOSIT}"
        problem = Problem("/classes", "hold no liquid class", list(wanted), remedy)
        raise InputError(
            "a profile keeps part of its wealth liquid", code="no_liquid_class", problems=[problem]
        )
    # The taxonomy lists the most liquid class first.
    cash = min(liquid, key=list(ProductClass).index)
    # Wages are hedged against A-shares, so the model keeps them even where they cannot be held.
    shares = ProductClass.A_SHARE_EQUITY_FUND
    model = market.over(wanted if shares in wanted else (*wanted, shares))
    highest = LEVELS[level].highest_risk_level
    buyable = [c for c in wanted if TRAITS[c].risk_level <= highest]
    mandate = mandate_of_level(level, model.classes, buyable=buyable, cash=cash)
    weights = optimize(mandate, model).weights
    return Weights(wanted, tuple(weights[c] for c in wanted))


def mandate_of_level(
    level: ProfileLevel,
    classes: tuple[ProductClass, ...],
    *,
    buyable: Collection[ProductClass],
    cash: ProductClass,
) -> Mandate:
    """Return the mandate of somebody of whom nothing but the level is known.

    Args:
        level: Brings risk aversion, volatility cap and risky-share cap.
        classes: The market model's, in its order.
        buyable: Those of them that can be bought.
        cash: The class in which all wealth lies at first.
    """
    limits = LEVELS[level]
    nothing = (0.0,) * len(classes)
    return Mandate(
        classes=classes,
        risk_aversion=limits.anchor_risk_aversion,
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=limits.volatility_cap,
        risky_share_cap=limits.risky_share_cap,
        liquidity_floor=LIQUIDITY_FLOOR,
        stable_floor=LIQUIDITY_FLOOR,
        current=tuple(float(c is cash) for c in classes),
        fixed=nothing,
        class_caps=tuple(TRAITS[c].cap for c in classes),
        buyable=tuple(c in buyable for c in classes),
        buy_cost=nothing,
        sell_cost=nothing,
    )


def trading_costs(
    level: ProfileLevel, shelf: Shelf, classes: Iterable[ProductClass]
) -> TradingCosts:
    """Return what buying, and selling after years, costs in the cheapest product of each class.

    The cheapest product is the first on the level's menu. Where the menu has none (the class is
    too risky for the level, or sold by people) it is the cheapest of the whole class.

    Raises:
        InputError: the shelf has no product of a class.
    """
    menu = menu_of_level(level, shelf)
    cheapest = {c: menu[c][0] if menu[c] else _cheapest(shelf, c) for c in classes}
    return TradingCosts(
        buy={c: float(p.purchase_fee) for c, p in cheapest.items()},
        sell={c: float(p.redemption_fee(held_days=_LONG_HELD_DAYS)) for c, p in cheapest.items()},
    )


def menu_of_level(level: ProfileLevel, shelf: Shelf) -> Menu:
    """Return what is open to a qualified investor of a level, whatever the minimum or lock-up."""
    return build_menu(
        shelf,
        highest_risk_level=LEVELS[level].highest_risk_level,
        age=_AGE,
        is_qualified_investor=True,
        wealth=_WEALTH,
        cost_horizon_years=COST_HORIZON_YEARS,
    )


def _cheapest(shelf: Shelf, product_class: ProductClass) -> Product:
    products = shelf.of_class(product_class)
    if not products:
        raise InputError(f"the shelf has no product of the class {product_class}")
    return min(products, key=lambda p: p.yearly_cost(cost_horizon_years=COST_HORIZON_YEARS))
