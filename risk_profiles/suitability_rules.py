"""The rules of suitability, each over one purchase: a rule yields a warning when it is broken.

Which rules there are and where they come from stands in `risk_profiles.suitability`, which asks
them all. The constants here repeat figures that the planner has too: a check that borrowed them
would repeat the planner's mistakes.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from allocator.money import Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Product, Regime, SettlementCycle
from allocator.statements import Severity, Statement
from risk_profiles.levels import LEVELS
from risk_profiles.person import ClientFacts
from risk_profiles.profile import Profile

LARGEST_FUND_SHARE = Decimal("0.20")
# A goal less than five years away is reserved for; nothing bought may be locked beyond it.
GOAL_RESERVE_DAYS = 5 * 365
SPECIAL_CARE_AGE = 65
SPECIAL_CARE_LEVEL = RiskLevel.R4
CONCENTRATION_CLASSES = frozenset(
    {
        ProductClass.BALANCED_FUND,
        ProductClass.A_SHARE_EQUITY_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.GOLD,
        ProductClass.PRIVATE_FUND_OR_TRUST,
    }
)


def assessment_rules(as_of: date, *, assessed_on: date, valid_until: date) -> Iterator[Statement]:
    """The profile was made by `as_of` and may still be used."""
    if as_of < assessed_on:
        yield Statement(
            "suitability.assessment_in_future",
            Severity.WARNING,
            evidence={"assessed_on": assessed_on, "as_of": as_of},
        )
    if as_of > valid_until:
        yield Statement(
            "suitability.assessment_expired",
            Severity.WARNING,
            evidence={"assessed_on": assessed_on, "valid_until": valid_until},
        )


def level_rules(product: Product, *, profile: Profile) -> Iterator[Statement]:
    """A client of the lowest class buys R1 only; nobody buys above the level."""
    level = product.risk_level
    if profile.is_lowest_class and level > RiskLevel.R1:
        yield Statement(
            "suitability.lowest_class",
            Severity.WARNING,
            evidence={"product": product.id, "product_level": level.name},
        )
    elif level > LEVELS[profile.level].highest_risk_level:
        yield Statement(
            "suitability.above_level",
            Severity.WARNING,
            evidence={
                "product": product.id,
                "product_level": level.name,
                "level": profile.level,
            },
        )


def person_rules(product: Product, *, facts: ClientFacts, as_of: date) -> Iterator[Statement]:
    """What age and qualification forbid; no word of the client lifts any of it."""
    age = facts.age_on(as_of)
    if product.qualified_only and not facts.is_qualified_investor:
        yield warning("qualified_only", product.id)
    if product.highest_entry_age is not None and age > product.highest_entry_age:
        yield Statement(
            "suitability.entry_age",
            Severity.WARNING,
            evidence={
                "product": product.id,
                "age": age,
                "highest_entry_age": product.highest_entry_age,
            },
        )
    if age >= SPECIAL_CARE_AGE and product.risk_level >= SPECIAL_CARE_LEVEL:
        yield Statement(
            "suitability.special_care",
            Severity.WARNING,
            evidence={
                "product": product.id,
                "product_level": product.risk_level.name,
                "age": age,
            },
        )


def lock_rules(
    product: Product, *, profile: Profile, facts: ClientFacts, as_of: date
) -> Iterator[Statement]:
    """Money must be free when the client said it will be needed."""
    if not product.lock_up_days:
        return
    limit = profile.longest_lock_up_days
    if product.lock_up_days > limit:
        yield Statement(
            "suitability.locked_past_horizon",
            Severity.WARNING,
            evidence={"product": product.id, "days": product.lock_up_days, "limit": limit},
        )
    free_on = as_of + timedelta(days=product.lock_up_days)
    near = [g.due for g in facts.goals if (g.due - as_of).days < GOAL_RESERVE_DAYS]
    if near and free_on > min(near):
        yield Statement(
            "suitability.locked_past_goal",
            Severity.WARNING,
            evidence={"product": product.id, "due": min(near)},
        )


def product_rules(product: Product) -> Iterator[Statement]:
    """It is on sale, and the button can buy it."""
    if not product.on_sale:
        yield warning("not_on_sale", product.id)
    if product.settlement is SettlementCycle.POLICY:
        yield warning("needs_underwriting", product.id)


def amount_rules(product: Product, amount: Money, *, is_first: bool) -> Iterator[Statement]:
    """A first purchase meets the minimum; all amounts move in whole steps, and fees leave some."""
    lowest = product.minimum if is_first else product.step
    lowest = max(lowest, product.minimum_purchase_fee.floored_to(product.step) + product.step)
    if amount < lowest:
        yield Statement(
            "suitability.below_minimum",
            Severity.WARNING,
            evidence={"product": product.id, "amount": amount, "minimum": lowest},
        )
    elif (amount - lowest).amount % product.step.amount:
        yield Statement(
            "suitability.off_step",
            Severity.WARNING,
            evidence={"product": product.id, "amount": amount, "step": product.step},
        )


def concentration_rules(product: Product, *, after: Money, wealth: Money) -> Iterator[Statement]:
    """One fund of shares, mixed assets or gold holds at most a fifth of wealth."""
    is_bound = product.regime is Regime.CSRC_FUND and product.product_class in CONCENTRATION_CLASSES
    limit = wealth.scaled(LARGEST_FUND_SHARE)
    if is_bound and after > limit:
        yield Statement(
            "suitability.concentration",
            Severity.WARNING,
            evidence={
                "product": product.id,
                "amount": after,
                "limit": limit,
                "share": float(LARGEST_FUND_SHARE),
            },
        )


def warning(rule: str, product_id: str) -> Statement:
    """Return the warning of a rule that says no more than which product broke it."""
    return Statement(f"suitability.{rule}", Severity.WARNING, evidence={"product": product_id})
