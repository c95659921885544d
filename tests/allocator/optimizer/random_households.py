"""Random households over the real shelf and market: one seed, one plan."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, HeldAt, Holding
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import ZERO, Money
from allocator.optimizer.lots import Plan, plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Shelf, load_default_shelf
from allocator.trading.product_choice import Menu, build_menu
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.mandates import build_mandate, everyday_cash
from risk_profiles.profile import Profile

SHELF = load_default_shelf()
MARKET = load_default_assumptions()
AS_OF = date(2026, 11, 20)


@dataclass(frozen=True)
class Household:
    """All that goes into a plan."""

    sheet: BalanceSheet
    level: ProfileLevel
    age: int
    is_qualified: bool
    needs: Needs
    capital: HumanCapital

    @property
    def highest_risk_level(self) -> RiskLevel:
        return LEVELS[self.level].highest_risk_level

    @property
    def everyday_cash(self) -> Money:
        return everyday_cash(self.sheet, self.needs)


@dataclass(frozen=True)
class Planned:
    """What came out."""

    household: Household
    menu: Menu
    mandate: Mandate
    allocation: Allocation
    plan: Plan


def profile_of(level: ProfileLevel) -> Profile:
    gamma = LEVELS[level].anchor_risk_aversion
    return Profile(
        level=level,
        score=50.0,
        points=50.0,
        risk_aversion=gamma,
        capacity=50.0,
        tolerance=50.0,
        knowledge=50.0,
        is_lowest_class=False,
        needs_review=False,
        liftable_to=None,
        longest_lock_up_days=3650,
        reasons=(),
        questionnaire_version="test",
    )


def household(seed: int, *, wealth: float | None = None) -> Household:
    """Return the household of one seed, of about `wealth` yuan (by default 100 to 20 million)."""
    dice = random.Random(seed)  # noqa: S311 # households, not secrets
    scale = wealth or 10 ** dice.uniform(2, 7.3)
    first = Money.rounded(max(0.01, dice.random() * scale))
    holdings = [_cash(first)] if dice.random() < 0.95 else []
    for number, product_id in enumerate(dice.sample(sorted(SHELF.products), dice.randint(1, 6))):
        amount = Money.rounded(dice.random() ** 2 * scale)
        if amount > ZERO:
            holdings.append(_holding(dice, number, product_id, amount))
    sheet = BalanceSheet(AS_OF, tuple(holdings) or (_cash(first),))
    worth = float(sheet.investable_wealth)
    months = dice.choice([3.0, 4.5, 6.0, 9.0])
    essential = Money.rounded(worth * dice.random() * 0.06)
    return Household(
        sheet=sheet,
        level=dice.choice(list(ProfileLevel)),
        age=dice.randint(20, 59),
        is_qualified=dice.random() < 0.3,
        needs=Needs(
            emergency_months=months,
            monthly_essential=essential,
            emergency_fund=essential.scaled(Decimal(str(months))),
            life_cover=ZERO,
            critical_illness_cover=ZERO,
            accident_cover=ZERO,
            goals_reserve=Money.rounded(worth * dice.choice([0.0, 0.1, 0.3])),
        ),
        capital=HumanCapital(
            worth * dice.random() * 5, 0.0, dice.random() * 0.3, 0.07, 60, is_working=True
        ),
    )


def work_out(one: Household, *, shelf: Shelf = SHELF) -> Planned:
    """Return the plan for a household."""
    menu = build_menu(
        shelf,
        highest_risk_level=one.highest_risk_level,
        age=one.age,
        is_qualified_investor=one.is_qualified,
        wealth=one.sheet.investable_wealth,
        cost_horizon_years=2.0,
    )
    mandate = build_mandate(
        profile=profile_of(one.level),
        needs=one.needs,
        human_capital=one.capital,
        balance_sheet=one.sheet,
        menu=menu,
        shelf=shelf,
    )
    allocation = optimize(mandate, MARKET)
    plan = plan_lots(
        one.sheet,
        mandate,
        allocation,
        menu=menu,
        shelf=shelf,
        highest_risk_level=one.highest_risk_level,
        cash_to_keep=one.everyday_cash,
    )
    return Planned(one, menu, mandate, allocation, plan)


def shuffled(one: Household, seed: int) -> Household:
    """Return the household with its holdings in another order."""
    holdings = list(one.sheet.holdings)
    random.Random(seed).shuffle(holdings)  # noqa: S311 # an order, not a secret
    return replace(one, sheet=replace(one.sheet, holdings=tuple(holdings)))


def _cash(amount: Money) -> Holding:
    return Holding("cash", ProductClass.DEMAND_DEPOSIT, amount, RiskLevel.R1, "demand-deposit")


def _holding(dice: random.Random, number: int, product_id: str, amount: Money) -> Holding:
    product = SHELF[product_id]
    is_locked = product.lock_up_days > 0 and dice.random() < 0.6
    return Holding(
        id=f"h{number}",
        product_class=product.product_class,
        amount=amount,
        risk_level=product.risk_level,
        product_id=product_id,
        held_at=HeldAt.ELSEWHERE if dice.random() < 0.15 else HeldAt.HERE,
        locked_until=AS_OF + timedelta(days=dice.randint(1, 900)) if is_locked else None,
        acquired_on=AS_OF - timedelta(days=dice.randint(0, 800)) if dice.random() < 0.6 else None,
    )
