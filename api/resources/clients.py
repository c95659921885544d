"""Clients: added by an advisor from client files, renewed when facts age, seen by the book."""

from typing import Any

from allocator.balance_sheet import Holding
from allocator.shelf import Shelf
from api.authorization import allow, current_caller
from api.callers import Role
from api.client_file import ClientRecord
from api.environment import environment
from api.resources.routing import Routes
from api.schemas.client_file import ClientFileSchema, client_file_fields, make_record
from api.schemas.records import ClientsSchema, HoldingsSchema
from api.schemas.renewal import RenewalSchema, make_renewal
from api.services import clients

routes = Routes("clients", description="Clients, as client files, and what they hold.")


@routes.post(
    "/clients", policy=allow(Role.ADVISOR), takes=ClientFileSchema, returns=ClientFileSchema
)
def add_client(body: dict[str, Any]) -> dict[str, Any]:
    """Add a client to the caller's book; answers in the file are kept for the client to submit.

    They become the client's answer draft and no part of the client file that is returned. Nothing
    is assessed until the client submits them.
    """
    here = environment()
    record = make_record(body, shelf=here.reference.shelf, parameters=here.reference.life_cycle)
    registered = clients.onboard_client(
        here.store, here.clock, here.reference, here.settings, current_caller(), record
    )
    return client_file_fields(registered)


@routes.get("/clients", policy=allow(Role.ADVISOR), returns=ClientsSchema)
def list_clients() -> dict[str, Any]:
    """List the caller's book, by client id."""
    here = environment()
    records = clients.list_clients(here.store, here.clock, current_caller())
    rows = [
        {
            "client_id": record.client_id,
            "name": record.facts.name,
            "as_of": record.balance_sheet.as_of.isoformat(),
            "wealth": str(record.balance_sheet.investable_wealth.amount),
            "net_worth": str(record.balance_sheet.net_worth.amount),
            "is_assessed": record.answers is not None,
        }
        for record in records
    ]
    return {"clients": rows}


@routes.get(
    "/clients/<client_id>", policy=allow(Role.CLIENT, Role.ADVISOR), returns=ClientFileSchema
)
def get_client(client_id: str) -> dict[str, Any]:
    """Return a client as a client file."""
    return client_file_fields(_client(client_id))


@routes.put(
    "/clients/<client_id>/facts",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=RenewalSchema,
    returns=ClientFileSchema,
)
def renew_facts(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Put facts, debts and policies of today in place of those known."""
    here = environment()
    record = clients.renew_facts(
        here.store,
        here.clock,
        here.reference,
        current_caller(),
        client_id=client_id,
        renewal=make_renewal(body),
    )
    return client_file_fields(record)


@routes.get(
    "/clients/<client_id>/holdings", policy=allow(Role.CLIENT, Role.ADVISOR), returns=HoldingsSchema
)
def list_holdings(client_id: str) -> dict[str, Any]:
    """Return what a client holds, with the names of the products."""
    shelf, sheet = environment().reference.shelf, _client(client_id).balance_sheet
    return {
        "client_id": client_id,
        "as_of": sheet.as_of.isoformat(),
        "wealth": str(sheet.investable_wealth.amount),
        "holdings": [
            _held(holding, shelf) | {"is_sellable": holding.is_sellable(sheet.as_of)}
            for holding in sheet.holdings
        ],
    }


def _client(client_id: str) -> ClientRecord:
    here = environment()
    return clients.get_client(here.store, here.clock, current_caller(), client_id=client_id)


def _held(holding: Holding, shelf: Shelf) -> dict[str, Any]:
    is_ours = holding.product_id is not None and holding.product_id in shelf
    product = shelf[holding.product_id] if is_ours and holding.product_id is not None else None
    return {
        "id": holding.id,
        "product_id": holding.product_id,
        "name_zh": None if product is None else product.name_zh,
        "name_en": None if product is None else product.name_en,
        "product_class": holding.product_class.value,
        "risk_level": holding.risk_level.name,
        "amount": str(holding.amount.amount),
        "held_at": holding.held_at.value,
        "locked_until": None if holding.locked_until is None else holding.locked_until.isoformat(),
        "acquired_on": None if holding.acquired_on is None else holding.acquired_on.isoformat(),
    }
