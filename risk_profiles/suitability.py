"""Suitability: may these products be bought by this client? The last look before consent.

The checker reads the finished orders and judges each purchase by itself. It shares no code with
the optimizer or the choice of products, so a mistake there is caught here instead of repeated.
Every rule is hard in a proposal, whatever regime a product is sold under:

    level           product level <= client level (wealth products and trusts: matching goes down
                    only; public funds: the firm never recommends above level, and only the client
                    could ask for more, which no proposal does)
    lowest class    nothing above R1, not even at the client's own request
    qualified       private funds and trusts need evidence of qualification on file
    entry age       annuities name a highest age
    special care    R4 and R5 at 65 and over need a person: refused here
    underwriting    policies are never bought by the button
    minimum, step   a first purchase meets the minimum, and so does every deposit and treasury,
                    because each is a new contract; amounts move in whole steps
    concentration   one public fund of shares, mixed assets or gold <= 20 % of wealth after the
                    purchase; money and bond funds are exempt
    assessment      made by `as_of` and not expired

Selling is always suitable, and so is holding what was bought elsewhere or before.
Sources: NFRA order 2025-7 (in force 2026-02-01); CSRC suitability measures, arts. 18-22; sales
measures for wealth products, art. 28. The 20 % comes from the 2023 draft rules of fund advice,
where it counts entrusted assets; here it counts all wealth and is a configured constant.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from allocator.errors import InputError
from allocator.money import ZERO, Money, total
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Product, Regime, SettlementCycle, Shelf
from allocator.statements import Severity, Statement
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.levels import LEVELS
from risk_profiles.person import ClientFacts
from risk_profiles.profile import Profile

LARGEST_FUND_SHARE = Decimal("0.20")
# A goal less than five years away is reserved for; nothing bought may be locked beyond it.
GOAL_RESERVE_DAYS = 5 * 365
SPECIAL_CARE_AGE = 65
SPECIAL_CARE_LEVEL = RiskLevel.R4
NEW_CONTRACT_REGIMES = frozenset({Regime.DEPOSIT, Regime.GOVERNMENT_BOND})
CONCENTRATION_CLASSES = frozenset(
    {
        ProductClass.BALANCED_FUND,
        ProductClass.A_SHARE_EQUITY_FUND,
        ProductClass.OVERSEAS_EQUITY_FUND,
        ProductClass.GOLD,
        ProductClass.PRIVATE_FUND_OR_TRUST,
    }
)


def check_orders(
    orders: Sequence[PlannedOrder],
    *,
    profile: Profile,
    facts: ClientFacts,
    shelf: Shelf,
    wealth: Money,
    holdings_after: Mapping[str, Money],
    as_of: date,
    assessed_on: date,
    validity_days: int,
) -> tuple[Statement, ...]:
    """Return one warning for each rule a purchase breaks; none means suitable.

    Args:
        orders: The whole plan; sales are passed over.
        profile: The profile the plan rests on.
        facts: Age and qualification.
        shelf: Products as they are sold today.
        wealth: Investable wealth, before the plan's fees.
        holdings_after: Value by product id once every order is executed.
        as_of: The day of the plan.
        assessed_on: The day the profile was made.
        validity_days: How long a profile may be used.

    Raises:
        InputError: validity_days is not positive.
    """
    if validity_days <= 0:
        raise InputError(f"validity_days must be positive, got {validity_days}")
    purchases = [order for order in orders if order.side is Side.BUY]
    found = list(_assessment(as_of, assessed_on, assessed_on + timedelta(days=validity_days)))
    for order in purchases:
        if order.product_id not in shelf:
            found.append(_warning("unknown_product", order.product_id))
            continue
        product = shelf[order.product_id]
        found += _client_rules(product, profile=profile, facts=facts, age=facts.age_on(as_of))
        found += _product_rules(product)
        found += _lock_rules(product, profile=profile, facts=facts, as_of=as_of)
        is_first = _held_before(order.product_id, orders, holdings_after) <= ZERO
        is_first = is_first or product.regime in NEW_CONTRACT_REGIMES
        found += _amount_rules(product, order.amount, is_first=is_first)
    for product_id in dict.fromkeys(order.product_id for order in purchases):
        if product_id in shelf:
            bought = total(o.net for o in purchases if o.product_id == product_id)
            after = max(bought, holdings_after.get(product_id, ZERO))
            found += _concentration(shelf[product_id], after=after, wealth=wealth)
    return tuple(found)


def _assessment(as_of: date, assessed_on: date, valid_until: date) -> Iterator[Statement]:
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


def _client_rules(
    product: Product, *, profile: Profile, facts: ClientFacts, age: int
) -> Iterator[Statement]:
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
    if product.qualified_only and not facts.is_qualified_investor:
        yield _warning("qualified_only", product.id)
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
    if age >= SPECIAL_CARE_AGE and level >= SPECIAL_CARE_LEVEL:
        yield Statement(
            "suitability.special_care",
            Severity.WARNING,
            evidence={"product": product.id, "product_level": level.name, "age": age},
        )


def _lock_rules(
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


def _product_rules(product: Product) -> Iterator[Statement]:
    if not product.on_sale:
        yield _warning("not_on_sale", product.id)
    if product.settlement is SettlementCycle.POLICY:
        yield _warning("needs_underwriting", product.id)


def _amount_rules(product: Product, amount: Money, *, is_first: bool) -> Iterator[Statement]:
    lowest = product.minimum if is_first else product.step
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


def _concentration(product: Product, *, after: Money, wealth: Money) -> Iterator[Statement]:
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


def _held_before(
    product_id: str, orders: Sequence[PlannedOrder], holdings_after: Mapping[str, Money]
) -> Money:
    mine = [order for order in orders if order.product_id == product_id]
    bought = total(order.net for order in mine if order.side is Side.BUY)
    sold = total(order.amount for order in mine if order.side is Side.SELL)
    return holdings_after.get(product_id, ZERO) - bought + sold


def _warning(rule: str, product_id: str) -> Statement:
    return Statement(f"suitability.{rule}", Severity.WARNING, evidence={"product": product_id})
