"""What gives, and by how much, where the needs cannot all be met.

A need that today's holdings meet (`met_today`) never gives: they are an allocation that keeps all
of those, and nobody gives up an emergency fund for a limit that stays broken all the same. The
others are kept in the order of `NEEDS`. For each in turn

    least_i = min slack_i   given the hard limits, what is met today
                            and slack_j <= least_j + room for j before i

so that what is less important gives first, and no more than it must. Wishes count as not met, or
they would outrank a need. Budget, no short positions, locks and suitability never give. What gave
way is returned, never hidden.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TypeVar

import numpy as np

from allocator.errors import SolverError
from allocator.market.model import Vector
from allocator.optimizer.inputs import NEEDS, SOFT_NEEDS, Inputs
from allocator.optimizer.objective import OF_THE_WHOLE, breaches
from allocator.optimizer.problem import Solution
from allocator.optimizer.solvers import Setting, compiled_problem, stage_rounds_for

# Room left behind each stage. A need that gave way leaves a little more than it must, because the
# least volatility of a set is reached in one point and nothing could be chosen there any more:
# one basis point of volatility, a thousandth of a point of a share or of a return. The others
# leave a hair.
ROOM_AFTER_GIVING = {need: 1e-4 if need == "volatility" else 1e-5 for need in NEEDS}
ROOM_OTHERWISE = 1e-6
# Where no solver finds its way within that room, needs that gave leave ten times as much.
WIDENINGS = (1.0, 10.0)
# A need that today's holdings miss by no more than this is met: they keep inside its room.
_MET_WITHIN = ROOM_OTHERWISE / 2
# Added to what a need can be missed by at most, so that such a limit is never the one that binds.
_BEYOND_REACH = 0.1
# A floor may be any multiple of a small wealth. Weights reach one at most, so every floor above
# this one is missed by the same allocations, and the solver is spared the large numbers.
_HIGHEST_FLOOR = 2.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A need that could not be met in full: it was `wanted`, `granted` is what was possible."""

    need: str
    wanted: float
    granted: float


@dataclass(frozen=True, slots=True, eq=False)
class LeastSlack:
    """The least that one need must give.

    Attributes:
        value: In the need's own unit; for the class caps, the sum over the classes. Of a floor
            beyond reach, what is missed of the highest one within (`missed`).
        limits: What each need was allowed to give.
        solution: With the multipliers of the limits that make it give.
    """

    need: str
    value: float
    limits: Vector
    solution: Solution

    @property
    def gives(self) -> bool:
        """Whether the need cannot be met."""
        return self.value > ROOM_OTHERWISE


@dataclass(frozen=True, slots=True, eq=False)
class LeastSlacks:
    """What the needs must give: an answer for each not met today, and how wide the room became."""

    answers: tuple[LeastSlack, ...]
    widening: float

    @property
    def given(self) -> tuple[LeastSlack, ...]:
        """The needs that cannot be met, the most important first."""
        return tuple(answer for answer in self.answers if answer.gives)

    def limits(self, *, widening: float) -> Vector:
        """Return what each need may give, with this many times the room."""
        rooms = {g.need: g.value + widening * ROOM_AFTER_GIVING[g.need] for g in self.given}
        return np.array([rooms.get(need, ROOM_OTHERWISE) for need in NEEDS])


def least_slacks(inputs: Inputs) -> LeastSlacks:
    """Return what each need must give, by the rule above.

    Args:
        inputs: With hard limits that some weights meet.

    Raises:
        SolverError: no solver answered a stage, however wide the room.
    """
    anything, kept = any_slack(inputs), met_today(inputs)
    slacks = LeastSlacks((), WIDENINGS[0])
    for number, need in enumerate(NEEDS):
        if need in kept or inputs.is_off(need):
            continue
        is_settled = [other in kept or place < number for place, other in enumerate(NEEDS)]
        rooms = [w for w in WIDENINGS if w >= slacks.widening]
        for settings, widening in product(stage_rounds_for(len(inputs.tilt)), rooms):
            limits = np.where(is_settled, slacks.limits(widening=widening), anything)
            answer = _least_slack(inputs, need=need, limits=limits, settings=settings)
            if answer is not None:
                slacks = LeastSlacks((*slacks.answers, answer), widening)
                break
        else:
            raise SolverError(f"no solver can tell by how much {need} must give")
    return slacks


def met_today(inputs: Inputs) -> frozenset[str]:
    """Return the needs that today's holdings meet; wishes are never among them."""
    missed = breaches(inputs, inputs.current)
    first_cap = len(OF_THE_WHOLE)
    whole, caps = missed[:first_cap], missed[first_cap : first_cap + len(inputs.tilt)]
    missed_by = dict(zip(OF_THE_WHOLE, whole.tolist(), strict=True))
    missed_by["class_caps"] = float(caps.max())
    return frozenset(need for need in SOFT_NEEDS if missed_by[need] <= _MET_WITHIN)


def any_slack(inputs: Inputs) -> Vector:
    """Return for each need a little more than any weights can miss it by.

    A round large number would do as well on paper. A solver measures its precision against the
    largest number it is given, and the slacks are fractions.
    """
    inputs = _with_floors_in_reach(inputs)
    volatility = float(np.linalg.norm(inputs.factor, axis=0).max())
    mean = float(inputs.net_returns.min())
    misses = {
        "risky_share": 1.0 - inputs.risky_share,
        "volatility": volatility - inputs.volatility,
        "class_caps": 1.0,
        "liquidity": inputs.liquidity_floor,
        "stable": inputs.stable_floor,
        "equity_cap": 1.0 - inputs.equity_cap,
        "equity_floor": inputs.equity_floor,
        "shortfall": inputs.shortfall - mean + inputs.deviations * volatility,
        "desired_return": inputs.desired_return - mean,
    }
    return np.array([max(misses[need], 0.0) + _BEYOND_REACH for need in NEEDS])


def least_slack(inputs: Inputs, *, need: str, limits: Vector) -> LeastSlack:
    """Return the least slack of `need` when every need may give up to its limit.

    Where no solver finds its way, up to nine times `ROOM_OTHERWISE` more.

    Raises:
        SolverError: no solver answered.
    """
    settings = _all_stage_settings(inputs)
    for widening in WIDENINGS:
        wider = limits + (widening - 1) * ROOM_OTHERWISE
        answer = _least_slack(inputs, need=need, limits=wider, settings=settings)
        if answer is not None:
            return answer
    raise SolverError(f"no solver can tell by how much {need} must give")


def relax(
    inputs: Inputs, slacks: LeastSlacks, *, widening: float
) -> tuple[Inputs, tuple[Relaxation, ...]] | None:
    """Return inputs whose needs can all be met, and what each need had to give.

    Args:
        inputs: As wanted.
        slacks: What they must give.
        widening: How many times the room is left by a need that gives.

    Returns:
        None when no solver can tell which class caps give.
    """
    wanted, inputs = inputs, _with_floors_in_reach(inputs)
    allowed = slacks.limits(widening=widening)
    # A wish that nobody set stays off: moved, it would count as set and be given rows.
    limits = {
        need: 0.0 if wanted.is_off(need) else room
        for need, room in zip(NEEDS, allowed.tolist(), strict=True)
    }
    least = dict.fromkeys(NEEDS, 0.0) | {given.need: given.value for given in slacks.given}
    cap_slack = np.zeros(len(inputs.tilt))
    if least["class_caps"]:
        # How much the caps must give together is known; the utility decides which ones do.
        problem = compiled_problem(inputs, can_give=True)
        chosen = _first(
            problem.solve(inputs, solver=solver, options=options, limits=allowed)
            for solver, options in _all_stage_settings(inputs)
        )
        if chosen is None:
            return None
        cap_slack = np.clip(chosen.cap_slack, 0.0, None)
    eased = replace(
        inputs,
        risky_share=inputs.risky_share + limits["risky_share"],
        volatility=inputs.volatility + limits["volatility"],
        caps=inputs.caps + cap_slack + ROOM_OTHERWISE,
        liquidity_floor=inputs.liquidity_floor - limits["liquidity"],
        stable_floor=inputs.stable_floor - limits["stable"],
        equity_cap=inputs.equity_cap + limits["equity_cap"],
        equity_floor=inputs.equity_floor - limits["equity_floor"],
        shortfall=inputs.shortfall - limits["shortfall"],
        desired_return=inputs.desired_return - limits["desired_return"],
    )
    return eased, _relaxations(wanted, inputs, least)


def _all_stage_settings(inputs: Inputs) -> tuple[Setting, ...]:
    return tuple(chain(*stage_rounds_for(len(inputs.tilt))))


def _least_slack(
    inputs: Inputs, *, need: str, limits: Vector, settings: tuple[Setting, ...]
) -> LeastSlack | None:
    inputs = _with_floors_in_reach(inputs)
    problem = compiled_problem(inputs, can_give=True)
    solution = _first(
        problem.least_slack(inputs, need=need, limits=limits, solver=solver, options=options)
        for solver, options in settings
    )
    if solution is None:
        return None
    return LeastSlack(need, float(solution.slack[NEEDS.index(need)]), limits, solution)


def missed(inputs: Inputs, least: LeastSlack) -> float:
    """Return by how much a need stays below what was wanted, however far beyond reach that is."""
    reach = _with_floors_in_reach(inputs)
    beyond = {
        "liquidity": inputs.liquidity_floor - reach.liquidity_floor,
        "stable": inputs.stable_floor - reach.stable_floor,
    }
    return least.value + beyond.get(least.need, 0.0)


def _first(attempts: Iterable[_T | None]) -> _T | None:
    return next((found for found in attempts if found is not None), None)


def _with_floors_in_reach(inputs: Inputs) -> Inputs:
    return replace(
        inputs,
        liquidity_floor=min(inputs.liquidity_floor, _HIGHEST_FLOOR),
        stable_floor=min(inputs.stable_floor, _HIGHEST_FLOOR),
    )


def _relaxations(wanted: Inputs, inputs: Inputs, gave: dict[str, float]) -> tuple[Relaxation, ...]:
    limits = {
        "risky_share": (wanted.risky_share, inputs.risky_share + gave["risky_share"]),
        "volatility": (wanted.volatility, inputs.volatility + gave["volatility"]),
        "class_caps": (0.0, gave["class_caps"]),
        "liquidity": (wanted.liquidity_floor, inputs.liquidity_floor - gave["liquidity"]),
        "stable": (wanted.stable_floor, inputs.stable_floor - gave["stable"]),
        "equity_cap": (wanted.equity_cap, inputs.equity_cap + gave["equity_cap"]),
        "equity_floor": (wanted.equity_floor, inputs.equity_floor - gave["equity_floor"]),
        "shortfall": (wanted.shortfall, inputs.shortfall - gave["shortfall"]),
        "desired_return": (wanted.desired_return, inputs.desired_return - gave["desired_return"]),
    }
    return tuple(
        Relaxation(need, limit, granted) for need, (limit, granted) in limits.items() if gave[need]
    )
