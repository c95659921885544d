"""The diagnosis says, on the page and in the terminal, what income to come does."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from page_world import PageWorld, keep, open_world, send, sheet_of, submit
from rich.console import Console

from api.advice_documents import diagnosis_document
from api.commands.tables import show_diagnosis
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.texts import Language, Texts, localize
from api.workup import work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
ELDER = "retiree-68"


def diagnosis_of(client_id: str) -> dict[str, Any]:
    record = BOOK[client_id]
    day = record.balance_sheet.as_of
    workup = work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )
    return diagnosis_document(workup)


@pytest.mark.parametrize("language", Language)
def test_the_page_says_it_below_the_needs(tmp_path: Path, language: str) -> None:
    world: PageWorld = open_world(tmp_path)
    browser, texts = world.browser("elder"), Texts(language)
    keep(browser, sheet_of(ELDER), client=ELDER)
    submit(browser, client=ELDER)
    home = f"/clients/{ELDER}"
    made = send(browser, f"{home}/diagnoses", page=browser.get(home))
    page = browser.get(f"{made.location}?lang={language}").text
    needs = page.split(texts.say("page.diagnosis.needs"))[1].split("</section>")[0]
    assert texts.say("page.diagnosis.life_cycle") in needs
    said = diagnosis_of(ELDER)["life_cycle"]["reasons"]
    assert said
    listed = needs.split('class="statements"')[1]
    assert [texts.statement(reason) in listed for reason in said] == [True] * len(said)


@pytest.mark.parametrize("language", Language)
def test_the_terminal_says_it_after_the_findings(language: str) -> None:
    texts = Texts(language)
    spoken: Any = localize(diagnosis_of("young-renter"), texts)
    out = io.StringIO()
    show_diagnosis(Console(file=out, width=2000), spoken, texts)
    lines = [line.strip(" ·!✓\n") for line in out.getvalue().splitlines()]
    at = lines.index(texts.say("terminal.life_cycle"))
    said = [reason["text"] for reason in spoken["life_cycle"]["reasons"]]
    assert lines[at + 1 : at + 1 + len(said)] == said
    assert at > lines.index(spoken["findings"][-1]["text"])


@pytest.mark.parametrize("language", Language)
def test_the_terminal_has_no_heading_over_nothing(language: str) -> None:
    texts = Texts(language)
    document = diagnosis_of("young-renter")
    document["life_cycle"]["reasons"] = []
    spoken: Any = localize(document, texts)
    out = io.StringIO()
    show_diagnosis(Console(file=out, width=2000), spoken, texts)
    assert not re.search(re.escape(texts.say("terminal.life_cycle")), out.getvalue())
