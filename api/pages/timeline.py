"""The way of one order as a client sees it: received, traded, confirmed, or stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WAITING = frozenset({"planned", "sending"})
_MOVING = frozenset({"accepted", "partially_confirmed"})


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the way.

    Attributes:
        key: The text that names it.
        state: done, now, todo or stopped.
        day, instant: When it was or will be, as ISO text; at most one of the two.
    """

    key: str
    state: str
    day: str | None = None
    instant: str | None = None


def timeline(order: Mapping[str, Any], bundle: Mapping[str, Any]) -> list[Step]:
    """Return the three steps of an order, given as its status documents."""
    status = order["status"]
    received = Step("page.orders.step_received", "done", instant=bundle["created_at"])
    if status in _WAITING and order["trade_date"] is None:
        # A purchase beyond the cash at hand gets its days when the sales have paid for it.
        return [
            received,
            Step("page.orders.step_waiting", "now"),
            Step("page.orders.step_later", "todo"),
        ]
    if status in _WAITING:
        return [
            received,
            Step(f"order_status.{status}", "now", day=order["trade_date"]),
            Step("page.orders.step_expected", "todo", day=order["confirm_date"]),
        ]
    traded = Step("page.orders.step_sent", "done", day=order["trade_date"])
    if status in _MOVING:
        key = "page.orders.step_expected" if status == "accepted" else f"order_status.{status}"
        return [received, traded, Step(key, "now", day=order["confirm_date"])]
    if status == "confirmed":
        last = Step("order_status.confirmed", "done", day=order["confirm_date"])
        return [received, traded, last]
    return [received, Step(f"order_status.{status}", "stopped")]
