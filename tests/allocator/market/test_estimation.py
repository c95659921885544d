"""Second moments of a price panel, against figures worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from allocator.errors import InputError
from allocator.market.estimation import blend_prices, estimate_moments

MONTHS = pd.date_range("2020-01-31", periods=49, freq="ME")


def alternating(step: float) -> pd.Series:
    returns = [step if month % 2 else -step for month in range(48)]
    return pd.Series(np.cumprod([1.0, *[1 + r for r in returns]]), index=MONTHS)


def test_alternating_returns_have_the_volatility_of_their_closed_form() -> None:
    moments = estimate_moments(pd.DataFrame({"a": alternating(0.02)}))
    # Mean zero, squares all alike: variance = 48 * 0.02**2 / 47.
    expected = 0.02 * math.sqrt(48 / 47) * math.sqrt(12)
    assert moments.volatility("a") == pytest.approx(expected, rel=1e-12)


def test_opposite_series_are_perfectly_negatively_correlated() -> None:
    panel = pd.DataFrame({"up": alternating(0.02), "down": alternating(-0.01)})
    assert estimate_moments(panel).correlation("up", "down") == pytest.approx(-1, abs=1e-12)


def test_a_pair_uses_only_the_months_both_have() -> None:
    panel = pd.DataFrame({"long": alternating(0.02), "late": alternating(0.01)})
    panel.loc[: MONTHS[9], "late"] = np.nan
    moments = estimate_moments(panel)
    assert moments.common_months("long", "late") == 38
    assert moments.common_months("long", "long") == 48
    alone = estimate_moments(panel.loc[MONTHS[10] :])
    assert moments.correlation("long", "late") == pytest.approx(
        alone.correlation("long", "late"), abs=1e-12
    )


def test_a_gap_a_bad_price_and_a_short_overlap_are_refused_by_name() -> None:
    gap = pd.DataFrame({"a": alternating(0.02)})
    gap.iloc[20, 0] = np.nan
    with pytest.raises(InputError, match="a: needs positive prices without a gap"):
        estimate_moments(gap)
    with pytest.raises(InputError, match="a: needs positive prices"):
        estimate_moments(pd.DataFrame({"a": -alternating(0.02)}))
    short = pd.DataFrame({"a": alternating(0.02), "b": alternating(0.01)})
    short.loc[: MONTHS[29], "b"] = np.nan
    with pytest.raises(InputError, match="share 18 returns; 24 are needed"):
        estimate_moments(short)
    with pytest.raises(InputError, match="dates"):
        estimate_moments(gap.iloc[::-1])


def test_a_blend_rebalances_every_month() -> None:
    panel = pd.DataFrame({"a": [1.0, 1.1, 1.1], "b": [1.0, 1.0, 0.8]}, index=MONTHS[:3])
    blend = blend_prices(panel, {"a": 0.5, "b": 0.5})
    assert list(blend) == pytest.approx([1.0, 1.05, 1.05 * 0.9], abs=1e-15)


def test_a_blend_of_unknown_or_incomplete_parts_is_refused() -> None:
    panel = pd.DataFrame({"a": [1.0, 1.1]}, index=MONTHS[:2])
    with pytest.raises(InputError, match=r"unknown \['b'\]"):
        blend_prices(panel, {"a": 0.5, "b": 0.5})
    with pytest.raises(InputError, match="not summing to one"):
        blend_prices(panel, {"a": 0.5})
