"""Names under which the service answers, and what it believes about where a form came from."""

from pathlib import Path

import pytest
from bank_world import Bank, open_bank
from flask.testing import FlaskClient

from api.application import create_app
from api.settings import Settings

PUBLIC = "https://advice.example"


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


def browser_of(
    bank: Bank, *, host: str = "127.0.0.1", public_url: str | None = None
) -> FlaskClient:
    settings = Settings(host=host, public_url=public_url)
    app = create_app(settings, store=bank.store, clock=bank.clock, reference=bank.reference)
    return app.test_client()


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"]
)
def test_the_names_of_this_machine_are_answered(bank: Bank, host: str) -> None:
    assert browser_of(bank).get("/login", headers={"Host": host}).status_code == 200


def test_the_address_listened_on_is_answered(bank: Bank) -> None:
    headers = {"Host": "192.0.2.7:8000"}
    assert browser_of(bank).get("/login", headers=headers).status_code == 400
    assert browser_of(bank, host="192.0.2.7").get("/login", headers=headers).status_code == 200
    headers = {"Host": "[2001:db8::1]:8000"}
    assert browser_of(bank, host="2001:DB8::1").get("/login", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.com", "localhost.evil.com", "evil.com:80", "localhost,evil.com", "a b", "[::1", "", "@"],
)
def test_a_foreign_host_is_refused_as_problem_or_page_and_changes_nothing(
    bank: Bank, host: str
) -> None:
    before = bank.snapshot()
    headers = {"Host": host, "Origin": f"http://{host}"}
    api = bank.call("GET", "/v1/clients", user="advisor", headers=headers)
    assert (api.status_code, api.content_type) == (400, "application/problem+json")
    form = {"token": bank.tokens["zhao"]}
    page = bank.app.test_client().post("/login", data=form, headers=headers)
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "Set-Cookie" not in page.headers
    assert bank.snapshot() == before


@pytest.mark.parametrize(
    "path", ["//login", "/clients//equity-fan", "//evil.com/login", "/v1//docs"]
)
def test_no_address_is_mended_by_a_redirect(bank: Bank, path: str) -> None:
    for headers in ({}, {"Host": "evil.com"}):
        answer = bank.app.test_client().open(path, headers=headers)
        assert answer.status_code in (400, 404)
        assert "Location" not in answer.headers


def test_under_a_public_https_address_the_session_is_bound_to_that_origin(bank: Bank) -> None:
    browser = browser_of(bank, public_url=PUBLIC)
    form = {"token": bank.tokens["zhao"]}
    # The proxy speaks plain HTTP to us and passes the name on.
    for origin in ("http://advice.example", "http://localhost", "https://evil.com"):
        headers = {"Host": "advice.example", "Origin": origin}
        assert browser.post("/login", data=form, headers=headers).status_code == 403
    headers = {"Host": "advice.example", "Origin": PUBLIC}
    answer = browser.post("/login", data=form, headers=headers)
    assert answer.status_code == 303
    cookie = answer.headers.getlist("Set-Cookie")[-1]
    assert cookie.startswith("__Host-session=")
    assert "; Secure" in cookie


def test_under_a_public_address_the_machines_own_names_are_foreign(bank: Bank) -> None:
    browser = browser_of(bank, public_url=PUBLIC)
    assert browser.get("/login", headers={"Host": "localhost"}).status_code == 400
    assert browser.get("/login", headers={"Host": "advice.example"}).status_code == 200
