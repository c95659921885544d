"""Conflicts: which limits contradict each other, named, and no more of them than it takes.

Limits belong to groups: the needs in their order, and two that never give, locks and suitability.
Budget and no short positions always hold and are never named. Locks lift the cap of their class to
what is locked; without them the cap stands as it was, unless what was granted to others rests on
it. The conflict of a need that cannot
be met is a minimal set of groups:

    together they cannot be met; without any one of them the others can

It is found by a deletion filter. What today's holdings meet and all that is more important than the
first need that gives can be met (`relaxation`), so that need belongs to every conflict with it.
Each other group is dropped in turn, the hard ones first; where the need must give all the same, the
group stays out. For a need that gives after others did, those stand at what was granted to them.

Most groups need no solve. By weak duality, dropping groups lowers the least slack by no more than

    sum of multiplier * the most by which weights can miss the limit

so groups for which that is less than what the need gives are dropped at once, at the start and
after every group that stays out.

A need must give when its least slack exceeds a millionth, the same bound as in `relaxation`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from allocator.errors import SolverError
from allocator.mandate import Mandate
from allocator.market.model import MarketModel, Vector
from allocator.optimizer.inputs import NEEDS, Inputs, inputs_of
from allocator.optimizer.relaxation import (
    ROOM_OTHERWISE,
    LeastSlack,
    any_slack,
    least_slack,
    least_slacks,
    met_today,
    missed,
)
from allocator.statements import Statement

# Sums of fractions may pass what they stand for by this much.
_ROUNDING = 1e-9


class Limit(StrEnum):
    """A group of limits that stands or falls together: the hard ones, then `NEEDS`."""

    LOCKS = "locks"
    SUITABILITY = "suitability"
    RISKY_SHARE = "risky_share"
    VOLATILITY = "volatility"
    CLASS_CAPS = "class_caps"
    LIQUIDITY = "liquidity"
    STABLE = "stable"
    EQUITY_CAP = "equity_cap"
    EQUITY_FLOOR = "equity_floor"
    SHORTFALL = "shortfall"
    DESIRED_RETURN = "desired_return"


# What contradicts the budget by itself; of the others, nothing to choose from has as much.
_ALONE = {
    Limit.CLASS_CAPS: "conflict.caps_below_wealth",
    Limit.LIQUIDITY: "conflict.with_wealth",
    Limit.STABLE: "conflict.with_wealth",
    Limit.EQUITY_FLOOR: "conflict.with_wealth",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A minimal set of limits that cannot be met together.

    Attributes:
        limits: In the order of `Limit`; a single one contradicts the budget.
        gives: The limit of them that gives; None where only hard ones are in conflict.
        by: The least it has to give of what was wanted, in its own unit: weight, volatility or
            yearly return. What gave before it has its room of a millionth and more (`relaxation`),
            so this can be smaller than the exact least by that room times its multiplier.
    """

    limits: tuple[Limit, ...]
    gives: Limit | None
    by: float


def find_conflicts(mandate: Mandate, market: MarketModel) -> tuple[Conflict, ...]:
    """Return one conflict for each need that cannot be met, the most important need first.

    Raises:
        InputError: mandate and model speak of different classes, or a number is out of range.
        SolverError: no solver answered one of the questions.
    """
    inputs = inputs_of(mandate, market, with_costs=False)
    return conflicts_in(inputs, own_caps=np.array(mandate.class_caps, dtype=np.float64))


def conflicts_in(inputs: Inputs, *, own_caps: Vector | None = None) -> tuple[Conflict, ...]:
    """Return one conflict for each need that cannot be met, the most important need first.

    Args:
        inputs: What cannot be met.
        own_caps: The class caps as they stand again without the locks that lift them; those of
            the inputs where none are given.
    """
    hard = conflict_of_hard_limits(inputs)
    if hard is not None:
        return (hard,)
    caps = inputs.caps if own_caps is None else own_caps
    return tuple(
        Conflict(_minimal(inputs, given, caps), Limit(given.need), missed(inputs, given))
        for given in least_slacks(inputs).given
    )


def conflict_of_hard_limits(inputs: Inputs) -> Conflict | None:
    """Return the conflict of locks with the budget or with suitability, if there is one.

    What is fixed must fit into one, and in each class into what is held and may be bought.
    """
    if inputs.fixed.sum() > 1 + _ROUNDING:
        return Conflict((Limit.LOCKS,), None, 0.0)
    if (inputs.fixed > inputs.current + inputs.buy_limit + _ROUNDING).any():
        return Conflict((Limit.LOCKS, Limit.SUITABILITY), None, 0.0)
    return None


def conflict_statements(conflict: Conflict) -> tuple[Statement, ...]:
    """Return what stands in the way of the need that gives, to be said after it is named."""
    others = [limit for limit in conflict.limits if limit is not conflict.gives]
    if not others:
        return (Statement(_ALONE.get(conflict.limits[0], "conflict.no_mix")),)
    return tuple(Statement(f"conflict.{limit}") for limit in others)


def _minimal(inputs: Inputs, given: LeastSlack, own_caps: Vector) -> tuple[Limit, ...]:
    before = {*NEEDS[: NEEDS.index(given.need)], *met_today(inputs)}
    kept = {Limit(need) for need in before if not inputs.is_off(need)}
    if inputs.fixed.any():
        kept.add(Limit.LOCKS)
    if not inputs.buy_limit.all():
        kept.add(Limit.SUITABILITY)
    kept -= _idle(inputs, given, kept)
    for limit in Limit:
        if limit in kept:
            answer = _least_without(inputs, given, kept - {limit}, own_caps)
            if answer.gives:
                kept.remove(limit)
                kept -= _idle(inputs, answer, kept)
    return tuple(limit for limit in Limit if limit in kept or limit == given.need)


def _idle(inputs: Inputs, answer: LeastSlack, kept: set[Limit]) -> set[Limit]:
    """Return limits without which the need must give all the same, by their multipliers."""
    dual = answer.solution
    prices = {
        Limit.LOCKS: float(dual.fixed_dual @ inputs.fixed),
        Limit.SUITABILITY: float(dual.buy_limit_dual @ (1.0 - inputs.buy_limit)),
    }
    multipliers = (
        dual.risky_dual,
        dual.volatility_dual,
        float(dual.cap_dual.max()),
        dual.liquidity_dual,
        dual.stable_dual,
        dual.equity_cap_dual,
        dual.equity_floor_dual,
        dual.shortfall_dual,
        dual.desired_return_dual,
    )
    misses = any_slack(inputs).tolist()
    prices |= {Limit(n): y * m for n, y, m in zip(NEEDS, multipliers, misses, strict=True)}
    # Half of what the need gives is left for the last digits of the multipliers.
    spare = (answer.value - ROOM_OTHERWISE) / 2
    idle = set()
    for limit in Limit:
        if limit in kept and prices[limit] <= spare:
            idle.add(limit)
            spare -= max(prices[limit], 0.0)
    return idle


def _least_without(
    inputs: Inputs, given: LeastSlack, kept: set[Limit], own_caps: Vector
) -> LeastSlack:
    limits = np.where([Limit(n) in kept for n in NEEDS], given.limits, any_slack(inputs))
    if Limit.SUITABILITY not in kept:
        inputs = replace(inputs, buy_limit=np.ones_like(inputs.buy_limit))
    if Limit.LOCKS in kept:
        return least_slack(inputs, need=given.need, limits=limits)
    inputs = replace(inputs, fixed=np.zeros_like(inputs.fixed))
    try:
        return least_slack(replace(inputs, caps=own_caps), need=given.need, limits=limits)
    except SolverError:
        # What was granted to the others can rest on caps that the locks lift.
        return least_slack(inputs, need=given.need, limits=limits)
