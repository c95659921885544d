"""Which products a client may buy, and in which order they are considered.

Within a class the order follows what the client nets per year and nothing else:

    yearly fee + purchase fee / cost horizon - quoted rate          the lowest first

and ties go by id. What the bank earns is not an argument of this function. One fund of shares,
mixed assets or gold holds a fifth of wealth at most.
"""

from collections.abc import Mapping
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet
from allocator.money import ZERO, Money, total
from allocator.product_classes import CLASSES, TRAITS, ProductClass, RiskLevel
from allocator.shelf import Product, Regime, SettlementCycle, Shelf

Menu = Mapping[ProductClass, tuple[Product, ...]]

# Draft rules on fund advice (2023): at most this share of a client's money in one fund.
SINGLE_FUND_CAP = Decimal("0.20")
# Money and bond funds are open-ended cash and bond pools that the rule leaves out.
_UNCAPPED_CLASSES = {ProductClass.MONEY_FUND, ProductClass.BOND_FUND}


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
    by people, or when its minimum is more than its class or the product itself may hold: an optimum
    that counted on it could not be bought.
    """

    def may_buy(product: Product) -> bool:
        return (
            product.on_sale
            and product.risk_level <= highest_risk_level
            and (is_qualified_investor or not product.qualified_only)
            and (product.highest_entry_age is None or age <= product.highest_entry_age)
            and (longest_lock_up_days is None or product.lock_up_days <= longest_lock_up_days)
            and product.minimum <= wealth.scaled(_largest_share(product))
            and product.settlement is not SettlementCycle.POLICY
        )

    def preference(product: Product) -> tuple[Decimal, str]:
        cost = product.yearly_cost(cost_horizon_years=cost_horizon_years)
        return cost - (product.rate or Decimal(0)), product.id

    return {c: tuple(sorted(filter(may_buy, shelf.of_class(c)), key=preference)) for c in CLASSES}


def room_in(product: Product, balance_sheet: BalanceSheet) -> Money:
    """Return the most that may be bought of a product: up to a fifth of wealth in one fund."""
    wealth = balance_sheet.investable_wealth
    if not _is_capped(product):
        return wealth
    held = total(h.amount for h in balance_sheet.holdings if h.product_id == product.id)
    return max(wealth.scaled(SINGLE_FUND_CAP) - held, ZERO)


def quoted_rates(menu: Menu) -> dict[ProductClass, float]:
    """Return, per class, the yearly rate of the best product on the menu that quotes one.

    Classes of which no product quotes a rate are left out.
    """
    first = {c: next((p.rate for p in menu[c] if p.rate is not None), None) for c in menu}
    return {c: float(rate) for c, rate in first.items() if rate is not None}


def _is_capped(product: Product) -> bool:
    is_fund = product.regime is Regime.CSRC_FUND
    return is_fund and product.product_class not in _UNCAPPED_CLASSES


def _largest_share(product: Product) -> Decimal:
    """Return the share of wealth that a product may hold: its class's, or its own if lower."""
    share = Decimal(str(TRAITS[product.product_class].cap))
    return min(share, SINGLE_FUND_CAP) if _is_capped(product) else share
