"""Which products a client may buy, and that what the client nets alone decides their order."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.money import Money
from allocator.product_classes import CLASSES, ProductClass, RiskLevel
from allocator.shelf import Product, Regime, Shelf, load_default_shelf, parse_shelf
from allocator.trading.product_choice import Menu, build_menu, quoted_rates, room_in

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
    longest_lock: int | None = None,
) -> Menu:
    return build_menu(
        shelf,
        highest_risk_level=level,
        age=age,
        is_qualified_investor=qualified,
        wealth=money(wealth),
        cost_horizon_years=horizon,
        longest_lock_up_days=longest_lock,
    )


def ids(one: Menu) -> set[str]:
    return {product.id for products in one.values() for product in products}


def shelf_of(*products: Product) -> Shelf:
    return Shelf("test", "0" * 64, {p.id: p for p in products})


BOND = SHELF["index-bond-fund-a"]
DEPOSITS = ProductClass.TIME_DEPOSIT


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
        ({"lock_up_days": 91}, {"longest_lock": 90}),
    ],
)
def test_each_rule_alone_takes_a_product_off_the_menu(
    change: dict[str, object], who: dict[str, object]
) -> None:
    assert ids(menu(shelf_of(BOND), **who)) == {BOND.id}  # type: ignore[arg-type]
    changed = replace(BOND, **change)  # type: ignore[arg-type]
    assert ids(menu(shelf_of(changed), **who)) == set()  # type: ignore[arg-type]


def test_entry_age_lock_up_and_minimum_count_up_to_their_limits() -> None:
    at_limits = replace(BOND, highest_entry_age=40, minimum=money("60000.00"), lock_up_days=90)
    # The bond class may hold 60 % of wealth.
    assert ids(menu(shelf_of(at_limits), wealth="100000", longest_lock=90)) == {BOND.id}


def test_a_trust_whose_minimum_exceeds_a_tenth_of_wealth_is_not_offered() -> None:
    trusts = ProductClass.PRIVATE_FUND_OR_TRUST
    assert menu(wealth="10000000")[trusts]
    assert not menu(wealth="9999999")[trusts]


def test_a_fund_whose_minimum_exceeds_a_fifth_of_wealth_is_not_offered() -> None:
    fund = replace(SHELF["sp500-qdii-a"], minimum=money("20000.00"))
    assert ids(menu(shelf_of(fund), wealth="100000")) == {fund.id}
    assert not ids(menu(shelf_of(fund), wealth="99999.95"))


def test_room_is_what_a_fifth_of_wealth_leaves_beside_what_is_held() -> None:
    fund, bank = SHELF["sp500-qdii-a"], SHELF["wealth-plus-30d"]

    def sheet(**held: str) -> BalanceSheet:
        products = [SHELF[name.replace("_", "-")] for name in held]
        rows = zip(products, held.values(), strict=True)
        made = (
            Holding(str(n), p.product_class, money(a), p.risk_level, p.id)
            for n, (p, a) in enumerate(rows)
        )
        return BalanceSheet(date(2026, 11, 20), tuple(made))

    some = sheet(demand_deposit="70000", sp500_qdii_a="15000", hang_seng_qdii_a="15000")
    assert room_in(fund, some) == money("5000")
    assert room_in(fund, sheet(demand_deposit="79000", sp500_qdii_a="21000")) == money("0")
    for uncapped in (BOND, SHELF["money-fund-a"], bank, SHELF["gold-accumulation"]):
        assert room_in(uncapped, some) == money("100000")


def test_policies_are_never_on_the_menu() -> None:
    assert not {i for i in ids(menu()) if SHELF[i].regime is Regime.INSURANCE}


def test_the_cheapest_per_year_comes_first_and_equals_go_by_id_alone() -> None:
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
    assert order == ["z-cheap", "a-locked", "b-large", "c-plain", "d-plain"]


def test_a_purchase_fee_weighs_less_the_longer_the_horizon() -> None:
    load = replace(BOND, id="load", purchase_fee=Decimal("0.01"), annual_fee=Decimal("0.001"))
    level = replace(BOND, id="level", purchase_fee=Decimal(0), annual_fee=Decimal("0.004"))
    shelf = shelf_of(load, level)
    assert menu(shelf, horizon=2.0)[ProductClass.BOND_FUND][0].id == "level"
    assert menu(shelf, horizon=5.0)[ProductClass.BOND_FUND][0].id == "load"


def test_the_best_rate_that_may_be_bought_comes_first() -> None:
    assert [p.id for p in menu()[DEPOSITS]] == [
        "large-deposit-certificate-3y",
        "time-deposit-3y",
        "time-deposit-2y",
        "time-deposit-1y",
        "time-deposit-6m",
        "time-deposit-3m",
    ]
    # A certificate of 200,000 is more than the class may hold of 300,000.
    assert menu(wealth="300000")[DEPOSITS][0].id == "time-deposit-3y"
    assert menu()[ProductClass.SAVINGS_TREASURY][0].id == "savings-treasury-5y"


def test_a_fee_counts_against_a_rate() -> None:
    deposit = SHELF["time-deposit-1y"]
    dear = replace(deposit, id="dear", rate=Decimal("0.012"), annual_fee=Decimal("0.003"))
    assert [p.id for p in menu(shelf_of(dear, deposit))[DEPOSITS]] == [deposit.id, "dear"]


@pytest.mark.parametrize(
    ("days", "best"),
    [(90, None), (91, "3m"), (364, "6m"), (365, "1y"), (730, "2y"), (1095, "3y")],
)
def test_nothing_is_locked_for_longer_than_the_client_can_wait(days: int, best: str | None) -> None:
    shown = menu(wealth="300000", longest_lock=days)
    assert [p.id for p in shown[DEPOSITS][:1]] == ([] if best is None else [f"time-deposit-{best}"])
    assert all(SHELF[i].lock_up_days <= days for i in ids(shown))
    free = {p.id for p in SHELF.products.values() if not p.lock_up_days and p.on_sale}
    assert free <= ids(shown)


def test_the_rates_quoted_are_those_of_the_best_product_of_each_class() -> None:
    assert quoted_rates(menu()) == {
        ProductClass.DEMAND_DEPOSIT: 0.0005,
        DEPOSITS: 0.0155,
        ProductClass.SAVINGS_TREASURY: 0.017,
    }
    assert quoted_rates(menu(wealth="300000", longest_lock=365)) == {
        ProductClass.DEMAND_DEPOSIT: 0.0005,
        DEPOSITS: 0.0095,
    }


def test_a_product_that_quotes_nothing_does_not_hide_the_rate_of_the_next() -> None:
    quoting = replace(BOND, id="z-quoting", rate=Decimal("0.001"), annual_fee=Decimal("0.009"))
    assert quoted_rates(menu(shelf_of(BOND, quoting))) == {ProductClass.BOND_FUND: 0.001}
    assert quoted_rates(menu(shelf_of(BOND))) == {}


# Few values each, so that ties are common.
CLIENT_SIDE = st.fixed_dictionaries(
    {
        "annual_fee": st.sampled_from([Decimal("0.002"), Decimal("0.004")]),
        "purchase_fee": st.sampled_from([Decimal(0), Decimal("0.004")]),
        "rate": st.sampled_from([None, Decimal("0.002")]),
    }
)
# What the order may not depend on; none of it changes what the client pays or gets.
ELSE = st.fixed_dictionaries(
    {
        "lock_up_days": st.sampled_from([0, 30]),
        "minimum": st.sampled_from([money("10.00"), money("50.00")]),
        "name_zh": st.sampled_from(["甲", "乙"]),
        "name_en": st.sampled_from(["A", "B"]),
        "regime": st.sampled_from([Regime.CSRC_FUND, Regime.NFRA_WEALTH]),
        "risk_level": st.sampled_from([RiskLevel.R1, RiskLevel.R2]),
        "redemption_days": st.sampled_from([1, 3]),
        "source": st.sampled_from(["one", "another"]),
    }
)


def bonds(
    rows: Sequence[Mapping[str, object]], rest: Sequence[Mapping[str, object]]
) -> list[Product]:
    return [
        replace(BOND, id=f"p{n}", **row, **other)  # type: ignore[arg-type]
        for n, (row, other) in enumerate(zip(rows, rest, strict=True))
    ]


def bond_menu(products: list[Product]) -> list[Product]:
    return list(menu(shelf_of(*products))[ProductClass.BOND_FUND])


@given(st.data())
def test_only_what_the_client_pays_and_gets_orders_a_class_and_ties_go_by_id(
    data: st.DataObject,
) -> None:
    rows = data.draw(st.lists(CLIENT_SIDE, min_size=2, max_size=6))
    many = st.lists(ELSE, min_size=len(rows), max_size=len(rows))
    products = bonds(rows, data.draw(many))
    order = bond_menu(data.draw(st.permutations(products)))
    assert [p.id for p in order] == [p.id for p in bond_menu(bonds(rows, data.draw(many)))]

    def pays(product: Product) -> Decimal:
        return product.annual_fee + product.purchase_fee / 2 - (product.rate or 0)

    for first, second in pairwise(order):
        assert pays(first) <= pays(second)
        if pays(first) == pays(second):
            assert first.id < second.id


def test_a_product_has_no_field_for_what_the_bank_earns() -> None:
    names = {field.name for field in fields(Product)}
    assert not [n for n in names if any(w in n for w in ("bank", "margin", "commission"))]
    text = """
    version = "test"
    [[product]]
    id = "fund"
    bank_margin = "0.15"
    name_zh = "基金"
    name_en = "Fund"
    product_class = "bond_fund"
    regime = "csrc_fund"
    risk_level = "R2"
    minimum = "10.00"
    step = "0.01"
    settlement = "nav_t1"
    source = "test"
    """
    with_margin, without = parse_shelf(text), parse_shelf(text.replace('bank_margin = "0.15"', ""))
    assert with_margin.products == without.products
    assert "0.15" not in repr(with_margin.products)
