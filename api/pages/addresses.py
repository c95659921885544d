"""Where a page can be asked for again: the language switch and the way back after signing in.

A page that answers a form stands at an address that only takes forms, and a link to that one ends
in 405. Each form therefore names the page it stands on.
"""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# The page that each form stands on, where the form has an address of its own.
PAGE_OF_FORM: Mapping[str, str] = {
    "pages.accept": "pages.proposal",
    "pages.demo_next_day": "pages.home",
    "pages.dismiss": "pages.home",
    "pages.logout": "pages.login",
    "pages.make_diagnosis": "pages.overview",
    "pages.make_life_path": "pages.overview",
    "pages.make_proposal": "pages.overview",
    "pages.send_review": "pages.review",
    "pages.start_again": "pages.questionnaire",
    "pages.submit_answers": "pages.answers",
}
# Nobody signs in to see one of these.
_NO_WAY_BACK = frozenset({"pages.home", "pages.login", "pages.logout", "pages.static"})


def page_path() -> str:
    """Return the path, without a query, at which this page answers a link."""
    rule = request.url_rule
    if rule is None or "GET" in (rule.methods or ()):
        return request.path
    page = PAGE_OF_FORM[rule.endpoint]
    wanted = {name for one in current_app.url_map.iter_rules(page) for name in one.arguments}
    given = request.view_args or {}
    return url_for(page, **{name: value for name, value in given.items() if name in wanted})


def switched_address(language: str) -> str:
    """Return the address of this page in another language, with what it was asked."""
    path, query = page_path(), urlencode({**request.args, "lang": language})
    # What was asked for is never written into the page without need: it may be anything.
    return f"?{query}" if path == request.path else f"{path}?{query}"


def way_back() -> str:
    """Return the address to come back to after signing in: the page that was asked for."""
    query = request.query_string.decode("ascii", "replace")
    path = page_path()
    return own_page(f"{path}?{query}" if query and path == request.path else path) or ""


def own_page(address: str) -> str | None:
    """Return `address` if it is that of one of our own pages, else None.

    Browsers read two slashes, or a backslash, as the beginning of another site.
    """
    is_plain = all("!" <= letter <= "~" and letter != "\\" for letter in address)
    if not is_plain or not address.startswith("/") or address.startswith("//"):
        return None
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        endpoint, _ = adapter.match(urlsplit(address).path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    is_page = endpoint.startswith("pages.") and endpoint not in _NO_WAY_BACK
    return address if is_page else None
