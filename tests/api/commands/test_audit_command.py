"""`robo audit revenue-blind`: the evidence and its exit code."""

import json
from dataclasses import replace
from typing import Any

import pytest

from api.commands import audit as command
from api.commands.group import main
from api.revenue_audit import Difference, RevenueAudit

BLIND = RevenueAudit(
    readers=("api.revenue_audit",),
    advice_modules=80,
    advice_readers=(),
    revenue_fields=(),
    products=43,
    clients=16,
    documents=32,
    shuffles=5,
    differences=(),
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        main(["audit", "revenue-blind", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().out


def test_the_audit_of_the_sample_book_finds_no_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out = run(capsys, "--shuffles", "1")
    document: Any = json.loads(out)
    assert code == 0
    assert document["is_blind"]
    assert document["differences"] == []
    assert document["documents"] == 2 * document["clients"] == 32
    assert document["readers"] == ["api.revenue_audit"]


@pytest.mark.parametrize(
    ("lang", "verdict"),
    [("zh", "银行收入不影响建议"), ("en", "What the bank earns does not change the advice")],
)
def test_a_table_shows_the_same_evidence_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, verdict: str
) -> None:
    monkeypatch.setattr(command, "audit_revenue", lambda *_, **__: BLIND)
    code, out = run(capsys, "--format", "table", "--lang", lang)
    assert code == 0
    assert verdict in out
    for value in ("api.revenue_audit", "80", "43", "16", "32", "5"):
        assert value in out


@pytest.mark.parametrize(
    "found",
    [
        replace(BLIND, differences=(Difference(2, "equity-fan", "proposal", ("orders",)),)),
        replace(BLIND, advice_readers=("api.workup",)),
        replace(BLIND, revenue_fields=("Product.bank_margin",)),
    ],
)
def test_anything_found_is_named_and_ends_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, found: RevenueAudit
) -> None:
    monkeypatch.setattr(command, "audit_revenue", lambda *_, **__: found)
    for output in ("json", "table"):
        code, out = run(capsys, "--format", output, "--lang", "en")
        assert code == 1
        names = [*found.advice_readers, *found.revenue_fields]
        names += [one.client_id for one in found.differences]
        assert all(name in out for name in names)
        assert "does not change" not in out
