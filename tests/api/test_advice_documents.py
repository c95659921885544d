"""Diagnosis and proposal as documents: sums, hashes, and no advice where nothing is gained."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from allocator.balance_sheet import BalanceSheet, DebtKind, HeldAt
from allocator.errors import InputError
from allocator.life_cycle.needs import Goal
from allocator.money import Money
from allocator.optimizer.solver import optimize
from allocator.product_classes import ProductClass
from api.advice_documents import diagnosis_document, proposal_document
from api.advice_parts import inputs_document
from api.client_file import ClientRecord
from api.documents import canonical_json
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.texts import Language, Texts
from api.workup import Workup, work_up
from risk_profiles.levels import ProfileLevel

REFERENCE = load_reference_data()
AS_OF = date(2026, 11, 20)
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


@cache
def proposal(client_id: str) -> dict[str, Any]:
    return proposal_document(worked_up(BOOK[client_id]))


def poor_household() -> ClientRecord:
    """Return a household with all at hand and free, of a seventh of what its needs ask for."""
    record = BOOK["negative-savings"]
    amounts = (Money.parse("2375.00"), Money.parse("2875.00"))
    held = record.balance_sheet.holdings
    holdings = tuple(replace(h, amount=a) for h, a in zip(held, amounts, strict=True))
    return replace(record, balance_sheet=replace(record.balance_sheet, holdings=holdings))


@cache
def diagnosis(client_id: str) -> dict[str, Any]:
    return diagnosis_document(worked_up(BOOK[client_id]))


def amount(document: dict[str, Any], name: str) -> Decimal:
    return Decimal(document[name])


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_the_totals_of_a_proposal_are_the_sums_of_its_orders(client_id: str) -> None:
    made = proposal(client_id)
    for side, name in (("sell", "total_sales"), ("buy", "total_purchases")):
        orders = [Decimal(o["amount"]) for o in made["orders"] if o["side"] == side]
        assert amount(made, name) == sum(orders, Decimal(0))
    fees = [Decimal(o["fee"]) for o in made["orders"]]
    assert amount(made, "total_fees") == sum(fees, Decimal(0))
    sale_fees = sum((Decimal(o["fee"]) for o in made["orders"] if o["side"] == "sell"), Decimal(0))
    change = amount(made, "total_sales") - sale_fees - amount(made, "total_purchases")
    assert amount(made, "cash_after") - amount(made, "cash_before") == change


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_a_proposal_starts_from_the_diagnosis_and_never_lowers_the_index(client_id: str) -> None:
    made, before = proposal(client_id), diagnosis(client_id)
    for name in ("weights", "scores", "index", "expected_return", "volatility"):
        assert made["before"][name] == before[name]
    assert made["after"]["index"] >= made["before"]["index"] - 0.01
    assert 0 <= made["rounding_gap_bp"] < 1


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_money_for_a_dear_debt_is_set_aside_and_the_debt_is_named(client_id: str) -> None:
    made, workup = proposal(client_id), worked_up(BOOK[client_id])
    sheet, hurdle = BOOK[client_id].balance_sheet, best_certainty_equivalent(workup)
    plan = workup.plan(hurdle=hurdle)
    assert plan is not None
    dear = [
        d for d in sheet.debts if d.kind is not DebtKind.MORTGAGE and float(d.annual_rate) > hurdle
    ]
    codes = [reason["code"] for reason in made["reasons"]]
    assert ("reason.repay_first" in codes) is bool(plan.basis.repayment)
    assert bool(plan.basis.repayment) is bool(
        dear and sheet.liquid_assets > workup.needs.emergency_fund
    )
    # What is set aside is neither invested nor spent on fees: it is there after the plan.
    after = amount(made, "cash_after")
    assert Money(after) >= plan.basis.kept_in_account + plan.everyday_cash


def best_certainty_equivalent(workup: Workup) -> float:
    assert workup.mandate is not None
    return optimize(workup.mandate, workup.market, with_costs=False).certainty_equivalent


def test_the_entrepreneurs_plan_agrees_with_the_diagnosis_about_the_debt() -> None:
    found = next(
        f for f in diagnosis("entrepreneur")["findings"] if f["code"] == "finding.repay_debt"
    )
    reason = proposal("entrepreneur")["reasons"][0]
    assert reason["code"] == "reason.repay_first"
    assert found["evidence"]["rate"] == reason["evidence"]["rate"]
    said, kept = (Money.parse(x["evidence"]["amount"]["value"]) for x in (found, reason))
    assert kept == said


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_no_purchase_is_locked_beyond_the_horizon_or_the_nearest_goal(client_id: str) -> None:
    record = BOOK[client_id]
    limit = worked_up(record).profile.longest_lock_up_days
    near = [(g.due - AS_OF).days for g in record.facts.goals if (g.due - AS_OF).days < 5 * 365]
    for order in proposal(client_id)["orders"]:
        if order["side"] == "buy":
            assert order["lock_up_days"] <= min([limit, *near])


def test_money_needed_tomorrow_is_not_locked_away() -> None:
    record = BOOK["young-renter"]
    goal = Goal("deposit", Money.parse("30000.00"), AS_OF + timedelta(days=1))
    soon = replace(record, facts=replace(record.facts, goals=(goal,)))
    made = proposal_document(worked_up(soon))
    assert all(o["lock_up_days"] == 0 for o in made["orders"] if o["side"] == "buy")
    assert made["after"]["scores"]["safety"] == pytest.approx(100, abs=0.5)


def test_a_client_who_turned_sixty_five_since_the_assessment_still_gets_a_plan() -> None:
    record = BOOK["high-net-worth"]
    birthday = AS_OF.replace(year=AS_OF.year - 65)
    old = replace(record, facts=replace(record.facts, birth_date=birthday, retirement_age=66))
    assessed_on = AS_OF - timedelta(days=30)  # still sixty-four, and C4
    workup = work_up(
        old,
        assessed_on=assessed_on,
        valid_until=assessed_on + timedelta(days=365),
        reference=REFERENCE,
    )
    assert workup.profile.level is ProfileLevel.C4
    made = proposal_document(workup)
    bought = {o["risk_level"] for o in made["orders"] if o["side"] == "buy"}
    assert bought
    assert bought <= {"R1", "R2", "R3"}


@pytest.mark.parametrize(("days", "is_late"), [(200, False), (201, True)])
def test_money_locked_beyond_a_goal_does_not_make_it_safe(days: int, is_late: bool) -> None:
    record = BOOK["young-renter"]
    goal = Goal("flat", Money.parse("150000.00"), AS_OF + timedelta(days=200))
    deposit = replace(
        record.balance_sheet.holdings[0],
        id="term",
        product_class=ProductClass.TIME_DEPOSIT,
        product_id="time-deposit-1y",
        amount=Money.parse("200000.00"),
        locked_until=AS_OF + timedelta(days=days),
    )
    sheet = replace(record.balance_sheet, holdings=(*record.balance_sheet.holdings, deposit))
    facts = replace(record.facts, goals=(goal,))
    document = diagnosis_document(worked_up(replace(record, balance_sheet=sheet, facts=facts)))
    codes = [f["code"] for f in document["findings"]]
    assert ("finding.locked_past_goal" in codes) is is_late
    assert (document["scores"]["safety"] < 90) is is_late


def test_a_deposit_earns_the_rate_it_quotes_and_not_the_average_of_its_class() -> None:
    workup = worked_up(BOOK["widow-76"])
    first = workup.menu[ProductClass.TIME_DEPOSIT][0]
    assert first.rate is not None
    position = workup.market.index(ProductClass.TIME_DEPOSIT)
    assert workup.market.net_returns[position] == pytest.approx(float(first.rate), abs=1e-12)
    # The published assumption for the class is another number, and stays as published.
    assert REFERENCE.market.net_returns[position] != pytest.approx(float(first.rate), abs=1e-6)


def test_a_sale_whose_fee_falls_soon_says_when() -> None:
    record = BOOK["equity-fan"]
    bought = AS_OF - timedelta(days=5)
    holdings = tuple(
        replace(h, acquired_on=bought) if h.product_class.value == "a_share_equity_fund" else h
        for h in record.balance_sheet.holdings
    )
    made = proposal_document(
        worked_up(replace(record, balance_sheet=replace(record.balance_sheet, holdings=holdings)))
    )
    said = [r for r in made["reasons"] if r["code"] == "reason.wait_for_lower_fee"]
    assert said
    for reason in said:
        evidence = reason["evidence"]
        assert Decimal(evidence["later_fee"]["value"]) < Decimal(evidence["fee"]["value"])
        assert AS_OF.isoformat() < evidence["day"]["value"]


def test_where_nothing_can_be_moved_nobody_is_told_that_all_is_well() -> None:
    record = BOOK["equity-fan"]
    away = tuple(replace(h, held_at=HeldAt.ELSEWHERE) for h in record.balance_sheet.holdings)
    workup = worked_up(replace(record, balance_sheet=replace(record.balance_sheet, holdings=away)))
    made = proposal_document(workup)
    assert made["orders"] == []
    assert made["reasons"][0]["code"] == "reason.nothing_can_move"
    codes = [f["code"] for f in diagnosis_document(workup)["findings"]]
    assert "finding.growth_ok" not in codes


def test_a_household_whose_needs_are_beyond_all_it_has_is_not_told_of_locks() -> None:
    made = proposal_document(worked_up(poor_household()))
    assert made["orders"] == []
    assert {limit for c in made["conflicts"] for limit in c["limits"]} == {"liquidity", "stable"}
    assert made["reasons"][0]["code"] == "reason.needs_beyond_reach"


def test_a_floor_of_many_times_the_wealth_is_said_to_miss_what_it_misses() -> None:
    workup = worked_up(poor_household())
    sheet = workup.record.balance_sheet
    for document in (proposal_document(workup), diagnosis_document(workup)):
        for conflict in document["conflicts"]:
            amount = workup.needs.emergency_fund - sheet.investable_wealth
            assert amount > sheet.investable_wealth
            assert conflict["amount"] == str(amount.amount)
            share = float(amount) / float(sheet.investable_wealth)
            assert conflict["by"] == pytest.approx(share, abs=1e-5)
            for language, currency in ((Language.EN, "CN¥"), (Language.ZH, "¥")):
                least = Texts(language).statement(conflict["statements"][-1])
                assert f"{currency}{amount.amount:,.2f}" in least


def test_the_client_with_a_card_and_idle_cash_is_told_to_repay_first() -> None:
    reasons = proposal("card-debt-idle-cash")["reasons"]
    assert reasons[0]["code"] == "reason.repay_first"


def test_a_balanced_sheet_is_asked_for_nothing_and_told_so() -> None:
    made = proposal("balanced-sheet")
    assert made["orders"] == []
    assert made["reasons"][0]["code"] == "reason.nothing_to_do"
    assert made["after"] == made["before"]


def test_documents_are_plain_json_without_ids_or_instants() -> None:
    for client_id in BOOK:
        for document in (proposal(client_id), diagnosis(client_id)):
            canonical_json(document)
            assert not {"id", "created_at", "expires_at", "status"} & set(document)


def test_the_hash_covers_the_inputs_and_leaves_out_shown_floats() -> None:
    record = BOOK["young-renter"]
    first, *rest = record.balance_sheet.holdings
    richer = replace(first, amount=first.amount + Money.parse("0.01"))
    changed = replace(record, balance_sheet=replace(record.balance_sheet, holdings=(richer, *rest)))
    assert proposal_document(worked_up(changed))["hash"] != proposal("young-renter")["hash"]
    assert proposal_document(worked_up(record))["hash"] == proposal("young-renter")["hash"]
    assert proposal("young-renter")["hash"] != diagnosis("young-renter")["hash"]


def test_the_inputs_name_the_three_texts_and_the_two_days() -> None:
    inputs = inputs_document(worked_up(BOOK["young-renter"]))
    assert inputs["model"] == REFERENCE.market.content_hash
    assert inputs["shelf"] == REFERENCE.shelf.content_hash
    assert inputs["questionnaire"] == REFERENCE.questionnaire.content_hash
    assert (inputs["assessed_on"], inputs["valid_until"]) == ("2026-11-20", "2027-11-20")


def test_without_wealth_there_is_a_diagnosis_and_no_proposal() -> None:
    record = BOOK["retiree-68"]
    poor = worked_up(replace(record, balance_sheet=BalanceSheet(record.balance_sheet.as_of, ())))
    made = diagnosis_document(poor)
    assert (made["wealth"], made["weights"], made["scores"]["growth"]) == ("0.00", {}, 0.0)
    assert made["life_cycle"]["human_capital_ratio"] == 0.0
    with pytest.raises(InputError) as refusal:
        proposal_document(poor)
    assert refusal.value.code == "no_wealth"


@pytest.mark.parametrize("wealth", ["0.01", "1.00", "40.00", "1000.00"])
def test_needs_of_any_multiple_of_a_small_wealth_still_leave_a_proposal(wealth: str) -> None:
    record = BOOK["young-renter"]
    cash = next(h for h in record.balance_sheet.holdings if h.id == "cash")
    sheet = BalanceSheet(record.balance_sheet.as_of, (replace(cash, amount=Money.parse(wealth)),))
    made = worked_up(replace(record, balance_sheet=sheet))
    document = proposal_document(made)
    # A month's essentials exceed all of it, so it stays where it is, and the need is named.
    assert document["orders"] == []
    assert document["cash_after"] == wealth
    assert made.mandate is not None
    relaxed = next(f for f in document["findings"] if f["code"] == "relaxed.liquidity")
    wanted = float(relaxed["evidence"]["wanted"]["value"])
    # Said in money: the emergency fund itself, of which all there is can be had.
    assert wanted == pytest.approx(float(made.needs.emergency_fund), abs=0.01)
    granted = float(relaxed["evidence"]["granted"]["value"])
    assert granted == pytest.approx(float(wealth), rel=1e-4, abs=0.01)
    assert diagnosis_document(made)["scores"]["liquidity"] < 5


def test_spending_above_income_is_among_the_findings_of_who_does_it_alone() -> None:
    spenders = {
        client_id
        for client_id in BOOK
        if any(f["code"] == "finding.negative_savings" for f in diagnosis(client_id)["findings"])
    }
    assert "negative-savings" in spenders
    assert "balanced-sheet" not in spenders
