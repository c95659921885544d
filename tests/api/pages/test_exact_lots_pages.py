"""Working out the lots exactly from the page of a proposal."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, OTHER, PageWorld, keep, open_world, send, sheet_of, submit
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from allocator.optimizer.exact_lots import ExactPlan, plan_exact_lots
from api import advice_documents
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
    # One order fewer is what it adds; the objective itself gains too little to be seen.
    before, after = document_of(world, first), document_of(world, second)
    assert len(after["orders"]) < len(before["orders"])
    assert 0 < after["exact_lots"]["gain_bp"] < 0.1
    assert texts.say("page.proposal.exact_same") in second.text
    assert FIELD not in second.text
    assert stored(world) == 2
    replaced = browser.get(f"{first.request.path}?lang={language}")
    assert texts.say("proposal_status.superseded") in replaced.text
    assert FIELD not in replaced.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("gain", "closer", "said"),
    [
        (0.00003, 0.0, [("page.proposal.exact_gain", "0.3")]),
        (0.00003, 0.000033, [("page.proposal.exact_gain", "0.3"), ("exact_lots.closer", "0.33")]),
        (-0.00002, 0.00001, [("page.proposal.exact_loss", "0.2"), ("exact_lots.closer", "0.1")]),
        (0.0027, -0.00001, [("page.proposal.exact_gain", "27.0"), ("exact_lots.farther", "0.1")]),
    ],
)
def test_gain_and_limits_are_said_apart(
    world: PageWorld,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    gain: float,
    closer: float,
    said: list[tuple[str, str]],
) -> None:
    def as_told(*given: Any, **named: Any) -> ExactPlan:
        return replace(plan_exact_lots(*given, **named), gain=gain, closer=closer)

    monkeypatch.setattr(advice_documents, "plan_exact_lots", as_told)
    browser, texts = world.browser("other"), Texts(language)
    page = proposed(browser, OTHER)
    made = send(browser, f"/clients/{OTHER}/proposals", page=page, lots="exact")
    shown = browser.get(f"{made.location}?lang={language}").text
    every = ("page.proposal.exact_gain", "page.proposal.exact_loss", "exact_lots.closer")
    for key in (*every, "exact_lots.farther"):
        pattern = re.escape(texts.say(key, points="~")).replace("\\~", "~")
        found = re.findall(pattern.replace("~", r"([\d.]+)"), html.unescape(shown))
        assert found == [points for name, points in said if name == key]


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
