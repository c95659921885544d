"""Whole lots: target weights become orders for products, exact to the cent.

Each class may trade one of a few amounts: nothing, the target rounded down or up to a lot, the
smallest purchase, everything sellable; where lots are coarse, one lot less and two more besides,
and a sale may bring in just what whole lots cost. The choice starts at the rounded-down target,
and once more at doing nothing, and improves one class, then two classes at a time, until nothing
improves: deterministic, no search tree. The money fund (or the account itself) takes what is left,
so the plan always adds up (`allocator.optimizer.lot_options`).

The score is the optimizer's own objective after lots, less a small price per order, so that among
near-equals the plan with the fewest orders wins. The optimizer knows fees by their rates; what a
minimum adds is spread over the cost horizon like them, as a share of what is left, and taken off.
`Plan.gap` is what all this costs against the continuous optimum, per year.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product

import numpy as np

from allocator.balance_sheet import BalanceSheet
from allocator.mandate import Mandate
from allocator.market.model import Vector
from allocator.money import ZERO, Money, total
from allocator.optimizer.lines import CASH, Line, LineMaker, apply_lines
from allocator.optimizer.lot_options import Completed, Option, Sink, Worth, option_of
from allocator.optimizer.objective import breaches, breaches_after_fees, spared_by_fees, utility
from allocator.optimizer.solver import Allocation
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Shelf
from allocator.trading.orders import PlannedOrder, Side
from allocator.trading.product_choice import Menu

# Breaking a need by a tenth of a percentage point costs as much as 10 % of return: more than nearly
# any limit is worth. A fen of 100,000 yuan costs as much as an order does; at ten times the price
# fen would be the measure of plans.
PRICE_OF_A_BREACH = 100.0
# The search starts at a lower price: at the full one, a miss by a hair stands in the way of every
# change that a later change would mend.
FIRST_PRICE_OF_A_BREACH = 10.0
# A need missed today by less than a tenth of a point is rounding, or yesterday's fees: no reason
# to trade. Doing nothing alone may leave such a miss; a plan that kept it would be paid for it.
ROUNDING_OF_A_NEED = 1e-3

# Lots of this share of wealth are coarse: more of them are tried about the target, and sales bring
# in what they cost. With finer ones that gains nothing and takes a third longer.
COARSE_LOT = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Plan:
    """Orders in the sequence of execution, and the balance sheet they lead to.

    Attributes:
        gap: Objective lost against the continuous optimum, per year (1e-4 is a basis point).
    """

    orders: tuple[PlannedOrder, ...]
    after: BalanceSheet
    gap: float


_Choice = Mapping[ProductClass, Option]


def plan_lots(
    balance_sheet: BalanceSheet,
    mandate: Mandate,
    allocation: Allocation,
    *,
    menu: Menu,
    shelf: Shelf,
    highest_risk_level: RiskLevel,
    cash_to_keep: Money,
) -> Plan:
    """Return the orders that bring a balance sheet to an allocation as nearly as lots allow.

    Args:
        balance_sheet: What is held now; positive wealth.
        mandate: The mandate the allocation was found under.
        allocation: The continuous optimum.
        menu: Products that may be bought, by class, best first.
        shelf: All products, for the fees of what is sold.
        highest_risk_level: Holdings above it are sold first.
        cash_to_keep: Cash that stays in the account.
    """
    planner = LotPlanner(
        balance_sheet, mandate, allocation, menu, shelf, highest_risk_level, cash_to_keep
    )
    return planner.plan(planner.best_lines())


class LotPlanner:
    """The amounts each class may trade, and the score of a combination of them.

    Attributes:
        spared: The limits that fees alone do not break, as `objective` says.
        free_cash: What the account can spend.
        sink: Takes what is left.
        classes: The classes besides the account and the sink.
    """

    def __init__(
        self,
        sheet: BalanceSheet,
        mandate: Mandate,
        allocation: Allocation,
        menu: Menu,
        shelf: Shelf,
        highest_risk_level: RiskLevel,
        cash_to_keep: Money,
    ) -> None:
        self.sheet, self.mandate, self.menu = sheet, mandate, menu
        self.maker = LineMaker(sheet, menu, shelf, highest_risk_level)
        self.inputs, self.best_objective = allocation.inputs, allocation.objective
        self.wealth = sheet.investable_wealth
        self.sink = Sink(self.maker, self.inputs, mandate.classes, mandate.cost_horizon_years)
        account = [
            h for h in sheet.holdings if h.product_class is CASH and h.is_sellable(sheet.as_of)
        ]
        self.free_cash = max(total(h.amount for h in account) - cash_to_keep, ZERO)
        self.targets = {
            c: self.wealth.scaled(Decimal(repr(w))) - sheet.amount_in(c)
            for c, w in allocation.weights.as_dict().items()
        }
        self.classes = [c for c in mandate.classes if c not in (CASH, self.sink.product_class)]
        # Fees come out of the money fund, and a floor that binds cannot spare them: some other
        # class has to take a little less. All fees at the target bound what is missing.
        self.rounded_down = {c: self._towards(c, self.targets[c]) for c in self.classes}
        self.fees = total(line.fee for lines in self.rounded_down.values() for line in lines)
        self.spared = spared_by_fees(
            self.inputs,
            gave={relaxation.need for relaxation in allocation.relaxations},
            fees=self.fees.minor / self.wealth.minor,
        )
        self.coarse = self.wealth.scaled(COARSE_LOT)
        bought = [c for c in (*self.classes, self.sink.product_class) if self.targets[c] > ZERO]
        is_coarse = any(p.step >= self.coarse for c in bought for p in self.menu[c][:1])
        # Fine lots need no sale but the one to the target.
        self.sellers = [c for c in self.classes if self.targets[c] < ZERO and is_coarse]
        self.resized: dict[tuple[ProductClass, int], Option] = {}
        self.options = {c: self._options(c) for c in self.classes}
        self.completions: dict[tuple[int, ...], list[Completed]] = {}

    def plan(self, lines: tuple[Line, ...]) -> Plan:
        """Return a plan of lines, its orders numbered."""
        orders = tuple(
            PlannedOrder(
                line=number,
                side=line.side,
                product_id=line.product.id,
                product_class=line.product.product_class,
                holding_id=None if line.holding is None else line.holding.id,
                amount=line.amount,
                fee=line.fee,
            )
            for number, line in enumerate(lines, start=1)
        )
        gap = self.best_objective - self.objective(lines)
        return Plan(orders, apply_lines(self.sheet, lines), gap)

    def best_lines(self) -> tuple[Line, ...]:
        """Return the lines of the best combination that single and double changes can reach.

        The search starts from doing nothing and from the rounded-down target: what needs three
        classes to move at once is out of reach of one of them, but rarely of both.
        """
        nothing = {c: options[0] for c, options in self.options.items()}
        rounded_down = {c: options[-1] for c, options in self.options.items()}
        ends = [self._lines(self._searched(start)) for start in (nothing, rounded_down)]
        # What cannot be paid has no lines; the first of equals wins, and that is doing nothing.
        return max(((), *(lines for lines in ends if lines)), key=self.score)

    def completed(self, lines: tuple[Line, ...]) -> tuple[Line, ...] | None:
        """Add what the sink takes or gives; None when there is not enough cash."""
        of_a_class = {
            c: self._option(tuple(line for line in lines if line.product.product_class is c))
            for c in self.classes
        }
        return self._lines(of_a_class)

    def objective(self, lines: tuple[Line, ...]) -> float:
        """Return the optimizer's objective of the weights these lines lead to, less surcharges."""
        option = self._option(lines)
        return self._objective(self._held(option.moved), option.surcharge)

    def score(self, lines: tuple[Line, ...]) -> float:
        """Return the objective less the prices of breaches and of orders."""
        return self.worth(lines).score(PRICE_OF_A_BREACH)

    def worth(self, lines: tuple[Line, ...]) -> Worth:
        """Return what these lines are worth, in parts."""
        if lines:
            return self._judged([self._option(lines)])
        now = self.inputs.current
        missed = np.maximum(breaches(self.inputs, now) - ROUNDING_OF_A_NEED, 0).sum()
        return Worth(utility(self.inputs, now), missed=float(missed), orders=0)

    def held(self, lines: tuple[Line, ...]) -> Vector:
        """Return what these lines lead to, as shares of wealth before fees."""
        return self._held(self._option(lines).moved)

    def _lines(self, choice: _Choice) -> tuple[Line, ...] | None:
        completed = self._completed(choice, PRICE_OF_A_BREACH)
        if completed is None:
            return None
        lines = [line for option in completed.options for line in option.lines]
        return tuple(sorted(lines, key=lambda line: line.side is Side.BUY))

    def _searched(self, start: _Choice) -> _Choice:
        for price in (FIRST_PRICE_OF_A_BREACH, PRICE_OF_A_BREACH):
            start = self._improved(start, breach_price=price)
        return start

    def _improved(self, start: _Choice, *, breach_price: float) -> _Choice:
        best, score = dict(start), self._score(start, breach_price)
        movable = [c for c in self.classes if len(self.options[c]) > 1]
        groups = [(c,) for c in movable] + list(combinations(movable, 2))
        improved = True
        while improved:
            improved = False
            for group in groups:
                for options in product(*(self.options[c] for c in group)):
                    trial = best | dict(zip(group, options, strict=True))
                    trial_score = self._score(trial, breach_price)
                    if trial_score > score + 1e-12:
                        best, score, improved = trial, trial_score, True
        return best

    def _score(self, choice: _Choice, breach_price: float) -> float:
        completed = self._completed(choice, breach_price)
        return -np.inf if completed is None else completed.worth.score(breach_price)

    def _completed(self, choice: _Choice, breach_price: float) -> Completed | None:
        """Return a choice with what the sink does beside it; None without enough cash."""
        # The searches and their last rounds meet the same combinations again and again.
        key = tuple(map(id, choice.values()))
        if key not in self.completions:
            self.completions[key] = self._completions(choice)
        ways = self.completions[key]
        return max(ways, key=lambda way: way.worth.score(breach_price), default=None)

    def _completions(self, choice: _Choice) -> list[Completed]:
        left = self.free_cash.minor + sum(option.cash for option in choice.values())
        sinks = self.sink.options(left)
        ways = self._with_sinks(tuple(choice.values()), sinks)
        idle = left + sinks[0].cash if sinks else left
        if self.sellers and not 0 <= idle < self.coarse.minor:
            ways += self._resized(choice, idle)
        return ways

    def _with_sinks(self, chosen: tuple[Option, ...], sinks: tuple[Option, ...]) -> list[Completed]:
        ways: list[Completed] = []
        for sink in sinks:
            worth = self._judged((*chosen, sink))
            ways.append(Completed((*chosen, sink), worth))
            if not worth.missed:
                break
        return ways

    def _resized(self, choice: _Choice, idle: int) -> list[Completed]:
        """Let one sale bring in what whole lots need, instead of what the target says."""
        needs = [-idle]
        if idle > 0:
            needs.append(self.sink.one_more_lot(Money.from_minor(idle)).minor)
        ways: list[Completed] = []
        for seller, need in product(self.sellers, needs):
            cash = choice[seller].cash + need
            if (seller, cash) not in self.resized:
                lines = self.maker.sales_for(seller, Money.from_minor(max(cash, 0)))
                self.resized[seller, cash] = self._option(lines)
            resized = {**choice, seller: self.resized[seller, cash]}
            left = self.free_cash.minor + sum(option.cash for option in resized.values())
            ways += self._with_sinks(tuple(resized.values()), self.sink.options(left))
        return ways

    def _judged(self, options: Collection[Option]) -> Worth:
        held = self._held(np.sum([option.moved for option in options], axis=0))
        missed = breaches_after_fees(
            self.inputs, held, spared=self.spared, account=self.mandate.classes.index(CASH)
        )
        value = self._objective(held, sum(option.surcharge for option in options))
        orders = sum(len(option.lines) for option in options)
        return Worth(value, missed=float(missed.sum()), orders=orders)

    def _objective(self, held: Vector, surcharge: int) -> float:
        left = held.sum()
        yearly = surcharge / self.wealth.minor / self.mandate.cost_horizon_years
        return utility(self.inputs, held / left) - yearly / float(left)

    def _option(self, lines: tuple[Line, ...]) -> Option:
        return option_of(lines, self.mandate.classes)

    def _held(self, moved: Vector) -> Vector:
        # What moves sums to the fees with a minus sign.
        return np.asarray(self.inputs.current + moved / self.wealth.minor)

    def _options(self, product_class: ProductClass) -> tuple[Option, ...]:
        target = self.targets[product_class]
        options: list[tuple[Line, ...]] = [()]
        if target < ZERO:
            options.append(self.maker.sales(product_class, self.sheet.amount_in(product_class)))
        elif target > ZERO and self.menu[product_class]:
            first = self.menu[product_class][0]
            steps = (-1, 1, 2) if first.step >= self.coarse else (1,)
            amounts = [
                self.maker.least(first),
                *(target + first.step.scaled(Decimal(n)) for n in steps),
            ]
            options += [self.maker.purchases(product_class, amount) for amount in amounts]
        if self.fees and (target < ZERO or target > self.fees):
            options.append(self._towards(product_class, target - self.fees))
        options.append(self.rounded_down[product_class])
        # Doing nothing comes first and the rounded-down target last, also where they are the same.
        ends = (options[0], options[-1])
        inner = [lines for lines in options[1:-1] if lines not in ends]
        return tuple(self._option(lines) for lines in (ends[0], *inner, ends[1]))

    def _towards(self, product_class: ProductClass, change: Money) -> tuple[Line, ...]:
        """Buy up to `change` of a class, or sell as much if it is negative."""
        if change < ZERO:
            return self.maker.sales(product_class, -change)
        return self.maker.purchases(product_class, change)
