"""Statements: plain data that cannot be changed afterwards."""

from dataclasses import FrozenInstanceError

import pytest

from allocator.money import Money
from allocator.statements import Severity, Statement


def test_a_statement_is_a_notice_without_dimension_or_evidence_by_default() -> None:
    plain = Statement("reason.nothing_to_do")
    assert (plain.severity, plain.dimension, dict(plain.evidence)) == (Severity.NOTICE, None, {})


def test_two_statements_do_not_share_their_evidence() -> None:
    assert Statement("a").evidence is not Statement("b").evidence


def test_a_statement_cannot_be_changed_and_equals_its_like() -> None:
    first = Statement("a", evidence={"amount": Money.parse("1.00")})
    assert first == Statement("a", evidence={"amount": Money.parse("1.00")})
    with pytest.raises(FrozenInstanceError):
        first.code = "b"  # type: ignore[misc]
