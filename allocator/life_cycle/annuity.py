"""Present value of a growing annuity, the sum behind human capital and behind support needs.

    PV = payment * (1 - q**years) / (discount_rate - growth),   q = (1+growth)/(1+discount_rate)
    PV = payment * years / (1 + discount_rate)                   where growth equals discount_rate

The first payment falls at the end of the first year and does not grow; the second is
payment * (1+growth), and so on. A fraction of a year counts smoothly.
"""

import math

from allocator.errors import InputError

# Closer than this the general form loses digits to cancellation and the limit is exact enough.
_EQUAL_RATES = 1e-9


def growing_annuity(payment: float, *, years: float, growth: float, discount_rate: float) -> float:
    """Return the present value of yearly payments at year's end.

    Args:
        payment: First payment.
        years: How long payments last; none are made for 0 or less.
        growth: Growth of the payment per year.
        discount_rate: Per year; above -1.

    Raises:
        InputError: a rate of -100 % or less, or a number that is not finite.

    >>> round(growing_annuity(200_000, years=25, growth=0.02, discount_rate=0.04), 2)
    3845811.26
    """
    numbers = (payment, years, growth, discount_rate)
    if not all(math.isfinite(number) for number in numbers) or min(growth, discount_rate) <= -1:
        raise InputError(f"need finite numbers and rates above -1, got {numbers}")
    if years <= 0:
        return 0.0
    if abs(discount_rate - growth) < _EQUAL_RATES:
        return payment * years / (1 + discount_rate)
    q = (1 + growth) / (1 + discount_rate)
    return float(payment * (1 - q**years) / (discount_rate - growth))
