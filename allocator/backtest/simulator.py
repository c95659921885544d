"""The simulator: drift, trades, costs and fees, one line each.

At the start of period t the policy sees the returns of periods before t and may trade; then the
period's returns r_t are earned. With value V, weights w and traded fractions d = target - w:

    cost   = sum(buy_cost * max(d, 0) + sell_cost * max(-d, 0))      fraction of value
    growth = (1 + r_t) * (1 - annual_fee / periods_per_year)         by class
    V     <- V * (1 - cost) * (w @ growth)
    w     <- w * growth / (w @ growth)

The first purchase starts from cash, so it pays buy_cost on the whole. Trades are measured before
their own cost; the error is of second order (cost times cost). Fees are charged only where the
history says its returns are gross of them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from allocator.backtest.policy import Policy
from allocator.errors import InputError
from allocator.market.history import ReturnHistory
from allocator.product_classes import ProductClass
from allocator.weights import Weights


@dataclass(frozen=True, slots=True)
class Decision:
    """Weights traded to at the start of the period that begins after `on`."""

    on: date
    weights: Weights


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What happened.

    Attributes:
        value_path: Value at `history.start` and at the end of each period; it starts at 1,
            before the first purchase is paid for.
        returns: Return of each period after costs and fees, shape (periods,).
        turnover: Half the sum of absolute trades, summed over all rebalancings; the first
            purchase does not count.
        trading_cost: Costs as a fraction of the value when they fell, summed, first purchase
            included.
        fees: Yearly fees charged, as fractions of the value when they fell, summed.
    """

    value_path: tuple[float, ...]
    returns: NDArray[np.float64]
    decisions: tuple[Decision, ...]
    turnover: float
    trading_cost: float
    fees: float

    @property
    def decisions_hash(self) -> str:
        """SHA-256 of dates and weights, the weights to twelve decimals."""
        lines = []
        for decision in self.decisions:
            weights = decision.weights.as_dict().items()
            held = ",".join(f"{product_class}={value:.12f}" for product_class, value in weights)
            lines.append(f"{decision.on.isoformat()} {held}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def simulate(
    history: ReturnHistory,
    policy: Policy,
    *,
    buy_cost: Mapping[ProductClass, float],
    sell_cost: Mapping[ProductClass, float],
) -> Simulation:
    """Run `policy` through `history`.

    Args:
        buy_cost: One-off cost by class as a fraction of the amount bought.
        sell_cost: The same for sales.

    Raises:
        InputError: no period, a cost missing or outside [0, 0.2), a policy that declines to buy
            at the start or answers for other classes than the history's.
    """
    if not history.dates:
        raise InputError("a back-test needs at least one period")
    buying = _cost_vector(buy_cost, history=history, name="buy_cost")
    selling = _cost_vector(sell_cost, history=history, name="sell_cost")
    fee_rates = np.array(history.annual_fees) / history.periods_per_year
    held = np.zeros(len(history.classes))
    value, turnover, trading_cost, fees = 1.0, 0.0, 0.0, 0.0
    value_path = [value]
    decisions: list[Decision] = []
    for t in range(len(history.dates)):
        past = history.past(t)
        current = Weights(history.classes, tuple(held.tolist())) if decisions else None
        chosen = policy.decide(past, current)
        if chosen is None and current is None:
            raise InputError("a policy must choose weights at the start")
        if chosen is not None:
            target = chosen.aligned_to(history.classes)
            traded = target - held
            cost = float(buying @ np.maximum(traded, 0) + selling @ np.maximum(-traded, 0))
            turnover += float(np.abs(traded).sum()) / 2 if decisions else 0.0
            trading_cost += cost
            value *= 1 - cost
            held = target
            decisions.append(Decision(past.end, chosen))
        grown = held * (1 + history.returns[t])
        fees += float(grown @ fee_rates)
        grown = grown * (1 - fee_rates)
        value *= float(grown.sum())
        held = grown / grown.sum()
        value_path.append(value)
    path = np.array(value_path)
    returns = path[1:] / path[:-1] - 1
    return Simulation(tuple(value_path), returns, tuple(decisions), turnover, trading_cost, fees)


def _cost_vector(
    costs: Mapping[ProductClass, float], *, history: ReturnHistory, name: str
) -> NDArray[np.float64]:
    missing = [c for c in history.classes if c not in costs]
    if missing:
        raise InputError(f"{name} has no entry for {missing}")
    vector = np.array([costs[c] for c in history.classes], dtype=np.float64)
    if not ((vector >= 0) & (vector < 0.2)).all():
        raise InputError(f"{name} must lie in [0, 0.2), got {vector.tolist()}")
    return vector
