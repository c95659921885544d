"""How much more must be saved a month so that a goal is likely.

    saving* = least s >= 0 with P(goal met | s more every month until it is due) >= LIKELY

Saving more is spending less, as in a what-if (`risk_profiles.what_if`): s grows with the wage, ends
with it, and is never more than what can be spared. The probability never falls in s, because all
plans meet the same simulated weather, so bisection finds s to the step it is stated in. The plan's
weights are kept: a little more saving hardly changes what is advised. Nothing is stated where even
all that can be spared is not enough, where no wage is earned, or where the goal is due in less than
twelve months. Somebody for whom a tenth of the paths already finds the goal likely is told the
smallest step.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.life_cycle.path_simulation import simulate_paths
from allocator.money import Money
from risk_profiles.life_path import SEED, LifePath
from risk_profiles.months import MONTHS_A_YEAR
from risk_profiles.person import ClientFacts
from risk_profiles.what_if import most_to_save

LIKELY = 0.8
# A tenth of the paths of a stated probability: the answer is rounded up to full hundreds anyway.
PATHS = 2_000
STEP = Money(Decimal(100))


@dataclass(frozen=True, slots=True)
class SavingWanted:
    """What to save besides, per month in today's money, for the goal to reach `probability`."""

    monthly: Money
    probability: float


def saving_wanted(
    path: LifePath, facts: ClientFacts, *, wealth: float, goal: int
) -> SavingWanted | None:
    """Return the saving that makes the goal at this place likely; None if none is stated."""
    payments = tuple(outlook.payment for outlook in path.goals)
    due, wage = payments[goal].month, float(path.flows.wages[0])
    spare = most_to_save(facts, own_spending=Money.rounded(float(path.flows.own_spending[0])))
    most = int(spare.amount // STEP.amount)
    if due < MONTHS_A_YEAR or wage <= 0 or most < 1:
        return None
    years = -(-due // MONTHS_A_YEAR)
    months = MONTHS_A_YEAR * years
    within = [i for i, p in enumerate(payments) if p.month <= months]
    place = within.index(goal)
    growing = path.flows.wages[:months] / wage * (np.arange(months) < due)

    def probability(steps: int) -> float:
        simulation = simulate_paths(
            wealth=wealth,
            expected_returns=path.glide.real_returns[:years],
            volatilities=path.glide.real_volatilities[:years],
            flows=path.flows.net[:months] + steps * float(STEP) * growing,
            payments=tuple(payments[i] for i in within),
            paths=PATHS,
            seed=SEED,
            locked=path.locked[:months],
        )
        return simulation.payments[place].met.estimate

    if probability(most) < LIKELY:
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if probability(middle) >= LIKELY else (middle, high)
    return SavingWanted(STEP.scaled(Decimal(high)), LIKELY)
