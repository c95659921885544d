"""Order lines: which products a class is bought in, which holdings it is sold from, and the result.

A purchase takes the product that nets the client most and spills into the next one only where the
rest is worth an order. A sale takes what is above the level first, then what is more than a fifth
of wealth, then what is cheapest to sell, then what costs most to keep. What a minimum fee would
swallow whole is neither bought nor sold.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain, count

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.money import ZERO, Money, total
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Product, Regime, Shelf
from allocator.trading.orders import Side, purchase_fee, sale_fee
from allocator.trading.product_choice import SINGLE_FUND_CAP, Menu, room_in

CASH = ProductClass.DEMAND_DEPOSIT
CASH_PRODUCT_ID = "demand-deposit"
CASH_HOLDING_ID = "cash"
# A class is split over a second product only for this share of wealth, or this much of it.
SMALLEST_SECOND_ORDER = Decimal("0.01")
WORTHY_SECOND_ORDER = Money(Decimal(2000))
# More of a fund joins what is held; a second deposit or treasury is a contract of its own.
_CONTRACT_REGIMES = {Regime.DEPOSIT, Regime.GOVERNMENT_BOND}
_LONG_HELD = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Line:
    """One order with the product it trades, before it has a number.

    Attributes:
        surcharge: What a minimum adds to the fee by its rate; part of `fee`.
    """

    side: Side
    product: Product
    holding: Holding | None
    amount: Money
    fee: Money
    surcharge: Money = ZERO

    @property
    def cash(self) -> Money:
        """Cash that comes in (positive) or goes out (negative)."""
        return self.amount - self.fee if self.side is Side.SELL else -self.amount

    @property
    def change(self) -> Money:
        """Change of the value held in the product's class."""
        return -self.amount if self.side is Side.SELL else self.amount - self.fee


@dataclass(frozen=True, slots=True)
class LineMaker:
    """Makes lines for one client; `level` is the riskiest product that suits the client."""

    sheet: BalanceSheet
    menu: Menu
    shelf: Shelf
    level: RiskLevel

    @property
    def wealth(self) -> Money:
        """Investable wealth, the measure of what is worth an order."""
        return self.sheet.investable_wealth

    @property
    def crumb(self) -> Money:
        """What is left of a purchase below this much is not worth a second product."""
        return min(self.wealth.scaled(SMALLEST_SECOND_ORDER), WORTHY_SECOND_ORDER)

    def sales(self, product_class: ProductClass, amount: Money) -> tuple[Line, ...]:
        """Sell `amount` of a class.

        First what is above the level, then what is more than a fifth of wealth, then what is
        cheapest to sell, then what costs most to keep.
        """
        lines: list[Line] = []
        for holding, rate in self.sellable(product_class):
            product, part = self.sold_product(holding), min(holding.amount, amount)
            if part > product.minimum_redemption_fee:
                fee = sale_fee(part, rate, minimum=product.minimum_redemption_fee)
                surcharge = fee - sale_fee(part, rate, minimum=ZERO)
                lines.append(Line(Side.SELL, product, holding, part, fee, surcharge))
                amount -= part
        return tuple(lines)

    def sales_for(self, product_class: ProductClass, cash: Money) -> tuple[Line, ...]:
        """Sell as much as brings in `cash` after fees; all there is where that is not enough."""
        amount = cash
        most = total(holding.amount for holding, _ in self.sellable(product_class))
        while True:
            lines = self.sales(product_class, amount)
            short = cash - total(line.cash for line in lines)
            if short <= ZERO or amount >= most:
                return lines
            amount += short

    def sellable(self, product_class: ProductClass) -> tuple[tuple[Holding, Decimal], ...]:
        """Return what may be sold of a class in the order of sale, with its fee rate."""
        on = self.sheet.as_of
        fifth = self.wealth.scaled(SINGLE_FUND_CAP)

        def fee_rate(holding: Holding) -> Decimal:
            held = on - holding.acquired_on if holding.acquired_on else _LONG_HELD
            return self.sold_product(holding).redemption_fee(held_days=held.days)

        def worth_keeping(holding: Holding) -> tuple[bool, bool, Decimal, Decimal, str]:
            product = self.sold_product(holding)
            suits, is_small = holding.risk_level <= self.level, holding.amount <= fifth
            return suits, is_small, fee_rate(holding), -product.annual_fee, holding.id

        mine = [
            h for h in self.sheet.holdings if h.product_class is product_class and h.is_sellable(on)
        ]
        return tuple((h, fee_rate(h)) for h in sorted(mine, key=worth_keeping))

    def purchases(self, product_class: ProductClass, amount: Money) -> tuple[Line, ...]:
        """Buy up to `amount` of a class, the client's cheapest product first."""
        lines: list[Line] = []
        for candidate in self.menu[product_class]:
            if lines and amount < self.crumb:
                break
            part = min(amount, self.room(candidate)).floored_to(candidate.step)
            if part >= self.least(candidate) and part > ZERO:
                lines.append(purchase_line(candidate, part))
                amount -= part
        return tuple(lines)

    def sold_product(self, holding: Holding) -> Product:
        """Return what a holding is sold as."""
        return self.shelf[holding.product_id or CASH_PRODUCT_ID]

    def least(self, candidate: Product) -> Money:
        """The smallest order: the minimum for a first purchase or a contract, else a step.

        It is more than the minimum fee.
        """
        held = any(h.product_id == candidate.id for h in self.sheet.holdings)
        joins = held and candidate.regime not in _CONTRACT_REGIMES
        worthy = candidate.minimum_purchase_fee.floored_to(candidate.step) + candidate.step
        return max(candidate.step if joins else candidate.minimum, worthy)

    def room(self, candidate: Product) -> Money:
        """The most that may be bought of a product."""
        return room_in(candidate, self.sheet)


def purchase_line(product: Product, amount: Money) -> Line:
    """Return the purchase of a product for `amount`, its fee inside."""
    fee = purchase_fee(amount, product.purchase_fee, minimum=product.minimum_purchase_fee)
    surcharge = fee - purchase_fee(amount, product.purchase_fee, minimum=ZERO)
    return Line(Side.BUY, product, None, amount, fee, surcharge)


def apply_lines(sheet: BalanceSheet, lines: tuple[Line, ...]) -> BalanceSheet:
    """Return the balance sheet after all lines are confirmed."""
    amounts = {h.id: h.amount for h in sheet.holdings}
    added: list[Holding] = []
    for line in lines:
        if line.holding is not None:
            amounts[line.holding.id] -= line.amount
            continue
        bought = line.product
        locked = timedelta(days=bought.lock_up_days)
        added.append(
            Holding(
                id=_free_id(f"{bought.id}-new", amounts),
                product_class=bought.product_class,
                amount=line.amount - line.fee,
                risk_level=bought.risk_level,
                product_id=bought.id,
                locked_until=sheet.as_of + locked if bought.lock_up_days else None,
                acquired_on=sheet.as_of,
            )
        )
    cash = total(line.cash for line in lines)
    account = [h for h in sheet.holdings if h.product_class is CASH and h.is_sellable(sheet.as_of)]
    for holding in sorted(account, key=lambda h: (-h.amount.amount, h.id)):
        change = max(cash, -amounts[holding.id])
        amounts[holding.id] += change
        cash -= change
    if cash > ZERO:
        name = _free_id(CASH_HOLDING_ID, amounts)
        added.append(Holding(name, CASH, cash, RiskLevel.R1, product_id=CASH_PRODUCT_ID))
    kept = tuple(replace(h, amount=amounts[h.id]) for h in sheet.holdings if amounts[h.id] > ZERO)
    return replace(sheet, holdings=kept + tuple(added))


def _free_id(wanted: str, taken: Collection[str]) -> str:
    """Return an id that no holding has: a plan may follow on one that was carried out."""
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)
