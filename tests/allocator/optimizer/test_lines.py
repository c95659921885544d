"""Order lines: every fen is somewhere before and after, and every part keeps its own rule."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.balance_sheet import BalanceSheet, HeldAt, Holding
from allocator.money import ZERO, Money, total
from allocator.optimizer.lines import CASH, Line, LineMaker, apply_lines, purchase_line
from allocator.product_classes import CLASSES, ProductClass, RiskLevel
from allocator.shelf import Product, load_default_shelf
from allocator.trading.orders import Side
from allocator.trading.product_choice import build_menu

SHELF = load_default_shelf()
AS_OF = date(2026, 11, 20)
TRADED = [p for p in SHELF.products.values() if p.product_class is not CASH]
fen = st.integers(1, 10**9).map(Money.from_minor)
places = st.sampled_from([HeldAt.HERE, HeldAt.HERE, HeldAt.ELSEWHERE])


def holding(number: int, product: Product, amount: Money, lock: int, held_at: HeldAt) -> Holding:
    return Holding(
        id=f"h{number}",
        product_class=product.product_class,
        amount=amount,
        risk_level=product.risk_level,
        product_id=product.id,
        held_at=held_at,
        locked_until=AS_OF + timedelta(days=lock) if lock else None,
        acquired_on=AS_OF - timedelta(days=200),
    )


@st.composite
def sheets(draw: st.DrawFn) -> BalanceSheet:
    products = draw(st.lists(st.sampled_from(sorted(TRADED, key=lambda p: p.id)), max_size=6))
    held = [
        holding(n, product, draw(fen), draw(st.sampled_from([0, 0, 90])), draw(places))
        for n, product in enumerate(products)
    ]
    accounts = [
        Holding(f"account-{n}", CASH, amount, RiskLevel.R1, "demand-deposit")
        for n, amount in enumerate(draw(st.lists(fen, min_size=1, max_size=2)))
    ]
    return BalanceSheet(AS_OF, tuple(held + accounts))


def maker_of(sheet: BalanceSheet) -> LineMaker:
    menu = build_menu(
        SHELF,
        highest_risk_level=RiskLevel.R5,
        age=40,
        is_qualified_investor=True,
        wealth=sheet.investable_wealth,
        cost_horizon_years=2.0,
    )
    return LineMaker(sheet, menu, SHELF, RiskLevel.R3)


def cash_of(sheet: BalanceSheet) -> Money:
    return sheet.amount_in(CASH)


def carried_out(
    maker: LineMaker,
    *,
    sales: list[tuple[ProductClass, Money]],
    purchases: list[tuple[ProductClass, Money]],
) -> tuple[Line, ...]:
    """Sell first, then buy one class after the other as long as the account can pay."""
    account = total(
        h.amount
        for h in maker.sheet.holdings
        if h.product_class is CASH and h.is_sellable(maker.sheet.as_of)
    )
    lines = [line for c, amount in dict(sales).items() for line in maker.sales(c, amount)]
    for product_class, amount in dict(purchases).items():
        bought = maker.purchases(product_class, amount)
        if account + total(line.cash for line in (*lines, *bought)) >= ZERO:
            lines += bought
    return tuple(lines)


wanted = st.lists(
    st.tuples(st.sampled_from([c for c in CLASSES if c is not CASH]), fen), max_size=5
)


@given(sheet=sheets(), sales=wanted, purchases=wanted)
def test_cash_before_and_sales_less_purchases_and_fees_is_cash_after_to_the_fen(
    sheet: BalanceSheet,
    sales: list[tuple[ProductClass, Money]],
    purchases: list[tuple[ProductClass, Money]],
) -> None:
    lines = carried_out(maker_of(sheet), sales=sales, purchases=purchases)
    after = apply_lines(sheet, lines)
    sold = [line for line in lines if line.side is Side.SELL]
    bought = [line for line in lines if line.side is Side.BUY]
    expected = cash_of(sheet) + total(line.amount for line in sold)
    expected = expected - total(line.fee for line in sold) - total(line.amount for line in bought)
    assert cash_of(after) == expected
    for product_class in CLASSES[1:]:
        net = total(b.amount - b.fee for b in bought if b.product.product_class is product_class)
        gone = total(s.amount for s in sold if s.product.product_class is product_class)
        assert after.amount_in(product_class) == sheet.amount_in(product_class) + net - gone
    fees = total(line.fee for line in lines)
    assert after.investable_wealth + fees == sheet.investable_wealth
    assert all(holding.amount > ZERO for holding in after.holdings)
    assert len({holding.id for holding in after.holdings}) == len(after.holdings)


@given(sheet=sheets(), purchases=wanted)
def test_plans_carried_out_one_after_the_other_lose_and_make_no_fen(
    sheet: BalanceSheet, purchases: list[tuple[ProductClass, Money]]
) -> None:
    first = apply_lines(sheet, lines := carried_out(maker_of(sheet), sales=[], purchases=purchases))
    again = carried_out(maker_of(first), sales=[], purchases=purchases)
    second = apply_lines(first, again)
    fees = total(line.fee for line in (*lines, *again))
    assert second.investable_wealth + fees == sheet.investable_wealth


@given(sheet=sheets(), sales=wanted)
def test_a_sale_takes_what_may_be_sold_and_no_more_than_was_asked_for(
    sheet: BalanceSheet, sales: list[tuple[ProductClass, Money]]
) -> None:
    maker = maker_of(sheet)
    for product_class, amount in dict(sales).items():
        lines = maker.sales(product_class, amount)
        free = total(
            h.amount
            for h in sheet.holdings
            if h.product_class is product_class and h.is_sellable(AS_OF)
        )
        assert total(line.amount for line in lines) == min(amount, free)
        assert len({line.holding.id for line in lines if line.holding}) == len(lines)


@given(sheet=sheets(), purchases=wanted)
def test_a_purchase_is_on_step_large_enough_and_no_more_than_was_asked_for(
    sheet: BalanceSheet, purchases: list[tuple[ProductClass, Money]]
) -> None:
    maker = maker_of(sheet)
    held = {h.product_id for h in sheet.holdings}
    for product_class, amount in dict(purchases).items():
        lines = maker.purchases(product_class, amount)
        assert total(line.amount for line in lines) <= amount
        for line in lines:
            assert line.amount.amount % line.product.step.amount == 0
            assert line.amount >= line.product.minimum or line.product.id in held
            assert line.fee == line.amount - line.amount.scaled(1 / (1 + line.product.purchase_fee))
        # A second product takes a worthwhile rest alone.
        assert all(line.amount >= min(maker.crumb, line.product.minimum) for line in lines[1:])


@given(sheet=sheets(), sales=wanted)
def test_sales_do_not_depend_on_the_order_of_the_holdings(
    sheet: BalanceSheet, sales: list[tuple[ProductClass, Money]]
) -> None:
    mixed = replace(sheet, holdings=sheet.holdings[::-1])
    for product_class, amount in dict(sales).items():
        assert maker_of(mixed).sales(product_class, amount) == maker_of(sheet).sales(
            product_class, amount
        )


def test_of_equal_holdings_the_first_by_id_is_sold_first() -> None:
    fund = next(p for p in TRADED if p.product_class is ProductClass.BOND_FUND)
    amount = Money.parse("100.00")
    pair = [holding(number, fund, amount, 0, HeldAt.HERE) for number in (1, 2)]
    for holdings in (pair, pair[::-1]):
        maker = maker_of(BalanceSheet(AS_OF, tuple(holdings)))
        lines = maker.sales(ProductClass.BOND_FUND, Money.parse("130.00"))
        sold = [(line.holding.id, line.amount) for line in lines if line.holding]
        assert sold == [("h1", amount), ("h2", Money.parse("30.00"))]


def test_of_two_that_cost_nothing_to_sell_the_one_that_costs_most_to_keep_goes_first() -> None:
    funds = [p for p in TRADED if p.product_class is ProductClass.BOND_FUND]
    cheap, dear = (
        replace(funds[0], id=i, annual_fee=Decimal(f))
        for i, f in (("cheap", "0.002"), ("dear", "0.009"))
    )
    shelf = replace(SHELF, products=SHELF.products | {"cheap": cheap, "dear": dear})
    amount = Money.parse("100.00")
    pair = (holding(1, cheap, amount, 0, HeldAt.HERE), holding(2, dear, amount, 0, HeldAt.HERE))
    maker = replace(maker_of(BalanceSheet(AS_OF, pair)), shelf=shelf)
    lines = maker.sales(ProductClass.BOND_FUND, Money.parse("130.00"))
    assert [line.product.id for line in lines] == ["dear", "cheap"]


@pytest.mark.parametrize(
    ("wealth", "crumb"), [("50000", "500"), ("200000", "2000"), ("1000000", "2000")]
)
def test_a_second_product_takes_a_hundredth_of_wealth_or_two_thousand_yuan(
    wealth: str, crumb: str
) -> None:
    account = Holding("cash", CASH, Money.parse(wealth), RiskLevel.R1, "demand-deposit")
    assert maker_of(BalanceSheet(AS_OF, (account,))).crumb == Money.parse(crumb)


@pytest.mark.parametrize("backwards", [False, True])
def test_of_equal_accounts_the_first_by_id_pays(backwards: bool) -> None:
    pair = [Holding(i, CASH, Money.parse("500.00"), RiskLevel.R1, "demand-deposit") for i in "ab"]
    sheet = BalanceSheet(AS_OF, tuple(pair[::-1] if backwards else pair))
    fund = next(p for p in TRADED if p.product_class is ProductClass.MONEY_FUND)
    after = apply_lines(sheet, (purchase_line(fund, Money.parse("200.00")),))
    amounts = {h.id: h.amount for h in after.holdings if h.product_class is CASH}
    assert amounts == {"a": Money.parse("300.00"), "b": Money.parse("500.00")}


def test_a_sale_for_cash_ends_where_the_rest_is_locked() -> None:
    fund = next(p for p in TRADED if p.product_class is ProductClass.BOND_FUND)
    free = holding(1, fund, Money.parse("100.00"), 0, HeldAt.HERE)
    locked = holding(2, fund, Money.parse("90000000.00"), 90, HeldAt.HERE)
    maker = maker_of(BalanceSheet(AS_OF, (free, locked)))
    lines = maker.sales_for(fund.product_class, Money.parse("100.01"))
    assert [line.holding for line in lines] == [free]


def test_cash_that_arrives_where_no_account_is_open_gets_a_name_of_its_own() -> None:
    elsewhere = Holding(
        "cash",
        CASH,
        Money.parse("500.00"),
        RiskLevel.R1,
        "demand-deposit",
        held_at=HeldAt.ELSEWHERE,
    )
    fund = next(p for p in TRADED if p.product_class is ProductClass.MONEY_FUND)
    sheet = BalanceSheet(
        AS_OF, (elsewhere, holding(0, fund, Money.parse("100.00"), 0, HeldAt.HERE))
    )
    lines = maker_of(sheet).sales(ProductClass.MONEY_FUND, Money.parse("40.00"))
    after = apply_lines(sheet, lines)
    amounts = {h.id: h.amount for h in after.holdings}
    assert amounts["cash"] == Money.parse("500.00")
    assert amounts["cash-2"] == Money.parse("40.00") - lines[0].fee
    assert amounts["h0"] == Money.parse("60.00")
