"""A small bank for the pages: clients who answered nothing yet, two advisors, a quant."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.application import create_app
from api.callers import Caller, Role
from api.clock import FixedClock
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.drafts import save_answers
from api.services.users import add_user
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CLIENT, OTHER, ELDER = "young-renter", "equity-fan", "retiree-68"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class PageWorld:
    """An application over a store of its own, and the tokens of its users."""

    app: Flask
    store: Store
    clock: FixedClock
    tokens: dict[str, str]

    def browser(self, user: str | None = None) -> FlaskClient:
        """Return a browser, signed in as one of the users or as nobody."""
        browser = self.app.test_client()
        if user is not None:
            form = {"token": self.tokens[user]}
            assert browser.post("/login", data=form, headers=SAME_ORIGIN).status_code == 303
        return browser

    def use_form(self, text: str) -> None:
        """Let the bank ask another questionnaire from now on."""
        here = self.app.extensions["robo"]
        reference = here.reference.with_questionnaire(text)
        self.app.extensions["robo"] = replace(here, reference=reference)


def open_world(path: Path) -> PageWorld:
    """Return a fresh bank whose files lie in `path`."""
    settings = Settings(
        database_url=f"sqlite:///{path / 'robo.sqlite'}",
        venue_url=f"sqlite:///{path / 'venue.sqlite'}",
    )
    upgrade(settings)
    store, clock, reference = make_store(settings), FixedClock(NOW), load_reference_data()
    for record in load_sample_book(reference.shelf):
        if record.client_id in (CLIENT, OTHER, ELDER):
            register_client(store, clock, None, record)
    tokens = {
        "client": add_user(store, clock, name="Lin", role=Role.CLIENT, client_id=CLIENT),
        "other": add_user(store, clock, name="Zhao", role=Role.CLIENT, client_id=OTHER),
        "elder": add_user(store, clock, name="Li", role=Role.CLIENT, client_id=ELDER),
        "advisor": add_user(store, clock, name="Ann", role=Role.ADVISOR, book=[CLIENT, ELDER]),
        "stranger": add_user(store, clock, name="Bo", role=Role.ADVISOR, book=[OTHER]),
        "quant": add_user(store, clock, name="Qi", role=Role.QUANT),
    }
    app = create_app(settings, store=store, clock=clock, reference=reference)
    return PageWorld(app, store, clock, tokens)


def form_token(page: TestResponse) -> str:
    """Return the form token a page shows."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None
    return found[1]


def hidden(page: TestResponse, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


def sheet_of(client: str = CLIENT) -> dict[str, str]:
    """Return the answers that the sample book gives for a client."""
    (record,) = [r for r in load_sample_book(load_reference_data().shelf) if r.client_id == client]
    return dict(record.answers or {})


def keep(browser: FlaskClient, answers: dict[str, str], *, client: str = CLIENT) -> None:
    """Answer questions, without walking through their pages."""
    here = browser.application.extensions["robo"]
    caller = Caller(user_id=f"user-of-{client}", role=Role.CLIENT, client_id=client)
    save_answers(here.store, here.clock, here.reference, caller, client_id=client, answers=answers)


def submit(browser: FlaskClient, *, client: str = CLIENT) -> TestResponse:
    """Press the button below all answers."""
    address = f"/clients/{client}/answers"
    return send(browser, address, page=browser.get(f"/clients/{client}"))


def send(browser: FlaskClient, address: str, *, page: TestResponse, **fields: str) -> TestResponse:
    """Send a form from `page`, as a browser would."""
    return browser.post(address, data={"csrf": form_token(page), **fields}, headers=SAME_ORIGIN)
