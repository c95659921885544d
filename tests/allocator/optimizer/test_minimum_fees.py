"""Minimum fees in whole lots: to the cent, as a fixed charge, and equal to full enumeration."""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from random_households import AS_OF, SHELF, Household, Planned, household, work_out

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.money import ZERO, Money, total
from allocator.optimizer.exact_lots import TOLERANCE, ExactPlan, plan_exact_lots
from allocator.optimizer.integer_lots import WholeLots, best_whole_lots
from allocator.optimizer.lines import LineMaker, purchase_line
from allocator.optimizer.lots import LotPlanner
from allocator.optimizer.objective import breaches_after_fees, utility
from allocator.product_classes import CLASSES, ProductClass, RiskLevel
from allocator.shelf import Product, Shelf
from allocator.trading.orders import Side
from allocator.trading.product_choice import build_menu
from risk_profiles.levels import ProfileLevel

CASH, FUND = ProductClass.DEMAND_DEPOSIT, ProductClass.MONEY_FUND
BOND, SHARES = SHELF["index-bond-fund-a"], SHELF["csi300-index-a"]
# Coarse lots, so that every combination can be tried: first purchase, step and fee in yuan.
LOTS = {
    ProductClass.TIME_DEPOSIT: (20_000, 20_000, 0),
    ProductClass.WEALTH_FIXED_INCOME: (10_000, 10_000, 20),
    ProductClass.BOND_FUND: (5_000, 5_000, 30),
    ProductClass.A_SHARE_EQUITY_FUND: (5_000, 5_000, 15),
    ProductClass.GOLD: (5_000, 2_500, 40),
}


def money(amount: object) -> Money:
    return Money.parse(str(amount))


def shelf_of(*products: Product) -> Shelf:
    mine = (SHELF["demand-deposit"], *products)
    return Shelf("test", "0" * 64, {p.id: p for p in mine})


def coarse_shelf() -> Shelf:
    products = [SHELF["money-fund-a"]]
    for product_class, (minimum, step, fee) in LOTS.items():
        first = next(p for p in SHELF.of_class(product_class) if p.on_sale)
        lots = replace(first, minimum=money(minimum), step=money(step))
        products.append(replace(lots, minimum_purchase_fee=money(fee)))
    return shelf_of(*products)


def all_cash(seed: int, wealth: float) -> Household:
    one = household(seed)
    amount = Money.rounded(wealth)
    account = Holding("cash", CASH, amount, RiskLevel.R1, "demand-deposit")
    needs = replace(
        one.needs,
        monthly_essential=amount.scaled(Decimal("0.02")),
        emergency_fund=amount.scaled(Decimal("0.15")),
        goals_reserve=amount.scaled(Decimal("0.1")),
    )
    level = list(ProfileLevel)[2 + seed % 3]
    return replace(one, sheet=BalanceSheet(AS_OF, (account,)), needs=needs, level=level, age=35)


def planner_of(one: Planned, shelf: Shelf) -> LotPlanner:
    return LotPlanner(
        one.household.sheet,
        one.mandate,
        one.allocation,
        one.menu,
        shelf,
        one.household.highest_risk_level,
        one.household.everyday_cash,
    )


def exact(one: Planned, shelf: Shelf) -> ExactPlan:
    return plan_exact_lots(
        one.household.sheet,
        one.mandate,
        one.allocation,
        menu=one.menu,
        shelf=shelf,
        highest_risk_level=one.household.highest_risk_level,
        cash_to_keep=one.household.everyday_cash,
    )


def best_by_trying_all(one: Planned, spared: NDArray[np.bool_]) -> float:
    """Return the best score from the definition: every amount of every product, the fund last."""
    i, wealth = one.allocation.inputs, float(one.household.sheet.investable_wealth)
    free = wealth - float(one.household.everyday_cash)
    choices = []
    for c in LOTS:
        menu = one.menu[c]
        most = 0.0
        if menu:
            cap = i.caps[CLASSES.index(c)] * wealth * 1.02
            most = min(cap, 0.2 * wealth if c in (SHARES.product_class,) else wealth)
        step, least = (float(menu[0].step), float(menu[0].minimum)) if menu else (1.0, 1.0)
        lots = [k * step for k in range(int(most / step) + 1) if k * step >= least]
        choices.append([0.0, *lots])
    best = -np.inf
    for amounts in product(*choices):
        left = free - sum(amounts)
        for in_fund in (0.0, left):
            if left < 0 or 0 < in_fund < 1:
                continue
            held, surcharges = i.current * wealth, 0.0
            held[CLASSES.index(CASH)] -= sum(amounts) + in_fund
            held[CLASSES.index(FUND)] += in_fund
            for c, amount in zip(LOTS, amounts, strict=True):
                if amount:
                    rate = float(one.menu[c][0].purchase_fee)
                    by_rate = amount - amount / (1 + rate)
                    fee = max(by_rate, LOTS[c][2])
                    held[CLASSES.index(c)] += amount - fee
                    surcharges += fee - by_rate
            after = held.sum()
            missed = breaches_after_fees(i, held / wealth, spared=spared, account=0).sum()
            score = utility(i, held / after) - surcharges / after / 2.0 - 100 * float(missed)
            score -= 1e-5 * (sum(a > 0 for a in amounts) + (in_fund > 0))
            best = max(best, score)
    return float(best)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_lots_with_minimum_fees_are_the_best_of_all_combinations(seed: int) -> None:
    shelf = coarse_shelf()
    one = work_out(all_cash(seed, 55_000 + 7_000 * seed), shelf=shelf)
    planner, found = planner_of(one, shelf), exact(one, shelf)
    best = best_by_trying_all(one, planner.spared)
    served = planner.score(planner.best_lines())
    score = served + found.advantage
    # Amounts here are floats and fees unrounded: a cent is worth some 1e-8 a year.
    assert score == pytest.approx(best, abs=TOLERANCE + 2e-7)
    assert best - score - 2e-7 <= found.unproven <= TOLERANCE
    assert served <= best + 2e-7


def test_most_orders_of_these_households_pay_a_minimum_and_some_pay_by_the_rate() -> None:
    shelf = coarse_shelf()
    plans = [exact(work_out(all_cash(s, 55_000 + 7_000 * s), shelf=shelf), shelf) for s in range(6)]
    orders = [order for found in plans for order in found.plan.orders]
    at_least = [o for o in orders if o.fee == shelf[o.product_id].minimum_purchase_fee > ZERO]
    by_rate = [o for o in orders if o.fee > shelf[o.product_id].minimum_purchase_fee]
    assert len(at_least) > 10
    assert len(by_rate) >= 3


@pytest.mark.parametrize("seed", [0, 3, 7, 12, 18, 31])
def test_a_served_plan_pays_every_minimum_fee_and_no_cent_is_lost(seed: int) -> None:
    rows = {
        i: replace(p, minimum_purchase_fee=money(4), minimum_redemption_fee=money(3))
        for i, p in SHELF.products.items()
        if p.minimum > money(4)
    }
    shelf = Shelf("test", "0" * 64, SHELF.products | rows)
    one = work_out(household(seed, wealth=2e5), shelf=shelf)
    sheet, plan = one.household.sheet, one.plan
    assert plan.orders
    for order in plan.orders:
        sold, least = order.side is Side.SELL, money("0.00")
        if order.product_id in rows:
            least = money("3.00" if sold else "4.00")
        assert order.fee >= least
        assert order.net > ZERO
    assert any(order.product_id in rows for order in plan.orders)
    paid = total(order.fee for order in plan.orders)
    assert plan.after.investable_wealth + paid == sheet.investable_wealth
    for c in CLASSES[1:]:
        mine = [order for order in plan.orders if order.product_class is c]
        change = total(o.net if o.side is Side.BUY else -o.amount for o in mine)
        assert plan.after.amount_in(c) == sheet.amount_in(c) + change


def test_the_gap_counts_what_minimums_add_spread_over_the_cost_horizon() -> None:
    shelf = coarse_shelf()
    one = work_out(all_cash(1, 62_000), shelf=shelf)
    i, w = one.allocation.inputs, one.plan.after.weights(CLASSES).aligned_to(CLASSES)
    added = sum(
        float(o.fee) - float(o.amount) * (1 - 1 / (1 + float(shelf[o.product_id].purchase_fee)))
        for o in one.plan.orders
    )
    assert added > 30
    yearly = added / float(one.plan.after.investable_wealth) / one.mandate.cost_horizon_years
    expected = one.allocation.objective - utility(i, w) + yearly
    assert one.plan.gap == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("share", "is_bought"), [(0.0, True), (0.85, True), (1.15, False)])
def test_a_purchase_that_is_not_worth_its_minimum_fee_is_not_made(
    share: float, is_bought: bool
) -> None:
    """The fee is a share of what buying shares is worth until the cost horizon."""
    shares = replace(SHARES, minimum=money(2000), step=money(2000), purchase_fee=Decimal(0))
    others, one = (SHELF["money-fund-a"], BOND), all_cash(1, 62_000)
    free = work_out(one, shelf=shelf_of(*others, shares))
    bond = next(o.amount for o in free.plan.orders if o.product_id == BOND.id)
    planner = planner_of(free, shelf_of(*others, shares))
    without = planner.completed(planner.maker.purchases(BOND.product_class, bond))
    assert without is not None
    worth = planner.score(planner.best_lines()) - planner.score(without)
    yuan = worth * free.mandate.cost_horizon_years * 62_000
    assert 200 < yuan < 1500
    dear = replace(shares, minimum_purchase_fee=Money.rounded(share * yuan))
    shelf = shelf_of(*others, dear)
    made = work_out(one, shelf=shelf)
    for plan in (made.plan, exact(made, shelf).plan):
        assert any(order.product_id == dear.id for order in plan.orders) is is_bought
        assert any(order.product_id == BOND.id for order in plan.orders)


def maker_of(shelf: Shelf, *holdings: Holding) -> LineMaker:
    sheet = BalanceSheet(AS_OF, holdings)
    menu = build_menu(
        shelf,
        highest_risk_level=RiskLevel.R5,
        age=40,
        is_qualified_investor=True,
        wealth=sheet.investable_wealth,
        cost_horizon_years=2.0,
    )
    return LineMaker(sheet, menu, shelf, RiskLevel.R5)


def held(name: str, product: Product, amount: str) -> Holding:
    return Holding(name, product.product_class, money(amount), product.risk_level, product.id)


def test_more_of_a_fund_is_more_than_its_minimum_fee() -> None:
    dear = replace(BOND, step=money("2.00"), minimum_purchase_fee=money("5.00"))
    maker = maker_of(shelf_of(dear), held("h", dear, "9000.00"))
    assert maker.least(dear) == money("6.00")
    assert maker.purchases(BOND.product_class, money("5.99")) == ()
    (line,) = maker.purchases(BOND.product_class, money("7.00"))
    assert (line.amount, line.fee, line.change) == (money(6), money(5), money(1))
    # Half a fen by the rate, the rest by the minimum.
    assert line.surcharge == line.fee - purchase_line(BOND, money(6)).fee


def test_a_sale_pays_the_minimum_and_what_it_would_swallow_is_left_for_the_next() -> None:
    dear = replace(BOND, minimum=money(10), minimum_redemption_fee=money("5.00"))
    small, large = held("a", dear, "5.00"), held("b", dear, "4000.00")
    maker = maker_of(shelf_of(dear), small, large)
    (line,) = maker.sales(BOND.product_class, money("300.00"))
    assert (line.holding, line.amount, line.fee) == (large, money(300), money(5))
    assert line.cash == money(295)
    assert maker.sales(BOND.product_class, money("5.00")) == ()
    (line,) = maker.sales(BOND.product_class, money("5.01"))
    assert line.cash == money("0.01")


def test_the_fund_that_pays_for_a_purchase_is_sold_for_its_fee_as_well() -> None:
    fund = replace(SHELF["money-fund-a"], minimum=money(10), minimum_redemption_fee=money("6.00"))
    shelf = shelf_of(fund, BOND)
    one = all_cash(1, 62_000)
    sheet = BalanceSheet(AS_OF, (held("fund", fund, "62000.00"),))
    made = work_out(replace(one, sheet=sheet), shelf=shelf)
    for plan in (made.plan, exact(made, shelf).plan):
        sold, bought = plan.orders
        assert (sold.product_id, bought.product_id) == (fund.id, BOND.id)
        assert sold.fee == money(6)
        assert sold.net == bought.amount


def test_a_fund_that_holds_its_fifth_does_not_keep_the_next_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds = []

    def noted(*args: Any, **kwargs: Any) -> WholeLots | None:
        lots = best_whole_lots(*args, **kwargs)
        bounds.append(lots.bound if lots else np.inf)
        return lots

    monkeypatch.setattr("allocator.optimizer.exact_lots.best_whole_lots", noted)
    full = replace(SHARES, annual_fee=Decimal("0.001"))
    other = SHELF["csi500-index-a"]
    shelf = shelf_of(SHELF["money-fund-a"], BOND, full, other)
    one = replace(all_cash(1, 80_000), level=ProfileLevel.C5)
    holdings = (*one.sheet.holdings, held("full", full, "20000.00"))
    made = work_out(replace(one, sheet=BalanceSheet(AS_OF, holdings)), shelf=shelf)
    assert [p.id for p in made.menu[full.product_class]] == [full.id, other.id]
    planner, found = planner_of(made, shelf), exact(made, shelf)
    assert any(order.product_id == other.id for order in found.plan.orders)
    assert found.unproven < 1e-5
    # No plan scores above the bound, and this one buys the next fund.
    assert bounds == [pytest.approx(planner.score(planner.best_lines()), abs=1e-5)]
