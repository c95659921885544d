"""Two clients who differ in job risk, pension or horizon alone are advised differently, or one can
name what binds both."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from life_world import BOOK, worked_up

from allocator.mandate import Mandate
from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import CLASSES, TRAITS
from api.workup import Workup
from risk_profiles.leaned_limits import leaned_limits
from risk_profiles.person import ClientFacts, IncomeKind, is_earning

LEAST = 1e-4
N = len(CLASSES)
# What a mandate looks like without one of its limits.
WITHOUT: dict[Limit, Callable[[Mandate], Mandate]] = {
    Limit.LOCKS: lambda m: replace(m, fixed=(0.0,) * N),
    Limit.SUITABILITY: lambda m: replace(m, buyable=(True,) * N),
    Limit.RISKY_SHARE: lambda m: replace(m, risky_share_cap=1.0),
    Limit.VOLATILITY: lambda m: replace(m, volatility_cap=10.0),
    Limit.CLASS_CAPS: lambda m: replace(m, class_caps=(1.0,) * N),
    Limit.LIQUIDITY: lambda m: replace(m, liquidity_floor=0.0),
    Limit.STABLE: lambda m: replace(m, stable_floor=0.0),
}


def safer(facts: ClientFacts) -> ClientFacts:
    return replace(facts, income_kind=IncomeKind.PUBLIC)


def riskier(facts: ClientFacts) -> ClientFacts:
    return replace(facts, income_kind=IncomeKind.ENTREPRENEUR)


def more_pension(facts: ClientFacts) -> ClientFacts:
    return replace(facts, monthly_pension=facts.monthly_pension + Money.parse("5000"))


def longer(facts: ClientFacts) -> ClientFacts:
    return replace(facts, retirement_age=70)


def shorter(facts: ClientFacts) -> ClientFacts:
    return replace(facts, retirement_age=facts.age_on(date(2026, 11, 20)) + 2)


CHANGES: dict[str, Callable[[ClientFacts], ClientFacts]] = {
    "safer job": safer,
    "riskier job": riskier,
    "more pension": more_pension,
    "longer at work": longer,
    "shorter at work": shorter,
}
PAIRS = [
    (client_id, name)
    for client_id, record in BOOK.items()
    for name in CHANGES
    if is_earning(record.facts.income_kind) or name == "more pension"
]


def same(client_id: str, name: str) -> bool:
    return CHANGES[name](BOOK[client_id].facts) == BOOK[client_id].facts


def stays(facts: ClientFacts) -> ClientFacts:
    return facts


def worked(client_id: str, change: Callable[[ClientFacts], ClientFacts]) -> Workup:
    record = BOOK[client_id]
    return worked_up(replace(record, facts=change(record.facts)))


def mandate_of(made: Workup) -> Mandate:
    assert made.mandate is not None
    return made.mandate


def moves(a: Allocation, b: Allocation) -> bool:
    return max(abs(x - y) for x, y in zip(a.weights.values, b.weights.values, strict=True)) > LEAST


def test_every_pair_is_advised_differently_or_the_limits_named_for_both_are_why() -> None:
    moved = 0
    for client_id, name in PAIRS:
        if same(client_id, name):
            continue
        made = worked(client_id, stays)
        before, after = mandate_of(made), mandate_of(worked(client_id, CHANGES[name]))
        first, second = (optimize(m, made.market, with_costs=False) for m in (before, after))
        moved += moves(first, second)
        # Without the limits that both lean on, and those leaned on then, the lives do differ.
        while not moves(first, second):
            named = {*leaned_limits(first)} & {*leaned_limits(second)} & {*WITHOUT}
            if not named:
                # Income to come counts as k of wealth, k = x / (1 + x), and never as more than it.
                counted = [
                    m.human_capital_ratio / (1 + m.human_capital_ratio) for m in (before, after)
                ]
                assert client_id == "negative-savings"
                assert counted == pytest.approx([1.0, 1.0], abs=0.03)
                break
            for limit in named:
                before, after = WITHOUT[limit](before), WITHOUT[limit](after)
            first, second = (optimize(m, made.market, with_costs=False) for m in (before, after))
    assert moved > 40


def growth(found: Allocation) -> float:
    return sum(w for c, w in found.weights.as_dict().items() if TRAITS[c].risky)


@pytest.mark.parametrize("client_id", ["equity-fan", "securities-broker", "high-net-worth"])
def test_a_safer_income_to_come_carries_no_less_growth(client_id: str) -> None:
    def advised(change: Callable[[ClientFacts], ClientFacts]) -> float:
        made = worked(client_id, change)
        return growth(optimize(mandate_of(made), made.market, with_costs=False))

    assert advised(safer) >= advised(riskier) - LEAST
    assert advised(more_pension) >= advised(stays) - LEAST
