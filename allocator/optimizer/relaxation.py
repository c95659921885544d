"""What gives, and by how much, where the needs cannot all be met.

Needs are kept in the order of `NEEDS`. For each in turn

    least_i = min slack_i   given the hard limits and slack_j <= least_j + room for j before i

so that what is less important gives first, and no more than it must. Budget, no short positions,
locks and suitability never give. What gave way is returned, never hidden.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from allocator.errors import SolverError
from allocator.market.model import Vector
from allocator.optimizer.inputs import NEEDS, Inputs
from allocator.optimizer.solvers import compiled_problem, stage_settings_for

# Room left behind each stage. A need that gave way leaves a little more than it must, because the
# least volatility of a set is reached in one point and nothing could be chosen there any more:
# one basis point of volatility, a thousandth of a point of a share or of a return. The others
# leave a hair.
ROOM_AFTER_GIVING = {need: 1e-4 if need == "volatility" else 1e-5 for need in NEEDS}
ROOM_OTHERWISE = 1e-6
# No weight, volatility, share or return can miss its limit by more than this.
ANY_SLACK = 1e3
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
class LeastSlacks:
    """What the needs must give: `least` by need, and the `limits` that leave room for a choice."""

    least: Vector
    limits: Vector


def least_slacks(inputs: Inputs, *, widening: float = 1.0) -> LeastSlacks:
    """Return what each need must give, by the rule above.

    Args:
        inputs: With hard limits that some weights meet.
        widening: Factor of the room left by a need that gave.

    Raises:
        SolverError: no solver answered a stage.
    """
    least = np.zeros(len(NEEDS))
    limits = np.full(len(NEEDS), ANY_SLACK)
    for number, need in enumerate(NEEDS):
        slack = 0.0 if inputs.is_off(need) else least_slack(inputs, need=need, limits=limits)
        gives = slack > ROOM_OTHERWISE
        least[number] = slack if gives else 0.0
        room = widening * ROOM_AFTER_GIVING[need] if gives else ROOM_OTHERWISE
        limits[number] = least[number] + room
    return LeastSlacks(least, limits)


def least_slack(inputs: Inputs, *, need: str, limits: Vector) -> float:
    """Return the least slack of `need` when every need may give up to its limit.

    Raises:
        SolverError: no solver answered.
    """
    inputs = _with_floors_in_reach(inputs)
    problem = compiled_problem(inputs, can_give=True)
    slack = _first(
        problem.least_slack(inputs, need=need, limits=limits, solver=solver, options=options)
        for solver, options in stage_settings_for(len(inputs.tilt))
    )
    if slack is None:
        raise SolverError(f"no solver can tell by how much {need} must give")
    return slack


def relax(inputs: Inputs, *, widening: float) -> tuple[Inputs, tuple[Relaxation, ...]]:
    """Return inputs whose needs can all be met, and what each need had to give.

    Raises:
        SolverError: no solver answered one of the stages.
    """
    wanted, inputs = inputs, _with_floors_in_reach(inputs)
    slacks = least_slacks(inputs, widening=widening)
    least, limits = (
        dict(zip(NEEDS, v.tolist(), strict=True)) for v in (slacks.least, slacks.limits)
    )
    cap_slack = np.zeros(len(inputs.tilt))
    if least["class_caps"]:
        # How much the caps must give together is known; the utility decides which ones do.
        problem = compiled_problem(inputs, can_give=True)
        chosen = _first(
            problem.solve(inputs, solver=solver, options=options, limits=slacks.limits)
            for solver, options in stage_settings_for(len(inputs.tilt))
        )
        if chosen is None:
            raise SolverError("the relaxed needs have no optimum")
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
