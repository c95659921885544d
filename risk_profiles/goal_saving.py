"""How much more must be saved a month so that a goal is likely.

    saving* = least s >= 0 with P(goal met | s more every month until it is due) >= LIKELY

The probability never falls in s, because all plans meet the same simulated weather, so bisection
finds s to the step it is stated in. The plan's weights are kept: a little more saving hardly
changes what is advised. Nothing is stated where even `MOST_TIMES` the goal spread over the months
left is not enough, or where the goal is due in less than twelve months. Somebody for whom a tenth
of the paths already finds the goal likely is told the smallest step.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.life_cycle.path_simulation import simulate_paths
from allocator.money import Money
from risk_profiles.life_path import SEED, LifePath
from risk_profiles.months import MONTHS_A_YEAR

LIKELY = 0.8
# A tenth of the paths of a stated probability: the answer is rounded up to full hundreds anyway.
PATHS = 2_000
STEP = Money(Decimal(100))
MOST_TIMES = 2.0


@dataclass(frozen=True, slots=True)
class SavingWanted:
    """What to save besides, per month in today's money, for the goal to reach `probability`."""

    monthly: Money
    probability: float


def saving_wanted(path: LifePath, *, wealth: float, goal: int) -> SavingWanted | None:
    """Return the saving that makes the goal at this place likely; None if none is stated."""
    payments = tuple(outlook.payment for outlook in path.goals)
    due = payments[goal].month
    if due < MONTHS_A_YEAR:
        return None
    years = -(-due // MONTHS_A_YEAR)
    within = [i for i, p in enumerate(payments) if p.month <= MONTHS_A_YEAR * years]
    place = within.index(goal)
    number = np.arange(MONTHS_A_YEAR * years)

    def probability(steps: int) -> float:
        simulation = simulate_paths(
            wealth=wealth,
            expected_returns=path.glide.real_returns[:years],
            volatilities=path.glide.real_volatilities[:years],
            flows=path.flows.net[: MONTHS_A_YEAR * years] + steps * float(STEP) * (number < due),
            payments=tuple(payments[i] for i in within),
            paths=PATHS,
            seed=SEED,
        )
        return simulation.payments[place].met.estimate

    most = int(MOST_TIMES * payments[goal].amount / due / float(STEP)) + 1
    if probability(most) < LIKELY:
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if probability(middle) >= LIKELY else (middle, high)
    return SavingWanted(STEP.scaled(Decimal(high)), LIKELY)
