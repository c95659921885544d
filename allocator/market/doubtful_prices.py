"""Prices that a model can be built from, and that look wrong all the same.

    stands still   the same price at three steps or more in a row, over more than two weeks
    swings far     a sample volatility above five times the prior's of its class

A price carried forward (a suspended fund, a month's value repeated every day) makes risk look
small; a slipped decimal point, a split or a series of another class makes it look large. Neither is
surely wrong, so the model is built and a person is asked to look. No market closes for two weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from allocator.market.assumptions import AssumptionTable
from allocator.market.history import ReturnHistory
from allocator.market.model import Vector
from allocator.market.provenance import SeriesBasis
from allocator.statements import Severity, Statement

FEWEST_STANDING_STEPS = 3
LONGEST_STANDING_DAYS = 14
LARGEST_VOLATILITY_MULTIPLE = 5.0


@dataclass(frozen=True, slots=True)
class StandingPrice:
    """The same price from `start` to `end`, `prices` times."""

    start: date
    end: date
    prices: int

    @property
    def days(self) -> int:
        """Days from the first of these prices to the last."""
        return (self.end - self.start).days


def doubts_about(
    history: ReturnHistory, *, series: Sequence[SeriesBasis], prior: AssumptionTable
) -> tuple[Statement, ...]:
    """Return a warning for each series that stands still or swings far, in the history's order."""
    expected = {row.product_class: row.volatility for row in prior.classes}
    days = (history.start, *history.dates)
    told = []
    for shown, returns in zip(series, history.returns.T, strict=True):
        standing = longest_standing_price(returns, days=days)
        if (
            standing is not None
            and standing.prices > FEWEST_STANDING_STEPS
            and standing.days > LONGEST_STANDING_DAYS
        ):
            told.append(
                Statement(
                    "model.prices_stand_still",
                    Severity.WARNING,
                    evidence={
                        "series": shown.column,
                        "start": standing.start,
                        "end": standing.end,
                        "prices": standing.prices,
                    },
                )
            )
        believed = expected[shown.product_class]
        if shown.volatility > LARGEST_VOLATILITY_MULTIPLE * believed:
            largest = int(np.abs(returns).argmax())
            told.append(
                Statement(
                    "model.series_swings_far",
                    Severity.WARNING,
                    evidence={
                        "series": shown.column,
                        "volatility": shown.volatility,
                        "prior_volatility": believed,
                        "multiple": Decimal(str(LARGEST_VOLATILITY_MULTIPLE)),
                        "step": float(returns[largest]),
                        "day": history.dates[largest],
                    },
                )
            )
    return tuple(told)


def longest_standing_price(returns: Vector, *, days: Sequence[date]) -> StandingPrice | None:
    """Return the longest run of equal prices in days, the first of equals; None without one.

    Args:
        returns: One a period; exactly zero where two prices are equal.
        days: Of the prices: one more than the returns.
    """
    longest: StandingPrice | None = None
    begin = 0
    for t, moved in enumerate((*(returns != 0), True)):
        if not moved:
            continue
        if t > begin:
            run = StandingPrice(days[begin], days[t], t - begin + 1)
            if longest is None or run.days > longest.days:
                longest = run
        begin = t + 1
    return longest
