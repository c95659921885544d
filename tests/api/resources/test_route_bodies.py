"""Bad bodies on every route that writes: a clear 4xx, and nothing changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from bank_world import PROPOSAL_HASH, ROUTE_IDS, Bank, open_bank
from route_inventory import Route, good_body, routes_of
from werkzeug.test import TestResponse

from api.resources.documentation import openapi_document
from api.resources.routing import LARGEST_BODY


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


KEY = {"Idempotency-Key": "k" * 16}
CLIENT_ONLY = {
    "/v1/proposals/<proposal_id>/accept",
    "/v1/clients/<client_id>/answer-draft",
    "/v1/clients/<client_id>/answer-draft/submit",
    "/v1/clients/<client_id>/assessments",
    "/v1/clients/<client_id>/age-lift/confirm",
    "/v1/clients/<client_id>/own-orders",
}


# Null stands for "not yet" in the one and for "as it is" in the other.
NULLABLE = {"answers", "retirement_age"}


def writes(bank: Bank) -> list[Route]:
    return [route for route in routes_of(bank.app) if route.method not in ("GET", "DELETE")]


def user_of(route: Route) -> str:
    return "zhao" if route.rule in CLIENT_ONLY else "advisor"


def post(bank: Bank, route: Route, **sent: Any) -> TestResponse:
    sent["headers"] = KEY | sent.get("headers", {})
    return bank.call(route.method, route.path(ROUTE_IDS), user=user_of(route), **sent)


def body_of(bank: Bank, route: Route) -> dict[str, Any]:
    body: dict[str, Any] = good_body(
        route.rule, proposal_hash=PROPOSAL_HASH, shelf=bank.reference.shelf
    )
    return body


CORPUS: dict[str, bytes] = {
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": -Infinity}',
    "1e999": b'{"x": 1e999}',
    "duplicate keys": b'{"x": 1, "x": 2}',
    "deep nesting": b"[" * 100_000,
    "deep objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "5000-digit integer": b'{"x": ' + b"9" * 5000 + b"}",
    "NUL": b'{"x": "\\u0000"}',
    "lone surrogate": b'{"x": "\\ud800"}',
    "lone surrogate key": b'{"\\ud800": 1}',
    "huge array": b'{"x": [' + b"0," * 2000 + b"0]}",
    "top-level huge array": b"[" + b"0," * 2000 + b"0]",
    "array": b"[]",
    "string": b'"x"',
    "number": b"3",
    "null": b"null",
    "true": b"true",
    "not JSON": b"{'x': 1}",
    "half a document": b'{"x":',
    "two documents": b"{}{}",
    "not UTF-8": b'{"x": "\xff\xfe"}',
    "BOM": b"\xef\xbb\xbf{}",
    "unknown field": b'{"no_such_field": 1}',
    "blank": b"   ",
}


@pytest.mark.parametrize("name", CORPUS)
def test_every_writing_route_refuses_every_bad_body_and_changes_nothing(
    bank: Bank, name: str
) -> None:
    before = bank.snapshot()
    for route in writes(bank):
        response = post(bank, route, raw=CORPUS[name])
        assert 400 <= response.status_code < 500, (route, response.get_data(as_text=True))
        assert response.content_type == "application/problem+json"
        problem = response.get_json()
        assert problem["status"] == response.status_code
        assert problem["errors"], route
        assert all(error["detail"] and error["remedy"] for error in problem["errors"])
    assert bank.snapshot() == before


def test_every_field_of_every_body_refuses_every_wrong_type(bank: Bank) -> None:
    before = bank.snapshot()
    wrong: list[Any] = [None, 3, 1.5, "\u202e<script>", [], {}, [[]], True]
    for route in writes(bank):
        good = body_of(bank, route)
        for field in good:
            for value in wrong:
                if type(value) is type(good[field]) or (field in NULLABLE and value is None):
                    continue
                response = post(bank, route, body=good | {field: value})
                assert response.status_code == 422, (route.rule, field, value)
                pointers = [error["pointer"] for error in response.get_json()["errors"]]
                assert all(p.startswith(f"/{field}") for p in pointers), (route.rule, pointers)
    assert bank.snapshot() == before


def test_a_missing_field_is_named(bank: Bank) -> None:
    optional = {("/v1/clients", "answers"), ("/v1/clients/<client_id>/what-ifs", "retirement_age")}
    for route in writes(bank):
        good = body_of(bank, route)
        for field in good:
            if (route.rule, field) in optional:
                continue
            response = post(bank, route, body={k: v for k, v in good.items() if k != field})
            assert response.status_code == 422
            (error,) = response.get_json()["errors"]
            assert error["pointer"] == f"/{field}"
            assert error["detail"] == "is missing"


def test_fields_that_only_the_server_sets_cannot_be_sent(bank: Bank) -> None:
    before = bank.snapshot()
    document = openapi_document(bank.app.extensions["flask-smorest"]["apis"][""]["ext_obj"])
    schemas = document["components"]["schemas"]
    everything = {name for schema in schemas.values() for name in schema.get("properties", {})}
    everything |= {"role", "owner_id", "user_id", "is_admin", "sees_everyone", "balance", "book"}
    for route in writes(bank):
        good = body_of(bank, route)
        schema = good.keys() | ({"answers"} if route.rule == "/v1/clients" else set())
        for field in sorted(everything - schema):
            response = post(bank, route, body=good | {field: "x"})
            assert response.status_code == 422, (route.rule, field)
            errors = response.get_json()["errors"]
            assert [error["pointer"] for error in errors] == [f"/{field}"]
    assert bank.snapshot() == before


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "application/xml",
        "",
    ],
)
def test_only_json_is_taken(bank: Bank, content_type: str) -> None:
    before = bank.snapshot()
    for route in writes(bank):
        raw = json.dumps(body_of(bank, route)).encode()
        response = post(bank, route, raw=raw, headers={"Content-Type": content_type})
        assert response.status_code == 415, (route.rule, content_type)
    assert bank.snapshot() == before


def test_json_may_name_its_character_set(bank: Bank) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = bank.call(
        "POST", "/v1/backtests", user="quant", raw=b'{"profile": "C9"}', headers=headers
    )
    assert response.status_code == 422


def test_a_body_up_to_the_limit_is_read_and_one_byte_more_is_not(bank: Bank) -> None:
    before = bank.snapshot()
    for route in writes(bank):
        for size, status in ((LARGEST_BODY, 422), (LARGEST_BODY + 1, 413)):
            raw = b'{"x": "' + b"a" * (size - 9) + b'"}'
            assert len(raw) == size
            assert post(bank, route, raw=raw).status_code == status, route.rule
    assert bank.snapshot() == before


def test_a_client_file_names_each_bad_field_through_http(bank: Bank) -> None:
    body = good_body("/v1/clients", proposal_hash="", shelf=bank.reference.shelf)
    body["facts"]["birth_date"] = "2027-01-01"
    body["holdings"][0]["amount"] = "-1"
    response = bank.call("POST", "/v1/clients", user="advisor", body=body)
    assert response.status_code == 422
    (error,) = response.get_json()["errors"]
    assert error["pointer"] == "/holdings/0/amount"
    assert error["value"] == "-1"
    body["holdings"][0]["amount"] = "1"
    response = bank.call("POST", "/v1/clients", user="advisor", body=body)
    assert [e["pointer"] for e in response.get_json()["errors"]] == ["/facts/birth_date"]


def test_a_reminder_is_dismissed_once(bank: Bank) -> None:
    path = "/v1/reminders/reminder-zhao/dismiss"
    first = bank.call("POST", path, user="zhao")
    assert (first.status_code, first.get_json()["status"]) == (200, "dismissed")
    before = bank.snapshot()
    second = bank.call("POST", path, user="zhao")
    assert (second.status_code, second.get_json()["code"]) == (409, "reminder_dismissed")
    assert bank.snapshot() == before
