import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from suitability_world import (
    AS_OF,
    ASSESSED,
    FACTS,
    aged,
    check,
    codes,
    order,
    product,
    profile,
    yuan,
)

from allocator.errors import InputError
from allocator.life_cycle.needs import Goal
from allocator.product_classes import RiskLevel
from allocator.shelf import Regime, SettlementCycle, load_default_shelf
from allocator.statements import Severity
from allocator.trading.orders import Side
from risk_profiles.levels import LEVELS, ProfileLevel

ROOT = Path(__file__).resolve().parents[2]


def test_an_ordinary_purchase_is_suitable() -> None:
    assert check() == ()


def test_a_plan_without_orders_is_suitable() -> None:
    assert check(orders=()) == ()


def test_sales_are_always_suitable() -> None:
    risky = product(risk_level=RiskLevel.R5, on_sale=False)
    sale = order("0.01", side=Side.SELL)
    assert check(risky, orders=[sale], client=profile("C1")) == ()


def test_a_product_that_is_not_on_the_shelf_is_refused() -> None:
    assert codes(check(orders=[order(product_id="ghost")])) == ["unknown_product"]


def test_a_suspended_product_is_refused() -> None:
    assert codes(check(product(on_sale=False))) == ["not_on_sale"]


@pytest.mark.parametrize("level", list(ProfileLevel))
@pytest.mark.parametrize("risk_level", list(RiskLevel))
@pytest.mark.parametrize("regime", list(Regime))
def test_a_product_above_the_clients_level_is_refused_under_every_regime(
    level: ProfileLevel, risk_level: RiskLevel, regime: Regime
) -> None:
    found = check(product(risk_level=risk_level, regime=regime), client=profile(level))
    above = risk_level > LEVELS[level].highest_risk_level
    assert codes(found) == (["above_level"] if above else [])


def test_a_client_of_the_lowest_class_gets_nothing_above_r1() -> None:
    client = profile("C1", lowest=True)
    assert codes(check(product(risk_level=RiskLevel.R2), client=client)) == ["lowest_class"]
    assert check(product(risk_level=RiskLevel.R1), client=client) == ()


def test_a_private_product_needs_a_qualified_investor() -> None:
    private = product(qualified_only=True)
    assert codes(check(private)) == ["qualified_only"]
    assert check(private, facts=replace(FACTS, is_qualified_investor=True)) == ()


def test_the_entry_age_is_the_last_age_that_may_buy() -> None:
    annuity = product(risk_level=RiskLevel.R2, highest_entry_age=60)
    assert check(annuity, facts=aged(60)) == ()
    assert codes(check(annuity, facts=aged(61))) == ["entry_age"]


@pytest.mark.parametrize(
    ("age", "risk_level", "refused"),
    [(64, RiskLevel.R5, False), (65, RiskLevel.R3, False), (65, RiskLevel.R4, True)],
)
def test_high_risk_at_sixty_five_needs_a_person(
    age: int, risk_level: RiskLevel, refused: bool
) -> None:
    found = check(product(risk_level=risk_level), facts=aged(age))
    assert codes(found) == (["special_care"] if refused else [])


def test_a_policy_is_never_bought_by_the_button() -> None:
    assert codes(check(product(settlement=SettlementCycle.POLICY))) == ["needs_underwriting"]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("9000", "below_minimum"), ("10500", "off_step"), ("10000", None), ("12000", None)],
)
def test_a_first_purchase_meets_minimum_and_step(amount: str, code: str | None) -> None:
    lots = product(minimum=yuan("10000"), step=yuan("1000"))
    assert codes(check(lots, orders=[order(amount)])) == ([code] if code else [])


def test_a_further_purchase_needs_only_the_step_unless_each_is_a_new_contract() -> None:
    lots = product(minimum=yuan("10000"), step=yuan("1000"))
    after = {"p": yuan("52000")}
    assert check(lots, orders=[order("2000")], after=after) == ()
    assert codes(check(lots, orders=[order("500")], after=after)) == ["below_minimum"]
    deposit = replace(lots, regime=Regime.DEPOSIT)
    assert codes(check(deposit, orders=[order("2000")], after=after)) == ["below_minimum"]


def test_one_fund_may_reach_a_fifth_of_wealth_and_no_more() -> None:
    assert check(after={"p": yuan("200000")}) == ()
    found = check(after={"p": yuan("200000.01")})
    assert codes(found) == ["concentration"]
    assert found[0].evidence["limit"] == yuan("200000")


def test_concentration_counts_what_is_bought_even_if_the_holdings_forget_it() -> None:
    lines = [order("150000"), order("100000", line=2)]
    assert codes(check(orders=lines)) == ["concentration"]


def test_what_is_held_already_is_no_reason_unless_more_is_bought() -> None:
    sale = order("1000", side=Side.SELL)
    assert check(orders=[sale], after={"p": yuan("900000")}) == ()


@pytest.mark.parametrize("product_id", ["money-fund-a", "short-bond-fund-c", "time-deposit-1y"])
def test_deposits_money_funds_and_bond_funds_may_hold_more_than_a_fifth(product_id: str) -> None:
    row = load_default_shelf()[product_id]
    found = check(row, orders=[order("900000", product_id=row.id)])
    assert found == ()


def test_without_wealth_no_fund_of_shares_can_be_bought() -> None:
    assert codes(check(wealth="0")) == ["concentration"]


@pytest.mark.parametrize(
    ("days", "code"),
    [(-1, "assessment_in_future"), (0, None), (365, None), (366, "assessment_expired")],
)
def test_an_assessment_counts_from_its_day_to_the_end_of_its_validity(
    days: int, code: str | None
) -> None:
    found = check(as_of=ASSESSED + timedelta(days=days))
    assert codes(found) == ([code] if code else [])


def test_an_expired_assessment_is_reported_even_without_purchases() -> None:
    found = check(orders=(), as_of=date(2028, 1, 1))
    assert codes(found) == ["assessment_expired"]
    assert found[0].evidence["valid_until"] == ASSESSED + timedelta(days=365)


def test_a_validity_of_no_days_is_refused() -> None:
    with pytest.raises(InputError, match="validity_days"):
        check(validity_days=0)


def test_every_broken_rule_is_reported_at_once_as_a_warning() -> None:
    worst = product(
        risk_level=RiskLevel.R5, on_sale=False, qualified_only=True, highest_entry_age=60,
        minimum=yuan("1000000"), step=yuan("100000"), settlement=SettlementCycle.POLICY,
    )  # fmt: skip
    found = check(worst, orders=[order("900000")], facts=aged(70), client=profile("C3"))
    assert set(codes(found)) == {
        "above_level", "qualified_only", "entry_age", "special_care", "not_on_sale",
        "needs_underwriting", "below_minimum", "concentration",
    }  # fmt: skip
    assert all(statement.severity is Severity.WARNING for statement in found)


@given(st.sampled_from(list(ProfileLevel)), st.sampled_from(list(RiskLevel)), st.integers(18, 100))
def test_a_higher_level_never_forbids_what_a_lower_one_allows(
    level: ProfileLevel, risk_level: RiskLevel, age: int
) -> None:
    row = product(risk_level=risk_level)
    here = codes(check(row, client=profile(level), facts=aged(age)))
    highest = codes(check(row, client=profile("C5"), facts=aged(age)))
    assert set(highest) <= set(here)


def imported(module: str, *, known: dict[str, set[str]]) -> None:
    """Add to `known` what a module of ours imports, and what that imports."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if module in known or not path.is_file():
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    found |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    known[module] = found
    for name in found:
        imported(name, known=known)


def planners(known: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return who imports the optimizer or the choice of products."""
    return [
        (importer, name)
        for importer, names in known.items()
        for name in sorted(names)
        if name.startswith(("allocator.optimizer", "allocator.trading.product_choice"))
    ]


def test_nothing_the_checker_imports_leads_to_the_optimizer_or_the_choice_of_products() -> None:
    known: dict[str, set[str]] = {}
    imported("risk_profiles.suitability", known=known)
    assert {"risk_profiles.suitability_rules", "risk_profiles.overrides"} <= set(known)
    assert planners(known) == []


def test_an_import_of_the_planner_would_be_noticed_at_any_depth() -> None:
    known: dict[str, set[str]] = {}
    imported("api.workup", known=known)
    importers = {importer for importer, _ in planners(known)}
    assert {"api.workup", "risk_profiles.mandates"} <= importers


@pytest.mark.parametrize(("days", "refused"), [(365, False), (366, True)])
def test_nothing_is_locked_for_longer_than_the_stated_horizon_allows(
    days: int, refused: bool
) -> None:
    client = replace(profile(), longest_lock_up_days=365)
    found = check(product(lock_up_days=days), client=client)
    assert codes(found) == (["locked_past_horizon"] if refused else [])


@pytest.mark.parametrize(("days", "refused"), [(200, False), (201, True)])
def test_nothing_is_locked_beyond_the_nearest_goal(days: int, refused: bool) -> None:
    goals = (
        Goal("flat", yuan("100000"), AS_OF + timedelta(days=200)),
        Goal("car", yuan("100000"), AS_OF + timedelta(days=900)),
    )
    found = check(product(lock_up_days=days), facts=replace(FACTS, goals=goals))
    assert codes(found) == (["locked_past_goal"] if refused else [])


def test_a_goal_more_than_five_years_away_locks_nothing_out() -> None:
    goal = Goal("far", yuan("100000"), AS_OF + timedelta(days=5 * 365))
    assert check(product(lock_up_days=3000), facts=replace(FACTS, goals=(goal,))) == ()
