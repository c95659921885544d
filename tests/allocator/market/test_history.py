"""The embedded history: its window, its mapping to classes, and what it lets one see."""

from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from allocator.errors import InputError
from allocator.market.assumptions import load_default_table
from allocator.market.history import ReturnHistory, load_default_history
from allocator.product_classes import ProductClass


def test_the_window_is_where_every_class_exists() -> None:
    history = load_default_history()
    assert (history.start, history.end) == (date(2010, 12, 31), date(2023, 12, 31))
    assert [day.year for day in history.dates] == list(range(2011, 2024))
    assert (history.periods_per_year, history.years, history.left_out) == (1, 13.0, 5)


def test_each_class_carries_the_series_it_is_said_to() -> None:
    history = load_default_history()
    assert history.classes == (
        ProductClass.MONEY_FUND,
        ProductClass.TIME_DEPOSIT,
        ProductClass.BOND_FUND,
        ProductClass.WEALTH_FIXED_INCOME_PLUS,
        ProductClass.BALANCED_FUND,
        ProductClass.A_SHARE_EQUITY_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.GOLD,
    )
    # 2014: 9.54 % on treasuries, 8.73 % on corporate bonds, 54.18 % on A-shares.
    bonds = (0.0954 + 0.0873) / 2
    mixes = [bonds, 0.9 * bonds + 0.1 * 0.5418, 0.6 * bonds + 0.4 * 0.5418]
    year_2014 = [0.0443, 0.0302, *mixes, 0.5418, 0.1387, -0.0072]
    assert list(history.returns[3]) == pytest.approx(year_2014, abs=1e-12)


def test_the_stand_ins_are_mixed_as_in_the_volatility_estimates_of_the_assumptions() -> None:
    series = {"cn_treasury_tr": "treasury", "cn_corp_bond_tr": "corporate_bond"}
    series |= {"csi300_price": "a_share_equity"}
    resource = files("allocator") / "market/data/calendar_year_returns.csv"
    with resource.open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, comment="#", index_col="year").loc[2011:2023]
    history = load_default_history()
    for row in load_default_table().classes:
        if row.product_class in (
            ProductClass.WEALTH_FIXED_INCOME_PLUS,
            ProductClass.BALANCED_FUND,
        ):
            assert row.panel is not None
            fractions = {series[name]: part for name, part in row.panel.series.items()}
            mixed = table[list(fractions)].to_numpy() @ np.array(list(fractions.values()))
            earned = history.returns[:, history.classes.index(row.product_class)]
            np.testing.assert_allclose(earned, mixed, atol=1e-12)


def test_only_series_that_are_gross_of_fees_are_charged() -> None:
    history = load_default_history()
    fees = dict(zip(history.classes, history.annual_fees, strict=True))
    charged = {c for c, fee in fees.items() if fee > 0}
    assert charged == {
        ProductClass.BOND_FUND,
        ProductClass.WEALTH_FIXED_INCOME_PLUS,
        ProductClass.BALANCED_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.GOLD,
    }
    assumed = {row.product_class: row.fee for row in load_default_table().classes}
    assert all(fees[c] == assumed[c] for c in charged)


def test_the_past_is_a_copy_that_leads_no_further() -> None:
    history = load_default_history()
    past = history.past(4)
    assert past.end == date(2014, 12, 31)
    assert past.returns.base is None
    assert not past.returns.flags.writeable
    assert not np.shares_memory(past.returns, history.returns)
    assert history.past(0).end == history.start


def test_a_selection_keeps_order_returns_and_fees() -> None:
    history = load_default_history()
    chosen = history.over([ProductClass.GOLD, ProductClass.MONEY_FUND])
    assert chosen.classes == (ProductClass.GOLD, ProductClass.MONEY_FUND)
    assert list(chosen.returns[0]) == [0.0499, 0.0408]
    assert chosen.annual_fees[1] == 0
    with pytest.raises(InputError, match="annuity"):
        history.over([ProductClass.ANNUITY])


def test_the_table_is_stored_in_one_memory_order_however_it_was_made() -> None:
    history = load_default_history()
    # The last bit of a sum depends on it, and with it a decision's.
    assert history.over(history.classes[:2]).returns.flags.c_contiguous
    assert history.past(5).returns.flags.c_contiguous


def test_the_hash_follows_the_figures() -> None:
    history = load_default_history()
    assert history.content_hash == load_default_history().content_hash
    assert history.content_hash != history.past(12).content_hash
    assert history.content_hash != history.over(history.classes[::-1]).content_hash
    # The first return begins elsewhere, and a fee is another.
    later = replace(history, start=history.start + timedelta(days=1))
    assert later.content_hash != history.content_hash
    dearer = replace(history, annual_fees=(0.001, *history.annual_fees[1:]))
    assert dearer.content_hash != history.content_hash


@pytest.mark.parametrize(
    ("returns", "told"),
    [([[0.1], [np.nan]], "finite"), ([[0.1], [-1.0]], "above -100 %"), ([[0.1]], "shape")],
)
def test_impossible_returns_are_refused(returns: list[list[float]], told: str) -> None:
    with pytest.raises(InputError, match=told):
        ReturnHistory(
            classes=(ProductClass.GOLD,),
            start=date(2020, 12, 31),
            dates=(date(2021, 12, 31), date(2022, 12, 31)),
            returns=np.array(returns),
            periods_per_year=1,
            annual_fees=(0.0,),
            source="a test",
        )


def test_dates_that_do_not_rise_are_refused() -> None:
    with pytest.raises(InputError, match="must rise"):
        ReturnHistory(
            classes=(ProductClass.GOLD,),
            start=date(2021, 12, 31),
            dates=(date(2021, 12, 31),),
            returns=np.zeros((1, 1)),
            periods_per_year=1,
            annual_fees=(0.0,),
            source="a test",
        )
