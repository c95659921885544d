"""What every response carries, what no error gives away, and what the documentation covers."""

import logging
import re
from pathlib import Path

import pytest
from bank_world import ROUTE_IDS, ZHAO, Bank, open_bank
from route_inventory import routes_of
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from allocator.errors import InfeasibleMandateError, InputError, Problem, SolverError
from allocator.statements import Statement
from api.authorization import policy_of
from api.callers import Role
from api.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)
from api.security_headers import CONTENT_SECURITY_POLICY
from api.texts import Texts


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


REQUIRED_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
}
SECRET = "SELECT secret FROM vault; /srv/app/x.py line 12; werkzeug 3.1"


def test_the_policy_for_content_allows_nothing_inline_or_foreign() -> None:
    directives = dict(
        part.strip().split(" ", 1) for part in CONTENT_SECURITY_POLICY.split(";") if part.strip()
    )
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["base-uri"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert directives["object-src"] == "'none'"
    allowed = {"'none'", "'self'", "'self' data:"}
    assert set(directives.values()) <= allowed


@pytest.mark.parametrize("user", ["advisor", "zhao", "quant", None])
def test_every_route_sends_the_security_headers_whatever_it_answers(
    bank: Bank, user: str | None
) -> None:
    paths = {route.path(ROUTE_IDS) for route in routes_of(bank.app)} | {"/v1/nowhere", "/nowhere"}
    for path in sorted(paths):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            response = bank.call(method, path, user=user)
            for name, value in REQUIRED_HEADERS.items():
                assert response.headers.get(name) == value, (method, path, name)
            assert "werkzeug" not in response.headers.get("Server", "").lower()


def test_a_wrong_method_is_told_the_right_ones(bank: Bank) -> None:
    response = bank.call("DELETE", "/v1/clients", user="advisor")
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(re.split(r",\s*", response.headers["Allow"]))
    assert response.get_json()["code"] == "method_not_allowed"


FAILURES: list[tuple[Exception, int, str]] = [
    (RuntimeError(SECRET), 500, "internal_error"),
    (KeyError(SECRET), 500, "internal_error"),
    (ZeroDivisionError(SECRET), 500, "internal_error"),
    (RecursionError(SECRET), 500, "internal_error"),
    (SolverError(SECRET), 503, "solver_failed"),
    (OperationalError(SECRET, {}, Exception(SECRET)), 503, "store_unavailable"),
    (DatabaseError(SECRET, {}, Exception(SECRET)), 503, "store_unavailable"),
    (PoolTimeoutError(SECRET), 503, "store_unavailable"),
    (IntegrityError(SECRET, {}, Exception(SECRET)), 500, "internal_error"),
    (ProgrammingError(SECRET, {}, Exception(SECRET)), 500, "internal_error"),
]


@pytest.mark.parametrize(("error", "status", "code"), FAILURES)
def test_a_failure_in_any_route_says_so_and_gives_nothing_away(
    bank: Bank, error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    for route in routes_of(bank.app):
        view = bank.app.view_functions[route.endpoint]
        policy = policy_of(view)
        assert policy is not None

        def broken(**_arguments: str) -> str:
            raise error

        bank.app.view_functions[route.endpoint] = policy(broken)
        user = "zhao" if policy.roles == {Role.CLIENT} else "advisor"
        response = bank.call(route.method, route.path(ROUTE_IDS), user=user)
        bank.app.view_functions[route.endpoint] = view
        assert (response.status_code, response.get_json()["code"]) == (status, code), route
        assert response.content_type == "application/problem+json"
        text = response.get_data(as_text=True)
        assert not [w for w in ("SELECT", "vault", "x.py", "Traceback", "werkzeug") if w in text]


REFUSALS: list[tuple[Exception, int, str, dict[str, str]]] = [
    (UnauthorizedError("no"), 401, "unauthorized", {"WWW-Authenticate": "Bearer"}),
    (ForbiddenError("no"), 403, "forbidden", {}),
    (NotFoundError("no"), 404, "not_found", {}),
    (ConflictError("no", code="bundle_open", retry_after=3), 409, "bundle_open", {}),
    (GoneError("no"), 410, "proposal_expired", {}),
    (TooManyRequestsError("no", retry_after=60), 429, "too_many_requests", {"Retry-After": "60"}),
    (InfeasibleMandateError("no", conflict=["liquidity"]), 409, "infeasible_mandate", {}),
]


@pytest.mark.parametrize(("error", "status", "code", "headers"), REFUSALS)
def test_each_refusal_becomes_its_problem_document(
    bank: Bank, error: Exception, status: int, code: str, headers: dict[str, str]
) -> None:
    def broken() -> str:
        raise error

    view = bank.app.view_functions["reference.get_market"]
    policy = policy_of(view)
    assert policy is not None
    bank.app.view_functions["reference.get_market"] = policy(broken)
    response = bank.call("GET", "/v1/market", user="quant")
    problem = response.get_json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == "about:blank"
    assert {name: response.headers.get(name) for name in headers} == headers


def test_a_contradiction_of_hard_limits_names_them_and_then_by_how_much(bank: Bank) -> None:
    def broken() -> str:
        problem = Problem("fixed/1", "is more than is held", 0.3, "lock 0.1 at most")
        raise InfeasibleMandateError("too much is locked", conflict=["locks"], problems=[problem])

    view = bank.app.view_functions["reference.get_market"]
    policy = policy_of(view)
    assert policy is not None
    bank.app.view_functions["reference.get_market"] = policy(broken)
    document = bank.call("GET", "/v1/market", user="quant").get_json()
    assert document["detail"] == "too much is locked"
    named, amount = document["errors"]
    assert named["detail"] == "locks"
    # A mandate is no document that the caller sent, so nothing in it is pointed at.
    assert (amount["pointer"], amount["value"]) == ("", 0.3)
    assert (amount["detail"], amount["remedy"]) == ("is more than is held", "lock 0.1 at most")


def test_what_a_mandate_asks_for_is_told_to_no_log(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        problem = Problem("risk_aversion", "is outside 0.1 to 100", 333.25, "bring it nearer")
        raise SolverError("nothing passes", problems=[problem])

    view = bank.app.view_functions["reference.get_market"]
    policy = policy_of(view)
    assert policy is not None
    bank.app.view_functions["reference.get_market"] = policy(broken)
    response = bank.call("GET", "/v1/market", user="quant")
    assert response.status_code == 503
    assert "nothing passes" in caplog.text
    assert "333.25" not in caplog.text
    assert "333.25" not in response.get_data(as_text=True)


def test_an_input_error_shows_pointer_value_detail_and_remedy(bank: Bank) -> None:
    def broken() -> str:
        long_value = "\ud800" + "x" * 10_000
        problem = Problem("/a/0", "is wrong", long_value, "send a right one")
        raise InputError("bad", code="some_code", problems=[problem])

    view = bank.app.view_functions["reference.get_market"]
    policy = policy_of(view)
    assert policy is not None
    bank.app.view_functions["reference.get_market"] = policy(broken)
    response = bank.call("GET", "/v1/market", user="quant")
    assert response.status_code == 422
    problem = response.get_json()
    (error,) = problem["errors"]
    assert (problem["code"], problem["detail"]) == ("some_code", "bad")
    assert (error["pointer"], error["detail"]) == ("/a/0", "is wrong")
    assert error["remedy"] == "send a right one"
    assert len(error["value"]) < 200


def test_a_page_that_is_not_there_is_an_html_page(bank: Bank) -> None:
    response = bank.call("GET", "/nowhere")
    assert response.status_code == 404
    assert response.content_type.startswith("text/html")


def test_the_openapi_document_lists_exactly_the_routes_there_are(bank: Bank) -> None:
    document = bank.call("GET", "/v1/openapi.json").get_json()
    documented = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    served = {
        f"{route.method} {route.rule.replace('<', '{').replace('>', '}')}"
        for route in routes_of(bank.app, documented_only=True)
    }
    assert documented == served


def test_every_reference_of_the_openapi_document_resolves(bank: Bank) -> None:
    text = bank.call("GET", "/v1/openapi.json").get_data(as_text=True)
    document = bank.call("GET", "/v1/openapi.json").get_json()
    references = set(re.findall(r'"\$ref":\s*"#/components/(\w+)/(\w+)"', text))
    assert references
    for kind, name in references:
        assert name in document["components"][kind]


def test_every_operation_declares_its_roles_success_and_refusal(bank: Bank) -> None:
    document = bank.call("GET", "/v1/openapi.json").get_json()
    for path, item in document["paths"].items():
        for method in ("get", "post", "put"):
            if method not in item:
                continue
            operation = item[method]
            assert operation["x-roles"], path
            assert operation["summary"], path
            assert "default" in operation["responses"], path
            assert any(status.startswith("2") for status in operation["responses"]), path


def test_the_documentation_page_has_no_script_style_or_foreign_address(bank: Bank) -> None:
    page = bank.call("GET", "/v1/docs").get_data(as_text=True)
    assert "POST /v1/proposals/{proposal_id}/accept" in page
    assert not re.search(r"<script|<style|style=|\son\w+=|https?://", page)


def test_sentences_come_in_the_language_asked_for(bank: Bank) -> None:
    def first_question(path: str, **headers: str) -> str:
        response = bank.call("GET", path, user="quant", headers=headers)
        return str(response.get_json()["questions"][0]["text"])

    chinese, english = (
        first_question("/v1/questionnaire"),
        first_question("/v1/questionnaire?lang=en"),
    )
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert english.isascii()
    assert first_question("/v1/questionnaire", **{"Accept-Language": "en-GB,en;q=0.9"}) == english
    assert first_question("/v1/questionnaire?lang=zh", **{"Accept-Language": "en"}) == chinese
    assert bank.call("GET", "/v1/questionnaire?lang=xx", user="quant").status_code == 422


def test_a_conflict_with_reasons_says_them_in_the_language_asked_for(bank: Bank) -> None:
    def broken() -> str:
        raise ConflictError("no", code="unsuitable", statements=[Statement("reason.nothing_to_do")])

    view = bank.app.view_functions["reference.get_market"]
    policy = policy_of(view)
    assert policy is not None
    bank.app.view_functions["reference.get_market"] = policy(broken)
    said = {}
    for language in ("zh", "en"):
        problem = bank.call("GET", f"/v1/market?lang={language}", user="quant").get_json()
        (reason,) = problem["reasons"]
        assert reason["code"] == "reason.nothing_to_do"
        said[language] = reason["text"]
    assert said["zh"] == Texts("zh").say("reason.nothing_to_do")
    assert said["en"] == Texts("en").say("reason.nothing_to_do")


@pytest.mark.parametrize("field", ["answers", "no-such-field", "{token}"])
def test_a_refusal_never_repeats_what_looks_like_a_token(bank: Bank, field: str) -> None:
    token = bank.tokens["zhao"]
    body: dict[str, object] = {"answers": {}, field.format(token=token): f"Bearer {token}"}
    path = f"/v1/clients/{ZHAO}/assessments"
    refused = bank.call("POST", path, user="zhao", body=body)
    assert refused.status_code == 422
    assert token not in refused.get_data(as_text=True)
    assert "robo_***" in refused.get_data(as_text=True)
