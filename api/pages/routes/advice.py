"""Journeys 2 and 3: the diagnosis, and the proposal up to the client's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.errors import InputError
from allocator.product_classes import CLASSES
from allocator.trading.transitions import ProposalStatus
from api.advice_documents import Lots
from api.advice_parts import Initiator
from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.limit_documents import said_below_findings
from api.pages.blueprint import pages
from api.pages.lookup import client_record, latest, open_bundles, radar_of, reserved_cash
from api.pages.proposal_words import proposal_lead
from api.pages.rendering import page_texts, render
from api.services import advice
from api.store.records import AdviceKind

# Shares are shown to a tenth of a percent; what rounds to nothing is left out.
SHOWN_DIGITS = 3
# Below this gap, in basis points a year, no other lots are worth anybody's seconds.
SMALLEST_GAP_WORKED_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """The weight of one class before and after a proposal."""

    product_class: str
    before: float
    after: float


@pages.post("/clients/<client_id>/diagnoses")
@allow(Role.CLIENT, Role.ADVISOR)
def make_diagnosis(client_id: str) -> ResponseReturnValue:
    """Diagnose the balance sheet and show the result."""
    here = environment()
    try:
        made = advice.diagnose(
            here.store,
            here.clock,
            here.reference,
            current_caller(),
            client_id=client_id,
        )
    except InputError as error:
        return _outdated_or_raise(error, client_id)
    return redirect(url_for("pages.diagnosis", advice_id=made["id"]), 303)


@pages.post("/clients/<client_id>/proposals")
@allow(Role.CLIENT, Role.ADVISOR)
def make_proposal(client_id: str) -> ResponseReturnValue:
    """Make a proposal and show it; with exact lots if the form asks for them."""
    here = environment()
    lots = Lots.EXACT if request.form.get("lots") == Lots.EXACT else Lots.SERVED
    try:
        made = advice.propose(
            here.store,
            here.clock,
            here.reference,
            here.settings,
            current_caller(),
            client_id=client_id,
            lots=lots,
        )
    except InputError as error:
        return _outdated_or_raise(error, client_id)
    return redirect(url_for("pages.proposal", advice_id=made["id"]), 303)


@pages.get("/clients/<client_id>/diagnosis")
@allow(Role.CLIENT, Role.ADVISOR)
def latest_diagnosis(client_id: str) -> ResponseReturnValue:
    """Send the visitor to the newest diagnosis, or to the steps that lead there."""
    found = latest(AdviceKind.DIAGNOSIS, client_id)
    if found is None:
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    return redirect(url_for("pages.diagnosis", advice_id=found["id"]), 303)


@pages.get("/clients/<client_id>/proposal")
@allow(Role.CLIENT, Role.ADVISOR)
def latest_proposal(client_id: str) -> ResponseReturnValue:
    """Send the visitor to the newest proposal, or to the steps that lead there."""
    found = latest(AdviceKind.PROPOSAL, client_id)
    if found is None:
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    return redirect(url_for("pages.proposal", advice_id=found["id"]), 303)


@pages.get("/diagnoses/<advice_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def diagnosis(advice_id: str) -> str:
    """Show a diagnosis: index, radar, findings, balance sheet, needs, outlook."""
    found = advice.get_diagnosis(environment().store, current_caller(), diagnosis_id=advice_id)
    by_severity: dict[str, list[Any]] = {"warning": [], "strength": [], "notice": []}
    for finding in found["findings"]:
        by_severity[finding["severity"]].append(finding)
    weights, under_way = found["weights"], open_bundles(found["client_id"])
    shares = sorted(
        ((c.value, weights.get(c.value, 0.0)) for c in CLASSES), key=lambda pair: -pair[1]
    )
    return render(
        "diagnosis.html",
        tab="diagnosis",
        client_id=found["client_id"],
        client_name=client_record(found["client_id"]).facts.name,
        diagnosis=found,
        chart=radar_of(page_texts(), after=found["scores"]),
        warnings=by_severity["warning"],
        strengths=by_severity["strength"],
        notices=by_severity["notice"],
        shares=[(name, share) for name, share in shares if round(share, SHOWN_DIGITS)],
        conflicts=said_below_findings(found.get("conflicts", ())),
        has_open_orders=bool(under_way),
        reserved=_reserved_since(found, under_way),
    )


def _reserved_since(
    diagnosis: Mapping[str, Any], under_way: Sequence[Mapping[str, Any]]
) -> Decimal:
    """Return the money for orders under way that this diagnosis counts as lying in the account."""
    at = datetime.fromisoformat(diagnosis["created_at"])
    if not any(datetime.fromisoformat(bundle["created_at"]) <= at for bundle in under_way):
        return Decimal(0)
    return reserved_cash(diagnosis["client_id"])


@pages.get("/proposals/<advice_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def proposal(advice_id: str) -> str:
    """Show a proposal with its reasons, costs and outlook, and ask for a decision."""
    return proposal_page(advice_id)


def proposal_page(advice_id: str, *, error: str | None = None) -> str:
    """Return the page of a proposal, with what went wrong at the last press of the button."""
    here, texts = environment(), page_texts()
    found = advice.get_proposal(here.store, here.clock, current_caller(), proposal_id=advice_id)
    before, after = found["before"], found["after"]
    shares = [
        Change(c.value, before["weights"].get(c.value, 0.0), after["weights"].get(c.value, 0.0))
        for c in CLASSES
    ]
    own = found.get("initiated_by") == Initiator.CLIENT
    has_open_orders = bool(open_bundles(found["client_id"]))
    return render(
        "own_order.html" if own else "proposal.html",
        tab="proposal",
        client_id=found["client_id"],
        client_name=client_record(found["client_id"]).facts.name,
        proposal=found,
        lead=proposal_lead(found, texts),
        chart=radar_of(texts, after=after["scores"], before=before["scores"]),
        shares=[s for s in shares if round(max(s.before, s.after), SHOWN_DIGITS)],
        conflicts=said_below_findings(found.get("conflicts", ())),
        has_open_orders=has_open_orders,
        newest=_newer_than(found),
        may_work_out_lots=not own and not has_open_orders and _may_work_out_lots(found),
        # A double press of the button sends the same key twice, so it is drawn with the page.
        idempotency_key=str(uuid4()),
        error=error,
    )


def _newer_than(proposal: Mapping[str, Any]) -> str | None:
    """Return the id of the plan that took this one's place, if there is one."""
    if proposal["status"] != ProposalStatus.SUPERSEDED:
        return None
    newest = latest(AdviceKind.PROPOSAL, proposal["client_id"])
    return None if newest is None or newest["id"] == proposal["id"] else str(newest["id"])


def _may_work_out_lots(proposal: Mapping[str, Any]) -> bool:
    """Tell whether other lots could be worth it: an open plan with a gap that can be seen."""
    is_open = proposal["status"] in {status.value for status in advice.OPEN}
    is_served = bool(proposal["orders"]) and "exact_lots" not in proposal
    return is_open and is_served and proposal["rounding_gap_bp"] >= SMALLEST_GAP_WORKED_OUT


def _outdated_or_raise(error: InputError, client_id: str) -> ResponseReturnValue:
    """Send the visitor to the overview, which names the facts to renew; other refusals go on."""
    if error.code != "invalid_facts":
        raise error
    return redirect(url_for("pages.overview", client_id=client_id), 303)
