"""Funding ratios: how much of each need is covered by what is there and what is surely to come.

Discounted at one safe real rate r, with v = (1 + r)**(-1/12) and months counted from now,

    resources(need) = wealth + sum_{m up to the need} flow_m v**m - earlier payments, discounted
    ratio           = resources / present value of the need

for each payment in order of date, those of one month in the order given; flows up to and including
its own month count, and none for a payment due now. Earlier payments are taken as made in full, so
an unaffordable early payment weighs on all later ones. Withdrawals are flows and reduce the
resources of payments after them.

Withdrawals over a span, such as retirement, are one need: what the span's flows come to, discounted
and with the sign turned. Its resources stop before the span begins, and payments due before the
span, but not those within it, are taken off.

A ratio of 1 or more says that safe investments alone would do. It may exceed 1 without bound, and
is negative where withdrawals or earlier payments exceed all resources: nothing is left for this
need, and something is missing for others. It looks at sums of present values, so a shortage in
between that later saving makes up for does not show, nor does what is locked; the simulation of
paths sees both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError, Problem
from allocator.life_cycle.path_simulation import Payment, plan_problems
from allocator.life_cycle.return_shocks import MONTHS_PER_YEAR

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Funding:
    """Present values in yuan (estimates) of a need and of what is there for it."""

    need: float
    resources: float

    @property
    def ratio(self) -> float | None:
        """Resources per yuan of need; None where a span needs nothing from wealth."""
        return self.resources / self.need if self.need > 0 else None


def payment_funding(
    *, wealth: float, flows: Vector, payments: tuple[Payment, ...], safe_rate: float
) -> tuple[Funding, ...]:
    """Return the funding of each payment, in the order given.

    Args:
        wealth: Now, in yuan; not negative.
        flows: Saving (+) or withdrawal (-) at each month's end, in today's yuan.
        payments: Now or within these months.
        safe_rate: r, real and per year; above -1.

    Raises:
        InputError: with a `Problem` for each argument that cannot be used.

    >>> school, house = payment_funding(wealth=80.0, flows=np.full(24, 1.0), safe_rate=0.0,
    ...                                 payments=(Payment(12, 100.0), Payment(24, 40.0)))
    >>> school.ratio, house.ratio
    (0.92, 0.1)
    """
    values = _discounted_flows(wealth=wealth, flows=flows, payments=payments, safe_rate=safe_rate)
    until = wealth + np.concatenate([[0.0], np.cumsum(values)])
    found: dict[int, Funding] = {}
    earlier = 0.0
    for index in sorted(range(len(payments)), key=lambda one: payments[one].month):
        payment = payments[index]
        need = payment.amount * _discount(payment.month, safe_rate)
        found[index] = Funding(need=need, resources=float(until[payment.month]) - earlier)
        earlier += need
    return tuple(found[index] for index in range(len(payments)))


def withdrawal_funding(
    *,
    wealth: float,
    flows: Vector,
    payments: tuple[Payment, ...],
    safe_rate: float,
    first_month: int,
    last_month: int,
) -> Funding:
    """Return the funding of the withdrawals of a span of months, both ends included.

    Args:
        wealth: Now, in yuan; not negative.
        flows: Saving (+) or withdrawal (-) at each month's end, in today's yuan.
        payments: Those due before the span are taken off its resources.
        safe_rate: r, real and per year; above -1.
        first_month: Of the span; 1 is the first from now.
        last_month: Of the span; within the flows.

    Raises:
        InputError: with a `Problem` for each argument that cannot be used.

    >>> withdrawal_funding(wealth=6.0, flows=np.array([2.0, -4.0, -4.0, -4.0]), payments=(),
    ...                    safe_rate=0.0, first_month=2, last_month=3).ratio
    1.0
    """
    values = _discounted_flows(wealth=wealth, flows=flows, payments=payments, safe_rate=safe_rate)
    if not 1 <= first_month <= last_month <= len(values):
        span = Problem(
            "first_month",
            "does not begin a span within the plan",
            (first_month, last_month),
            f"send months from 1 to {len(values)}, the first not after the last",
        )
        raise InputError("the span cannot be funded", problems=[span])
    earlier = sum(
        payment.amount * _discount(payment.month, safe_rate)
        for payment in payments
        if payment.month < first_month
    )
    return Funding(
        need=-float(values[first_month - 1 : last_month].sum()),
        resources=wealth + float(values[: first_month - 1].sum()) - earlier,
    )


def _discounted_flows(
    *, wealth: float, flows: Vector, payments: tuple[Payment, ...], safe_rate: float
) -> Vector:
    problems = plan_problems(wealth=wealth, flows=flows, payments=payments)
    if not -1 < safe_rate <= 1:
        rates = "send a fraction per year above -1 and up to 1"
        problems.append(Problem("safe_rate", "is no usable rate", safe_rate, rates))
    if problems:
        raise InputError("the plan cannot be funded", problems=problems)
    months = np.arange(1, len(flows) + 1)
    return flows * (1 + safe_rate) ** (-months / MONTHS_PER_YEAR)


def _discount(month: int, safe_rate: float) -> float:
    return float((1 + safe_rate) ** (-month / MONTHS_PER_YEAR))
