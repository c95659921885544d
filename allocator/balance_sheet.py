"""Everything a client owns and owes at one date.

Investable wealth is the sum of all holdings; debts and policies are kept beside it, because a
mortgage is not a negative fund and a term policy has no cash value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from allocator.errors import InputError
from allocator.money import ZERO, Money, total
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.weights import Weights


class HeldAt(StrEnum):
    """Where a holding lies: only what is held here can be sold by the button."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


class DebtKind(StrEnum):
    """Kinds of debt."""

    MORTGAGE = "mortgage"
    CONSUMER = "consumer"
    CREDIT_CARD = "credit_card"
    BUSINESS = "business"


class PolicyKind(StrEnum):
    """Kinds of pure protection; a cash-value annuity is a holding instead."""

    LIFE = "life"
    CRITICAL_ILLNESS = "critical_illness"
    MEDICAL = "medical"
    ACCIDENT = "accident"


@dataclass(frozen=True, slots=True)
class Holding:
    """A position at market value.

    Attributes:
        id: Unique within the balance sheet.
        product_id: A product of the shelf, or None for something we do not sell.
        locked_until: First date on which it can be sold; None when it always can.
        acquired_on: Purchase date, for redemption-fee tiers; None means long held.
    """

    id: str
    product_class: ProductClass
    amount: Money
    risk_level: RiskLevel
    product_id: str | None = None
    held_at: HeldAt = HeldAt.HERE
    locked_until: date | None = None
    acquired_on: date | None = None

    def is_sellable(self, on: date) -> bool:
        """True if the button may sell it on that date."""
        free = self.locked_until is None or self.locked_until <= on
        ours = self.product_id is not None or self.product_class is ProductClass.DEMAND_DEPOSIT
        return self.held_at is HeldAt.HERE and free and ours


@dataclass(frozen=True, slots=True)
class Debt:
    """Money owed; `annual_rate` is a fraction per year."""

    id: str
    kind: DebtKind
    balance: Money
    annual_rate: Decimal
    monthly_payment: Money


@dataclass(frozen=True, slots=True)
class Policy:
    """Insurance cover in force."""

    id: str
    kind: PolicyKind
    cover: Money
    annual_premium: Money


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """Holdings, debts and policies at `as_of`."""

    as_of: date
    holdings: tuple[Holding, ...]
    debts: tuple[Debt, ...] = ()
    policies: tuple[Policy, ...] = ()

    @property
    def investable_wealth(self) -> Money:
        """All holdings, wherever they lie."""
        return total(h.amount for h in self.holdings)

    @property
    def net_worth(self) -> Money:
        """Holdings less debts (a home is not counted)."""
        return self.investable_wealth - total(d.balance for d in self.debts)

    def amount_in(self, product_class: ProductClass) -> Money:
        """Return the amount held in one class."""
        return total(h.amount for h in self.holdings if h.product_class is product_class)

    @property
    def liquid_assets(self) -> Money:
        """Money available within one trading day: liquid classes that are not locked."""
        return total(
            h.amount
            for h in self.holdings
            if TRAITS[h.product_class].liquid
            and (h.locked_until is None or h.locked_until <= self.as_of)
        )

    @property
    def stable_assets(self) -> Money:
        """Money in stable classes, locked or not."""
        return total(h.amount for h in self.holdings if TRAITS[h.product_class].stable)

    def stable_locked_beyond(self, day: date) -> Money:
        """Return the stable money that is still locked on `day`."""
        return total(
            h.amount
            for h in self.holdings
            if TRAITS[h.product_class].stable and h.locked_until and h.locked_until > day
        )

    def locked_beyond(self, day: date) -> Money:
        """Return the money, wherever it lies, that is still locked on `day`."""
        return total(h.amount for h in self.holdings if h.locked_until and h.locked_until > day)

    def weights(self, classes: Sequence[ProductClass]) -> Weights:
        """Return weights by class.

        Raises:
            InputError: there is no wealth, or a holding's class is not in `classes`.
        """
        return Weights(tuple(classes), self._fractions(classes, self.holdings))

    def fixed_weights(self, classes: Sequence[ProductClass]) -> tuple[float, ...]:
        """Return by class the fraction of wealth that the button cannot sell at `as_of`."""
        fixed = [h for h in self.holdings if not h.is_sellable(self.as_of)]
        return self._fractions(classes, fixed)

    def cover(self, kind: PolicyKind) -> Money:
        """Return the total cover of one kind in force."""
        return total(p.cover for p in self.policies if p.kind is kind)

    def _fractions(
        self, classes: Sequence[ProductClass], holdings: Iterable[Holding]
    ) -> tuple[float, ...]:
        wealth = self.investable_wealth
        if wealth <= ZERO:
            raise InputError("a balance sheet without holdings has no weights", code="no_wealth")
        sums = dict.fromkeys(classes, ZERO)
        for holding in holdings:
            if holding.product_class not in sums:
                raise InputError(f"{holding.id}: class {holding.product_class} is not modelled")
            sums[holding.product_class] += holding.amount
        return tuple(float(s.amount / wealth.amount) for s in sums.values())
