"""The journeys in a real browser: on a phone and a desk, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served_bank import (
    CLIENT,
    SHEET,
    ServedBank,
    Watched,
    launched,
    require_browser,
    served,
    watched,
)
from sqlalchemy import func, select

from api.store.tables import bundle, order

PHONE, DESK = 390, 1280
MOST_DAYS = 8


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(require_browser()) as running:
        yield running


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ServedBank]:
    require_browser()
    with served(tmp_path) as running:
        yield running


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_client_goes_from_the_questionnaire_to_new_holdings(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    bank.keep_draft(SHEET)
    with watched(browser, bank, width=width) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language=language)
        page.wait_for_url(f"**/clients/{CLIENT}")
        seen.check()
        page.click(f"a[href='/clients/{CLIENT}/questionnaire']")
        seen.check()
        page.click("main a.primary")
        page.wait_for_url("**/answers")
        seen.check()
        page.click("main .submit button")
        page.wait_for_url("**/profile")
        assert re.match(r"C[1-5] ", page.locator(".level-name").inner_text())
        seen.check()
        page.click("form[action$=diagnoses] button")
        page.wait_for_url("**/diagnoses/*")
        assert page.locator("svg.radar").is_visible()
        seen.check()
        page.click("form[action$=proposals] button")
        page.wait_for_url("**/proposals/*")
        planned = page.locator("ol.orders > li").count()
        assert planned > 0
        seen.check()
        page.check("input[name=consent]")
        page.click("form[action$=accept] button")
        page.wait_for_url("**/bundles/*")
        assert page.locator("ol.orders > li").count() == planned
        seen.check()
        for _ in range(MOST_DAYS):
            page.click(".demo button")
            page.wait_for_url("**/orders")
            seen.check()
            if page.locator(".timeline li.now").count() == 0:
                break
        assert page.locator(".timeline li.done:last-child").count() == planned
        page.goto(f"{bank.address}/clients/{CLIENT}/holdings")
        assert page.locator(".rows li").count() > 0
        seen.check()
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en")


def test_a_double_click_on_the_button_makes_one_bundle(browser: Browser, bank: ServedBank) -> None:
    bank.keep_draft(SHEET)
    with watched(browser, bank, width=PHONE) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language="zh")
        page.goto(f"{bank.address}/clients/{CLIENT}/answers")
        page.click("main .submit button")
        page.goto(f"{bank.address}/clients/{CLIENT}")
        page.click("form[action$=diagnoses] button")
        page.click("form[action$=proposals] button")
        planned = page.locator("ol.orders > li").count()
        page.check("input[name=consent]")
        page.dblclick("form[action$=accept] button")
        page.wait_for_url("**/bundles/*")
        seen.check()
    with bank.store.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(bundle)) == 1
        assert connection.scalar(select(func.count()).select_from(order)) == planned


def test_a_question_without_an_answer_says_so_and_takes_the_focus(
    browser: Browser, bank: ServedBank
) -> None:
    with watched(browser, bank, width=PHONE) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language="en")
        page.goto(f"{bank.address}/clients/{CLIENT}/questionnaire/q3")
        page.click("button[value=next]")
        assert page.locator(".field-error").is_visible()
        assert page.evaluate("document.activeElement.id") == "problems"
        assert page.url.endswith("/q3")
        # The browser itself notes the answer 422 on its console.
        seen.complaints = [c for c in seen.complaints if "422" not in c]
        seen.check()


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
def test_a_client_answers_every_question_leaves_comes_back_and_is_asked_again(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    # Accepts almost no loss and chooses the boldest portfolio.
    sheet = SHEET | {"q9": "a", "q11": "e"}
    half = list(sheet)[:10]
    with watched(browser, bank, width=width) as seen:
        seen.sign_in(bank.tokens["client"], language=language)
        seen.page.goto(f"{bank.address}/clients/{CLIENT}/questionnaire")
        seen.check()
        seen.page.click("main a.primary")
        assert answer_pages(seen, {name: sheet[name] for name in half}) == half
        seen.page.click("button[value=back]")
        assert chosen(seen) == [sheet[half[-1]]]
    with watched(browser, bank, width=width) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language=language)
        page.click(f"a[href='/clients/{CLIENT}/questionnaire']")
        seen.check()
        page.click("main a.primary")
        assert answer_pages(seen, sheet) == list(sheet)[10:]
        assert page.url.endswith("/answers")
        seen.check()
        page.click("main .submit button")
        names = page.eval_on_selector_all(
            "input[type=radio]", "radios => [...new Set(radios.map(r => r.name))]"
        )
        assert names == ["q11"]
        assert chosen(seen) == []
        seen.check()
        page.check("input[name=q11][value=b]")
        page.click(".pager button")
        page.wait_for_url("**/profile")
        assert page.locator("svg.levels").is_visible()
        assert page.locator(".score-bar").count() == 2
        page.click("summary")
        assert page.locator(".score-table").is_visible()
        seen.check()


def answer_pages(seen: Watched, sheet: dict[str, str]) -> list[str]:
    """Answer the pages that come while the sheet knows their question; return the questions."""
    page = seen.page
    asked: list[str] = []
    while (name := page.url.rsplit("/", 1)[1]) in sheet:
        assert chosen(seen) == []
        seen.check()
        if asked:
            page.check(f"input[value={sheet[name]}]")
            page.click("button[value=next]")
        else:  # with the keyboard alone
            page.locator(f"input[value={sheet[name]}]").focus()
            page.keyboard.press("Space")
            with page.expect_navigation():
                page.keyboard.press("Enter")
        asked.append(name)
    return asked


def chosen(seen: Watched) -> list[str]:
    return [str(i.get_attribute("value")) for i in seen.page.locator("input:checked").all()]


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
def test_an_advisor_reviews_what_a_client_answered(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    bank.keep_draft(SHEET)
    with watched(browser, bank, width=PHONE) as seen:
        seen.sign_in(bank.tokens["client"], language="zh")
        seen.page.goto(f"{bank.address}/clients/{CLIENT}/answers")
        seen.page.click("main .submit button")  # in less than a minute, which is flagged
    with watched(browser, bank, width=width) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["advisor"], language=language)
        seen.check()
        page.click("a[href^='/reviews/']")
        assert page.locator(".answers li").count() == len(SHEET)
        seen.check()
        page.check("input[value=confirmed]")
        page.fill("#note", "We talked about it.")
        page.click("form[action^='/reviews/'] button")
        page.wait_for_url("**/advisor")
        assert page.locator("a[href^='/reviews/']").count() == 0
        seen.check()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_advisor_reads_the_book_and_cannot_order(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    with watched(browser, bank, width=width) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["advisor"], language=language)
        page.wait_for_url("**/advisor")
        assert page.locator("li.client").count() >= 12
        seen.check()
        page.click(f"a[href='/clients/{CLIENT}']")
        assert page.locator(".viewing").is_visible()
        seen.check()
        for path in ("/orders", "/holdings", "/reminders"):
            page.goto(f"{bank.address}/clients/{CLIENT}{path}")
            assert page.locator("form[action$=accept]").count() == 0
            seen.check()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_pages_about_nobody_fit_and_load_nothing_from_elsewhere(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    with watched(browser, bank, width=width) as seen:
        seen.sign_in(bank.tokens["quant"], language=language)
        for path in ("/market", "/how-it-works"):
            seen.page.goto(f"{bank.address}{path}")
            for summary in seen.page.locator("summary").all():
                summary.click()
            seen.check()


def test_everything_on_a_page_can_be_reached_and_pressed_with_a_thumb(
    browser: Browser, bank: ServedBank
) -> None:
    small = """() => [...document.querySelectorAll('button, .button, .tabs a, .option, summary')]
        .filter(e => e.getBoundingClientRect().height < 44 && e.getBoundingClientRect().height > 0)
        .map(e => e.textContent.trim())"""
    with watched(browser, bank, width=PHONE) as seen:
        seen.sign_in(bank.tokens["client"], language="zh")
        bank.keep_draft(SHEET)
        answering = ("/questionnaire", "/questionnaire/q9", "/answers")
        for path in ("", *answering, "/orders", "/holdings", "/reminders"):
            seen.page.goto(f"{bank.address}/clients/{CLIENT}{path}")
            assert seen.page.evaluate(small) == []
            seen.check()
