"""Back-tests of a profile level: target weights held over a history, as a document.

The weights follow from today's assumptions, and are held within a band of five percentage points.
Costs are those of the cheapest product the level may buy. Nothing of a client is involved.
"""

from dataclasses import asdict

from allocator.backtest.result import run_backtest
from allocator.market.history import ReturnHistory, load_default_history
from api.documents import Document, rate, statement_documents, weights_document
from api.reference_data import ReferenceData
from risk_profiles.levels import ProfileLevel
from risk_profiles.target_weights import target_weights, trading_costs

BAND = 0.05
# Any number does; a fixed one gives every reader the same intervals.
SEED = 20261120


def backtest_profile(
    reference: ReferenceData, *, level: ProfileLevel, history: ReturnHistory | None = None
) -> Document:
    """Return the back-test of a profile level, language-free.

    Rates, drawdowns and values carry six decimals. `intervals` hold [low, high] of 95 %, the
    estimate between them stands in `statistics`.

    Args:
        reference: Assumptions and products.
        level: Whose target weights are held.
        history: The yearly history that ships with the package when there is none.

    Raises:
        InputError: the history has no liquid class, a class without product or assumption, or
            fewer than three periods.
    """
    past = load_default_history() if history is None else history
    targets = target_weights(level, reference.market, past.classes)
    costs = trading_costs(level, reference.shelf, past.classes)
    result = run_backtest(
        past, targets, buy_cost=costs.buy, sell_cost=costs.sell, band=BAND, seed=SEED
    )
    return {
        "profile": level.value,
        "start": result.start.isoformat(),
        "end": result.end.isoformat(),
        "source": result.source,
        "targets": weights_document(result.targets),
        "dates": [day.isoformat() for day in result.dates],
        "value_path": [rate(value) for value in result.value_path],
        "statistics": {
            name: None if figure is None else rate(figure)
            for name, figure in asdict(result.statistics).items()
        },
        "intervals": {
            name: [rate(interval["low"]), rate(interval["high"])]
            for name, interval in asdict(result.intervals).items()
        },
        "turnover": rate(result.turnover),
        "trading_cost": rate(result.trading_cost),
        "fees": rate(result.fees),
        "decisions_hash": result.decisions_hash,
        "history_hash": result.history_hash,
        "notes": statement_documents(result.notes),
    }
