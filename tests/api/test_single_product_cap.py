"""A shelf with one fund a class: advice counts on what can be bought, and says what stops it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocator.balance_sheet import Holding
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from api.advice_documents import diagnosis_document, proposal_document
from api.client_file import ClientRecord
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.settings import VALIDITY_DAYS
from api.texts import Language, Texts
from api.workup import Workup, work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
A_SHARES, OVERSEAS = ProductClass.A_SHARE_EQUITY_FUND, ProductClass.OVERSEAS_EQUITY_FUND
ONE_EACH = ("csi300-index-c", "sp500-qdii-a")


def shelf_selling(only: Collection[str]) -> ReferenceData:
    """Return reference data in which no other equity fund than these is on sale."""
    head, *blocks = REFERENCE.shelf_text.split("[[product]]")
    stopped = [
        p.id for c in (A_SHARES, OVERSEAS) for p in REFERENCE.shelf.of_class(c) if p.id not in only
    ]
    for n, block in enumerate(blocks):
        if any(f'id = "{name}"' in block for name in stopped) and "on_sale" not in block:
            blocks[n] = f"\non_sale = false{block}"
    return replace(REFERENCE, shelf_text="[[product]]".join([head, *blocks]))


def worked_up(record: ClientRecord, reference: ReferenceData) -> Workup:
    on = record.balance_sheet.as_of
    valid_until = on + timedelta(days=VALIDITY_DAYS)
    return work_up(record, assessed_on=on, valid_until=valid_until, reference=reference)


def caps(workup: Workup) -> dict[ProductClass, float]:
    assert workup.mandate is not None
    return dict(zip(CLASSES, workup.mandate.class_caps, strict=True))


def renter_holding(shares: Mapping[str, str]) -> ClientRecord:
    """Return a client who may buy equity funds, holds these shares of wealth, the rest in cash."""
    record = BOOK["young-renter"]
    sheet = record.balance_sheet
    cash = str(1 - sum(map(Decimal, shares.values())))
    held = []
    for name, share in {"demand-deposit": cash, **shares}.items():
        p, amount = REFERENCE.shelf[name], sheet.investable_wealth.scaled(Decimal(share))
        held.append(Holding(f"h-{name}", p.product_class, amount, p.risk_level, name))
    return replace(record, balance_sheet=replace(sheet, holdings=tuple(held)))


FEW = shelf_selling(ONE_EACH)


def test_the_shipped_shelf_leaves_every_class_its_own_cap() -> None:
    for record in BOOK.values():
        assert caps(worked_up(record, REFERENCE)) == {c: TRAITS[c].cap for c in CLASSES}


@pytest.mark.parametrize(
    ("held", "cap"),
    [
        ({}, 0.2),
        ({"csi300-index-c": "0.15"}, 0.2),
        ({"csi300-index-c": "0.3"}, 0.3),
        ({"csi500-index-a": "0.1"}, 0.3),
        ({"csi500-index-a": "0.1", "csi300-index-c": "0.15"}, 0.3),
        ({"csi500-index-a": "0.2", "csi300-index-c": "0.15"}, 0.4),
        ({"csi500-index-a": "0.4"}, 0.45),
    ],
)
def test_a_class_holds_what_is_held_of_it_and_what_its_funds_may_still_take(
    held: dict[str, str], cap: float
) -> None:
    found = caps(worked_up(renter_holding(held), FEW))
    assert found[A_SHARES] == pytest.approx(cap, abs=1e-6)
    assert found[OVERSEAS] == pytest.approx(0.2, abs=1e-6)


def test_two_funds_hold_two_fifths_up_to_the_cap_of_the_class() -> None:
    two = shelf_selling((*ONE_EACH, "csi500-index-a"))
    found = caps(worked_up(renter_holding({}), two))
    assert (found[A_SHARES], found[OVERSEAS]) == pytest.approx((0.4, 0.2), abs=1e-6)


@pytest.mark.parametrize("client_id", ["young-renter", "entrepreneur"])
def test_targets_can_be_bought_where_each_class_has_one_fund(client_id: str) -> None:
    record = BOOK[client_id]
    # Money set aside for a debt stays where it is and reaches no target.
    free = replace(record, balance_sheet=replace(record.balance_sheet, debts=()))
    made = proposal_document(worked_up(free, FEW))
    assert made["rounding_gap_bp"] < 0.5
    # What an investor without trading costs would reach can be reached.
    assert made["after"]["scores"]["growth"] > 99.5
    for product_class in (A_SHARES, OVERSEAS):
        target = made["target"]["weights"][product_class]
        assert target == pytest.approx(made["after"]["weights"][product_class], abs=2e-3)


def test_the_cap_that_stops_a_class_is_said_and_can_be_read_back() -> None:
    made = proposal_document(worked_up(BOOK["young-renter"], FEW))
    found = {
        reason["evidence"]["product_class"]["value"]: reason
        for reason in made["reasons"]
        if reason["code"] == "reason.single_product_cap"
    }
    reason: Any = found[f"class.{OVERSEAS}"]
    for language in Language:
        said = Texts(language).statement(reason)
        read = [float(share) for share in re.findall(r"[\d.]+(?=%)", said)]
        assert read == [20.0, 20.0]
    usual = proposal_document(worked_up(BOOK["young-renter"], REFERENCE))
    codes = [reason["code"] for reason in usual["reasons"]]
    assert {"reason.class_cap", "reason.class_cap_price"} & {*codes}
    assert "reason.single_product_cap" not in codes


def test_the_diagnosis_measures_by_what_can_be_bought() -> None:
    growth = [
        diagnosis_document(worked_up(BOOK["young-renter"], reference))["scores"]["growth"]
        for reference in (REFERENCE, FEW)
    ]
    assert growth[1] > growth[0] + 1
