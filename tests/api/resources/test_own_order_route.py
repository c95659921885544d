"""A client's own order over HTTP: the warning in words, the refusals, and consent that read it."""

from pathlib import Path
from typing import Any

import pytest
from bank_world import Bank, open_bank
from werkzeug.test import TestResponse

from api.callers import Role
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user

# C3, with 45,000 yuan in the account and 585,000 in all.
FAMILY = "civil-servant-family"


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    bank = open_bank(tmp_path, tmp_path_factory)
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == FAMILY]
    register_client(bank.store, bank.clock, None, record)
    bank.tokens["family"] = add_user(
        bank.store, bank.clock, name="Sun", role=Role.CLIENT, client_id=FAMILY
    )
    path = f"/v1/clients/{FAMILY}/assessments"
    body = {"answers": dict(record.answers or {})}
    assert bank.call("POST", path, user="family", body=body).status_code == 201
    return bank


def ask(
    bank: Bank, product_id: str = "csi300-index-a", amount: Any = "10000.00", *, query: str = ""
) -> TestResponse:
    body = {"product_id": product_id, "amount": amount}
    path = f"/v1/clients/{FAMILY}/own-orders{query}"
    return bank.call("POST", path, user="family", body=body)


def accept(bank: Bank, made: dict[str, Any], **more: Any) -> TestResponse:
    body = {"proposal_hash": made["hash"], "consent": True} | more
    path = f"/v1/proposals/{made['id']}/accept"
    return bank.call("POST", path, user="family", body=body, headers={"Idempotency-Key": "press"})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_warning_is_written_out_and_can_be_read_again(bank: Bank, language: str) -> None:
    response = ask(bank, query=f"?lang={language}")
    assert response.status_code == 201
    made = response.get_json()
    assert (made["kind"], made["initiated_by"], made["status"]) == ("proposal", "client", "ready")
    assert len(made["warnings"]) == 3
    loss = made["warnings"][1]["evidence"]["loss"]["value"]
    assert f"{float(loss):,.2f}" in made["warnings"][1]["text"]
    address = f"/v1/proposals/{made['id']}?lang={language}"
    again = bank.call("GET", address, user="family").get_json()
    assert again["warnings"] == made["warnings"]
    assert again["override"] == made["override"]


def test_consent_to_a_warning_needs_the_word_that_it_was_read(bank: Bank) -> None:
    made = ask(bank).get_json()
    before = bank.snapshot()
    response = accept(bank, made)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, "warning_not_read")
    assert [error["pointer"] for error in problem["errors"]] == ["/warning_read"]
    response = accept(bank, made, warning_read="true")
    assert response.status_code == 422
    assert bank.snapshot() == before
    response = accept(bank, made, warning_read=True)
    assert response.status_code == 202
    (order,) = response.get_json()["orders"]
    assert (order["product_id"], order["amount"]) == ("csi300-index-a", "10000.00")


def test_a_refusal_comes_with_every_reason_in_words(bank: Bank) -> None:
    response = ask(bank, "private-equity-long-fund", "50000.00", query="?lang=en")
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (409, "unsuitable")
    assert {reason["code"] for reason in problem["reasons"]} >= {
        "suitability.above_level",
        "suitability.qualified_only",
        "own_order.not_enough_cash",
    }
    assert all(reason["text"] for reason in problem["reasons"])


@pytest.mark.parametrize(
    ("product_id", "amount", "code", "pointer"),
    [
        ("csi300-index-a", 10000, "invalid_input", "/amount"),
        ("csi300-index-a", "-1.00", "invalid_input", "/amount"),
        ("CSI 300", "10.00", "invalid_input", "/product_id"),
        ("no-such-fund", "10.00", "unknown_product", "product_id"),
        ("demand-deposit", "10.00", "cash_order", "/product_id"),
    ],
)
def test_a_wish_that_cannot_be_read_names_the_field(
    bank: Bank, product_id: str, amount: Any, code: str, pointer: str
) -> None:
    response = ask(bank, product_id, amount)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_staff_and_other_clients_cannot_begin_it(bank: Bank) -> None:
    body = {"product_id": "csi300-index-a", "amount": "10000.00"}
    path = f"/v1/clients/{FAMILY}/own-orders"
    statuses = [
        bank.call("POST", path, user=user, body=body).status_code
        for user in ("advisor", "quant", "zhao")
    ]
    assert statuses == [403, 403, 404]


def test_an_own_order_replays(bank: Bank) -> None:
    made = ask(bank).get_json()
    result = bank.call("GET", f"/v1/advice/{made['id']}/replay", user="quant").get_json()
    assert result["is_equal"] is True
    assert result["stored_hash"] == made["hash"]
