"""Does a scale hang together, and does it say the same thing twice?

For k items with points p_j, total T = sum_j p_j, and v the weights of the respondents:

    covariance(j, l)   = sum(v p_j p_l) / sum(v) - mean_j mean_l
    alpha              = k / (k - 1) * (1 - sum_j variance(p_j) / variance(T))
    item-total of j    = correlation(p_j, T - p_j), the item against the rest
    rank correlation   = correlation of weighted mid-ranks: the weight below, plus half the
                         weight of those who are level

The denominators n and n - 1 give the same alpha and the same correlations. With equal weights the
rank correlation is Spearman's. Sources: Cronbach (1951), Psychometrika 16(3), 297-334; Nunnally
and Bernstein (1994), Psychometric Theory, for the corrected item-total correlation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError, Problem
from risk_profiles.evidence.estimates import (
    FEWEST_RESPONDENTS,
    Bootstrap,
    FloatArray,
    Measured,
    too_few_respondents,
)

IntArray = NDArray[np.int64]

FEWEST_ITEMS = 2
# Rounding leaves a constant item a variance of this order, relative to its squared mean.
_ZERO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Items:
    """Points of the items of one scale: a row a respondent, a column a name."""

    names: tuple[str, ...]
    points: FloatArray

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != len(self.names):
            raise InputError(
                f"need a column for each of {len(self.names)} items, got {self.points.shape}"
            )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two rounds of the same respondents agree.

    Attributes:
        same_level, within_one: Shares of respondents whose level stays, or moves by one at most.
        level_correlation, score_correlation: Correlation of the two rounds.
    """

    same_level: Measured
    within_one: Measured
    level_correlation: Measured
    score_correlation: Measured


def check_scale(items: Items) -> None:
    """Check that an alpha can be computed.

    Raises:
        InputError: fewer than two items (`too_few_items`), fewer than three respondents
            (`too_few_respondents`), or items that everyone answers alike (`constant_item`).
    """
    if len(items.names) < FEWEST_ITEMS:
        remedy = f"ask {FEWEST_ITEMS} questions of this kind or more"
        name = items.names[0] if items.names else "items"
        problem = Problem(name, "is no scale by itself", len(items.names), remedy)
        raise InputError("alpha needs a scale", code="too_few_items", problems=[problem])
    if len(items.points) < FEWEST_RESPONDENTS:
        raise too_few_respondents(len(items.points))
    constant = [
        Problem(
            name,
            "has the same points from everyone",
            float(column[0]),
            "leave the item out of the scale, or ask people who differ",
        )
        for name, column in zip(items.names, items.points.T, strict=True)
        if column.min() == column.max()
    ]
    if constant:
        raise InputError("alpha needs items that vary", code="constant_item", problems=constant)


def cronbach_alpha(items: Items) -> float:
    """Return Cronbach's alpha of equally weighted respondents.

    Raises:
        InputError: as `check_scale`.

    >>> rows = [(3, 4, 3, 5), (2, 2, 3, 2), (4, 5, 4, 4), (1, 2, 1, 2), (5, 4, 5, 5), (3, 3, 2, 3)]
    >>> round(cronbach_alpha(Items(("a", "b", "c", "d"), np.array(rows, dtype=float))), 6)
    0.93992
    """
    check_scale(items)
    return float(_alphas(_covariances(items.points)(np.ones((1, len(items.points)))))[0, 0])


def estimate_alpha(items: Items, bootstrap: Bootstrap) -> Measured:
    """Return Cronbach's alpha with its interval.

    Raises:
        InputError: as `check_scale`.
    """
    check_scale(items)
    covariances = _covariances(items.points)
    return bootstrap.estimates(
        lambda weights: _alphas(covariances(weights)),
        names=[", ".join(items.names)],
        undefined="constant_item",
    )[0]


def estimate_item_totals(items: Items, bootstrap: Bootstrap) -> tuple[Measured, ...]:
    """Return the corrected item-total correlation of every item, in the order of the names.

    Raises:
        InputError: fewer than two items; there is no rest to correlate with.
    """
    if len(items.names) < FEWEST_ITEMS:
        check_scale(items)
    covariances = _covariances(items.points)
    return bootstrap.estimates(
        lambda weights: _item_totals(covariances(weights)),
        names=items.names,
        undefined="constant_item",
    )


def indicators(values: IntArray, count: int) -> FloatArray:
    """Return a column for each of 0, 1, ..., count - 1: one where the value is that, else zero."""
    columns: FloatArray = (values[:, None] == np.arange(count)).astype(np.float64)
    return columns


def estimate_means(
    values: FloatArray, *, names: Sequence[str], bootstrap: Bootstrap
) -> tuple[Measured, ...]:
    """Return the weighted mean of every column; of indicators that is a share."""
    return bootstrap.estimates(
        lambda weights: (weights @ values) / weights.sum(axis=1, keepdims=True),
        names=names,
        undefined="unstable",
    )


def estimate_agreement(
    *, levels: tuple[IntArray, IntArray], scores: tuple[FloatArray, FloatArray],
    bootstrap: Bootstrap,
) -> Agreement:  # fmt: skip
    """Return how two rounds agree.

    Args:
        levels: Ranks 1 to 5 of each respondent, first and second round.
        scores: Scores of each respondent, first and second round.
        bootstrap: Over the respondents who answered twice.
    """
    moves = np.abs(levels[0] - levels[1])
    level_pair = np.stack([one.astype(np.float64) for one in levels], axis=1)
    same, within = estimate_means(
        np.stack([moves == 0, moves <= 1], axis=1).astype(np.float64),
        names=("same_level", "within_one"),
        bootstrap=bootstrap,
    )
    return Agreement(
        same_level=same,
        within_one=within,
        level_correlation=_estimate_correlation(level_pair, name="level", bootstrap=bootstrap),
        score_correlation=_estimate_correlation(
            np.stack(scores, axis=1), name="score", bootstrap=bootstrap
        ),
    )


def estimate_rank_correlation(
    first: FloatArray, second: FloatArray, *, name: str, bootstrap: Bootstrap
) -> Measured:
    """Return the weighted rank correlation; absent where one of the two is constant."""
    first_groups, second_groups = _Groups.of(first), _Groups.of(second)

    def statistic(weights: FloatArray) -> FloatArray:
        return _correlations(
            first_groups.mid_ranks(weights), second_groups.mid_ranks(weights), weights
        )

    return bootstrap.estimates(statistic, names=[name], undefined="no_variation")[0]


@dataclass(frozen=True, slots=True)
class _Groups:
    # Respondents sorted by value, where each group of equals starts, and each one's group.
    order: IntArray
    starts: IntArray
    group: IntArray

    @classmethod
    def of(cls, values: FloatArray) -> "_Groups":
        _, starts, group = np.unique(np.sort(values), return_index=True, return_inverse=True)
        order = np.argsort(values, kind="stable")
        of_respondent = np.empty(len(values), dtype=np.int64)
        of_respondent[order] = group
        return cls(order, starts.astype(np.int64), of_respondent)

    def mid_ranks(self, weights: FloatArray) -> FloatArray:
        level = np.add.reduceat(weights[:, self.order], self.starts, axis=1)
        ranks: FloatArray = (np.cumsum(level, axis=1) - level / 2)[:, self.group]
        return ranks


def _estimate_correlation(pair: FloatArray, *, name: str, bootstrap: Bootstrap) -> Measured:
    covariances = _covariances(pair)

    def statistic(weights: FloatArray) -> FloatArray:
        found = covariances(weights)
        spread = found[:, 0, 0] * found[:, 1, 1]
        return _divide(found[:, 0, 1], np.sqrt(spread))[:, None]

    return bootstrap.estimates(statistic, names=[name], undefined="no_variation")[0]


def _covariances(points: FloatArray) -> Callable[[FloatArray], FloatArray]:
    # Centred first: the raw second moments of points near 100 would swallow a small variance.
    count = points.shape[1]
    centred = points - points.mean(axis=0)
    products = (centred[:, :, None] * centred[:, None, :]).reshape(len(points), -1)

    def of(weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1)[:, None]
        means = weights @ centred / total
        moments = (weights @ products / total).reshape(-1, count, count)
        covariances: FloatArray = moments - means[:, :, None] * means[:, None, :]
        # What rounding leaves of a variance is none.
        floor = _ZERO_VARIANCE * np.abs(moments).max(axis=(1, 2), keepdims=True)
        covariances[np.abs(covariances) <= floor] = 0.0
        return covariances

    return of


def _alphas(covariances: FloatArray) -> FloatArray:
    count = covariances.shape[1]
    items = np.trace(covariances, axis1=1, axis2=2)
    whole = covariances.sum(axis=(1, 2))
    alphas: FloatArray = count / (count - 1) * (1 - _divide(items, whole))
    return alphas[:, None]


def _item_totals(covariances: FloatArray) -> FloatArray:
    own = np.diagonal(covariances, axis1=1, axis2=2)
    with_all = covariances.sum(axis=2)
    with_rest = with_all - own
    rest = covariances.sum(axis=(1, 2))[:, None] - 2 * with_all + own
    return _divide(with_rest, np.sqrt(own * np.maximum(rest, 0.0)))


def _correlations(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=1, keepdims=True)
    x = first - (weights * first).sum(axis=1, keepdims=True) / total
    y = second - (weights * second).sum(axis=1, keepdims=True) / total
    with_each_other = (weights * x * y).sum(axis=1)
    spread = (weights * x * x).sum(axis=1) * (weights * y * y).sum(axis=1)
    return _divide(with_each_other, np.sqrt(spread))[:, None]


def _divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    result = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
