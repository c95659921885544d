"""The shipped assumptions: complete, ordered by risk, and true to the panel they name."""

import hashlib
import os
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from allocator.errors import InputError
from allocator.market.assumptions import (
    load_default_assumptions,
    load_default_table,
    parse_assumptions,
    parse_table,
)
from allocator.market.estimation import blend_prices, estimate_moments
from allocator.product_classes import CLASSES, TRAITS, ProductClass

TEXT = (files("allocator") / "market/data/assumptions_cn.toml").read_text(encoding="utf-8")
# The panel is other people's data and lies outside the project; its path may be overridden.
PANEL = Path(
    os.environ.get(
        "ROBO_PRICE_PANEL",
        Path(__file__).parents[4] / "shared/data/prices/cn_asset_classes_monthly.csv",
    )
)
# The file's own promise (its header): how far a figure may stand from its estimate.
VOLATILITY_TOLERANCE = 0.25
CORRELATION_TOLERANCE = 0.15
# Estimates are printed with four and two decimals.
VOLATILITY_PRINT = 0.5e-4
CORRELATION_PRINT = 0.5e-2 + 1e-12


def test_every_class_has_a_figure_with_its_basis_and_date() -> None:
    table = load_default_table()
    assert tuple(row.product_class for row in table.classes) == CLASSES
    assert len(table.pairs) == 13 * 12 // 2
    for row in table.classes:
        assert row.range
        assert row.source
        assert row.volatility_basis
        assert row.seen <= table.as_of
        assert row.panel is not None or row.volatility_basis.startswith("judgement")
    for pair in table.pairs:
        assert pair.estimate is not None or pair.basis.startswith("judgement")


def test_the_covariance_is_volatilities_times_correlations() -> None:
    table, model = load_default_table(), load_default_assumptions()
    equity, gold = (model.index(c) for c in (ProductClass.A_SHARE_EQUITY_FUND, ProductClass.GOLD))
    row = next(
        p for p in table.pairs if p.pair == {ProductClass.A_SHARE_EQUITY_FUND, ProductClass.GOLD}
    )
    assert model.covariance[equity, gold] == pytest.approx(0.24 * 0.15 * row.correlation, abs=1e-15)
    assert model.volatilities[equity] == pytest.approx(0.24, abs=1e-15)
    np.testing.assert_allclose(model.factor.T @ model.factor, model.covariance, atol=1e-15)


def test_the_correlations_are_positive_definite_before_any_repair() -> None:
    lowest = np.linalg.eigvalsh(load_default_table().correlation_matrix())[0]
    # The figure the file's header states.
    assert lowest == pytest.approx(0.0715, abs=5e-5)
    assert np.linalg.eigvalsh(load_default_assumptions().covariance)[0] == pytest.approx(
        6.3e-7, rel=0.01
    )


def test_net_returns_rise_with_the_risk_of_stable_and_bond_classes() -> None:
    model = load_default_assumptions()
    net = dict(zip(model.classes, model.net_returns, strict=True))
    ladder = [
        ProductClass.DEMAND_DEPOSIT,
        ProductClass.MONEY_FUND,
        ProductClass.TIME_DEPOSIT,
        ProductClass.SAVINGS_TREASURY,
        ProductClass.WEALTH_FIXED_INCOME,
        ProductClass.BOND_FUND,
        ProductClass.WEALTH_FIXED_INCOME_PLUS,
        ProductClass.BALANCED_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.A_SHARE_EQUITY_FUND,
    ]
    assert all(net[low] < net[high] for low, high in pairwise(ladder))
    assert (model.net_returns > 0).all()
    assert (model.fees >= 0).all()


def test_a_balanced_fund_earns_its_mix_of_bonds_and_shares_and_nothing_for_skill() -> None:
    gross = {row.product_class: row.expected_return for row in load_default_table().classes}
    mix = 0.6 * gross[ProductClass.BOND_FUND] + 0.4 * gross[ProductClass.A_SHARE_EQUITY_FUND]
    assert gross[ProductClass.BALANCED_FUND] == pytest.approx(mix, abs=5e-4)


def test_wealth_products_earn_what_their_published_benchmarks_say_after_fees() -> None:
    net = {row.product_class: row.net_return for row in load_default_table().classes}
    assert 0.020 <= net[ProductClass.WEALTH_FIXED_INCOME] <= 0.024
    # The published median.
    assert net[ProductClass.WEALTH_FIXED_INCOME_PLUS] == pytest.approx(0.0235, abs=1e-3)


def test_riskless_classes_are_nearly_so_and_risky_ones_are_not() -> None:
    model = load_default_assumptions()
    for product_class, volatility in zip(model.classes, model.volatilities, strict=True):
        traits = TRAITS[product_class]
        assert 0 < volatility < 0.3
        assert volatility <= 0.005 or not traits.liquid
        assert volatility >= 0.025 or not traits.risky


def test_the_hash_is_that_of_the_text() -> None:
    assert parse_assumptions(TEXT).content_hash == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("expected_return = 0.075", "expected_return = nan", "/class/a_share_equity_fund/", "nan"),
        ("expected_return = 0.075", 'expected_return = "7"', "/class/a_share_equity_fund/", "'7'"),
        ("fee = 0.012", "fee = 0.5", "/class/a_share_equity_fund/fee", "0.5"),
        ("volatility = 0.24", "volatility = 0.0", "/class/a_share_equity_fund/volatility", "0.0"),
        ("volatility = 0.24", "volatility = true", "/class/a_share_equity_fund/volatility", "True"),
        ('name = "gold"', 'name = "silver"', "/class/10/name", "'silver'"),
        ('name = "gold"', 'name = "annuity"', "/class/annuity", "annuity"),
        ("seen = 2026-10-31", 'seen = "lately"', "/seen", "lately"),
        (
            'pair = ["demand_deposit", "money_fund"], value = 0.30',
            'pair = ["demand_deposit", "money_fund"], value = 1.30',
            "/correlations/demand_deposit~money_fund/value",
            "1.3",
        ),
        (
            'pair = ["demand_deposit", "money_fund"]',
            'pair = ["demand_deposit", "annuity"]',
            "/correlations/demand_deposit~annuity: is given twice",
            "0.1",
        ),
        (
            'pair = ["demand_deposit", "money_fund"]',
            'pair = ["gold"]',
            "/correlations/0/pair",
            "gold",
        ),
        ("version = ", "verson = ", "/verson", "cn-2026.11"),
        ("cn_treasury_tr = 0.45", "cn_treasury_tr = 0.40", "/panel/series", "0.4"),
    ],
)
def test_a_bad_figure_is_refused_by_class_field_and_value(
    old: str, new: str, field: str, value: str
) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse_assumptions(TEXT.replace(old, new, 1))
    assert caught.value.code == "invalid_assumptions"
    assert field in str(caught.value)
    assert value in str(caught.value)


def test_missing_classes_are_named_once_each_with_the_way_to_fill_them() -> None:
    head, *tables = TEXT.split("[[class]]")
    missing = {"gold", "annuity"}
    kept = [part for part in tables if part.split('"')[1] not in missing]
    rows = [row for row in head.splitlines() if not any(f'"{name}"' in row for name in missing)]
    with pytest.raises(InputError, match="my model cannot be used") as refusal:
        parse_table("[[class]]".join(["\n".join(rows) + "\n", *kept]), name="my model")
    problems = refusal.value.problems
    assert {problem.field for problem in problems} == {"/class/gold", "/class/annuity"}
    assert all("robo market build" in problem.remedy for problem in problems)


def test_a_missing_pair_is_named_and_never_filled_with_zero() -> None:
    lines = [row for row in TEXT.splitlines() if '["money_fund", "gold"]' not in row]
    with pytest.raises(InputError, match=r"/correlations/money_fund~gold: is missing"):
        parse_assumptions("\n".join(lines))


def test_correlations_no_returns_could_have_are_refused() -> None:
    lines = TEXT.splitlines()
    bold = {'"a_share_equity_fund", "gold"]': 0.99, '"overseas_equity_fund", "gold"]': -0.99}
    for number, line in enumerate(lines):
        for names, value in bold.items():
            if names in line:
                start, end = line.split("value = ")
                lines[number] = f"{start}value = {value},{end.split(',', 1)[1]}"
    with pytest.raises(InputError, match="lowest eigenvalue"):
        parse_assumptions("\n".join(lines))


def test_text_that_is_not_toml_is_refused() -> None:
    with pytest.raises(InputError, match="not TOML"):
        parse_table("version = ")


def test_figures_stand_within_their_stated_distance_of_the_panel() -> None:
    if not PANEL.exists():
        pytest.skip(f"the monthly price panel is not at {PANEL}; set ROBO_PRICE_PANEL to its path")
    prices = pd.read_csv(PANEL, parse_dates=["date"], index_col="date")
    table = load_default_table()
    backed = {row.product_class: row.panel for row in table.classes if row.panel is not None}
    # One return needs the level a month before: the window opens at the end of 2012.
    window = prices.loc["2012-12-31":"2023-12-31"]
    blends = pd.DataFrame({c: blend_prices(window, panel.series) for c, panel in backed.items()})
    moments = estimate_moments(blends)
    for row in table.classes:
        if row.panel is None:
            continue
        estimate = moments.volatility(row.product_class)
        assert estimate == pytest.approx(row.panel.volatility, abs=VOLATILITY_PRINT)
        assert moments.common_months(row.product_class, row.product_class) == row.panel.months
        first = blends[row.product_class].dropna().index[1]
        assert row.panel.window == f"{first:%Y-%m}/2023-12"
        assert row.volatility == pytest.approx(estimate, rel=VOLATILITY_TOLERANCE)
    for pair in table.pairs:
        if pair.estimate is None:
            continue
        a, b = pair.pair
        assert moments.correlation(a, b) == pytest.approx(pair.estimate, abs=CORRELATION_PRINT)
        assert moments.common_months(a, b) == pair.months
        assert abs(pair.correlation - moments.correlation(a, b)) <= CORRELATION_TOLERANCE
    assert {p.pair for p in table.pairs if p.estimate is not None} == {
        frozenset((a, b)) for a in backed for b in backed if a != b
    }
