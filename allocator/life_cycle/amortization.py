"""Debts repaid by equal monthly payments: how long they last and what is left on the way.

    i = annual_rate / 12
    balance after m months = B (1+i)**m - P ((1+i)**m - 1)/i        B - P m where i is zero
    months to repay        = -ln(1 - B i/P) / ln(1+i)               infinite where P <= B i

Rates are nominal, as contracts state them; amounts are in the yuan of their own month. A payment
that does not exceed the interest repays nothing: such a debt never ends.
"""

import math

from allocator.errors import InputError


def months_to_repay(*, balance: float, annual_rate: float, monthly_payment: float) -> float:
    """Return after how many months a debt is repaid; infinite when it never is.

    Args:
        balance: Still owed; not negative.
        annual_rate: Nominal, per year; not negative.
        monthly_payment: At the end of every month; not negative.

    Raises:
        InputError: a number that is negative or not finite.

    >>> round(months_to_repay(balance=860_000, annual_rate=0.031, monthly_payment=4_650), 2)
    251.81
    """
    _require_usable(balance, annual_rate, monthly_payment)
    if balance == 0:
        return 0.0
    rate = annual_rate / 12
    if monthly_payment <= balance * rate:
        return math.inf
    if rate == 0:
        return balance / monthly_payment
    return -math.log1p(-balance * rate / monthly_payment) / math.log1p(rate)


def balance_after(
    months: int, *, balance: float, annual_rate: float, monthly_payment: float
) -> float:
    """Return what is owed after so many payments, never below zero.

    A payment below the interest lets the debt grow, and the balance says so.

    Raises:
        InputError: a number that is negative or not finite.

    >>> round(balance_after(12, balance=100_000, annual_rate=0.0, monthly_payment=2_000))
    76000
    """
    _require_usable(balance, annual_rate, monthly_payment, months)
    rate = annual_rate / 12
    if rate == 0:
        return max(0.0, balance - monthly_payment * months)
    growth = (1 + rate) ** months
    return max(0.0, balance * growth - monthly_payment * (growth - 1) / rate)


def _require_usable(*numbers: float) -> None:
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise InputError(f"a debt needs finite numbers that are not negative, got {numbers}")
