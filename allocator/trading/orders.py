"""Planned orders and what they cost, exact to the cent.

A purchase pays `amount` in cash and buys `amount - fee` of the product (the fee is charged on the
net amount, as Chinese funds do: net = amount/(1+rate)). A sale gives up `amount` of the holding
and returns `amount - fee` in cash. A product may charge a minimum; no fee is more than the amount.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from allocator.money import Money
from allocator.product_classes import ProductClass


class Side(StrEnum):
    """Direction of an order."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One line of a plan.

    Attributes:
        line: 1, 2, ... in the order of execution: sales first.
        holding_id: The holding sold from; None for a purchase.
        amount: Cash paid for a purchase, value given up for a sale.
        fee: Charged inside `amount`.
    """

    line: int
    side: Side
    product_id: str
    product_class: ProductClass
    holding_id: str | None
    amount: Money
    fee: Money

    @property
    def net(self) -> Money:
        """Value bought, or cash received."""
        return self.amount - self.fee


def purchase_fee(amount: Money, rate: Decimal, *, minimum: Money) -> Money:
    """Return the fee inside a purchase of `amount`: by the rate, and at least the minimum.

    >>> purchase_fee(Money.parse("1015.00"), Decimal("0.015"), minimum=Money.parse("5.00"))
    Money('15.00', 'CNY')
    >>> purchase_fee(Money.parse("101.50"), Decimal("0.015"), minimum=Money.parse("5.00"))
    Money('5.00', 'CNY')
    """
    return min(max(amount - amount.scaled(1 / (1 + rate)), minimum), amount)


def sale_fee(amount: Money, rate: Decimal, *, minimum: Money) -> Money:
    """Return the fee charged on a sale of `amount`: by the rate, and at least the minimum.

    >>> sale_fee(Money.parse("1000.00"), Decimal("0.005"), minimum=Money.parse("2.00"))
    Money('5.00', 'CNY')
    >>> sale_fee(Money.parse("100.00"), Decimal("0.005"), minimum=Money.parse("2.00"))
    Money('2.00', 'CNY')
    """
    return min(max(amount.scaled(rate), minimum), amount)
