"""Planned orders and what they cost, exact to the cent.

A purchase pays `amount` in cash and buys `amount - fee` of the product (the fee is charged on the
net amount, as Chinese funds do: net = amount/(1+rate)). A sale gives up `amount` of the holding
and returns `amount - fee` in cash.
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


def purchase_fee(amount: Money, rate: Decimal) -> Money:
    """Return the fee inside a purchase of `amount`.

    >>> purchase_fee(Money.parse("1015.00"), Decimal("0.015"))
    Money('15.00', 'CNY')
    """
    return amount - amount.scaled(1 / (1 + rate))


def sale_fee(amount: Money, rate: Decimal) -> Money:
    """Return the fee charged on a sale of `amount`.

    >>> sale_fee(Money.parse("1000.00"), Decimal("0.005"))
    Money('5.00', 'CNY')
    """
    return amount.scaled(rate)
