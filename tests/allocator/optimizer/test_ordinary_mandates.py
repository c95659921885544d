"""Ordinary mandates all get an optimum and the names of their conflicts.

Random households of the shipped classes. Those of `HARD` were once refused: what is locked fills a
limit to the last digit, and no solver found a way without more care.
"""

import pytest
from ordinary_mandates import ordinary_mandate

from allocator.market.assumptions import load_default_assumptions
from allocator.optimizer.conflicts import find_conflicts
from allocator.optimizer.solver import optimize
from allocator.optimizer.verification import KKT_TOLERANCE

MARKET = load_default_assumptions()
HARD = (520, 106973, 107950, 313529)


@pytest.mark.parametrize("seed", [*range(150), *HARD])
def test_an_ordinary_mandate_gets_a_verified_optimum_and_its_conflicts_are_named(seed: int) -> None:
    mandate = ordinary_mandate(seed)
    found = optimize(mandate, MARKET)
    plain = optimize(mandate, MARKET, with_costs=False)
    assert max(found.residual, plain.residual) <= KKT_TOLERANCE
    # Nothing is eased but for a need that is named.
    assert bool(found.leeway) == bool(found.relaxations)
    wanted = [relaxed.need for relaxed in plain.relaxations]
    assert [conflict.gives for conflict in find_conflicts(mandate, MARKET)] == wanted
