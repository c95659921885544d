"""A market model from a panel of prices, a prior and views.

    mean        = (prior_years * prior + T * sample) / (prior_years + T)      classes with prices
                = prior                                                       the others
    volatility  = sample standard deviation, or the prior's
    correlation = Ledoit-Wolf among classes with prices, the prior's elsewhere, repaired if need be
    tau         = 1 / (prior_years + T)
    mean, covariance = Black-Litterman posterior of these under the committee's views

T is the length of the prices in years. All means are net of fees here, as prices are; the file
states them gross again by adding the prior's fee. With prior_years = 50 ten years of prices move an
expected return by a sixth of the way: a sample mean of a decade is mostly luck, while volatilities
and correlations are known well by then. The covariance is that of the next return given all this,
Sigma + M, so it holds the doubt about the means: without views the variances grow by the share tau.

A model is dated by its last price, even where the prior or the views are younger: nobody should
take it for newer than the prices it rests on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from allocator.errors import InputError, Problem
from allocator.market.assumptions import (
    AssumptionTable,
    parse_table,
)
from allocator.market.black_litterman import Posterior, View, posterior
from allocator.market.built_rows import class_rows, head_remarks, pair_rows
from allocator.market.committee import Committee
from allocator.market.correlation_repair import repair_correlations
from allocator.market.doubtful_prices import doubts_about
from allocator.market.history import ReturnHistory
from allocator.market.model import LARGEST_RETURN, LARGEST_VOLATILITY, Matrix, Vector
from allocator.market.model_file import write_assumptions
from allocator.market.model_remarks import remarks_on
from allocator.market.provenance import Provenance, SeriesBasis
from allocator.market.shrinkage import ShrunkCorrelations, shrink_correlations
from allocator.market.window_length import shortage_for_model, told_span
from allocator.product_classes import CLASSES, ProductClass
from allocator.statements import Statement

DEFAULT_PRIOR_YEARS = 50.0
LARGEST_PRIOR_YEARS = 10_000.0
SMALLEST_VOLATILITY = 1e-6
# Columns whose returns differ by no more than the rounding of prices are one series.
_SAME = 1e-7


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """The file's text, what it parses to, and what there is to say about it."""

    text: str
    table: AssumptionTable
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Estimates:
    """What the prices say on their own, in the order of the history's classes, per year."""

    means: Vector
    volatilities: Vector
    correlations: ShrunkCorrelations


def build_model(
    history: ReturnHistory,
    *,
    prior: AssumptionTable,
    prior_years: float = DEFAULT_PRIOR_YEARS,
    committee: Committee | None = None,
    columns: Mapping[ProductClass, str] | None = None,
) -> BuiltModel:
    """Build an assumption file.

    Args:
        history: Returns net of fees, by class.
        prior: Beliefs before the prices; they stand for classes without prices.
        prior_years: Years of data the prior counts for; positive.
        committee: Views on net returns, applied last.
        columns: The name each class's series had in the user's file; its class where absent.

    Raises:
        InputError: code invalid_prices: too few returns or too short a span, a series that stands
            still or swings beyond any market, two that are one, a mean that lands beyond any
            market; code invalid_views: views that lead there; code contradicting_correlations:
            prices and prior cannot both hold; code invalid_input: prior_years out of range.
    """
    if not 0 < prior_years <= LARGEST_PRIOR_YEARS:
        raise InputError(f"need prior_years in (0, {LARGEST_PRIOR_YEARS:g}], got {prior_years}")
    names = {c: (columns or {}).get(c, c.value) for c in history.classes}
    estimates = _estimate(history, names=names)
    known = [CLASSES.index(c) for c in history.classes]

    means = np.array([row.net_return for row in prior.classes])
    weight = prior_years / (prior_years + history.years)
    means[known] = weight * means[known] + (1 - weight) * estimates.means
    volatilities = np.array([row.volatility for row in prior.classes])
    volatilities[known] = estimates.volatilities
    correlations = prior.correlation_matrix()
    correlations[np.ix_(known, known)] = estimates.correlations.shrunk
    repaired = repair_correlations(correlations, labels=[names.get(c, c.value) for c in CLASSES])

    tau = 1 / (prior_years + history.years)
    covariance = np.outer(volatilities, volatilities) * repaired.correlations
    believed = posterior(prior=means, covariance=covariance, views=(), tau=tau)
    remedy = f"check the prices of {_span(history)}, send more years, "
    remedy += "or let the prior count for more"
    problems = _beyond_any_market(believed, prior=prior, names=names, remedy=remedy)
    if problems:
        raise _unusable(problems)
    if committee is not None:
        views = _views(committee)
        believed = posterior(prior=means, covariance=covariance, views=views, tau=tau)
        remedy = "lower the views or their confidence: this class follows them"
        problems = _beyond_any_market(believed, prior=prior, names=names, remedy=remedy)
        if problems:
            message = "no model can be built from these views"
            raise InputError(message, code="invalid_views", problems=problems)
    origin = Provenance(
        prices_hash=history.content_hash,
        start=history.start,
        end=history.end,
        periods=len(history.dates),
        periods_per_year=history.periods_per_year,
        shrinkage=estimates.correlations.shrinkage,
        prior_version=prior.version,
        prior_hash=prior.content_hash,
        prior_years=prior_years,
        largest_shift=repaired.largest_shift,
        lowest_before=repaired.lowest_before,
        lowest_after=repaired.lowest_after,
        series=tuple(
            SeriesBasis(c, names[c], float(mean), float(volatility))
            for c, mean, volatility in zip(
                history.classes, estimates.means, estimates.volatilities, strict=True
            )
        ),
        committee=committee,
    )
    draft = AssumptionTable(
        version=f"{prior.version}+prices.{history.end}",
        as_of=history.end,
        classes=class_rows(believed, prior=prior, origin=origin),
        pairs=pair_rows(
            believed,
            prior=prior,
            origin=origin,
            estimates=_sample_pairs(history.classes, estimates.correlations.sample),
        ),
        content_hash="",
        provenance=origin,
    )
    text = write_assumptions(draft, remarks=head_remarks(origin))
    told = remarks_on(origin, left_out=history.left_out)
    doubts = doubts_about(history, series=origin.series, prior=prior)
    return BuiltModel(text, parse_table(text), (*told, *doubts))


def _estimate(history: ReturnHistory, *, names: Mapping[ProductClass, str]) -> _Estimates:
    needed = shortage_for_model((history.start, *history.dates))
    if needed is not None:
        detail = f"hold {len(history.dates)} returns of {', '.join(names.values())} "
        detail += f"over {_span(history)}"
        raise _unusable([Problem("/date", detail, None, needed)])
    means = history.returns.mean(axis=0) * history.periods_per_year
    volatilities = history.returns.std(axis=0, ddof=1) * np.sqrt(history.periods_per_year)
    problems = []
    for product_class, volatility in zip(history.classes, volatilities, strict=True):
        if not SMALLEST_VOLATILITY <= volatility <= LARGEST_VOLATILITY:
            detail = f"has a volatility of {volatility:.3g} a year over {_span(history)}, outside "
            detail += f"[{SMALLEST_VOLATILITY:g}, {LARGEST_VOLATILITY:g}]"
            remedy = "leave the column out: the prior then stands for its class"
            if volatility > LARGEST_VOLATILITY:
                remedy = f"check for slipped decimal points and splits, or {remedy}"
            problems.append(Problem(f"/{names[product_class]}", detail, None, remedy))
    for i, j in combinations(range(len(history.classes)), 2):
        if np.abs(history.returns[:, i] - history.returns[:, j]).max() <= _SAME:
            one, other = (names[history.classes[k]] for k in (i, j))
            detail = f"has the returns of {one} in every period over {_span(history)}"
            remedy = "leave one of the two columns out: the prior then stands for its class"
            problems.append(Problem(f"/{other}", detail, None, remedy))
    if problems:
        raise _unusable(problems)
    return _Estimates(means, volatilities, shrink_correlations(history.returns))


def _beyond_any_market(
    believed: Posterior, *, prior: AssumptionTable, names: Mapping[ProductClass, str], remedy: str
) -> list[Problem]:
    problems = []
    for row, net, volatility in zip(
        prior.classes,
        believed.expected_returns,
        np.sqrt(np.diag(believed.covariance)),
        strict=True,
    ):
        if -1 <= net + row.fee <= LARGEST_RETURN and volatility <= LARGEST_VOLATILITY:
            continue
        detail = f"leads to a net return of {net:.3g} and a volatility of {volatility:.3g} a year, "
        detail += f"beyond [-1, {LARGEST_RETURN:g}] and {LARGEST_VOLATILITY:g}"
        at = f"/{names.get(row.product_class, row.product_class.value)}"
        problems.append(Problem(at, detail, None, remedy))
    return problems


def _span(history: ReturnHistory) -> str:
    return told_span((history.start, *history.dates))


def _unusable(problems: list[Problem]) -> InputError:
    message = "no model can be built from these prices"
    return InputError(message, code="invalid_prices", problems=problems)


def _views(committee: Committee) -> list[View]:
    return [
        View(
            weights=np.array([view.weights.get(c, 0.0) for c in CLASSES]),
            expected_return=view.net_return,
            confidence=view.confidence,
        )
        for view in committee.views
    ]


def _sample_pairs(
    classes: tuple[ProductClass, ...], sample: Matrix
) -> dict[frozenset[ProductClass], float]:
    return {
        frozenset((classes[i], classes[j])): float(sample[i, j])
        for i, j in combinations(range(len(classes)), 2)
    }
