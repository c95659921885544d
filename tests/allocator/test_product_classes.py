"""The taxonomy: complete, and as the table of the method says."""

from allocator.product_classes import CLASSES, TRAITS, Dimension, ProductClass, RiskLevel


def names(trait: str) -> set[str]:
    return {c.value for c in CLASSES if getattr(TRAITS[c], trait)}


def test_every_class_has_traits_and_the_order_is_fixed() -> None:
    assert set(TRAITS) == set(CLASSES)
    assert len(CLASSES) == 13
    assert CLASSES[0] is ProductClass.DEMAND_DEPOSIT
    assert CLASSES[-1] is ProductClass.ANNUITY


def test_liquid_stable_and_risky_classes_are_those_of_the_table() -> None:
    assert names("liquid") == {"demand_deposit", "money_fund"}
    assert names("stable") == names("liquid") | {
        "time_deposit",
        "savings_treasury",
        "wealth_fixed_income",
    }
    assert names("risky") == {
        "wealth_fixed_income_plus",
        "balanced_fund",
        "a_share_equity_fund",
        "overseas_equity_fund",
        "gold",
        "private_fund_or_trust",
    }
    assert names("qualified_only") == {"private_fund_or_trust"}


def test_whatever_is_risky_belongs_to_growth_and_is_not_for_the_two_lowest_levels() -> None:
    for traits in TRAITS.values():
        assert traits.risky == (traits.dimension is Dimension.GROWTH)
        assert traits.risky == (traits.risk_level >= RiskLevel.R3)
        assert not (traits.risky and traits.stable)


def test_caps_are_fractions_and_only_cash_may_be_everything() -> None:
    assert all(0 < traits.cap <= 1 for traits in TRAITS.values())
    assert {c.value for c in CLASSES if TRAITS[c].cap == 1} == names("liquid")
    assert sum(traits.cap for traits in TRAITS.values() if not traits.risky) >= 1
