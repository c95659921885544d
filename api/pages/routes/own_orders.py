"""A client's own order: choose a product and an amount; the warning is on the proposal's page."""

from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from api.authorization import allow, current_caller
from api.callers import Role
from api.documents import statement_document
from api.environment import environment
from api.errors import ConflictError, NotFoundError
from api.pages.blueprint import pages
from api.pages.lookup import client_record
from api.pages.rendering import SWITCH_LANGUAGE, page_texts, render
from api.schemas.requests import OwnOrderSchema
from api.services.own_orders import Choice, Selection, list_choices, make_own_order

# Refusals that say what to change about the order; others are pages of their own.
MENDABLE = frozenset({"unsuitable", "insufficient_cash"})


@pages.get("/clients/<client_id>/own-orders")
@allow(Role.CLIENT)
def own_orders(client_id: str) -> str:
    """List what the client may buy unasked; what is above its level stays folded."""
    record, selection = client_record(client_id), _selection(client_id)
    return render(
        "own_orders.html",
        tab="proposal",
        client_id=client_id,
        client_name=record.facts.name,
        cash=selection.cash.amount,
        within=[one.product for one in selection.choices if not one.is_above_level],
        above=[one.product for one in selection.choices if one.is_above_level],
    )


@pages.route("/clients/<client_id>/own-orders/<product_id>", methods=["GET", "POST"])
@allow(Role.CLIENT)
def own_order(client_id: str, product_id: str) -> ResponseReturnValue:
    """Ask for an amount, and write the order down with the warning it needs."""
    record, selection = client_record(client_id), _selection(client_id)
    choice = selection.find(product_id)
    if choice is None:
        raise NotFoundError("there is no such product to choose")
    name = record.facts.name
    if request.method != "POST":  # GET, or the HEAD that comes with it
        return _form(choice, selection, client_id, name)
    # Banks write thousands with commas, and so may the client.
    typed = request.form.get("amount", "").strip()
    if request.form.get("go") == SWITCH_LANGUAGE:
        return _form(choice, selection, client_id, name, typed=typed)
    try:
        body = {"product_id": product_id, "amount": typed.replace(",", "")}
        wanted: Mapping[str, Any] = OwnOrderSchema().load(body)
    except ValidationError:
        error = page_texts().say("page.own_order.bad_amount")
        page = _form(choice, selection, client_id, name, typed=typed, error=error)
        return make_response(page, 422)
    here = environment()
    try:
        made = make_own_order(
            here.store,
            here.clock,
            here.reference,
            here.settings,
            current_caller(),
            client_id=client_id,
            product_id=product_id,
            amount=wanted["amount"],
        )
    except ConflictError as refusal:
        if refusal.code not in MENDABLE:
            raise
        reasons = _reasons(refusal, choice)
        page = _form(choice, selection, client_id, name, typed=typed, reasons=reasons)
        return make_response(page, refusal.status)
    return redirect(url_for("pages.proposal", advice_id=made["id"]), 303)


def _selection(client_id: str) -> Selection:
    here = environment()
    return list_choices(
        here.store, here.clock, here.reference, current_caller(), client_id=client_id
    )


def _form(
    choice: Choice,
    selection: Selection,
    client_id: str,
    client_name: str,
    *,
    typed: str = "",
    error: str | None = None,
    reasons: tuple[str, ...] = (),
) -> str:
    return render(
        "own_order_form.html",
        tab="proposal",
        client_id=client_id,
        client_name=client_name,
        product=choice.product,
        is_above_level=choice.is_above_level,
        cash=selection.cash.amount,
        typed=typed,
        error=error,
        reasons=reasons,
    )


def _reasons(refusal: ConflictError, choice: Choice) -> tuple[str, ...]:
    """Return what stands against the order, with the product's name in place of its id."""
    texts = page_texts()
    name = getattr(choice.product, f"name_{texts.language}")
    sentences = []
    for one in refusal.statements:
        said = statement_document(one)
        evidence: Any = said["evidence"]
        if "product" in evidence:
            said["evidence"] = evidence | {"product": {"kind": "text", "value": name}}
        sentences.append(texts.statement(said))
    return tuple(sentences)
