"""Hostile names and texts stay text on every page."""

import copy
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from markupsafe import escape
from page_world import CLIENT, PageWorld, keep, open_world, send, sheet_of, submit
from sqlalchemy import select, update

from api.store.tables import advice, assessment, client, order

HOME = f"/clients/{CLIENT}"
CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><iframe src=javascript:alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "{gap}{0.__class__}%s%(x)s",
    "javascript:alert(1)",
    "&lt;b&gt;\u202etxt",
)
# Values that pages read as numbers, days, codes or addresses rather than show as they are.
NAMES_OF_FREE_TEXT = frozenset({"name_zh", "name_en", "version"})


class Elements(HTMLParser):
    """Counts the elements a browser would make, and their dangerous attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().startswith("javascript:"):
                self.handlers.append(f"{tag} {name}")


def elements_of(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    return parser


def poisoned(document: Any, evil: str) -> Any:
    """Return the document with every free text replaced."""
    if isinstance(document, dict):
        is_text = document.get("kind") == "text"
        return {
            k: evil
            if (k in NAMES_OF_FREE_TEXT or (is_text and k == "value"))
            else poisoned(v, evil)
            for k, v in document.items()
        }
    if isinstance(document, list):
        return [poisoned(item, evil) for item in document]
    return document


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PageWorld, list[str]]]:
    world = open_world(tmp_path_factory.mktemp("escaping"))
    browser = world.browser("client")
    form = f"{HOME}/questionnaire"
    keep(browser, sheet_of())
    submit(browser)
    diagnosis = send(browser, f"{HOME}/diagnoses", page=browser.get(HOME)).location
    proposal = send(browser, f"{HOME}/proposals", page=browser.get(HOME)).location
    page = browser.get(proposal)
    fields = {
        name: found[1]
        for name in ("idempotency_key", "proposal_hash")
        if (found := re.search(rf'name="{name}" value="([^"]*)"', page.text))
    }
    orders = send(browser, f"{proposal}/accept", page=page, consent="yes", **fields).location
    keep(browser, {"q2": "a"})  # a draft again
    paths = [HOME, f"{HOME}/profile", form, f"{form}/q2", f"{HOME}/answers"]
    paths += [diagnosis, proposal, orders]
    yield world, [*paths, f"{HOME}/orders", f"{HOME}/holdings", f"{HOME}/reminders"]
    world.store.dispose()


@pytest.mark.parametrize("evil", CORPUS)
def test_hostile_texts_add_no_element_to_any_page(
    furnished: tuple[PageWorld, list[str]], evil: str
) -> None:
    world, paths = furnished
    browser, advisor = world.browser("client"), world.browser("advisor")
    visits = [(browser, path) for path in paths]
    visits += [(advisor, path) for path in ("/advisor", HOME, review_address(world))]
    clean = [elements_of(who.get(path).text) for who, path in visits]
    before = poison(world, evil)
    try:
        for (who, path), expected in zip(visits, clean, strict=True):
            answer = who.get(path)
            found = elements_of(answer.text)
            assert answer.status_code == 200, path
            assert found.tags == expected.tags, path
            assert found.handlers == [], path
        # Shown as it stands: neither dropped nor evaluated.
        assert escape(evil) in browser.get(HOME).text
    finally:
        restore(world, before)


def review_address(world: PageWorld) -> str:
    with world.store.engine.connect() as connection:
        return f"/reviews/{connection.scalar(select(assessment.c.id))}"


def poison(world: PageWorld, evil: str) -> dict[str, list[dict[str, Any]]]:
    """Write `evil` into every free text of the store; return what stood there."""
    with world.store.engine.begin() as connection:
        before = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in (client, advice, order)
        }
        for row in copy.deepcopy(before["client"]):
            facts = json.loads(row["facts"])
            where = facts.get("facts", facts)
            where["name"] = evil
            connection.execute(
                update(client).where(client.c.id == row["id"]).values(facts=json.dumps(facts))
            )
        for row in before["advice"]:
            document = json.dumps(poisoned(json.loads(row["document"]), evil))
            connection.execute(
                update(advice).where(advice.c.id == row["id"]).values(document=document)
            )
        connection.execute(update(order).values(name_zh=evil, name_en=evil))
    return before


def restore(world: PageWorld, before: dict[str, list[dict[str, Any]]]) -> None:
    with world.store.engine.begin() as connection:
        for row in before["client"]:
            connection.execute(
                update(client).where(client.c.id == row["id"]).values(facts=row["facts"])
            )
        for row in before["advice"]:
            connection.execute(
                update(advice).where(advice.c.id == row["id"]).values(document=row["document"])
            )
        for row in before["order"]:
            key = order.c.client_order_id == row["client_order_id"]
            names = {"name_zh": row["name_zh"], "name_en": row["name_en"]}
            connection.execute(update(order).where(key).values(**names))


@pytest.mark.parametrize("evil", CORPUS)
def test_a_hostile_address_or_language_is_answered_with_plain_text(
    furnished: tuple[PageWorld, list[str]], evil: str
) -> None:
    browser = furnished[0].browser("client")
    for answer in (browser.get(f"/clients/{evil}"), browser.get(HOME, query_string={"lang": evil})):
        assert answer.status_code in {404, 422}
        assert elements_of(answer.text).handlers == []
        assert "alert(1)" not in answer.text
