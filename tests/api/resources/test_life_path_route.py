"""Life paths and what-ifs over HTTP: made, read, replayed, and strict about what is asked."""

from pathlib import Path
from typing import Any

import pytest
from bank_world import LIN, ROUTE_IDS, ZHAO, Bank, open_bank
from werkzeug.test import TestResponse

from api.sample_book import load_sample_book

HOME = f"/v1/clients/{LIN}"
PLACE = "/goals/0"


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Open the bank with Lin assessed, who rents and saves for a flat."""
    made = open_bank(tmp_path, tmp_path_factory)
    (record,) = [r for r in load_sample_book(made.reference.shelf) if r.client_id == LIN]
    body = {"answers": dict(record.answers or {})}
    assert made.call("POST", f"{HOME}/assessments", user="lin", body=body).status_code == 201
    return made


def make(bank: Bank, user: str = "lin") -> dict[str, Any]:
    response = bank.call("POST", f"{HOME}/life-paths?lang=en", user=user, body={})
    assert response.status_code == 201
    found: dict[str, Any] = response.get_json()
    return found


def ask(bank: Bank, body: object, *, user: str = "lin") -> TestResponse:
    return bank.call("POST", f"{HOME}/what-ifs", user=user, body=body)


def test_what_was_made_is_what_is_read(bank: Bank) -> None:
    made = make(bank)
    assert made["kind"] == "life_path"
    assert (made["client_id"], made["age"], made["paths"]) == (LIN, 27, 20_000)
    assert [goal["name"] for goal in made["goals"]] == ["首付储备"]
    assert len(made["years"]) == 95 - 27
    assert all(finding["text"] for finding in made["findings"])
    for user in ("lin", "stranger"):  # the stranger of Zhao is Lin's own advisor
        again = bank.call("GET", f"/v1/life-paths/{made['id']}?lang=en", user=user)
        assert (again.status_code, again.get_json()) == (200, made)


def test_it_replays_to_the_same_hash(bank: Bank) -> None:
    made = make(bank, "stranger")
    result = bank.call("GET", f"/v1/advice/{made['id']}/replay", user="quant").get_json()
    assert result["kind"] == "life_path"
    assert result["is_equal"] is True
    assert result["stored_hash"] == made["hash"]


def test_other_clients_and_other_advisors_find_nothing(bank: Bank) -> None:
    made = make(bank)
    before = bank.snapshot()
    for user in ("zhao", "advisor"):
        assert bank.call("GET", f"/v1/life-paths/{made['id']}", user=user).status_code == 404
        path = f"{HOME}/life-paths"
        assert bank.call("POST", path, user=user, body={}).status_code == 404
        assert ask(bank, {"retirement_age": 60}, user=user).status_code == 404
    assert (
        bank.call("GET", f"/v1/life-paths/{ROUTE_IDS['life_path_id']}", user="lin").status_code
        == 404
    )
    assert bank.snapshot() == before


def test_a_diagnosis_is_no_life_path(bank: Bank) -> None:
    made = bank.call("POST", f"{HOME}/diagnoses", user="lin", body={}).get_json()
    assert bank.call("GET", f"/v1/life-paths/{made['id']}", user="lin").status_code == 404


def test_a_quant_may_neither_make_nor_read_nor_ask(bank: Bank) -> None:
    made = make(bank)
    calls = [
        bank.call("POST", f"{HOME}/life-paths", user="quant", body={}),
        bank.call("GET", f"/v1/life-paths/{made['id']}", user="quant"),
        ask(bank, {"retirement_age": 60}, user="quant"),
    ]
    assert [call.status_code for call in calls] == [403] * 3


def test_without_an_assessment_there_is_nothing_to_make_or_ask(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bank = open_bank(tmp_path, tmp_path_factory)
    for response in (
        bank.call("POST", f"{HOME}/life-paths", user="lin", body={}),
        ask(bank, {"retirement_age": 60}),
    ):
        assert (response.status_code, response.get_json()["code"]) == (409, "not_assessed")


def test_a_what_if_shows_both_sides_and_stores_nothing(bank: Bank) -> None:
    before = bank.snapshot()
    response = ask(bank, {"retirement_age": 55, "monthly_saving": "300.00"})
    found = response.get_json()
    assert response.status_code == 200
    assert (found["kind"], found["paths"]) == ("what_if", 1_000)
    old, new = found["before"], found["after"]
    assert new["retirement"]["begins"] == "2054-05-14" < old["retirement"]["begins"]
    assert float(new["monthly_saving"]) == float(old["monthly_saving"]) + 300
    assert new["retirement"]["lasts"]["estimate"] < old["retirement"]["lasts"]["estimate"]
    for side in (old, new):
        lasts = side["retirement"]["lasts"]
        # At a thousand paths no probability is further off than half a root of a thousandth.
        assert 0 < lasts["standard_error"] <= 0.5 * 1_000**-0.5
        assert lasts["low"] <= lasts["estimate"] <= lasts["high"]
    assert bank.snapshot() == before


def test_a_goal_later_and_dearer_moves_its_chance_and_the_allocation(bank: Bank) -> None:
    change = {"place": 0, "amount": "250000.00", "due": "2028-06-30"}
    found = ask(bank, {"goals": [change]}).get_json()
    (old,), (new,) = found["before"]["goals"], found["after"]["goals"]
    assert (new["amount"], new["due"]) == ("250000.00", "2028-06-30")
    assert new["met"]["estimate"] < 0.5 < old["met"]["estimate"]
    moves = {
        name: abs(share - found["after"]["weights"].get(name, 0.0))
        for name, share in found["before"]["weights"].items()
    }
    assert max(moves.values()) > 0.05


@pytest.mark.parametrize(
    ("body", "code", "pointers"),
    [
        ({"retirement_age": 60, "retire": 61}, "invalid_input", ["/retire"]),
        ({}, "invalid_what_if", [""]),
        ({"goals": []}, "invalid_what_if", [""]),
        ({"retirement_age": "60"}, "invalid_input", ["/retirement_age"]),
        ({"retirement_age": 60.0}, "invalid_input", ["/retirement_age"]),
        ({"retirement_age": 86}, "invalid_input", ["/retirement_age"]),
        ({"retirement_age": 27}, "invalid_facts", ["/facts/retirement_age"]),
        ({"annual_income": 1000}, "invalid_input", ["/annual_income"]),
        ({"annual_income": "-1.00"}, "invalid_input", ["/annual_income"]),
        ({"monthly_saving": "1e3"}, "invalid_input", ["/monthly_saving"]),
        ({"monthly_saving": "99999.00"}, "invalid_what_if", ["/monthly_saving"]),
        ({"goals": [{"amount": "5.00"}]}, "invalid_input", [f"{PLACE}/place"]),
        ({"goals": [{"place": -1, "amount": "5.00"}]}, "invalid_input", [f"{PLACE}/place"]),
        ({"goals": [{"place": 20, "amount": "5.00"}]}, "invalid_input", [f"{PLACE}/place"]),
        ({"goals": [{"place": 1, "amount": "5.00"}]}, "invalid_what_if", [f"{PLACE}/place"]),
        ({"goals": [{"place": 0}]}, "invalid_what_if", [PLACE]),
        ({"goals": [{"place": 0, "due": "soon"}]}, "invalid_input", [f"{PLACE}/due"]),
        ({"goals": [{"place": 0, "due": "2026-11-20"}]}, "invalid_facts", ["/facts/goals/0/due"]),
        ({"goals": [{"place": 0, "amount": "0"}]}, "invalid_facts", ["/facts/goals/0/amount"]),
        (
            {"goals": [{"place": 0, "amount": "1"}, {"place": 0, "due": "2030-01-01"}]},
            "invalid_what_if",
            ["/goals/1/place"],
        ),
        (
            {"monthly_saving": "99999.00", "goals": [{"place": 7, "amount": "1"}]},
            "invalid_what_if",
            ["/monthly_saving", f"{PLACE}/place"],
        ),
    ],
)
def test_what_cannot_be_asked_names_the_field(
    bank: Bank, body: dict[str, Any], code: str, pointers: list[str]
) -> None:
    before = bank.snapshot()
    response = ask(bank, body)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert all(error["detail"] for error in problem["errors"])
    assert bank.snapshot() == before


def test_saving_is_refused_above_what_can_be_spared_and_says_what_can(bank: Bank) -> None:
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == LIN]
    spare = (record.facts.spending - record.facts.essential_spending).amount
    assert ask(bank, {"monthly_saving": str(spare)}).status_code == 200
    response = ask(bank, {"monthly_saving": str(spare + 1)})
    assert response.status_code == 422
    (error,) = response.get_json()["errors"]
    assert str(spare) in error["remedy"]


def test_a_client_without_goals_has_none_to_change(bank: Bank) -> None:
    facts = bank.call("GET", f"/v1/clients/{ZHAO}", user="zhao").get_json()["facts"]
    assert facts["goals"] == []
    body = {"goals": [{"place": 0, "amount": "5"}]}
    response = bank.call("POST", f"/v1/clients/{ZHAO}/what-ifs", user="zhao", body=body)
    assert response.status_code == 422
    assert [e["pointer"] for e in response.get_json()["errors"]] == [f"{PLACE}/place"]
