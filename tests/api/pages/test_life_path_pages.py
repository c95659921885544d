"""The years ahead in the browser: made, read, asked about, and refused in words."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, NOW, PageWorld, open_world, send
from sqlalchemy import func, select

from allocator.life_cycle.needs import Goal
from allocator.money import Money
from api.callers import BANK
from api.client_file import Renewal
from api.services.assess import submit_answers
from api.services.clients import get_client, renew_facts
from api.store.tables import advice
from api.texts import Texts

HOME, ELDER_HOME = f"/clients/{CLIENT}", f"/clients/{ELDER}"
ASK = f"{HOME}/what-if"
EN = Texts("en")


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    """Open a bank whose young and whose retired client are assessed."""
    made = open_world(tmp_path)
    for client in (CLIENT, ELDER):
        assess(made, client)
    return made


def assess(world: PageWorld, client: str) -> None:
    here = world.app.extensions["robo"]
    record = get_client(world.store, world.clock, BANK, client_id=client)
    submit_answers(
        world.store,
        world.clock,
        here.reference,
        here.settings,
        BANK,
        client_id=client,
        answers=record.answers or {},
    )


def renew_goals(world: PageWorld, *goals: Goal) -> None:
    record = get_client(world.store, world.clock, BANK, client_id=CLIENT)
    facts = replace(record.facts, goals=goals)
    renewal = Renewal(facts, record.balance_sheet.debts, record.balance_sheet.policies)
    reference = world.app.extensions["robo"].reference
    renew_facts(world.store, world.clock, reference, BANK, client_id=CLIENT, renewal=renewal)


def make(browser: FlaskClient, home: str = HOME) -> str:
    made = send(browser, f"{home}/life-paths", page=browser.get(home))
    assert made.status_code == 303
    return str(made.location)


def ask(browser: FlaskClient, *, language: str = "en", **entries: str) -> tuple[int, str]:
    page = browser.get(f"{ASK}?{urlencode(entries | {'lang': language})}")
    return page.status_code, unescape(page.text)


def advice_count(world: PageWorld) -> int:
    with world.store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(advice)) or 0)


def rows_of(page: str) -> dict[str, list[str]]:
    """Return the rows of the comparison: what is and what would be, by name."""
    found = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    return {
        name: re.findall(r'<td class="number">(.*?)(?:<small>.*?)?</td>', cells)
        for name, cells in found
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_button_makes_one_and_leads_to_it(world: PageWorld, language: str) -> None:
    browser = world.browser("client")
    texts = Texts(language)
    assert texts.say("page.life.make") in browser.get(f"{HOME}?lang={language}").text
    where = make(browser)
    page = unescape(browser.get(f"{where}?lang={language}").text)
    assert advice_count(world) == 1
    assert texts.say("page.life.lasts.likely", age="95") in page
    assert texts.say("page.life.goal_likely") in page
    assert "首付储备" in page
    for figure in ("glide-path", "wealth-fan", "life-flows"):
        assert f'class="life-chart {figure}"' in page
    assert texts.say("page.life.status.unverified") in page
    assert texts.say("page.life.assume.wages") in page
    # The overview leads back to it, and so does the address of the newest.
    overview = unescape(browser.get(f"{HOME}?lang={language}").text)
    assert f'href="{where}"' in overview
    assert texts.say("page.life.again") in overview
    assert browser.get(f"{HOME}/life-path").location == where


def test_probabilities_are_whole_and_end_at_98_percent(world: PageWorld) -> None:
    page = world.browser("client").get(f"{make(world.browser('client'))}?lang=en").text
    shown = re.findall(r'<p class="goal-number">(.*?) <small>', page)
    assert len(shown) == 2
    assert re.fullmatch(r"\d\d%", shown[0])
    assert shown[1] == "above 98%"
    assert "100%" not in page.split("<h2>Retirement</h2>")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_goals_and_retirement_say_what_safe_investments_alone_would_cover(
    world: PageWorld, language: str
) -> None:
    renew_goals(
        world,
        Goal("near", Money.parse("600000"), date(2028, 11, 20)),
        Goal("late", Money.parse("1000"), date(2029, 11, 20)),
    )
    browser, texts = world.browser("client"), Texts(language)
    page = unescape(browser.get(f"{make(browser)}?lang={language}").text)
    near, late = re.findall(r"<h2>(?:near|late)</h2>(.*?)</section>", page, re.DOTALL)
    front, back = texts.say("page.life.funding.part", part="|").split("|")
    assert re.search(rf"{re.escape(front)}\d\d%{re.escape(back)}", near)
    spent = texts.say("page.life.funding.none")
    assert texts.say("page.life.funding", covered=spent) in late
    assert page.count(texts.say("page.life.funding_retirement", covered="|").split("|")[0]) == 1


def test_a_chinese_page_holds_no_english_prose(world: PageWorld) -> None:
    browser = world.browser("client")
    where = make(browser)
    page = unescape(browser.get(f"{where}?lang=zh").text)
    body = re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("</main>")[0])
    assert re.findall(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", body) == []
    assert "中国人身保险业经验生命表（2010-2013）养老类业务 CL5/CL6" in body
    assert "每两年一档" in body
    assert "CL5 men, CL6 women" in browser.get(f"{where}?lang=en").text


def test_a_level_that_may_buy_no_growth_is_said_once_and_limits_of_every_year_stay_folded(
    world: PageWorld,
) -> None:
    browser = world.browser("elder")
    page = unescape(browser.get(f"{make(browser, ELDER_HOME)}?lang=en").text)
    assert page.count("only buy products up to R2") == 1
    name = EN.say("limit.suitability")
    assert page.count(name) == 1
    assert f"<dt>{name}<span>" in page


def test_a_goal_out_of_reach_says_what_to_save_or_that_saving_is_not_enough(
    world: PageWorld,
) -> None:
    renew_goals(
        world,
        Goal("near", Money.parse("700000"), date(2036, 6, 30)),
        Goal("far", Money.parse("9000000"), date(2037, 6, 30)),
    )
    page = unescape(world.browser("client").get(f"{make(world.browser('client'))}?lang=en").text)
    near, far = re.findall(r"<h2>(?:near|far)</h2>(.*?)</section>", page, re.DOTALL)
    assert "below 2%" in far
    assert EN.say("page.life.no_saving") in far
    saving = EN.say("page.life.saving", amount="CN¥{}", probability="80%").split("{}")
    assert saving[0] in near
    assert EN.say("page.life.goals_none", count="2") in page


def test_the_share_moves_for_reasons_that_are_told(world: PageWorld) -> None:
    page = unescape(world.browser("client").get(f"{make(world.browser('client'))}?lang=en").text)
    moves = re.search(r'<ul class="plain-list moves">(.*?)</ul>', page, re.DOTALL)
    assert moves is not None
    for age, level in (("65", "C3"), ("75", "C2")):
        said = EN.say("page.life.why.age", age=age, level=EN.say(f"profile_level.{level}"))
        assert moves[1].count(said) == 1
    assert EN.say("page.life.why.goal", name="首付储备") in moves[1]
    assert EN.say("page.life.why.goal_paid", name="首付储备") in moves[1]


def test_a_retired_client_has_no_retirement_to_come_and_no_wage_to_change(
    world: PageWorld,
) -> None:
    browser = world.browser("elder")
    page = unescape(browser.get(f"{make(browser, ELDER_HOME)}?lang=en").text)
    assert EN.say("page.life.begins") not in page
    assert 'name="saving"' in page
    assert 'name="retirement_age"' not in page
    assert 'name="annual_income"' not in page
    answer = browser.get(f"{ELDER_HOME}/what-if?saving=300&lang=en")
    assert answer.status_code == 200
    refused = browser.get(f"{ELDER_HOME}/what-if?retirement_age=70&lang=en")
    assert refused.status_code == 422
    assert "retirement_age" in refused.text


def test_an_answer_sets_both_plans_side_by_side_and_stores_nothing(world: PageWorld) -> None:
    browser = world.browser("client")
    status, page = ask(browser, retirement_age="55", saving_way="more", saving="300")
    assert status == 200
    rows = rows_of(page)
    lasts = [int(cell.rstrip("%")) for cell in rows["Money lasts to 95"]]
    assert lasts[1] < lasts[0]
    assert rows["Saved a month now"] == ["CN¥3,200.00", "CN¥3,500.00"]
    assert rows["Retirement"] == ["1 May 2057", "14 May 2054"]
    assert rows["Pension a month"][0].startswith("CN¥")
    assert rows["Spending a month in retirement"][0].startswith("CN¥")
    assert "Retire at 55" in page
    assert EN.say("page.what_if.not_advice") in page
    assert 'class="life-chart what-if"' in page
    assert advice_count(world) == 0


def test_less_saving_and_a_dearer_goal_move_saving_and_chance(world: PageWorld) -> None:
    status, page = ask(
        world.browser("client"), saving_way="less", saving="1,000", goal_0_amount="400,000"
    )
    assert status == 200
    rows = rows_of(page)
    assert rows["Saved a month now"] == ["CN¥3,200.00", "CN¥2,200.00"]
    assert rows["Chance of “首付储备”"] == ["above 98%", "below 2%"]
    assert EN.say("page.what_if.lower") in page


def test_the_other_language_asks_the_same_question(world: PageWorld) -> None:
    page = world.browser("client").get(f"{ASK}?saving=300&retirement_age=%3Cb%3E&lang=en").text
    # The switch is a button of the form, which holds what was typed, sent or not.
    assert 'form="what-if" formnovalidate name="lang" value="zh"' in page
    assert 'name="saving" inputmode="decimal" autocomplete="off" value="300"' in page
    assert 'value="&lt;b&gt;"' in page


def test_moved_classes_are_shown_by_their_share(world: PageWorld) -> None:
    _, page = ask(world.browser("client"), goal_0_due="2028-06-30")
    moved = page.split(EN.say("page.what_if.classes"))[1].split("</section>")[0]
    for before, after in rows_of(moved).values():
        assert before != after


@pytest.mark.parametrize(
    ("entries", "field", "key", "values"),
    [
        ({"retirement_age": "20"}, "retirement_age", "age", {"lowest": "28", "highest": "85"}),
        ({"retirement_age": "27"}, "retirement_age", "age", {"lowest": "28", "highest": "85"}),
        ({"retirement_age": "86"}, "retirement_age", "age", {"lowest": "28", "highest": "85"}),
        ({"retirement_age": "6e1"}, "retirement_age", "age", {"lowest": "28", "highest": "85"}),
        ({"annual_income": "much"}, "annual_income", "annual_income", {}),
        ({"annual_income": "-1"}, "annual_income", "annual_income", {}),
        ({"saving": "1e3"}, "saving", "saving", {}),
        ({"saving": "-5"}, "saving", "saving", {}),
        ({"saving": "-5", "saving_way": "less"}, "saving", "saving", {}),
        ({"saving": "5", "saving_way": "maybe"}, "saving", "saving", {}),
        ({"saving_way": "maybe"}, "saving", "saving", {}),
        ({"goal_0_amount": "0"}, "goal_0_amount", "goal_amount", {}),
        ({"goal_0_amount": "-7"}, "goal_0_amount", "goal_amount", {}),
        ({"goal_0_due": "2026-11-20"}, "goal_0_due", "due", {"today": "2026-11-20"}),
        ({"goal_0_due": "30.6.2032"}, "goal_0_due", "due", {"today": "2026-11-20"}),
        ({"goal_0_due": "2032-02-30"}, "goal_0_due", "due", {"today": "2026-11-20"}),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_entry_stays_and_says_what_to_enter(
    world: PageWorld,
    language: str,
    entries: dict[str, str],
    field: str,
    key: str,
    values: dict[str, str],
) -> None:
    texts = Texts(language)
    status, page = ask(world.browser("client"), language=language, **entries)
    shown = {n: texts.date(v) if n == "today" else v for n, v in values.items()}
    said = texts.say(f"page.what_if.problem.{key}", **shown)
    assert status == 422
    assert f'<a href="#{field}">{said}</a>' in page
    assert f'<p class="field-error" id="{field}-error">{said}</p>' in page
    assert page.count("aria-invalid") == 1
    if field in entries:
        assert f'value="{entries[field]}"' in page


def test_more_than_can_be_spared_is_refused_with_what_can(world: PageWorld) -> None:
    facts = get_client(world.store, world.clock, BANK, client_id=CLIENT).facts
    spare = (facts.spending - facts.essential_spending).amount
    browser = world.browser("client")
    status, page = ask(browser, saving=str(spare + 1))
    assert status == 422
    assert EN.say("page.what_if.problem.spare", spare=EN.money(spare)) in page
    assert ask(browser, saving=str(spare))[0] == 200


@pytest.mark.parametrize(
    "entries",
    [{"saving": "0.00"}, {"annual_income": "132,000.00"}, {"retirement_age": "58"}, {"saving": ""}],
)
def test_a_question_that_changes_nothing_asks_for_a_change(
    world: PageWorld, entries: dict[str, str]
) -> None:
    status, page = ask(world.browser("client"), **entries)
    assert status == 422
    assert EN.say("page.what_if.problem.empty") in page


def test_a_name_that_the_form_does_not_have_is_refused_as_text(world: PageWorld) -> None:
    response = world.browser("client").get(f"{ASK}?goal_7_amount=5&%3Cb%3E=1&lang=en")
    assert response.status_code == 422
    assert "goal_7_amount" in response.text
    assert "<b>" not in response.text


def test_the_bare_form_is_filled_with_what_is(world: PageWorld) -> None:
    page = world.browser("client").get(ASK)
    assert page.status_code == 200
    for name, value in (
        ("retirement_age", "58"),
        ("annual_income", "132000"),
        ("saving", "0"),
        ("goal_0_amount", "180000"),
        ("goal_0_due", "2032-06-30"),
    ):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page.text), name


def test_outdated_facts_lead_to_the_overview_that_names_them(world: PageWorld) -> None:
    renew_goals(world, Goal("holiday", Money.parse("20000"), date(2026, 11, 25)))
    where = make(world.browser("client"))
    world.clock.set(NOW + timedelta(days=5))
    browser = world.browser("client")
    refused = send(browser, f"{HOME}/life-paths", page=browser.get("/how-it-works"))
    assert (refused.status_code, refused.location) == (303, HOME)
    asked = browser.get(f"{ASK}?saving=5")
    assert (asked.status_code, asked.location) == (303, HOME)
    # What was made stays readable, without the form that would lead nowhere.
    page = browser.get(f"{where}?lang=en").text
    assert EN.say("page.life.outdated") in page
    assert 'name="saving"' not in page
    assert f'action="{HOME}/life-paths"' not in browser.get(HOME).text
    assert advice_count(world) == 1


def test_without_an_assessment_there_is_nothing_to_make(tmp_path: Path) -> None:
    world = open_world(tmp_path)
    browser = world.browser("client")
    overview = browser.get(f"{HOME}?lang=en")
    assert f'action="{HOME}/life-paths"' not in overview.text
    assert EN.say("page.life.first") in overview.text
    refused = send(browser, f"{HOME}/life-paths", page=browser.get("/how-it-works"))
    assert refused.status_code == 409
    assert browser.get(f"{HOME}/life-path").location == HOME
    assert browser.get(f"{ASK}?saving=5").status_code == 409
    assert advice_count(world) == 0


def test_an_advisor_makes_and_reads_the_clients_and_nobody_elses(world: PageWorld) -> None:
    where = make(world.browser("advisor"))
    assert world.browser("advisor").get(where).status_code == 200
    assert world.browser("client").get(where).status_code == 200
    for user in ("stranger", "other"):
        assert world.browser(user).get(where).status_code == 404
        assert world.browser(user).get(f"{ASK}?saving=5").status_code == 404
    assert world.browser("quant").get(where).status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_what_if_names_the_figures_of_the_life_path_where_they_read_another_way(
    world: PageWorld, language: str
) -> None:
    browser, texts = world.browser("client"), Texts(language)
    # The chance that money lasts is then in the middle, where a thousand paths show their error.
    renew_goals(world, Goal("flat", Money.parse("620000.00"), date(2034, 6, 1)))
    alone = ask(browser, language=language, saving="100")[1]
    paths = texts.integer(20_000)
    assert paths not in alone
    page = browser.get(f"{make(browser)}?lang={language}").text
    there = re.findall(r'<p class="goal-number">(.*?) <small>', page)
    asked = ask(browser, language=language, saving="100")[1]
    here = [cells[0] for cells in list(rows_of(asked).values())[:2]]
    assert here != there
    told = re.findall(rf"{paths}.*?</p>", asked)
    assert len(told) == 1
    for was, is_there in zip(here, there, strict=True):
        assert (is_there in told[0]) == (was != is_there)
    # Of another plan it would say nothing about this one.
    renew_goals(world, Goal("flat", Money.parse("600000.00"), date(2034, 6, 1)))
    assert paths not in ask(browser, language=language, saving="100")[1]
