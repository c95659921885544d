"""A model built from prices: closed forms, its file read back, and what is refused."""

import os
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.market.assumptions import load_default_table, parse_assumptions, parse_table
from allocator.market.committee import Committee, CommitteeView
from allocator.market.history import ReturnHistory
from allocator.market.model import Matrix
from allocator.market.model_building import BuiltModel, build_model
from allocator.market.model_remarks import STRONG_SHRINKAGE
from allocator.market.price_file import read_price_csv
from allocator.market.shrinkage import shrink_correlations
from allocator.product_classes import CLASSES, ProductClass
from allocator.statements import Severity

# The panel is other people's data and lies outside the project; its path may be overridden.
PANEL = Path(
    os.environ.get(
        "ROBO_PRICE_PANEL",
        Path(__file__).parents[4] / "shared/data/prices/cn_asset_classes_monthly.csv",
    )
)
PRIOR = load_default_table()
SHARES, BONDS, GOLD = (
    ProductClass.A_SHARE_EQUITY_FUND,
    ProductClass.BOND_FUND,
    ProductClass.GOLD,
)
# Figures are written with twelve decimals.
WRITTEN = 1e-12


def months(count: int) -> tuple[date, ...]:
    return tuple(date(2010 + t // 12, t % 12 + 1, 28) for t in range(count))


def history(returns: Matrix, *classes: ProductClass) -> ReturnHistory:
    days = months(len(returns) + 1)
    return ReturnHistory(
        classes=classes,
        start=days[0],
        dates=days[1:],
        returns=returns,
        periods_per_year=12,
        annual_fees=(0.0,) * len(classes),
        source="made up",
    )


def drawn(seed: int, *classes: ProductClass, count: int = 120) -> ReturnHistory:
    volatilities = {row.product_class: row.volatility for row in PRIOR.classes}
    spread = np.array([volatilities[c] for c in classes]) / np.sqrt(12)
    chance = np.random.default_rng(seed)
    return history(0.004 + spread * chance.normal(size=(count, len(classes))), *classes)


def view(
    weights: dict[ProductClass, float], net_return: float, confidence: float = 0.5
) -> CommitteeView:
    return CommitteeView(weights, net_return, confidence, 'they said "low" \\ 低估\n\x7f')


def committee(*views: CommitteeView) -> Committee:
    return Committee("Investment committee", date(2026, 12, 1), views)


def net_of(built: BuiltModel) -> dict[ProductClass, float]:
    model = built.table.model()
    return dict(zip(model.classes, model.net_returns, strict=True))


def prior_net(product_class: ProductClass) -> float:
    return next(row.net_return for row in PRIOR.classes if row.product_class is product_class)


def test_means_weigh_fifty_years_of_prior_against_the_years_of_prices() -> None:
    shown = drawn(1, SHARES, GOLD)
    built = build_model(shown, prior=PRIOR)
    sample = 12 * shown.returns.mean(axis=0)
    for i, product_class in enumerate((SHARES, GOLD)):
        expected = (50 * prior_net(product_class) + 10 * sample[i]) / 60
        assert net_of(built)[product_class] == pytest.approx(expected, abs=WRITTEN)
    origin = built.table.provenance
    assert origin is not None
    assert origin.prior_weight == pytest.approx(50 / 60, abs=1e-15)
    assert origin.sample_years == 10
    half = net_of(build_model(shown, prior=PRIOR, prior_years=10))
    assert half[GOLD] == pytest.approx((prior_net(GOLD) + sample[1]) / 2, abs=WRITTEN)


def test_volatilities_are_the_samples_with_the_doubt_about_the_mean() -> None:
    shown = drawn(2, SHARES, GOLD)
    model = build_model(shown, prior=PRIOR).table.model()
    sample = shown.returns.std(axis=0, ddof=1) * np.sqrt(12)
    for i, product_class in enumerate((SHARES, GOLD)):
        expected = sample[i] * np.sqrt(1 + 1 / 60)
        assert model.volatilities[model.index(product_class)] == pytest.approx(
            expected, abs=WRITTEN
        )


def test_two_classes_are_correlated_by_their_shrunk_sample() -> None:
    shown = drawn(3, SHARES, GOLD)
    built = build_model(shown, prior=PRIOR)
    estimate = shrink_correlations(shown.returns)
    pair = next(p for p in built.table.pairs if p.pair == {SHARES, GOLD})
    assert pair.correlation == pytest.approx(estimate.shrunk[0, 1], abs=WRITTEN)
    assert pair.estimate == estimate.sample[0, 1]
    assert pair.months == 120
    assert built.table.provenance is not None
    assert built.table.provenance.shrinkage == estimate.shrinkage


def test_classes_without_prices_keep_the_prior_and_are_named() -> None:
    built = build_model(drawn(4, SHARES, GOLD), prior=PRIOR)
    before = PRIOR.model()
    after = built.table.model()
    kept = [c for c in CLASSES if c not in (SHARES, GOLD)]
    rows = [after.index(c) for c in kept]
    np.testing.assert_allclose(after.net_returns[rows], before.net_returns[rows], atol=WRITTEN)
    np.testing.assert_array_equal(after.fees, before.fees)
    block = np.ix_(rows, rows)
    np.testing.assert_allclose(
        after.covariance[block], before.covariance[block] * (1 + 1 / 60), atol=WRITTEN
    )
    told = [s.evidence["product_class"] for s in built.statements if "product_class" in s.evidence]
    assert told == kept


def test_no_prices_could_outweigh_an_endless_prior() -> None:
    built = build_model(drawn(5, GOLD), prior=PRIOR, prior_years=10_000)
    assert net_of(built)[GOLD] == pytest.approx(prior_net(GOLD), abs=1e-4)


def test_a_lone_view_moves_its_portfolio_by_the_confidence() -> None:
    shown = drawn(6, SHARES, BONDS)
    without = net_of(build_model(shown, prior=PRIOR))
    said = committee(view({SHARES: 1.0, BONDS: -1.0}, 0.10, 0.4))
    built = build_model(shown, prior=PRIOR, committee=said)
    net = net_of(built)
    start = without[SHARES] - without[BONDS]
    expected = start + 0.4 * (0.10 - start)
    assert net[SHARES] - net[BONDS] == pytest.approx(expected, abs=1e-11)
    # What is correlated with shares follows, and the view leaves less doubt about them.
    assert net[ProductClass.BALANCED_FUND] > without[ProductClass.BALANCED_FUND]
    plain = build_model(shown, prior=PRIOR).table.model()
    model = built.table.model()
    assert (model.volatilities <= plain.volatilities + WRITTEN).all()
    assert model.volatilities[model.index(SHARES)] < plain.volatilities[plain.index(SHARES)] - 1e-5
    assert model.provenance is not None
    assert model.provenance.committee == said


def test_the_file_reads_back_to_what_was_built() -> None:
    shown = drawn(7, GOLD, SHARES, BONDS)
    said = committee(view({SHARES: 1.0, BONDS: -1.0}, 0.05), view({GOLD: 1.0}, 0.01, 0.2))
    columns = {GOLD: 'gold "spot" 金', SHARES: "index\t300"}
    built = build_model(shown, prior=PRIOR, committee=said, columns=columns)
    again = parse_table(built.text)
    assert again == built.table
    model, built_model = parse_assumptions(built.text), built.table.model()
    np.testing.assert_array_equal(model.covariance, built_model.covariance)
    np.testing.assert_array_equal(model.net_returns, built_model.net_returns)
    assert model.content_hash == built_model.content_hash
    assert model.provenance == built.table.provenance
    origin = model.provenance
    assert origin is not None
    assert [s.column for s in origin.series] == ['gold "spot" 金', "index\t300", "bond_fund"]
    assert [s.product_class for s in origin.series] == [GOLD, SHARES, BONDS]
    assert origin.series[0].mean == pytest.approx(12 * shown.returns[:, 0].mean(), abs=1e-15)
    assert (origin.start, origin.end, origin.periods) == (shown.start, shown.end, 120)
    assert origin.prices_hash == shown.content_hash
    assert (origin.prior_version, origin.prior_hash) == (PRIOR.version, PRIOR.content_hash)
    assert origin.committee == said


def test_a_model_is_dated_by_its_last_price_whatever_is_younger() -> None:
    shown = drawn(15, GOLD)
    assert shown.end < PRIOR.as_of < date(2026, 12, 1)
    said = committee(view({GOLD: 1.0}, 0.01))
    for built in (build_model(shown, prior=PRIOR), build_model(shown, prior=PRIOR, committee=said)):
        assert built.table.as_of == built.table.model().as_of == shown.end
    assert "Dated by the last price" in built.text


def test_the_same_inputs_give_the_same_text_and_others_another_hash() -> None:
    first = build_model(drawn(8, GOLD, SHARES), prior=PRIOR)
    assert build_model(drawn(8, GOLD, SHARES), prior=PRIOR).text == first.text
    other = build_model(drawn(9, GOLD, SHARES), prior=PRIOR)
    assert other.table.content_hash != first.table.content_hash


def test_what_counted_is_told_with_its_weight() -> None:
    built = build_model(
        drawn(10, GOLD, SHARES), prior=PRIOR, committee=committee(view({GOLD: 1.0}, 0.01))
    )
    told = {s.code: s.evidence for s in built.statements}
    weight = told["model.prior_weight"]
    assert weight["weight"] == pytest.approx(5 / 6, abs=1e-15)
    assert weight["sample_weight"] == pytest.approx(1 / 6, abs=1e-15)
    assert told["model.views"] == {"views": 1, "met": date(2026, 12, 1)}
    assert "model.rows_left_out" not in told
    assert "model.repaired" not in told
    assert "a weight of 83.3%" in built.text


def built_unless_contradicting(
    shown: ReturnHistory, *, prior_years: float = 50.0
) -> BuiltModel | None:
    """Return the model, or None where random prices have nothing in common with the prior."""
    try:
        return build_model(shown, prior=PRIOR, prior_years=prior_years)
    except InputError as error:
        if error.code != "contradicting_correlations":
            raise
        return None


@st.composite
def panels(draw: st.DrawFn) -> ReturnHistory:
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=13, unique=True))
    return drawn(draw(st.integers(0, 2**32 - 1)), *classes, count=draw(st.integers(24, 200)))


@given(panels(), st.floats(0.01, 1000))
def test_any_panel_gives_a_usable_model_or_a_named_contradiction(
    shown: ReturnHistory, prior_years: float
) -> None:
    built = built_unless_contradicting(shown, prior_years=prior_years)
    if built is None:
        return
    model = built.table.model()
    np.testing.assert_allclose(
        model.factor.T @ model.factor, model.covariance, atol=1e-9 * model.covariance.max()
    )
    correlations = built.table.correlation_matrix()
    assert np.linalg.eigvalsh(correlations)[0] >= -1e-10
    assert (np.diag(correlations) == 1).all()
    origin = built.table.provenance
    assert origin is not None
    assert 0 <= origin.shrinkage <= 1
    # Every mean lies between prior and sample.
    for series in origin.series:
        low, high = sorted([prior_net(series.product_class), series.mean])
        assert low - WRITTEN <= net_of(built)[series.product_class] <= high + WRITTEN


@given(panels())
def test_the_order_of_columns_does_not_matter(shown: ReturnHistory) -> None:
    first = built_unless_contradicting(shown)
    second = built_unless_contradicting(shown.over(shown.classes[::-1]))
    assert (first is None) == (second is None)
    if first is None or second is None:
        return
    built, other = first.table.model(), second.table.model()
    np.testing.assert_allclose(other.net_returns, built.net_returns, atol=1e-11)
    scale = np.outer(built.volatilities, built.volatilities)
    np.testing.assert_allclose(other.covariance / scale, built.covariance / scale, atol=1e-7)


def shares_and_balanced(correlation: float) -> ReturnHistory:
    """Return prices of shares and balanced funds with exactly this sample correlation."""
    draw = np.random.default_rng(3).normal(size=(240, 2))
    apart, _ = np.linalg.qr(draw - draw.mean(axis=0))
    balanced = correlation * apart[:, 0] + np.sqrt(1 - correlation**2) * apart[:, 1]
    steps = np.column_stack([apart[:, 0], 0.4 * balanced])
    return history(0.06 * np.sqrt(240) * steps, SHARES, ProductClass.BALANCED_FUND)


def test_prices_that_contradict_the_prior_a_little_are_repaired_with_a_warning() -> None:
    # The prior ties private funds and wealth products to both shares and balanced funds, so the two
    # cannot be correlated by as little as one half.
    built = build_model(shares_and_balanced(0.5), prior=PRIOR)
    origin = built.table.provenance
    assert origin is not None
    assert origin.lowest_before == pytest.approx(-0.0513, abs=5e-5)
    assert origin.lowest_after == pytest.approx(0, abs=1e-12)
    assert origin.largest_shift == pytest.approx(0.0226, abs=5e-5)
    told = next(s for s in built.statements if s.code == "model.repaired")
    assert told.severity is Severity.WARNING
    assert told.evidence == {"shift": "0.0226"}
    # The shift told is that of the correlations in the file.
    unrepaired = PRIOR.correlation_matrix()
    i, j = CLASSES.index(SHARES), CLASSES.index(ProductClass.BALANCED_FUND)
    unrepaired[i, j] = unrepaired[j, i] = 0.5 * (1 - origin.shrinkage)
    shift = np.abs(built.table.correlation_matrix() - unrepaired).max()
    assert shift == pytest.approx(origin.largest_shift, abs=1e-11)
    assert f"repair and doubt moved it by -{shift:.4f}" in built.text
    assert np.linalg.eigvalsh(built.table.correlation_matrix())[0] >= -1e-10


def test_prices_that_turn_the_prior_around_are_refused() -> None:
    with pytest.raises(InputError, match=r"/correlations/\w+~\w+: contradicts") as caught:
        build_model(shares_and_balanced(0.1), prior=PRIOR)
    assert caught.value.code == "contradicting_correlations"


def test_too_few_returns_and_still_or_wild_series_are_refused_by_name() -> None:
    with pytest.raises(
        InputError, match=r"/date: hold 23 returns of gold over 1.9 years"
    ) as caught:
        build_model(drawn(11, GOLD, count=23), prior=PRIOR)
    assert caught.value.code == "invalid_prices"
    still = drawn(12, GOLD, SHARES).returns.copy()
    still[:, 0] = 0.001
    with pytest.raises(
        InputError, match=r"/au: has a volatility of .* over 10.0 years, 2010-01-28 to"
    ):
        build_model(history(still, GOLD, SHARES), prior=PRIOR, columns={GOLD: "au"})
    wild = drawn(12, GOLD, SHARES).returns * np.array([1.0, 15.0])
    slips = r"/a_share_equity_fund: has a volatility of .*check for slipped decimal points"
    with pytest.raises(InputError, match=slips):
        build_model(history(np.maximum(wild, -0.99), GOLD, SHARES), prior=PRIOR)


def daily(returns: Matrix, *classes: ProductClass) -> ReturnHistory:
    days = [date(2024, 1, 1) + timedelta(days=t) for t in range(len(returns) + 1)]
    return ReturnHistory(
        classes=classes,
        start=days[0],
        dates=tuple(days[1:]),
        returns=returns,
        periods_per_year=365,
        annual_fees=(0.0,) * len(classes),
        source="made up",
    )


def test_a_quarter_of_a_year_of_days_is_the_least_a_model_is_built_from() -> None:
    chance = np.random.default_rng(16)
    returns = 0.01 * chance.normal(size=(90, 2))
    built = build_model(daily(returns, SHARES, GOLD), prior=PRIOR)
    panels = {row.product_class: row.panel for row in built.table.classes}
    for product_class in (SHARES, GOLD):
        panel = panels[product_class]
        assert panel is not None
        assert panel.months == 3
    with pytest.raises(InputError) as caught:
        build_model(daily(returns[:89], SHARES, GOLD), prior=PRIOR, columns={GOLD: "au"})
    assert caught.value.code == "invalid_prices"
    assert str(caught.value) == (
        "no model can be built from these prices; /date: hold 89 returns of a_share_equity_fund, "
        "au over 89 days, 2024-01-01 to 2024-03-30. Remedy: send at least 25 common prices that "
        "span 90 days or more"
    )


def test_a_posterior_beyond_any_market_names_column_dates_and_remedy() -> None:
    chance = np.random.default_rng(17)
    rising = history(0.9 + 0.3 * chance.normal(size=(24, 1)), GOLD)
    with pytest.raises(InputError) as caught:
        build_model(rising, prior=PRIOR, prior_years=0.01, columns={GOLD: "au"})
    assert caught.value.code == "invalid_prices"
    (problem,) = caught.value.problems
    assert problem.field == "/au"
    assert "leads to a net return of 10.3" in problem.detail
    assert problem.remedy == (
        "check the prices of 2.0 years, 2010-01-28 to 2012-01-28, send more years, or let the "
        "prior count for more"
    )
    # The sample's volatility is allowed, and the doubt about the mean takes it beyond the limit.
    signs = np.resize([1.0, -1.0], (24, 1))
    wild = history(signs * 2.95 / np.sqrt(12 * 24 / 23), GOLD)
    assert build_model(wild, prior=PRIOR).table.provenance is not None
    with pytest.raises(InputError, match=r"/au: leads to .* a volatility of 3.6") as inflated:
        build_model(wild, prior=PRIOR, prior_years=0.01, columns={GOLD: "au"})
    assert inflated.value.code == "invalid_prices"


def test_views_beyond_any_market_are_refused_as_views() -> None:
    absurd = committee(view({BONDS: 1.0}, 5.0))
    with pytest.raises(
        InputError, match=r"/a_share_equity_fund: leads to .* lower the views"
    ) as caught:
        build_model(drawn(18, SHARES), prior=PRIOR, committee=absurd)
    assert caught.value.code == "invalid_views"


def test_two_columns_with_one_series_are_named_as_the_user_named_them() -> None:
    returns = drawn(19, GOLD).returns
    twice = history(np.hstack([returns, returns + 1e-8]), BONDS, GOLD)
    with pytest.raises(InputError) as caught:
        build_model(twice, prior=PRIOR, columns={BONDS: "x", GOLD: "y"})
    assert caught.value.code == "invalid_prices"
    assert "/y: has the returns of x in every period over 10.0 years, 2010-01-28" in str(
        caught.value
    )


def test_contradicting_columns_are_named_as_the_user_named_them() -> None:
    names = {SHARES: "index 300", ProductClass.BALANCED_FUND: "mix"}
    with pytest.raises(
        InputError, match=r"/correlations/wealth_fixed_income_plus~index 300: contr"
    ):
        build_model(shares_and_balanced(0.1), prior=PRIOR, columns=names)


def uncorrelated(count: int) -> ReturnHistory:
    """Return prices of shares and gold whose sample correlation is exactly zero."""
    draw = np.random.default_rng(20).normal(size=(count, 2))
    apart, _ = np.linalg.qr(draw - draw.mean(axis=0))
    return history(0.05 * np.sqrt(count) * apart, SHARES, GOLD)


def test_correlations_taken_wholly_for_chance_are_warned_of() -> None:
    built = build_model(uncorrelated(60), prior=PRIOR)
    origin = built.table.provenance
    assert origin is not None
    assert origin.shrinkage > STRONG_SHRINKAGE
    told = next(s for s in built.statements if s.code == "model.correlations_lost")
    assert told.severity is Severity.WARNING
    assert told.evidence == {"shrinkage": origin.shrinkage}
    # Correlations that stand out, and one series alone, give no such warning.
    for shown in (shares_and_balanced(0.5), drawn(21, GOLD)):
        codes = {s.code for s in build_model(shown, prior=PRIOR).statements}
        assert "model.correlations_lost" not in codes


def test_a_class_kept_from_the_prior_keeps_the_day_it_was_seen() -> None:
    built = build_model(drawn(22, GOLD), prior=PRIOR)
    before = {row.product_class: row.seen for row in PRIOR.classes}
    for row in built.table.classes:
        expected = date(2020, 1, 28) if row.product_class is GOLD else before[row.product_class]
        assert row.seen == expected


@pytest.mark.parametrize("prior_years", [0.0, -1.0, float("nan"), float("inf"), 10_001.0])
def test_a_prior_worth_nothing_or_everything_is_refused(prior_years: float) -> None:
    with pytest.raises(InputError, match="prior_years"):
        build_model(drawn(13, GOLD), prior=PRIOR, prior_years=prior_years)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("shrinkage = ", "shrinkage = 1", "/provenance/shrinkage"),
        ("prior_years = 50.0", "prior_years = -1", "/provenance/prior_years"),
        ("periods = 120", "periods = 120.5", "/provenance/periods: must be a whole number"),
        ('prices_hash = "', 'prices_hash = "a', "/provenance/prices_hash: is not a SHA-256"),
        ('prior_hash = "', 'prior_hash = "x', "/provenance/prior_hash: is not a SHA-256"),
        ("[[provenance.series]]", "[[provenance.sries]]", "/provenance/sries"),
        ('product_class = "gold"', 'product_class = "silver"', "/provenance/series/0"),
        ("confidence = 0.5", "confidence = 1.5", "/provenance/committee/view/0/confidence"),
    ],
)
def test_a_broken_provenance_is_refused_by_field(old: str, new: str, told: str) -> None:
    built = build_model(
        drawn(14, GOLD, SHARES), prior=PRIOR, committee=committee(view({GOLD: 1.0}, 0.01))
    )
    assert old in built.text
    with pytest.raises(InputError) as caught:
        parse_table(built.text.replace(old, new))
    assert told in str(caught.value)


def test_the_shipped_assumptions_have_no_provenance_of_this_kind() -> None:
    assert PRIOR.provenance is None
    assert PRIOR.model().provenance is None


def test_a_model_from_real_prices_keeps_to_its_formulas() -> None:
    if not PANEL.exists():
        pytest.skip(f"the monthly price panel is not at {PANEL}; set ROBO_PRICE_PANEL to its path")
    columns = {
        "cn_money_etf_tr": ProductClass.MONEY_FUND,
        "cn_deposit1y_idx": ProductClass.TIME_DEPOSIT,
        "cn_treasury_tr": BONDS,
        "csi300_etf_tr_est": SHARES,
        "sp500_tr_cny": ProductClass.OVERSEAS_EQUITY_FUND,
        "gold_cny_g": GOLD,
    }
    shown = read_price_csv(PANEL.read_text(encoding="utf-8"), columns=columns)
    assert (shown.start, shown.end) == (date(2013, 4, 30), date(2023, 12, 31))
    assert len(shown.dates) == 128
    assert shown.left_out == 100
    built = build_model(shown, prior=PRIOR, columns={c: name for name, c in columns.items()})
    origin, model = built.table.provenance, built.table.model()
    assert origin is not None
    assert origin.prior_weight == pytest.approx(50 / (50 + 128 / 12), abs=1e-15)
    assert origin.largest_shift == 0
    volatilities = dict(zip(model.classes, model.volatilities, strict=True))
    assert volatilities[SHARES] == pytest.approx(0.2202, abs=5e-5)
    assert volatilities[ProductClass.MONEY_FUND] == pytest.approx(0.0032, abs=5e-5)
    assert net_of(built)[ProductClass.OVERSEAS_EQUITY_FUND] == pytest.approx(0.0730, abs=5e-5)
    estimates = {p.pair: p for p in built.table.pairs if p.window.startswith("2013-04-30")}
    assert len(estimates) == len(list(combinations(columns, 2)))
    for pair in estimates.values():
        assert pair.estimate is not None
        expected = (1 - origin.shrinkage) * pair.estimate
        assert pair.correlation == pytest.approx(expected, abs=WRITTEN)
