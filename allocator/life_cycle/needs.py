"""Needs: what a household must be able to pay before a yuan may take risk.

    emergency months   m = min(12, 3 + 3u + extra)       u in [0, 1]: how uncertain income is
    emergency fund     m * monthly essential spending
    life cover         max(0, PV(support of dependants) + debts + education - earmarked assets)
    critical illness   300 000 for treatment + 3 years of income
    accident cover     the life cover, unless the client states another amount
    goals reserve      R = sum of amount * phi(h) / 1.015**h,   phi(h) = clip((5 - h)/4, 0, 1)

h is the time to the goal in years. A goal within a year is reserved in full, one more than five
years away not at all. Support is a growing annuity with growth equal to the discount rate (2 % a
year): the needs method, because the human-life-value method over-insures. Three years of income
is the low end of the usual three to five: sick pay and the emergency fund cover part of the rest.
Medical insurance has no amount: everybody needs one policy.

The allocator knows no people, so every function takes numbers and dates.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from allocator.errors import InputError
from allocator.life_cycle.annuity import growing_annuity
from allocator.money import ZERO, Money, total

LONGEST_EMERGENCY_MONTHS = 12.0
SUPPORT_GROWTH = 0.02
SUPPORT_DISCOUNT_RATE = 0.02
TREATMENT_COST = Money(Decimal(300_000))
INCOME_YEARS_OF_ILLNESS = 3
GOAL_DISCOUNT_RATE = 0.015
DAYS_PER_YEAR = 365.25


class GoalKind(StrEnum):
    """What a goal pays for; retirement is none, it follows from the facts."""

    EDUCATION = "education"
    HOUSE = "house"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Goal:
    """An amount to be paid at one date, in today's money."""

    name: str
    amount: Money
    due: date
    kind: GoalKind = GoalKind.OTHER


@dataclass(frozen=True, slots=True)
class Support:
    """What one dependant costs per year, for so many years more."""

    annual_need: Money
    years: float


@dataclass(frozen=True, slots=True)
class GoalReserve:
    """What one goal needs in stable classes now, and when it must be free."""

    due: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Needs:
    """All needs of a household at one date.

    Attributes:
        emergency_months: Months of essential spending to keep liquid.
        monthly_essential: Essential spending per month.
        emergency_fund: The two multiplied.
        goals_reserve: R, to be held in stable classes beside the emergency fund.
        goal_reserves: The parts of R by due date, earliest first.
    """

    emergency_months: float
    monthly_essential: Money
    emergency_fund: Money
    life_cover: Money
    critical_illness_cover: Money
    accident_cover: Money
    goals_reserve: Money
    goal_reserves: tuple[GoalReserve, ...] = ()

    def reserved_until(self) -> tuple[GoalReserve, ...]:
        """Return, for each due date, what all goals due by then need together."""
        so_far, sums = ZERO, []
        for one in self.goal_reserves:
            so_far += one.amount
            sums.append(GoalReserve(one.due, so_far))
        return tuple(sums)


def years_between(start: date, end: date) -> float:
    """Return the years from `start` to `end`, negative when `end` is earlier.

    >>> years_between(date(2026, 1, 1), date(2030, 1, 1))
    4.0
    """
    return (end - start).days / DAYS_PER_YEAR


def emergency_months(*, income_uncertainty: float, extra_months: float = 0.0) -> float:
    """Return the months of essential spending to keep liquid.

    Args:
        income_uncertainty: u, from 0 (two stable incomes) to 1 (one volatile income).
        extra_months: 0 to 6 more for the self-employed, the retired and those without income.

    Raises:
        InputError: u outside [0, 1] or extra months outside [0, 6].

    >>> emergency_months(income_uncertainty=1.0, extra_months=3.0)
    9.0
    """
    if not 0 <= income_uncertainty <= 1 or not 0 <= extra_months <= 6:
        raise InputError(
            f"need income_uncertainty in [0, 1] and extra_months in [0, 6], "
            f"got {income_uncertainty} and {extra_months}"
        )
    return min(LONGEST_EMERGENCY_MONTHS, 3 + 3 * income_uncertainty + extra_months)


def emergency_fund(*, months: float, monthly_essential: Money) -> Money:
    """Return the amount to keep liquid.

    >>> emergency_fund(months=4.5, monthly_essential=Money.parse("8000.00"))
    Money('36000.00', 'CNY')
    """
    if not math.isfinite(months) or months < 0:
        raise InputError(f"months must be finite and not negative, got {months}")
    return monthly_essential.scaled(Decimal(str(months)))


def life_cover_need(
    *, support: Iterable[Support], debts: Money, education: Money, earmarked: Money
) -> Money:
    """Return the life cover a household needs by the needs method, never below zero.

    Args:
        support: One entry for each dependant; a dependant already independent adds nothing.
        debts: All debts, which the estate must clear.
        education: Face value of the goals that outlive the earner.
        earmarked: Assets the survivors can use.

    >>> child = Support(Money.parse("120000.00"), years=18)
    >>> m = Money.parse
    >>> life_cover_need(support=[child], debts=m("1000000"), education=m("400000"),
    ...                 earmarked=m("800000"))
    Money('2717647.06', 'CNY')
    """
    needed = sum(
        growing_annuity(
            float(one.annual_need),
            years=one.years,
            growth=SUPPORT_GROWTH,
            discount_rate=SUPPORT_DISCOUNT_RATE,
        )
        for one in support
    )
    return max(ZERO, Money.rounded(needed) + debts + education - earmarked)


def critical_illness_need(annual_income: Money) -> Money:
    """Return the critical-illness cover: treatment and the income lost while recovering.

    >>> critical_illness_need(Money.parse("100000.00"))
    Money('600000.00', 'CNY')
    """
    return TREATMENT_COST + annual_income.scaled(Decimal(INCOME_YEARS_OF_ILLNESS))


def reserve_share(years_to_goal: float) -> float:
    """Return phi: the fraction of a goal that must already lie in stable classes.

    >>> [reserve_share(h) for h in (0.5, 3.0, 7.0)]
    [1.0, 0.5, 0.0]
    """
    return min(1.0, max(0.0, (5 - years_to_goal) / 4))


def goal_reserves(goals: Iterable[Goal], *, as_of: date) -> tuple[GoalReserve, ...]:
    """Return what each goal needs in stable classes at `as_of`, earliest first; their sum is R.

    Goals that need nothing yet are left out.

    Raises:
        InputError: a goal that was due before `as_of`.
    """
    parts = []
    for goal in sorted(goals, key=lambda one: one.due):
        years = years_between(as_of, goal.due)
        if years < 0:
            raise InputError(f"goal {goal.name!r} was due on {goal.due}, before {as_of}")
        share = reserve_share(years) / (1 + GOAL_DISCOUNT_RATE) ** years
        amount = Money.rounded(float(goal.amount) * share)
        if amount:
            parts.append(GoalReserve(goal.due, amount))
    return tuple(parts)


def goals_reserve(goals: Iterable[Goal], *, as_of: date) -> Money:
    """Return R, the amount dated goals need in stable classes at `as_of`.

    Raises:
        InputError: a goal that was due before `as_of`.
    """
    return total(part.amount for part in goal_reserves(goals, as_of=as_of))
