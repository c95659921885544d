"""Journey 3 after the decision: one button, the orders, what is held then."""

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.errors import InputError
from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.errors import ConflictError, GoneError, NotFoundError
from api.pages.blueprint import pages
from api.pages.demo import move_to_next_session
from api.pages.lookup import client_record
from api.pages.rendering import page_texts, render
from api.pages.routes.advice import proposal_page
from api.pages.timeline import timeline
from api.paper_venue import PaperVenue
from api.services import advice, purchase

# Refusals that the plan's own page explains best: it names what took the plan's place.
OVERTAKEN = frozenset({"proposal_superseded", "proposal_expired"})


@pages.post("/proposals/<advice_id>/accept")
@allow(Role.CLIENT)
def accept(advice_id: str) -> ResponseReturnValue:
    """Take the client's consent and place all orders, once however often it is pressed."""
    if request.form.get("consent") != "yes":
        error = page_texts().say("page.proposal.consent_missing")
        return make_response(proposal_page(advice_id, error=error), 422)
    here = environment()
    try:
        accepted = purchase.accept_proposal(
            here.store,
            here.clock,
            current_caller(),
            proposal_id=advice_id,
            proposal_hash=request.form.get("proposal_hash", ""),
            consent=True,
            idempotency_key=request.form.get("idempotency_key", ""),
            recheck=advice.recheck_suitability,
            warning_read=request.form.get("warning_read") == "yes",
        )
    except (ConflictError, GoneError) as refusal:
        if refusal.code not in OVERTAKEN:
            raise
        error = page_texts().say(f"page.proposal.not_ordered.{refusal.code}")
        return make_response(proposal_page(advice_id, error=error), refusal.status)
    except InputError as refusal:
        if refusal.code != "warning_not_read":
            raise
        error = page_texts().say("page.own_order.warning_not_read")
        return make_response(proposal_page(advice_id, error=error), 422)
    return redirect(url_for("pages.bundle", bundle_id=accepted.document["bundle_id"]), 303)


@pages.post("/demo/next-day")
@allow(Role.CLIENT)
def demo_next_day() -> ResponseReturnValue:
    """Move the demonstration's calendar, and show what that did to the orders."""
    here, caller = environment(), current_caller()
    if not here.settings.demo:
        raise NotFoundError("there is no demonstration here")
    move_to_next_session(here.store, here.clock, PaperVenue(here.settings))
    return redirect(url_for("pages.orders", client_id=caller.client_id), 303)


@pages.get("/bundles/<bundle_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def bundle(bundle_id: str) -> str:
    """Show the orders that one consent created."""
    found = purchase.get_bundle(environment().store, current_caller(), bundle_id=bundle_id)
    client_id = found["client_id"]
    return render(
        "orders.html",
        tab="orders",
        client_id=client_id,
        client_name=client_record(client_id).facts.name,
        bundles=[found],
        timeline=timeline,
        demo_button=True,
    )


@pages.get("/clients/<client_id>/orders")
@allow(Role.CLIENT, Role.ADVISOR)
def orders(client_id: str) -> str:
    """Show all orders of a client, newest first."""
    return render(
        "orders.html",
        tab="orders",
        client_id=client_id,
        client_name=client_record(client_id).facts.name,
        bundles=purchase.list_bundles(environment().store, current_caller(), client_id=client_id),
        timeline=timeline,
        demo_button=True,
    )


@pages.get("/clients/<client_id>/holdings")
@allow(Role.CLIENT, Role.ADVISOR)
def holdings(client_id: str) -> str:
    """Show what is owned, owed and insured."""
    record, shelf = client_record(client_id), environment().reference.shelf
    sheet, language = record.balance_sheet, page_texts().language
    wealth = sheet.investable_wealth
    rows = []
    for held in sorted(sheet.holdings, key=lambda h: -h.amount.amount):
        product = shelf.products.get(held.product_id or "")
        name = None if product is None else getattr(product, f"name_{language}")
        share = float(held.amount.amount / wealth.amount) if wealth else 0.0
        rows.append(
            {
                "name": name,
                "product_class": held.product_class.value,
                "risk_level": held.risk_level.name,
                "amount": held.amount.amount,
                "share": share,
                "held_at": held.held_at.value,
                "locked_until": held.locked_until,
            }
        )
    return render(
        "holdings.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        as_of=sheet.as_of,
        wealth=wealth.amount,
        net_worth=sheet.net_worth.amount,
        holdings=rows,
        debts=[
            {
                "kind": debt.kind.value,
                "balance": debt.balance.amount,
                "annual_rate": debt.annual_rate,
                "monthly_payment": debt.monthly_payment.amount,
            }
            for debt in sheet.debts
        ],
        policies=[
            {
                "kind": policy.kind.value,
                "cover": policy.cover.amount,
                "annual_premium": policy.annual_premium.amount,
            }
            for policy in sheet.policies
        ],
    )
