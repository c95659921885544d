"""`robo audit revenue-blind`: the evidence and its exit code."""

import json
from dataclasses import replace
from typing import Any

import pytest

from api import revenue_audit
from api.commands import audit as command
from api.commands.group import main
from api.revenue_audit import Difference, RevenueAudit
from api.revenue_sources import Sources
from api.sample_book import load_sample_book

BLIND = RevenueAudit(
    sources=Sources(modules=330, readers=("api.revenue_figures",), strangers=(), names=()),
    products=43,
    clients=16,
    closely=("young-renter",),
    documents={"diagnosis": 16, "proposal": 15},
    shuffles=5,
    differences=(),
)
STRANGER = replace(BLIND.sources, strangers=("api.workup imports allocator.revenue",))
NAME = replace(BLIND.sources, names=("allocator.shelf: bank_margin",))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        main(["audit", "revenue-blind", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().out


def test_the_audit_of_a_client_finds_no_difference_and_says_what_it_looked_at(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "load_sample_book", lambda shelf: load_sample_book(shelf)[:1])
    monkeypatch.setattr(revenue_audit, "LOOKED_AT_CLOSELY", 0)
    code, out = run(capsys, "--shuffles", "2")
    document: Any = json.loads(out)
    assert code == 0
    assert document["is_blind"]
    for found in ("differences", "strangers", "revenue_names", "closely"):
        assert document[found] == []
    assert document["documents"] == dict.fromkeys(
        ("scan", "diagnosis", "proposal", "choices", "own_order"), 1
    )
    assert document["readers"] == document["allowed_readers"]
    assert "api.revenue_figures" in document["readers"]
    assert (document["clients"], document["shuffles"], document["products"]) == (1, 2, 43)


def test_one_set_of_figures_alone_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run(capsys, "--shuffles", "1")
    assert code == 2


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
    for value in ("api.revenue_figures", "330", "43", "16", "31", "5", "young-renter"):
        assert value in out


@pytest.mark.parametrize(
    "found",
    [
        replace(BLIND, differences=(Difference(2, "equity-fan", "proposal", ("orders",)),)),
        replace(BLIND, sources=STRANGER),
        replace(BLIND, sources=NAME),
    ],
)
def test_anything_found_is_named_and_ends_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, found: RevenueAudit
) -> None:
    monkeypatch.setattr(command, "audit_revenue", lambda *_, **__: found)
    for output in ("json", "table"):
        code, out = run(capsys, "--format", output, "--lang", "en")
        assert code == 1
        names = [*found.sources.strangers, *found.sources.names]
        names += [one.client_id for one in found.differences]
        assert all(name in out for name in names)
        assert "does not change" not in out
