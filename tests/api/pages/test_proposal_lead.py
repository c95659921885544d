"""The first sentence of a proposal says what its figures say."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from page_world import keep, open_world, send, sheet_of, submit

from allocator.balance_sheet import BalanceSheet
from allocator.money import Money
from allocator.product_classes import ProductClass
from api.advice_documents import proposal_document
from api.callers import Role
from api.client_file import ClientRecord
from api.pages.proposal_words import proposal_lead
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user
from api.texts import Language, Texts
from api.workup import work_up

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}


def with_one_fen(record: ClientRecord) -> ClientRecord:
    """Return a client without debts, goals or anything but a fen."""
    cash = next(
        h for h in record.balance_sheet.holdings if h.product_class is ProductClass.DEMAND_DEPOSIT
    )
    sheet = BalanceSheet(record.balance_sheet.as_of, (replace(cash, amount=Money.parse("0.01")),))
    return replace(record, balance_sheet=sheet, facts=replace(record.facts, goals=()))


def proposal_of(record: ClientRecord) -> dict[str, Any]:
    day = record.balance_sheet.as_of
    return proposal_document(
        work_up(record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE)
    )


FAMILY = BOOK["civil-servant-family"]
ONE_FEN = with_one_fen(FAMILY)


@pytest.mark.parametrize("language", Language)
def test_of_one_fen_no_page_says_that_it_is_close_to_the_target(
    tmp_path: Path, language: str
) -> None:
    world, texts, name = open_world(tmp_path), Texts(language), "one-fen"
    here = world.app.extensions["robo"]
    register_client(here.store, here.clock, None, replace(ONE_FEN, client_id=name))
    world.tokens[name] = add_user(
        here.store, here.clock, name="Wu", role=Role.CLIENT, client_id=name
    )
    browser, home = world.browser(name), f"/clients/{name}"
    keep(browser, sheet_of(FAMILY.client_id), client=name)
    submit(browser, client=name)
    made = send(browser, f"{home}/proposals", page=browser.get(home))
    page = browser.get(f"{made.location}?lang={language}").text
    assert f'<p class="lead">{texts.say("page.proposal.unmet_lead")}</p>' in page
    assert texts.say("page.proposal.nothing_lead") not in page


def test_where_nothing_is_to_be_done_only_met_needs_are_close_to_the_target() -> None:
    balanced, texts = proposal_of(BOOK["balanced-sheet"]), Texts("en")
    assert balanced["orders"] == []
    assert proposal_lead(balanced, texts) == texts.say("page.proposal.nothing_lead")
    assert proposal_lead(proposal_of(ONE_FEN), texts) == texts.say("page.proposal.unmet_lead")


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (70.0, 80.0, "lead"),
        (79.6, 80.4, "same_lead"),
        (80.4, 79.6, "same_lead"),
        (80.0, 70.0, "lower_lead"),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_the_lead_says_whether_the_index_rises_stays_or_falls(
    before: float, after: float, key: str, language: str
) -> None:
    texts = Texts(language)
    made = {"orders": [{}], "before": {"index": before}, "after": {"index": after}}
    figures = {"before": texts.integer(before), "after": texts.integer(after)}
    assert proposal_lead(made, texts) == texts.say(f"page.proposal.{key}", **figures)
