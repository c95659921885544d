"""From documents to HTML: language, navigation and the pieces that every page shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, g, render_template, request, url_for

from allocator.errors import InputError
from api.callers import Role
from api.clock import shanghai_date
from api.environment import environment
from api.error_words import error_words
from api.language import request_texts
from api.pages.addresses import switched_address, way_back
from api.pages.blueprint import pages
from api.pages.charts import bar, paired_bars
from api.pages.session import current_visitor
from api.problems import STORE_UNAVAILABLE
from api.store.failures import StoreFailure
from api.texts import Language, Texts

LANGUAGE_COOKIE = "lang"
# What a form sends in "go" when its language is switched: show it again, with what it holds.
SWITCH_LANGUAGE = "language"
LANGUAGE_SECONDS = 365 * 24 * 3600
# Statuses that have a heading and an explanation of their own.
EXPLAINED = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503})

_ICONS = {
    "overview": "M4 11 12 4l8 7v9h-5v-6H9v6H4Z",
    "diagnosis": "M3 12h4l3-7 4 14 3-7h4",
    "proposal": "M6 3h9l4 4v14H6ZM9 12h7M9 16h5",
    "orders": "M4 7h16M4 12h16M4 17h10",
    "reminders": "M6 17V11a6 6 0 0 1 12 0v6l2 2H4ZM10 21h4",
    "clients": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0"
    "M16 5a3.5 3.5 0 0 1 0 6.5M18 14.5a6.5 6.5 0 0 1 3.5 5.5",
    "market": "M4 20V10M10 20V4M16 20v-7M22 20H2",
    "how": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v6M12 7.5v.5",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry of the navigation."""

    key: str
    icon: str
    address: str
    is_current: bool


def page_texts() -> Texts:
    """Return the texts of this visitor: ?lang=, then the cookie, then what the browser asks for.

    Raises:
        InputError: ?lang= names a language there are no texts for.
    """
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if "lang" not in request.args and chosen in set(Language):
        return Texts(str(chosen))
    return request_texts()


def render(
    template: str,
    *,
    tab: str = "",
    client_id: str | None = None,
    client_name: str | None = None,
    demo_button: bool = False,
    texts: Texts | None = None,
    **context: Any,
) -> str:
    """Return a page as HTML.

    Args:
        template: File name under templates/.
        tab: The entry of the navigation this page belongs to.
        client_id, client_name: The client the page is about, if any.
        demo_button: Offer to move the demo's calendar here.
        texts: The visitor's own, unless they have been settled already.
        context: What else the template names.
    """
    texts = texts or page_texts()
    visitor, here = current_visitor(), environment()
    role = None if visitor is None else visitor.caller.role
    is_demo = here.settings.demo and role is not None
    shared = {
        "texts": texts,
        "t": texts.say,
        "switched_address": switched_address,
        "visitor": visitor,
        "tabs": _tabs(tab, client_id),
        "client_id": client_id,
        "client_name": client_name,
        "may_act": role is Role.CLIENT,
        "bar": bar,
        "paired_bars": paired_bars,
        "demo_day": texts.date(shanghai_date(here.clock.now())) if is_demo else None,
        "demo_button": demo_button and is_demo and role is Role.CLIENT,
    }
    return render_template(template, **shared, **context)


def render_error_page(problem: Mapping[str, Any]) -> str:
    """Return a problem document as a page; an unknown visitor is asked to sign in.

    When the store is what failed, the page leaves out what it would read from there.
    """
    try:
        texts = page_texts()
    except InputError:
        texts = Texts(Language.ZH)
    if problem["code"] != STORE_UNAVAILABLE:
        try:
            return _error_page(problem, texts)
        except StoreFailure as error:
            current_app.logger.error("error page without the store: %s", type(error).__name__)
    # Nobody is looked up, so nothing is read; the form token of nobody is never shown.
    g.visitor = None
    return _error_page(problem, texts)


def _error_page(problem: Mapping[str, Any], texts: Texts) -> str:
    status = int(problem["status"])
    if status == 401:
        return render("login.html", texts=texts, error=None, return_to=way_back())
    known = status if status in EXPLAINED else (500 if status >= 500 else 400)
    code = str(problem["code"])
    return render(
        "error.html",
        texts=texts,
        heading=texts.say(f"page.error.{known}"),
        explanation=error_words(code, texts) or texts.say(f"page.error.{known}_text"),
        reasons=problem.get("reasons", []),
        code=code,
        status=str(status),
    )


@pages.after_request
def remember_language(response: Response) -> Response:
    """Keep a language that was asked for in a cookie."""
    asked = request.args.get("lang")
    if asked in set(Language) and response.status_code < 400:
        response.set_cookie(
            LANGUAGE_COOKIE,
            str(asked),
            max_age=LANGUAGE_SECONDS,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _tabs(current: str, client_id: str | None) -> list[Tab]:
    visitor = current_visitor()
    if visitor is None:
        return []
    role = visitor.caller.role
    if client_id is None and role is Role.CLIENT:
        client_id = visitor.caller.client_id
    if client_id is not None:
        about_client = {
            "overview": "pages.overview",
            "diagnosis": "pages.latest_diagnosis",
            "proposal": "pages.latest_proposal",
            "orders": "pages.orders",
            "reminders": "pages.reminders",
        }
        addresses = {
            name: url_for(endpoint, client_id=client_id) for name, endpoint in about_client.items()
        }
    elif role is Role.ADVISOR:
        addresses = {
            "clients": url_for("pages.advisor_clients"),
            "reminders": url_for("pages.book_reminders"),
            "market": url_for("pages.market"),
            "how": url_for("pages.how_it_works"),
        }
    else:
        addresses = {"market": url_for("pages.market"), "how": url_for("pages.how_it_works")}
    return [
        Tab(f"page.tab.{name}", _ICONS[name], address, name == current)
        for name, address in addresses.items()
    ]
