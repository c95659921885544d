"""Mandates that contradict themselves or make no sense: how long an answer takes at most.

Absurd mandates have their numbers at the ends of the ranges, thrown together; in contradictory ones
every need and every wish is out of reach of the others. Over nine classes and over 200, the most
there may be. Every mandate is asked in a process of its own, so every answer includes compiling
what it needs, and again when that is done. An answer is the verified optimum with what each need
gave, or all conflicts by name; a refusal is a SolverError.

Run with `make bench-absurd`.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Run as a script, this file stands beside others that would hide packages of the same name.
if Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    sys.path.pop(0)

from allocator.errors import SolverError
from allocator.optimizer.conflicts import conflicts_in
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.solver import solve_eased
from benchmarks.portfolio.instances import draw_absurd, draw_contradiction
from benchmarks.report.machine import machine

SEED = 20261122
SIZES = (9, 200)
MANDATES = 60

Draw = Callable[[np.random.Generator, int], Inputs]
CORPORA: Mapping[str, Draw] = {"absurd": draw_absurd, "contradictory": draw_contradiction}
QUESTIONS: Mapping[str, Callable[[Inputs], object]] = {
    "optimum": solve_eased,
    "conflicts": conflicts_in,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """One mandate, asked twice: seconds by the clock, and whether a solver gave up."""

    first: float
    again: float
    is_refused: bool


def main() -> None:
    """Measure and print."""
    print(f"{MANDATES} mandates a row, each in a process of its own; seconds by the clock")
    print(
        f"{'n':>3} {'mandates':<15}{'answer':<11}{'first: median':>14}{'worst':>7}"
        f"{'again: median':>15}{'worst':>7}{'refused':>9}"
    )
    spawn = multiprocessing.get_context("spawn")
    for n in SIZES:
        for corpus in CORPORA:
            for question in QUESTIONS:
                rows = [(corpus, question, n, number) for number in range(MANDATES)]
                with spawn.Pool(1, maxtasksperchild=1) as pool:
                    timings = pool.starmap(ask, rows, chunksize=1)
                first = [timing.first for timing in timings]
                again = [timing.again for timing in timings]
                print(
                    f"{n:>3} {corpus:<15}{question:<11}{np.median(first):>14.2f}{max(first):>7.2f}"
                    f"{np.median(again):>15.2f}{max(again):>7.2f}"
                    f"{sum(timing.is_refused for timing in timings):>9}",
                    flush=True,
                )
    print(machine())


def ask(corpus: str, question: str, n: int, number: int) -> Timing:
    """Return how long one mandate took, twice."""
    inputs = CORPORA[corpus](np.random.default_rng((SEED, n, number)), n)
    is_refused, seconds = False, []
    for _ in range(2):
        started = time.perf_counter()
        try:
            QUESTIONS[question](inputs)
        except SolverError:
            is_refused = True
        seconds.append(time.perf_counter() - started)
    first, again = seconds
    return Timing(first, again, is_refused)


if __name__ == "__main__":
    main()
