"""Minimum fees in what a client is told: proposals, own orders, refusals, and when to wait."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from allocator.money import Money, total
from api.advice_documents import proposal_document
from api.client_file import ClientRecord
from api.errors import ConflictError
from api.own_order_document import OwnOrder, own_order_document
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.workup import Workup, work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
FAMILY, FAN, SHARES = "civil-servant-family", "equity-fan", "csi300-index-a"


def money(text: str) -> Money:
    return Money.parse(text)


def worked_up(record: ClientRecord, *, purchase: str = "0.00", redemption: str = "0.00") -> Workup:
    """Work up a client of a shelf on which funds of ten yuan and more carry minimum fees."""
    fees = f'minimum_purchase_fee = "{purchase}"\nminimum_redemption_fee = "{redemption}"\n'
    head, *rows = REFERENCE.shelf_text.split("[[product]]\n")
    funds = [
        fees + row if 'minimum = "10.00"' in row and "\nrate = " not in row else row for row in rows
    ]
    day = record.balance_sheet.as_of
    return work_up(
        record,
        assessed_on=day,
        valid_until=day + timedelta(days=365),
        reference=replace(REFERENCE, shelf_text="[[product]]\n".join([head, *funds])),
    )


def test_a_proposal_shows_the_minimum_of_every_order_and_their_sum() -> None:
    workup = worked_up(BOOK[FAN], purchase="8.00", redemption="7.00")
    made = proposal_document(workup)
    assert {order["side"] for order in made["orders"]} == {"buy", "sell"}
    at_least = 0
    for order in made["orders"]:
        product = workup.reference.shelf[order["product_id"]]
        least = product.minimum_purchase_fee
        if order["side"] == "sell":
            least = product.minimum_redemption_fee
        assert money(order["fee"]) >= least
        at_least += bool(least) and money(order["fee"]) == least
    assert at_least
    assert money(made["total_fees"]) == total(money(order["fee"]) for order in made["orders"])
    sold = money(made["total_sales"]) - total(
        money(order["fee"]) for order in made["orders"] if order["side"] == "sell"
    )
    cash = money(made["cash_before"]) + sold - money(made["total_purchases"])
    assert money(made["cash_after"]) == cash


@pytest.mark.parametrize(("amount", "fee"), [("10000.00", "11.99"), ("1000.00", "5.00")])
def test_an_own_order_pays_the_minimum_where_the_rate_gives_less(amount: str, fee: str) -> None:
    workup = worked_up(BOOK[FAMILY], purchase="5.00")
    assert workup.reference.shelf[SHARES].purchase_fee == Decimal("0.0012")
    made = own_order_document(workup, OwnOrder(SHARES, money(amount)))
    assert (made["orders"][0]["fee"], made["total_fees"]) == (fee, fee)


def test_more_of_a_fund_that_the_fee_would_swallow_is_refused() -> None:
    record = BOOK[FAMILY]
    held = replace(
        record.balance_sheet.holdings[0],
        id="held",
        product_id=SHARES,
        product_class=REFERENCE.shelf[SHARES].product_class,
        risk_level=REFERENCE.shelf[SHARES].risk_level,
        amount=money("1000.00"),
    )
    sheet = replace(record.balance_sheet, holdings=(*record.balance_sheet.holdings, held))
    workup = worked_up(replace(record, balance_sheet=sheet), purchase="5.00")
    for amount in ("0.01", "5.00"):
        with pytest.raises(ConflictError) as caught:
            own_order_document(workup, OwnOrder(SHARES, money(amount)))
        (refused,) = caught.value.statements
        assert refused.code == "suitability.below_minimum"
        assert refused.evidence["minimum"] == money("5.01")
    made = own_order_document(workup, OwnOrder(SHARES, money("5.01")))
    assert made["orders"][0]["fee"] == "5.00"


@pytest.mark.parametrize(("redemption", "is_said"), [("0.00", True), ("8.90", True)])
def test_a_lower_fee_ahead_is_no_lower_than_the_minimum(redemption: str, is_said: bool) -> None:
    record = BOOK[FAN]
    bought = record.balance_sheet.as_of - timedelta(days=5)
    holdings = tuple(
        replace(h, acquired_on=bought) if h.product_class.value == "a_share_equity_fund" else h
        for h in record.balance_sheet.holdings
    )
    sheet = replace(record.balance_sheet, holdings=holdings)
    made = proposal_document(worked_up(replace(record, balance_sheet=sheet), redemption=redemption))
    said = [r for r in made["reasons"] if r["code"] == "reason.wait_for_lower_fee"]
    assert bool(said) is is_said
    assert all(money(r["evidence"]["later_fee"]["value"]) >= money(redemption) for r in said)
    assert any(money(r["evidence"]["later_fee"]["value"]) == money(redemption) for r in said)
