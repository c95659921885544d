"""When a reminder is worth sending.

All of these must hold:
  (a) a class has left its band, or the volatility exceeds 1.1 times its cap, or a floor is broken;
  (b) the gain in certainty equivalent over the cost horizon exceeds the whole cost of acting, and
      is not trivial: gain >= max(100 yuan, 0.0005 * wealth)
      (not asked where the volatility or a floor is broken: those are needs, not wishes);
  (c) the last reminder to trade, of whatever kind, is at least 90 days old, and fewer than four
      were sent within twelve months.

The gain is a difference of certainty equivalents in money: what the improvement is worth by the
model's risk-adjusted measure, not a profit to expect.

What is no trade at all (a holding that matured, an assessment that ends or whose facts have
changed, facts that time has overtaken) is told without (a) and (b), and each such kind keeps a
quiet time of its own.

A reminder to trade whose reason is gone, because the client acted or the market did, is closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from allocator.money import Money

VOLATILITY_ALARM = 1.1
QUIET_DAYS = timedelta(days=90)
LARGEST_YEARLY_COUNT = 4
YEAR = timedelta(days=365)
# What dated goals need grows a little every day; a floor is broken when two points are missing.
FLOOR_TOLERANCE = 0.02
# Reading a reminder, making a plan and signing it cost an hour; less is not worth asking for.
SMALLEST_GAIN = Money.parse("100")
# Five hundredths of a percent over the cost horizon lie far inside the error of the assumptions.
SMALLEST_GAIN_SHARE = Decimal("0.0005")


class ReminderKind(StrEnum):
    """Why a client is reminded."""

    LIQUIDITY = "liquidity"
    RISK = "risk"
    GOALS = "goals"
    DRIFT = "drift"
    MATURED = "matured"
    REASSESS = "reassess"
    FACTS = "facts"


# Each of these asks the client to trade; to the client they are one voice, so they share one clock.
TRADE_KINDS = frozenset(
    {ReminderKind.LIQUIDITY, ReminderKind.RISK, ReminderKind.GOALS, ReminderKind.DRIFT}
)
_BY_URGENCY = (
    ReminderKind.LIQUIDITY,
    ReminderKind.RISK,
    ReminderKind.GOALS,
    ReminderKind.DRIFT,
)


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
    """What acting is worth over the cost horizon, adjusted for risk, and what it costs, in money.

    Attributes:
        wealth: Investable wealth, against which a gain may be trivial.
    """

    gain: Money
    cost: Money
    wealth: Money

    @property
    def is_worth_it(self) -> bool:
        """True if the gain exceeds the whole cost and is not trivial."""
        smallest = max(SMALLEST_GAIN, self.wealth.scaled(SMALLEST_GAIN_SHARE))
        return self.gain > self.cost and self.gain >= smallest


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


def settled_kinds(kind: ReminderKind | None) -> frozenset[ReminderKind]:
    """Return the reasons to trade that no longer hold, given the most urgent that does.

    What is less urgent than that one was not looked at, so nothing is known of it.

    >>> sorted(settled_kinds(ReminderKind.GOALS))
    [<ReminderKind.LIQUIDITY: 'liquidity'>, <ReminderKind.RISK: 'risk'>]
    """
    return TRADE_KINDS if kind is None else frozenset(_BY_URGENCY[: _BY_URGENCY.index(kind)])


def kinds_on_one_clock(kind: ReminderKind) -> frozenset[ReminderKind]:
    """Return the kinds that share the quiet time of this one, itself included."""
    return TRADE_KINDS if kind in TRADE_KINDS else frozenset({kind})


def may_remind(sent: Sequence[date], *, on: date) -> bool:
    """Return whether the dates of earlier reminders on one clock leave room for one more.

    >>> may_remind([date(2026, 1, 1)], on=date(2026, 3, 31))
    False
    >>> may_remind([date(2026, 1, 1)], on=date(2026, 4, 1))
    True
    """
    earlier = [day for day in sent if day <= on]
    if earlier and on - max(earlier) < QUIET_DAYS:
        return False
    return sum(on - day < YEAR for day in earlier) < LARGEST_YEARLY_COUNT
