"""When a reminder is worth sending.

All of these must hold:
  (a) a class has left its band, or the volatility exceeds 1.1 times its cap, or a floor is broken;
  (b) the gain in certainty equivalent over the cost horizon exceeds the whole cost of acting
      (not asked where the volatility or a floor is broken: those are needs, not wishes);
  (c) the last reminder of this kind is at least 90 days old, and fewer than four were sent within
      twelve months.

What is no trade at all (a holding that matured, an assessment that ends, facts that time has
overtaken) is told without (a) and (b).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from allocator.money import Money

VOLATILITY_ALARM = 1.1
QUIET_DAYS = timedelta(days=90)
LARGEST_YEARLY_COUNT = 4
YEAR = timedelta(days=365)
# What dated goals need grows a little every day; a floor is broken when two points are missing.
FLOOR_TOLERANCE = 0.02


class ReminderKind(StrEnum):
    """Why a client is reminded."""

    LIQUIDITY = "liquidity"
    RISK = "risk"
    GOALS = "goals"
    DRIFT = "drift"
    MATURED = "matured"
    REASSESS = "reassess"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of one client, in fractions of wealth and per year.

    Attributes:
        is_outside_band: Some class has left its tolerance band.
        liquidity_reachable, stable_reachable: The floors that the locks leave possible.
    """

    is_outside_band: bool
    volatility: float
    volatility_cap: float
    liquid_share: float
    liquidity_reachable: float
    stable_share: float
    stable_reachable: float


@dataclass(frozen=True, slots=True)
class Benefit:
    """What acting gains over the cost horizon, and what it costs, in money."""

    gain: Money
    cost: Money

    @property
    def is_worth_it(self) -> bool:
        """True if the gain exceeds the whole cost."""
        return self.gain > self.cost


def reminder_kind(condition: Condition, benefit: Benefit) -> ReminderKind | None:
    """Return the most urgent reason to act, or None when silence is better."""
    if condition.liquid_share < condition.liquidity_reachable - FLOOR_TOLERANCE:
        return ReminderKind.LIQUIDITY
    if condition.volatility > VOLATILITY_ALARM * condition.volatility_cap:
        return ReminderKind.RISK
    if condition.stable_share < condition.stable_reachable - FLOOR_TOLERANCE:
        return ReminderKind.GOALS
    if condition.is_outside_band and benefit.is_worth_it:
        return ReminderKind.DRIFT
    return None


def may_remind(sent: Sequence[date], *, on: date) -> bool:
    """Return whether the dates of earlier reminders leave room for one more.

    >>> may_remind([date(2026, 1, 1)], on=date(2026, 3, 31))
    False
    >>> may_remind([date(2026, 1, 1)], on=date(2026, 4, 1))
    True
    """
    earlier = [day for day in sent if day <= on]
    if earlier and on - max(earlier) < QUIET_DAYS:
        return False
    return sum(on - day < YEAR for day in earlier) < LARGEST_YEARLY_COUNT
