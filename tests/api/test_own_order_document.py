"""A client's own order as a document: its warning, every refusal, and what the hash covers."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import Any

import pytest
from babel.messages.pofile import read_po

from allocator.errors import InputError
from allocator.money import Money
from api.advice_documents import proposal_document
from api.client_file import ClientRecord
from api.documents import canonical_json
from api.errors import ConflictError
from api.own_order_document import OwnOrder, override_of, own_order_document, own_order_inputs
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.texts import Language
from api.workup import Workup, work_up
from risk_profiles.overrides import ABOVE_LEVEL_WARNING, WARNINGS

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
# C3 with 45,000 yuan in the account and 585,000 in all; C5; C1 of the lowest class; C2 aged 68.
FAMILY, FAN, WIDOW, RETIREE = "civil-servant-family", "equity-fan", "widow-76", "retiree-68"
SHARES, BALANCED = "csi300-index-a", "balanced-fund-40"
# What a client reads before an override. A new wording needs a new edition and a line here.
WORDINGS = {
    "above-level-2026.1": "2f3343847811d0b8b66e684c2217df40dab01ea59d4427fa971671feafb9d8ed",
}


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


@cache
def workup(client_id: str) -> Workup:
    return worked_up(BOOK[client_id])


def own(client_id: str, product_id: str, amount: str) -> dict[str, Any]:
    return own_order_document(workup(client_id), OwnOrder(product_id, Money.parse(amount)))


def refusal(client_id: str, product_id: str, amount: str) -> tuple[str, list[str]]:
    with pytest.raises(ConflictError) as caught:
        own(client_id, product_id, amount)
    return caught.value.code, [one.code for one in caught.value.statements]


def wording(language: Language) -> dict[str, str]:
    """Return the catalogue as it is written, placeholders and all."""
    path = files("api") / "locales" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as lines:
        return {str(m.id): str(m.string) for m in read_po(lines, abort_invalid=True) if m.id}


def codes(statements: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in statements]


def test_a_product_within_the_level_carries_no_warning_and_no_override() -> None:
    made = own(FAMILY, BALANCED, "10000.00")
    assert (made["kind"], made["initiated_by"]) == ("proposal", "client")
    assert (made["warnings"], made["override"]) == ([], None)
    assert codes(made["reasons"]) == ["own_order.your_choice"]
    assert override_of(canonical_json(made)) is None


def test_the_banks_own_proposals_say_so_and_never_carry_an_override() -> None:
    made = proposal_document(workup(FAMILY))
    assert made["initiated_by"] == "bank"
    assert override_of(canonical_json(made)) is None


def test_a_fund_above_the_level_carries_the_written_warning_of_the_day() -> None:
    made = own(FAMILY, SHARES, "10000.00")
    assert codes(made["warnings"]) == [
        "own_order.above_level", "own_order.bad_year", "own_order.not_recommended",
    ]  # fmt: skip
    assert {one["severity"] for one in made["warnings"]} == {"warning"}
    levels = {k: v["value"] for k, v in made["warnings"][0]["evidence"].items()}
    assert levels == {"product_level": "R4", "level": "profile_level.C3", "highest_level": "R3"}
    override = override_of(canonical_json(made))
    assert override is not None
    assert (override.product_id, override.warning) == (SHARES, ABOVE_LEVEL_WARNING)
    assert override.warned_on == workup(FAMILY).as_of == date.fromisoformat(made["as_of"])


@pytest.mark.parametrize(
    ("product_id", "mean", "deviation"), [(SHARES, 0.063, 0.24), ("sp500-qdii-a", 0.058, 0.15)]
)
def test_the_loss_of_a_bad_year_is_the_twentieth_of_a_normal_year(
    product_id: str, mean: float, deviation: float
) -> None:
    made = own(FAMILY, product_id, "10000.00")
    said = made["warnings"][1]["evidence"]
    share = -NormalDist(mean, deviation).inv_cdf(0.05)
    assert float(said["share"]["value"]) == pytest.approx(share, abs=1e-4)
    bought = Decimal("10000.00") - Decimal(made["orders"][0]["fee"])
    assert float(said["loss"]["value"]) == pytest.approx(float(bought) * share, abs=1)


def test_one_purchase_is_paid_from_the_account_and_nothing_else_moves() -> None:
    made = own(FAMILY, SHARES, "10000.00")
    (order,) = made["orders"]
    rate = REFERENCE.shelf[SHARES].purchase_fee
    fee = Decimal("10000.00") - (Decimal("10000.00") / (1 + rate)).quantize(Decimal("0.01"))
    assert (order["side"], order["line"], order["holding_id"]) == ("buy", 1, None)
    assert Decimal(order["fee"]) == fee > 0
    assert Decimal(made["cash_before"]) - Decimal(made["cash_after"]) == Decimal("10000.00")
    totals = (made["total_sales"], made["total_purchases"], made["total_fees"])
    assert totals == ("0.00", "10000.00", order["fee"])
    wealth = BOOK[FAMILY].balance_sheet.investable_wealth.amount
    after, before = made["after"]["weights"], made["before"]["weights"]
    assert sum(after.values()) == pytest.approx(1, abs=1e-5)
    gained = after["a_share_equity_fund"] * float(wealth - fee) - before[
        "a_share_equity_fund"
    ] * float(wealth)
    assert gained == pytest.approx(float(Decimal("10000.00") - fee), abs=2)


def test_before_and_target_are_those_of_the_banks_own_proposal() -> None:
    ours, made = proposal_document(workup(FAMILY)), own(FAMILY, SHARES, "10000.00")
    assert made["before"] == ours["before"]
    assert made["target"] == ours["target"]


def test_what_is_left_at_hand_is_said_and_too_little_is_a_warning_not_a_refusal() -> None:
    # 125,000 yuan at hand; six months of essentials are 33,600.
    (kept,) = own(FAMILY, BALANCED, "10000.00")["findings"]
    assert (kept["code"], kept["severity"]) == ("own_order.emergency_fund_kept", "notice")
    assert kept["evidence"]["left"]["value"] == "115000.00"
    # 18,000 yuan at hand, less than the 27,300 needed before anything is bought.
    record = BOOK["young-renter"]
    sheet = record.balance_sheet
    poorer = replace(
        sheet, holdings=tuple(h for h in sheet.holdings if h.product_class != "money_fund")
    )
    made = own_order_document(
        worked_up(replace(record, balance_sheet=poorer)),
        OwnOrder("short-bond-fund-c", Money.parse("10000.00")),
    )
    (short,) = made["findings"]
    assert (short["code"], short["severity"]) == ("own_order.emergency_fund_short", "warning")
    said = {name: item["value"] for name, item in short["evidence"].items()}
    assert said == {"left": "8000.00", "need": "27300.00", "gap": "19300.00"}


def test_the_account_is_never_overdrawn() -> None:
    assert own(FAMILY, "money-fund-a", "45000.00")["cash_after"] == "0.00"
    assert refusal(FAMILY, "money-fund-a", "45000.01") == (
        "insufficient_cash", ["own_order.not_enough_cash"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("client_id", "product_id", "amount", "found"),
    [
        # A wealth product above the level: matching goes down only.
        (RETIREE, "wealth-plus-30d", "1000.00",
         ["suitability.above_level", "suitability.override_not_for_regime"]),
        (WIDOW, BALANCED, "1000.00",
         ["suitability.lowest_class", "suitability.override_lowest_class"]),
        # At 65 and over R4 needs a person, insisted on or not.
        (RETIREE, SHARES, "1000.00",
         ["suitability.above_level", "suitability.special_care"]),
        (FAMILY, "private-equity-long-fund", "1000.00",
         ["suitability.above_level", "suitability.qualified_only",
          "suitability.below_minimum"]),
        (FAMILY, "csi500-index-a", "5.00", ["suitability.below_minimum"]),
        (FAMILY, SHARES, "200000.00",
         ["suitability.concentration", "own_order.not_enough_cash"]),
        (FAN, "pension-annuity", "10.00",
         ["suitability.needs_underwriting", "suitability.below_minimum"]),
    ],
)  # fmt: skip
def test_what_cannot_be_bought_is_refused_with_every_reason(
    client_id: str, product_id: str, amount: str, found: list[str]
) -> None:
    code, reasons = refusal(client_id, product_id, amount)
    assert (code, reasons) == ("unsuitable", found)


def test_a_retiree_may_insist_on_a_product_of_medium_risk() -> None:
    made = own(RETIREE, BALANCED, "1000.00")
    assert made["override"]["product_id"] == BALANCED


@pytest.mark.parametrize(
    ("product_id", "code"), [("no-such-fund", "unknown_product"), ("demand-deposit", "cash_order")]
)
def test_what_is_no_product_to_buy_is_refused_by_name(product_id: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        own(FAMILY, product_id, "1000.00")
    assert caught.value.code == code
    assert caught.value.problems[0].value == product_id


def test_a_client_without_wealth_can_buy_nothing() -> None:
    record = BOOK[FAMILY]
    nothing = replace(record, balance_sheet=replace(record.balance_sheet, holdings=()))
    with pytest.raises(InputError) as caught:
        own_order_document(worked_up(nothing), OwnOrder(SHARES, Money.parse("10.00")))
    assert caught.value.code == "no_wealth"


def test_the_hash_covers_product_amount_and_warning() -> None:
    made = own(FAMILY, SHARES, "10000.00")
    others = [
        own(FAMILY, SHARES, "10000.01"),
        own(FAMILY, "csi300-index-c", "10000.00"),
        own(FAMILY, BALANCED, "10000.00"),
        proposal_document(workup(FAMILY)),
    ]
    hashes = [one["hash"] for one in (made, *others)]
    assert len(set(hashes)) == len(hashes)
    assert own(FAMILY, SHARES, "10000.00")["hash"] == made["hash"]


def test_another_edition_of_the_warning_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    made = own(FAMILY, SHARES, "10000.00")
    within = own(FAMILY, BALANCED, "10000.00")
    monkeypatch.setattr("risk_profiles.overrides.WARNINGS", WARNINGS | {"above-level-2099.1"})
    monkeypatch.setattr("api.own_order_document.ABOVE_LEVEL_WARNING", "above-level-2099.1")
    assert own(FAMILY, SHARES, "10000.00")["hash"] != made["hash"]
    assert own(FAMILY, BALANCED, "10000.00")["hash"] == within["hash"]


def test_the_inputs_name_the_order_beside_the_client() -> None:
    inputs = own_order_inputs(workup(FAMILY), OwnOrder(SHARES, Money.parse("10000.00")))
    assert inputs["own_order"] == {"product_id": SHARES, "amount": "10000.00"}
    assert inputs["client"]["client_id"] == FAMILY


def test_a_document_with_a_warning_that_was_never_ours_is_refused() -> None:
    made = own(FAMILY, SHARES, "10000.00")
    made["override"]["warning"] = "above-level-1999.1"
    with pytest.raises(InputError) as caught:
        override_of(canonical_json(made))
    assert caught.value.code == "invalid_override"


def test_the_wording_of_the_warning_does_not_change_without_a_new_edition() -> None:
    keys = codes(own(FAMILY, SHARES, "10000.00")["warnings"])
    said = [wording(language)[key] for language in Language for key in keys]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    assert digest == WORDINGS[ABOVE_LEVEL_WARNING]
    assert set(WORDINGS) == WARNINGS
