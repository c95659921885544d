"""Who may call which route, and whose objects they reach: generated from the routes themselves."""

import tomllib
from pathlib import Path

import pytest
from bank_world import MISSING_ID, PROPOSAL_HASH, ROUTE_IDS, Bank, open_bank
from flask import Flask
from route_inventory import Route, good_body, routes_of
from werkzeug.test import TestResponse

from api.authorization import allow, guard, public
from api.callers import Caller, Role
from api.errors import UnauthorizedError


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


MATRIX: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("role_matrix.toml").read_text(encoding="utf-8")
)["allowed"]
USER_OF_ROLE = {"client": "zhao", "advisor": "advisor", "quant": "quant"}
# The same roles, but of people who have nothing to do with Zhao.
FOREIGN_USERS = {"client": "lin", "advisor": "stranger"}


def name_of(route: Route) -> str:
    return f"{route.method} {route.rule}"


def send(bank: Bank, route: Route, *, user: str | None, ids: dict[str, str]) -> TestResponse:
    body = None
    if route.method != "GET":
        shelf = bank.reference.shelf
        body = good_body(route.rule, proposal_hash=PROPOSAL_HASH, shelf=shelf)
    headers = {"Idempotency-Key": "k" * 16}
    return bank.call(route.method, route.path(ids), user=user, body=body, headers=headers)


def test_the_role_matrix_names_exactly_the_routes_there_are(bank: Bank) -> None:
    assert {name_of(route) for route in routes_of(bank.app)} == set(MATRIX)


def test_nobody_gets_in_without_a_valid_token(bank: Bank) -> None:
    before = bank.snapshot()
    for route in routes_of(bank.app):
        if MATRIX[name_of(route)] == ["public"]:
            continue
        for user in (None, "revoked", "unknown", "malformed"):
            response = send(bank, route, user=user, ids=ROUTE_IDS)
            assert response.status_code == 401, (name_of(route), user)
            assert response.headers["WWW-Authenticate"] == "Bearer"
    assert bank.snapshot() == before


@pytest.mark.parametrize("scheme", ["Basic eDp5", "Bearer", "bearer  ", "Token {}", "{}"])
def test_other_schemes_of_authorization_are_refused(bank: Bank, scheme: str) -> None:
    headers = {"Authorization": scheme.format(bank.tokens["advisor"])}
    assert bank.call("GET", "/v1/clients", headers=headers).status_code == 401


def test_each_role_may_call_what_the_matrix_allows_and_nothing_else(bank: Bank) -> None:
    for route in routes_of(bank.app):
        allowed = MATRIX[name_of(route)]
        if allowed == ["public"]:
            assert send(bank, route, user=None, ids=ROUTE_IDS).status_code == 200
            continue
        for role, user in USER_OF_ROLE.items():
            if role in allowed:
                response = send(bank, route, user=user, ids=ROUTE_IDS)
                assert response.status_code not in (401, 403), (name_of(route), role)
            else:
                before = bank.snapshot()
                response = send(bank, route, user=user, ids=ROUTE_IDS)
                assert response.status_code == 403, (name_of(route), role)
                assert bank.snapshot() == before


def test_the_head_of_a_route_is_guarded_as_its_get_and_changes_nothing(bank: Bank) -> None:
    before = bank.unread_snapshot()
    for route in routes_of(bank.app):
        for user in (None, "zhao", "lin", "advisor", "quant"):
            head = bank.call("HEAD", route.path(ROUTE_IDS), user=user)
            if route.method == "GET":
                got = bank.call("GET", route.path(ROUTE_IDS), user=user)
                assert head.status_code == got.status_code, (name_of(route), user)
            assert head.get_data() == b""
    assert bank.unread_snapshot() == before


def test_an_advisor_cannot_answer_the_questionnaire_for_a_client(bank: Bank) -> None:
    before = bank.snapshot()
    path = "/v1/clients/<client_id>/assessments"
    body = good_body(path, proposal_hash="", shelf=bank.reference.shelf)
    path = path.replace("<client_id>", ROUTE_IDS["client_id"])
    assert bank.call("POST", path, user="advisor", body=body).status_code == 403
    assert bank.snapshot() == before
    assert bank.call("POST", path, user="zhao", body=body).status_code == 201


def test_a_foreign_object_answers_exactly_as_a_missing_one_and_nothing_changes(bank: Bank) -> None:
    missing = dict.fromkeys(ROUTE_IDS, MISSING_ID)
    before = bank.snapshot()
    tried = 0
    for route in routes_of(bank.app):
        if not route.arguments:
            continue
        for role, user in FOREIGN_USERS.items():
            if role not in MATRIX[name_of(route)]:
                continue
            foreign = send(bank, route, user=user, ids=ROUTE_IDS)
            absent = send(bank, route, user=user, ids=missing)
            assert foreign.status_code == absent.status_code == 404, (name_of(route), user)
            assert foreign.get_data() == absent.get_data(), (name_of(route), user)
            tried += 1
    assert bank.snapshot() == before
    assert tried >= 20


@pytest.mark.parametrize(
    "strange",
    ["'; DROP TABLE client; --", "%00", "%ff%fe", "..%2f..", "a" * 5000, "é", "%F0%9F%98%80", "*"],
)
def test_a_strange_id_is_a_missing_one(bank: Bank, strange: str) -> None:
    ids = dict.fromkeys(ROUTE_IDS, strange)
    before = bank.snapshot()
    for route in routes_of(bank.app):
        if not route.arguments:
            continue
        for role in MATRIX[name_of(route)]:
            response = send(bank, route, user=USER_OF_ROLE[role], ids=ids)
            assert response.status_code == 404, (name_of(route), role)
    assert bank.snapshot() == before


def test_the_own_object_is_never_missing(bank: Bank) -> None:
    for route in routes_of(bank.app):
        if not route.arguments:
            continue
        for role in MATRIX[name_of(route)]:
            response = send(bank, route, user=USER_OF_ROLE[role], ids=ROUTE_IDS)
            assert response.status_code != 404, (name_of(route), role)


def test_an_advisor_lists_the_own_book_only(bank: Bank) -> None:
    listed = bank.call("GET", "/v1/clients", user="advisor").get_json()["clients"]
    assert [row["client_id"] for row in listed] == ["equity-fan", "widow-76"]
    listed = bank.call("GET", "/v1/clients", user="stranger").get_json()["clients"]
    assert [row["client_id"] for row in listed] == ["young-renter"]


def test_reminders_of_the_book_are_those_of_the_own_clients(bank: Bank) -> None:
    mine = bank.call("GET", "/v1/reminders", user="advisor").get_json()["reminders"]
    assert [row["id"] for row in mine] == ["reminder-zhao"]
    assert bank.call("GET", "/v1/reminders", user="stranger").get_json()["reminders"] == []


def test_a_quant_never_sees_a_name_an_id_or_an_amount_of_a_client(bank: Bank) -> None:
    private = ["赵磊", "林晓雨", "equity-fan", "young-renter", "759000", "zhao"]
    for route in routes_of(bank.app):
        if "quant" not in MATRIX[name_of(route)]:
            continue
        ids = ROUTE_IDS | {"advice_id": MISSING_ID}
        text = send(bank, route, user="quant", ids=ids).get_data(as_text=True)
        assert not [word for word in private if word in text], name_of(route)


def test_a_client_added_by_an_advisor_is_in_that_book_and_no_other(bank: Bank) -> None:
    body = good_body("/v1/clients", proposal_hash="", shelf=bank.reference.shelf)
    assert bank.call("POST", "/v1/clients", user="advisor", body=body).status_code == 201
    assert bank.call("GET", "/v1/clients/locked-deposit", user="advisor").status_code == 200
    assert bank.call("GET", "/v1/clients/locked-deposit", user="stranger").status_code == 404
    before = bank.snapshot()
    again = bank.call("POST", "/v1/clients", user="stranger", body=body)
    assert (again.status_code, again.get_json()["code"]) == (409, "client_exists")
    assert bank.snapshot() == before


def test_an_application_with_a_route_without_a_policy_does_not_start() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/v1/forgotten", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten"):
        guard(app, identify_visitor=nobody)


def test_a_page_is_guarded_by_its_own_way_of_identifying_visitors() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/staff", "staff", allow(Role.ADVISOR)(lambda: "in"))
    app.add_url_rule("/open", "open", public(lambda: "in"))
    guard(app, identify_visitor=nobody)
    app.testing = True  # lets the refusal through to the test
    assert app.test_client().get("/open").status_code == 200
    with pytest.raises(UnauthorizedError):
        app.test_client().get("/staff")


def nobody() -> Caller:
    raise UnauthorizedError("nobody")
