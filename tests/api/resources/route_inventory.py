"""The routes under /v1 as the application has them, and a good body for each that writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from api.sample_book import load_sample_book
from api.schemas.client_file import dump_client_file

DOCUMENTATION = "documentation."


@dataclass(frozen=True)
class Route:
    """One method on one path."""

    method: str
    rule: str
    endpoint: str
    arguments: frozenset[str]

    def path(self, ids: Mapping[str, str]) -> str:
        """Return the path with these ids put in."""
        path = self.rule
        for name in self.arguments:
            path = path.replace(f"<{name}>", ids[name])
        return path


def routes_of(app: Flask, *, documented_only: bool = False) -> list[Route]:
    """Return every route under /v1; HEAD and OPTIONS go with their GET."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/v1/"):
            continue
        if documented_only and rule.endpoint.startswith(DOCUMENTATION):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            arguments = frozenset(rule.arguments)
            found.append(Route(method, rule.rule, rule.endpoint, arguments))
    return sorted(found, key=lambda route: (route.rule, route.method))


def pages_of(app: Flask) -> list[Route]:
    """Return every page that a browser may GET, static files apart."""
    return [
        Route("GET", rule.rule, rule.endpoint, frozenset(rule.arguments))
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if not rule.rule.startswith("/v1/")
        and "GET" in (rule.methods or set())
        and not rule.endpoint.endswith("static")
    ]


def good_body(rule: str, *, proposal_hash: str, shelf: Any) -> Any:
    """Return a body that the route accepts, or an empty object where it takes none."""
    if rule == "/v1/clients":
        record = next(r for r in load_sample_book(shelf) if r.client_id == "locked-deposit")
        return dump_client_file(record)
    if rule == "/v1/clients/<client_id>/facts":
        record = next(r for r in load_sample_book(shelf) if r.client_id == "equity-fan")
        file = dump_client_file(record)
        return {name: file[name] for name in ("facts", "debts", "policies")}
    bodies: dict[str, Any] = {
        "/v1/clients/<client_id>/assessments": {"answers": SAMPLE_ANSWERS},
        "/v1/clients/<client_id>/answer-draft": {"answers": {"q2": "a"}},
        "/v1/clients/<client_id>/answer-draft/submit": {},
        "/v1/clients/<client_id>/age-lift": {"note": "talked for an hour"},
        "/v1/clients/<client_id>/age-lift/confirm": {"confirmed": True},
        "/v1/assessments/<assessment_id>/review": {"outcome": "confirmed", "note": "we talked"},
        "/v1/proposals/<proposal_id>/accept": {"proposal_hash": proposal_hash, "consent": True},
        "/v1/backtests": {"profile": "C3"},
        "/v1/clients/<client_id>/diagnoses": {},
        "/v1/clients/<client_id>/proposals": {},
        "/v1/clients/<client_id>/life-paths": {},
        "/v1/clients/<client_id>/what-ifs": {"retirement_age": 62},
        "/v1/clients/<client_id>/own-orders": {"product_id": "money-fund-a", "amount": "100.00"},
        "/v1/reminders/<reminder_id>/dismiss": {},
    }
    return bodies[rule]


SAMPLE_ANSWERS = dict.fromkeys([f"q{n}" for n in range(2, 17)], "c") | {
    "q17a": "a",
    "q17b": "b",
    "q18a": "a",
    "q18b": "c",
    "q19": "b",
    "q20": "b",
}
