"""The way in and out, and the pages that are about nobody: market, method, assets."""

from pathlib import Path

from flask import Response, make_response, redirect, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as WerkzeugResponse

from allocator.market.assumptions import parse_table
from api.authorization import allow, current_caller, public
from api.callers import Role
from api.environment import environment
from api.errors import UnauthorizedError
from api.pages.addresses import own_page
from api.pages.blueprint import pages
from api.pages.rendering import page_texts, render
from api.pages.session import current_visitor, sign_in, sign_out

STATIC = Path(__file__).parents[1] / "static"


@pages.get("/assets/<path:filename>", endpoint="static")
@public
def send_asset(filename: str) -> Response:
    """Return one of our own style sheets, scripts or icons."""
    return send_from_directory(STATIC, filename)


@pages.get("/")
@public
def home() -> WerkzeugResponse:
    """Send a visitor to where the role begins."""
    visitor = current_visitor()
    if visitor is None:
        return redirect(url_for("pages.login"), 303)
    if visitor.caller.role is Role.CLIENT:
        return redirect(url_for("pages.overview", client_id=visitor.caller.client_id), 303)
    if visitor.caller.role is Role.ADVISOR:
        return redirect(url_for("pages.advisor_clients"), 303)
    return redirect(url_for("pages.market"), 303)


@pages.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Ask for an access token, and start a session for its holder."""
    if request.method != "POST":  # GET, or the HEAD that comes with it
        return make_response(render("login.html", error=None, return_to=""))
    return_to = own_page(request.form.get("return_to", "")) or ""
    response = redirect(return_to or url_for("pages.home"), 303)
    try:
        sign_in(response, token=request.form.get("token", "").strip())
    except UnauthorizedError:
        error = page_texts().say("page.login.refused")
        return make_response(render("login.html", error=error, return_to=return_to), 401)
    return response


@pages.post("/logout")
@allow(*Role)
def logout() -> WerkzeugResponse:
    """End the session."""
    current_caller()
    response = redirect(url_for("pages.login"), 303)
    sign_out(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.get("/how-it-works")
@public
def how_it_works() -> str:
    """Disclose the method, its assumptions and its limits."""
    return render("how.html", tab="how")


@pages.get("/market")
@allow(*Role)
def market() -> str:
    """List the market assumptions with the words they rest on."""
    table = parse_table(environment().reference.market_text)
    return render(
        "market.html",
        tab="market",
        version=table.version,
        as_of=table.as_of,
        rows=table.classes,
    )
