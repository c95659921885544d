"""Which solvers are tried, in which order, and the compiled problems they are tried on.

Every entry bounds its iterations, so no input can hang a solve. A compiled problem holds the
numbers of its last solve; each thread therefore keeps its own, and functions of this package may
be called from any number of threads at once.
"""

import threading

from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import CompiledProblem

Setting = tuple[str, dict[str, float]]

# Up to this many classes every method may take all its iterations; beyond, their number falls with
# the square of the classes, as each costs the square. An ordinary solve takes about 20 of them.
_FULL_EFFORT_CLASSES = 40
_FEWEST_ITERATIONS = 60
# Up to this many classes a stage is tried in every way before it gets more room. Beyond, two ways
# come first, also with more room: of 9,700 stages of absurd or contradicting needs over 200 classes
# they failed in 0.6 %, and the others succeeded in half of those.
_ALL_WAYS_CLASSES = 100
_QUICK_WAYS = 2
_STAGE_TOLERANCE = 1e-7


def settings_for(n: int) -> tuple[Setting, ...]:
    """Return solver and options in the order in which they are tried for n classes.

    Tight first, plain second (a tight tolerance can end in "inaccurate"), tighter than double
    precision can prove third (it ends in the last digits it can reach, which is often enough where
    needs leave next to no room), another method last.
    """
    effort = min(1.0, (_FULL_EFFORT_CLASSES / n) ** 2)

    def most(iterations: int) -> int:
        return max(_FEWEST_ITERATIONS, int(iterations * effort))

    def within(tolerance: float) -> dict[str, float]:
        return dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance)

    return (
        ("CLARABEL", {**within(1e-11), "max_iter": most(200)}),
        ("CLARABEL", {"max_iter": most(500)}),
        ("CLARABEL", {**within(1e-13), "max_iter": most(200)}),
        ("SCS", {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iters": most(20_000)}),
    )


def stage_rounds_for(n: int) -> tuple[tuple[Setting, ...], ...]:
    """Return the order for the stages between needs, which ask for less precision than answers.

    A round is tried with every room before the next one.

    An answer that stops short is taken where it is right to a tenth of the hair between stages.
    The second try leaves the numbers as they are, which finds its way where scaling them does not;
    the third keeps farther from the edge, the fourth takes more care with each step's equations.
    """
    _, (solver, plain), *_ = settings_for(n)
    names = ("reduced_tol_gap_abs", "reduced_tol_gap_rel", "reduced_tol_feas")
    plain = plain | dict.fromkeys(names, _STAGE_TOLERANCE)
    ways: tuple[dict[str, float], ...] = (
        {},
        {"equilibrate_enable": False},
        {"max_step_fraction": 0.9},
        {
            "iterative_refinement_max_iter": 50,
            "iterative_refinement_abstol": 1e-14,
            "iterative_refinement_reltol": 1e-14,
        },
    )
    settings = tuple((solver, plain | way) for way in ways)
    if n <= _ALL_WAYS_CLASSES:
        return (settings,)
    return (settings[:_QUICK_WAYS], settings[_QUICK_WAYS:])


_local = threading.local()


def compiled_problem(inputs: Inputs, *, can_give: bool = False) -> CompiledProblem:
    """Return this thread's problem for inputs of this shape, compiled at its first use.

    Where `can_give`, needs may give up to limits; that problem is larger and less precise.
    """
    problems: dict[tuple[int, bool, bool], CompiledProblem]
    problems = _local.__dict__.setdefault("problems", {})
    shape = (len(inputs.tilt), inputs.has_wishes, can_give)
    if shape not in problems:
        problems[shape] = CompiledProblem(shape[0], has_wishes=shape[1], can_give=can_give)
    return problems[shape]
