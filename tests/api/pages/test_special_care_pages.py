"""From sixty-five on, a plan with purchases above R2 says so before its button."""

from pathlib import Path

import pytest
from page_world import ELDER, PageWorld, keep, open_world, send, sheet_of, submit

HOME = f"/clients/{ELDER}"
NOTICE = {"zh": "您已年满 65 岁", "en": "You are 65 or older"}


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("sheet", "is_told"), [("balanced-sheet", True), ("widow-76", False)])
def test_the_notice_stands_between_the_plan_and_its_button(
    world: PageWorld, language: str, sheet: str, is_told: bool
) -> None:
    browser = world.browser("elder")
    # The answers of somebody bold, or of somebody who takes no product above R2.
    keep(browser, sheet_of(sheet), client=ELDER)
    assert submit(browser, client=ELDER).status_code == 303
    made = send(browser, f"{HOME}/proposals", page=browser.get(HOME))
    assert made.status_code == 303
    page = browser.get(f"{made.location}?lang={language}").text
    decision = page.split('id="consent"')[1]
    before_the_button, _, after = decision.partition(f'action="{made.location}/accept"')
    assert after
    assert (NOTICE[language] in before_the_button) == is_told
    assert NOTICE[language] not in after
