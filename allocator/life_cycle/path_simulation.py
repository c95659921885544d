"""Wealth along simulated paths: are dated payments met, does the money last, how much is there?

Each month, in this order, everything in today's money:

    wealth <- wealth * G            G of `return_shocks`, mean and volatility of that year
    wealth <- wealth + flow         saving (+) or withdrawal (-), at the month's end
    wealth <- wealth - payment      each payment due at the end of that month, in the order given

Payments of month 0 are due now, before the first return and flow. Of wealth, what is locked cannot
be spent:

    free = wealth - min(wealth, locked)

What free wealth cannot meet takes what is free and leaves the rest: later saving starts again from
there. A payment counts as met only in full. Money has lasted through a month if every withdrawal up
to then was met in full; payments have outcomes of their own.

Paths are drawn in blocks, so that the memory in use, beside the 8 bytes a path and year that
percentiles need, does not grow with the number of paths. Each block has its own streams of normals
and storms: the same seed, number of paths and software give the same figures to the last bit, and
more years leave the earlier ones as they were. Since the shocks do not depend on the plan, two
plans of one seed meet the same weather: whoever has more, saves more or wants less is never shown
a lower probability.

The errors given with the figures are those of simulating finitely many paths. The assumptions'
errors, in particular about the mean return, are larger and are not in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError, Problem
from allocator.life_cycle.return_shocks import (
    MONTHS_PER_YEAR,
    draw_shocks,
    growth_problems,
    match_growth,
)
from allocator.life_cycle.simulated_figures import (
    Probability,
    WealthPercentile,
    counted_probability,
    wealth_percentiles,
)

Vector = NDArray[np.float64]

FEWEST_PATHS, MOST_PATHS = 100, 1_000_000
LARGEST_AMOUNT = 1e15
PATHS_PER_BLOCK = 4000
# An amount short by a billionth of itself is short by rounding alone, and counts as met.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount in yuan, due at the end of a month; month 1 is the first from now, 0 is now.

    Attributes:
        locked: The part of wealth that cannot be spent on it, in today's yuan.
    """

    month: int
    amount: float
    locked: float = 0.0


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """A payment and the probability that it is met in full."""

    payment: Payment
    met: Probability


@dataclass(frozen=True, slots=True)
class YearEnd:
    """Where the paths stand at the end of a year, after that month's flow and payments.

    Attributes:
        year: 1 for the end of the twelfth month.
        lasted: Probability that every withdrawal so far was met in full.
        wealth: Percentiles in the order of `PERCENTS`.
        mean_wealth: Mean over the paths; above the median, because growth is skewed.
        mean_standard_error: Of that mean.
    """

    year: int
    lasted: Probability
    wealth: tuple[WealthPercentile, ...]
    mean_wealth: float
    mean_standard_error: float

    @property
    def median(self) -> WealthPercentile:
        """The wealth that half of the paths exceed."""
        return next(one for one in self.wealth if one.percent == 50)


@dataclass(frozen=True, slots=True)
class PathSimulation:
    """What a plan came to over all paths.

    Attributes:
        payments: One outcome a payment, in the order given.
        year_ends: One entry a year.
        all_met: Probability that every payment and every withdrawal is met in full.
        lasting_paths: By month, how many paths have met every withdrawal so far.
        paths: How many were drawn.
        seed: They were drawn from.
    """

    payments: tuple[PaymentOutcome, ...]
    year_ends: tuple[YearEnd, ...]
    all_met: Probability
    lasting_paths: tuple[int, ...]
    paths: int
    seed: int

    def lasted_through(self, month: int) -> Probability:
        """Return the probability that every withdrawal up to the end of `month` is met in full.

        Raises:
            InputError: a month outside the simulated ones.
        """
        if not 1 <= month <= len(self.lasting_paths):
            raise InputError(f"months run from 1 to {len(self.lasting_paths)}, got {month}")
        return counted_probability(count=self.lasting_paths[month - 1], paths=self.paths)


def simulate_paths(
    *,
    wealth: float,
    expected_returns: Vector,
    volatilities: Vector,
    flows: Vector,
    payments: tuple[Payment, ...],
    paths: int,
    seed: int,
    locked: Vector | None = None,
) -> PathSimulation:
    """Simulate a plan.

    Args:
        wealth: Financial wealth now, in yuan; not negative.
        expected_returns: Real, simple, per year, one a year: those of the glide path advised.
        volatilities: Of the simple return, per year, one a year.
        flows: Saving (+) or withdrawal (-) at each month's end, in today's yuan; twelve a year.
        payments: Due now or within these months; amounts above zero, in today's yuan.
        paths: From 100 to 1,000,000.
        seed: The same seed gives the same figures.
        locked: What no withdrawal can be met from at each month's end, in today's yuan; None for
            nothing. Payments carry their own.

    Raises:
        InputError: with a `Problem` for each argument that cannot be used.
    """
    problems = [
        *growth_problems(expected_returns=expected_returns, volatilities=volatilities),
        *plan_problems(wealth=wealth, flows=flows, payments=payments),
        *_run_problems(paths=paths, seed=seed),
        *_lock_problems(locked, flows=flows),
    ]
    if flows.shape != (MONTHS_PER_YEAR * expected_returns.size,):
        months = f"send twelve for each of the {expected_returns.size} years"
        problems.append(Problem("flows", "is not one number a month", flows.shape, months))
    if problems:
        raise InputError("the plan cannot be simulated", problems=problems)

    growth = match_growth(expected_returns=expected_returns, volatilities=volatilities)
    tally = _Tally(
        met=np.zeros(len(payments), dtype=np.int64),
        lasting=np.zeros(len(flows), dtype=np.int64),
        all_met=np.zeros((), dtype=np.int64),
        wealth=np.empty((len(expected_returns), paths)),
    )
    due: dict[int, list[int]] = {}
    for index, payment in enumerate(payments):
        due.setdefault(payment.month, []).append(index)
    bound = np.zeros(len(flows)) if locked is None else locked

    for block, normals, storms in _blocks(paths=paths, seed=seed):
        size = block.stop - block.start
        balance = np.full(size, float(wealth))
        lasting, all_met = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
        _settle(due.get(0, []), payments, balance, all_met, tally)
        for year, (drift, scale) in enumerate(zip(growth.drift, growth.scale, strict=True)):
            factors = draw_shocks(
                months=MONTHS_PER_YEAR, paths=size, normals=normals, storms=storms
            )
            factors *= scale
            factors += drift
            np.exp(factors, out=factors)
            for month, factor in enumerate(factors, start=MONTHS_PER_YEAR * year + 1):
                balance *= factor
                flow = float(flows[month - 1])
                if flow < 0:
                    held = _held(balance, float(bound[month - 1]))
                    balance += flow
                    lasting &= balance >= held + ROUNDING * flow
                    np.maximum(balance, held, out=balance)
                else:
                    balance += flow
                _settle(due.get(month, []), payments, balance, all_met, tally)
                tally.lasting[month - 1] += np.count_nonzero(lasting)
            tally.wealth[year, block] = balance
        tally.all_met[...] += np.count_nonzero(all_met & lasting)
    return _summary(tally, payments=payments, paths=paths, seed=seed)


def plan_problems(*, wealth: float, flows: Vector, payments: tuple[Payment, ...]) -> list[Problem]:
    """Return what is wrong with wealth, flows and payments, whatever returns they meet."""
    problems = []
    money = f"send yuan up to {LARGEST_AMOUNT:.0e}"
    if not 0 <= wealth <= LARGEST_AMOUNT:
        problems.append(Problem("wealth", "is negative or no usable amount", wealth, money))
    if flows.ndim != 1 or len(flows) == 0:
        problems.append(Problem("flows", "is not one number a month", flows.shape))
    wrong = flows[~(np.abs(flows) <= LARGEST_AMOUNT)]
    if wrong.size:
        problems.append(Problem("flows", "holds no usable amount", float(wrong.flat[0]), money))
    for index, payment in enumerate(payments):
        if not 0 <= payment.month <= flows.size:
            within = f"send a month from 0 to {flows.size}"
            field = f"payments/{index}/month"
            problems.append(Problem(field, "is outside the plan", payment.month, within))
        if not 0 < payment.amount <= LARGEST_AMOUNT:
            field = f"payments/{index}/amount"
            problems.append(Problem(field, "is no amount above zero", payment.amount, money))
        if not 0 <= payment.locked <= LARGEST_AMOUNT:
            field, detail = f"payments/{index}/locked", "is negative or no usable amount"
            problems.append(Problem(field, detail, payment.locked, money))
    return problems


@dataclass(frozen=True, slots=True)
class _Tally:
    """Counts of paths by payment and by month, in all, and wealth by year and path."""

    met: NDArray[np.int64]
    lasting: NDArray[np.int64]
    all_met: NDArray[np.int64]
    wealth: Vector


def _settle(
    indices: list[int],
    payments: tuple[Payment, ...],
    balance: Vector,
    all_met: NDArray[np.bool_],
    tally: _Tally,
) -> None:
    """Take the payments of one month out of the balances, and count the paths that meet them."""
    for index in indices:
        amount = float(payments[index].amount)
        held = _held(balance, float(payments[index].locked))
        is_met = balance >= held + (1 - ROUNDING) * amount
        tally.met[index] += np.count_nonzero(is_met)
        all_met &= is_met
        balance -= amount
        np.maximum(balance, held, out=balance)


def _held(balance: Vector, locked: float) -> Vector | float:
    """Return the part of each balance that cannot be spent."""
    return np.minimum(balance, locked) if locked > 0 else 0.0


def _lock_problems(locked: Vector | None, *, flows: Vector) -> list[Problem]:
    if locked is None:
        return []
    if locked.shape != flows.shape:
        return [Problem("locked", "is not one number a month", locked.shape)]
    wrong = locked[~((locked >= 0) & (locked <= LARGEST_AMOUNT))]
    if not wrong.size:
        return []
    money = f"send yuan up to {LARGEST_AMOUNT:.0e}"
    return [Problem("locked", "is negative or no usable amount", float(wrong.flat[0]), money)]


def _run_problems(*, paths: int, seed: int) -> list[Problem]:
    problems = []
    if not FEWEST_PATHS <= paths <= MOST_PATHS:
        bounds = f"send a number from {FEWEST_PATHS} to {MOST_PATHS}"
        problems.append(Problem("paths", "is too few or too many", paths, bounds))
    if seed < 0:
        problems.append(Problem("seed", "is negative", seed, "send a whole number of at least 0"))
    return problems


def _blocks(
    *, paths: int, seed: int
) -> Iterator[tuple[slice, np.random.Generator, np.random.Generator]]:
    source = np.random.SeedSequence(seed)
    for start in range(0, paths, PATHS_PER_BLOCK):
        normals, storms = (np.random.Generator(np.random.SFC64(child)) for child in source.spawn(2))
        yield slice(start, min(start + PATHS_PER_BLOCK, paths)), normals, storms


def _summary(
    tally: _Tally, *, payments: tuple[Payment, ...], paths: int, seed: int
) -> PathSimulation:
    tally.wealth.sort(axis=1)
    outcomes = tuple(
        PaymentOutcome(payment, counted_probability(count=int(count), paths=paths))
        for payment, count in zip(payments, tally.met, strict=True)
    )
    year_ends = tuple(
        YearEnd(
            year=year,
            lasted=counted_probability(
                count=int(tally.lasting[MONTHS_PER_YEAR * year - 1]), paths=paths
            ),
            wealth=wealth_percentiles(ascending),
            mean_wealth=float(ascending.mean()),
            mean_standard_error=float(ascending.std(ddof=1) / np.sqrt(paths)),
        )
        for year, ascending in enumerate(tally.wealth, start=1)
    )
    return PathSimulation(
        payments=outcomes,
        year_ends=year_ends,
        all_met=counted_probability(count=int(tally.all_met), paths=paths),
        lasting_paths=tuple(int(count) for count in tally.lasting),
        paths=paths,
        seed=seed,
    )
