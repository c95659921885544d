"""A visitor's session: an opaque cookie, a form token bound to it, and where forms come from.

The cookie holds 32 random bytes; the store keeps their SHA-256. The form token is derived from
the cookie, so a page can show it again and the store need not know it either. A session ends
after 15 minutes without a request, after 8 hours whatever happens, and at once on logout.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, g, request
from werkzeug.wrappers import Response

from api.callers import Caller
from api.clock import DemoClock, SystemClock
from api.environment import environment
from api.errors import ForbiddenError, UnauthorizedError
from api.pages.blueprint import pages
from api.services.users import authenticate
from api.store.failures import StoreFailure
from api.store.records import WebSession
from api.store.repositories.users import caller_of

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
# Noting every request would make every look at a page a write.
TOUCH_AFTER = timedelta(minutes=1)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN_ENDPOINT = "pages.login"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at this page, and the token the page's forms must send back."""

    caller: Caller
    name: str
    csrf: str


def current_visitor() -> Visitor | None:
    """Return the visitor of this request, or None when nobody signed in."""
    if "visitor" not in g:
        g.visitor = _find_visitor(request.cookies.get(_cookie_name(), ""))
    found: Visitor | None = g.visitor
    return found


def identify_visitor() -> Caller:
    """Return the caller behind the session cookie.

    Raises:
        UnauthorizedError: no session, or one that has ended.
    """
    visitor = current_visitor()
    if visitor is None:
        raise UnauthorizedError("sign in first")
    return visitor.caller


def sign_in(response: Response, *, token: str) -> None:
    """Start a session for the holder of an access token and give `response` its cookie.

    Raises:
        UnauthorizedError: nobody holds that token.
    """
    here = environment()
    caller = authenticate(here.store, token)
    sign_out(response)
    secret, now = secrets.token_urlsafe(32), _now()
    session = WebSession(
        token_hash=_hash(secret),
        user_id=caller.user_id,
        csrf_hash=_hash(_form_token(secret)),
        created_at=now,
        last_seen_at=now,
        expires_at=now + LONGEST,
    )
    with here.store.begin() as uow:
        uow.users.add_session(session)
        uow.commit()
    response.set_cookie(
        _cookie_name(),
        secret,
        max_age=int(LONGEST.total_seconds()),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def sign_out(response: Response) -> None:
    """End the session of this request, if there is one, and take its cookie back."""
    secret = request.cookies.get(_cookie_name(), "")
    if secret:
        with environment().store.begin() as uow:
            uow.users.end_session(_hash(secret))
            uow.commit()
    response.delete_cookie(_cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")


@pages.before_request
def refuse_foreign_forms() -> None:
    """Let a form through only from our own page, with the token of this very session.

    Raises:
        ForbiddenError: it came from elsewhere, or its token is missing or another session's.
    """
    if request.method in SAFE_METHODS:
        return
    if not _is_same_origin():
        raise ForbiddenError("the form was not sent from our own page", code="foreign_form")
    if request.endpoint == LOGIN_ENDPOINT:
        return
    visitor = current_visitor()
    sent = request.form.get("csrf", "")
    if visitor is None or not hmac.compare_digest(visitor.csrf.encode(), sent.encode()):
        raise ForbiddenError("the form has gone stale; load the page again", code="stale_form")


def _is_same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    # Browsers leave Sec-Fetch-Site out over plain HTTP, but then send the origin.
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def _find_visitor(secret: str) -> Visitor | None:
    if not secret:
        return None
    here, now, key = environment(), _now(), _hash(secret)
    try:
        with here.store.read() as uow:
            session = uow.users.session(key, now=now)
            user = uow.users.by_id(session.user_id)
    except UnauthorizedError:
        return None
    idle = now - session.last_seen_at
    if idle > IDLE:
        return None
    if idle > TOUCH_AFTER:
        _touch(key, now)
    return Visitor(caller=caller_of(user), name=user.name, csrf=_form_token(secret))


def _touch(key: str, now: datetime) -> None:
    try:
        with environment().store.begin() as uow:
            uow.users.touch_session(key, at=now)
            uow.commit()
    except StoreFailure as error:
        # A page that can be read is shown; the next one notes the visit.
        current_app.logger.warning("session not touched: %s", type(error).__name__)


def _now() -> datetime:
    clock = environment().clock
    # Moving the demo's calendar by a day must not sign the visitor out.
    return SystemClock().now() if isinstance(clock, DemoClock) else clock.now()


def _cookie_name() -> str:
    # Browsers accept the prefix only with Secure; it pins the cookie to this host.
    return "__Host-session" if request.is_secure else "session"


def _form_token(secret: str) -> str:
    return hmac.new(secret.encode(), b"form token", hashlib.sha256).hexdigest()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
