"""Sessions and forms: who is let in, for how long, and from where."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from page_world import CLIENT, SAME_ORIGIN, PageWorld, form_token, open_world, send
from sqlalchemy import select

from api.store.tables import web_session

HOME = f"/clients/{CLIENT}"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def test_a_page_about_a_client_asks_a_stranger_to_sign_in(world: PageWorld) -> None:
    answer = world.browser().get(HOME)
    assert answer.status_code == 401
    assert 'name="token"' in answer.text


def test_an_unknown_token_signs_nobody_in(world: PageWorld) -> None:
    browser = world.browser()
    answer = browser.post("/login", data={"token": "robo_" + "x" * 43}, headers=SAME_ORIGIN)
    assert answer.status_code == 401
    assert browser.get_cookie("session") is None


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(world: PageWorld) -> None:
    answer = world.browser().post(
        "/login", data={"token": world.tokens["client"]}, headers=SAME_ORIGIN
    )
    cookie = answer.headers.getlist("Set-Cookie")[-1]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(world: PageWorld) -> None:
    answer = world.browser().post(
        "/login",
        data={"token": world.tokens["client"]},
        headers=SAME_ORIGIN,
        base_url="https://localhost",
    )
    cookie = answer.headers.getlist("Set-Cookie")[-1]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie


def test_the_store_never_holds_the_secrets_of_a_session(world: PageWorld) -> None:
    browser = world.browser("client")
    cookie = browser.get_cookie("session")
    assert cookie is not None
    token = form_token(browser.get(HOME))
    with world.store.engine.connect() as connection:
        rows = str(connection.execute(select(web_session)).all())
    assert cookie.value not in rows
    assert token not in rows


def test_signing_in_again_changes_the_secret_and_ends_the_old_session(world: PageWorld) -> None:
    browser = world.browser("client")
    first = browser.get_cookie("session")
    browser.post("/login", data={"token": world.tokens["client"]}, headers=SAME_ORIGIN)
    second = browser.get_cookie("session")
    assert first is not None
    assert second is not None
    assert first.value != second.value
    thief = world.browser()
    thief.set_cookie("session", first.value)
    assert thief.get(HOME).status_code == 401


def test_logging_out_ends_the_session_for_every_holder_of_the_cookie(world: PageWorld) -> None:
    browser = world.browser("client")
    cookie = browser.get_cookie("session")
    assert cookie is not None
    assert send(browser, "/logout", page=browser.get(HOME)).status_code == 303
    thief = world.browser()
    thief.set_cookie("session", cookie.value)
    assert thief.get(HOME).status_code == 401


def test_a_session_ends_after_fifteen_idle_minutes(world: PageWorld) -> None:
    browser = world.browser("client")
    world.clock.advance(timedelta(minutes=14))
    assert browser.get(HOME).status_code == 200
    world.clock.advance(timedelta(minutes=14))
    assert browser.get(HOME).status_code == 200
    world.clock.advance(timedelta(minutes=15, seconds=1))
    assert browser.get(HOME).status_code == 401


def test_a_session_ends_after_eight_hours_however_busy(world: PageWorld) -> None:
    browser = world.browser("client")
    for _ in range(8 * 6 - 1):
        world.clock.advance(timedelta(minutes=10))
        assert browser.get("/how-it-works").status_code == 200
        assert browser.get(HOME).status_code == 200
    world.clock.advance(timedelta(minutes=10))
    assert browser.get(HOME).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({}, 403),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(
    world: PageWorld, headers: dict[str, str], status: int
) -> None:
    browser = world.browser("client")
    data = {"csrf": form_token(browser.get(HOME))}
    assert browser.post("/logout", data=data, headers=headers).status_code == status


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_the_right_token_changes_nothing(world: PageWorld, token: str) -> None:
    browser = world.browser("client")
    answer = browser.post("/logout", data={"csrf": token}, headers=SAME_ORIGIN)
    assert answer.status_code == 403
    assert browser.get(HOME).status_code == 200


def test_the_form_token_of_another_session_is_refused(world: PageWorld) -> None:
    token = form_token(world.browser("client").get(HOME))
    browser = world.browser("client")
    answer = browser.post("/logout", data={"csrf": token}, headers=SAME_ORIGIN)
    assert answer.status_code == 403


def test_every_form_of_every_view_is_behind_the_form_token(world: PageWorld) -> None:
    browser = world.browser("client")
    for rule in world.app.url_map.iter_rules():
        if str(rule.endpoint).startswith("pages.") and "POST" in (rule.methods or set()):
            address = re.sub(r"<\w+>", "x", rule.rule)
            expected = 401 if address == "/login" else 403
            assert browser.post(address, headers=SAME_ORIGIN).status_code == expected, address


def test_the_language_asked_for_is_kept(world: PageWorld) -> None:
    browser = world.browser()
    assert '<html lang="zh-CN">' in browser.get("/login").text
    assert '<html lang="en">' in browser.get("/login?lang=en").text
    assert '<html lang="en">' in browser.get("/login").text
    assert '<html lang="zh-CN">' in browser.get("/login?lang=zh").text
    assert browser.get("/login?lang=fr").status_code == 422
