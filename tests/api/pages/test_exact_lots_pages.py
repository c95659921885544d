"""Working out the lots exactly from the page of a proposal."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, OTHER, PageWorld, keep, open_world, send, sheet_of, submit
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from api.store.tables import advice
from api.texts import Texts

FIELD = 'name="lots" value="exact"'
SMALLEST_GAP = "api.pages.routes.advice.SMALLEST_GAP_WORKED_OUT"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def proposed(browser: FlaskClient, client: str) -> TestResponse:
    keep(browser, sheet_of(client), client=client)
    submit(browser, client=client)
    home = f"/clients/{client}"
    made = send(browser, f"{home}/proposals", page=browser.get(home))
    return browser.get(made.location)


def document_of(world: PageWorld, page: TestResponse) -> dict[str, Any]:
    """Return the proposal that a page shows."""
    wanted = advice.c.id == page.request.path.rsplit("/", 1)[-1]
    with world.store.engine.connect() as connection:
        text = connection.scalar(select(advice.c.document).where(wanted))
    document: dict[str, Any] = json.loads(str(text))
    return document


def stored(world: PageWorld) -> int:
    with world.store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(advice)) or 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_gap_that_can_be_seen_is_worked_out_in_a_new_proposal_that_says_its_gain(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(SMALLEST_GAP, 0.0)
    browser, texts = world.browser("other"), Texts(language)
    first = proposed(browser, OTHER)
    first = browser.get(f"{first.request.path}?lang={language}")
    assert FIELD in first.text
    assert texts.say("page.proposal.work_out_lots") in first.text
    assert texts.say("page.proposal.work_out_lots_help") in first.text
    made = send(browser, f"/clients/{OTHER}/proposals", page=first, lots="exact")
    assert made.status_code == 303
    assert made.location != first.request.path
    second = browser.get(f"{made.location}?lang={language}")
    gain = document_of(world, second)["exact_lots"]["gain_bp"]
    assert gain > 0.1
    said = texts.say("page.proposal.exact_gain", points=texts.number(gain))
    assert said in second.text
    assert FIELD not in second.text
    assert stored(world) == 2
    replaced = browser.get(f"{first.request.path}?lang={language}")
    assert texts.say("proposal_status.superseded") in replaced.text
    assert FIELD not in replaced.text


def test_the_button_is_there_from_a_tenth_of_a_basis_point(world: PageWorld) -> None:
    for user, client in (("client", CLIENT), ("other", OTHER), ("elder", ELDER)):
        page = proposed(world.browser(user), client)
        gap = document_of(world, page)["rounding_gap_bp"]
        assert (FIELD in page.text) == (gap >= 0.1)


def test_a_gap_too_small_to_see_is_left_alone_and_may_still_be_worked_out(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SMALLEST_GAP, 1.0)
    browser = world.browser("client")
    page = proposed(browser, CLIENT)
    assert FIELD not in page.text
    made = send(browser, f"/clients/{CLIENT}/proposals", page=page, lots="exact")
    same = browser.get(f"{made.location}?lang=en")
    assert Texts("en").say("page.proposal.exact_same") in same.text


def test_without_the_form_token_nothing_is_worked_out(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SMALLEST_GAP, 0.0)
    browser = world.browser("other")
    page = proposed(browser, OTHER)
    before = stored(world)
    answer = browser.post(f"/clients/{OTHER}/proposals", data={"lots": "exact"})
    assert answer.status_code == 403
    assert stored(world) == before
    assert FIELD in browser.get(page.request.path).text


def test_an_advisor_may_ask_for_it_within_the_own_book_only(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SMALLEST_GAP, 0.0)
    page = proposed(world.browser("other"), OTHER)
    before = stored(world)
    keeper, foreign = world.browser("stranger"), world.browser("advisor")
    refused = send(
        foreign, f"/clients/{OTHER}/proposals", page=foreign.get("/advisor"), lots="exact"
    )
    assert refused.status_code == 404
    assert stored(world) == before
    shown = keeper.get(page.request.path)
    assert FIELD in shown.text
    made = send(keeper, f"/clients/{OTHER}/proposals", page=shown, lots="exact")
    assert made.status_code == 303
