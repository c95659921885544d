"""Proposals over HTTP: the body is optional, strict, and chooses how whole lots are found."""

from pathlib import Path

import pytest
from bank_world import ZHAO, Bank, open_bank

from api.resources.documentation import openapi_document


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    made = open_bank(tmp_path, tmp_path_factory)
    with made.store.engine.begin() as connection:
        # The furnished bank has a purchase under way; proposals wait for its end.
        connection.exec_driver_sql("UPDATE bundle SET status = 'completed'")
    return made


PATH = f"/v1/clients/{ZHAO}/proposals"


def test_without_a_body_or_a_field_the_served_plan_is_made(bank: Bank) -> None:
    answers = [
        bank.call("POST", PATH, user="zhao"),
        bank.call("POST", PATH, user="zhao", body={}),
        bank.call("POST", PATH, user="zhao", body={"lots": "served"}),
    ]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.get_json()["hash"] for answer in answers}) == 1
    assert not any("exact_lots" in answer.get_json() for answer in answers)


@pytest.mark.parametrize("user", ["zhao", "advisor"])
def test_exact_lots_come_with_what_they_gain_and_replay(bank: Bank, user: str) -> None:
    answer = bank.call("POST", PATH, user=user, body={"lots": "exact"})
    assert answer.status_code == 201
    made = answer.get_json()
    assert set(made["exact_lots"]) == {"gain_bp", "closer_bp", "unproven_bp"}
    assert made["exact_lots"]["gain_bp"] >= 0
    found = bank.call("GET", f"/v1/proposals/{made['id']}", user=user).get_json()
    assert (found["hash"], found["exact_lots"]) == (made["hash"], made["exact_lots"])
    replayed = bank.call("GET", f"/v1/advice/{made['id']}/replay", user="quant").get_json()
    assert replayed["is_equal"] is True
    assert replayed["recomputed_hash"] == made["hash"]


@pytest.mark.parametrize("user", ["lin", "stranger", "quant", None])
def test_nobody_else_gets_exact_lots_and_nothing_is_stored(bank: Bank, user: str | None) -> None:
    before = bank.snapshot()
    plain = bank.call("POST", PATH, user=user)
    asked = bank.call("POST", PATH, user=user, body={"lots": "exact"})
    expected = {"lin": 404, "stranger": 404, "quant": 403, None: 401}[user]
    assert plain.status_code == asked.status_code == expected
    assert bank.snapshot() == before


@pytest.mark.parametrize("lots", ["EXACT", "", "best", 1, True, None, ["exact"], {"exact": True}])
def test_another_way_to_find_lots_is_refused_by_name(bank: Bank, lots: object) -> None:
    before = bank.snapshot()
    answer = bank.call("POST", PATH, user="zhao", body={"lots": lots})
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["pointer"] == "/lots"
    assert bank.snapshot() == before


def test_the_documentation_names_the_choice_and_that_the_body_may_be_left_out(bank: Bank) -> None:
    document = openapi_document(bank.app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    asked = document["paths"]["/v1/clients/{client_id}/proposals"]["post"]
    assert asked["requestBody"]["required"] is False
    schemas = document["components"]["schemas"]
    assert schemas["ProposalRequest"]["properties"]["lots"]["enum"] == ["served", "exact"]
    assert set(schemas["ExactLots"]["properties"]) == {"gain_bp", "closer_bp", "unproven_bp"}
    assert "exact_lots" in schemas["Proposal"]["properties"]
    consent = document["paths"]["/v1/proposals/{proposal_id}/accept"]["post"]
    assert consent["requestBody"]["required"] is True
