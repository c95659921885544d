"""A back-test carries its window, costs, intervals and the remarks that belong to it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from allocator.backtest.result import BacktestResult, run_backtest
from allocator.errors import InputError
from allocator.market.history import ReturnHistory, load_default_history
from allocator.product_classes import ProductClass
from allocator.weights import Weights

HISTORY = load_default_history().over(
    (
        ProductClass.MONEY_FUND,
        ProductClass.TIME_DEPOSIT,
        ProductClass.BOND_FUND,
        ProductClass.A_SHARE_EQUITY_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.GOLD,
    )
)
COST = dict.fromkeys(HISTORY.classes, 0.002)
CAUTIOUS = Weights(HISTORY.classes, (0.30, 0.30, 0.30, 0.05, 0.03, 0.02))
MIDDLE = Weights(HISTORY.classes, (0.10, 0.10, 0.35, 0.20, 0.15, 0.10))
BOLD = Weights(HISTORY.classes, (0.02, 0.03, 0.10, 0.45, 0.30, 0.10))


def run(
    targets: Weights, *, history: ReturnHistory = HISTORY, band: float = 0.05
) -> BacktestResult:
    costs = dict.fromkeys(history.classes, 0.002)
    return run_backtest(history, targets, buy_cost=costs, sell_cost=costs, band=band, seed=7)


def test_the_window_travels_with_the_figures() -> None:
    result = run(MIDDLE)
    assert (result.start, result.end) == (date(2010, 12, 31), date(2023, 12, 31))
    assert len(result.dates) == len(result.value_path) == 14
    assert result.dates[0] == result.start
    assert result.value_path[0] == 1
    assert result.history_hash == HISTORY.content_hash


def test_one_class_earns_its_own_history_less_cost_and_fee() -> None:
    gold = HISTORY.over([ProductClass.GOLD])
    result = run(Weights((ProductClass.GOLD,), (1.0,)), history=gold)
    expected = 0.998 * np.prod((1 + gold.returns[:, 0]) * (1 - 0.003))
    assert result.value_path[-1] == pytest.approx(expected, rel=1e-12)
    assert result.turnover == 0
    assert len(result.decisions) == 1
    assert result.trading_cost == pytest.approx(0.002 / 13, abs=1e-15)


def test_risk_rises_with_the_risky_share() -> None:
    results = [run(targets) for targets in (CAUTIOUS, MIDDLE, BOLD)]
    volatilities = [r.statistics.volatility for r in results]
    drawdowns = [r.statistics.max_drawdown for r in results]
    assert volatilities == sorted(volatilities)
    assert drawdowns == sorted(drawdowns, reverse=True)


def test_holding_the_money_fund_alone_has_no_excess_to_speak_of() -> None:
    cash = HISTORY.over([ProductClass.MONEY_FUND])
    free = dict.fromkeys(cash.classes, 0.0)
    targets = Weights((ProductClass.MONEY_FUND,), (1.0,))
    result = run_backtest(cash, targets, buy_cost=free, sell_cost=free, band=0.1, seed=1)
    # The excess is rounding noise; a ratio of noise is not a Sharpe ratio worth showing.
    assert result.statistics.sharpe is None or abs(result.statistics.sharpe) < 1
    assert result.statistics.calmar is None
    assert result.intervals.max_drawdown.low == 0


def test_the_notes_say_what_a_reader_must_know() -> None:
    notes = {note.code: note for note in run(MIDDLE).notes}
    assert set(notes) == {
        "backtest_window",
        "backtest_hindsight",
        "backtest_no_promise",
        "backtest_short_history",
        "backtest_yearly_hides_drawdowns",
        "backtest_fees_charged",
        "backtest_rows_left_out",
    }
    assert notes["backtest_window"].evidence == {
        "start": date(2010, 12, 31),
        "end": date(2023, 12, 31),
        "periods": 13,
    }
    # 35 % bonds at 0.45 %, 15 % overseas at 1 %, 10 % gold at 0.3 %.
    assert notes["backtest_fees_charged"].evidence["fee"] == pytest.approx(0.003375, abs=1e-12)
    assert notes["backtest_rows_left_out"].evidence["rows"] == 5


def test_notes_follow_the_history() -> None:
    shares = HISTORY.over([ProductClass.A_SHARE_EQUITY_FUND])
    result = run(Weights((ProductClass.A_SHARE_EQUITY_FUND,), (1.0,)), history=shares)
    codes = {note.code for note in result.notes}
    assert "backtest_no_riskless_series" in codes
    assert "backtest_fees_charged" not in codes


def test_the_same_inputs_give_the_same_result_bit_for_bit() -> None:
    first, again = run(MIDDLE), run(MIDDLE)
    assert first == again
    assert first.decisions_hash == again.decisions_hash
    assert run(BOLD).decisions_hash != first.decisions_hash


def test_a_wider_band_trades_less() -> None:
    turnovers = [run(MIDDLE, band=band).turnover for band in (0.0, 0.03, 0.06, 1.0)]
    assert turnovers == sorted(turnovers, reverse=True)
    assert turnovers[-1] == 0


def test_targets_over_other_classes_and_too_short_histories_are_refused() -> None:
    with pytest.raises(InputError, match="weights are over"):
        run(Weights((ProductClass.GOLD,), (1.0,)))
    with pytest.raises(InputError, match="need 3 returns"):
        run(MIDDLE, history=HISTORY.past(2))
    with pytest.raises(InputError, match="seed"):
        run_backtest(HISTORY, MIDDLE, buy_cost=COST, sell_cost=COST, band=0.05, seed=-1)


def test_monthly_files_are_annualized_by_twelve() -> None:
    monthly = replace(HISTORY, periods_per_year=12)
    yearly, scaled = run(MIDDLE), run(MIDDLE, history=replace(monthly, annual_fees=(0.0,) * 6))
    free = run(MIDDLE, history=replace(HISTORY, annual_fees=(0.0,) * 6))
    assert scaled.statistics.volatility == pytest.approx(free.statistics.volatility * 12**0.5)
    assert yearly.fees > 0
    assert scaled.fees == 0
