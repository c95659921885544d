"""When a reminder is worth sending, at every boundary."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.money import Money
from allocator.rebalancing.triggers import (
    TRADE_KINDS,
    Benefit,
    Condition,
    ReminderKind,
    kinds_on_one_clock,
    may_remind,
    reminder_kind,
)

TODAY = date(2026, 11, 20)
CALM = Condition(
    is_outside_band=False,
    volatility=0.08,
    volatility_cap=0.08,
    liquid_share=0.10,
    liquidity_reachable=0.10,
    stable_share=0.30,
    stable_reachable=0.30,
)
WEALTH = Money.parse("100000.00")
WORTH_IT = Benefit(gain=Money.parse("100.01"), cost=Money.parse("100.00"), wealth=WEALTH)
NOT_WORTH_IT = Benefit(gain=Money.parse("100.00"), cost=Money.parse("100.00"), wealth=WEALTH)


def test_silence_at_the_target() -> None:
    assert reminder_kind(CALM, WORTH_IT) is None


def test_drift_is_named_only_when_the_gain_exceeds_the_whole_cost() -> None:
    drifted = replace(CALM, is_outside_band=True)
    assert reminder_kind(drifted, WORTH_IT) is ReminderKind.DRIFT
    assert reminder_kind(drifted, NOT_WORTH_IT) is None


@pytest.mark.parametrize(
    ("gain", "wealth", "is_worth_it"),
    [
        ("75.00", "50000.00", False),
        ("99.99", "50000.00", False),
        ("100.00", "50000.00", True),
        ("100.00", "200000.00", True),
        ("499.99", "1000000.00", False),  # five hundredths of a percent of a million
        ("500.00", "1000000.00", True),
    ],
)
def test_a_trivial_gain_is_not_told_even_when_acting_is_free(
    gain: str, wealth: str, is_worth_it: bool
) -> None:
    benefit = Benefit(gain=Money.parse(gain), cost=Money.parse("0.00"), wealth=Money.parse(wealth))
    assert benefit.is_worth_it is is_worth_it
    told = reminder_kind(replace(CALM, is_outside_band=True), benefit)
    assert told is (ReminderKind.DRIFT if is_worth_it else None)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"volatility": 0.0881}, ReminderKind.RISK),
        ({"liquid_share": 0.0799}, ReminderKind.LIQUIDITY),
        ({"stable_share": 0.2799}, ReminderKind.GOALS),
    ],
)
def test_a_broken_need_is_named_whatever_it_costs_to_mend(
    changes: dict[str, float], kind: ReminderKind
) -> None:
    assert reminder_kind(replace(CALM, **changes), NOT_WORTH_IT) is kind  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"volatility": 0.0879}, {"liquid_share": 0.0801}, {"stable_share": 0.2801}]
)
def test_a_need_missed_by_less_than_its_tolerance_is_not_named(changes: dict[str, float]) -> None:
    assert reminder_kind(replace(CALM, **changes), WORTH_IT) is None  # type: ignore[arg-type]


def test_the_most_urgent_reason_is_the_one_named() -> None:
    everything = replace(
        CALM, is_outside_band=True, volatility=0.2, liquid_share=0.0, stable_share=0.0
    )
    kinds = []
    for mended in (
        {},
        {"liquid_share": 1.0},
        {"liquid_share": 1.0, "volatility": 0.0},
        {"liquid_share": 1.0, "volatility": 0.0, "stable_share": 1.0},
    ):
        kinds.append(reminder_kind(replace(everything, **mended), WORTH_IT))  # type: ignore[arg-type]
    assert kinds == [
        ReminderKind.LIQUIDITY,
        ReminderKind.RISK,
        ReminderKind.GOALS,
        ReminderKind.DRIFT,
    ]


def test_all_kinds_to_trade_share_one_clock_and_the_others_keep_their_own() -> None:
    assert {kind for kind in ReminderKind if kinds_on_one_clock(kind) == TRADE_KINDS} == TRADE_KINDS
    for kind in set(ReminderKind) - TRADE_KINDS:
        assert kinds_on_one_clock(kind) == {kind}
    assert {kind.value for kind in TRADE_KINDS} == {"liquidity", "risk", "goals", "drift"}


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=d) for d in days]


@pytest.mark.parametrize(
    ("sent", "may"),
    [
        ([], True),
        (ago(0), False),
        (ago(89), False),
        (ago(90), True),
        (ago(364, 270, 180, 90), False),  # four within twelve months
        (ago(365, 270, 180, 90), True),
        (ago(364, 270, 180), True),
        (ago(-5), True),  # what is dated later cannot have been sent
    ],
)
def test_ninety_days_of_quiet_and_four_a_year(sent: list[date], may: bool) -> None:
    assert may_remind(sent, on=TODAY) is may
    assert may_remind(list(reversed(sent)), on=TODAY) is may


@given(st.lists(st.integers(0, 2000), max_size=200))
def test_whoever_asks_on_whatever_days_gets_no_two_within_ninety_and_four_a_year(
    days: list[int],
) -> None:
    sent: list[date] = []
    for day in sorted(days):
        on = TODAY + timedelta(days=day)
        if may_remind(sent, on=on):
            sent.append(on)
    assert all((b - a).days >= 90 for a, b in pairwise(sent))
    assert all((b - a).days >= 365 for a, b in zip(sent, sent[4:], strict=False))
