"""A back-test and everything that must be read beside it: window, costs, intervals, remarks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from allocator.backtest.policy import FixedTarget
from allocator.backtest.simulator import Decision, simulate
from allocator.backtest.statistics import Intervals, Statistics, bootstrap_intervals, describe
from allocator.market.history import ReturnHistory
from allocator.product_classes import ProductClass
from allocator.statements import Evidence, Severity, Statement
from allocator.weights import Weights

# Below this the intervals say more about the window than about the weights.
SHORT_YEARS = 15


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The outcome of holding fixed target weights over a history.

    Attributes:
        start, end: The window; `dates` holds its first day and the end of each period.
        value_path: Value on `dates`, beginning with 1, after costs and fees.
        statistics: Against the money fund's return where the history has one, else against 0.
        intervals: 95 % bootstrap intervals, drawn with `seed`.
        turnover: Per year, half the sum of absolute trades.
        trading_cost, fees: Per year, fractions of value.
        decisions_hash, history_hash: SHA-256 of what was decided and of what it was decided on.
        notes: What a reader must know; codes begin with "backtest_".
    """

    start: date
    end: date
    periods_per_year: int
    source: str
    targets: Weights
    band: float
    buy_cost: Mapping[ProductClass, float]
    sell_cost: Mapping[ProductClass, float]
    seed: int
    dates: tuple[date, ...]
    value_path: tuple[float, ...]
    statistics: Statistics
    intervals: Intervals
    turnover: float
    trading_cost: float
    fees: float
    decisions: tuple[Decision, ...]
    decisions_hash: str
    history_hash: str
    notes: tuple[Statement, ...]


def run_backtest(
    history: ReturnHistory,
    targets: Weights,
    *,
    buy_cost: Mapping[ProductClass, float],
    sell_cost: Mapping[ProductClass, float],
    band: float,
    seed: int,
) -> BacktestResult:
    """Hold `targets` over `history`, trading back whenever a class leaves its band.

    Args:
        targets: Over exactly the history's classes (see `ReturnHistory.over`).
        buy_cost: One-off cost by class, a fraction of the amount bought.
        sell_cost: The same for sales.
        band: Distance in weight at which a trade is made, looked at once a period.
        seed: Of the bootstrap.

    Raises:
        InputError: other classes than the history's, costs outside [0, 0.2), a band outside
            [0, 1], a negative seed, or fewer than three periods.
    """
    policy = FixedTarget(targets, band)
    simulation = simulate(history, policy, buy_cost=buy_cost, sell_cost=sell_cost)
    periods_per_year = history.periods_per_year
    money_fund = ProductClass.MONEY_FUND
    has_riskless = money_fund in history.classes
    riskless = (
        history.returns[:, history.classes.index(money_fund)]
        if has_riskless
        else np.zeros(len(history.dates))
    )
    return BacktestResult(
        start=history.start,
        end=history.end,
        periods_per_year=periods_per_year,
        source=history.source,
        targets=targets,
        band=band,
        buy_cost=dict(buy_cost),
        sell_cost=dict(sell_cost),
        seed=seed,
        dates=(history.start, *history.dates),
        value_path=simulation.value_path,
        statistics=describe(
            simulation.returns, periods_per_year=periods_per_year, risk_free=riskless
        ),
        intervals=bootstrap_intervals(
            simulation.returns, periods_per_year=periods_per_year, seed=seed
        ),
        turnover=simulation.turnover / history.years,
        trading_cost=simulation.trading_cost / history.years,
        fees=simulation.fees / history.years,
        decisions=simulation.decisions,
        decisions_hash=simulation.decisions_hash,
        history_hash=history.content_hash,
        notes=_notes(history, targets=targets, has_riskless=has_riskless),
    )


def _notes(
    history: ReturnHistory, *, targets: Weights, has_riskless: bool
) -> tuple[Statement, ...]:
    window: dict[str, Evidence] = {
        "start": history.start,
        "end": history.end,
        "periods": len(history.dates),
    }
    notes = [
        Statement("backtest_window", evidence=window),
        # The expected returns behind the weights were set by people who had seen this history.
        Statement("backtest_hindsight", Severity.WARNING, evidence={"end": history.end}),
        Statement("backtest_no_promise", Severity.WARNING),
    ]
    if history.years < SHORT_YEARS:
        notes.append(Statement("backtest_short_history", Severity.WARNING, evidence=window))
    if history.periods_per_year == 1:
        # A yearly path cannot see a fall that was made good by December.
        notes.append(Statement("backtest_yearly_hides_drawdowns", Severity.WARNING))
    charged = float(targets.aligned_to(history.classes) @ np.array(history.annual_fees))
    if charged > 0:
        notes.append(Statement("backtest_fees_charged", evidence={"fee": charged}))
    if history.left_out > 0:
        notes.append(Statement("backtest_rows_left_out", evidence={"rows": history.left_out}))
    if not has_riskless:
        notes.append(Statement("backtest_no_riskless_series"))
    return tuple(notes)
