"""Pages while the store fails: a calm page with every header, at once, and nothing read."""

from datetime import timedelta
from pathlib import Path

import pytest
from page_world import CLIENT, PageWorld, open_world, send
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from api.security_headers import HEADERS
from api.store.tables import web_session
from api.store.unit_of_work import UnitOfWork

HOME = f"/clients/{CLIENT}"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    return open_world(tmp_path)


class BrokenStore:
    """Counts how often it was asked, and never answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        monkeypatch.setattr(UnitOfWork, "__enter__", self.fail)

    def fail(self) -> None:
        self.asked += 1
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_without_a_store_is_a_503_with_headers_that_asks_the_store_once(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    browser = world.browser("client")
    store = BrokenStore(monkeypatch)
    answer = browser.get(f"{HOME}?lang={lang}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.content_type == "text/html; charset=utf-8"
    assert "store_unavailable" in answer.text
    assert 'name="csrf"' not in answer.text
    assert store.asked == 1


def test_a_page_that_is_not_there_says_so_even_without_a_store(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.browser("client")
    BrokenStore(monkeypatch)
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_button_without_a_store_is_a_503_too(
    world: PageWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = world.browser("client")
    page = browser.get(HOME)
    BrokenStore(monkeypatch)
    answer = send(browser, f"{HOME}/diagnoses", page=page)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_a_page_is_shown_although_the_visit_cannot_be_noted(world: PageWorld) -> None:
    browser = world.browser("client")
    world.clock.advance(timedelta(minutes=5))
    with world.store.engine.connect() as connection:
        before = connection.execute(select(web_session.c.last_seen_at)).all()
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE ON web_session "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        connection.commit()
    assert browser.get(HOME).status_code == 200
    with world.store.engine.connect() as connection:
        assert connection.execute(select(web_session.c.last_seen_at)).all() == before
