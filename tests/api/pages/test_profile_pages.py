"""The result: scores on one scale, what decided, what holds now, and the lift of the age cap."""

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, PageWorld, keep, open_world, send, sheet_of, submit
from sqlalchemy import select

from api.store.tables import age_lift, assessment
from api.texts import Texts

HOME, ELDER_HOME = f"/clients/{CLIENT}", f"/clients/{ELDER}"
PROFILE = f"{HOME}/profile"
ZH = Texts("zh")
FIXTURES = Path(__file__).parents[2] / "risk_profiles" / "fixtures"
# Bold in everything but the sheet of a person of 68 who knows what she buys.
BOLD_ELDER = {
    "q2": "e", "q3": "e", "q4": "e", "q5": "a", "q6": "a", "q7": "e", "q8": "a", "q9": "e",
    "q10": "d", "q11": "d", "q12": "d", "q13": "c", "q14": "d", "q15": "e", "q16": "d",
    "q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c", "q19": "b", "q20": "b",
}  # fmt: skip
TIMID = {"q9": "b", "q10": "b", "q11": "b", "q12": "b", "q13": "b", "q14": "b", "q19": "a"}


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


@pytest.fixture
def browser(world: PageWorld) -> FlaskClient:
    return world.browser("client")


def assessed(
    browser: FlaskClient,
    answers: dict[str, str],
    *,
    client: str = CLIENT,
    within: timedelta = timedelta(minutes=10),
) -> str:
    keep(browser, answers, client=client)
    browser.application.extensions["robo"].clock.advance(within)
    done = submit(browser, client=client)
    assert done.status_code == 303
    return read(browser, done.location)


def read(browser: FlaskClient, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200
    return unescape(page.text)


def newest(world: PageWorld) -> dict[str, Any]:
    with world.store.engine.connect() as connection:
        query = select(assessment.c.document).order_by(assessment.c.number.desc()).limit(1)
        return dict(json.loads(str(connection.scalar(query))))


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Return score and level by name, as the table beside the figure shows them."""
    table = page[page.index('<table class="score-table">') : page.index("</table>")]
    row = r'<th scope="row">([^<]+)<.*?<td class="number">([^<]*)</td><td class="number">([^<]*)<'
    return {name: (score, level) for name, score, level in re.findall(row, table)}


# ---- what the level rests on -------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_result_shows_both_scores_and_the_level_each_points_to(
    world: PageWorld, browser: FlaskClient, language: str
) -> None:
    assessed(browser, sheet_of())
    page, texts = read(browser, f"{PROFILE}?lang={language}"), Texts(language)
    document = newest(world)
    shown = rows(page)
    for name in ("capacity", "tolerance"):
        level = sum(document[name] >= edge for edge in (20, 38, 54, 68)) + 1
        expected = (texts.number(document[name]), f"C{level}")
        assert shown[texts.say(f"page.profile.{name}")] == expected
    assert texts.say("page.profile.rule") in page
    lower = min(("capacity", "tolerance"), key=lambda name: document[name])
    decides = texts.say("page.profile.decides")
    assert f"{texts.say(f'page.profile.{lower}')}<small>{decides}</small>" in page
    assert page.count(f"<small>{decides}</small>") == 1
    assert page.count('class="score-bar') == 2
    assert page.count('class="score-bar deciding"') == 1
    assert texts.say(f"profile_level.{document['level']}") in page


def test_a_sum_of_points_is_one_bar_between_the_edges_of_its_form(
    world: PageWorld, browser: FlaskClient
) -> None:
    world.use_form((FIXTURES / "bank_sum.toml").read_text("utf-8"))
    form = world.app.extensions["robo"].reference.questionnaire
    page = assessed(browser, {question.id: question.options[1].id for question in form.questions})
    document = newest(world)
    assert document["scoring"] == "sum"
    level = sum(document["points"] >= edge for edge in form.edges) + 1
    assert rows(page) == {
        ZH.say("page.profile.points"): (ZH.number(document["points"]), f"C{level}")
    }
    assert page.count('class="score-bar') == 1
    ticks = re.findall(r'class="tick"[^>]*>([^<]+)<', page)
    assert ticks == [f"{edge:g}" for edge in form.edges]
    assert ZH.say("page.profile.rule_sum") in page
    assert ZH.say("page.profile.rule") not in page


def test_caps_outlook_and_history_are_told_in_words(world: PageWorld, browser: FlaskClient) -> None:
    page = assessed(browser, sheet_of() | {"q7": "a", "q19": "a"})
    document = newest(world)
    assert document["level"] == "C1"
    caps = [one for one in document["reasons"] if one["code"].startswith("profile.cap_")]
    assert caps
    assert document["outlook"]
    for statement in (*caps, *document["outlook"]):
        assert ZH.statement(statement) in page
    assert ZH.say("page.profile.outlook_note") in page
    assert ZH.date(document["assessed_on"]) in page


def test_flags_are_shown_with_what_happens_next(world: PageWorld, browser: FlaskClient) -> None:
    page = assessed(browser, sheet_of(), within=timedelta(seconds=20))
    flags = newest(world)["flags"]
    assert [flag["code"] for flag in flags] == ["review.k9_fast"]
    assert ZH.statement(flags[0]) in page
    assert ZH.say("page.profile.review_waits") in page


# ---- whether it holds --------------------------------------------------------------------------


def test_a_level_that_cools_off_is_announced_and_the_old_one_holds(
    world: PageWorld, browser: FlaskClient
) -> None:
    assessed(browser, sheet_of() | TIMID)
    world.clock.advance(timedelta(days=1))
    later = world.browser("client")
    page = assessed(later, sheet_of())
    old, new = (ZH.say(f"profile_level.{level}") for level in ("C2", "C4"))
    effective = ZH.instant(world.clock.now() + timedelta(days=1))
    announced = {"before": old, "after": new, "instant": effective}
    assert ZH.say("page.profile.state_pending", **announced) in page
    assert f'<p class="level-name">{old}</p>' in page
    home = read(later, HOME)
    assert ZH.say("page.profile.short.pending", level=new, instant=effective) in home
    assert f'action="{HOME}/diagnoses"' in home
    world.clock.advance(timedelta(days=1))
    latest = world.browser("client")
    page = read(latest, PROFILE)
    assert f'<p class="level-name">{new}</p>' in page
    assert ZH.say("page.profile.why_pending") not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_third_test_that_waits_is_not_called_a_rise_within_a_short_time(
    world: PageWorld, language: str
) -> None:
    for answers in (TIMID, TIMID, {}):
        page = assessed(world.browser("client"), sheet_of() | answers)
        world.clock.advance(timedelta(days=100))
    history = [one["code"] for one in newest(world)["flags"] if "k10" in one["code"]]
    assert history == ["review.k10_third_test"]
    assert ZH.say("page.profile.why_pending") in page
    said = Texts(language).say("page.profile.why_pending")
    assert not re.search("短时间|提高|升|short time|rose|higher", said)


def test_an_expired_result_says_so_and_offers_nothing_but_answering_again(
    world: PageWorld, browser: FlaskClient
) -> None:
    assessed(browser, sheet_of())
    assert f'action="{HOME}/diagnoses"' in read(browser, HOME)
    until = ZH.date(newest(world)["valid_until"])
    world.clock.advance(timedelta(days=366))
    later = world.browser("client")
    for address in (HOME, PROFILE):
        page = read(later, address)
        assert f'action="{HOME}/diagnoses"' not in page
        assert f'href="{HOME}/questionnaire"' in page
    assert ZH.say("page.profile.state_expired", date=until) in read(later, PROFILE)
    assert ZH.say("page.profile.short.expired") in read(later, HOME)


def test_without_a_result_the_page_leads_to_the_overview(browser: FlaskClient) -> None:
    assert browser.get(PROFILE).location == HOME
    assert f'href="{HOME}/questionnaire"' in read(browser, HOME)


# ---- the lift of the age cap -------------------------------------------------------------------


def test_a_lift_is_offered_by_the_advisor_and_confirmed_by_the_client(world: PageWorld) -> None:
    elder, advisor = world.browser("elder"), world.browser("advisor")
    page = assessed(elder, BOLD_ELDER, client=ELDER)
    level = ZH.say("profile_level.C4")
    assert f'<p class="level-name">{ZH.say("profile_level.C3")}</p>' in page
    assert ZH.say("page.profile.lift") not in page  # nothing to decide before it is offered
    seen = advisor.get(f"{ELDER_HOME}/profile")
    assert ZH.say("page.profile.lift_possible", level=level) in seen.text
    note = "谈了半小时，<b>清楚</b>风险。"
    done = send(advisor, f"{ELDER_HOME}/age-lift", page=seen, note=note)
    assert done.location == f"{ELDER_HOME}/profile"
    waits = advisor.get(done.location).text
    at = ZH.instant(world.clock.now())
    assert ZH.say("page.profile.lift_waits", level=level, date=at) in waits
    assert 'name="confirmed"' not in waits
    offer = elder.get(f"{ELDER_HOME}/profile")
    assert note in unescape(offer.text)
    assert note not in offer.text
    for part in ("swings", "recover", "free", "person"):
        assert ZH.say(f"page.profile.lift_warning.{part}") in offer.text
    assert 'type="checkbox" name="confirmed" value="yes">' in offer.text
    confirmation = f"{ELDER_HOME}/age-lift/confirmation"
    done = send(elder, confirmation, page=offer, confirmed="yes")
    assert done.location == f"{ELDER_HOME}/profile"
    page = read(elder, done.location)
    assert f'<p class="level-name">{level}</p>' in page
    assert ZH.say("page.profile.history_lift") in page
    assert confirmation not in page


def test_a_confirmation_without_the_box_lifts_nothing(world: PageWorld) -> None:
    elder, advisor = world.browser("elder"), world.browser("advisor")
    assessed(elder, BOLD_ELDER, client=ELDER)
    page = advisor.get(f"{ELDER_HOME}/profile")
    send(advisor, f"{ELDER_HOME}/age-lift", page=page, note="谈过了")
    offer = elder.get(f"{ELDER_HOME}/profile")
    for fields in ({}, {"confirmed": "no"}):
        refused = send(elder, f"{ELDER_HOME}/age-lift/confirmation", page=offer, **fields)
        assert refused.status_code == 422
        assert ZH.say("page.profile.lift_problem") in refused.text
    with world.store.engine.connect() as connection:
        assert connection.scalar(select(age_lift.c.confirmed_at)) is None
    assert newest(world)["level"] == "C3"


@pytest.mark.parametrize("note", ["", "  x ", "长" * 501])
def test_an_offer_without_a_proper_note_is_refused_and_keeps_what_was_written(
    world: PageWorld, note: str
) -> None:
    elder, advisor = world.browser("elder"), world.browser("advisor")
    assessed(elder, BOLD_ELDER, client=ELDER)
    page = advisor.get(f"{ELDER_HOME}/profile")
    refused = send(advisor, f"{ELDER_HOME}/age-lift", page=page, note=note)
    assert refused.status_code == 422
    assert f">{note}</textarea>" in refused.text
    with world.store.engine.connect() as connection:
        assert connection.execute(select(age_lift)).all() == []


def test_nobody_lifts_alone(world: PageWorld) -> None:
    elder, advisor = world.browser("elder"), world.browser("advisor")
    assessed(elder, BOLD_ELDER, client=ELDER)
    page = elder.get(ELDER_HOME)
    assert send(elder, f"{ELDER_HOME}/age-lift", page=page, note="我自己来").status_code == 403
    page = advisor.get(ELDER_HOME)
    address = f"{ELDER_HOME}/age-lift/confirmation"
    assert send(advisor, address, page=page, confirmed="yes").status_code == 403
    stranger = world.browser("stranger")
    page = stranger.get("/advisor")
    foreign = send(stranger, f"{ELDER_HOME}/age-lift", page=page, note="谈过了")
    assert foreign.status_code == 404
    with world.store.engine.connect() as connection:
        assert connection.execute(select(age_lift)).all() == []


def test_a_client_whose_age_caps_nothing_is_offered_no_lift(
    world: PageWorld, browser: FlaskClient
) -> None:
    assessed(browser, sheet_of())
    advisor = world.browser("advisor")
    page = advisor.get(PROFILE)
    assert ZH.say("page.profile.lift") not in page.text
    refused = send(advisor, f"{HOME}/age-lift", page=page, note="谈过了")
    assert refused.status_code == 409
    assert ZH.say("error.lift_not_allowed") in refused.text


def test_the_addresses_of_a_lift_may_be_read_and_lead_to_the_profile(
    world: PageWorld, browser: FlaskClient
) -> None:
    assert browser.get(f"{HOME}/age-lift/confirmation").location == PROFILE
    assert world.browser("advisor").get(f"{HOME}/age-lift").location == PROFILE
