"""What a page offers leads on: orders under way, nothing to allocate, a plan that was replaced."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, NOW, PageWorld, hidden, keep, open_world, send, sheet_of, submit
from werkzeug.test import TestResponse

from allocator.balance_sheet import BalanceSheet
from allocator.money import ZERO
from api.callers import Caller, Role
from api.pages.timeline import timeline
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user
from api.texts import Texts

HOME = f"/clients/{CLIENT}"
ORDERS = f"{HOME}/orders"
EN = Texts("en")
OWNER = Caller(user_id="user-of-the-client", role=Role.CLIENT, client_id=CLIENT)


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


@pytest.fixture
def browser(world: PageWorld) -> FlaskClient:
    browser = world.browser("client")
    keep(browser, sheet_of())
    assert submit(browser).status_code == 303
    browser.get("/how-it-works?lang=en")
    return browser


def propose(browser: FlaskClient) -> str:
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    assert made.status_code == 303
    return str(made.location)


def accept(browser: FlaskClient, address: str, page: TestResponse) -> TestResponse:
    return send(
        browser,
        f"{address}/accept",
        page=page,
        consent="yes",
        proposal_hash=hidden(page, "proposal_hash"),
        idempotency_key=hidden(page, "idempotency_key"),
    )


def buy(browser: FlaskClient) -> str:
    address = propose(browser)
    done = accept(browser, address, browser.get(address))
    assert done.status_code == 303
    return str(done.location)


def test_while_orders_are_under_way_no_page_offers_a_new_plan_but_all_lead_to_the_orders(
    browser: FlaskClient,
) -> None:
    offer = f'action="{HOME}/proposals"'
    diagnosed = send(browser, f"{HOME}/diagnoses", page=browser.get(HOME)).location
    replaced = propose(browser)
    assert offer in browser.get(HOME).text
    assert offer in browser.get(diagnosed).text
    buy(browser)
    for address in (HOME, diagnosed, replaced):
        page = browser.get(address).text
        assert offer not in page
    for address in (HOME, diagnosed):
        page = browser.get(address).text
        assert EN.say("page.overview.orders_first") in page
        assert f'href="{ORDERS}"' in page.split(EN.say("page.overview.orders_first"))[1]


def test_a_refusal_for_orders_under_way_leads_to_them(browser: FlaskClient) -> None:
    home = browser.get(HOME)
    buy(browser)
    refused = send(browser, f"{HOME}/proposals", page=home)
    assert refused.status_code == 409
    assert f'href="{ORDERS}">{EN.say("page.proposal.to_orders")}' in refused.text


def test_a_diagnosis_says_how_much_of_the_account_waits_for_orders(
    world: PageWorld, browser: FlaskClient
) -> None:
    before = send(browser, f"{HOME}/diagnoses", page=browser.get(HOME)).location
    world.clock.advance(timedelta(minutes=1))
    buy(browser)
    world.clock.advance(timedelta(minutes=1))
    after = send(browser, f"{HOME}/diagnoses", page=browser.get(HOME)).location
    with world.store.read() as uow:
        reserved = uow.ledger.cash(OWNER, CLIENT).reserved
    assert reserved > ZERO
    said = EN.say("page.diagnosis.reserved", amount=EN.money(reserved.amount))
    assert said in browser.get(after).text
    assert "Of the demand deposits" not in browser.get(before).text


def test_a_client_with_nothing_is_told_how_holdings_get_here(world: PageWorld) -> None:
    (record,) = [
        r
        for r in load_sample_book(world.app.extensions["robo"].reference.shelf)
        if r.client_id == "entrepreneur"
    ]
    sheet = record.balance_sheet
    nothing = BalanceSheet(as_of=sheet.as_of, holdings=(), debts=(), policies=())
    register_client(world.store, world.clock, None, replace(record, balance_sheet=nothing))
    world.tokens["poor"] = add_user(
        world.store, world.clock, name="Wu", role=Role.CLIENT, client_id="entrepreneur"
    )
    browser, home = world.browser("poor"), "/clients/entrepreneur"
    keep(browser, sheet_of("entrepreneur"), client="entrepreneur")
    assert submit(browser, client="entrepreneur").status_code == 303
    assert send(browser, f"{home}/diagnoses", page=browser.get(home)).status_code == 303
    page = browser.get(f"{home}?lang=en").text
    assert EN.say("page.overview.nothing_held") in page
    assert f'action="{home}/proposals"' not in page


def test_a_replaced_plan_names_the_newest(browser: FlaskClient) -> None:
    first, second = propose(browser), propose(browser)
    assert first != second
    page = browser.get(first).text
    assert page.count(f'href="{second}"') == 2
    assert EN.say("page.proposal.newer") in page
    assert EN.say("page.proposal.newer") not in browser.get(second).text


def test_accepting_a_replaced_plan_orders_nothing_and_leads_to_the_newest(
    world: PageWorld, browser: FlaskClient
) -> None:
    first = propose(browser)
    seen_in_a_second_tab = browser.get(first)
    second = propose(browser)
    refused = accept(browser, first, seen_in_a_second_tab)
    assert refused.status_code == 409
    assert EN.say("page.proposal.not_ordered.proposal_superseded") in refused.text
    assert f'href="{second}"' in refused.text
    assert EN.say("page.orders.none") in browser.get(ORDERS).text


def test_accepting_an_expired_plan_orders_nothing_and_offers_another(
    world: PageWorld, browser: FlaskClient
) -> None:
    address = propose(browser)
    page = browser.get(address)
    world.clock.advance(timedelta(hours=25))
    signed_in_again = world.browser("client")
    fresh = signed_in_again.get(HOME)
    refused = send(
        signed_in_again,
        f"{address}/accept?lang=en",
        page=fresh,
        consent="yes",
        proposal_hash=hidden(page, "proposal_hash"),
        idempotency_key=hidden(page, "idempotency_key"),
    )
    assert refused.status_code == 410
    assert EN.say("page.proposal.not_ordered.proposal_expired") in refused.text
    assert f'action="{HOME}/proposals"' in refused.text


@pytest.mark.parametrize("status", ["planned", "sending"])
def test_a_purchase_that_waits_for_a_sale_says_so_and_names_no_day(status: str) -> None:
    bundle = {"created_at": NOW.isoformat()}
    waiting = {"status": status, "trade_date": None, "confirm_date": None}
    keys = [step.key for step in timeline(waiting, bundle)]
    assert keys[1:] == ["page.orders.step_waiting", "page.orders.step_later"]
    day = date(2026, 11, 20).isoformat()
    sent = timeline({"status": status, "trade_date": day, "confirm_date": day}, bundle)
    assert [step.day for step in sent] == [None, day, day]


def test_the_orders_of_a_plan_with_sales_say_which_purchases_wait(browser: FlaskClient) -> None:
    page = browser.get(buy(browser)).text
    waiting = page.count(EN.say("page.orders.step_waiting"))
    assert waiting == page.count(EN.say("page.orders.step_later"))
    assert waiting > 0
