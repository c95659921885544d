"""What advice rests on: the market model and the shelf."""

from typing import Any

import numpy as np

from allocator.product_classes import TRAITS
from api.authorization import allow
from api.callers import Role
from api.environment import environment
from api.resources.routing import Routes
from api.schemas.reference import MarketSchema, ProductsSchema

routes = Routes("reference", description="Market assumptions and products.")


@routes.get("/market", policy=allow(*Role), returns=MarketSchema)
def get_market() -> dict[str, Any]:
    """Return the assumptions in use; expected returns are net of fees."""
    market = environment().reference.market
    volatilities = market.volatilities
    correlations = market.covariance / np.outer(volatilities, volatilities)
    rows = zip(market.classes, market.net_returns, market.fees, volatilities, strict=True)
    return {
        "version": market.version,
        "as_of": market.as_of.isoformat(),
        "content_hash": market.content_hash,
        "classes": [
            {
                "product_class": product_class.value,
                "dimension": TRAITS[product_class].dimension.value,
                "risk_level": TRAITS[product_class].risk_level.name,
                "is_liquid": TRAITS[product_class].liquid,
                "expected_return": round(float(net), 6),
                "fee": round(float(fee), 6),
                "volatility": round(float(volatility), 6),
            }
            for product_class, net, fee, volatility in rows
        ],
        "correlations": [[round(float(c), 4) for c in row] for row in correlations],
    }


@routes.get("/products", policy=allow(*Role), returns=ProductsSchema)
def list_products() -> dict[str, Any]:
    """Return the shelf, by product id."""
    shelf = environment().reference.shelf
    products = [shelf[product_id] for product_id in sorted(shelf.products)]
    return {
        "version": shelf.version,
        "content_hash": shelf.content_hash,
        "products": [
            {
                "id": p.id,
                "name_zh": p.name_zh,
                "name_en": p.name_en,
                "product_class": p.product_class.value,
                "regime": p.regime.value,
                "risk_level": p.risk_level.name,
                "minimum": str(p.minimum.amount),
                "step": str(p.step.amount),
                "purchase_fee": str(p.purchase_fee),
                "redemption_fees": [
                    {"held_days": tier.held_days, "rate": str(tier.rate)}
                    for tier in p.redemption_fees
                ],
                "minimum_purchase_fee": str(p.minimum_purchase_fee.amount),
                "minimum_redemption_fee": str(p.minimum_redemption_fee.amount),
                "annual_fee": str(p.annual_fee),
                "lock_up_days": p.lock_up_days,
                "settlement": p.settlement.value,
                "redemption_days": p.redemption_days,
                "on_sale": p.on_sale,
                "qualified_only": p.qualified_only,
                "highest_entry_age": p.highest_entry_age,
            }
            for p in products
        ],
    }
