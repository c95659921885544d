"""Documents: typed evidence, one canonical text, and numbers as a reader can check them."""

import json
from datetime import date
from decimal import Decimal

import pytest

from allocator.balance_sheet import DebtKind
from allocator.money import Money
from allocator.product_classes import CLASSES, Dimension, ProductClass
from allocator.statements import Evidence, Points, Severity, Statement
from allocator.weights import Weights
from api.documents import (
    canonical_json,
    content_hash,
    evidence_document,
    rate,
    score,
    scores_document,
    statement_document,
    statement_documents,
    weights_document,
)
from risk_profiles.levels import ProfileLevel
from risk_profiles.person import IncomeKind


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Money.parse("1234567890123.45"), "money", "1234567890123.45"),
        (Money.parse("-0.10"), "money", "-0.10"),
        (0.123456789, "percent", "0.123457"),
        (Points(0.00370009), "points", "0.003700"),
        (7, "integer", "7"),
        (True, "integer", "1"),
        (Decimal("5.2"), "number", "5.2"),
        (date(2026, 2, 28), "date", "2026-02-28"),
        ("R3", "text", "R3"),
        (ProductClass.GOLD, "term", "class.gold"),
        (Dimension.SAFETY, "term", "dimension.safety"),
        (DebtKind.CREDIT_CARD, "term", "debt_kind.credit_card"),
        (ProfileLevel.C4, "term", "profile_level.C4"),
        (IncomeKind.PUBLIC, "term", "income_kind.public"),
    ],
)
def test_evidence_keeps_its_kind_and_survives_json(value: Evidence, kind: str, text: str) -> None:
    document = evidence_document(value)
    assert document == {"kind": kind, "value": text}
    assert json.loads(canonical_json(document)) == document


def test_money_in_evidence_reads_back_to_the_fen() -> None:
    amount = Money.parse("9999999999.99")
    assert Money.parse(str(evidence_document(amount)["value"])) == amount


def test_a_statement_keeps_code_severity_dimension_and_all_its_evidence() -> None:
    statement = Statement(
        "finding.repay_debt",
        Severity.WARNING,
        Dimension.LIQUIDITY,
        {"kind": DebtKind.CONSUMER, "rate": 0.18},
    )
    assert statement_document(statement) == {
        "code": "finding.repay_debt",
        "severity": "warning",
        "dimension": "liquidity",
        "evidence": {
            "kind": {"kind": "term", "value": "debt_kind.consumer"},
            "rate": {"kind": "percent", "value": "0.180000"},
        },
    }
    assert statement_document(Statement("x"))["dimension"] is None
    assert [d["code"] for d in statement_documents([Statement("b"), Statement("a")])] == ["b", "a"]


def test_rates_show_six_decimals_scores_two_and_zero_has_no_sign() -> None:
    assert rate(0.12345649) == 0.123456
    assert score(77.880078) == 77.88
    assert str(rate(-1e-9)) == "0.0"


def test_weights_and_scores_are_labelled_and_rounded_weights_still_sum_to_one() -> None:
    weights = Weights(CLASSES, (1 / 3, 2 / 3) + (0.0,) * 11)
    document = weights_document(weights)
    assert list(document) == [c.value for c in CLASSES]
    assert sum(document.values()) == pytest.approx(1, abs=1e-5)
    assert scores_document({Dimension.GROWTH: 99.999}) == {"growth": 100.0}


def test_the_order_of_keys_changes_no_hash_and_any_value_does() -> None:
    one, other = {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}
    assert canonical_json(one) == '{"a":1,"b":[1,2]}'
    assert content_hash(one) == content_hash(other)
    assert content_hash(one) != content_hash({"a": 1, "b": [2, 1]})
    assert len(content_hash(one)) == 64


def test_chinese_text_is_hashed_as_it_is_read() -> None:
    assert canonical_json({"name": "黄金"}) == '{"name":"黄金"}'


def test_what_is_no_number_has_no_document() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": float("nan")})
