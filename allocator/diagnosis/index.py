"""The index: four scores from 0 to 100 and their mean.

    liquidity   100 min(1, months held / months needed)
    protection  100 [.40 r(life) + .30 r(critical illness) + .20 medical + .10 r(accident)]
                r(C, N) = min(1, (C + e)/(N + e)), e = one month of essential spending
    safety      100 sqrt(coverage * min(1, volatility cap / volatility))
                coverage = min(1, (max(0, stable - emergency fund) + .01 W)/(R + .01 W))
                and for every due date the same with what is free by then and due until then
    growth      100 exp(-max(0, CE* - CE)/0.02)

CE is the mandate's own objective without trading costs; CE* its optimum under the client's own
limits. e and .01 W keep the scores continuous where a need vanishes. Every score saturates: more
than enough is not better. On the straight path from any holdings to the optimum the index never
falls, because each score is a monotone function of a linear, convex or concave quantity that only
improves on the way.

Without holdings liquidity counts nothing held and growth is 0. Safety is 0 where a goal asks for a
reserve or a debt is owed, as nothing pays for either, and 100 where neither is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.balance_sheet import BalanceSheet, PolicyKind
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import ZERO, Money
from allocator.optimizer.inputs import tilt_of
from allocator.product_classes import Dimension
from allocator.weights import Weights

# A loss of certainty equivalent of 2 % a year brings the growth score down to 36.8.
GROWTH_SCALE = 0.02
# The share of wealth that keeps the coverage of goals continuous as they vanish.
COVERAGE_CUSHION = 0.01
_LIFE, _ILLNESS, _MEDICAL, _ACCIDENT = 0.40, 0.30, 0.20, 0.10


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a balance sheet stands: what the scores are computed from.

    Attributes:
        certainty_equivalent, best_certainty_equivalent: Per year, of the mandate's objective.
        expected_return: Net of fees, per year.
    """

    expected_return: float
    volatility: float
    certainty_equivalent: float
    best_certainty_equivalent: float
    scores: Mapping[Dimension, float]

    @property
    def index(self) -> float:
        """The mean of the four scores."""
        return sum(self.scores.values()) / len(self.scores)


@dataclass(frozen=True, slots=True)
class Worth:
    """What weights are worth, per year; the certainty equivalent is the mandate's objective."""

    expected_return: float
    volatility: float
    certainty_equivalent: float


def stand(
    balance_sheet: BalanceSheet,
    mandate: Mandate,
    market: MarketModel,
    needs: Needs,
    *,
    best_certainty_equivalent: float,
) -> Standing:
    """Score a balance sheet with positive wealth against its needs and its own optimum."""
    worth = worth_of(balance_sheet.weights(market.classes), mandate, market)
    scores = {
        Dimension.LIQUIDITY: liquidity_score(balance_sheet.liquid_assets, needs.emergency_fund),
        Dimension.PROTECTION: protection_score(balance_sheet, needs),
        Dimension.SAFETY: _safety(
            balance_sheet, needs, volatility=worth.volatility, volatility_cap=mandate.volatility_cap
        ),
        Dimension.GROWTH: growth_score(
            certainty_equivalent=worth.certainty_equivalent, best=best_certainty_equivalent
        ),
    }
    return Standing(
        expected_return=worth.expected_return,
        volatility=worth.volatility,
        certainty_equivalent=worth.certainty_equivalent,
        best_certainty_equivalent=best_certainty_equivalent,
        scores=scores,
    )


def worth_of(weights: Weights, mandate: Mandate, market: MarketModel) -> Worth:
    """Return what weights are worth under a mandate, without trading costs."""
    held = weights.aligned_to(market.classes)
    volatility = market.volatility_of(held)
    tilted = float(tilt_of(mandate, market) @ held)
    return Worth(
        expected_return=float(market.net_returns @ held),
        volatility=volatility,
        certainty_equivalent=tilted - mandate.financial_risk_aversion / 2 * volatility**2,
    )


def stand_without_wealth(balance_sheet: BalanceSheet, needs: Needs) -> Standing:
    """Score a balance sheet without holdings: needs stand, nothing is liquid, nothing grows.

    Whoever has to pay for a goal or a debt and holds nothing is not safe.
    """
    owes = any(debt.balance > ZERO for debt in balance_sheet.debts)
    scores = {
        Dimension.LIQUIDITY: liquidity_score(ZERO, needs.emergency_fund),
        Dimension.PROTECTION: protection_score(balance_sheet, needs),
        Dimension.SAFETY: 0.0 if needs.goals_reserve or owes else 100.0,
        Dimension.GROWTH: 0.0,
    }
    return Standing(0.0, 0.0, 0.0, 0.0, scores)


def liquidity_score(liquid: Money, emergency_fund: Money) -> float:
    """Return 100 min(1, liquid/need); 100 when nothing is needed."""
    if emergency_fund <= ZERO:
        return 100.0
    return 100.0 * min(1.0, float(liquid) / float(emergency_fund))


def protection_score(balance_sheet: BalanceSheet, needs: Needs) -> float:
    """Return the weighted coverage of the four protection needs."""
    month = needs.monthly_essential

    def coverage(kind: PolicyKind, need: Money) -> float:
        wanted = float(max(need, ZERO) + month)
        return min(1.0, float(balance_sheet.cover(kind) + month) / wanted) if wanted else 1.0

    return 100.0 * (
        _LIFE * coverage(PolicyKind.LIFE, needs.life_cover)
        + _ILLNESS * coverage(PolicyKind.CRITICAL_ILLNESS, needs.critical_illness_cover)
        + _MEDICAL * (balance_sheet.cover(PolicyKind.MEDICAL) > ZERO)
        + _ACCIDENT * coverage(PolicyKind.ACCIDENT, needs.accident_cover)
    )


def _safety(
    balance_sheet: BalanceSheet, needs: Needs, *, volatility: float, volatility_cap: float
) -> float:
    """Return the safety score of the goal that is covered worst: locked money pays for none."""
    stable = balance_sheet.stable_assets
    cases = [(stable, needs.goals_reserve)]
    for due in needs.reserved_until():
        cases.append((stable - balance_sheet.stable_locked_beyond(due.due), due.amount))
    return min(
        safety_score(
            stable=free,
            emergency_fund=needs.emergency_fund,
            goals_reserve=reserve,
            wealth=balance_sheet.investable_wealth,
            volatility=volatility,
            volatility_cap=volatility_cap,
        )
        for free, reserve in cases
    )


def safety_score(
    *,
    stable: Money,
    emergency_fund: Money,
    goals_reserve: Money,
    wealth: Money,
    volatility: float,
    volatility_cap: float,
) -> float:
    """Return 100 sqrt(coverage of dated goals * share of the risk that may be taken)."""
    cushion = wealth.amount * Decimal(str(COVERAGE_CUSHION))
    free = max(stable - emergency_fund, ZERO).amount + cushion
    wanted = goals_reserve.amount + cushion
    coverage = min(1.0, float(free / wanted)) if wanted else 1.0
    calm = min(1.0, volatility_cap / volatility) if volatility > 0 else 1.0
    return 100.0 * float(np.sqrt(coverage * calm))


def growth_score(*, certainty_equivalent: float, best: float) -> float:
    """Return 100 exp(-loss/0.02): 77.9 for a loss of .5 % a year, 60.7 for 1 %.

    >>> round(growth_score(certainty_equivalent=0.02, best=0.03), 1)
    60.7
    """
    loss = max(0.0, best - certainty_equivalent)
    return 100.0 * float(np.exp(-loss / GROWTH_SCALE))
