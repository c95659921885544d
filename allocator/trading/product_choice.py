"""Which products a client may buy, and in which order they are considered.

Within a class the order follows what the client nets per year and nothing else:

    yearly fee + purchase fee / cost horizon - quoted rate          the lowest first

then the shorter lock-up, then the lower minimum, then the id. What the bank earns is not an
argument of this function.
"""

from collections.abc import Mapping
from decimal import Decimal

from allocator.money import Money
from allocator.product_classes import CLASSES, TRAITS, ProductClass, RiskLevel
from allocator.shelf import Product, SettlementCycle, Shelf

Menu = Mapping[ProductClass, tuple[Product, ...]]


def build_menu(
    shelf: Shelf,
    *,
    highest_risk_level: RiskLevel,
    age: int,
    is_qualified_investor: bool,
    wealth: Money,
    cost_horizon_years: float,
    longest_lock_up_days: int | None = None,
) -> Menu:
    """Return, for every class, the products the button may sell to this client, best first.

    A product is left out when it is suspended, above the risk level, for qualified investors only,
    past the entry age, locked for more than `longest_lock_up_days` (None: any), needs underwriting
    by people, or when its minimum is more than its class may hold: an optimum that counted on it
    could not be bought.
    """

    most = {c: wealth.scaled(Decimal(str(TRAITS[c].cap))) for c in CLASSES}

    def may_buy(product: Product) -> bool:
        return (
            product.on_sale
            and product.risk_level <= highest_risk_level
            and (is_qualified_investor or not product.qualified_only)
            and (product.highest_entry_age is None or age <= product.highest_entry_age)
            and (longest_lock_up_days is None or product.lock_up_days <= longest_lock_up_days)
            and product.minimum <= most[product.product_class]
            and product.settlement is not SettlementCycle.POLICY
        )

    def preference(product: Product) -> tuple[Decimal, int, Decimal, str]:
        cost = product.yearly_cost(cost_horizon_years=cost_horizon_years)
        net_cost = cost - (product.rate or Decimal(0))
        return net_cost, product.lock_up_days, product.minimum.amount, product.id

    return {c: tuple(sorted(filter(may_buy, shelf.of_class(c)), key=preference)) for c in CLASSES}


def quoted_rates(menu: Menu) -> dict[ProductClass, float]:
    """Return, per class, the yearly rate of the best product on the menu that quotes one.

    Classes of which no product quotes a rate are left out.
    """
    first = {c: next((p.rate for p in menu[c] if p.rate is not None), None) for c in menu}
    return {c: float(rate) for c, rate in first.items() if rate is not None}
