"""Suitability: may these products be bought by this client? The last look before consent.

The checker reads the finished orders and judges each purchase by itself. It shares no code with
the optimizer or the choice of products, so a mistake there is caught here instead of repeated.
The rules (`risk_profiles.suitability_rules`):

    level           product level <= client level. Deposits, treasuries, wealth products, trusts,
                    insurance and metals are matched downwards and nothing lifts that; for a
                    public fund the client's own insistence can (`risk_profiles.overrides`), which
                    no proposal of the firm ever carries
    lowest class    nothing above R1, not even at the client's own request
    qualified       private funds and trusts need evidence of qualification on file
    entry age       annuities name a highest age
    special care    R4 and R5 at 65 and over need a person: refused here, insisted on or not
    underwriting    policies are never bought by the button
    minimum, step   a first purchase meets the minimum, and so does every deposit and treasury,
                    because each is a new contract; amounts move in whole steps and are more
                    than a minimum fee
    lock-up         no longer than the stated horizon allows, and free before the nearest goal
    concentration   one public fund of shares, mixed assets or gold <= 20 % of wealth after the
                    purchase; money and bond funds are exempt
    assessment      made by `as_of` and not expired

Selling is always suitable, and so is holding what was bought elsewhere or before.
Sources: NFRA order 2025-7 (in force 2026-02-01); CSRC suitability measures, arts. 18-22; sales
measures for wealth products, art. 28. The 20 % comes from the 2023 draft rules of fund advice,
where it counts entrusted assets; here it counts all wealth and is a configured constant.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from allocator.errors import InputError
from allocator.money import ZERO, Money, total
from allocator.shelf import Product, Regime, Shelf
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.overrides import Override, override_refusals, overrides_by_product
from risk_profiles.person import ClientFacts
from risk_profiles.profile import Profile
from risk_profiles.suitability_rules import (
    amount_rules,
    assessment_rules,
    concentration_rules,
    level_rules,
    lock_rules,
    person_rules,
    product_rules,
    warning,
)

NEW_CONTRACT_REGIMES = frozenset({Regime.DEPOSIT, Regime.GOVERNMENT_BOND})


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
    overrides: Sequence[Override] = (),
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
        overrides: What the client insists on after a warning; never part of our own proposals.
            One that is not needed changes nothing.

    Raises:
        InputError: validity_days is not positive, or two overrides for one product.
    """
    if validity_days <= 0:
        raise InputError(f"validity_days must be positive, got {validity_days}")
    insisted = overrides_by_product(overrides)
    purchases = [order for order in orders if order.side is Side.BUY]
    valid_until = assessed_on + timedelta(days=validity_days)
    found = list(assessment_rules(as_of, assessed_on=assessed_on, valid_until=valid_until))
    for order in purchases:
        if order.product_id not in shelf:
            found.append(warning("unknown_product", order.product_id))
            continue
        product = shelf[order.product_id]
        found += _client_rules(
            product, insisted.get(product.id), profile=profile, facts=facts, as_of=as_of
        )
        found += product_rules(product)
        found += lock_rules(product, profile=profile, facts=facts, as_of=as_of)
        is_first = _held_before(order.product_id, orders, holdings_after) <= ZERO
        is_first = is_first or product.regime in NEW_CONTRACT_REGIMES
        found += amount_rules(product, order.amount, is_first=is_first)
    for product_id in dict.fromkeys(order.product_id for order in purchases):
        if product_id in shelf:
            bought = total(o.net for o in purchases if o.product_id == product_id)
            after = max(bought, holdings_after.get(product_id, ZERO))
            found += concentration_rules(shelf[product_id], after=after, wealth=wealth)
    return tuple(found)


def _client_rules(
    product: Product,
    override: Override | None,
    *,
    profile: Profile,
    facts: ClientFacts,
    as_of: date,
) -> tuple[Statement, ...]:
    """Match product and person; an override lifts the level and nothing else.

    Where age or qualification forbid the purchase the level is not lifted either: their own
    warnings say why. An override that is refused leaves the level's warning beside its reasons.
    """
    level = tuple(level_rules(product, profile=profile))
    person = tuple(person_rules(product, facts=facts, as_of=as_of))
    if not level or override is None:
        return (*level, *person)
    refusals = tuple(override_refusals(override, product, profile=profile, as_of=as_of))
    return (*level, *refusals, *person) if refusals or person else ()


def _held_before(
    product_id: str, orders: Sequence[PlannedOrder], holdings_after: Mapping[str, Money]
) -> Money:
    mine = [order for order in orders if order.product_id == product_id]
    bought = total(order.net for order in mine if order.side is Side.BUY)
    sold = total(order.amount for order in mine if order.side is Side.SELL)
    return holdings_after.get(product_id, ZERO) - bought + sold
