"""Simulating a plan: paths a block at a time, against a month at a time and a path at a time.

The plan saves for twenty years, pays for two goals, then withdraws, along a glide path. The peers
are what one writes first: a loop over months in numpy with scipy's Student t, and a loop over paths
and months in Python, of which a part is run, from which the time for all of them follows. Both
count the same outcomes; their probabilities are printed beside ours. The second row of ours is the
size in which a page asks "what if". The last row is a whole answer to that question, before and
after, with the allocation of every year: the median and the slowest client of the sample book. The
table is the result; nothing is asserted.

Run with `make bench-life_cycle`.
"""

import math
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

# Run as a script, this file stands beside others that would hide packages of the same name.
if Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    sys.path.pop(0)

from allocator.life_cycle.path_simulation import PathSimulation, Payment, simulate_paths
from allocator.money import Money
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.what_if_documents import PATHS as WHAT_IF_PATHS
from api.what_if_documents import what_if_document
from api.workup import Workup, work_up
from benchmarks.report.machine import machine
from risk_profiles.what_if import WhatIf

Vector = NDArray[np.float64]
Found = TypeVar("Found")

PATHS, YEARS = 20_000, 40
WHAT_IF_YEARS = 60
QUESTION = WhatIf(monthly_saving=Money.parse("-100.00"))
ANSWERS = 5
ONE_BY_ONE = 200
ROUNDS = 7
SEED = 20261122
DEGREES = 5
WEALTH = 300_000.0


@dataclass(frozen=True)
class Plan:
    """What is simulated, in yuan and fractions per year."""

    means: Vector
    volatilities: Vector
    flows: Vector
    payments: tuple[Payment, ...]


@dataclass(frozen=True)
class Timing:
    """Seconds by the wall and of processor time, over several rounds."""

    wall: list[float]
    processor: list[float]


def main() -> None:
    """Measure and print."""
    plan, what_if = plan_of(YEARS), plan_of(WHAT_IF_YEARS)
    ours, found = timed(lambda: ours_of(plan, paths=PATHS), rounds=ROUNDS)
    small, _ = timed(lambda: ours_of(what_if, paths=WHAT_IF_PATHS), rounds=3 * ROUNDS)
    monthly, by_month = timed(lambda: month_at_a_time(plan, paths=PATHS), rounds=3)
    singly, by_path = timed(lambda: path_at_a_time(plan, paths=ONE_BY_ONE), rounds=1)
    scale = PATHS / ONE_BY_ONE
    singly = Timing([scale * one for one in singly.wall], [scale * one for one in singly.processor])
    answers = {client_id: answered(workup) for client_id, workup in sample_workups().items()}
    tracemalloc.start()
    ours_of(plan, paths=PATHS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    print("simulating a plan, seconds")
    header = ("fastest", "median", "slowest", "CPU median")
    print(f"{'way':<28}{'paths x months':>18}" + "".join(f"{one:>12}" for one in header))
    full, asked = f"{PATHS:,} x {12 * YEARS}", f"{WHAT_IF_PATHS:,} x {12 * WHAT_IF_YEARS}"
    for name, size, timing in (
        ("ours", full, ours),
        ("ours, a what-if", asked, small),
        ("a month at a time, scipy t", full, monthly),
        ("a path at a time, Python", full, singly),
    ):
        wall = timing.wall
        figures = (min(wall), np.median(wall), max(wall), np.median(timing.processor))
        print(f"{name:<28}{size:>18}" + "".join(f"{one:>12.3f}" for one in figures))
    print_answers(answers)
    said = [*(one.met.estimate for one in found.payments), found.year_ends[-1].lasted.estimate]
    for name, probabilities in (
        ("ours", said),
        ("a month at a time", by_month),
        (f"a path at a time ({ONE_BY_ONE})", by_path),
    ):
        print(
            f"{name:<28}goals and withdrawals met: "
            + ", ".join(map("{:.4f}".format, probabilities))
        )
    print(f"memory of ours, at its peak: {peak / 1e6:.1f} MB")
    print(machine())
    processor = float(np.median(ours.processor))
    print(
        f"RATIO month_at_a_time/ours={np.median(monthly.processor) / processor:.1f} "
        f"path_at_a_time/ours={np.median(singly.processor) / processor:.0f} "
        f"seconds={np.median(ours.wall):.2f} what_if_ms={1000 * np.median(small.wall):.0f} "
        f"answer_ms={1000 * np.median([np.median(one.processor) for one in answers.values()]):.0f}"
    )


def sample_workups() -> dict[str, Workup]:
    """Return every client of the sample book, worked up on the day of its balance sheet."""
    reference, a_year = load_reference_data(), timedelta(days=365)
    return {
        record.client_id: work_up(
            record,
            assessed_on=record.balance_sheet.as_of,
            valid_until=record.balance_sheet.as_of + a_year,
            reference=reference,
        )
        for record in load_sample_book(reference.shelf)
    }


def answered(workup: Workup) -> Timing:
    """Return the seconds of a whole answer to "what if"."""
    timing, _ = timed(lambda: what_if_document(workup, QUESTION), rounds=ANSWERS)
    return timing


def print_answers(answers: dict[str, Timing]) -> None:
    """Print the client in the middle and the slowest, by processor time."""
    ranked = sorted(answers, key=lambda name: float(np.median(answers[name].processor)))
    for way, name in (("median", ranked[len(ranked) // 2]), ("slowest", ranked[-1])):
        wall, processor = answers[name].wall, float(np.median(answers[name].processor))
        figures = (min(wall), np.median(wall), max(wall), processor)
        shown = "".join(f"{one:>12.3f}" for one in figures)
        print(f"{'a whole answer, ' + way:<28}{name:>18}{shown}")


def plan_of(years: int) -> Plan:
    """Return a plan that saves for its first half and withdraws in the second."""
    months = 12 * years
    return Plan(
        means=np.linspace(0.04, 0.02, years),
        volatilities=np.linspace(0.15, 0.05, years),
        flows=np.where(np.arange(months) < months // 2, 3_000.0, -5_000.0),
        payments=(Payment(60, 350_000.0), Payment(180, 400_000.0)),
    )


def ours_of(plan: Plan, *, paths: int) -> PathSimulation:
    """Return what the service computes."""
    return simulate_paths(
        wealth=WEALTH,
        expected_returns=plan.means,
        volatilities=plan.volatilities,
        flows=plan.flows,
        payments=plan.payments,
        paths=paths,
        seed=SEED,
    )


def month_at_a_time(plan: Plan, *, paths: int) -> list[float]:
    """Return the probabilities of a loop over months with scipy's Student t."""
    generator = np.random.default_rng(SEED)
    wealth, lasting = np.full(paths, WEALTH), np.ones(paths, dtype=bool)
    met, percentiles = [], []
    for month, flow in enumerate(plan.flows, start=1):
        drift, scale = lognormal(plan, year=(month - 1) // 12)
        draws = student.rvs(DEGREES, size=paths, random_state=generator)
        wealth = wealth * np.exp(drift + scale * math.sqrt(1 - 2 / DEGREES) * draws) + flow
        lasting &= wealth >= 0
        wealth = np.maximum(wealth, 0)
        for payment in plan.payments:
            if payment.month == month:
                met.append(float((wealth >= payment.amount).mean()))
                wealth = np.maximum(wealth - payment.amount, 0)
        if month % 12 == 0:
            percentiles.append(np.percentile(wealth, [5, 25, 50, 75, 95]))
    return [*met, float(lasting.mean())]


def path_at_a_time(plan: Plan, *, paths: int) -> list[float]:
    """Return the probabilities of a loop over paths and months in Python."""
    dice = random.Random(SEED)  # noqa: S311
    growth = [lognormal(plan, year=year) for year in range(len(plan.means))]
    flows, due = plan.flows.tolist(), {one.month: one.amount for one in plan.payments}
    met, lasted = dict.fromkeys(due, 0), 0
    for _ in range(paths):
        wealth, solvent = WEALTH, True
        for month, flow in enumerate(flows, start=1):
            drift, scale = growth[(month - 1) // 12]
            wealth = wealth * math.exp(drift + scale * dice.gauss()) + flow
            if wealth < 0:
                wealth, solvent = 0.0, False
            if month in due:
                met[month] += wealth >= due[month]
                wealth = max(wealth - due[month], 0.0)
        lasted += solvent
    return [*(count / paths for count in met.values()), lasted / paths]


def lognormal(plan: Plan, *, year: int) -> tuple[float, float]:
    """Return drift and scale of a month whose year is lognormal with the plan's mean."""
    mean, volatility = float(plan.means[year]), float(plan.volatilities[year])
    variance = math.log1p((volatility / (1 + mean)) ** 2)
    return (math.log1p(mean) - variance / 2) / 12, math.sqrt(variance / 12)


def timed(run: Callable[[], Found], *, rounds: int) -> tuple[Timing, Found]:
    """Return the seconds of each round, and what the last one found."""
    timing = Timing([], [])
    found = run()
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        found = run()
        timing.wall.append(time.perf_counter() - wall)
        timing.processor.append(time.process_time() - processor)
    return timing, found


if __name__ == "__main__":
    main()
