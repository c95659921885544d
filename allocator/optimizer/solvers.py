"""Which solvers are tried, in which order, and the compiled problems they are tried on.

Every entry bounds its iterations, so no input can hang a solve. A compiled problem holds the
numbers of its last solve; each thread therefore keeps its own, and functions of this package may
be called from any number of threads at once.
"""

import threading

from allocator.optimizer.problem import CompiledProblem, Inputs

Setting = tuple[str, dict[str, float]]

# Tight first, plain second (a tight tolerance can end in "inaccurate"), another method last.
SOLVERS: tuple[Setting, ...] = (
    ("CLARABEL", {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11, "max_iter": 200}),
    ("CLARABEL", {"max_iter": 500}),
    ("SCS", {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iters": 20000}),
)
# The stages between needs ask for less precision than answers: the plain setting is sturdier.
STAGE_SOLVERS = (SOLVERS[1], SOLVERS[0], SOLVERS[2])

_local = threading.local()


def compiled_problem(inputs: Inputs) -> CompiledProblem:
    """Return this thread's problem for inputs of this shape, compiled at its first use."""
    cache: dict[tuple[int, bool], CompiledProblem] = _local.__dict__.setdefault("problems", {})
    shape = (len(inputs.tilt), inputs.has_wishes)
    if shape not in cache:
        cache[shape] = CompiledProblem(shape[0], has_wishes=shape[1])
    return cache[shape]
