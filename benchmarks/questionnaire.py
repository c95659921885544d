"""Scoring a million sheets: all at once, against one at a time.

Sheets are drawn at random, one answer in as many as a question has options, ages 18 to 95. The
batch scores all of them, the one-sheet path a part from which the time for a million follows, and
both a sample on which every number is compared for equality to the last bit. The table is the
result; nothing is asserted.

Run with `make bench-questionnaire`.
"""

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Run as a script, this file stands beside others that would hide packages of the same name.
if Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    sys.path.pop(0)

from benchmarks.report.machine import machine
from risk_profiles.profile import Profile, make_profile
from risk_profiles.profile_batch import ProfileTable, make_profiles
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import load_default_questionnaire

MILLION = 1_000_000
ROUNDS = 5
ONE_BY_ONE = 2000
COMPARED = 20_000
SEED = 20261122
Positions = dict[str, NDArray[np.int8]]


def main() -> None:
    """Measure and print."""
    form = load_default_questionnaire()
    answers, ages = draw_sheets(form)
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        table = make_profiles(form, answers, ages=ages)
        seconds.append(time.perf_counter() - started)
    batch = float(np.median(seconds))

    sheets = [sheet_of(form, answers, row) for row in range(COMPARED)]
    started = time.perf_counter()
    profiles = [make_profile(form, sheets[row], age=int(ages[row])) for row in range(ONE_BY_ONE)]
    one_sheet = (time.perf_counter() - started) / ONE_BY_ONE * MILLION
    profiles += [
        make_profile(form, sheets[row], age=int(ages[row])) for row in range(ONE_BY_ONE, COMPARED)
    ]
    disagreements = sum(
        figures_of(profile) != figures_in(table, row) for row, profile in enumerate(profiles)
    )

    print(f"{MILLION:,} random sheets of {form.version}, seconds")
    print(f"{'path':<12}{'sheets timed':>14}{'per million':>14}{'fastest':>10}{'slowest':>10}")
    print(f"{'batch':<12}{MILLION:>14,}{batch:>14.2f}{min(seconds):>10.2f}{max(seconds):>10.2f}")
    print(f"{'one sheet':<12}{ONE_BY_ONE:>14,}{one_sheet:>14.1f}")
    shares = np.bincount(table.level_ranks, minlength=6)[1:] / MILLION
    print("levels C1 to C5: " + ", ".join(f"{share:.2%}" for share in shares))
    print(f"asked for a review: {table.needs_review.mean():.1%}")
    print(machine())
    print(
        f"RATIO one_sheet/batch={one_sheet / batch:.0f} seconds_per_million={batch:.2f} "
        f"disagreements={disagreements}"
    )


def draw_sheets(form: Questionnaire) -> tuple[Positions, NDArray[np.int64]]:
    """Return random sheets as positions, and ages."""
    random = np.random.default_rng(SEED)
    answers = {
        question.id: random.integers(len(question.options), size=MILLION, dtype=np.int8)
        for question in form.questions
    }
    return answers, random.integers(18, 96, size=MILLION)


def sheet_of(form: Questionnaire, answers: Positions, row: int) -> dict[str, str]:
    """Return one sheet by option id."""
    return {q.id: q.options[answers[q.id][row]].id for q in form.questions}


def figures_of(profile: Profile) -> tuple[object, ...]:
    """Return what a profile and a row of the table have in common."""
    return (
        profile.level.rank,
        profile.score,
        profile.points,
        profile.risk_aversion,
        profile.capacity,
        profile.tolerance,
        profile.knowledge,
        profile.is_lowest_class,
        profile.needs_review,
        0 if profile.liftable_to is None else profile.liftable_to.rank,
        profile.longest_lock_up_days,
    )


def figures_in(table: ProfileTable, row: int) -> tuple[object, ...]:
    """Return a row of the table in the order of `figures_of`."""
    return (
        table.level_ranks[row],
        table.score[row],
        table.points[row],
        table.risk_aversion[row],
        table.capacity[row],
        table.tolerance[row],
        table.knowledge[row],
        table.is_lowest_class[row],
        table.needs_review[row],
        table.liftable_to_ranks[row],
        table.longest_lock_up_days[row],
    )


if __name__ == "__main__":
    main()
