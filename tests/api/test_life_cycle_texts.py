"""Income to come in documents and sentences: told, named in words, and outside every hash."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import optimize
from api.advice_documents import diagnosis_document, proposal_document
from api.client_file import ClientRecord
from api.documents import canonical_json
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.texts import Language, Texts
from api.workup import Workup, work_up
from risk_profiles.income import retirement_age_of
from risk_profiles.person import IncomeKind, is_earning

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
EARNING = sorted(name for name, r in BOOK.items() if is_earning(r.facts.income_kind))
CODES = (
    "reason.life_cycle_more",
    "reason.income_like_equities",
    "reason.life_cycle_limited",
    "reason.life_cycle_held",
)
# What their shares are of, where money is set aside for a debt.
OF_WHAT = "reason.shares_of_the_rest"
_NUMBER = re.compile(r"(?:CN)?¥[\d,]+(?:\.\d+)?|[\d,]+(?:\.\d+)?%")
# Weights that moved by less than this are the same.
SAME = 1e-3


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


@cache
def diagnosis(client_id: str) -> dict[str, Any]:
    return diagnosis_document(worked_up(BOOK[client_id]))


def told(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {reason["code"]: reason["evidence"] for reason in document["life_cycle"]["reasons"]}


def test_the_sample_book_hears_everything_there_is_to_say() -> None:
    heard = {code for name in BOOK for code in told(diagnosis(name))}
    assert heard == {*CODES, OF_WHAT}


@pytest.mark.parametrize("language", Language)
def test_every_number_can_be_read_back_from_its_sentence(language: str) -> None:
    texts = Texts(language)
    for name in BOOK:
        for reason in diagnosis(name)["life_cycle"]["reasons"]:
            sentence = texts.statement(reason)
            evidence = reason["evidence"].values()
            meant = sorted(float(e["value"]) for e in evidence if e["kind"] in ("money", "percent"))
            read = sorted(
                float(re.sub(r"[CN¥,%]", "", found)) / (100 if found.endswith("%") else 1)
                for found in _NUMBER.findall(sentence)
            )
            assert read == pytest.approx(meant, abs=0.5e-4), sentence
            for term in (e["value"] for e in evidence if e["kind"] == "term"):
                assert texts.say(term) in sentence


@pytest.mark.parametrize("language", Language)
def test_every_limit_that_can_be_named_has_its_own_word(language: str) -> None:
    said = [Texts(language).say(f"limit.{limit.value}") for limit in Limit]
    assert len(set(said)) == len(said)


def test_a_limit_is_a_term_of_the_document() -> None:
    (held,) = told(diagnosis("young-renter")).values()
    assert held["limit"] == {"kind": "term", "value": "limit.liquidity"}


# What the sample book leans on where income would do more; None where it shows in full.
NAMED = {
    "balanced-sheet": Limit.RISKY_SHARE,
    "card-debt-idle-cash": Limit.CLASS_CAPS,
    "civil-servant-family": Limit.RISKY_SHARE,
    "couple-saving-for-a-house": None,
    "entrepreneur": Limit.CLASS_CAPS,
    "equity-fan": None,
    "high-net-worth": Limit.RISKY_SHARE,
    "locked-deposit": Limit.SUITABILITY,
    "money-elsewhere": Limit.LOCKS,
    "negative-savings": Limit.LIQUIDITY,
    "one-year-before-retirement": None,
    "retiree-68": None,
    "securities-broker": Limit.CLASS_CAPS,
    "teacher-with-annuity": Limit.LOCKS,
    "widow-76": Limit.SUITABILITY,
    "young-renter": Limit.LIQUIDITY,
}


def test_every_client_of_the_book_hears_of_the_limit_that_is_in_the_way() -> None:
    assert set(NAMED) == set(BOOK)
    for client_id, limit in NAMED.items():
        named = [e["limit"]["value"] for e in told(diagnosis(client_id)).values() if "limit" in e]
        assert named == ([] if limit is None else [f"limit.{limit.value}"]), client_id


def test_the_shares_told_are_those_of_the_optimum() -> None:
    made = worked_up(BOOK["high-net-worth"])
    assert made.mandate is not None
    best = optimize(made.mandate, made.market, with_costs=False)
    growth = {"wealth_fixed_income_plus", "balanced_fund", "a_share_equity_fund"}
    growth |= {"overseas_equity_fund", "gold", "private_fund_or_trust"}
    share = sum(w for c, w in best.weights.as_dict().items() if c.value in growth)
    evidence = told(diagnosis("high-net-worth"))["reason.life_cycle_more"]
    assert float(evidence["share"]["value"]) == pytest.approx(share, abs=6e-4)
    assert evidence["amount"]["value"] == diagnosis("high-net-worth")["life_cycle"]["human_capital"]


def test_a_proposal_with_orders_says_the_same_at_its_end() -> None:
    made = proposal_document(worked_up(BOOK["civil-servant-family"]))
    assert made["orders"]
    codes = [reason["code"] for reason in made["reasons"]]
    assert codes[-2:] == [*told(diagnosis("civil-servant-family"))]
    assert codes.count("reason.life_cycle_more") == 1


def test_a_proposal_without_orders_says_nothing_of_it() -> None:
    made = proposal_document(worked_up(BOOK["balanced-sheet"]))
    assert not made["orders"]
    assert not {reason["code"] for reason in made["reasons"]} & set(CODES)


def test_what_is_said_of_income_is_outside_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    workup = worked_up(BOOK["civil-servant-family"])
    made = [diagnosis_document(workup), proposal_document(workup)]
    monkeypatch.setattr("api.proposal_reasons.life_cycle_reasons", lambda *_, **__: ())
    silent = [diagnosis_document(workup), proposal_document(workup)]
    for one, other in zip(made, silent, strict=True):
        assert canonical_json(one) != canonical_json(other)
        assert one["hash"] == other["hash"]


# Two clients who differ in one fact of their life.


def spread(record: ClientRecord, **facts: Any) -> tuple[Workup, tuple[float, ...], dict[str, Any]]:
    made = worked_up(replace(record, facts=replace(record.facts, **facts)))
    assert made.mandate is not None
    weights = optimize(made.mandate, made.market, with_costs=False).weights.values
    return made, weights, told(diagnosis_document(made))


def assert_different_or_explained(
    one: tuple[Workup, tuple[float, ...], dict[str, Any]],
    other: tuple[Workup, tuple[float, ...], dict[str, Any]],
) -> None:
    (first, before, _), (second, after, _) = one, other
    assert first.mandate is not None
    assert second.mandate is not None
    assert first.mandate.human_capital_ratio != second.mandate.human_capital_ratio
    if float(np.abs(np.subtract(before, after)).sum()) / 2 > SAME:
        return
    wealth = float(first.record.balance_sheet.investable_wealth)
    with_income = [said for made, _, said in (one, other) if made.human_capital.total]
    assert with_income
    if all(any("limit" in evidence for evidence in said.values()) for said in with_income):
        return
    # No limit of the profile: then what counts of income is told, and is the same to a hundredth.
    counted = [float(s["reason.life_cycle_more"]["counted"]["value"]) for s in with_income]
    assert max(counted) < wealth
    assert max(counted) - min(counted) < 0.01 * wealth


@pytest.mark.parametrize("client_id", EARNING)
def test_another_risk_of_the_job_changes_the_allocation_or_a_limit_is_named(client_id: str) -> None:
    kinds = (IncomeKind.PUBLIC, IncomeKind.ENTREPRENEUR)
    safe, risky = (spread(BOOK[client_id], income_kind=kind) for kind in kinds)
    assert_different_or_explained(safe, risky)


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_another_pension_changes_the_allocation_or_a_limit_is_named(client_id: str) -> None:
    pensions = (Money.parse("0.00"), Money.parse("10000.00"))
    poor, rich = (spread(BOOK[client_id], monthly_pension=pension) for pension in pensions)
    assert_different_or_explained(poor, rich)


@pytest.mark.parametrize("client_id", EARNING)
def test_another_horizon_changes_the_allocation_or_a_limit_is_named(client_id: str) -> None:
    record = BOOK[client_id]
    as_of = record.balance_sheet.as_of
    age = retirement_age_of(record.facts, as_of, parameters=REFERENCE.life_cycle)
    early = max(age - 5, record.facts.age_on(as_of) + 1)
    soon, late = (spread(record, retirement_age=planned) for planned in (early, age + 5))
    assert_different_or_explained(soon, late)


def test_most_of_the_book_is_moved_by_the_risk_of_the_job() -> None:
    moved = 0
    for name in EARNING:
        kinds = (IncomeKind.PUBLIC, IncomeKind.ENTREPRENEUR)
        (_, safe, _), (_, risky, _) = (spread(BOOK[name], income_kind=kind) for kind in kinds)
        moved += float(np.abs(np.subtract(safe, risky)).sum()) / 2 > 0.02
    assert moved >= len(EARNING) - 3
