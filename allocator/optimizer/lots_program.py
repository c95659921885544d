"""Whole lots as a linear integer program on HiGHS; tangents stand for risk and volatility.

`allocator.optimizer.integer_lots` states the problem and adds the tangents.
"""

from typing import Any

import cvxpy as cp
import numpy as np
from scipy.sparse import csr_array

from allocator.errors import SolverError
from allocator.market.model import Vector
from allocator.optimizer.deals import Deals, Terms
from allocator.optimizer.inputs import WISHES, Inputs

# HiGHS sees basis points: its tolerances are absolute, and yearly returns are small.
_BASIS_POINTS = 1e4
# Its usual tolerances of 1e-6 are as wide as the lots of a large household, and led it to call
# programs infeasible that are not.
_HIGHS = {
    "mip_rel_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "threads": 1,
}
# Counts, not seconds. All problems of a search share the nodes; a solve counts as one at least.
MOST_NODES = 2_000
MOST_NODES_IN_ALL = 5_000
# No breach or risk term comes near it, and no class trades more than all there is. A column of no
# price would sit at its limit, so the limits are small numbers.
_LARGEST = {"b": 2.0, "s": 2.0, "t": 1e3, "e": 1e2}


class LotsProgram:
    """The linear integer program; its columns, in this order, are k, x, z, f, y, b, s, t, e, g, q.

    k: lots of the deal, or its amount where it may be any; x = lot k: what the deal turns over; z:
    the deal is made; f: it has reached its most; y: the class is bought, not sold; b, s: traded of
    each class, net, times T; t: the risk term times T; e: breaches times T; g: what a minimum adds
    to the fee by the rate, and q: whether it does.

    The limits are written over x: over k their factors would carry the lot, and HiGHS drops factors
    below 1e-9, which add up to basis points where a deal is hundreds of thousands of fine lots.

    Attributes:
        nodes: Used by the integer solves so far.
    """

    def __init__(self, inputs: Inputs, deals: Deals, terms: Terms) -> None:
        n, d = deals.moves.shape
        self.inputs, self.deals, self.terms = inputs, deals, terms
        self.n, self.d = n, d
        self.lot = np.where(deals.step > 0, deals.step, 1.0)
        most = deals.most / self.lot
        # A sum of roundings may put a whole number of lots a hair below itself.
        self.most = np.where(deals.step > 0, np.floor(most + 1e-9), most)
        self.most[self.most < deals.least / self.lot - 1e-9] = 0
        missable = len(terms.spared)
        self.width = {"k": d, "x": d, "z": d, "f": d, "y": n, "b": n, "s": n, "t": 1, "e": missable}
        self.width |= dict.fromkeys("gq", len(deals.minimum_fees))
        self.at: dict[str, int] = {}
        self.columns = 0
        for name, width in self.width.items():
            self.at[name] = self.columns
            self.columns += width
        self.nodes = 0
        self.rows: list[Vector] = []
        self.limits: list[float] = []
        self._add_deals()
        self._add_minimum_fees()
        self._add_sequences()
        self._add_limits()

    def solve(self, level: float, *, whole: bool, tolerance: float) -> tuple[float, Vector] | None:
        """Return a bound and the program's solution; None when nothing keeps the limits."""
        gain, constant = self._linear(self.inputs.tilt - level)
        gain[self.at["t"]] -= 1
        gain[self._of("b")] -= self.inputs.buy_cost
        gain[self._of("s")] -= self.inputs.sell_cost
        gain[self._of("z")] -= self.terms.order_price
        gain[self._of("g")] -= self.terms.surcharge_price
        gain[self._of("e")] -= self.terms.breach_price or 0.0
        upper = np.zeros(self.columns)
        for name, largest in _LARGEST.items():
            upper[self._of(name)] = largest
        upper[self._of("k")] = self.most
        upper[self._of("x")] = self.most * self.lot
        upper[self._of("z")] = upper[self._of("f")] = self.most > 0
        upper[self._of("y")] = 1
        upper[self._of("g")] = [minimum.least for minimum in self.deals.minimum_fees]
        upper[self._of("q")] = 1
        if self.terms.breach_price is None:
            upper[self._of("e")] = 0
        integral = np.zeros(self.columns)
        if whole:
            integral[self._of("k")] = self.deals.step > 0
            for name in "zfyq":
                integral[self._of(name)] = 1
        u = cp.Variable(
            self.columns,
            bounds=[np.zeros(self.columns), upper],
            integer=(np.flatnonzero(integral),) if whole else False,
        )
        rows = csr_array(np.array(self.rows)) @ u <= np.array(self.limits)
        problem = cp.Problem(cp.Maximize(gain * _BASIS_POINTS @ u), [rows])
        try:
            gap = tolerance / 10 * _BASIS_POINTS
            problem.solve(
                solver=cp.HIGHS,
                mip_abs_gap=gap,
                mip_max_nodes=min(MOST_NODES, MOST_NODES_IN_ALL - self.nodes),
                **_HIGHS,
            )
        except cp.SolverError as error:
            raise SolverError(f"HiGHS found no whole lots: {error}") from None
        if problem.status == cp.INFEASIBLE:
            return None
        if u.value is None:
            raise SolverError(f"HiGHS found no whole lots: {problem.status}")
        found: Any = problem.solver_stats
        if whole:
            self.nodes += max(int(found.extra_stats.mip_node_count), 1)
        bound = -found.extra_stats.mip_dual_bound if whole else problem.value
        return float(bound) / _BASIS_POINTS + constant, np.asarray(u.value)

    def amounts(self, x: Vector, *, whole: bool = True) -> Vector:
        """Return the deals' amounts; a solver's whole numbers are whole to 1e-6 alone."""
        lots = x[self._of("k")]
        if not whole:
            return np.clip(lots * self.lot, 0.0, self.deals.most)
        lots = np.where(self.deals.step > 0, np.round(lots), lots)
        amounts = np.clip(lots * self.lot, self.deals.least, self.deals.most)
        return np.where(x[self._of("z")] > 0.5, amounts, 0.0)

    def add_tangents(self, held: Vector) -> None:
        """Bound the risk term and the volatility from below by their tangents at what is held."""
        i = self.inputs
        w = held / held.sum()
        sigma_w = i.factor.T @ (i.factor @ w)
        variance = float(w @ sigma_w)
        slope = i.risk_aversion * sigma_w
        # t >= T (q(w) + slope'(a/T - w)), and slope'w = 2 q(w).
        self._at_most(slope - i.risk_aversion / 2 * variance, {"t": -1.0}, number=0, limit=0.0)
        self._keep(1, self._steepest(1, held), i.volatility)
        if i.has_wishes:
            number = 4 + self.n + WISHES.index("shortfall")
            slope = i.deviations * self._steepest(number, held) - i.net_returns
            self._keep(number, slope, -i.shortfall)

    def _steepest(self, number: int, held: Vector) -> Vector:
        """Return the gradient of volatility where a limit is judged; zero where there is none."""
        i, at = self.inputs, held.copy()
        if self.terms.spared[number]:
            at[self.terms.account] += 1 - held.sum()
        exposure = i.factor @ at
        size = float(np.linalg.norm(exposure))
        return np.asarray(i.factor.T @ exposure / (size or 1.0))

    def _add_deals(self) -> None:
        for j in range(self.d):
            self._row({("k", j): 1, ("z", j): -self.most[j]}, limit=0.0)
            for sign in (1.0, -1.0):
                self._row({("x", j): sign, ("k", j): -sign * self.lot[j]}, limit=0.0)
            self._row({("k", j): -1, ("z", j): self.deals.least[j] / self.lot[j]}, limit=0.0)
            side = (1.0, 0.0) if self.deals.buys[j] else (-1.0, 1.0)
            self._row({("z", j): 1, ("y", self.deals.classes[j]): -side[0]}, limit=side[1])

    def _add_minimum_fees(self) -> None:
        # g = max(least z - rate x, 0), from above where q = 1 and from below always.
        rates = self.deals.fee_rates
        for number, minimum in enumerate(self.deals.minimum_fees):
            j, g, q = minimum.deal, ("g", number), ("q", number)
            missing = {("z", j): minimum.least, ("x", j): -float(rates[j])}
            self._row(missing | {g: -1}, limit=0.0)
            largest = float(rates[j] * self.most[j] * self.lot[j])
            above = {column: -factor for column, factor in missing.items()}
            self._row(above | {g: 1, q: largest}, limit=largest)
            self._row({g: 1, q: -minimum.least}, limit=0.0)

    def _add_sequences(self) -> None:
        most, step, least = self.most * self.lot, self.deals.step, self.deals.least
        for sequence in self.deals.sequences:
            for place, j in enumerate(sequence[:-1]):
                later = sequence[place + 1 :]
                self._row({("k", j): -1, ("f", j): self.most[j]}, limit=0.0)
                row = {("k", i): self.lot[i] for i in later}
                row |= {("f", j): -float(most[list(later)].sum()), ("z", j): least[j] - step[j]}
                self._row(row, limit=least[j])
                if self.deals.buys[j]:
                    for second, i in enumerate(later):
                        # Both made: what is bought from the second on is no crumb.
                        crumb = self.deals.smallest_second
                        row = {("k", n): -self.lot[n] for n in later[second:]}
                        self._row(row | {("z", j): crumb, ("z", i): crumb}, limit=crumb)

    def _add_limits(self) -> None:
        i = self.inputs
        ones, units = np.ones(self.n), np.eye(self.n)
        for c in range(self.n):
            # T w >= floor: what stays is an amount of money.
            self._at_most(-units[c], {}, number=0, limit=-float(self.terms.floor[c]))
            self._at_most(units[c] - i.current[c] * ones, {"b": -1.0}, number=c, limit=0.0)
            self._at_most(i.current[c] * ones - units[c], {"s": -1.0}, number=c, limit=0.0)
        self._keep(0, i.risky, i.risky_share)
        self._keep(2, -i.liquid, -i.liquidity_floor)
        self._keep(3, -i.stable, -i.stable_floor)
        for c in range(self.n):
            self._keep(4 + c, units[c], float(i.caps[c]))
        if i.has_wishes:
            first = 4 + self.n
            self._keep(first + WISHES.index("equity_cap"), i.equity, i.equity_cap)
            self._keep(first + WISHES.index("equity_floor"), -i.equity, -i.equity_floor)
            desired = first + WISHES.index("desired_return")
            self._keep(desired, -i.net_returns, -i.desired_return)

    def _keep(self, number: int, slope: Vector, limit: float) -> None:
        """Add slope'w <= limit + e for one limit, by number in the order of `breaches`."""
        if self.terms.spared[number]:
            # slope'(a + (1 - T) account) <= limit + T e: the fees still lie in the account.
            at_account = float(slope[self.terms.account])
            slope, limit = slope - at_account, limit - at_account
        else:
            slope, limit = slope - limit, 0.0
        self._at_most(slope, {"e": -1.0}, number=number, limit=limit)

    def _at_most(
        self, slope: Vector, others: dict[str, float], *, number: int, limit: float
    ) -> None:
        """Add slope'a + others <= limit; a constant c in `slope` stands for c T, as T = 1'a."""
        row, constant = self._linear(slope)
        for name, factor in others.items():
            row[self.at[name] + number] = factor
        self._append(row, limit - constant)

    def _linear(self, slope: Vector) -> tuple[Vector, float]:
        row = np.zeros(self.columns)
        row[self._of("x")] = slope @ self.deals.moves
        row[self._of("g")] = slope @ self.deals.surcharge_moves
        return row, float(slope @ self.inputs.current)

    def _row(self, factors: dict[tuple[str, int], float], *, limit: float) -> None:
        row = np.zeros(self.columns)
        for (name, number), factor in factors.items():
            row[self.at[name] + number] = factor
        self._append(row, limit)

    def _append(self, row: Vector, limit: float) -> None:
        self.rows.append(row)
        self.limits.append(limit)

    def _of(self, name: str) -> slice:
        return slice(self.at[name], self.at[name] + self.width[name])
