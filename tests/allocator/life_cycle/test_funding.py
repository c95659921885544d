"""Funding ratios: closed forms, and agreement with a simulation without risk."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.annuity import growing_annuity
from allocator.life_cycle.funding import payment_funding, withdrawal_funding
from allocator.life_cycle.path_simulation import Payment, Vector, simulate_paths


def test_a_lone_payment_is_funded_by_wealth_grown_safely() -> None:
    (found,) = payment_funding(
        wealth=50_000.0, flows=np.zeros(120), payments=(Payment(120, 100_000.0),), safe_rate=0.01
    )
    assert found.need == pytest.approx(100_000 / 1.01**10, rel=1e-12)
    assert found.ratio == pytest.approx(0.5 * 1.01**10, rel=1e-12)


def test_saving_counts_up_to_and_including_the_payments_month() -> None:
    flows = np.array([100.0, 10.0, 1.0])
    for month, resources in ((0, 7.0), (1, 107.0), (2, 117.0), (3, 118.0)):
        (found,) = payment_funding(
            wealth=7.0, flows=flows, payments=(Payment(month, 1.0),), safe_rate=0.0
        )
        assert found.resources == resources


def test_saving_is_worth_what_the_annuity_formula_says() -> None:
    rate, years = 0.012, 25
    monthly = 1.012 ** (1 / 12) - 1
    value = growing_annuity(800.0, years=12 * years, growth=0.0, discount_rate=monthly)
    (found,) = payment_funding(
        wealth=0.0,
        flows=np.full(12 * years, 800.0),
        payments=(Payment(12 * years, 1.0),),
        safe_rate=rate,
    )
    assert found.resources == pytest.approx(value, rel=1e-9)


def test_payments_are_funded_in_order_of_date_and_told_in_the_order_given() -> None:
    later, first, second = Payment(24, 40.0), Payment(12, 60.0), Payment(12, 50.0)
    found = payment_funding(
        wealth=100.0, flows=np.zeros(24), payments=(later, first, second), safe_rate=0.0
    )
    assert [one.resources for one in found] == [-10.0, 100.0, 40.0]
    assert [one.ratio for one in found] == [-0.25, 100 / 60, 0.8]


def test_a_ratio_is_negative_where_withdrawals_take_more_than_there_is() -> None:
    (found,) = payment_funding(
        wealth=10.0, flows=np.full(12, -2.0), payments=(Payment(12, 7.0),), safe_rate=0.0
    )
    assert found.ratio == pytest.approx(-2.0)


def test_retirement_is_one_need_funded_by_what_comes_before_it() -> None:
    rate, monthly = 0.015, 1.015 ** (1 / 12) - 1
    flows = np.concatenate([np.full(240, 2_000.0), np.full(360, -3_000.0)])
    found = withdrawal_funding(
        wealth=300_000.0,
        flows=flows,
        payments=(Payment(0, 7_000.0), Payment(60, 100_000.0), Payment(241, 99_999.0)),
        safe_rate=rate,
        first_month=241,
        last_month=600,
    )
    need = growing_annuity(3_000.0, years=360, growth=0.0, discount_rate=monthly) / 1.015**20
    saved = growing_annuity(2_000.0, years=240, growth=0.0, discount_rate=monthly)
    assert found.need == pytest.approx(need, rel=1e-9)
    assert found.resources == pytest.approx(293_000 + saved - 100_000 / 1.015**5, rel=1e-9)


def test_a_span_that_needs_nothing_has_no_ratio() -> None:
    found = withdrawal_funding(
        wealth=5.0,
        flows=np.array([1.0, -1.0, 2.0]),
        payments=(),
        safe_rate=0.0,
        first_month=2,
        last_month=3,
    )
    assert found.need == -1.0
    assert found.ratio is None


@given(
    wealth=st.floats(0, 1e6),
    flows=st.lists(st.floats(0, 5e3), min_size=24, max_size=24),
    due=st.lists(st.tuples(st.integers(0, 24), st.floats(1e3, 1e6)), min_size=1, max_size=4),
    rate=st.floats(-0.02, 0.05),
)
def test_without_risk_all_payments_are_met_exactly_where_every_ratio_is_one_or_more(
    wealth: float, flows: list[float], due: list[tuple[int, float]], rate: float
) -> None:
    payments = tuple(Payment(month, amount) for month, amount in due)
    funded = payment_funding(
        wealth=wealth, flows=np.array(flows), payments=payments, safe_rate=rate
    )
    lowest = min(one.ratio for one in funded if one.ratio is not None)
    assume(abs(lowest - 1) > 1e-6)
    simulated = simulate_paths(
        wealth=wealth,
        expected_returns=np.full(2, rate),
        volatilities=np.zeros(2),
        flows=np.array(flows),
        payments=payments,
        paths=100,
        seed=1,
    )
    assert simulated.all_met.estimate == (1.0 if lowest > 1 else 0.0)


@pytest.mark.parametrize(
    ("wealth", "flows", "payments", "rate", "field"),
    [
        (-1.0, np.zeros(3), (), 0.0, "wealth"),
        (1.0, np.array([]), (), 0.0, "flows"),
        (1.0, np.zeros(3), (Payment(4, 1.0),), 0.0, "payments/0/month"),
        (1.0, np.zeros(3), (), -1.0, "safe_rate"),
        (1.0, np.zeros(3), (), float("nan"), "safe_rate"),
    ],
)
def test_what_cannot_be_discounted_is_refused_by_field(
    wealth: float, flows: Vector, payments: tuple[Payment, ...], rate: float, field: str
) -> None:
    with pytest.raises(InputError) as refused:
        payment_funding(wealth=wealth, flows=flows, payments=payments, safe_rate=rate)
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize(("first", "last"), [(0, 2), (3, 2), (2, 4)])
def test_a_span_outside_the_plan_is_refused(first: int, last: int) -> None:
    with pytest.raises(InputError, match="first_month"):
        withdrawal_funding(
            wealth=1.0,
            flows=np.zeros(3),
            payments=(),
            safe_rate=0.0,
            first_month=first,
            last_month=last,
        )
