"""Life paths and what-ifs as documents: their shapes, their numbers, and bad input end to end."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from allocator.errors import InputError
from allocator.money import Money
from api.life_path_documents import life_path_document
from api.reference_data import load_reference_data
from api.schemas.client_file import load_client_file
from api.schemas.life_paths import LifePathSchema, WhatIfResultSchema
from api.what_if_documents import PATHS, what_if_document
from api.workup import Workup, work_up
from risk_profiles.life_path import SEED, STATED_PATHS
from risk_profiles.what_if import GoalChange, WhatIf

REFERENCE = load_reference_data()
BOOK = Path(str(files("api.sample_book")))
# Added where a document is stored and shown.
KEPT = {"id", "created_at"}
# Only assumptions and parameters have a day of their own.
DAYLESS = {"/questionnaire/as_of", "/shelf/as_of"}
yuan = Money.parse


def client_file(client_id: str) -> dict[str, Any]:
    text = (BOOK / f"{client_id}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def worked(document: object) -> Workup:
    parameters = REFERENCE.life_cycle
    record = load_client_file(document, shelf=REFERENCE.shelf, parameters=parameters)
    day = record.balance_sheet.as_of
    year = timedelta(days=365)
    return work_up(record, assessed_on=day, valid_until=day + year, reference=REFERENCE)


@cache
def document_of(client_id: str) -> Any:
    return life_path_document(worked(client_file(client_id)))


@cache
def asked_of(client_id: str) -> Any:
    return what_if_document(worked(client_file(client_id)), WhatIf(monthly_saving=yuan("500")))


def undeclared(document: object, declared: fields.Field[Any] | Schema, at: str = "") -> list[str]:
    """Return what a document holds beyond its schema and what its schema misses in it."""
    if isinstance(declared, fields.Nested):
        return [] if document is None else undeclared(document, declared.schema, at)
    if isinstance(declared, fields.List):
        assert isinstance(document, list)
        return [p for one in document for p in undeclared(one, declared.inner, f"{at}[]")]
    if isinstance(declared, fields.Dict):
        assert isinstance(document, Mapping)
        inner = declared.value_field
        values = document.values()
        return [p for one in values for p in undeclared(one, inner, f"{at}{{}}")] if inner else []
    if isinstance(declared, Schema):
        assert isinstance(document, Mapping)
        names = set(declared.fields)
        wrong = [f"{at}/{name}" for name in (names ^ set(document)) - KEPT - {"text"}]
        wrong = [place for place in wrong if place not in DAYLESS]
        both = names & set(document)
        return wrong + [
            p for n in both for p in undeclared(document[n], declared.fields[n], f"{at}/{n}")
        ]
    return []


@pytest.mark.parametrize("client_id", ["young-renter", "negative-savings", "retiree-68"])
def test_a_life_path_holds_what_its_schema_declares_and_no_more(client_id: str) -> None:
    assert undeclared(document_of(client_id), LifePathSchema()) == []
    assert LifePathSchema().dump(document_of(client_id)).keys() == document_of(client_id).keys()


@pytest.mark.parametrize("client_id", ["young-renter", "negative-savings", "retiree-68"])
def test_a_what_if_holds_what_its_schema_declares_and_no_more(client_id: str) -> None:
    if client_id == "negative-savings":
        found = what_if_document(worked(client_file(client_id)), WhatIf(retirement_age=50))
    else:
        found = asked_of(client_id)
    assert undeclared(found, WhatIfResultSchema()) == []


def test_a_client_without_wealth_has_documents_of_the_same_shape() -> None:
    sheet = client_file("young-renter") | {"holdings": []}
    found = life_path_document(worked(sheet))
    assert undeclared(found, LifePathSchema()) == []
    assert found["years"][0]["weights"] == {}
    asked = what_if_document(worked(sheet), WhatIf(retirement_age=60))
    assert undeclared(asked, WhatIfResultSchema()) == []
    assert asked["before"]["index"] is None


def test_the_document_says_what_it_rests_on() -> None:
    found = document_of("young-renter")
    assert (found["paths"], found["seed"]) == (STATED_PATHS, SEED)
    assert (found["inflation"], found["safe_rate"]) == (0.01, 0.01)
    assert found["life_expectancy"]["status"] == "unverified"
    assert found["life_expectancy"]["age"] > 80
    assert found["life_cycle"]["version"] == REFERENCE.life_cycle.version


def test_years_wealth_and_events_tell_one_story() -> None:
    found = document_of("young-renter")
    years, wealth = found["years"], found["wealth"]
    assert [y["age"] for y in years] == list(range(27, 95))
    assert [w["age"] for w in wealth] == list(range(28, 96))
    assert years[0]["wages"] == "132000.00"
    assert float(years[0]["spending"]) == pytest.approx(12 * 7_800)
    first = years[0]
    income = float(first["wages"]) + float(first["pension"])
    out = float(first["spending"]) + float(first["debt_service"])
    assert float(first["saving"]) == pytest.approx(income - out, abs=0.02)
    for year in years:
        assert sum(year["dimensions"].values()) == pytest.approx(1, abs=1e-5)
        assert sum(year["weights"].values()) == pytest.approx(1, abs=1e-5)
    for row in wealth:
        estimates = [
            float(row["percentiles"][p]["estimate"]) for p in ("5", "25", "50", "75", "95")
        ]
        assert estimates == sorted(estimates)
    (event,) = [e for e in found["events"] if e["kind"] == "goal"]
    assert (event["day"], event["age"], event["amount"]) == ("2032-06-30", 33, "180000.00")


def test_spending_of_a_year_holds_support_and_leaves_debt_service_beside_it() -> None:
    workup = worked(client_file("civil-servant-family"))
    facts, first = workup.record.facts, life_path_document(workup)["years"][0]
    out = float(first["spending"]) + float(first["debt_service"])
    paid = 12 * float(facts.spending)
    # Inflation makes the payments of a year lighter by up to a hundredth.
    assert out == pytest.approx(paid, abs=0.01 * float(first["debt_service"]))
    support = sum(float(one.annual_need) for one in facts.dependants)
    assert support > 0.05 * paid
    assert float(first["spending"]) > support


def test_the_hash_holds_for_the_same_inputs_and_no_others() -> None:
    again = life_path_document(worked(client_file("retiree-68")))
    assert again == document_of("retiree-68")
    other = client_file("retiree-68")
    other["facts"]["monthly_pension"] = "4000.00"
    assert life_path_document(worked(other))["hash"] != again["hash"]


def test_the_saving_wanted_stands_beside_goals_that_are_not_likely() -> None:
    dear = client_file("young-renter")
    dear["facts"]["goals"][0]["amount"] = "400000.00"
    found = life_path_document(worked(dear))
    (goal,) = found["goals"]
    assert goal["met"]["estimate"] < 0.8
    assert float(goal["saving"]["monthly"]) % 100 == 0
    assert "life.goal_saving" in {f["code"] for f in found["findings"]}
    for likely in document_of("couple-saving-for-a-house")["goals"]:
        assert (likely["met"]["estimate"] >= 0.8) == (likely["saving"] is None)


def test_a_target_date_fund_is_shown_by_years_to_the_same_retirement() -> None:
    found = document_of("young-renter")
    assert found["target_date_funds"]
    for fund in found["target_date_funds"]:
        ages = [point["age"] for point in fund["points"]]
        assert ages == sorted(set(ages))
        early, late = fund["points"][0], fund["points"][-1]
        assert early["centre"] > late["centre"]


def test_a_what_if_moves_probability_index_and_allocation() -> None:
    workup = worked(client_file("young-renter"))
    found = what_if_document(workup, WhatIf(goals=(GoalChange(0, amount=yuan("900000")),)))
    before, after = found["before"], found["after"]
    assert found["paths"] == PATHS
    assert after["goals"][0]["met"]["estimate"] < before["goals"][0]["met"]["estimate"]
    sooner = what_if_document(workup, WhatIf(goals=(GoalChange(0, due=date(2028, 6, 30)),)))
    assert sooner["after"]["weights"] != sooner["before"]["weights"]
    assert sooner["after"]["index"] != sooner["before"]["index"]
    saved = asked_of("young-renter")
    more = float(saved["after"]["monthly_saving"]) - float(saved["before"]["monthly_saving"])
    assert more == pytest.approx(500, abs=0.01)
    spending = [saved[side]["retirement"]["spending"] for side in ("before", "after")]
    assert spending[0] == spending[1]


def test_both_sides_of_a_what_if_look_ahead_to_the_same_age() -> None:
    workup = worked(client_file("young-renter"))
    late = what_if_document(workup, WhatIf(goals=(GoalChange(0, due=date(2100, 6, 30)),)))
    assert late["after"]["goals"][0]["due"] == "2100-06-30"
    assert [late[side]["retirement"]["last_age"] for side in ("before", "after")] == [95, 95]


# Bad input, from the client's file on: an error with a pointer, or a finding with a number.


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("retirement_age", 27, "/facts/retirement_age"),
        ("birth_date", "1960-01-01", "/facts/retirement_age"),
        ("goals", [{"name": "g", "amount": "1", "due": "2026-11-20"}], "/facts/goals/0/due"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer_and_a_remedy(
    field: str, value: object, pointer: str
) -> None:
    document = deepcopy(client_file("young-renter"))
    document["facts"][field] = value
    with pytest.raises(InputError) as refusal:
        worked(document)
    problems = {problem.field: problem for problem in refusal.value.problems}
    assert problems[pointer].remedy


def test_spending_above_income_and_wealth_is_a_warning_with_the_gap() -> None:
    document = client_file("young-renter")
    document["facts"] |= {"spending": "20000.00", "essential_spending": "20000.00"}
    found = {f["code"]: f for f in life_path_document(worked(document))["findings"]}
    evidence = found["life.spending_above_income"]["evidence"]
    assert evidence["gap"]["value"] == "9000.00"
    assert int(evidence["months"]["value"]) == 75_000 // 9_000
    assert {"life.money_will_end", "life.money_ends"} <= set(found)


@pytest.mark.parametrize(
    ("what_if", "pointer"),
    [
        (WhatIf(retirement_age=20), "/facts/retirement_age"),
        (WhatIf(goals=(GoalChange(0, due=date(2020, 1, 1)),)), "/facts/goals/0/due"),
        (WhatIf(monthly_saving=yuan("7000")), "/monthly_saving"),
    ],
)
def test_a_question_about_what_cannot_be_is_refused_with_a_pointer(
    what_if: WhatIf, pointer: str
) -> None:
    with pytest.raises(InputError) as refusal:
        what_if_document(worked(client_file("young-renter")), what_if)
    assert [problem.field for problem in refusal.value.problems] == [pointer]


def test_a_debt_for_longer_than_calendars_reach_is_a_finding() -> None:
    document = client_file("young-renter")
    document["debts"] = [
        {
            "id": "family",
            "kind": "consumer",
            "balance": "300000.00",
            "annual_rate": "0",
            "monthly_payment": "1.00",
        }
    ]
    found = life_path_document(worked(document))
    assert "life.debt_outlasts_plan" in {f["code"] for f in found["findings"]}
    assert "debt_repaid" not in {e["kind"] for e in found["events"]}


def test_retirement_is_told_with_the_age_that_the_law_counts() -> None:
    # Born on 14 May 1999 in the category of 55, the client may stop on the first of May 2057.
    events = {
        e["kind"]: e for e in life_path_document(worked(client_file("young-renter")))["events"]
    }
    assert (events["retirement"]["day"], events["retirement"]["age"]) == ("2057-05-01", 58)
    assert events["pension"]["age"] == 58
