"""Pages and terminal say what stands in the way beside what gives, and what limits cost."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from page_world import PageWorld, keep, open_world, send, sheet_of, submit
from rich.console import Console

from api.advice_documents import diagnosis_document, proposal_document
from api.callers import Role
from api.client_file import ClientRecord
from api.commands.tables import show_diagnosis, show_proposal
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user
from api.texts import Language, Texts, localize
from api.workup import work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
LOCKED, ELDER = "locked-deposit", "retiree-68"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    made = open_world(tmp_path)
    here = made.app.extensions["robo"]
    register_client(here.store, here.clock, None, BOOK[LOCKED])
    made.tokens[LOCKED] = add_user(
        here.store, here.clock, name="Zhou", role=Role.CLIENT, client_id=LOCKED
    )
    return made


def shown(world: PageWorld, user: str, client: str, kind: str, language: str) -> str:
    browser = world.browser(user)
    keep(browser, sheet_of(client), client=client)
    submit(browser, client=client)
    home = f"/clients/{client}"
    made = send(browser, f"{home}/{kind}", page=browser.get(home))
    assert made.status_code == 303
    return browser.get(f"{made.location}?lang={language}").text


def documents_of(record: ClientRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    day = record.balance_sheet.as_of
    workup = work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )
    return diagnosis_document(workup), proposal_document(workup)


@pytest.mark.parametrize("kind", ["diagnoses", "proposals"])
@pytest.mark.parametrize("language", Language)
def test_a_page_says_below_what_gives_what_stands_in_its_way(
    world: PageWorld, kind: str, language: str
) -> None:
    page, texts = shown(world, LOCKED, LOCKED, kind, language), Texts(language)
    (under,) = re.findall(r'([^<>]*)<ul class="under">(.*?)</ul>', page, re.DOTALL)
    diagnosis, proposal = documents_of(BOOK[LOCKED])
    document = diagnosis if kind == "diagnoses" else proposal
    (relaxed,) = [f for f in document["findings"] if f["code"] == "relaxed.liquidity"]
    (conflict,) = document["conflicts"]
    assert under[0].strip() == texts.statement(relaxed)
    said = re.findall(r"<li>(.*?)</li>", under[1])
    assert said == [texts.statement(s) for s in conflict["statements"]]
    assert texts.say("conflict.locks") in said


@pytest.mark.parametrize("language", Language)
def test_a_proposal_folds_away_what_its_limits_cost(world: PageWorld, language: str) -> None:
    page, texts = shown(world, "elder", ELDER, "proposals", language), Texts(language)
    (folded,) = re.findall(r"<details>(.*?)</details>", page, re.DOTALL)
    assert texts.say("page.proposal.prices") in folded
    prices = documents_of(BOOK[ELDER])[1]["prices"]
    assert prices
    lines = re.findall(r"<li>(.*?)</li>", folded.split('class="prices"')[1], re.DOTALL)
    assert len(lines) == len(prices)
    for line, price in zip(lines, prices, strict=True):
        sentences = [texts.statement(s) for s in price["statements"]]
        assert re.sub(r"</?small>", "", line) == "".join(sentences)
    assert 'class="under"' not in page


@pytest.mark.parametrize("language", Language)
def test_the_terminal_says_the_same(language: str) -> None:
    texts = Texts(language)
    diagnosis, proposal = documents_of(BOOK[LOCKED])
    for show, document in ((show_diagnosis, diagnosis), (show_proposal, proposal)):
        out = io.StringIO()
        spoken: Any = localize(document, texts)
        show(Console(file=out, width=2000), spoken, texts)
        lines = [line.strip(" ·!\n") for line in out.getvalue().splitlines()]
        (relaxed,) = [f["text"] for f in spoken["findings"] if f["code"].startswith("relaxed.")]
        below = [s["text"] for s in spoken["conflicts"][0]["statements"]]
        at = lines.index(relaxed)
        assert lines[at + 1 : at + 1 + len(below)] == below
        for price in spoken.get("prices", ()):
            assert all(s["text"] in lines for s in price["statements"])
    assert texts.say("terminal.prices") in lines
