"""The shipped shelf is one a client could meet; a malformed one is refused by product and field."""

import re
from decimal import Decimal
from importlib.resources import files

import pytest

from allocator.errors import InputError
from allocator.money import Money
from allocator.product_classes import CLASSES, TRAITS, ProductClass, RiskLevel
from allocator.shelf import Product, Regime, SettlementCycle, load_default_shelf, parse_shelf

TEXT = (files("allocator") / "market/data/shelf.toml").read_text(encoding="utf-8")
ROW = """
version = "test"
[[product]]
id = "fund"
name_zh = "基金"
name_en = "Fund"
product_class = "bond_fund"
regime = "csrc_fund"
risk_level = "R2"
minimum = "10.00"
step = "0.01"
redemption_fees = [[0, "0.015"], [7, "0.005"], [30, "0"]]
settlement = "nav_t1"
source = "a test"
"""


def shipped() -> list[Product]:
    return list(load_default_shelf().products.values())


def test_the_shelf_holds_many_products_and_every_class_has_a_choice() -> None:
    shelf = load_default_shelf()
    assert len(shelf.products) >= 36
    for product_class in CLASSES:
        count = len(shelf.of_class(product_class))
        assert count == 1 if product_class is ProductClass.DEMAND_DEPOSIT else count >= 2


def test_the_cash_account_takes_any_amount_at_once() -> None:
    account = load_default_shelf()["demand-deposit"]
    assert account.product_class is ProductClass.DEMAND_DEPOSIT
    assert account.minimum == account.step == Money.parse("0.01")
    assert account.settlement is SettlementCycle.INSTANT
    assert account.purchase_fee == account.annual_fee == Decimal(0)
    assert account.lock_up_days == account.redemption_days == 0


def test_every_class_can_be_bought_at_its_typical_risk_level() -> None:
    for product_class in CLASSES:
        levels = [p.risk_level for p in load_default_shelf().of_class(product_class) if p.on_sale]
        assert min(levels) <= TRAITS[product_class].risk_level


def test_the_lowest_level_is_served_in_every_class_that_is_r1() -> None:
    for product_class in CLASSES:
        if TRAITS[product_class].risk_level is RiskLevel.R1:
            products = load_default_shelf().of_class(product_class)
            assert any(p.on_sale and p.risk_level is RiskLevel.R1 for p in products)


def test_names_are_unique_and_given_in_both_languages_with_a_source() -> None:
    products = shipped()
    assert len({p.name_zh for p in products}) == len({p.name_en for p in products}) == len(products)
    for product in products:
        assert product.name_en.isascii()
        assert not product.name_zh.isascii()
        assert "20" in product.source


def test_fees_minimums_and_steps_are_those_of_the_market() -> None:
    for product in shipped():
        assert product.purchase_fee <= Decimal("0.015")
        assert product.annual_fee <= Decimal("0.02")
        assert product.redemption_fee(held_days=10_000) <= Decimal("0.005")
        if product.regime is Regime.CSRC_FUND and product.redemption_fees:
            assert product.redemption_fee(held_days=0) == Decimal("0.015")
    assert all(p.minimum == Money.parse("50.00") for p in shipped() if "time-deposit" in p.id)
    assert load_default_shelf()["gold-accumulation"].minimum == Money.parse("900.00")


def test_contracts_quote_the_rate_their_source_states_and_nothing_else_quotes_one() -> None:
    for product in shipped():
        contract = product.regime in (Regime.DEPOSIT, Regime.GOVERNMENT_BOND)
        assert (product.rate is not None) == contract
        if product.rate is not None:
            stated = re.search(r"(?:rate|Coupon|years) (\d\.\d\d)", product.source)
            assert stated is not None
            assert product.rate * 100 == Decimal(stated[1])


def test_a_longer_contract_of_a_class_pays_more() -> None:
    for product_class in (ProductClass.TIME_DEPOSIT, ProductClass.SAVINGS_TREASURY):
        products = [p for p in load_default_shelf().of_class(product_class) if "large" not in p.id]
        products.sort(key=lambda p: p.lock_up_days)
        rates = [p.rate or Decimal(0) for p in products]
        assert rates == sorted(set(rates))


def test_every_balanced_fund_says_that_it_holds_about_the_equities_its_class_assumes() -> None:
    for product in load_default_shelf().of_class(ProductClass.BALANCED_FUND):
        shares = re.search(r"股票约?(\d+)(?:-(\d+))?%", product.name_zh)
        assert shares is not None
        assert all(30 <= int(share) <= 50 for share in shares.groups() if share)
        assert f"{shares[2] or shares[1]} % equities" in product.name_en


def test_settlement_follows_the_regime() -> None:
    for product in shipped():
        if product.regime in (Regime.DEPOSIT, Regime.GOVERNMENT_BOND):
            assert product.settlement is SettlementCycle.INSTANT
        if product.regime is Regime.INSURANCE:
            assert product.settlement is SettlementCycle.POLICY
            assert product.highest_entry_age is not None
        if product.product_class is ProductClass.OVERSEAS_EQUITY_FUND:
            assert product.settlement is SettlementCycle.NAV_T2
            assert product.redemption_days >= 7
        if TRAITS[product.product_class].liquid:
            assert product.redemption_days <= 1
            assert product.lock_up_days == 0


def test_private_products_ask_for_a_million_and_a_qualified_investor() -> None:
    for product in load_default_shelf().of_class(ProductClass.PRIVATE_FUND_OR_TRUST):
        assert product.qualified_only
        assert product.minimum >= Money.parse("1000000.00")
    others = [p for p in shipped() if p.product_class is not ProductClass.PRIVATE_FUND_OR_TRUST]
    assert not any(p.qualified_only for p in others)


def test_the_shelf_has_a_suspended_product_and_some_riskier_than_their_class() -> None:
    assert any(not p.on_sale for p in shipped())
    assert any(p.risk_level > TRAITS[p.product_class].risk_level and p.on_sale for p in shipped())


def test_redemption_fees_step_down_with_the_days_held() -> None:
    product = parse_shelf(ROW)["fund"]
    fees = [product.redemption_fee(held_days=days) for days in (0, 6, 7, 29, 30, 400)]
    assert [str(fee) for fee in fees] == ["0.015", "0.015", "0.005", "0.005", "0", "0"]


def test_a_product_may_carry_minimum_fees_and_has_none_unless_it_says_so() -> None:
    plain = parse_shelf(ROW)["fund"]
    assert plain.minimum_purchase_fee == plain.minimum_redemption_fee == Money.parse("0.00")
    fees = 'minimum_purchase_fee = "5.00"\nminimum_redemption_fee = "1.50"\n'
    dear = parse_shelf(ROW.replace('step = "0.01"', f'step = "0.01"\n{fees}'))["fund"]
    assert dear.minimum_purchase_fee == Money.parse("5.00")
    assert dear.minimum_redemption_fee == Money.parse("1.50")
    assert all(
        p.minimum_purchase_fee == p.minimum_redemption_fee == Money.parse("0.00") for p in shipped()
    )


def test_yearly_cost_spreads_the_load_over_the_horizon() -> None:
    product = load_default_shelf()["csi300-index-a"]
    # 0.60 % a year and 0.12 % once, over two years.
    assert product.yearly_cost(cost_horizon_years=2.0) == Decimal("0.0066")


def test_an_unknown_product_is_named() -> None:
    shelf = load_default_shelf()
    assert "no-such" not in shelf
    with pytest.raises(InputError, match="no-such") as caught:
        shelf["no-such"]
    assert caught.value.code == "unknown_product"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('step = "0.01"', 'step = "0"', "minimum >= step > 0"),
        ('minimum = "10.00"', 'minimum = "0.00"', "minimum >= step > 0"),
        ('minimum = "10.00"', 'minimum = "ten"', "ten"),
        ('minimum = "10.00"', 'minimum = "NaN"', "NaN"),
        ('product_class = "bond_fund"', 'product_class = "stocks"', "stocks"),
        ('risk_level = "R2"', 'risk_level = "R9"', "R9"),
        ('settlement = "nav_t1"', 'settlement = "t+1"', "t\\+1"),
        ('regime = "csrc_fund"', "", "regime"),
        ('source = "a test"', 'sauce = "a test"', "sauce"),
        ('[7, "0.005"]', "[7, 0.005]", "0.005"),
        ('[7, "0.005"]', '[0, "0.005"]', "rise in held_days"),
        ('[7, "0.005"]', '[7, "0.9"]', "0.9"),
        ('[7, "0.005"]', '[inf, "0.005"]', "whole number"),
        ('[7, "0.005"]', '[7.5, "0.005"]', "whole number"),
        ('[7, "0.005"]', "7", "fund"),
        ('[7, "0.005"]', "[7]", "fund"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nrate = 0.01', "a rate must be a quoted"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nrate = "0.2"', "a rate must lie in"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nrate = "-0.01"', "a rate must lie in"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nlock_up_days = -1', "-1"),
        ('step = "0.01"', 'step = "0.01"\nminimum_purchase_fee = "10.00"', "in \\[0, minimum"),
        ('step = "0.01"', 'step = "0.01"\nminimum_purchase_fee = "-0.01"', "in \\[0, minimum"),
        ('step = "0.01"', 'step = "0.01"\nminimum_purchase_fee = 5', "a quoted amount"),
        ('step = "0.01"', 'step = "0.01"\nminimum_redemption_fee = 5.0', "a quoted amount"),
        ('step = "0.01"', 'step = "0.01"\nminimum_redemption_fee = "10.00"', "in \\[0, minimum"),
        ('step = "0.01"', 'step = "0.01"\nminimum_redemption_fee = "0.005"', "0.005"),
        ('step = "0.01"', 'step = "0.01"\nminimum_fee = "5.00"', "minimum_fee"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nlock_up_days = inf', "whole number"),
        ('settlement = "nav_t1"', 'settlement = "nav_t1"\nredemption_days = nan', "whole number"),
    ],
)
def test_a_bad_row_is_refused_by_product_and_reason(old: str, new: str, told: str) -> None:
    assert old in ROW
    with pytest.raises(InputError, match=told) as caught:
        parse_shelf(ROW.replace(old, new))
    assert caught.value.code == "invalid_shelf"
    assert "fund" in str(caught.value)
    assert caught.value.problems[0].field.startswith("/product/0")


@pytest.mark.parametrize(
    ("minimum", "step", "remedy"),
    [
        ("1500.00", "1000.00", "write 1000.00 or 2000.00"),
        ("10.01", "10.00", "write 10.00 or 20.00"),
        ("10000.00", "3000.00", "write 9000.00 or 12000.00"),
    ],
)
def test_a_minimum_that_is_no_multiple_of_the_step_is_refused_with_the_next_ones(
    minimum: str, step: str, remedy: str
) -> None:
    row = ROW.replace('minimum = "10.00"', f'minimum = "{minimum}"')
    with pytest.raises(InputError, match="fund") as caught:
        parse_shelf(row.replace('step = "0.01"', f'step = "{step}"'))
    assert caught.value.code == "invalid_shelf"
    (problem,) = caught.value.problems
    assert problem.field == "/product/0/minimum"
    assert problem.value == minimum
    assert remedy in problem.remedy
    multiple = row.replace(f'minimum = "{minimum}"', f'minimum = "{remedy.split()[1]}"')
    accepted = parse_shelf(multiple.replace('step = "0.01"', f'step = "{step}"'))["fund"]
    assert accepted.minimum == Money.parse(remedy.split()[1])


def test_a_repeated_id_an_empty_shelf_and_broken_toml_are_refused() -> None:
    second = ROW.split("[[product]]", 1)[1]
    with pytest.raises(InputError, match="used twice"):
        parse_shelf(f"{ROW}[[product]]{second}")
    with pytest.raises(InputError, match="is empty"):
        parse_shelf('version = "x"')
    with pytest.raises(InputError, match="not TOML"):
        parse_shelf("version = ")


@pytest.mark.parametrize("rows", ["product = 3", "product = [1]", "[product]\nid = 'fund'"])
def test_products_that_are_no_list_of_tables_are_refused(rows: str) -> None:
    with pytest.raises(InputError, match="no list of tables") as caught:
        parse_shelf(f'version = "test"\n{rows}')
    assert caught.value.code == "invalid_shelf"
    assert caught.value.problems[0].field == "/product"


@pytest.mark.parametrize("line", ["", "version = 3", 'version = ""'])
def test_a_shelf_without_a_version_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="is no name") as caught:
        parse_shelf(ROW.replace('version = "test"', line))
    assert caught.value.code == "invalid_shelf"
    assert [problem.field for problem in caught.value.problems] == ["/version"]


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000 + "]" * 5000])
def test_numbers_too_long_and_tables_too_deep_to_read_are_refused(value: str) -> None:
    with pytest.raises(InputError, match="not TOML") as caught:
        parse_shelf(f"version = {value}")
    assert caught.value.code == "invalid_shelf"


def test_the_hash_changes_with_the_text() -> None:
    assert parse_shelf(ROW).content_hash != parse_shelf(ROW + "# a comment\n").content_hash
    assert load_default_shelf().content_hash == parse_shelf(TEXT).content_hash
