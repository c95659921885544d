"""What we know of a person besides the answers: facts that capacity and life cycle rest on."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from allocator.life_cycle.needs import Goal
from allocator.money import Money

ADULT_AGE = 18
OLDEST_AGE = 110
OLDEST_RETIREMENT_AGE = 85


class WorkCategory(StrEnum):
    """Statutory category that fixes the retirement age (reform in force from 2025)."""

    MAN = "man"  # 60 -> 63
    WOMAN_55 = "woman_55"  # 55 -> 58
    WOMAN_50 = "woman_50"  # 50 -> 55


class IncomeKind(StrEnum):
    """Where income comes from; it sets the risk of human capital and the emergency fund."""

    PUBLIC = "public"  # civil servants, state institutions
    SALARIED = "salaried"
    COMMISSION = "commission"  # sales, finance, platform work
    ENTREPRENEUR = "entrepreneur"
    RETIRED = "retired"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dependant:
    """A person who lives on the client's income until `independent_on`."""

    birth_date: date
    independent_on: date
    annual_need: Money


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """Facts of a client at the balance sheet's date. Income is after tax, spending is monthly.

    Attributes:
        essential_spending: Monthly outgo that cannot be put off, debt service included.
        spending: All monthly outgo; at least `essential_spending`.
        earners: Incomes the household lives on.
        monthly_pension: Pension in today's money, expected or already paid.
        retirement_age: Planned age in years, or None for the statutory one.
        retirement_spending: Monthly outgo for oneself in retirement, in today's money, or None for
            the usual share; debts and dependants of then come on top.
        is_qualified_investor: Evidence of qualification is on file.
    """

    name: str
    birth_date: date
    work_category: WorkCategory
    income_kind: IncomeKind
    annual_income: Money
    monthly_pension: Money
    essential_spending: Money
    spending: Money
    earners: int
    dependants: tuple[Dependant, ...]
    goals: tuple[Goal, ...]
    is_qualified_investor: bool
    retirement_age: int | None = None
    retirement_spending: Money | None = None

    def age_on(self, day: date) -> int:
        """Return completed years of age on `day`."""
        return age_between(self.birth_date, day)


def age_between(birth_date: date, day: date) -> int:
    """Return the years completed from `birth_date` to `day`.

    >>> age_between(date(1960, 2, 29), date(2026, 2, 28))
    65
    """
    birthday_passed = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not birthday_passed)


def is_earning(kind: IncomeKind) -> bool:
    """True if the kind of income is a wage or a profit that can stop.

    >>> is_earning(IncomeKind.PUBLIC), is_earning(IncomeKind.RETIRED)
    (True, False)
    """
    return kind not in (IncomeKind.RETIRED, IncomeKind.NONE)
