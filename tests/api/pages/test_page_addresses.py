"""Addresses of pages: a language switch leads back to the page, a sign-in to the page asked for."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, SAME_ORIGIN, PageWorld, keep, open_world, send, sheet_of, submit
from werkzeug.test import TestResponse

from api.pages.addresses import PAGE_OF_FORM, own_page

HOME = f"/clients/{CLIENT}"
QUESTION = f"{HOME}/questionnaire/q3"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def assessed(world: PageWorld) -> FlaskClient:
    browser = world.browser("client")
    keep(browser, sheet_of())
    assert submit(browser).status_code == 303
    return browser


def switch(page: TestResponse) -> str:
    """Return where the language link of a page leads."""
    found = re.search(r'<a class="quiet" href="([^"]+)" hreflang', page.text)
    assert found is not None
    return unescape(found[1])


# ---- the language switch -----------------------------------------------------------------------


def test_every_form_with_an_address_of_its_own_names_a_page_that_can_be_asked_for(
    world: PageWorld,
) -> None:
    rules = [r for r in world.app.url_map.iter_rules() if r.endpoint.startswith("pages.")]
    only_forms = {r.endpoint for r in rules if "GET" not in (r.methods or ())}
    assert set(PAGE_OF_FORM) == only_forms
    arguments = {r.endpoint: r.arguments for r in rules}
    pages = {r.endpoint for r in rules if "GET" in (r.methods or ())}
    for form, page in PAGE_OF_FORM.items():
        assert page in pages
        assert arguments[page] <= arguments[form], form


def test_the_switch_on_a_plan_refused_for_lack_of_consent_leads_back_to_the_plan(
    world: PageWorld,
) -> None:
    browser = assessed(world)
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    refused = send(browser, f"{made.location}/accept", page=browser.get(made.location))
    assert refused.status_code == 422
    assert switch(refused) == f"{made.location}?lang=en"
    assert browser.get(switch(refused)).status_code == 200


def test_the_switch_on_a_refused_request_for_a_plan_leads_to_the_overview(
    world: PageWorld,
) -> None:
    browser = world.browser("client")
    refused = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    assert refused.status_code == 409
    assert browser.get(switch(refused)).status_code == 200
    assert switch(refused) == f"{HOME}?lang=en"


def test_the_switch_keeps_what_the_address_asks(world: PageWorld) -> None:
    page = world.browser().get("/how-it-works?from=mail&lang=zh")
    assert switch(page) == "?from=mail&lang=en"


def test_switching_the_language_keeps_the_answer_just_chosen(world: PageWorld) -> None:
    browser = world.browser("client")
    page = browser.get(QUESTION)
    assert 'form="question" formnovalidate formaction="' + QUESTION + "?lang=en" in page.text
    moved = send(browser, f"{QUESTION}?lang=en", page=page, answer="b", go="language")
    assert (moved.status_code, moved.location) == (303, QUESTION)
    shown = browser.get(QUESTION)
    assert '<html lang="en">' in shown.text
    assert 'value="b" checked' in shown.text


def test_switching_the_language_before_choosing_blames_nobody(world: PageWorld) -> None:
    browser = world.browser("client")
    page = browser.get(f"{QUESTION}?change=1")
    moved = send(browser, f"{QUESTION}?lang=en", page=page, change="1", go="language")
    assert (moved.status_code, moved.location) == (303, f"{QUESTION}?change=1")
    assert "checked" not in browser.get(moved.location).text


def test_the_switch_is_never_the_button_that_enter_presses(world: PageWorld) -> None:
    page = world.browser("client").get(QUESTION).text
    pressed_by_enter = page.index('<button type="submit" form="question" hidden>')
    assert pressed_by_enter < page.index('name="go" value="language"')


def test_switching_the_language_keeps_the_amount_just_typed(world: PageWorld) -> None:
    browser = assessed(world)
    address = f"{HOME}/own-orders/money-fund-a"
    page = browser.get(address)
    shown = send(browser, f"{address}?lang=en", page=page, amount="1,234", go="language")
    assert shown.status_code == 200
    assert 'name="amount"' in shown.text
    assert 'value="1,234"' in shown.text
    assert '<html lang="en">' in shown.text
    assert "problems" not in shown.text


def test_switching_the_language_of_a_follow_up_keeps_its_answers_and_submits_nothing(
    world: PageWorld,
) -> None:
    browser = world.browser("client")
    keep(browser, sheet_of() | {"q9": "a", "q11": "e", "q19": "a"})
    page = submit(browser)
    (asked, *_) = re.findall(r'type="radio" name="(q\d+)"', page.text)
    address = f"{HOME}/answers/follow-up"
    fields = {asked: "b", "go": "language"}
    shown = send(browser, f"{address}?lang=en", page=page, **fields)
    assert shown.status_code == 200
    assert f'name="{asked}" value="b" checked' in shown.text
    assert '<html lang="en">' in shown.text
    # The draft is settled elsewhere meanwhile: switching must not be what submits it.
    keep(browser, sheet_of())
    moved = send(browser, f"{address}?lang=en", page=page, **fields)
    assert (moved.status_code, moved.location) == (303, f"{HOME}/answers")
    assert browser.get(f"{HOME}/answers").status_code == 200


# ---- the way back after signing in -------------------------------------------------------------


def sign_in(world: PageWorld, browser: FlaskClient, return_to: str) -> TestResponse:
    form = {"token": world.tokens["client"], "return_to": return_to}
    return browser.post("/login", data=form, headers=SAME_ORIGIN)


def test_signing_in_leads_to_the_page_that_was_asked_for(world: PageWorld) -> None:
    browser = world.browser()
    asked = browser.get(f"{HOME}/orders?lang=en")
    assert asked.status_code == 401
    found = re.search(r'name="return_to" value="([^"]+)"', asked.text)
    assert found is not None
    answer = sign_in(world, browser, unescape(found[1]))
    assert (answer.status_code, answer.location) == (303, f"{HOME}/orders?lang=en")
    assert browser.get(answer.location).status_code == 200


def test_a_wrong_token_does_not_lose_the_page_that_was_asked_for(world: PageWorld) -> None:
    form = {"token": "robo_" + "x" * 43, "return_to": f"{HOME}/orders"}
    answer = world.browser().post("/login", data=form, headers=SAME_ORIGIN)
    assert answer.status_code == 401
    assert f'name="return_to" value="{HOME}/orders"' in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/clients",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "/assets/style.css",
        "/logout",
        "/v1/clients",
        "/no-such-page",
        "clients",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site_or_to_what_is_no_page(
    world: PageWorld, address: str
) -> None:
    answer = sign_in(world, world.browser(), address)
    assert (answer.status_code, answer.location) == (303, "/")
    with world.app.test_request_context("/login"):
        assert own_page(address) is None
