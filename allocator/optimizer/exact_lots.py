"""The best whole lots of a household, beside the plan that is served.

The deterministic search of `allocator.optimizer.lots` looks at a few amounts of each class. Here
every amount of every product on the menu and of every holding is open, and the score is the same.
Two rules are then put back: within a class the client's cheapest product is bought first, and
sales follow their own order. So the problem solved is a little wider than what may be bought: its
bound holds for every whole-lot plan, and the plan made from its solution may fall short of it.
The better of this plan and the served one is returned, never the worse.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from allocator.balance_sheet import BalanceSheet
from allocator.mandate import Mandate
from allocator.market.model import Vector
from allocator.money import ZERO, Money
from allocator.optimizer.deals import Deals, MinimumFee, Terms
from allocator.optimizer.integer_lots import best_whole_lots
from allocator.optimizer.lines import CASH, Line
from allocator.optimizer.lot_options import PRICE_OF_AN_ORDER
from allocator.optimizer.lots import PRICE_OF_A_BREACH, LotPlanner, Plan
from allocator.optimizer.solver import Allocation
from allocator.product_classes import RiskLevel
from allocator.shelf import Shelf
from allocator.trading.product_choice import Menu

# Lots finer than a millionth of wealth are as good as none: they move no return by a thousandth
# of a basis point.
FINEST_LOT = 1e-6
# A hundredth of a basis point a year: a tenth of what an order has to be worth.
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class ExactPlan:
    """The best plan found, what it adds to the served one, and what nothing could add.

    Attributes:
        advantage: Score above the served plan's, per year: what `gain`, `closer` and the orders
            spared are worth together; zero if that is the best one.
        gain: Objective above the served plan's, per year; below zero where lots that keep the
            limits better, or take fewer orders, cost some.
        closer: By how much less limits are missed in all, each in its own unit.
        unproven: By how much more any whole lots could score at most, per year.
    """

    plan: Plan
    advantage: float
    gain: float
    closer: float
    unproven: float


def plan_exact_lots(
    balance_sheet: BalanceSheet,
    mandate: Mandate,
    allocation: Allocation,
    *,
    menu: Menu,
    shelf: Shelf,
    highest_risk_level: RiskLevel,
    cash_to_keep: Money,
) -> ExactPlan:
    """Return the best orders in whole lots; takes seconds where `plan_lots` takes milliseconds.

    Args:
        balance_sheet: What is held now; positive wealth.
        mandate: The mandate the allocation was found under.
        allocation: The continuous optimum.
        menu: Products that may be bought, by class, best first.
        shelf: All products, for the fees of what is sold.
        highest_risk_level: Holdings above it are sold first.
        cash_to_keep: Cash that stays in the account.

    Raises:
        SolverError: HiGHS failed.
    """
    planner = LotPlanner(
        balance_sheet, mandate, allocation, menu, shelf, highest_risk_level, cash_to_keep
    )
    served = planner.best_lines()
    deals = _deals(planner)
    floor = np.zeros(len(mandate.classes))
    account = mandate.classes.index(CASH)
    floor[account] = planner.inputs.current[account] - _share(planner, planner.free_cash)
    found = best_whole_lots(
        planner.inputs,
        deals,
        Terms(
            PRICE_OF_AN_ORDER,
            PRICE_OF_A_BREACH,
            floor,
            planner.spared,
            account,
            1 / mandate.cost_horizon_years,
        ),
        tangents_at=(planner.held(served), np.array(allocation.weights.values)),
        tolerance=TOLERANCE,
    )
    plans = [served]
    if found is not None:
        exact = planner.completed(_lines(planner, deals, found.amounts))
        plans += [] if exact is None else [exact]
    # The first of equals wins, and that is the served plan.
    best = max(plans, key=planner.score)
    score = planner.score(best)
    worth, usual = planner.worth(best), planner.worth(served)
    return ExactPlan(
        plan=planner.plan(best),
        advantage=score - planner.score(served),
        gain=worth.objective - usual.objective,
        closer=usual.missed - worth.missed,
        unproven=0.0 if found is None else max(found.bound - score, 0.0),
    )


@dataclass(frozen=True, slots=True)
class _Deal:
    """One product to buy or one holding to sell."""

    number: int
    buys: bool
    step: Money
    least: Money
    most: Money
    fee: float
    minimum_fee: Money

    @property
    def can_be_made(self) -> bool:
        """Whether any amount is open."""
        return self.most >= max(self.least, self.step, Money.from_minor(1))


def _deals(planner: LotPlanner) -> Deals:
    """Return everything that may be bought, and every holding that may be sold."""
    classes = planner.mandate.classes
    account = classes.index(CASH)
    deals: list[_Deal] = []
    sequences: list[tuple[int, ...]] = []
    for number, product_class in enumerate(classes):
        if product_class is not CASH:
            for side in (_purchases(planner, number), _sales(planner, number)):
                # What cannot be traded at all keeps nothing after it waiting.
                made = [deal for deal in side if deal.can_be_made]
                sequences.append(tuple(range(len(deals), len(deals) + len(made))))
                deals += made
    steps = [_share(planner, deal.step) for deal in deals]
    moves = np.zeros((len(classes), len(deals)))
    for j, deal in enumerate(deals):
        moves[account, j] = -1.0 if deal.buys else 1 - deal.fee
        moves[deal.number, j] = 1 / (1 + deal.fee) if deal.buys else -1.0
    return Deals(
        classes=tuple(deal.number for deal in deals),
        buys=tuple(deal.buys for deal in deals),
        step=np.array([step if step > FINEST_LOT else 0.0 for step in steps]),
        least=np.array([_share(planner, deal.least) for deal in deals]),
        most=np.array([_share(planner, deal.most) for deal in deals]),
        moves=moves,
        sequences=tuple(sequences),
        smallest_second=_share(planner, planner.maker.crumb),
        minimum_fees=tuple(
            MinimumFee(j, least, deal.number if deal.buys else account)
            for j, deal in enumerate(deals)
            if (least := _share(planner, deal.minimum_fee)) > FINEST_LOT
        ),
    )


def _purchases(planner: LotPlanner, number: int) -> list[_Deal]:
    """Return the products of a class that a purchase can reach: the client's cheapest first."""
    found: list[_Deal] = []
    for product in planner.menu[planner.mandate.classes[number]]:
        least, most = planner.maker.least(product), planner.maker.room(product)
        rate, minimum_fee = float(product.purchase_fee), product.minimum_purchase_fee
        deal = _Deal(number, True, product.step, least, most, rate, minimum_fee)
        # A product with room for all leaves nothing but what is too small for it.
        if all(b.most < planner.wealth or least < max(b.least, b.step) for b in found):
            found.append(deal)
    return found


def _sales(planner: LotPlanner, number: int) -> list[_Deal]:
    found: list[_Deal] = []
    for holding, rate in planner.maker.sellable(planner.mandate.classes[number]):
        minimum = planner.maker.sold_product(holding).minimum_redemption_fee
        least = minimum + Money.from_minor(1) if minimum else ZERO
        found.append(_Deal(number, False, ZERO, least, holding.amount, float(rate), minimum))
    return found


def _lines(planner: LotPlanner, deals: Deals, amounts: Vector) -> tuple[Line, ...]:
    """Return the lines of every class but the sink, whose part follows from the rest."""
    lines: list[Line] = []
    for number, product_class in enumerate(planner.mandate.classes):
        if product_class not in planner.classes:
            continue
        mine = np.array(deals.classes) == number
        bought = float(amounts[mine & np.array(deals.buys)].sum())
        sold = float(amounts[mine & ~np.array(deals.buys)].sum())
        lines += planner.maker.purchases(product_class, _money(planner, bought))
        lines += planner.maker.sales(product_class, _money(planner, sold))
    return tuple(lines)


def _share(planner: LotPlanner, amount: Money) -> float:
    return amount.minor / planner.wealth.minor


def _money(planner: LotPlanner, share: float) -> Money:
    """Return a share of wealth in money: whole fen that a solver's last digits do not change."""
    fen = Decimal(repr(share)) * planner.wealth.minor + Decimal("0.1")
    return max(Money.from_minor(int(fen.to_integral_value(rounding=ROUND_FLOOR))), ZERO)
