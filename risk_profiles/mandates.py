"""From a person to a mandate: profile, needs and life cycle become numbers and limits.

    liquidity floor = (emergency fund + cash that is to repay a debt) / W
    stable floor    = liquidity floor + R / W        R: what dated goals need in stable classes
    fixed           = what is locked or held elsewhere, and the cash to keep: one month of
                      essential spending (nobody pays the rent from a money fund that settles
                      tomorrow) and what had better repay a dear debt

The profile's level brings the volatility cap, the risky-share cap and the highest product level;
its score brings the risk aversion; human capital brings the rest (`allocator.mandate`).
"""

from dataclasses import dataclass

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import ZERO, Money, total
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.shelf import Shelf
from allocator.trading.product_choice import Menu
from risk_profiles.levels import LEVELS
from risk_profiles.profile import Profile

# One figure spreads one-off costs in the optimizer and in the reminder's gate.
COST_HORIZON_YEARS = 2.0
_LONG_HELD_DAYS = 3650


@dataclass(frozen=True, slots=True)
class CashToKeep:
    """Cash that no plan touches: for everyday use, and to repay debts with."""

    everyday: Money
    repayment: Money

    @property
    def total(self) -> Money:
        """Both together."""
        return self.everyday + self.repayment


def cash_to_keep(balance_sheet: BalanceSheet, needs: Needs, market: MarketModel) -> CashToKeep:
    """Return the cash that stays in the account.

    A month's essentials stay for everyday use. What lies liquid beyond the emergency fund stays
    as far as debts can be repaid with it that cost more than any class is expected to earn: to
    invest beside such a debt is to borrow for it.
    """
    account = total(h.amount for h in _account(balance_sheet))
    everyday = min(needs.monthly_essential, account)
    highest_return = float(market.net_returns.max())
    dear = total(d.balance for d in balance_sheet.debts if float(d.annual_rate) > highest_return)
    spare = max(balance_sheet.liquid_assets - needs.emergency_fund, ZERO)
    return CashToKeep(everyday=everyday, repayment=min(dear, spare, account - everyday))


def build_mandate(
    *,
    profile: Profile,
    needs: Needs,
    human_capital: HumanCapital,
    balance_sheet: BalanceSheet,
    cash: CashToKeep,
    menu: Menu,
    shelf: Shelf,
) -> Mandate:
    """Return the mandate of a client with positive investable wealth.

    Raises:
        InputError: there is no wealth to allocate.
    """
    limits = LEVELS[profile.level]
    weights = balance_sheet.weights(CLASSES)
    wealth = float(balance_sheet.investable_wealth)
    fixed = dict(zip(CLASSES, balance_sheet.fixed_weights(CLASSES), strict=True))
    fixed[ProductClass.DEMAND_DEPOSIT] += float(cash.total) / wealth
    # What is to repay a debt will be gone, so it cannot be the emergency fund as well.
    liquidity_floor = float(needs.emergency_fund + cash.repayment) / wealth
    return Mandate(
        classes=CLASSES,
        risk_aversion=profile.risk_aversion,
        human_capital_ratio=human_capital.total / wealth,
        income_beta=human_capital.beta if human_capital.is_working else 0.0,
        volatility_cap=limits.volatility_cap,
        risky_share_cap=limits.risky_share_cap,
        liquidity_floor=liquidity_floor,
        stable_floor=liquidity_floor + float(needs.goals_reserve) / wealth,
        current=weights.values,
        # A sum of two roundings may pass what is held by one part in 10^16.
        fixed=tuple(min(fixed[c], weights[c]) for c in CLASSES),
        class_caps=tuple(TRAITS[c].cap for c in CLASSES),
        buyable=tuple(c is ProductClass.DEMAND_DEPOSIT or bool(menu[c]) for c in CLASSES),
        buy_cost=tuple(float(menu[c][0].purchase_fee) if menu[c] else 0.0 for c in CLASSES),
        sell_cost=tuple(_sell_cost(c, balance_sheet, shelf) for c in CLASSES),
        cost_horizon_years=COST_HORIZON_YEARS,
    )


def _account(balance_sheet: BalanceSheet) -> list[Holding]:
    return [
        h
        for h in balance_sheet.holdings
        if h.product_class is ProductClass.DEMAND_DEPOSIT and h.is_sellable(balance_sheet.as_of)
    ]


def _sell_cost(product_class: ProductClass, balance_sheet: BalanceSheet, shelf: Shelf) -> float:
    """Redemption fee of what could be sold in a class, weighted by value."""
    worth = fee = ZERO.amount
    for holding in balance_sheet.holdings:
        if holding.product_class is not product_class or holding.product_id is None:
            continue
        if not holding.is_sellable(balance_sheet.as_of):
            continue
        bought = holding.acquired_on
        held = (balance_sheet.as_of - bought).days if bought else _LONG_HELD_DAYS
        rate = shelf[holding.product_id].redemption_fee(held_days=held)
        worth += holding.amount.amount
        fee += holding.amount.amount * rate
    return float(fee / worth) if worth else 0.0
