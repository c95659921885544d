from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.annuity import growing_annuity
from allocator.life_cycle.needs import (
    Goal,
    Support,
    critical_illness_need,
    emergency_fund,
    emergency_months,
    goals_reserve,
    life_cover_need,
    reserve_share,
)
from allocator.money import ZERO, Money

AS_OF = date(2026, 11, 20)
yuan = Money.parse


def test_a_growing_annuity_equals_the_sum_of_its_discounted_payments() -> None:
    by_hand = sum(210_000 * 1.02**k / 1.03 ** (k + 1) for k in range(28))
    assert growing_annuity(210_000, years=28, growth=0.02, discount_rate=0.03) == pytest.approx(
        by_hand, rel=1e-12
    )
    assert round(by_hand, 2) == 5_019_814.65


def test_an_annuity_is_continuous_where_growth_meets_the_discount_rate() -> None:
    at = growing_annuity(1.0, years=18, growth=0.02, discount_rate=0.02)
    near = growing_annuity(1.0, years=18, growth=0.02, discount_rate=0.02 + 1e-7)
    assert at == pytest.approx(near, rel=1e-5)


def test_an_annuity_that_is_over_is_worth_nothing_and_absurd_rates_are_refused() -> None:
    assert growing_annuity(1.0, years=-1, growth=0.02, discount_rate=0.03) == 0
    with pytest.raises(InputError, match="rates above -1"):
        growing_annuity(1.0, years=1, growth=0.0, discount_rate=-1.0)


def test_the_needs_method_gives_the_published_case() -> None:
    need = life_cover_need(
        support=[Support(yuan("120000"), years=18)],
        debts=yuan("1000000"),
        education=yuan("400000"),
        earmarked=yuan("800000"),
    )
    assert need == yuan("2717647.06")


def test_assets_beyond_every_need_leave_no_life_cover_to_buy() -> None:
    need = life_cover_need(support=[], debts=ZERO, education=ZERO, earmarked=yuan("1.00"))
    assert need == ZERO


@pytest.mark.parametrize(
    ("uncertainty", "extra", "months"), [(0, 0, 3), (1, 0, 6), (0.5, 3, 7.5), (1, 6, 12)]
)
def test_emergency_months_rise_with_uncertainty_up_to_twelve(
    uncertainty: float, extra: float, months: float
) -> None:
    assert emergency_months(income_uncertainty=uncertainty, extra_months=extra) == months


def test_an_uncertainty_above_one_is_refused() -> None:
    with pytest.raises(InputError, match="income_uncertainty"):
        emergency_months(income_uncertainty=1.1)


def test_the_emergency_fund_is_months_times_essential_spending() -> None:
    fund = emergency_fund(months=5.25, monthly_essential=yuan("3333.33"))
    assert fund == yuan("17499.98")
    with pytest.raises(InputError, match="months"):
        emergency_fund(months=float("nan"), monthly_essential=yuan("1"))


def test_critical_illness_cover_is_treatment_and_three_years_of_income() -> None:
    assert critical_illness_need(ZERO) == yuan("300000")
    assert critical_illness_need(yuan("240000")) == yuan("1020000")


def test_the_reserve_of_two_goals_matches_the_published_example() -> None:
    # 400 000 in two years and 300 000 in four: R = 361 862.34 with whole years; dates differ
    # from whole years by at most a day.
    goals = [
        Goal("school", yuan("400000"), AS_OF.replace(year=2028)),
        Goal("car", yuan("300000"), AS_OF.replace(year=2030)),
    ]
    assert float(goals_reserve(goals, as_of=AS_OF)) == pytest.approx(361_862.34, abs=400)
    exact = sum(a * reserve_share(h) / 1.015**h for a, h in [(400_000, 2), (300_000, 4)])
    assert round(exact, 2) == 361_862.34


def test_a_goal_already_past_is_refused() -> None:
    with pytest.raises(InputError, match="due"):
        goals_reserve([Goal("late", yuan("1"), AS_OF - timedelta(days=1))], as_of=AS_OF)


@given(st.integers(0, 5000), st.integers(1, 500))
def test_the_reserve_never_falls_as_a_goal_comes_nearer(days: int, nearer: int) -> None:
    far = Goal("goal", yuan("100000"), AS_OF + timedelta(days=days + nearer))
    near = Goal("goal", yuan("100000"), AS_OF + timedelta(days=days))
    assert goals_reserve([near], as_of=AS_OF) >= goals_reserve([far], as_of=AS_OF)
