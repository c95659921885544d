"""A bank's own form on the pages: asked question by question, submitted, and explained."""

from pathlib import Path

import pytest
from page_world import CLIENT, PageWorld, keep, open_world, submit

from risk_profiles.questionnaire_file import parse_questionnaire

TEXT = (Path(__file__).parents[2] / "risk_profiles" / "fixtures" / "bank_sum.toml").read_text(
    encoding="utf-8"
)
FORM = parse_questionnaire(TEXT)


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


def test_a_bank_form_is_asked_submitted_and_explained(world: PageWorld) -> None:
    world.use_form(TEXT)
    browser = world.browser("client")
    first = browser.get(f"/clients/{CLIENT}/questionnaire/{FORM.questions[0].id}").text
    assert FORM.questions[0].text["zh"] in first
    middling = {q.id: q.options[len(q.options) // 2].id for q in FORM.questions}
    keep(browser, middling)
    assert submit(browser).status_code == 303
    for address in ("", "/profile"):
        page = browser.get(f"/clients/{CLIENT}{address}")
        assert page.status_code == 200
        assert "C4" in page.text
