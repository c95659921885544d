"""The journeys through the pages, without a browser: what is shown, to whom, and what changes."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import (
    CLIENT,
    NOW,
    OTHER,
    PageWorld,
    hidden,
    keep,
    open_world,
    send,
    sheet_of,
    submit,
)
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from api.store.records import Reminder, ReminderStatus
from api.store.tables import advice, bundle, holding, order
from api.texts import Texts

HOME = f"/clients/{CLIENT}"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def count(world: PageWorld, table: object) -> int:
    with world.store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)  # type: ignore[arg-type]


def assessed(browser: FlaskClient) -> TestResponse:
    keep(browser, sheet_of())
    return submit(browser)


def proposed(world: PageWorld, browser: FlaskClient) -> TestResponse:
    assert assessed(browser).status_code == 303
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    assert made.status_code == 303
    return browser.get(made.location)


def pressed(browser: FlaskClient, page: TestResponse, **fields: str) -> TestResponse:
    sent = {name: hidden(page, name) for name in ("idempotency_key", "proposal_hash")}
    return send(browser, f"{page.request.path}/accept", page=page, **(sent | fields))


def test_a_client_walks_from_the_questionnaire_to_the_orders(world: PageWorld) -> None:
    browser = world.browser("client")
    answer = assessed(browser)
    assert answer.location == f"{HOME}/profile"
    assert "C" in browser.get(answer.location).text
    made = send(browser, f"{HOME}/diagnoses", page=browser.get(HOME))
    assert '<svg class="radar"' in browser.get(made.location).text
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    page = browser.get(made.location)
    done = pressed(browser, page, consent="yes")
    assert done.status_code == 303
    assert browser.get(done.location).status_code == 200
    for address in ("/orders", "/holdings", "/reminders", "/diagnosis", "/proposal", ""):
        assert browser.get(HOME + address, follow_redirects=True).status_code == 200


def test_the_button_without_consent_orders_nothing(world: PageWorld) -> None:
    browser = world.browser("client")
    answer = pressed(browser, proposed(world, browser))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert count(world, bundle) == 0


def test_pressing_the_button_twice_orders_once(world: PageWorld) -> None:
    browser = world.browser("client")
    page = proposed(world, browser)
    first = pressed(browser, page, consent="yes")
    orders = count(world, order)
    second = pressed(browser, page, consent="yes")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert (count(world, bundle), count(world, order)) == (1, orders)


def test_an_advisor_sees_everything_of_the_own_book_but_never_the_button(
    world: PageWorld,
) -> None:
    browser, advisor = world.browser("client"), world.browser("advisor")
    address = proposed(world, browser).request.path
    page = advisor.get(address)
    assert page.status_code == 200
    assert "idempotency_key" not in page.text
    assert CLIENT in advisor.get("/advisor").text
    answer = send(advisor, f"{address}/accept", page=page, consent="yes")
    assert answer.status_code == 403
    assert advisor.get(f"{HOME}/questionnaire").status_code == 403
    assert count(world, bundle) == 0


def test_a_look_by_the_advisor_or_at_the_overview_does_not_present_a_proposal(
    world: PageWorld,
) -> None:
    browser, advisor = world.browser("client"), world.browser("advisor")
    assert assessed(browser).status_code == 303
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    advisor.get(made.location)
    browser.get(HOME)
    with world.store.engine.connect() as connection:
        assert connection.scalar(select(advice.c.status)) == "ready"


@pytest.mark.parametrize(
    "page", ["", "/profile", "/questionnaire", "/orders", "/holdings", "/reminders", "/diagnosis"]
)
def test_another_client_and_a_missing_client_look_the_same(world: PageWorld, page: str) -> None:
    browser = world.browser("client")
    foreign = browser.get(f"/clients/{OTHER}{page}")
    missing = browser.get(f"/clients/nobody{page}")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text


def test_advice_of_another_client_is_not_found(world: PageWorld) -> None:
    browser, other = world.browser("client"), world.browser("other")
    address = proposed(world, browser).request.path
    assert other.get(address).status_code == 404
    page = other.get(f"/clients/{OTHER}")
    fields = {"consent": "yes", "idempotency_key": "k", "proposal_hash": "h"}
    answer = send(other, f"{address}/accept", page=page, **fields)
    assert answer.status_code == 404


def test_a_quant_sees_the_market_and_no_client(world: PageWorld) -> None:
    browser = world.browser("quant")
    assert browser.get("/", follow_redirects=True).request.path == "/market"
    assert browser.get(HOME).status_code == 403
    assert browser.get("/advisor").status_code == 403
    assert browser.get("/reminders").status_code == 403


def test_anybody_may_read_how_it_works(world: PageWorld) -> None:
    assert world.browser().get("/how-it-works?lang=en").status_code == 200


def test_a_plan_before_the_questionnaire_is_refused_in_words(world: PageWorld) -> None:
    browser = world.browser("client")
    answer = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    assert answer.status_code == 409
    assert "not_assessed" in answer.text
    assert count(world, advice) == 0


def test_the_calendar_moves_in_a_demonstration_only(world: PageWorld) -> None:
    browser = world.browser("client")
    assert send(browser, "/demo/next-day", page=browser.get(HOME)).status_code == 404


def remind(world: PageWorld) -> None:
    statement = {
        "code": "reminder.drift",
        "severity": "notice",
        "dimension": None,
        "evidence": {
            "drift": {"kind": "percent", "value": "0.1"},
            "gain": {"kind": "money", "value": "300.00"},
            "cost": {"kind": "money", "value": "12.00"},
        },
    }
    document = {"statement": statement, "gain": "300.00", "cost": "12.00"}
    with world.store.begin() as uow:
        uow.reminders.add(
            Reminder(
                id="reminder-1",
                client_id=CLIENT,
                day=date(2026, 11, 20),
                kind="drift",
                status=ReminderStatus.OPEN,
                document=json.dumps(document),
                created_at=NOW,
            )
        )
        uow.commit()


def test_a_reminder_shows_gain_and_cost_and_can_be_dismissed_once(world: PageWorld) -> None:
    remind(world)
    browser = world.browser("client")
    page = browser.get(f"{HOME}/reminders?lang=en")
    assert "CN¥300.00" in page.text
    assert "CN¥12.00" in page.text
    address = "/reminders/reminder-1/dismiss"
    assert send(browser, address, page=page).location == f"{HOME}/reminders"
    assert "/dismiss" not in browser.get(f"{HOME}/reminders").text
    assert send(browser, address, page=page).status_code == 409


def test_an_advisor_finds_the_name_beside_each_reminder_and_a_stranger_finds_none(
    world: PageWorld,
) -> None:
    remind(world)
    assert f'<a href="{HOME}">' in world.browser("advisor").get("/reminders").text
    other = world.browser("other")
    page = other.get(f"/clients/{OTHER}")
    assert send(other, "/reminders/reminder-1/dismiss", page=page).status_code == 404


def test_the_overview_says_when_the_holdings_have_moved_since_the_diagnosis(
    world: PageWorld,
) -> None:
    browser = world.browser("client")
    assert assessed(browser).status_code == 303
    send(browser, f"{HOME}/diagnoses", page=browser.get(HOME))
    stale = Texts("zh").say("page.overview.stale")
    assert stale not in browser.get(HOME).text
    with world.store.engine.begin() as connection:
        moved = holding.c.amount_minor * 2
        connection.execute(update(holding).values(amount_minor=moved))
    assert stale in browser.get(HOME).text


def test_an_expired_proposal_offers_a_new_one_instead_of_the_button(world: PageWorld) -> None:
    browser = world.browser("client")
    page = proposed(world, browser)
    world.clock.advance(timedelta(hours=24))
    browser = world.browser("client")
    late = browser.get(page.request.path)
    assert "idempotency_key" not in late.text
    assert f'action="{HOME}/proposals"' in late.text
    fields = {name: hidden(page, name) for name in ("idempotency_key", "proposal_hash")}
    answer = send(browser, f"{page.request.path}/accept", page=late, consent="yes", **fields)
    assert answer.status_code == 410
    assert count(world, bundle) == 0


def test_the_range_shown_is_the_mean_and_its_deviations_of_the_document(world: PageWorld) -> None:
    browser = world.browser("client")
    page = proposed(world, browser)
    with world.store.engine.connect() as connection:
        stored = connection.scalar(select(advice.c.document).where(advice.c.kind == "proposal"))
    after = json.loads(str(stored))["after"]
    shown = re.search(r"<dd>(-?[\d.]+)% 至 (-?[\d.]+)%", page.text)
    assert shown is not None
    spread = 1.645 * after["volatility"]
    expected = [100 * (after["expected_return"] + sign * spread) for sign in (-1, 1)]
    assert [float(bound) for bound in shown.groups()] == pytest.approx(expected, abs=0.0051)
