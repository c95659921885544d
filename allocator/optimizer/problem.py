"""The allocation problem, compiled once and re-solved by parameters.

Variables are weights w, purchases b and sales s (fractions of wealth), and the exposure F w:

    max  tilt'w - risk_aversion/2 * |exposure|^2 - buy_cost'b - sell_cost's
    s.t. 1'w = 1                          budget
         w = current + b - s              trades
         exposure = F w                   with F'F = Sigma
         w >= fixed                       what cannot be sold
         w <= caps + e_caps               class caps
         0 <= b <= buy_limit, 0 <= s <= current
         risky'w  <= risky_share + e_risky
         |exposure| <= volatility + e_volatility
         liquid'w >= liquidity - e_liquidity
         stable'w >= stable - e_stable
         equity'w <= equity_cap + e_equity_cap
         equity'w >= equity_floor - e_equity_floor
         mu'w - deviations * |exposure| >= shortfall - e_shortfall
         mu'w >= desired_return - e_desired_return

The last four are wishes. A mandate without any is solved without their rows and pays nothing for
them; where one is set, the others have limits that no weights can miss (`OFF`). The shortfall wish
bounds the return of a year that falls `deviations` (z) standard deviations short of its mean. With
normal returns a year falls below it with probability Phi(-z), 5 % for z = 1.645; z = 2.0627 bounds
the mean of the worst 5 % of years instead.

The slacks e are zero in an ordinary solve (`slack_limit` = 0). The same compiled problem finds
the least the needs must give when they cannot all be met: the objective is then the slack of one
need (`slack_price`), and the numbers of the utility are zero.

Costs are one-off fractions spread over the mandate's horizon. tilt is net of fees and carries the
hedge against income that moves with equities (`allocator.mandate`); mu, in the wishes, is net of
fees and carries no hedge.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np

from allocator.errors import SolverError
from allocator.market.model import Matrix, Vector
from allocator.optimizer.compiled import ClarabelProgram, flat, marked
from allocator.optimizer.inputs import NEEDS, SOFT_NEEDS, WISHES, Inputs

# A status says nothing here: every solution is checked by its KKT residuals (`verification`).
warnings.filterwarnings("ignore", message="Solution may be inaccurate", category=UserWarning)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Primal and dual values as the solver returned them; nothing is trusted yet."""

    weights: Vector
    bought: Vector
    sold: Vector
    slack: Vector
    cap_slack: Vector
    budget_dual: float
    trade_dual: Vector
    fixed_dual: Vector
    cap_dual: Vector
    buy_limit_dual: Vector
    sell_limit_dual: Vector
    buy_sign_dual: Vector
    sell_sign_dual: Vector
    risky_dual: float
    volatility_dual: float
    risk_dual: Vector
    liquidity_dual: float
    stable_dual: float
    equity_cap_dual: float
    equity_floor_dual: float
    shortfall_dual: float
    desired_return_dual: float


class CompiledProblem:
    """One compiled problem for n classes. Not safe to share between threads.

    Slack that may only be zero would leave the feasible set without an inside and its multipliers
    without a bound, which costs the solver its last digits: an ordinary solve has none
    (`can_give` is False).
    """

    def __init__(self, n: int, *, has_wishes: bool, can_give: bool) -> None:
        self.n, self.needs = n, NEEDS if has_wishes else SOFT_NEEDS
        self._w, self._b, self._s = cp.Variable(n), cp.Variable(n), cp.Variable(n)
        self._exposure, risk = cp.Variable(n), cp.Variable()
        sizes = {need: n if need == "class_caps" else 1 for need in self.needs}
        slack = {
            need: cp.Variable(size) if can_give else cp.Constant(np.zeros(size))
            for need, size in sizes.items()
        }
        p = {name: cp.Parameter(n) for name in ("tilt", "current", "fixed", "caps", "buy_limit")}
        p |= {name: cp.Parameter(n) for name in ("risky", "liquid", "stable")}
        p |= {name: cp.Parameter(n, nonneg=True) for name in ("buy_cost", "sell_cost")}
        p |= {name: cp.Parameter() for name in ("risky_share", "liquidity_floor", "stable_floor")}
        p |= {name: cp.Parameter(nonneg=True) for name in ("risk_aversion", "volatility")}
        self._slack_price = cp.Parameter(len(self.needs), nonneg=True)
        self._slack_limit = cp.Parameter(len(self.needs), nonneg=True)
        self._p, self._slack = p, slack

        self._c = {
            "budget": cp.sum(self._w) == 1,
            "trade": self._w == p["current"] + self._b - self._s,
            "fixed": self._w >= p["fixed"],
            "caps": self._w <= p["caps"] + slack["class_caps"],
            "buy_sign": self._b >= 0,
            "buy_limit": self._b <= p["buy_limit"],
            "sell_sign": self._s >= 0,
            "sell_limit": self._s <= p["current"],
            "risky": p["risky"] @ self._w <= p["risky_share"] + slack["risky_share"][0],
            "volatility": risk <= p["volatility"] + slack["volatility"][0],
            "risk": cp.SOC(risk, self._exposure),
            "liquidity": p["liquid"] @ self._w >= p["liquidity_floor"] - slack["liquidity"][0],
            "stable": p["stable"] @ self._w >= p["stable_floor"] - slack["stable"][0],
        }
        if has_wishes:
            self._add_wishes(risk)
        totals = cp.hstack([cp.sum(slack[need]) for need in self.needs])
        utility = (
            p["tilt"] @ self._w
            - p["risk_aversion"] / 2 * cp.sum_squares(self._exposure)
            - p["buy_cost"] @ self._b
            - p["sell_cost"] @ self._s
        )
        limits = []
        if can_give:
            utility -= self._slack_price @ totals
            limits = [totals <= self._slack_limit, *(each >= 0 for each in slack.values())]
        self._utility, self._limits = cp.Maximize(utility), [*self._c.values(), *limits]
        self._unknowns = [self._w, self._b, self._s, *(slack.values() if can_give else ())]
        marks = marked((n, n))
        problem = self._problem_of(marks)
        if not problem.is_dcp(dpp=True):
            raise SolverError("the allocation problem must follow cvxpy's DPP rules")
        self._program = ClarabelProgram(problem, list(self._c.values()), self._unknowns, marks)
        self._factor: Matrix = np.zeros((n, n))
        self._values: dict[cp.Parameter, Any] = {}
        self._status = ""

    def _problem_of(self, factor: Matrix) -> cp.Problem:
        return cp.Problem(self._utility, [self._exposure == factor @ self._w, *self._limits])

    def _add_wishes(self, risk: cp.Variable) -> None:
        p, slack, w = self._p, self._slack, self._w
        p |= {name: cp.Parameter(self.n) for name in ("net_returns", "equity")}
        p |= {name: cp.Parameter() for name in WISHES}
        p |= {"deviations": cp.Parameter(nonneg=True)}
        equity, mean = p["equity"] @ w, p["net_returns"] @ w
        bad_year = mean - p["deviations"] * risk
        self._c |= {
            "equity_cap": equity <= p["equity_cap"] + slack["equity_cap"][0],
            "equity_floor": equity >= p["equity_floor"] - slack["equity_floor"][0],
            "shortfall": bad_year >= p["shortfall"] - slack["shortfall"][0],
            "desired_return": mean >= p["desired_return"] - slack["desired_return"][0],
        }

    def solve(
        self,
        inputs: Inputs,
        *,
        solver: str,
        options: dict[str, float],
        limits: Vector | None = None,
    ) -> Solution | None:
        """Return what the solver found, or None when it found nothing; the caller verifies it.

        `limits` lets each need give up to that much, at no price; by default none gives.
        """
        self._load(inputs)
        self._values[self._slack_price] = np.zeros(len(self.needs))
        allowed = np.zeros(len(self.needs)) if limits is None else limits[: len(self.needs)]
        self._values[self._slack_limit] = allowed
        return self.attempt(solver, options)

    def least_slack(
        self, inputs: Inputs, *, need: str, limits: Vector, solver: str, options: dict[str, float]
    ) -> Solution | None:
        """Return the point of the least slack of `need` when each may give up to `limits`."""
        self._load(inputs)
        for name in ("tilt", "buy_cost", "sell_cost"):
            self._values[self._p[name]] = np.zeros(self.n)
        self._values[self._p["risk_aversion"]] = 0.0
        price = np.zeros(len(self.needs))
        price[self.needs.index(need)] = 1.0
        self._values |= {self._slack_price: price, self._slack_limit: limits[: len(self.needs)]}
        return self.attempt(solver, options)

    @property
    def is_infeasible(self) -> bool:
        """True if the last solve ended with a certificate that no point meets all limits."""
        return self._status in ("PrimalInfeasible", cp.INFEASIBLE)

    def _load(self, inputs: Inputs) -> None:
        self._values = {p: getattr(inputs, name) for name, p in self._p.items()}
        self._factor = inputs.factor

    def attempt(self, solver: str, options: dict[str, float]) -> Solution | None:
        """Run one solver on the numbers loaded last; None when it found nothing."""
        with np.errstate(all="ignore"):
            if solver == cp.CLARABEL:
                answer = self._program.solve(self._values, self._factor, options)
                self._status = answer.status
                if not answer.values:
                    return None
                return self._solution(answer.values, answer.multipliers)
            return self._attempt_by_cvxpy(solver, options)

    def _attempt_by_cvxpy(self, solver: str, options: dict[str, float]) -> Solution | None:
        try:
            for parameter, value in self._values.items():
                parameter.value = value
            problem = self._problem_of(self._factor)
            problem.solve(solver=solver, warm_start=False, **options)
        except (cp.SolverError, ValueError, ArithmeticError):
            self._status = ""
            return None
        self._status = problem.status
        if self._w.value is None or self._status not in cp.settings.SOLUTION_PRESENT:
            return None
        duals = [c.dual_value for c in self._c.values()]
        if any(dual is None for dual in duals):
            return None
        return self._solution(
            [flat(unknown.value) for unknown in self._unknowns], [flat(dual) for dual in duals]
        )

    def _solution(self, values: Sequence[Vector], duals: Sequence[Vector]) -> Solution:
        weights, bought, sold, *slack = values
        slacks = dict(zip(self.needs, slack, strict=False))
        dual = dict(zip(self._c, duals, strict=True))

        def one(name: str) -> float:
            return float(dual[name][0]) if name in dual else 0.0

        return Solution(
            weights=weights,
            bought=bought,
            sold=sold,
            slack=np.array([float(np.sum(slacks.get(need, 0.0))) for need in self.needs]),
            cap_slack=slacks.get("class_caps", np.zeros(self.n)),
            budget_dual=one("budget"),
            trade_dual=dual["trade"],
            fixed_dual=dual["fixed"],
            cap_dual=dual["caps"],
            buy_limit_dual=dual["buy_limit"],
            sell_limit_dual=dual["sell_limit"],
            buy_sign_dual=dual["buy_sign"],
            sell_sign_dual=dual["sell_sign"],
            risky_dual=one("risky"),
            volatility_dual=one("volatility"),
            risk_dual=-dual["risk"][1:],
            liquidity_dual=one("liquidity"),
            stable_dual=one("stable"),
            equity_cap_dual=one("equity_cap"),
            equity_floor_dual=one("equity_floor"),
            shortfall_dual=one("shortfall"),
            desired_return_dual=one("desired_return"),
        )
