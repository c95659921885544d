"""The years ahead in a real browser: made with a button, read, and asked about without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from served_bank import CLIENT, SHEET, ServedBank, launched, require_browser, served, watched

from api.callers import BANK
from api.clock import SystemClock
from api.reference_data import load_reference_data
from api.services.assess import submit_answers
from api.settings import Settings

PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(require_browser()) as running:
        yield running


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBank]:
    """Serve a bank whose client is assessed."""
    require_browser()
    with served(tmp_path_factory.mktemp("bank")) as running:
        submit_answers(
            running.store,
            SystemClock(),
            load_reference_data(),
            Settings(),
            BANK,
            client_id=CLIENT,
            answers=SHEET,
        )
        yield running


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESK, "en")])
def test_a_client_looks_at_the_years_ahead_and_asks_what_if(
    browser: Browser, bank: ServedBank, width: int, language: str
) -> None:
    with watched(browser, bank, width=width) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language=language)
        page.click("form[action$=life-paths] button")
        page.wait_for_url("**/life-paths/*")
        assert page.locator("svg.life-chart").count() == 3
        assert page.locator(".goal-number").count() == 2
        for summary in page.locator("summary").all():
            summary.click()
        seen.check()
        page.fill("#retirement_age", "55")
        page.fill("#saving", "300")
        page.click(".entries button")
        page.wait_for_url("**/what-if?*")
        assert page.input_value("#retirement_age") == "55"
        assert page.locator(".compared").first.locator("tbody tr").count() == 8
        assert page.locator("svg.life-chart").count() == 1
        seen.check()


def test_a_wrong_entry_takes_the_focus_and_is_marked(browser: Browser, bank: ServedBank) -> None:
    with watched(browser, bank, width=PHONE) as seen:
        page = seen.page
        seen.sign_in(bank.tokens["client"], language="en")
        page.goto(f"{bank.address}/clients/{CLIENT}/what-if")
        page.fill("#retirement_age", "20")
        page.click(".entries button")
        page.wait_for_url("**/what-if?*")
        assert page.evaluate("document.activeElement.id") == "problems"
        assert page.locator("[aria-invalid]").count() == 1
        page.click(".problems a")
        assert page.evaluate("location.hash") == "#retirement_age"
        # The browser itself notes the answer 422 on its console.
        seen.complaints = [c for c in seen.complaints if "422" not in c]
        seen.check()


def test_every_field_and_link_can_be_pressed_with_a_thumb(
    browser: Browser, bank: ServedBank
) -> None:
    small = """() => [...document.querySelectorAll(
            'button, summary, .entries input, select, .back a')]
        .filter(e => e.getBoundingClientRect().height < 44 && e.getBoundingClientRect().height > 0)
        .map(e => e.outerHTML)"""
    with watched(browser, bank, width=PHONE) as seen:
        seen.sign_in(bank.tokens["client"], language="zh")
        seen.page.click("form[action$=life-paths] button")
        seen.page.wait_for_url("**/life-paths/*")
        assert seen.page.evaluate(small) == []
        seen.page.goto(f"{bank.address}/clients/{CLIENT}/what-if?saving=300")
        assert seen.page.evaluate(small) == []
        seen.check()
