"""The tables of transitions and the status of a bundle."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import permutations
from typing import Any

import pytest

from allocator.trading.transitions import (
    BUNDLE,
    ORDER,
    PROPOSAL,
    BundleStatus,
    IllegalTransitionError,
    OrderStatus,
    Progress,
    ProposalStatus,
    bundle_status,
    is_terminal,
    require_transition,
)

TABLES: list[tuple[Mapping[Any, frozenset[Any]], type[StrEnum]]] = [
    (PROPOSAL, ProposalStatus),
    (BUNDLE, BundleStatus),
    (ORDER, OrderStatus),
]
PLANNED, SENDING, ACCEPTED = OrderStatus.PLANNED, OrderStatus.SENDING, OrderStatus.ACCEPTED
CONFIRMED, REJECTED, EXPIRED = OrderStatus.CONFIRMED, OrderStatus.REJECTED, OrderStatus.EXPIRED
SKIPPED, DEFERRED = OrderStatus.SKIPPED, OrderStatus.DEFERRED


@pytest.mark.parametrize(("table", "statuses"), TABLES)
def test_every_status_has_a_row_and_every_edge_leads_to_a_status(
    table: Mapping[StrEnum, frozenset[StrEnum]], statuses: type[StrEnum]
) -> None:
    assert set(table) == set(statuses)
    assert all(after in statuses for edges in table.values() for after in edges)


@pytest.mark.parametrize(("table", "statuses"), TABLES)
def test_no_table_has_a_cycle_so_every_life_ends(
    table: Mapping[StrEnum, frozenset[StrEnum]], statuses: type[StrEnum]
) -> None:
    alive = set(table)
    while alive:
        ended = {status for status in alive if not table[status] & alive}
        assert ended, f"a cycle among {sorted(alive)}"
        alive -= ended


@pytest.mark.parametrize("end", [CONFIRMED, REJECTED, EXPIRED, SKIPPED, DEFERRED])
def test_an_end_absorbs(end: OrderStatus) -> None:
    assert is_terminal(ORDER, end)
    for after in OrderStatus:
        with pytest.raises(IllegalTransitionError, match="terminal"):
            require_transition(ORDER, end, after)


def test_a_confirmation_may_overtake_the_acceptance() -> None:
    require_transition(ORDER, SENDING, CONFIRMED)


def test_an_order_that_was_sent_is_never_planned_again() -> None:
    with pytest.raises(IllegalTransitionError):
        require_transition(ORDER, SENDING, PLANNED)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([PLANNED, PLANNED], BundleStatus.CREATED),
        ([SENDING, PLANNED], BundleStatus.SUBMITTING),
        ([ACCEPTED, PLANNED], BundleStatus.SUBMITTING),
        ([ACCEPTED, ACCEPTED], BundleStatus.SUBMITTED),
        ([ACCEPTED, REJECTED, DEFERRED], BundleStatus.SUBMITTED),
        ([CONFIRMED, PLANNED], BundleStatus.PARTIALLY_CONFIRMED),
        ([CONFIRMED, CONFIRMED, DEFERRED], BundleStatus.COMPLETED),
        ([DEFERRED], BundleStatus.COMPLETED),
        ([CONFIRMED, SKIPPED], BundleStatus.COMPLETED_WITH_CHANGES),
        ([REJECTED, SKIPPED], BundleStatus.FAILED),
    ],
)
def test_a_bundle_stands_where_its_orders_stand_in_any_order_of_lines(
    orders: list[OrderStatus], expected: BundleStatus
) -> None:
    for line_up in permutations(orders):
        assert bundle_status([Progress(status) for status in line_up]) is expected


def test_an_order_that_expired_after_a_part_was_filled_is_a_change_and_not_a_failure() -> None:
    orders = [Progress(EXPIRED, is_filled_in_part=True), Progress(REJECTED)]
    assert bundle_status(orders) is BundleStatus.COMPLETED_WITH_CHANGES


def test_every_step_of_every_order_moves_the_bundle_along_an_edge_or_not_at_all() -> None:
    reached = [(PLANNED, PLANNED)]
    seen = set(reached)
    while reached:
        first, second = reached.pop()
        before = bundle_status([Progress(first), Progress(second)])
        steps = [(after, second) for after in ORDER[first]]
        steps += [(first, after) for after in ORDER[second]]
        for pair in steps:
            after = bundle_status([Progress(s, s is OrderStatus.PARTIALLY_CONFIRMED) for s in pair])
            # An order that expires unfilled cannot have been partially confirmed before.
            if OrderStatus.PARTIALLY_CONFIRMED in pair:
                continue
            if after is not before:
                require_transition(BUNDLE, before, after)
            if pair not in seen:
                seen.add(pair)
                reached.append(pair)
