"""Money: a Decimal with a currency, and the only place that rounds it.

Amounts carry exactly the currency's minor digits (two for CNY). Rounding is half-even and
happens only where a caller asks for it (`rounded`, `scaled`, `split_money`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation

from allocator.errors import InputError, Problem

CENT = Decimal("0.01")
# Larger than any household's balance sheet and far inside 64-bit minor units.
LARGEST_AMOUNT = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency.

    >>> Money.parse("12.30") + Money.parse("0.05")
    Money('12.35', 'CNY')
    >>> Money.from_minor(1235).minor
    1235
    """

    amount: Decimal
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise InputError(f"an amount of money must be a finite Decimal, got {self.amount!r}")
        amount = self.amount.quantize(CENT)
        if self.amount != amount:
            raise InputError(f"{self.amount} has more than two decimal places; round it first")
        # Decimal keeps the sign of a rounded-off negative; nobody owes minus nothing.
        object.__setattr__(self, "amount", amount if amount else amount.copy_abs())

    @classmethod
    def parse(cls, text: str, *, field: str = "amount") -> "Money":
        """Read an exact amount such as "1234.50".

        Raises:
            InputError: not a plain decimal number, more than two decimal places, or absurdly large.
        """
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        good = amount.is_finite() and abs(amount) <= LARGEST_AMOUNT
        if not good or amount != amount.quantize(CENT):
            problem = Problem(
                field,
                "is not an amount of money",
                text,
                'send a string such as "1234.50": finite, at most two decimals, at most 10^13',
            )
            raise InputError("unreadable amount", problems=[problem])
        return cls(amount)

    @classmethod
    def from_minor(cls, minor: int, currency: str = "CNY") -> "Money":
        """Return the amount held in `minor` units (fen for CNY)."""
        return cls(Decimal(minor) * CENT, currency)

    @classmethod
    def rounded(cls, amount: Decimal | float, currency: str = "CNY") -> "Money":
        """Return `amount` rounded half-even to the cent: the door from estimates to money."""
        return cls(Decimal(amount).quantize(CENT, rounding=ROUND_HALF_EVEN), currency)

    @property
    def minor(self) -> int:
        """The amount in minor units, exact."""
        return int(self.amount.scaleb(2))

    def __float__(self) -> float:
        """Leave the world of money for the world of estimates."""
        return float(self.amount)

    def __repr__(self) -> str:
        return f"Money('{self.amount}', '{self.currency}')"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def scaled(self, factor: Decimal) -> "Money":
        """Return this amount times `factor`, rounded half-even to the cent."""
        return Money.rounded(self.amount * factor, self.currency)

    def floored_to(self, step: "Money") -> "Money":
        """Return the largest multiple of `step` not above this non-negative amount."""
        lots = (self.amount / step._same(step)).to_integral_value(rounding=ROUND_DOWN)
        return Money(lots * step.amount, self.currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise InputError(f"cannot mix {self.currency} and {other.currency}")
        return other.amount


ZERO = Money(Decimal(0))


def total(amounts: Iterable[Money]) -> Money:
    """Return the exact sum; zero CNY for none.

    >>> total([Money.parse("0.10"), Money.parse("0.20")])
    Money('0.30', 'CNY')
    """
    return Money(sum((ZERO._same(one) for one in amounts), start=ZERO.amount))


def split_money(whole: Money, shares: Sequence[Decimal]) -> tuple[Money, ...]:
    """Split `whole` in proportion to `shares` by largest remainder; the parts sum to it exactly.

    Args:
        whole: Non-negative amount to split.
        shares: Non-negative weights, not all zero; they need not sum to one.

    Raises:
        InputError: a negative amount or share, or no positive share.

    >>> [str(part.amount) for part in split_money(Money.parse("1.00"), [Decimal(1)] * 3)]
    ['0.34', '0.33', '0.33']
    """
    scale = sum(shares, start=Decimal(0))
    if whole < ZERO or scale <= 0 or any(share < 0 for share in shares):
        raise InputError(f"cannot split {whole} by {list(shares)}")
    exact = [Decimal(whole.minor) * share / scale for share in shares]
    floors = [int(part.to_integral_value(rounding=ROUND_DOWN)) for part in exact]
    # Ties go to the earlier part, so equal inputs give equal splits for ever.
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: whole.minor - sum(floors)]:
        floors[i] += 1
    return tuple(Money.from_minor(part, whole.currency) for part in floors)
