"""Which products a client may buy, and that only the client's cost decides their order."""

from dataclasses import replace
from decimal import Decimal

import pytest

from allocator.money import Money
from allocator.product_classes import CLASSES, ProductClass, RiskLevel
from allocator.shelf import Product, Regime, Shelf, load_default_shelf
from allocator.trading.product_choice import Menu, build_menu

SHELF = load_default_shelf()
money = Money.parse


def menu(
    shelf: Shelf = SHELF,
    *,
    level: RiskLevel = RiskLevel.R5,
    age: int = 40,
    qualified: bool = True,
    wealth: str = "50000000",
    horizon: float = 2.0,
) -> Menu:
    return build_menu(
        shelf,
        highest_risk_level=level,
        age=age,
        is_qualified_investor=qualified,
        wealth=money(wealth),
        cost_horizon_years=horizon,
    )


def ids(one: Menu) -> set[str]:
    return {product.id for products in one.values() for product in products}


def shelf_of(*products: Product) -> Shelf:
    return Shelf("test", "0" * 64, {p.id: p for p in products})


BOND = SHELF["index-bond-fund-a"]


def test_every_class_is_on_the_menu_even_when_it_is_empty() -> None:
    assert tuple(menu(shelf_of(BOND))) == CLASSES


@pytest.mark.parametrize("level", list(RiskLevel))
def test_a_level_sees_its_own_products_and_all_below(level: RiskLevel) -> None:
    shown = ids(menu(level=level))
    assert all(SHELF[i].risk_level <= level for i in shown)
    if level > RiskLevel.R1:
        assert ids(menu(level=RiskLevel(level - 1))) < shown


@pytest.mark.parametrize(
    ("change", "who"),
    [
        ({"on_sale": False}, {}),
        ({"qualified_only": True}, {"qualified": False}),
        ({"highest_entry_age": 39}, {"age": 40}),
        ({"settlement": SHELF["pension-annuity"].settlement}, {}),
        ({"minimum": money("60000.01")}, {"wealth": "100000"}),
    ],
)
def test_each_rule_alone_takes_a_product_off_the_menu(
    change: dict[str, object], who: dict[str, object]
) -> None:
    assert ids(menu(shelf_of(BOND), **who)) == {BOND.id}  # type: ignore[arg-type]
    changed = replace(BOND, **change)  # type: ignore[arg-type]
    assert ids(menu(shelf_of(changed), **who)) == set()  # type: ignore[arg-type]


def test_entry_age_and_minimum_count_up_to_their_limits() -> None:
    at_limits = replace(BOND, highest_entry_age=40, minimum=money("60000.00"))
    # The bond class may hold 60 % of wealth.
    assert ids(menu(shelf_of(at_limits), wealth="100000")) == {BOND.id}


def test_a_trust_whose_minimum_exceeds_a_tenth_of_wealth_is_not_offered() -> None:
    trusts = ProductClass.PRIVATE_FUND_OR_TRUST
    assert menu(wealth="10000000")[trusts]
    assert not menu(wealth="9999999")[trusts]


def test_policies_are_never_on_the_menu() -> None:
    assert not {i for i in ids(menu()) if SHELF[i].regime is Regime.INSURANCE}


def test_the_cheapest_per_year_comes_first_then_the_shorter_lock_the_minimum_and_the_id() -> None:
    def named(name: str, **change: object) -> Product:
        return replace(BOND, id=name, **change)  # type: ignore[arg-type]

    free = {"purchase_fee": Decimal(0), "annual_fee": Decimal("0.004")}
    products = (
        named("z-cheap", purchase_fee=Decimal(0), annual_fee=Decimal("0.001")),
        named("a-locked", **free, lock_up_days=30),
        named("b-large", **free, minimum=money("50.00")),
        named("d-plain", **free),
        named("c-plain", **free),
    )
    order = [p.id for p in menu(shelf_of(*products))[ProductClass.BOND_FUND]]
    assert order == ["z-cheap", "c-plain", "d-plain", "b-large", "a-locked"]


def test_a_purchase_fee_weighs_less_the_longer_the_horizon() -> None:
    load = replace(BOND, id="load", purchase_fee=Decimal("0.01"), annual_fee=Decimal("0.001"))
    level = replace(BOND, id="level", purchase_fee=Decimal(0), annual_fee=Decimal("0.004"))
    shelf = shelf_of(load, level)
    assert menu(shelf, horizon=2.0)[ProductClass.BOND_FUND][0].id == "level"
    assert menu(shelf, horizon=5.0)[ProductClass.BOND_FUND][0].id == "load"
