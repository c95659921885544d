"""Paths: recursion without risk, closed forms with it, order, scale, seeds and memory."""

import math
import tracemalloc
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from allocator.errors import InputError
from allocator.life_cycle.path_simulation import (
    PATHS_PER_BLOCK,
    PathSimulation,
    Payment,
    Vector,
    simulate_paths,
)
from allocator.life_cycle.return_shocks import match_growth

STORM, CALM = 1 + math.sqrt(38), (1 - 0.05 * (1 + math.sqrt(38))) / 0.95


def simulate(
    *,
    wealth: float = 100_000.0,
    means: Vector | None = None,
    volatilities: Vector | None = None,
    flows: Vector | None = None,
    payments: tuple[Payment, ...] = (),
    years: int = 5,
    paths: int = 400,
    seed: int = 7,
    locked: Vector | None = None,
) -> PathSimulation:
    return simulate_paths(
        wealth=wealth,
        expected_returns=np.full(years, 0.04) if means is None else means,
        volatilities=np.full(years, 0.12) if volatilities is None else volatilities,
        flows=np.zeros(12 * years) if flows is None else flows,
        payments=payments,
        paths=paths,
        seed=seed,
        locked=locked,
    )


def probabilities(found: PathSimulation) -> list[float]:
    months = range(1, len(found.lasting_paths) + 1)
    return [
        *(one.met.estimate for one in found.payments),
        *(found.lasted_through(month).estimate for month in months),
        found.all_met.estimate,
    ]


def wealth_figures(found: PathSimulation) -> list[float]:
    return [
        figure
        for end in found.year_ends
        for one in end.wealth
        for figure in (one.low, one.estimate, one.high)
    ]


@given(
    wealth=st.integers(0, 300_000),
    means=st.lists(st.sampled_from([-0.03, 0.0, 0.02, 0.07]), min_size=3, max_size=3),
    flows=st.lists(st.integers(-9_000, 9_000), min_size=36, max_size=36),
    due=st.lists(
        st.tuples(st.integers(0, 36), st.integers(1, 90_000), st.sampled_from([0, 0, 40_000])),
        max_size=5,
    ),
    locks=st.lists(st.integers(0, 200_000), min_size=3, max_size=3) | st.just([0, 0, 0]),
)
def test_without_volatility_every_path_is_the_recursion_by_hand(
    wealth: int,
    means: list[float],
    flows: list[int],
    due: list[tuple[int, int, int]],
    locks: list[int],
) -> None:
    # Thirds keep sums off the ties that whole yuan would meet at a mean of zero.
    payments = tuple(
        Payment(month, amount + 1 / 3, locked + 1 / 9) for month, amount, locked in due
    )
    balance = wealth + 1 / 7
    met: dict[int, bool] = {}
    lasted: list[bool] = []
    at_year_end: list[float] = []
    for month in range(37):
        if month:
            balance *= (1 + means[(month - 1) // 12]) ** (1 / 12)
            wanted = -flows[month - 1]
            free = max(balance - locks[(month - 1) // 12], 0.0) if wanted > 0 else math.inf
            lasted.append(wanted <= free and (not lasted or lasted[-1]))
            balance -= min(wanted, free)
        for index, payment in enumerate(payments):
            if payment.month == month:
                free = max(balance - payment.locked, 0.0)
                met[index] = payment.amount <= free
                balance -= min(payment.amount, free)
        at_year_end += [balance] if month and month % 12 == 0 else []

    found = simulate(
        wealth=wealth + 1 / 7,
        means=np.array(means),
        volatilities=np.zeros(3),
        flows=np.array(flows, dtype=float),
        payments=payments,
        years=3,
        paths=100,
        locked=np.repeat(np.array(locks, dtype=float), 12),
    )
    assert [one.payment for one in found.payments] == list(payments)
    assert [one.met.estimate for one in found.payments] == [met[i] for i in range(len(payments))]
    assert [count == 100 for count in found.lasting_paths] == lasted
    assert found.all_met.estimate == (all(met.values()) and lasted[-1])
    for end, expected in zip(found.year_ends, at_year_end, strict=True):
        assert wealth_figures(replace(found, year_ends=(end,))) == pytest.approx(
            [expected] * 15, rel=1e-9, abs=1e-6
        )


def test_what_is_locked_is_not_spent_until_its_month() -> None:
    # 100 000, of which 80 000 come free after two years; 1 000 a month is drawn.
    locked = np.repeat([80_000.0, 80_000.0, 0.0, 0.0, 0.0], 12)
    plan = partial(
        simulate, means=np.zeros(5), volatilities=np.zeros(5), flows=np.full(60, -1_000.0)
    )
    found = plan(locked=locked)
    assert [found.lasted_through(m).estimate for m in (20, 21, 60)] == [1.0, 0.0, 0.0]
    # What could not be drawn was left: 80 000 at the end of the second year, 44 000 in the end.
    assert [end.median.estimate for end in found.year_ends] == pytest.approx(
        [88_000, 80_000, 68_000, 56_000, 44_000]
    )
    assert plan().lasted_through(60).estimate == 1.0


def test_a_payment_is_met_from_what_is_free_on_its_day_alone() -> None:
    plan = partial(simulate, means=np.zeros(5), volatilities=np.zeros(5))
    for month in (0, 1, 24):
        for amount, is_met in ((19_999.0, 1.0), (20_000.0, 1.0), (20_001.0, 0.0)):
            (found,) = plan(payments=(Payment(month, amount, 80_000.0),)).payments
            assert found.met.estimate == is_met
    # Whatever is short takes what is free, and the next one of the day finds nothing.
    pair = (Payment(24, 30_000.0, 80_000.0), Payment(24, 1.0, 80_000.0), Payment(25, 80_000.0))
    assert [one.met.estimate for one in plan(payments=pair).payments] == [0.0, 0.0, 1.0]


def test_what_is_due_now_is_paid_before_any_return_or_saving() -> None:
    flows = np.full(60, 1_000.0)
    for wealth, is_met in ((50_000.0, 1.0), (49_999.0, 0.0)):
        (found,) = simulate(wealth=wealth, flows=flows, payments=(Payment(0, 50_000.0),)).payments
        assert found.met.estimate == is_met


def test_locks_of_nothing_leave_every_bit_as_it_was() -> None:
    flows = np.concatenate([np.full(30, 500.0), np.full(30, -2_500.0)])
    plan = partial(simulate, flows=flows, payments=(Payment(40, 70_000.0),), paths=5_000)
    assert plan(locked=np.zeros(60)) == plan()


def test_a_plan_that_ends_at_exactly_zero_is_met_in_spite_of_rounding() -> None:
    rate = 1.03 ** (1 / 12)
    annuity = sum(1_000 / rate**month for month in range(1, 241))
    plan = partial(
        simulate,
        means=np.full(21, 0.03),
        volatilities=np.zeros(21),
        flows=np.concatenate([np.full(240, -1_000.0), np.zeros(12)]),
        years=21,
    )
    grown = Payment(252, 500.0 * rate**252)
    found = plan(wealth=annuity + 500.0, payments=(grown,))
    assert found.all_met.estimate == 1.0
    short = plan(wealth=annuity + 499.99, payments=(grown,))
    assert short.payments[0].met.estimate == 0.0
    assert short.lasted_through(252).estimate == 1.0


def test_saving_after_ruin_starts_again_from_zero_and_the_ruin_stays_recorded() -> None:
    flows = np.array([-10.0] * 12 + [5.0] * 12)
    found = simulate(
        wealth=35.0,
        means=np.zeros(2),
        volatilities=np.zeros(2),
        flows=flows,
        payments=(Payment(13, 6.0), Payment(24, 55.0)),
        years=2,
        paths=100,
    )
    assert found.lasting_paths == (100,) * 3 + (0,) * 21
    assert [found.lasted_through(month).estimate for month in (1, 3, 4, 24)] == [1, 1, 0, 0]
    assert [one.met.estimate for one in found.payments] == [0.0, 1.0]
    assert [end.median.estimate for end in found.year_ends] == [0.0, 0.0]
    assert [end.lasted for end in found.year_ends] == [found.lasted_through(12)] * 2


def exact_tail(*, means: list[float], volatilities: list[float], least_growth: float) -> float:
    """P(growth over two years is at least `least_growth`), summed over counts of storms."""
    growth = match_growth(expected_returns=np.array(means), volatilities=np.array(volatilities))
    storms = np.arange(13)
    weights = np.outer(binom.pmf(storms, 12, 0.05), binom.pmf(storms, 12, 0.05))
    variances = [scale**2 * (storms * STORM + (12 - storms) * CALM) for scale in growth.scale]
    spread = np.sqrt(np.add.outer(*variances))
    distance = (12 * growth.drift.sum() - math.log(least_growth)) / spread
    return float((weights * norm.cdf(distance)).sum())


@pytest.mark.parametrize("least_growth", [0.6, 0.8, 0.95, 1.1, 1.4, 1.8])
def test_a_lone_payment_has_the_exact_probability_of_the_mixture(least_growth: float) -> None:
    means, volatilities = [0.06, 0.01], [0.25, 0.10]
    found = simulate(
        means=np.array(means),
        volatilities=np.array(volatilities),
        payments=(Payment(24, 100_000 * least_growth),),
        years=2,
        paths=40_000,
    )
    exact = exact_tail(means=means, volatilities=volatilities, least_growth=least_growth)
    error = math.sqrt(exact * (1 - exact) / 40_000)
    assert abs(found.payments[0].met.estimate - exact) < 4 * error


def test_decades_of_months_come_close_to_the_lognormal_probability() -> None:
    # Forty years average the storms: what is left of the tails is below a percentage point.
    years, mean, volatility = 40, 0.03, 0.12
    variance = years * math.log1p((volatility / (1 + mean)) ** 2)
    median = math.exp(years * math.log1p(mean) - variance / 2)
    for quantile in (0.05, 0.25, 0.5, 0.75, 0.95):
        amount = 100_000 * median * math.exp(norm.ppf(quantile) * math.sqrt(variance))
        found = simulate(
            means=np.full(years, mean),
            volatilities=np.full(years, volatility),
            payments=(Payment(480, amount),),
            years=years,
            paths=10_000,
        )
        assert found.payments[0].met.estimate == pytest.approx(1 - quantile, abs=0.015)


def test_mean_wealth_with_saving_is_the_closed_form() -> None:
    means = np.array([0.06, 0.05, 0.04, 0.03, 0.02, 0.01])
    flows = np.repeat([500.0, 1_000.0, 0.0, 2_000.0, 100.0, 300.0], 12)
    found = simulate(
        means=means,
        volatilities=np.linspace(0.2, 0.05, 6),
        flows=flows,
        years=6,
        paths=40_000,
    )
    expected = 100_000.0
    for year, end in enumerate(found.year_ends):
        monthly = (1 + means[year]) ** (1 / 12)
        expected = expected * monthly**12 + flows[12 * year] * sum(monthly**k for k in range(12))
        assert abs(end.mean_wealth - expected) < 4 * end.mean_standard_error
        assert end.mean_standard_error < 0.01 * expected


def test_standard_errors_are_those_that_other_seeds_show() -> None:
    plan = partial(
        simulate, payments=(Payment(60, 105_000.0),), flows=np.full(60, -200.0), paths=500
    )
    found = [plan(seed=seed) for seed in range(150)]
    stated = np.mean([one.payments[0].met.standard_error for one in found])
    seen = np.std([one.payments[0].met.estimate for one in found], ddof=1)
    assert seen == pytest.approx(stated, rel=0.2)
    means = np.array([[one.year_ends[-1].mean_wealth for one in found]])
    errors = np.mean([one.year_ends[-1].mean_standard_error for one in found])
    assert means.std(ddof=1) == pytest.approx(errors, rel=0.2)


def test_intervals_of_percentiles_cover_the_exact_median() -> None:
    growth = match_growth(expected_returns=np.full(5, 0.04), volatilities=np.full(5, 0.12))
    median = 100_000 * math.exp(12 * float(growth.drift.sum()))
    ends = [simulate(seed=seed, paths=200).year_ends[-1].median for seed in range(300)]
    covered = sum(one.low <= median <= one.high for one in ends) / 300
    assert 0.92 <= covered <= 0.99


@given(
    wealth=st.floats(0, 5e5),
    flows=st.lists(st.floats(-5e3, 5e3), min_size=36, max_size=36),
    due=st.lists(st.tuples(st.integers(0, 36), st.floats(1.0, 3e5)), min_size=1, max_size=3),
    locked=st.floats(0, 3e5),
    month=st.integers(0, 35),
    more=st.floats(0, 1e5),
    less=st.floats(0.01, 1),
    seed=st.integers(0, 1000),
)
def test_more_wealth_more_saving_or_a_smaller_goal_never_lowers_a_probability(
    wealth: float,
    flows: list[float],
    due: list[tuple[int, float]],
    locked: float,
    month: int,
    more: float,
    less: float,
    seed: int,
) -> None:
    payments = tuple(Payment(when, amount, locked) for when, amount in due)
    plan = partial(simulate, years=3, paths=150, seed=seed, locked=np.full(36, locked))
    before = np.array(flows)
    raised = before.copy()
    raised[month] += more
    smaller = (replace(payments[0], amount=payments[0].amount * less), *payments[1:])
    base = plan(wealth=wealth, flows=before, payments=payments)
    for better in (
        plan(wealth=wealth + more, flows=before, payments=payments),
        plan(wealth=wealth, flows=raised, payments=payments),
        plan(wealth=wealth, flows=before, payments=smaller),
    ):
        assert np.all(np.array(probabilities(better)) >= probabilities(base))
        assert np.all(np.array(wealth_figures(better)) >= wealth_figures(base))


def test_only_proportions_matter() -> None:
    flows = np.concatenate([np.full(30, 1_500.0), np.full(30, -1_500.0)])
    payments = (Payment(24, 60_000.0), Payment(40, 50_000.0))
    base = simulate(flows=flows, payments=payments)
    scaled = simulate(
        wealth=730_000.0,
        flows=7.3 * flows,
        payments=tuple(Payment(one.month, 7.3 * one.amount) for one in payments),
    )
    assert probabilities(scaled) == probabilities(base)
    assert 0 < base.all_met.estimate < 1
    assert wealth_figures(scaled) == pytest.approx(
        [7.3 * figure for figure in wealth_figures(base)], rel=1e-9, abs=1e-6
    )


def test_a_seed_repeats_its_figures_and_another_seed_has_others() -> None:
    assert simulate() == simulate()
    assert simulate(seed=8).year_ends != simulate().year_ends


def test_more_years_leave_the_earlier_ones_as_they_were() -> None:
    flows = np.full(120, -900.0)
    short = simulate(flows=flows[:60])
    long = simulate(flows=flows, years=10)
    assert long.year_ends[:5] == short.year_ends
    assert long.lasting_paths[:60] == short.lasting_paths


def test_no_block_repeats_the_paths_of_another() -> None:
    one = simulate(paths=PATHS_PER_BLOCK, years=1)
    two = simulate(paths=2 * PATHS_PER_BLOCK, years=1)
    assert one.year_ends[0].median.estimate != two.year_ends[0].median.estimate
    assert two.year_ends[0].mean_standard_error == pytest.approx(
        one.year_ends[0].mean_standard_error / math.sqrt(2), rel=0.1
    )


def test_a_block_that_is_not_full_counts_each_path_once() -> None:
    paths = PATHS_PER_BLOCK + 123
    found = simulate(paths=paths, years=1, flows=np.full(12, 1.0))
    assert found.lasting_paths == (paths,) * 12
    assert found.all_met.estimate == 1.0
    assert found.paths == paths


def test_stormy_and_calm_years_stand_where_the_glide_path_puts_them() -> None:
    found = simulate(means=np.full(3, 0.02), volatilities=np.array([0.0, 0.2, 0.0]), years=3)
    first, second, third = (end.wealth for end in found.year_ends)
    assert first[0].estimate == pytest.approx(102_000, rel=1e-12)
    assert first[0].estimate == first[-1].estimate
    assert second[-1].estimate > 1.3 * second[0].estimate
    assert [one.estimate for one in third] == pytest.approx(
        [1.02 * one.estimate for one in second], rel=1e-12
    )


def test_memory_stays_small_at_twenty_thousand_paths_of_forty_years() -> None:
    tracemalloc.start()
    try:
        simulate(years=40, paths=20_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30e6


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wealth": -0.01}, "wealth"),
        ({"wealth": math.nan}, "wealth"),
        ({"wealth": math.inf}, "wealth"),
        ({"flows": np.zeros(59)}, "flows"),
        ({"flows": np.zeros((60, 1))}, "flows"),
        ({"flows": np.full(60, math.nan)}, "flows"),
        ({"flows": np.full(60, -math.inf)}, "flows"),
        ({"means": np.full(5, math.nan)}, "expected_returns"),
        ({"volatilities": np.full(5, -0.1)}, "volatilities"),
        ({"volatilities": np.full(4, 0.1)}, "volatilities"),
        ({"payments": (Payment(1, 1.0), Payment(61, 1.0))}, "payments/1/month"),
        ({"payments": (Payment(-1, 1.0),)}, "payments/0/month"),
        ({"payments": (Payment(1, 1.0, -1.0),)}, "payments/0/locked"),
        ({"payments": (Payment(1, 1.0, math.nan),)}, "payments/0/locked"),
        ({"locked": np.zeros(59)}, "locked"),
        ({"locked": np.full(60, -1.0)}, "locked"),
        ({"locked": np.full(60, math.nan)}, "locked"),
        ({"payments": (Payment(1, 0.0),)}, "payments/0/amount"),
        ({"payments": (Payment(1, math.nan),)}, "payments/0/amount"),
        ({"paths": 99}, "paths"),
        ({"paths": 1_000_001}, "paths"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_plan_that_cannot_be_simulated_is_refused_by_field(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InputError) as refused:
        simulate(**changes)  # type: ignore[arg-type]
    assert {problem.field for problem in refused.value.problems} == {field}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        simulate(wealth=-1.0, paths=1, payments=(Payment(99, -1.0),))
    fields = [problem.field for problem in refused.value.problems]
    assert fields == ["wealth", "payments/0/month", "payments/0/amount", "paths"]


def test_a_month_outside_the_simulation_has_no_probability() -> None:
    found = simulate(years=1)
    for month in (0, 13):
        with pytest.raises(InputError, match="from 1 to 12"):
            found.lasted_through(month)
