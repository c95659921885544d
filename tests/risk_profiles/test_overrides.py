"""A client's own insistence: lifts the level of a public fund, and nothing else."""

import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from suitability_world import AS_OF, FACTS, aged, check, codes, order, product, profile, yuan

from allocator.errors import InputError
from allocator.life_cycle.needs import Goal
from allocator.product_classes import RiskLevel
from allocator.shelf import Regime, SettlementCycle
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.overrides import ABOVE_LEVEL_WARNING, WARNING_DAYS, Override, make_override

ROOT = Path(__file__).resolve().parents[2]


def override(product_id: str = "p", *, warned_on: date = AS_OF) -> Override:
    return make_override(product_id=product_id, warned_on=warned_on, warning=ABOVE_LEVEL_WARNING)


RISKY = product(risk_level=RiskLevel.R4)
CAUTIOUS = profile("C2")


@pytest.mark.parametrize("level", list(ProfileLevel))
@pytest.mark.parametrize("risk_level", list(RiskLevel))
def test_a_client_may_insist_on_any_public_fund_above_the_level(
    level: ProfileLevel, risk_level: RiskLevel
) -> None:
    sold, client = product(risk_level=risk_level), profile(level)
    above = risk_level > LEVELS[level].highest_risk_level
    assert codes(check(sold, client=client)) == (["above_level"] if above else [])
    assert check(sold, client=client, overrides=[override()]) == ()


@pytest.mark.parametrize("regime", [r for r in Regime if r is not Regime.CSRC_FUND])
def test_other_products_are_matched_downwards_whatever_the_client_wants(regime: Regime) -> None:
    sold = replace(RISKY, regime=regime)
    found = check(sold, client=CAUTIOUS, overrides=[override()])
    assert codes(found) == ["above_level", "override_not_for_regime"]
    assert found[1].evidence["regime"] is regime


def test_a_client_of_the_lowest_class_cannot_insist() -> None:
    client = profile("C1", lowest=True)
    found = check(product(risk_level=RiskLevel.R2), client=client, overrides=[override()])
    assert codes(found) == ["lowest_class", "override_lowest_class"]
    # The level alone is no obstacle: it is the flag that stops the client.
    client = profile("C1")
    assert check(product(risk_level=RiskLevel.R2), client=client, overrides=[override()]) == ()


@pytest.mark.parametrize(
    ("days_ago", "code"),
    [
        (-1, "override_warning_in_future"),
        (0, None),
        (WARNING_DAYS, None),
        (WARNING_DAYS + 1, "override_warning_expired"),
    ],
)
def test_the_warning_must_be_of_today_or_a_few_days_old(days_ago: int, code: str | None) -> None:
    given = override(warned_on=AS_OF - timedelta(days=days_ago))
    found = check(RISKY, client=CAUTIOUS, overrides=[given])
    assert codes(found) == (["above_level", code] if code else [])


def test_every_reason_to_refuse_an_override_is_given_at_once() -> None:
    old = override(warned_on=AS_OF - timedelta(days=WARNING_DAYS + 1))
    sold = replace(RISKY, regime=Regime.TRUST)
    found = check(sold, client=profile("C1", lowest=True), overrides=[old])
    assert codes(found) == [
        "lowest_class", "override_not_for_regime", "override_lowest_class",
        "override_warning_expired",
    ]  # fmt: skip


def test_a_private_fund_still_needs_a_qualified_investor() -> None:
    private = replace(RISKY, qualified_only=True)
    found = check(private, client=CAUTIOUS, overrides=[override()])
    assert codes(found) == ["above_level", "qualified_only"]
    facts = replace(FACTS, is_qualified_investor=True)
    assert check(private, client=CAUTIOUS, facts=facts, overrides=[override()]) == ()


@pytest.mark.parametrize(
    ("age", "risk_level", "lifted"),
    [(64, RiskLevel.R5, True), (65, RiskLevel.R3, True), (65, RiskLevel.R4, False)],
)
def test_at_sixty_five_high_risk_needs_a_person_however_much_the_client_insists(
    age: int, risk_level: RiskLevel, lifted: bool
) -> None:
    sold = product(risk_level=risk_level)
    found = check(sold, client=CAUTIOUS, facts=aged(age), overrides=[override()])
    assert codes(found) == ([] if lifted else ["above_level", "special_care"])


def test_an_override_holds_for_its_own_product_only() -> None:
    found = check(RISKY, client=CAUTIOUS, overrides=[override("another")])
    assert codes(found) == ["above_level"]


def test_an_override_that_is_not_needed_changes_nothing() -> None:
    stale = override(warned_on=date(2020, 1, 1))
    assert check(RISKY, client=profile("C4"), overrides=[stale]) == ()
    assert check(orders=(), client=CAUTIOUS, overrides=[stale]) == ()


def test_every_other_rule_stands() -> None:
    locked = replace(
        RISKY,
        lock_up_days=400,
        minimum=yuan("500000"),
        on_sale=False,
        settlement=SettlementCycle.POLICY,
        highest_entry_age=30,
    )
    client = replace(CAUTIOUS, longest_lock_up_days=365)
    facts = replace(FACTS, goals=(Goal("flat", yuan("1000"), AS_OF + timedelta(days=300)),))
    purchase = [order("300000")]
    without = check(locked, orders=purchase, client=client, facts=facts, validity_days=10)
    found = check(
        locked,
        orders=purchase,
        client=client,
        facts=facts,
        validity_days=10,
        overrides=[override()],
    )
    # The entry age forbids it to this person, so the level is not lifted either.
    assert codes(found) == codes(without)
    assert set(codes(found)) == {
        "assessment_expired", "above_level", "entry_age", "not_on_sale", "needs_underwriting",
        "locked_past_horizon", "locked_past_goal", "below_minimum", "concentration",
    }  # fmt: skip
    lifted = check(
        replace(locked, highest_entry_age=None),
        orders=purchase,
        client=client,
        facts=facts,
        validity_days=10,
        overrides=[override()],
    )
    assert set(codes(lifted)) == set(codes(found)) - {"above_level", "entry_age"}


def test_concentration_binds_what_a_client_insists_on() -> None:
    found = check(RISKY, orders=[order("200000.01")], client=CAUTIOUS, overrides=[override()])
    assert codes(found) == ["concentration"]


def test_two_overrides_for_one_product_are_refused() -> None:
    with pytest.raises(InputError, match="one override") as caught:
        check(RISKY, client=CAUTIOUS, overrides=[override(), override(warned_on=date(2026, 1, 1))])
    assert caught.value.code == "invalid_override"


@pytest.mark.parametrize(
    ("product_id", "warning", "pointers"),
    [
        ("", ABOVE_LEVEL_WARNING, ["/product_id"]),
        ("p", "above-level-1999.1", ["/warning"]),
        ("", "", ["/product_id", "/warning"]),
    ],
)
def test_an_override_names_a_product_and_a_warning_of_ours(
    product_id: str, warning: str, pointers: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        make_override(product_id=product_id, warned_on=AS_OF, warning=warning)
    assert caught.value.code == "invalid_override"
    assert [problem.field for problem in caught.value.problems] == pointers


def test_shipped_code_makes_overrides_by_the_checked_function_alone() -> None:
    makers = [
        path.relative_to(ROOT).as_posix()
        for package in ("allocator", "risk_profiles", "api")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "Override"
    ]
    assert makers == ["risk_profiles/overrides.py"]
