"""The allocation problem re-solved, against the libraries that solve it too.

Random problems over 8, 20 and 40 classes with bounds, groups and a volatility cap, once with
trading costs and once without, for the library that knows none (`benchmarks.portfolio`). Every
library answers the same instances in turn and is charged the processor time of the process, which
other work on the machine cannot stretch. Ours is the compiled problem with new numbers and its own
check of the optimum, and also answers the rest of 2,000 instances a size. A failure is no answer,
or one that misses the optimum or a limit by more than 1e-6. Errors are distances from a reference
that is itself only proved to what is printed below the table. The table is the result; nothing is
asserted.

Run with `make bench-optimizer`.
"""

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Run as a script, this file stands beside others that would hide packages of the same name.
if Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    sys.path.pop(0)

from allocator.errors import SolverError
from allocator.market.model import Vector
from allocator.optimizer.solver import solve_verified
from benchmarks.portfolio.instances import (
    Instance,
    draw_instance,
    objective_of,
    violation_of,
)
from benchmarks.portfolio.peers import (
    Solve,
    solve_with_naive_cvxpy,
    solve_with_pypfopt,
    solve_with_riskfolio,
    solve_with_skfolio,
)
from benchmarks.portfolio.reference import Reference, find_reference
from benchmarks.report.machine import machine

SIZES = (8, 20, 40)
INSTANCES = 2000
SHARED = 200
WARM_UP = 5
TOLERATED = 1e-6
SEED = 20261122


def solve_with_ours(instance: Instance) -> Vector:
    """Return the weights of the compiled problem, checked."""
    found = solve_verified(instance.inputs)
    if found is None:
        raise SolverError("no optimum that passes the check")
    return found[0].weights


WITHOUT_COSTS: Mapping[str, Solve] = {
    "ours": solve_with_ours,
    "pypfopt": solve_with_pypfopt,
    "skfolio": solve_with_skfolio,
    "riskfolio": solve_with_riskfolio,
    "naive cvxpy": solve_with_naive_cvxpy,
}
WITH_COSTS = {name: solve for name, solve in WITHOUT_COSTS.items() if name != "riskfolio"}


@dataclass(slots=True)
class Record:
    """What one library did with the instances it was given.

    Attributes:
        seconds: Processor time of the instances that every library answered.
        errors, violations: Distance from the reference per year, and from the limits, of answers.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    violations: list[float] = field(default_factory=list)
    asked: int = 0
    failures: int = 0

    @property
    def median(self) -> float:
        """Median processor seconds of an answer."""
        return float(np.median(self.seconds))

    def ask(
        self, solve: Solve, instance: Instance, reference: Reference, *, is_timed: bool
    ) -> None:
        """Time one answer and compare it with the reference."""
        self.asked += 1
        started = time.process_time()
        try:
            weights = solve(instance)
        # A library may fail in any way it likes; it is a failure.
        except Exception:  # noqa: BLE001
            weights = np.full_like(instance.lower, np.nan)
        seconds = time.process_time() - started
        if is_timed:
            self.seconds.append(seconds)
        if not np.isfinite(weights).all():
            self.failures += 1
            return
        error = abs(objective_of(instance.inputs, weights) - reference.objective)
        violation = violation_of(instance, weights)
        self.errors.append(error)
        self.violations.append(violation)
        self.failures += max(error, violation) > TOLERATED


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    random = np.random.default_rng(SEED)
    print(f"{SHARED} instances answered by all, {INSTANCES:,} by ours with costs; processor ms")
    print(
        f"{'n':>3} {'problem':<10}{'library':<13}{'median':>8}{'p95':>8}{'x ours':>8}"
        f"{'from ref.':>13}{'violation':>11}{'failures':>14}"
    )
    shortfall = 0.0
    ours: list[Record] = []
    ratios: dict[str, float] = {}
    for n in SIZES:
        with_costs = {name: Record() for name in WITH_COSTS}
        without_costs = {name: Record() for name in WITHOUT_COSTS}
        warm_up(random, n)
        for number in range(INSTANCES):
            instance = draw_instance(random, n)
            reference = find_reference(instance)
            shortfall = max(shortfall, reference.shortfall)
            if number >= SHARED:
                with_costs["ours"].ask(solve_with_ours, instance, reference, is_timed=False)
                continue
            ask_all(with_costs, WITH_COSTS, instance, reference, first=number)
            instance = instance.without_costs()
            reference = find_reference(instance)
            shortfall = max(shortfall, reference.shortfall)
            ask_all(without_costs, WITHOUT_COSTS, instance, reference, first=number)
        print_rows(n, "with costs", with_costs)
        print_rows(n, "no costs", without_costs)
        ours += [with_costs["ours"], without_costs["ours"]]
        if n == 20:
            ratios = {k: r.median / with_costs["ours"].median for k, r in with_costs.items()}
    print(
        "errors are distances from a reference, the best of two solves; every reference is proved "
        f"optimal to {shortfall:.1e} a year"
    )
    print(machine())
    print(
        f"RATIO n=20 pypfopt/ours={ratios['pypfopt']:.1f} skfolio/ours={ratios['skfolio']:.1f} "
        f"worst_error={max(max(record.errors) for record in ours):.1e} "
        f"failures={sum(record.failures for record in ours)}"
    )


def warm_up(random: np.random.Generator, n: int) -> None:
    """Let every library load and compile what it keeps."""
    for _ in range(WARM_UP):
        instance = draw_instance(random, n).without_costs()
        reference = find_reference(instance)
        ask_all({name: Record() for name in WITHOUT_COSTS}, WITHOUT_COSTS, instance, reference)


def ask_all(
    records: Mapping[str, Record],
    solvers: Mapping[str, Solve],
    instance: Instance,
    reference: Reference,
    *,
    first: int = 0,
) -> None:
    """Ask every library in turn; each instance begins with another one."""
    names = list(solvers)
    turn = first % len(names)
    for name in names[turn:] + names[:turn]:
        # Riskfolio-Lib prints what it could not solve.
        with contextlib.redirect_stdout(io.StringIO()):
            records[name].ask(solvers[name], instance, reference, is_timed=True)


def print_rows(n: int, problem: str, records: Mapping[str, Record]) -> None:
    """Print one row a library."""
    for name, record in records.items():
        p95 = float(np.percentile(record.seconds, 95)) * 1000
        ratio = record.median / records["ours"].median
        failures = f"{record.failures} of {record.asked:,}"
        print(
            f"{n:>3} {problem:<10} {name:<12}{record.median * 1000:>8.2f}{p95:>8.2f}{ratio:>8.1f}"
            f"{max(record.errors):>13.1e}{max(record.violations):>11.1e}{failures:>14}",
            flush=True,
        )


if __name__ == "__main__":
    main()
