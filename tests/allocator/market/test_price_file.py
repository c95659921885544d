"""A user's price file is read as it stands or refused by series, date and remedy."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from allocator.errors import InputError
from allocator.market.price_file import LARGEST_ROW_COUNT, read_price_csv
from allocator.market.window_length import FEWEST_RETURNS
from allocator.product_classes import ProductClass

MONTHS = [d.date() for d in pd.date_range("2020-01-31", periods=30, freq="ME")]


def written(dates: list[date], price: Callable[[int], str] = lambda t: f"{1 + t / 100:.4f}") -> str:
    rows = [f"{day},{price(t)},{2 + t % 3}" for t, day in enumerate(dates)]
    return "\n".join(["date,money_fund,gold", *rows]) + "\n"


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_price_csv(text)
    assert caught.value.code == "invalid_prices"
    assert caught.value.problems
    return str(caught.value)


def test_returns_are_price_ratios_less_one() -> None:
    history = read_price_csv(written(MONTHS))
    assert history.classes == (ProductClass.MONEY_FUND, ProductClass.GOLD)
    assert (history.start, history.end) == (MONTHS[0], MONTHS[-1])
    assert history.returns.shape == (29, 2)
    assert list(history.returns[0]) == pytest.approx([0.01, 0.5], abs=1e-12)
    assert history.annual_fees == (0.0, 0.0)
    assert history.left_out == 0


def test_an_excel_byte_order_mark_and_windows_line_ends_are_read() -> None:
    text = "\ufeff" + written(MONTHS).replace("\n", "\r\n")
    assert read_price_csv(text).content_hash == read_price_csv(written(MONTHS)).content_hash


def test_a_late_start_shortens_the_window_and_says_by_how_much() -> None:
    history = read_price_csv(written(MONTHS, lambda t: "" if t < 4 else "1.0"))
    assert history.start == MONTHS[4]
    assert history.left_out == 4


def test_a_gap_inside_a_series_is_named() -> None:
    told = refusal(written(MONTHS, lambda t: "" if t == 7 else "1.0"))
    assert "/money_fund/2020-08-31: is missing inside the series" in told


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf", "1e999", "1_000", "a"])
def test_a_price_that_is_none_is_named_with_its_value(price: str) -> None:
    told = refusal(written(MONTHS, lambda t: price if t == 7 else "1.0"))
    assert f"/money_fund/2020-08-31: is not a positive price (got '{price}')" in told


@pytest.mark.parametrize(
    ("written_as", "remedy"),
    [
        ('"1,234.5"', "write a point before decimals and nothing between thousands: 1234.5"),
        ('"1.234,5"', "write a point before decimals and nothing between thousands: 1234.5"),
        ('"1,5"', "write a point before decimals and nothing between thousands: 1234.5"),
        ("100元", "write the number alone: 100"),
        ("¥1.05", "write the number alone: 1.05"),
        ("#N/A", "add the price; leave the cell empty only before the series begins or after"),
        ("-", "add the price; leave the cell empty only before the series begins or after"),
        ("-1", "mend the price"),
    ],
)
def test_a_price_that_is_none_is_told_what_to_change(written_as: str, remedy: str) -> None:
    told = refusal(written(MONTHS, lambda t: written_as if t == 7 else "1.0"))
    assert "/money_fund/2020-08-31: is not a positive price" in told
    assert f"Remedy: {remedy}" in told


def test_a_thousands_separator_that_splits_a_field_is_told() -> None:
    told = refusal(written(MONTHS, lambda t: "1,234.5" if t == 7 else "1.0"))
    assert "/lines/9: has 4 fields instead of 3" in told
    assert "without a comma inside: 1234.5, not 1,234.5" in told


@pytest.mark.parametrize(
    ("delimiter", "called"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_another_delimiter_is_told_by_its_name(delimiter: str, called: str) -> None:
    told = refusal(written(MONTHS).replace(",", delimiter))
    assert f"save the file with commas between the columns in place of {called}" in told


@pytest.mark.parametrize("price", ["5.", "5.25", "05.25", "525e-2", "0.525E+1"])
def test_a_price_may_have_an_exponent_and_no_decimals(price: str) -> None:
    history = read_price_csv(written(MONTHS, lambda t: price if t == 0 else "5.25"))
    assert history.returns[0, 0] == pytest.approx(5.25 / float(price) - 1, abs=1e-15)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("1.0001", "10.001", "10"),
        ("0.3", "3", "10"),
        ("3", "0.3", "0.1"),
        # In floating point 0.29 / 0.029 falls short of ten, and 0.035 / 0.35 exceeds a tenth.
        ("0.029", "0.29", "10"),
        ("0.35", "0.035", "0.1"),
        ("1.0001", "0.10001", "0.1"),
        ("1.0", "10.1", "10.1"),
        ("1.0", "100", "100"),
    ],
)
def test_a_price_ten_times_the_one_before_or_a_tenth_is_refused(
    before: str, after: str, told: str
) -> None:
    slip = written(MONTHS, lambda t: after if t == 7 else before)
    assert f"/money_fund/2020-08-31: is {told} times the price before it" in refusal(slip)
    level = written(MONTHS, lambda t: after if t >= 7 else before)
    assert f"/money_fund/2020-08-31: is {told} times the price before it" in refusal(level)


@pytest.mark.parametrize(("before", "after"), [("1.0", "9.999"), ("9.999", "1.0")])
def test_a_price_a_little_less_than_ten_times_the_one_before_is_read(
    before: str, after: str
) -> None:
    history = read_price_csv(written(MONTHS, lambda t: after if t >= 7 else before))
    assert history.returns[6, 0] == pytest.approx(float(after) / float(before) - 1, abs=1e-12)


def test_series_that_never_meet_are_named_with_their_ends() -> None:
    rows = [
        f"{day},{'1' if t < 10 else ''},{'' if t < 20 else '2'}" for t, day in enumerate(MONTHS)
    ]
    told = refusal("\n".join(["date,money_fund,gold", *rows]))
    assert (
        "/gold/2021-09-30: is its first price, and money_fund ends on 2020-10-31: no date has a "
        "price of every series. Remedy: send prices of the same years" in told
    )


def test_the_series_that_cuts_a_window_short_is_named() -> None:
    late = refusal(written(MONTHS, lambda t: "" if t < 10 else "1.0"))
    assert (
        "/money_fund/2020-11-30: begins last, and leaves 20 common prices over 1.6 years, "
        "2020-11-30 to 2022-06-30. Remedy: send at least 25 common prices" in late
    )
    assert "or leave the column out" in late
    assert "ends first" not in late
    early = refusal(written(MONTHS, lambda t: "" if t >= 10 else "1.0"))
    assert "/money_fund/2020-10-31: ends first, and leaves 10 common prices" in early
    assert "begins last" not in early


def test_a_day_that_lacks_a_price_in_a_daily_file_may_be_left_out() -> None:
    days = [d.date() for d in pd.bdate_range("2020-01-06", periods=60)]
    told = refusal(written(days, lambda t: "" if t == 7 else "1.0"))
    assert "/money_fund/2020-01-15: is missing inside the series" in told
    assert "leave the row out if that market was closed; months avoid such days" in told
    months = refusal(written(MONTHS, lambda t: "" if t == 7 else "1.0"))
    assert "Remedy: add the price" in months
    assert "market was closed" not in months


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    lines = written(MONTHS).splitlines()
    wrong = lines.index(next(line for line in lines if line.startswith("2020-08-31")))
    lines[wrong] = lines[wrong].replace("2020-08-31", "31.8.2020")
    spaced = "\n\n".join(lines)
    number = spaced.splitlines().index(lines[wrong]) + 1
    assert f"/lines/{number}/date: is no date (got '31.8.2020')" in refusal(spaced)


def test_the_largest_number_of_rows_is_read_and_one_more_refused() -> None:
    days = [date(1960, 1, 1) + timedelta(days=t) for t in range(LARGEST_ROW_COUNT + 1)]
    rows = [f"{day},{1 + t % 2}" for t, day in enumerate(days)]
    history = read_price_csv("\n".join(["date,gold", *rows[:-1]]))
    assert len(history.dates) == LARGEST_ROW_COUNT - 1
    told = refusal("\n".join(["date,gold", *rows]))
    assert f"has too many rows (got {LARGEST_ROW_COUNT + 1})" in told


def test_dates_that_repeat_fall_or_are_none_are_named() -> None:
    swapped = [*MONTHS[:5], MONTHS[6], MONTHS[5], *MONTHS[7:]]
    assert "/lines/8/date: does not come after 2020-07-31" in refusal(written(swapped))
    repeated = [*MONTHS[:5], MONTHS[4], *MONTHS[5:]]
    assert "/lines/7/date: does not come after 2020-05-31" in refusal(written(repeated))
    for wrong in ("31/03/2020", "2020-02-30", "20200331", "2020-W14-2", "２０２０-03-31", ""):
        text = written(MONTHS).replace("2020-03-31", wrong)
        assert f"/lines/4/date: is no date (got '{wrong}')" in refusal(text)


def test_a_missing_month_is_named() -> None:
    told = refusal(written([*MONTHS[:9], *MONTHS[10:]]))
    assert "/date/2020-11-30: lies 61 days after 2020-09-30 in a monthly file" in told


def test_a_short_file_is_refused() -> None:
    told = refusal(written(MONTHS[:12]))
    assert "/date: the file holds 12 common prices over 335 days, 2020-01-31 to 2020-12-31" in told
    assert "send at least 25 common prices, or yearly ones over 3 years or more" in told
    three_years = [date(year, 12, 31) for year in (2020, 2021, 2022, 2023)]
    assert read_price_csv(written(three_years)).years == 3


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("day,money_fund,gold", "/header: does not begin with date"),
        ("date,money_fund,silver", "/silver: is not a product class"),
        ("date,gold,gold", "/gold: appears twice"),
    ],
)
def test_a_wrong_header_is_refused(header: str, told: str) -> None:
    assert told in refusal(written(MONTHS).replace("date,money_fund,gold", header))


def test_what_an_empty_and_a_short_file_are_told_to_send_is_enough() -> None:
    assert "send a header and at least 25 rows" in refusal("\n")
    # One row less is refused, with the number that is enough.
    assert "send at least 25 common prices" in refusal(written(MONTHS[:24]))
    assert len(read_price_csv(written(MONTHS[:25])).dates) == FEWEST_RETURNS


def test_a_price_of_a_day_to_come_is_refused_by_row() -> None:
    last = MONTHS[-1]
    assert read_price_csv(written(MONTHS), today=last).end == last
    with pytest.raises(InputError) as caught:
        read_price_csv(written(MONTHS), today=last - timedelta(days=1))
    assert caught.value.code == "invalid_prices"
    told = "/lines/31/date: lies after today, 2022-06-29 (got '2022-06-30')"
    assert told in str(caught.value)


def test_empty_ragged_and_seriesless_files_are_refused() -> None:
    assert "is empty" in refusal("\n\n")
    ragged = written(MONTHS).replace("2020-03-31,", "2020-03-31,1,")
    assert "/lines/4: has 4 fields instead of 3" in refusal(ragged)
    assert "/money_fund: has no price" in refusal(written(MONTHS, lambda _: ""))
    assert "/gold: has no price" in refusal("date,gold\n")


def test_many_problems_are_counted_but_not_all_shown() -> None:
    told = refusal(written(MONTHS, lambda _: "x"))
    assert "(10 more problems not shown)" in told


SEVERAL = written(MONTHS).replace("date,money_fund,gold", "date,mmf,au9999")


def test_named_columns_stand_for_classes_and_the_others_are_not_read() -> None:
    columns = {"au9999": ProductClass.GOLD}
    history = read_price_csv(SEVERAL, columns=columns)
    assert history.classes == (ProductClass.GOLD,)
    assert list(history.returns[:2, 0]) == pytest.approx([0.5, 1 / 3], abs=1e-12)
    # What is not read can neither shorten the window nor be wrong.
    other = written(MONTHS, lambda t: "x").replace("date,money_fund,gold", "date,mmf,au9999")
    assert read_price_csv(other, columns=columns).content_hash == history.content_hash


def test_a_problem_names_the_column_as_the_user_wrote_it() -> None:
    text = written(MONTHS, lambda t: "-1" if t == 7 else "1.0").replace("money_fund", "mmf")
    with pytest.raises(InputError, match=r"/mmf/2020-08-31: is not a positive price"):
        read_price_csv(text, columns={"mmf": ProductClass.MONEY_FUND})


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"silver": ProductClass.GOLD}, "/silver: is no column of the file"),
        ({"date": ProductClass.GOLD}, "/date: is no column of the file"),
        ({}, "/header: holds no series to read"),
        (
            {"mmf": ProductClass.GOLD, "au9999": ProductClass.GOLD},
            r"/mmf: stand for the same class gold \(got \['mmf', 'au9999'\]\)",
        ),
    ],
)
def test_columns_that_are_not_there_or_share_a_class_are_refused(
    columns: dict[str, ProductClass], told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_price_csv(SEVERAL, columns=columns)
    assert caught.value.code == "invalid_prices"
