"""Where the figures of two questions come from: choices between risks as risk aversion.

A gamble wins or loses a share of income or wealth with equal odds. Who is indifferent to it has the
CRRA g that solves

    0.5 * u(1 + gain) + 0.5 * u(1 - loss) = u(1)        u(c) = c**(1 - g) / (1 - g), log c at g = 1

The income gamble doubles income for life or cuts it: gain = 1. Its answer speaks of lifetime
income, that of a menu of portfolios of the money invested; the two need not agree.

A menu is built so that somebody of risk aversion g_i is indifferent between portfolios i and i + 1
by mean and variance:

    mean_{i+1} = mean_i + g_i / 2 * (volatility_{i+1}**2 - volatility_i**2)

Units: gains, losses, means and volatilities are fractions, the latter two per year.
Sources: Barsky, Juster, Kimball and Shapiro (1997), Quarterly Journal of Economics 112(2), 537-579
(income gamble); Pratt (1964), Econometrica 32, 122-136 (risk aversion); the menu is our own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scipy.optimize import brentq

from allocator.errors import InputError
from risk_profiles.scoring import ANCHORS

# One year in twenty lies above, and one below, this many standard deviations of a normal year.
ONE_YEAR_IN_TWENTY = 1.645


@dataclass(frozen=True, slots=True)
class MenuPortfolio:
    """One portfolio of a menu; all figures are per year."""

    mean: float
    volatility: float

    @property
    def good_year(self) -> float:
        """Return of a year that one in twenty surpasses."""
        return self.mean + ONE_YEAR_IN_TWENTY * self.volatility

    @property
    def bad_year(self) -> float:
        """Return of a year that one in twenty falls short of."""
        return self.mean - ONE_YEAR_IN_TWENTY * self.volatility


def risk_aversion_of_wealth_gamble(*, gain: float, loss: float) -> float:
    """Return the risk aversion of somebody indifferent to gaining or losing these shares.

    Raises:
        InputError: not 0 < loss < 1, or the gain does not exceed the loss: nobody averse to risk
            is indifferent to that.

    >>> round(risk_aversion_of_wealth_gamble(gain=0.5, loss=0.25), 6)
    2.0
    """
    if not 0 < loss < 1:
        raise InputError(f"a loss is a share between 0 and 1, got {loss}")
    if not loss < gain < math.inf:
        raise InputError(f"a gain must exceed the loss of {loss} and be finite, got {gain}")

    def advantage(aversion: float) -> float:
        return _utility(1 + gain, aversion) + _utility(1 - loss, aversion)

    highest = 1.0
    while advantage(highest) >= 0:
        highest *= 2
    return float(brentq(advantage, 0.0, highest, xtol=1e-13))


def risk_aversion_of_income_gamble(cut: float) -> float:
    """Return the risk aversion of somebody indifferent to doubling or cutting income for life.

    >>> [round(risk_aversion_of_income_gamble(x), 6) for x in (1 / 10, 1 / 5, 1 / 3, 1 / 2)]
    [7.527221, 3.76353, 2.0, 1.0]
    """
    return risk_aversion_of_wealth_gamble(gain=1.0, loss=cut)


def switching_points() -> tuple[float, ...]:
    """Return the risk aversions between the levels' anchors: their geometric means.

    >>> [round(point, 3) for point in switching_points()]
    [14.142, 7.071, 3.873, 2.449]
    """
    return tuple(math.sqrt(one * other) for (_, one), (_, other) in pairwise(ANCHORS))


def portfolio_menu(
    *, lowest_mean: float, volatilities: Sequence[float], switching_points: Sequence[float]
) -> tuple[MenuPortfolio, ...]:
    """Return portfolios between which people switch at the risk aversions stated.

    Args:
        lowest_mean: Mean of the first portfolio, per year.
        volatilities: Rising, per year.
        switching_points: Falling risk aversions, one fewer.

    Raises:
        InputError: the counts do not fit, volatilities do not rise or switching points do not fall.
    """
    if len(switching_points) != len(volatilities) - 1:
        counts = f"{len(volatilities)} volatilities and {len(switching_points)} switching points"
        raise InputError(f"a menu needs one switching point between neighbours, got {counts}")
    if list(volatilities) != sorted(set(volatilities)) or volatilities[0] < 0:
        raise InputError(f"volatilities must rise from 0 or more, got {list(volatilities)}")
    if list(switching_points) != sorted(set(switching_points), reverse=True):
        raise InputError(f"switching points must fall, got {list(switching_points)}")
    menu = [MenuPortfolio(lowest_mean, volatilities[0])]
    for aversion, volatility in zip(switching_points, volatilities[1:], strict=True):
        premium = aversion / 2 * (volatility**2 - menu[-1].volatility ** 2)
        menu.append(MenuPortfolio(menu[-1].mean + premium, volatility))
    return tuple(menu)


def _utility(consumption: float, aversion: float) -> float:
    """Return utility less that of 1; expm1 keeps it exact where it turns into the logarithm."""
    growth = math.log(consumption)
    if aversion == 1:
        return growth
    return math.expm1((1 - aversion) * growth) / (1 - aversion)
