"""The steps of an order, as its client sees them."""

import pytest

from allocator.trading.transitions import ORDER, OrderStatus, is_terminal
from api.pages.timeline import timeline
from api.texts import Language, Texts

BUNDLE = {"created_at": "2026-11-20T03:00:00+00:00"}


def order(status: str) -> dict[str, str | None]:
    return {"status": status, "trade_date": "2026-11-20", "confirm_date": "2026-11-23"}


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_has_steps_with_texts_in_both_languages(status: OrderStatus) -> None:
    for language in Language:
        assert all(Texts(language).say(s.key) for s in timeline(order(status), BUNDLE))


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_under_way_has_exactly_one_present_step_and_an_ended_one_none(
    status: OrderStatus,
) -> None:
    now = [s for s in timeline(order(status), BUNDLE) if s.state == "now"]
    assert len(now) == (0 if is_terminal(ORDER, status) else 1)


@pytest.mark.parametrize("status", ["rejected", "expired", "skipped", "deferred"])
def test_an_order_that_stopped_never_shows_a_confirmation(status: str) -> None:
    steps = timeline(order(status), BUNDLE)
    assert steps[-1].state == "stopped"
    assert steps[-1].day is None


def test_an_accepted_order_says_when_its_confirmation_is_due() -> None:
    assert timeline(order("accepted"), BUNDLE)[-1].day == "2026-11-23"
