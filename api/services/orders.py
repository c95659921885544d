"""Bundles as documents, and the orders that a proposal's document plans."""

import json
from dataclasses import dataclass
from typing import Any

from allocator.errors import InputError
from allocator.money import Money
from allocator.product_classes import ProductClass
from allocator.shelf import Product, SettlementCycle, Shelf
from allocator.trading.orders import PlannedOrder, Side
from api.store.records import Bundle, Order


@dataclass(frozen=True, slots=True)
class ProposedOrder:
    """A planned order with the terms of sale the client was shown."""

    planned: PlannedOrder
    product: Product

    @property
    def is_deferred(self) -> bool:
        """Insurance is a lead for a person and is never sent."""
        return self.product.settlement is SettlementCycle.POLICY


def proposed_orders(document: str, shelf: Shelf) -> tuple[ProposedOrder, ...]:
    """Return the orders of a stored proposal, by line.

    Args:
        document: The proposal's JSON text.
        shelf: The shelf the proposal was made on.

    Raises:
        InputError: nothing to buy or sell (code nothing_to_accept), or an unknown product.
    """
    rows: list[dict[str, Any]] = json.loads(document)["orders"]
    if not rows:
        raise InputError("the proposal asks for no orders", code="nothing_to_accept")
    orders = [_proposed(row, shelf[row["product_id"]]) for row in rows]
    return tuple(sorted(orders, key=lambda order: order.planned.line))


def bundle_document(bundle: Bundle) -> dict[str, Any]:
    """Return a bundle and its orders as a JSON document; money as decimal strings."""
    return {
        "bundle_id": bundle.id,
        "proposal_id": bundle.proposal_id,
        "client_id": bundle.client_id,
        "status": bundle.status.value,
        "created_at": bundle.created_at.isoformat(),
        "orders": [_order_document(order) for order in bundle.orders],
    }


def _proposed(row: dict[str, Any], product: Product) -> ProposedOrder:
    planned = PlannedOrder(
        line=row["line"],
        side=Side(row["side"]),
        product_id=row["product_id"],
        product_class=ProductClass(row["product_class"]),
        holding_id=row["holding_id"],
        amount=Money.parse(row["amount"]),
        fee=Money.parse(row["fee"]),
    )
    return ProposedOrder(planned, product)


def _order_document(order: Order) -> dict[str, Any]:
    return {
        "line": order.line,
        "side": order.side.value,
        "product_id": order.product_id,
        "name_zh": order.name_zh,
        "name_en": order.name_en,
        "status": order.status.value,
        "reason": order.reason,
        "amount": str(order.amount.amount),
        "fee": str(order.fee.amount),
        "trade_date": None if order.trade_date is None else order.trade_date.isoformat(),
        "confirm_date": None if order.confirm_date is None else order.confirm_date.isoformat(),
        "confirmed_amount": str(order.confirmed.amount),
    }
