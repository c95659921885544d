"""The best whole lots: a mixed-integer quadratic problem, solved by outer approximation on HiGHS.

A deal is one thing that may be traded. With x_d the cash it turns over, as a share of wealth,

    x_d = step_d k_d, k_d whole;  x_d = 0 or least_d <= x_d <= most_d       (step 0: any amount)
    a   = current + moves x - surcharges                           what is held in every class
    T   = 1'a = 1 - fees,  w = a/T                                 weights of what is left
    max   u(w) - breach_price 1'e - order_price * (number of deals) - surcharge_price 1'g/T
    u(w) = tilt'w - risk_aversion/2 w'Sigma w - buy_cost'(w - current)+ - sell_cost'(current - w)+

under the limits of `Inputs`, each of which may be missed by e at a price; some are judged as if the
fees still lay in the account (`objective`). No class is both bought and sold. A surcharge
g = max(least_fee z - rate x, 0) is what a minimum adds to the fee of a deal that is made (z = 1).

u(a/T) is not concave in x, but T (u(a/T) - level) is for any fixed level: every term becomes its
perspective. Solving for a level near the optimum and moving the level there ends after two or
three rounds (Dinkelbach 1967, Management Science 13(7), 492-498). The risk term and the volatility
are convex, so tangents at trial points bound them from one side; a linear integer problem under
the tangents bounds the optimum from above, and its solution is the next trial point (Duran and
Grossmann 1986, Mathematical Programming 36, 307-339). There are finitely many combinations of lots,
so the bound and the best point meet.

Limits are counts, never seconds: the answer does not depend on the machine's load.
"""

from dataclasses import dataclass, field

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.deals import Deals, Terms
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.lots_program import MOST_NODES_IN_ALL, LotsProgram
from allocator.optimizer.objective import breaches_after_fees, utility

# A thousandth of a basis point a year.
LOT_TOLERANCE = 1e-7
LARGEST_ROUNDS = 5
LARGEST_PROBLEMS = 40
# Tangents where the continuous relaxation ends cost little and save integer problems.
_LARGEST_RELAXATIONS = 30


@dataclass(frozen=True, slots=True, eq=False)
class WholeLots:
    """The best combination found and the proof of how good it is.

    Attributes:
        amounts: What each deal turns over, shape (d,).
        score: Utility less prices of deals and breaches.
        bound: No combination scores higher than this, once the level has settled. A search cut
            short divides by what the best combination leaves after fees, and one that leaves less
            can pass the bound by the difference of the two, times the distance of the levels.
        problems: Linear integer problems solved.
    """

    amounts: Vector
    score: float
    bound: float
    problems: int


def best_whole_lots(
    inputs: Inputs,
    deals: Deals,
    terms: Terms,
    *,
    tangents_at: tuple[Vector, ...] = (),
    tolerance: float = LOT_TOLERANCE,
) -> WholeLots | None:
    """Return the best combination of whole lots; None if none keeps the limits.

    Args:
        inputs: The numbers of the continuous problem.
        deals: What may be traded.
        terms: Prices of deals and breaches, and what stays.
        tangents_at: What is held near the expected answer; saves problems, no more.
        tolerance: Largest distance of bound and score at which the search ends, per year.

    Raises:
        SolverError: HiGHS failed.
    """
    search = _Search(inputs, deals, terms, (inputs.current, *tangents_at), tolerance)
    level = utility(inputs, inputs.current)
    found = None
    for _ in range(LARGEST_ROUNDS):
        later = search.best_at(level)
        # Without a problem left to solve at this level, what the last one found still stands.
        if later is None:
            break
        found = later
        # Where limits are missed today the first level may lie above every score.
        if abs(found.score - level) <= tolerance:
            break
        level = found.score
    return found


@dataclass(slots=True, eq=False)
class _Search:
    """One set of deals and the tangents gathered so far."""

    inputs: Inputs
    deals: Deals
    terms: Terms
    points: tuple[Vector, ...]
    tolerance: float
    problems: int = 0
    program: LotsProgram = field(init=False)

    def __post_init__(self) -> None:
        self.program = LotsProgram(self.inputs, self.deals, self.terms)
        for w in self.points:
            self.program.add_tangents(w)

    def best_at(self, level: float) -> WholeLots | None:
        """Maximize T (score - level); the bound holds for the score itself."""
        self._relax(level)
        best: tuple[float, Vector] | None = None
        above, amounts = np.inf, np.full(len(self.deals.classes), np.nan)
        while self.problems < LARGEST_PROBLEMS and self.program.nodes < MOST_NODES_IN_ALL:
            solved = self.program.solve(level, whole=True, tolerance=self.tolerance)
            if solved is None:
                break
            self.problems += 1
            bound, x = solved
            above = min(above, bound)
            before, amounts = amounts, self.program.amounts(x)
            value = self._value(amounts, level)
            if best is None or value > best[0]:
                best = value, amounts
            # HiGHS's own tolerance can put the bound a hair below what was found. At a point that
            # comes back the tangents are there already: the next problem would be this one again.
            if above - best[0] <= self.tolerance or np.array_equal(amounts, before):
                break
            self.program.add_tangents(self._held(amounts))
        if best is None:
            return None
        score = self._score(best[1])
        left = float(self._held(best[1]).sum())
        return WholeLots(best[1], score, score + max(above - best[0], 0.0) / left, self.problems)

    def _relax(self, level: float) -> None:
        last = np.inf
        for _ in range(_LARGEST_RELAXATIONS):
            solved = self.program.solve(level, whole=False, tolerance=self.tolerance)
            if solved is None or last - solved[0] < self.tolerance:
                return
            last = solved[0]
            self.program.add_tangents(self._held(self.program.amounts(solved[1], whole=False)))

    def _held(self, amounts: Vector) -> Vector:
        return self.deals.held(self.inputs.current, amounts)

    def _score(self, amounts: Vector) -> float:
        held, terms = self._held(amounts), self.terms
        missed = breaches_after_fees(
            self.inputs, held, spared=terms.spared, account=terms.account
        ).sum()
        price = terms.breach_price or 0.0
        count = int(np.count_nonzero(amounts))
        surcharges = float(self.deals.surcharges(amounts).sum() / held.sum())
        value = utility(self.inputs, held / held.sum()) - terms.surcharge_price * surcharges
        return value - price * float(missed) - terms.order_price * count

    def _value(self, amounts: Vector, level: float) -> float:
        # Deals are priced per deal, not per unit of what is left.
        count = self.terms.order_price * int(np.count_nonzero(amounts))
        left = float(self._held(amounts).sum())
        return left * (self._score(amounts) + count - level) - count
