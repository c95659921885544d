"""What pages call a client, an income to come, a home, and the index: one thing, one word."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import CLIENT, ELDER, PageWorld, keep, open_world, send, sheet_of, submit

from api.texts import Language, Texts


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def page_of(browser: FlaskClient, address: str, language: str) -> str:
    return unescape(browser.get(f"{address}?lang={language}").text)


def diagnosed(world: PageWorld, *, user: str, client: str, language: str) -> str:
    browser = world.browser(user)
    keep(browser, sheet_of(client), client=client)
    assert submit(browser, client=client).status_code == 303
    home = f"/clients/{client}"
    made = send(browser, f"{home}/diagnoses", page=browser.get(home))
    assert made.status_code == 303
    return page_of(browser, made.location, language)


def note_of(page: str, label: str) -> str:
    """Return the note next to a figure."""
    found = re.search(rf"<dt>{re.escape(label)}</dt><dd>[^<]+<small>(.*?)</small>", page)
    assert found is not None, label
    return found[1]


@pytest.mark.parametrize("language", Language)
def test_a_client_is_greeted_and_an_advisor_reads_of_a_third_person(
    world: PageWorld, language: str
) -> None:
    texts, home = Texts(language), f"/clients/{CLIENT}"
    pages = {user: page_of(world.browser(user), home, language) for user in ("client", "advisor")}
    (own,), (other,) = (re.findall(r"<h1>(.*?)</h1>", page) for page in pages.values())
    name = own.removesuffix("，您好").removeprefix("Hello, ")
    assert own == texts.say("page.overview.greeting", name=name)
    assert other == texts.say("page.overview.greeting_advisor", name=name)
    assert not re.search("您|Hello", other)
    assert texts.say("page.overview.lead_advisor") in pages["advisor"]
    assert texts.say("page.overview.lead") not in pages["advisor"]
    assert texts.say("page.overview.step_proposal_note_advisor") in pages["advisor"]
    assert texts.say("page.overview.step_proposal_note") in pages["client"]


@pytest.mark.parametrize("language", Language)
def test_income_to_come_ends_with_retirement_or_is_a_pension(
    world: PageWorld, language: str
) -> None:
    texts = Texts(language)
    label = texts.say("page.needs.human_capital")
    young = diagnosed(world, user="client", client=CLIENT, language=language)
    assert re.search(r"\d\d", note_of(young, label))
    old = diagnosed(world, user="elder", client=ELDER, language=language)
    assert note_of(old, label) == texts.say("page.needs.human_capital_note_retired")
    assert not re.search(r"\d", note_of(old, label))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("住房贷款", "自住房", "偏低")), ("en", ("mortgage", "home", "low"))],
)
def test_net_worth_says_beside_itself_that_the_mortgage_counts_and_the_home_does_not(
    world: PageWorld, language: str, words: tuple[str, ...]
) -> None:
    page = diagnosed(world, user="client", client=CLIENT, language=language)
    note = note_of(page, Texts(language).say("page.diagnosis.net_worth"))
    assert all(word in note for word in words)


@pytest.mark.parametrize("language", Language)
def test_the_index_and_the_growth_share_have_one_name(language: str) -> None:
    texts = Texts(language)
    assert texts.say("page.what_if.index") == texts.say("page.index.title")
    growth = {"zh": "成长类", "en": "rowth"}[language]
    for key in ("limit.risky_share", "page.life.limit.risky_share", "conflict.risky_share"):
        assert growth in texts.say(key)
    shares = {"limit": "1", "price": "2", "total": "3", "wanted": "4", "granted": "5"}
    for code in ("reason.risky_share_cap", "relaxed.risky_share", "price.total.risky_share"):
        assert growth in texts.say(code, **shares)


@pytest.mark.parametrize(("language", "never"), [("zh", "始终低于"), ("en", "always stays below")])
def test_what_counts_of_income_is_said_to_count_less_and_less(language: str, never: str) -> None:
    # 485,112.63 of 1,232,000 beside assets of 800,000: no "because it is no more than your assets".
    evidence = {"amount": "a", "counted": "c", "share": "s", "alone": "o"}
    said = Texts(language).say("reason.life_cycle_more", **evidence)
    assert never in said
    assert not re.search("因为|because", said)


def test_a_debt_that_ends_is_no_underpayment() -> None:
    said = Texts("zh").say("page.life.event.debt_repaid", name="房贷", amount="¥1.00")
    assert "少还" not in said
    assert "少支出 ¥1.00" in said


def test_a_level_stands_apart_from_the_words_before_it() -> None:
    said = Texts("zh").say("page.life.why.age", age="65", level="C3 平衡型")
    assert said.endswith("降为 C3 平衡型。")
