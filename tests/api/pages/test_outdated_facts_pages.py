"""A client whose facts have aged reads what to renew, in words, instead of an error page."""

from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from page_world import CLIENT, NOW, PageWorld, open_world, send
from sqlalchemy import func, select

from allocator.life_cycle.needs import Goal
from allocator.money import Money
from api.callers import BANK
from api.client_file import Renewal
from api.pages.facts import outdated_facts
from api.services.assess import submit_answers
from api.services.clients import get_client, renew_facts
from api.store.tables import advice
from api.texts import Texts
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters

HOME = f"/clients/{CLIENT}"
TODAY = date(2026, 11, 20)
PARAMETERS = load_default_life_cycle_parameters()
HOLIDAY = Goal("<b>假期</b>", Money.parse("20000"), date(2026, 11, 25))


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    """Open a bank whose client is assessed and has a goal due in five days."""
    made = open_world(tmp_path)
    here = made.app.extensions["robo"]
    record = get_client(made.store, made.clock, BANK, client_id=CLIENT)
    facts = replace(record.facts, goals=(HOLIDAY,))
    renewal = Renewal(facts, record.balance_sheet.debts, record.balance_sheet.policies)
    renew_facts(made.store, made.clock, here.reference, BANK, client_id=CLIENT, renewal=renewal)
    submit_answers(
        made.store,
        made.clock,
        here.reference,
        here.settings,
        BANK,
        client_id=CLIENT,
        answers=record.answers or {},
    )
    return made


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("asked", ["diagnoses", "proposals"])
def test_a_refusal_for_outdated_facts_leads_to_an_overview_that_names_them(
    world: PageWorld, language: str, asked: str
) -> None:
    browser = world.browser("client")
    fresh = browser.get(HOME)
    world.clock.set(NOW + timedelta(days=5))
    browser = world.browser("client")
    answer = send(browser, f"{HOME}/{asked}", page=browser.get("/how-it-works"))
    assert (answer.status_code, answer.location) == (303, HOME)
    page = browser.get(f"{HOME}?lang={language}")
    texts = Texts(language)
    said = unescape(page.text)
    for sentence in (
        texts.say("reminder.facts", count="1"),
        texts.say("page.facts.goal", name=HOLIDAY.name, date=texts.date(HOLIDAY.due)),
        texts.say("page.facts.ask_advisor"),
    ):
        assert sentence in said
    assert HOLIDAY.name not in page.text
    assert f'action="{HOME}/diagnoses"' in fresh.text
    assert f'action="{HOME}/diagnoses"' not in page.text
    with world.store.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(advice)) == 0


def test_an_advisor_reads_where_to_renew_instead_of_whom_to_ask(world: PageWorld) -> None:
    world.clock.set(NOW + timedelta(days=5))
    page = world.browser("advisor").get(f"{HOME}?lang=en")
    assert f"PUT /v1/clients/{CLIENT}/facts" in page.text
    assert Texts("en").say("page.facts.ask_advisor") not in page.text


def test_facts_that_hold_are_not_mentioned(world: PageWorld) -> None:
    page = world.browser("client").get(HOME)
    assert 'role="alert"' not in page.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_outdated_fact_gets_a_sentence_of_its_own(world: PageWorld, language: str) -> None:
    texts = Texts(language)
    facts = get_client(world.store, world.clock, BANK, client_id=CLIENT).facts
    facts = replace(facts, retirement_age=60)
    old = facts.birth_date.replace(year=facts.birth_date.year + 111)
    said = outdated_facts(facts, today=old, parameters=PARAMETERS, texts=texts)
    assert said == (
        texts.say("page.facts.other", field="/facts/birth_date"),
        texts.say("page.facts.retirement_age", age="60"),
        texts.say("page.facts.goal", name=HOLIDAY.name, date=texts.date(HOLIDAY.due)),
    )
    assert outdated_facts(facts, today=TODAY, parameters=PARAMETERS, texts=texts) == ()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_income_without_end_is_told_apart_from_a_planned_age_that_has_come(
    world: PageWorld, language: str
) -> None:
    texts = Texts(language)
    facts = get_client(world.store, world.clock, BANK, client_id=CLIENT).facts
    old = facts.birth_date.replace(year=facts.birth_date.year + 70)
    still_earning = replace(facts, goals=(), dependants=(), retirement_age=None)
    said = outdated_facts(still_earning, today=old, parameters=PARAMETERS, texts=texts)
    assert said == (texts.say("page.facts.endless_income"),)
