"""Under which names the service may be called: what a request says of its host is not believed.

A page compares where a form came from with where it was sent to, and redirects stay on the host
they were asked for; so a name of somebody else's choosing must never get that far.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from api.settings import Settings

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_IS_FOREIGN = "robo.is_foreign_host"


class PublicAddress:
    """WSGI middleware that gives every request the name and the scheme browsers know.

    A request under another name goes on under ours, marked, and is refused as any other refusal.
    Werkzeug's own list of trusted hosts knows no IPv6 and leaves an error page without addresses.
    """

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        self._application = application
        self._trusted = settings.trusted_names
        self._public = urlsplit(settings.public_url) if settings.public_url else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        named = _HOST.fullmatch(environ.get("HTTP_HOST", "").lower())
        is_trusted = named is not None and named[1] in self._trusted
        environ[_IS_FOREIGN] = not is_trusted
        if self._public is not None:
            environ["wsgi.url_scheme"] = self._public.scheme
            environ["HTTP_HOST"] = self._public.netloc
        elif not is_trusted:
            environ["HTTP_HOST"] = "localhost"
        return self._application(environ, start_response)


def refuse_foreign_hosts(app: Flask, settings: Settings) -> None:
    """Let `app` answer under its own names only; a request under another gets 400."""
    app.wsgi_app = PublicAddress(app.wsgi_app, settings)  # type: ignore[method-assign]

    @app.before_request
    def check_host() -> None:
        if request.environ[_IS_FOREIGN]:
            raise BadRequest("the service is not called by this name; see ROBO_PUBLIC_URL")
