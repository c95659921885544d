"""Headers that every response carries, whatever produced it.

Nothing is loaded from elsewhere, nothing runs inline, nobody frames us, and what belongs to a
person is not kept by any cache.
"""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Frame-Options": "DENY",
}


def add_security_headers(app: Flask) -> None:
    """Set the headers on every response of `app`."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        is_static = request.endpoint is not None and request.endpoint.endswith("static")
        if not (is_static and response.status_code < 400):
            response.headers["Cache-Control"] = "no-store"
        return response
