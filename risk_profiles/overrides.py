"""A client's own insistence on a public fund above its level, and where the law stops it.

The firm never recommends above level. A client who asks for it unprompted may still buy, once a
special written warning was given and read:

    regime      public funds only; wealth products, trusts, insurance and metals are matched
                downwards and know no exception
    class       not a client of the lowest class, whatever was signed
    warning     given on the day of the order or at most `WARNING_DAYS` before it

An override lifts the rule about the level for one product and no other rule: qualification,
special care, lock-up, amounts, concentration and the validity of the assessment stand as they are.

Sources: CSRC suitability measures, arts. 18-22, for funds; NFRA order
2025-7 for the rest. The law names no age of a warning: seven days are our judgement, long enough
to think it over and short enough for product and profile to be the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from allocator.errors import InputError, Problem
from allocator.shelf import Product, Regime
from allocator.statements import Severity, Statement
from risk_profiles.profile import Profile

WARNING_DAYS = 7
# Editions of the written warning that clients were shown; another wording is another edition.
ABOVE_LEVEL_WARNING = "above-level-2026.1"
WARNINGS = frozenset({ABOVE_LEVEL_WARNING})


@dataclass(frozen=True, slots=True)
class Override:
    """One product that the client insists on; made by `make_override` alone.

    Attributes:
        warned_on: The day the special written warning was given.
        warning: The edition of that warning.
    """

    product_id: str
    warned_on: date
    warning: str


def make_override(*, product_id: str, warned_on: date, warning: str) -> Override:
    """Return the override of a client who was given a written warning.

    Raises:
        InputError: no product, or a warning that was never one of ours (code invalid_override).
    """
    problems = []
    if not product_id:
        problems.append(Problem("/product_id", "is empty", product_id, "name the product"))
    if warning not in WARNINGS:
        remedy = f"send one of {sorted(WARNINGS)}"
        problems.append(Problem("/warning", "is no edition of the warning", warning, remedy))
    if problems:
        raise InputError("this is no override", code="invalid_override", problems=problems)
    return Override(product_id, warned_on, warning)


def overrides_by_product(overrides: Sequence[Override]) -> Mapping[str, Override]:
    """Return overrides by product id.

    Raises:
        InputError: two for the same product (code invalid_override): which warning counts?
    """
    by_product = {override.product_id: override for override in overrides}
    if len(by_product) != len(overrides):
        raise InputError("one override a product, please", code="invalid_override")
    return by_product


def override_refusals(
    override: Override, product: Product, *, profile: Profile, as_of: date
) -> Iterator[Statement]:
    """Yield what keeps an override from lifting the level of this product for this client."""
    if product.regime is not Regime.CSRC_FUND:
        yield Statement(
            "suitability.override_not_for_regime",
            Severity.WARNING,
            evidence={"product": product.id, "regime": product.regime},
        )
    if profile.is_lowest_class:
        yield Statement(
            "suitability.override_lowest_class",
            Severity.WARNING,
            evidence={"product": product.id},
        )
    age = (as_of - override.warned_on).days
    if age < 0:
        yield Statement(
            "suitability.override_warning_in_future",
            Severity.WARNING,
            evidence={"product": product.id, "warned_on": override.warned_on, "as_of": as_of},
        )
    if age > WARNING_DAYS:
        yield Statement(
            "suitability.override_warning_expired",
            Severity.WARNING,
            evidence={
                "product": product.id,
                "warned_on": override.warned_on,
                "days": WARNING_DAYS,
            },
        )
