"""The rows of a built assumption file: each figure with the words it rests on."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from allocator.market.assumptions import (
    AssumptionTable,
    ClassAssumption,
    PairAssumption,
    PanelBasis,
)
from allocator.market.black_litterman import Posterior
from allocator.market.model import Matrix
from allocator.market.provenance import Provenance, SeriesBasis
from allocator.product_classes import CLASSES, ProductClass

# Beyond these decimals stands rounding of the computation only; leaving it out moves an eigenvalue
# by less than what a model tolerates.
_DECIMALS = 12


def class_rows(
    believed: Posterior, *, prior: AssumptionTable, origin: Provenance
) -> tuple[ClassAssumption, ...]:
    """Return a row a class: the posterior's figures, gross of the prior's fees."""
    shown = {series.product_class: series for series in origin.series}
    volatilities = np.sqrt(np.diag(believed.covariance))
    rows = []
    for before, net, volatility in zip(
        prior.classes, believed.expected_returns, volatilities, strict=True
    ):
        series = shown.get(before.product_class)
        rows.append(
            ClassAssumption(
                product_class=before.product_class,
                expected_return=round(float(net + before.fee), _DECIMALS),
                fee=before.fee,
                volatility=round(float(volatility), _DECIMALS),
                range=_range(before, series, net=float(net), origin=origin),
                source=_source(before, series, origin=origin),
                seen=before.seen if series is None else origin.end,
                volatility_basis=_volatility_basis(before, series, origin=origin),
                panel=before.panel if series is None else _panel(series, origin=origin),
            )
        )
    return tuple(rows)


def pair_rows(
    believed: Posterior,
    *,
    prior: AssumptionTable,
    origin: Provenance,
    estimates: Mapping[frozenset[ProductClass], float],
) -> tuple[PairAssumption, ...]:
    """Return a row a pair.

    Args:
        believed: Whose covariance holds the correlations to write.
        prior: Its words stand beside pairs that the prices do not show.
        origin: Of the estimates.
        estimates: Sample correlations of pairs that the prices show, before shrinkage.
    """
    correlations = _correlations(believed.covariance)
    before = {row.pair: row for row in prior.pairs}
    rows = []
    for i, j in combinations(range(len(CLASSES)), 2):
        pair = frozenset((CLASSES[i], CLASSES[j]))
        value, old = round(float(correlations[i, j]), _DECIMALS), before[pair]
        if pair in estimates:
            basis = f"estimate, shrunk by {origin.shrinkage:.4f}"
            basis += _moved(value, (1 - origin.shrinkage) * estimates[pair])
            window, months = _window(origin), _months(origin)
            rows.append(PairAssumption(pair, value, estimates[pair], window, months, basis))
            continue
        basis = f"{old.basis or 'estimate, rounded'}; kept from {origin.prior_version}"
        basis += _moved(value, old.correlation)
        rows.append(PairAssumption(pair, value, old.estimate, old.window, old.months, basis))
    return tuple(rows)


def head_remarks(origin: Provenance) -> list[str]:
    """Return the comments at the head of the file."""
    kept = [c for c in CLASSES if c not in {series.product_class for series in origin.series}]
    committee = origin.committee
    views = "No views." if committee is None else f"{len(committee.views)} of {committee.name}."
    return [
        "Capital-market assumptions built from prices. Build it again instead of editing it: a",
        "changed figure no longer follows from the provenance below.",
        "",
        f"Prices: {origin.periods} returns of {len(origin.series)} classes, {origin.start} to "
        f"{origin.end}, taken as net of fees.",
        f"Means: the prior {origin.prior_version} counts for {origin.prior_years:g} years beside "
        f"{origin.sample_years:.2f} years of prices, a weight of {origin.prior_weight:.1%}.",
        f"Correlations: Ledoit-Wolf, shrinkage {origin.shrinkage:.4f}; repair moved none by more "
        f"than {origin.largest_shift:.4f} (lowest eigenvalue {origin.lowest_before:.4f} before, "
        f"{origin.lowest_after:.4f} after).",
        f"Views: {views}",
        f"Kept from the prior: {', '.join(kept) or 'none'}.",
        "Dated by the last price; what is kept from the prior names the day it was seen.",
        "Volatilities are those of the next year's return: they hold the doubt about the means.",
    ]


def _correlations(covariance: Matrix) -> Matrix:
    spreads = np.sqrt(np.diag(covariance))
    correlations = np.clip(covariance / np.outer(spreads, spreads), -1, 1)
    return np.asarray(correlations, dtype=np.float64)


def _range(
    before: ClassAssumption, series: SeriesBasis | None, *, net: float, origin: Provenance
) -> str:
    if series is None:
        kept = f"{before.range}; net {before.net_return:.2%} in {origin.prior_version}"
        return kept if abs(net - before.net_return) < 5e-5 else f"{kept}, views lead to {net:.2%}"
    weight = origin.prior_weight
    mixed = weight * before.net_return + (1 - weight) * series.mean
    text = f"net {before.net_return:.2%} in {origin.prior_version} with weight {weight:.1%}, "
    text += f"mean of prices {series.mean:.2%}: {mixed:.2%}"
    return text if abs(net - mixed) < 5e-5 else f"{text}; views lead to {net:.2%}"


def _source(before: ClassAssumption, series: SeriesBasis | None, *, origin: Provenance) -> str:
    if series is None:
        return before.source
    return f"column {series.column} of the user's prices; prior: {before.source}"


def _volatility_basis(
    before: ClassAssumption, series: SeriesBasis | None, *, origin: Provenance
) -> str:
    doubt = "the doubt about the mean added"
    if series is None:
        return f"{before.volatility_basis}; kept from {origin.prior_version}, {doubt}"
    return f"estimate, {doubt}"


def _panel(series: SeriesBasis, *, origin: Provenance) -> PanelBasis:
    return PanelBasis(
        series={series.column: 1.0},
        window=_window(origin),
        months=_months(origin),
        volatility=series.volatility,
    )


def _window(origin: Provenance) -> str:
    return f"{origin.start}/{origin.end}"


def _months(origin: Provenance) -> int:
    return round(12 * origin.sample_years)


def _moved(value: float, unmoved: float) -> str:
    shift = value - unmoved
    # Below the fourth decimal nobody would see it in the file's own figures.
    return "" if abs(shift) < 5e-5 else f"; repair and doubt moved it by {shift:+.4f}"
