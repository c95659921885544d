"""Money is exact: nothing is lost in parsing, adding, splitting or storing."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.money import CENT, ZERO, Money, split_money, total

MINOR = st.integers(min_value=0, max_value=10**15)


@pytest.mark.parametrize(
    "text", ["", "ten", "1.005", "NaN", "Infinity", "-Infinity", "1e999", "1e14", "1,000", "0x10"]
)
def test_what_is_not_an_amount_is_refused_with_field_and_value(text: str) -> None:
    with pytest.raises(InputError) as caught:
        Money.parse(text, field="/holdings/0/amount")
    problem = caught.value.problems[0]
    assert (problem.field, problem.value) == ("/holdings/0/amount", text)
    assert "1234.50" in problem.remedy


def test_a_float_or_a_third_decimal_never_becomes_money() -> None:
    with pytest.raises(InputError, match="finite Decimal"):
        Money(0.1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="more than two decimal places"):
        Money(Decimal("0.125"))


def test_rounding_is_half_even() -> None:
    amounts = ["0.005", "0.015", "0.025", "-0.015", "2.675"]
    rounded = [str(Money.rounded(Decimal(a)).amount) for a in amounts]
    assert rounded == ["0.00", "0.02", "0.02", "-0.02", "2.68"]


def test_zero_has_no_sign() -> None:
    zeros = [
        Money.rounded(Decimal("-0.005")),
        Money.rounded(-1e-9),
        Money.parse("-0.00"),
        Money(Decimal("-0")),
        -ZERO,
        Money.parse("-0.01").scaled(Decimal("0.1")),
        Money.parse("0.10") - Money.parse("0.10"),
        total([Money.parse("-0.10"), Money.parse("0.10")]),
    ]
    assert [str(zero) for zero in zeros] == ["0.00 CNY"] * len(zeros)


@settings(deadline=None)
@given(MINOR)
def test_minor_units_and_text_round_trip(minor: int) -> None:
    money = Money.from_minor(minor)
    assert money.minor == minor
    assert Money.from_minor(minor).amount.as_tuple().exponent == -2
    assert Money.parse(str(money.amount)) == money


@settings(deadline=None)
@given(MINOR, MINOR)
def test_sums_and_differences_are_exact(a: int, b: int) -> None:
    first, second = Money.from_minor(a), Money.from_minor(b)
    assert (first + second).minor == a + b
    assert (first - second).minor == a - b
    assert (first < second) == (a < b)
    assert (first >= second) == (a >= b)


def test_currencies_do_not_mix() -> None:
    dollar = Money(Decimal(1), "USD")
    with pytest.raises(InputError, match="cannot mix CNY and USD"):
        ZERO + dollar
    with pytest.raises(InputError, match="cannot mix"):
        assert dollar > ZERO


@settings(deadline=None)
@given(
    minor=MINOR,
    shares=st.lists(
        st.decimals(min_value=0, max_value=1000, places=4), min_size=1, max_size=12
    ).filter(lambda shares: sum(shares) > 0),
)
def test_a_split_adds_up_and_no_part_is_a_cent_away_from_its_share(
    minor: int, shares: list[Decimal]
) -> None:
    whole = Money.from_minor(minor)
    parts = split_money(whole, shares)
    assert total(parts) == whole
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.amount - whole.amount * share / sum(shares)) < CENT


def test_impossible_splits_are_refused() -> None:
    one = Money.parse("1.00")
    for whole, shares in [
        (one, [Decimal(0)]),
        (one, []),
        (one, [Decimal(2), Decimal(-1)]),
        (-one, [Decimal(1)]),
    ]:
        with pytest.raises(InputError, match="cannot split"):
            split_money(whole, shares)


@settings(deadline=None)
@given(MINOR, st.integers(min_value=1, max_value=10**8))
def test_flooring_to_a_step_leaves_less_than_one_step(minor: int, step: int) -> None:
    money, lot = Money.from_minor(minor), Money.from_minor(step)
    floored = money.floored_to(lot)
    assert floored.minor == minor // step * step


def test_an_empty_total_is_zero_and_falsy() -> None:
    assert total([]) == ZERO
    assert not ZERO
    assert Money.parse("0.01")


def test_a_total_of_two_currencies_is_refused() -> None:
    with pytest.raises(InputError, match="cannot mix"):
        total([Money.parse("1.00"), Money(Decimal("1.00"), "USD")])
