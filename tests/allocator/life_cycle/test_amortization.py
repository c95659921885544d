"""Debts against the loop a bank would run: interest, then the payment, month by month."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.amortization import balance_after, months_to_repay

balances = st.floats(1, 1e8)
rates = st.one_of(st.just(0.0), st.floats(1e-6, 1.0))
LONGEST = 600


def loop(balance: float, annual_rate: float, payment: float, months: int) -> float:
    for _ in range(months):
        balance = max(0.0, balance * (1 + annual_rate / 12) - payment)
    return balance


@given(balances, rates, st.floats(0, 1), st.integers(0, LONGEST))
def test_the_balance_is_what_month_by_month_repayment_leaves(
    balance: float, rate: float, share: float, months: int
) -> None:
    assume((1 + rate / 12) ** months < 1e6)
    left = balance_after(
        months, balance=balance, annual_rate=rate, monthly_payment=share * balance / 10
    )
    # Hundreds of roundings in the loop: a debt of 10^12 differs in its sixteenth digit.
    expected = loop(balance, rate, share * balance / 10, months)
    assert left == pytest.approx(expected, rel=1e-12, abs=1e-3)


@given(balances, rates, st.floats(1.01, 50))
def test_the_debt_ends_in_the_month_in_which_the_loop_reaches_zero(
    balance: float, rate: float, times: float
) -> None:
    payment = times * balance * max(rate / 12, 1 / LONGEST)
    lasts = months_to_repay(balance=balance, annual_rate=rate, monthly_payment=payment)
    whole = math.ceil(lasts)
    assume(abs(lasts - round(lasts)) > 1e-6)
    assert loop(balance, rate, payment, whole) == pytest.approx(0, abs=1e-6 * balance)
    assert loop(balance, rate, payment, whole - 1) > 0


def test_a_published_mortgage_table_is_met() -> None:
    # 30 years at 4.9 % a year: 5 307.27 yuan a month repay a million, as Chinese banks print it.
    lasts = months_to_repay(balance=1_000_000, annual_rate=0.049, monthly_payment=5_307.27)
    assert lasts == pytest.approx(360, abs=0.01)


@pytest.mark.parametrize(("rate", "payment"), [(0.12, 1000.0), (0.12, 999.0), (0.0, 0.0)])
def test_a_payment_within_the_interest_never_ends_the_debt(rate: float, payment: float) -> None:
    lasts = months_to_repay(balance=100_000, annual_rate=rate, monthly_payment=payment)
    assert math.isinf(lasts)
    left = balance_after(24, balance=100_000, annual_rate=rate, monthly_payment=payment)
    assert left >= 100_000 - 1e-6


def test_nothing_owed_lasts_no_month() -> None:
    assert months_to_repay(balance=0, annual_rate=0.05, monthly_payment=0) == 0
    assert balance_after(5, balance=0, annual_rate=0.05, monthly_payment=100) == 0


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_numbers_no_contract_states_are_refused(wrong: float) -> None:
    good = {"balance": 1000.0, "annual_rate": 0.05, "monthly_payment": 10.0}
    for name in good:
        with pytest.raises(InputError):
            months_to_repay(**(good | {name: wrong}))
        with pytest.raises(InputError):
            balance_after(1, **(good | {name: wrong}))
    with pytest.raises(InputError):
        balance_after(-1, **good)
