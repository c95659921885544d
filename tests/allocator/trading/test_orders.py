"""Fees of orders: by the rate and at least the minimum, to the cent, never more than the amount."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.money import ZERO, Money
from allocator.trading.orders import purchase_fee, sale_fee

fen = st.integers(0, 10**9).map(Money.from_minor)
rates = st.integers(0, 1999).map(lambda n: Decimal(n) / 10_000)
money = Money.parse


@pytest.mark.parametrize(
    ("amount", "minimum", "fee"),
    [
        ("10000.00", "5.00", "11.99"),
        ("4173.33", "5.00", "5.00"),
        ("4172.00", "5.00", "5.00"),
        ("4183.35", "5.00", "5.01"),
        ("3.00", "5.00", "3.00"),
        ("0.00", "5.00", "0.00"),
    ],
)
def test_a_purchase_at_0_12_percent_pays_five_yuan_up_to_some_4170(
    amount: str, minimum: str, fee: str
) -> None:
    paid = purchase_fee(money(amount), Decimal("0.0012"), minimum=money(minimum))
    assert paid == money(fee)


@given(amount=fen, rate=rates, minimum=fen)
def test_a_fee_is_the_larger_of_rate_and_minimum_within_the_amount(
    amount: Money, rate: Decimal, minimum: Money
) -> None:
    with localcontext(rounding=ROUND_HALF_UP):
        net = (amount.amount / (1 + rate)).quantize(Decimal("0.01"))
        of_sale = (amount.amount * rate).quantize(Decimal("0.01"))
    bought = purchase_fee(amount, rate, minimum=minimum)
    sold = sale_fee(amount, rate, minimum=minimum)
    cap = amount.amount
    assert abs(bought.amount - min(max(cap - net, minimum.amount), cap)) <= Decimal("0.01")
    assert abs(sold.amount - min(max(of_sale, minimum.amount), cap)) <= Decimal("0.01")
    assert ZERO <= bought <= amount
    assert ZERO <= sold <= amount
    if minimum <= amount:
        assert bought >= minimum
        assert sold >= minimum
