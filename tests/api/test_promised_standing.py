"""What a proposal promises is what a client finds: its orders filled, the diagnosis says the same.

Everything is on the whole balance sheet, money set aside for a debt included. Tolerances: fees of
up to a thousandth of wealth move human capital and the optimum against it, by 0.02 points of an
index and 0.05 of a score. What is held itself is the same: figures agree but for their rounding.
"""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass
from api.advice_documents import diagnosis_document, proposal_document
from api.client_file import ClientRecord
from api.own_order_document import OwnOrder, own_order_document
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.workup import Workup, work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
money = Money.parse
CARD, RENTER = "card-debt-idle-cash", "young-renter"
CASH = ProductClass.DEMAND_DEPOSIT


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


def owing_more_than_is_held() -> ClientRecord:
    """Return a household of 50,000 yuan that owes 120,000 at 12 % and a mortgage."""
    record = BOOK[RENTER]
    cash = next(h for h in record.balance_sheet.holdings if h.product_class is CASH)
    debts = (
        Debt("m", DebtKind.MORTGAGE, money("900000"), Decimal("0.049"), money("4800")),
        Debt("c", DebtKind.CONSUMER, money("120000"), Decimal("0.12"), money("3000")),
    )
    held = (replace(cash, amount=money("50000")),)
    sheet = BalanceSheet(record.balance_sheet.as_of, held, debts)
    return replace(record, balance_sheet=sheet, facts=replace(record.facts, goals=()))


CASES = {
    CARD: BOOK[CARD],
    "entrepreneur": BOOK["entrepreneur"],
    RENTER: BOOK[RENTER],
    "equity-fan": BOOK["equity-fan"],
    "owing-more-than-is-held": owing_more_than_is_held(),
}


def filled(record: ClientRecord, orders: list[dict[str, Any]]) -> ClientRecord:
    """Return the client once the orders are confirmed, read from the document alone."""
    sheet = record.balance_sheet
    amounts = {h.id: h.amount for h in sheet.holdings}
    paid, bought = ZERO, []
    for order in orders:
        amount, fee = money(order["amount"]), money(order["fee"])
        if order["side"] == "sell":
            amounts[order["holding_id"]] -= amount
            paid -= amount - fee
            continue
        paid += amount
        product = REFERENCE.shelf[order["product_id"]]
        days = order["lock_up_days"]
        bought.append(
            Holding(
                id=f"bought-{order['line']}",
                product_class=product.product_class,
                amount=amount - fee,
                risk_level=product.risk_level,
                product_id=product.id,
                locked_until=sheet.as_of + timedelta(days=days) if days else None,
                acquired_on=sheet.as_of,
            )
        )
    account = next(h for h in sheet.holdings if h.product_class is CASH)
    amounts[account.id] -= paid
    assert amounts[account.id] >= ZERO
    kept = (replace(h, amount=amounts[h.id]) for h in sheet.holdings if amounts[h.id] > ZERO)
    return replace(record, balance_sheet=replace(sheet, holdings=(*kept, *bought)))


@pytest.mark.parametrize("name", CASES)
def test_with_its_orders_filled_a_client_stands_where_the_proposal_said(name: str) -> None:
    record = CASES[name]
    made = proposal_document(worked_up(record))
    assert made["orders"]
    found = diagnosis_document(worked_up(filled(record, made["orders"])))
    promised = made["after"]
    assert found["index"] == pytest.approx(promised["index"], abs=0.02)
    assert found["scores"] == pytest.approx(promised["scores"], abs=0.05)
    assert found["weights"] == pytest.approx(promised["weights"], abs=2e-6)
    assert found["expected_return"] == pytest.approx(promised["expected_return"], abs=2e-6)
    assert found["volatility"] == pytest.approx(promised["volatility"], abs=2e-6)
    assert promised["index"] > made["before"]["index"]


@pytest.mark.parametrize("name", CASES)
def test_who_has_nothing_left_to_do_is_promised_nothing(name: str) -> None:
    record = CASES[name]
    for _ in range(3):
        made = proposal_document(worked_up(record))
        if not made["orders"]:
            break
        record = filled(record, made["orders"])
    made = proposal_document(worked_up(record))
    assert made["orders"] == []
    assert made["before"] == made["after"]


def test_cash_kept_for_a_debt_is_in_the_weights_that_are_told() -> None:
    made = proposal_document(worked_up(BOOK[CARD]))
    wealth = float(BOOK[CARD].balance_sheet.investable_wealth) - float(made["total_fees"])
    for name in ("before", "after", "target"):
        assert sum(made[name]["weights"].values()) == pytest.approx(1, abs=1e-5)
    assert made["after"]["weights"]["demand_deposit"] == pytest.approx(
        float(made["cash_after"]) / wealth, abs=1e-6
    )
    # The target is told on the same whole, so that what is near it looks near.
    after, target = made["after"]["weights"], made["target"]["weights"]
    assert sum(abs(after[c] - target[c]) for c in after) / 2 < 0.03


def test_diagnosis_and_proposal_tell_one_growth_share_and_what_it_is_of() -> None:
    for record in (BOOK[CARD], BOOK["entrepreneur"], owing_more_than_is_held(), BOOK[RENTER]):
        proposal = proposal_document(worked_up(record))
        told = diagnosis_document(worked_up(record))["life_cycle"]["reasons"]
        of_income = [r for r in told if r["code"] != "reason.shares_of_the_rest"]
        assert of_income
        reasons = [json.dumps(r, sort_keys=True) for r in proposal["reasons"]]
        assert all(json.dumps(r, sort_keys=True) in reasons for r in told)
        codes = [r["code"] for r in proposal["reasons"]]
        is_aside = "reason.repay_first" in codes
        assert (told[0]["code"] == "reason.shares_of_the_rest") is is_aside
        if is_aside:
            assert codes[:2] == ["reason.repay_first", "reason.shares_of_the_rest"]
            evidence = proposal["reasons"][1]["evidence"]
            parts = [Decimal(evidence[name]["value"]) for name in ("amount", "left")]
            assert sum(parts) == record.balance_sheet.investable_wealth.amount


def test_an_own_order_of_who_owes_stands_beside_the_same_before_and_target() -> None:
    workup = worked_up(BOOK[CARD])
    ours = proposal_document(workup)
    own = own_order_document(workup, OwnOrder("money-fund-a", money("10000")))
    assert (own["before"], own["target"]) == (ours["before"], ours["target"])
    found = diagnosis_document(worked_up(filled(BOOK[CARD], own["orders"])))
    assert found["index"] == pytest.approx(own["after"]["index"], abs=0.02)
    assert found["weights"] == pytest.approx(own["after"]["weights"], abs=1e-5)
