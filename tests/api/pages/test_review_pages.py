"""An advisor reviews what was flagged: who waits, what was answered, and one word on it."""

from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, PageWorld, keep, open_world, send, sheet_of, submit
from sqlalchemy import select

from api.reference_data import load_reference_data
from api.store.tables import assessment, assessment_review
from api.texts import Texts

HOME = f"/clients/{CLIENT}"
ZH = Texts("zh")
QUESTIONS = load_reference_data().questionnaire
# Contradicts itself even when asked again.
TORN = {"q9": "a", "q11": "e", "q19": "a"}


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    made = open_world(tmp_path)
    browser = made.browser("client")
    keep(browser, sheet_of() | TORN)
    page = submit(browser)
    done = send(browser, f"{HOME}/answers/follow-up", page=page, q11="d")
    assert done.status_code == 303
    return made


@pytest.fixture
def advisor(world: PageWorld) -> FlaskClient:
    return world.browser("advisor")


def address_of(world: PageWorld) -> str:
    with world.store.engine.connect() as connection:
        return f"/reviews/{connection.scalar(select(assessment.c.id))}"


def reviews(world: PageWorld) -> list[tuple[str, str]]:
    with world.store.engine.connect() as connection:
        query = select(assessment_review.c.outcome, assessment_review.c.note)
        return [(row.outcome, row.note) for row in connection.execute(query)]


def test_the_queue_names_who_waits_and_why(world: PageWorld, advisor: FlaskClient) -> None:
    page = advisor.get("/advisor")
    assert ZH.say("page.review.queue", count="1") in page.text
    assert f'href="{address_of(world)}"' in page.text
    assert ZH.say("profile.contradiction_k1") in unescape(page.text)
    assert address_of(world) not in world.browser("stranger").get("/advisor").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_review_shows_answers_in_words_beside_the_facts(
    world: PageWorld, advisor: FlaskClient, language: str
) -> None:
    texts = Texts(language)
    said = unescape(advisor.get(f"{address_of(world)}?lang={language}").text)
    sheet = sheet_of() | TORN | {"q11": "d"}
    for question in QUESTIONS.questions:
        assert question.text[language] in said
        assert question.option(sheet[question.id]).text[language] in said
    first = QUESTIONS["q11"].option("e").text[language]
    assert texts.say("page.review.before", answer=first) in said
    assert texts.say("page.review.fact.wealth") in said
    assert texts.money("75000") in said
    assert texts.say("profile.contradiction_k1") in said


def test_a_confirmed_result_leaves_the_queue_and_the_client_reads_the_note(
    world: PageWorld, advisor: FlaskClient
) -> None:
    address = address_of(world)
    note = "谈过了，<b>可以</b>。"
    page = advisor.get(address)
    done = send(advisor, address, page=page, outcome="confirmed", note=note)
    assert (done.status_code, done.location) == (303, "/advisor")
    assert reviews(world) == [("confirmed", note)]
    assert address not in advisor.get("/advisor").text
    client = world.browser("client")
    page = client.get(f"{HOME}/profile")
    assert note in unescape(page.text)
    assert note not in page.text
    assert ZH.say("page.profile.review_waits") not in page.text
    assert f'action="{HOME}/diagnoses"' in client.get(HOME).text


def test_a_result_set_aside_freezes_advice_until_the_client_answers_again(
    world: PageWorld, advisor: FlaskClient
) -> None:
    address = address_of(world)
    page = advisor.get(address)
    send(advisor, address, page=page, outcome="answer_again", note="请再想一想亏损那一题。")
    client = world.browser("client")
    home = client.get(HOME)
    assert ZH.say("page.profile.short.set_aside") in home.text
    assert f'action="{HOME}/diagnoses"' not in home.text
    refused = send(client, f"{HOME}/proposals", page=home)
    assert refused.status_code == 409
    assert ZH.say("error.assessment_set_aside") in refused.text
    profile = client.get(f"{HOME}/profile").text
    assert ZH.say("page.profile.state_set_aside") in profile
    assert "请再想一想亏损那一题。" in profile
    keep(client, sheet_of())
    assert submit(client).status_code == 303
    # From C1 to C4 within a day: the new answers hold from tomorrow on.
    shown = client.get(f"{HOME}/profile").text
    assert ZH.say("page.profile.state_set_aside") not in shown
    tomorrow = ZH.instant(world.clock.now() + timedelta(days=1))
    assert ZH.say("page.profile.state_cooling_off", instant=tomorrow) in shown


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"outcome": "confirmed", "note": " x "}, "note"),
        ({"outcome": "confirmed", "note": "长" * 501}, "note"),
        ({"note": "谈过了"}, "outcome"),
        ({"outcome": "<b>", "note": "谈过了"}, "outcome"),
    ],
)
def test_a_review_without_outcome_or_note_is_refused_and_keeps_what_was_written(
    world: PageWorld, advisor: FlaskClient, fields: dict[str, str], problem: str
) -> None:
    address = address_of(world)
    refused = send(advisor, address, page=advisor.get(address), **fields)
    assert refused.status_code == 422
    lengths = {"shortest": "3", "longest": "500"}
    assert ZH.say(f"page.review.problem_{problem}", **lengths) in refused.text
    assert f">{fields['note']}</textarea>" in refused.text
    if fields.get("outcome") == "confirmed":
        assert 'value="confirmed" checked' in refused.text
    assert reviews(world) == []


def test_a_second_review_is_refused_and_the_first_stands(
    world: PageWorld, advisor: FlaskClient
) -> None:
    address = address_of(world)
    page = advisor.get(address)
    send(advisor, address, page=page, outcome="confirmed", note="谈过了")
    again = send(advisor, address, page=page, outcome="answer_again", note="还是不行")
    assert again.status_code == 409
    assert ZH.say("error.assessment_reviewed") in again.text
    assert reviews(world) == [("confirmed", "谈过了")]
    seen = advisor.get(address)
    assert "<textarea" not in seen.text
    assert "谈过了" in seen.text


def test_a_review_is_for_the_clients_own_advisor_alone(world: PageWorld) -> None:
    address = address_of(world)
    fields = {"outcome": "confirmed", "note": "谈过了"}
    for user, status in (("stranger", 404), ("client", 403), ("quant", 403)):
        who = world.browser(user)
        page = who.get("/market")
        assert who.get(address).status_code == status
        assert send(who, address, page=page, **fields).status_code == status
    assert world.browser("advisor").get("/reviews/nothing").status_code == 404
    assert reviews(world) == []


def test_a_newer_sheet_takes_the_place_of_the_one_that_waits(
    world: PageWorld, advisor: FlaskClient
) -> None:
    before = address_of(world)
    client = world.browser("client")
    keep(client, sheet_of())
    submit(client)
    page = advisor.get("/advisor").text
    assert before not in page
    assert page.count("/reviews/") == 1  # flagged anew: it was answered in no time
    assert f"/clients/{ELDER}" in page
