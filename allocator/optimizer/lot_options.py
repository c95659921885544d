"""What a class may trade, what a combination of trades is worth, and where spare cash goes.

    score = objective after lots - price of an order * orders - price of a breach * breaches

The sink, the money fund or the account itself, takes what the other classes leave, so that a plan
always adds up. Where a limit leaves no room for the fund, the money stays in the account.
"""

from dataclasses import dataclass, field

import numpy as np

from allocator.market.model import Vector
from allocator.money import ZERO, Money
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.lines import CASH, Line, LineMaker
from allocator.product_classes import ProductClass

# An order must be worth a tenth of a basis point of wealth a year, or it is clutter.
PRICE_OF_AN_ORDER = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One amount a class may trade, as lines and as what they do, in fen.

    Attributes:
        cash: What the account gains.
        moved: What every class gains, the account included, shape (n,).
        surcharge: What minimum fees add to the fees by rate.
    """

    lines: tuple[Line, ...]
    cash: int
    moved: Vector
    surcharge: int


@dataclass(frozen=True, slots=True)
class Worth:
    """What a combination is worth.

    Attributes:
        objective: The optimizer's own less surcharges, per year.
        missed: Sum of the breaches of limits, each in its own unit: weight, volatility, return.
        orders: How many it takes.
    """

    objective: float
    missed: float
    orders: int

    def score(self, breach_price: float) -> float:
        """Return the objective less the prices of orders and of breaches."""
        return self.objective - PRICE_OF_AN_ORDER * self.orders - breach_price * self.missed


@dataclass(frozen=True, slots=True)
class Completed:
    """A choice with what the sink trades beside it, and what all is worth together."""

    options: tuple[Option, ...]
    worth: Worth


def option_of(lines: tuple[Line, ...], classes: tuple[ProductClass, ...]) -> Option:
    """Return lines with what they do to every class."""
    moved = dict.fromkeys(classes, 0)
    for line in lines:
        moved[line.product.product_class] += line.change.minor
        moved[CASH] += line.cash.minor
    cash = sum(line.cash.minor for line in lines)
    surcharge = sum(line.surcharge.minor for line in lines)
    return Option(lines, cash, np.array(list(moved.values()), dtype=np.float64), surcharge)


@dataclass(slots=True, eq=False)
class Sink:
    """Takes what cash the other classes leave, or gives what they lack.

    Attributes:
        product_class: The money fund, or the account where no fund may be bought.
        classes: The order of every vector.
        cost_horizon_years: What surcharges are spread over.
    """

    maker: LineMaker
    inputs: Inputs
    classes: tuple[ProductClass, ...]
    cost_horizon_years: float
    product_class: ProductClass = field(init=False)
    found: dict[int, tuple[Option, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        fund = ProductClass.MONEY_FUND
        self.product_class = fund if self.maker.menu[fund] else CASH

    def options(self, left: int) -> tuple[Option, ...]:
        """Return what may be traded when `left` fen are left, the usual first; empty: too few."""
        if left not in self.found:
            self.found[left] = self._options(Money.from_minor(left))
        return self.found[left]

    def one_more_lot(self, left: Money) -> Money:
        """Return what `left` lacks for one more lot; the least one where it buys none."""
        if self.product_class is CASH:
            return ZERO
        first = self.maker.menu[self.product_class][0]
        return max(left.floored_to(first.step) + first.step, self.maker.least(first)) - left

    def _options(self, left: Money) -> tuple[Option, ...]:
        nothing = option_of((), self.classes)
        if self.product_class is CASH:
            return (nothing,) if left >= ZERO else ()
        # Where a limit leaves no room for the sink, the money stays in the account.
        everything = self.maker.sheet.amount_in(self.product_class)
        emptied = option_of(self.maker.sales(self.product_class, everything), self.classes)
        if left < ZERO:
            sold = option_of(self.maker.sales_for(self.product_class, -left), self.classes)
            return (sold, emptied) if left.minor + sold.cash >= 0 else ()
        bought = option_of(self.maker.purchases(self.product_class, left), self.classes)
        i, j = self.classes.index(self.product_class), self.classes.index(CASH)
        more = self.inputs.tilt[i] - self.inputs.tilt[j]
        gain = more * -bought.cash - bought.surcharge / self.cost_horizon_years
        gain /= self.maker.wealth.minor
        return (bought, nothing, emptied) if gain > PRICE_OF_AN_ORDER else (nothing, emptied)
