"""A bank served to a real browser: its own store, a movable demonstration, a worker on demand."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

from api.application import create_app
from api.callers import Role
from api.clock import DemoClock, SystemClock
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.server import make_server
from api.services.clients import register_client
from api.services.drafts import save_answers
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store

CLIENT = "young-renter"
# What a moderate client of some experience answers; no two answers contradict each other.
SHEET = {
    "q2": "d", "q3": "d", "q4": "d", "q5": "a", "q6": "a", "q7": "d", "q8": "c", "q9": "d",
    "q10": "c", "q11": "d", "q12": "d", "q13": "c", "q14": "d", "q15": "d", "q16": "b",
    "q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c", "q19": "a", "q20": "c",
}  # fmt: skip
LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class ServedBank:
    """A running server and the tokens of its users."""

    address: str
    store: Store
    tokens: dict[str, str]

    def keep_draft(self, answers: dict[str, str]) -> None:
        """Answer questions as the client would have done before."""
        save_answers(
            self.store,
            SystemClock(),
            load_reference_data(),
            authenticate(self.store, self.tokens["client"]),
            client_id=CLIENT,
            answers=answers,
        )


@dataclass
class Watched:
    """A page in a browser, and everything that went wrong on it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, token: str, *, language: str) -> None:
        """Paste a token into the login form."""
        self.page.goto(f"{self.address}/login?lang={language}")
        self.page.fill("#token", token)
        self.page.click("main button[type=submit]")

    def check(self) -> None:
        """Fail on anything a careful reader of the page would complain about."""
        too_wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, f"{self.page.url} scrolls sideways by {too_wide} px"
        assert self.complaints == []


def require_browser() -> str:
    """Return the path of Chromium, or skip and say what to install."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    if not fonts.stdout.strip():
        pytest.skip("no Chinese font on this machine: apt-get install fonts-wqy-microhei")
    return chromium


@contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """Run one browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*LAUNCH])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(path: Path) -> Iterator[ServedBank]:
    """Serve a bank whose files lie in `path`, as a demonstration."""
    settings = Settings(
        database_url=f"sqlite:///{path / 'robo.sqlite'}",
        venue_url=f"sqlite:///{path / 'venue.sqlite'}",
        demo=True,
    )
    upgrade(settings)
    store, reference = make_store(settings), load_reference_data()

    def offset_days() -> int:
        with store.read() as uow:
            return uow.demo_clock.offset_days()

    clock = SystemClock()
    book = load_sample_book(reference.shelf)
    for record in book:
        register_client(store, clock, None, record)
    tokens = {
        "client": add_user(store, clock, name="Lin", role=Role.CLIENT, client_id=CLIENT),
        "advisor": add_user(
            store, clock, name="Ann", role=Role.ADVISOR, book=[r.client_id for r in book]
        ),
        "quant": add_user(store, clock, name="Qi", role=Role.QUANT),
    }
    app = create_app(settings, store=store, clock=DemoClock(offset_days), reference=reference)
    server = make_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield ServedBank(f"http://127.0.0.1:{server.effective_port}", store, tokens)
    finally:
        # Closed by its own loop: a socket closed under a waiting select is an error of that thread.
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=10)
        store.dispose()


@contextmanager
def watched(browser: Browser, bank: ServedBank, *, width: int) -> Iterator[Watched]:
    """Open a page of the given width that notes every complaint of the browser."""
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    seen = Watched(page, bank.address)

    def note_request(request: Request) -> None:
        if not request.url.startswith((bank.address, "data:")):
            seen.complaints.append(f"request to {request.url}")

    def note_response(response: Response) -> None:
        if response.status >= 500:
            seen.complaints.append(f"{response.status} from {response.url}")

    page.on("request", note_request)
    page.on("response", note_response)
    page.on("pageerror", lambda error: seen.complaints.append(f"page error: {error}"))
    # A violation of the content security policy is reported on the console as an error.
    page.on(
        "console",
        lambda message: (
            seen.complaints.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    try:
        yield seen
    finally:
        context.close()
