"""Whole lots: exact to the cent, only what may be traded, close to the optimum."""

import statistics
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from random_households import (
    AS_OF,
    MARKET,
    SHELF,
    Household,
    Planned,
    household,
    profile_of,
    shuffled,
    work_out,
)

from allocator.balance_sheet import BalanceSheet, HeldAt, Holding
from allocator.money import ZERO, Money, total
from allocator.optimizer.lines import apply_lines
from allocator.optimizer.lots import (
    PRICE_OF_A_BREACH,
    ROUNDING_OF_A_NEED,
    LotPlanner,
    plan_lots,
)
from allocator.optimizer.objective import utility
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, ProductClass, RiskLevel
from allocator.shelf import Regime, SettlementCycle, Shelf
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.levels import ProfileLevel
from risk_profiles.mandates import build_mandate

SEEDS = range(100)
BASIS_POINT = 1e-4


@cache
def planned(seed: int) -> Planned:
    return work_out(household(seed))


def purchases(one: Planned) -> list[PlannedOrder]:
    return [order for order in one.plan.orders if order.side is Side.BUY]


def by_product(one: Planned) -> dict[tuple[str, str], Money]:
    sums: dict[tuple[str, str], Money] = {}
    for order in one.plan.orders:
        key = (order.side.value, order.product_id)
        sums[key] = sums.get(key, ZERO) + order.amount
    return sums


def test_the_random_households_cover_every_level_and_seven_powers_of_ten() -> None:
    wealth = [float(planned(s).household.sheet.investable_wealth) for s in SEEDS]
    assert {planned(s).household.level for s in SEEDS} == set(ProfileLevel)
    assert min(wealth) < 300
    assert max(wealth) > 1e7


@pytest.mark.parametrize("seed", SEEDS)
def test_wealth_before_is_wealth_after_and_fees_to_the_cent(seed: int) -> None:
    one = planned(seed)
    fees = total(order.fee for order in one.plan.orders)
    assert one.plan.after.investable_wealth + fees == one.household.sheet.investable_wealth
    for product_class in CLASSES:
        if product_class is ProductClass.DEMAND_DEPOSIT:
            continue
        mine = [o for o in one.plan.orders if o.product_class is product_class]
        change = total(o.net if o.side is Side.BUY else -o.amount for o in mine)
        before = one.household.sheet.amount_in(product_class)
        assert one.plan.after.amount_in(product_class) == before + change


@pytest.mark.parametrize("seed", SEEDS)
def test_every_purchase_is_allowed_on_step_and_large_enough(seed: int) -> None:
    one = planned(seed)
    held = {h.product_id for h in one.household.sheet.holdings}
    for order in purchases(one):
        product = SHELF[order.product_id]
        assert product.on_sale
        assert product.settlement is not SettlementCycle.POLICY
        assert product.risk_level <= one.household.highest_risk_level
        assert one.household.is_qualified or not product.qualified_only
        is_more = product.id in held and product.regime not in (
            Regime.DEPOSIT,
            Regime.GOVERNMENT_BOND,
        )
        assert order.amount >= (product.step if is_more else product.minimum)
        assert order.amount.amount % product.step.amount == 0
        assert order.fee == order.amount - order.amount.scaled(1 / (1 + product.purchase_fee))


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_sold_that_is_locked_elsewhere_or_not_there(seed: int) -> None:
    one = planned(seed)
    holdings = {h.id: h for h in one.household.sheet.holdings}
    sold: dict[str, Money] = {}
    for order in one.plan.orders:
        if order.side is Side.BUY:
            assert order.holding_id is None
            continue
        assert order.holding_id is not None
        sold[order.holding_id] = sold.get(order.holding_id, ZERO) + order.amount
        holding = holdings[order.holding_id]
        assert holding.held_at is HeldAt.HERE
        assert holding.locked_until is None or holding.locked_until <= AS_OF
        assert order.product_id == holding.product_id
    assert all(ZERO < amount <= holdings[h].amount for h, amount in sold.items())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cash_to_keep_is_kept_and_the_account_itself_is_never_traded(seed: int) -> None:
    one = planned(seed)
    assert all(o.product_class is not ProductClass.DEMAND_DEPOSIT for o in one.plan.orders)
    assert all(h.amount > ZERO for h in one.plan.after.holdings)
    account = total(
        h.amount
        for h in one.plan.after.holdings
        if h.product_class is ProductClass.DEMAND_DEPOSIT and h.is_sellable(AS_OF)
    )
    assert account >= one.household.everyday_cash


@pytest.mark.parametrize("seed", SEEDS)
def test_no_purchase_brings_a_fund_above_a_fifth_of_wealth(seed: int) -> None:
    one = planned(seed)
    limit = one.household.sheet.investable_wealth.scaled(Decimal("0.20"))
    for order in purchases(one):
        product = SHELF[order.product_id]
        exempt = (ProductClass.MONEY_FUND, ProductClass.BOND_FUND)
        if product.regime is Regime.CSRC_FUND and product.product_class not in exempt:
            held = total(h.amount for h in one.plan.after.holdings if h.product_id == product.id)
            assert held <= limit


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_are_numbered_with_sales_first_and_no_class_goes_both_ways(seed: int) -> None:
    orders = planned(seed).plan.orders
    assert [order.line for order in orders] == list(range(1, len(orders) + 1))
    sides = [order.side for order in orders]
    assert sides == sorted(sides, key=[Side.SELL, Side.BUY].index)
    sold = {o.product_class for o in orders if o.side is Side.SELL}
    assert not sold & {o.product_class for o in orders if o.side is Side.BUY}


def test_lots_cost_a_fraction_of_a_basis_point_and_hardly_ever_gain() -> None:
    gaps = [planned(s).plan.gap for s in SEEDS]
    assert statistics.median(gaps) < 0.3 * BASIS_POINT
    for one in map(planned, SEEDS):
        # A need already missed by a hair may stay so, which is worth a tenth of a basis point.
        # Where needs gave way their shadow price is huge, and the last digit of a weight gains.
        least = -0.1 * BASIS_POINT if not one.allocation.relaxations else -0.5 * BASIS_POINT
        assert one.plan.gap > least
    # Minimum purchases of 10 to 900 yuan weigh on small wealth alone.
    large = sorted(
        one.plan.gap
        for one in map(planned, SEEDS)
        if one.household.sheet.investable_wealth > Money.parse("20000")
    )
    assert len(large) > 50
    assert large[-3] < 2 * BASIS_POINT
    # The largest is a surrender charge of 1.5 % of wealth, paid once and gone.
    assert large[-1] < 7 * BASIS_POINT


def test_money_stays_in_the_account_where_the_money_fund_would_break_a_need() -> None:
    # Locked equities can only just keep the volatility, and a money fund moves with them a little:
    # bought all the same, it missed the limit by 4e-5 and gained 14 basis points on the optimum.
    one = work_out(household(82, wealth=1e5))
    assert {r.need for r in one.allocation.relaxations} >= {"volatility"}
    assert one.menu[ProductClass.MONEY_FUND]
    assert all(o.product_class is not ProductClass.MONEY_FUND for o in one.plan.orders)
    assert -0.1 * BASIS_POINT < one.plan.gap < 0.1 * BASIS_POINT


def test_the_fees_of_a_purchase_do_not_crowd_a_whole_class_out() -> None:
    # The liquidity floor binds, and the fees come out of the liquid classes: unless some class
    # takes a little less, a whole purchase of A-shares goes (24 basis points a year).
    one = planned(52)
    share = ProductClass.A_SHARE_EQUITY_FUND
    assert one.allocation.weights[share] > 0.08
    after = one.plan.after.weights(CLASSES)
    assert after[share] == pytest.approx(one.allocation.weights[share], abs=0.006)


def test_a_lot_of_a_hundred_thousand_does_not_hide_the_target_from_the_search() -> None:
    # The trust's rounded-down target is its minimum as well; the search must start from it.
    one = planned(22)
    assert one.allocation.weights[ProductClass.OVERSEAS_EQUITY_FUND] > 0.3
    assert any(o.product_class is ProductClass.OVERSEAS_EQUITY_FUND for o in purchases(one))


@pytest.mark.parametrize("seed", range(0, 100, 10))
def test_the_same_household_gets_the_same_plan_in_any_order_of_its_holdings(seed: int) -> None:
    again = work_out(household(seed))
    assert again.plan.orders == planned(seed).plan.orders
    mixed = work_out(shuffled(household(seed), seed))
    assert mixed.plan.orders == planned(seed).plan.orders


@pytest.mark.parametrize("seed", [2, 5, 9, 15])
def test_other_names_for_the_products_change_the_choice_between_equals_alone(seed: int) -> None:
    one = household(seed)
    renamed = {i: f"{n:03d}-{i[::-1]}" for n, i in enumerate(sorted(SHELF.products, reverse=True))}
    renamed["demand-deposit"] = "demand-deposit"
    shelf = Shelf(
        SHELF.version,
        SHELF.content_hash,
        {renamed[i]: replace(p, id=renamed[i]) for i, p in SHELF.products.items()},
    )
    holdings = tuple(
        replace(h, product_id=None if h.product_id is None else renamed[h.product_id])
        for h in one.sheet.holdings
    )
    other = work_out(replace(one, sheet=replace(one.sheet, holdings=holdings)), shelf=shelf)

    def terms(plan: Planned, names: Shelf) -> list[tuple[object, ...]]:
        rows = []
        for order in plan.plan.orders:
            product = names[order.product_id]
            cost = product.yearly_cost(cost_horizon_years=2.0)
            rows.append((order.side, product.product_class, cost, order.amount, order.fee))
        return sorted(rows, key=str)

    assert terms(other, shelf) == terms(planned(seed), SHELF)


@pytest.mark.parametrize("seed", range(0, 100, 7))
def test_a_sheet_that_has_followed_its_plan_is_asked_for_next_to_nothing(seed: int) -> None:
    # Minimum purchases weigh on small wealth, so these households own half a million or so.
    one = household(seed, wealth=5e5)
    after = work_out(one).plan.after
    # Long held, as if the client came back years later.
    aged = tuple(replace(h, acquired_on=None) for h in after.holdings)
    again = work_out(replace(one, sheet=replace(after, holdings=aged)))
    moved = total(o.amount for o in again.plan.orders if o.side is Side.BUY)
    assert float(moved) < 0.02 * float(after.investable_wealth)


def test_an_optimal_sheet_yields_no_orders() -> None:
    one = household(1, wealth=1e6)
    everything_in_cash = BalanceSheet(
        AS_OF,
        (
            Holding(
                "cash",
                ProductClass.DEMAND_DEPOSIT,
                Money.parse("1000000"),
                RiskLevel.R1,
                "demand-deposit",
            ),
        ),
    )
    first = work_out(replace(one, level=ProfileLevel.C3, sheet=everything_in_cash))
    settled = replace(
        first.plan.after,
        holdings=tuple(
            replace(h, acquired_on=None, locked_until=None) for h in first.plan.after.holdings
        ),
    )
    assert first.plan.orders
    second = work_out(replace(one, level=ProfileLevel.C3, sheet=settled))
    assert second.plan.orders == ()
    assert second.plan.after == settled


@pytest.mark.parametrize("wealth", ["0.01", "0.99", "1.00", "9.99", "50.00", "100.00"])
@pytest.mark.parametrize("level", list(ProfileLevel))
def test_small_wealth_is_planned_too(wealth: str, level: ProfileLevel) -> None:
    account = Holding(
        "cash", ProductClass.DEMAND_DEPOSIT, Money.parse(wealth), RiskLevel.R1, "demand-deposit"
    )
    one = replace(
        household(1), sheet=BalanceSheet(AS_OF, (account,)), level=level, is_qualified=False
    )
    needs = replace(one.needs, monthly_essential=ZERO, emergency_fund=ZERO, goals_reserve=ZERO)
    plan = work_out(replace(one, needs=needs)).plan
    fees = total(order.fee for order in plan.orders)
    assert plan.after.investable_wealth + fees == Money.parse(wealth)
    assert all(h.amount > ZERO for h in plan.after.holdings)


def test_a_second_deposit_meets_the_minimum_like_the_first() -> None:
    held = Holding(
        "old",
        ProductClass.TIME_DEPOSIT,
        Money.parse("5000.00"),
        RiskLevel.R1,
        "time-deposit-3y",
        locked_until=AS_OF + timedelta(days=30),
    )
    plan = _aim_at(held, product_class=ProductClass.TIME_DEPOSIT, extra="20.00")
    assert all(o.product_class is not ProductClass.TIME_DEPOSIT for o in plan)
    plan = _aim_at(held, product_class=ProductClass.TIME_DEPOSIT, extra="60.00")
    assert [o.amount for o in plan if o.product_id == "time-deposit-3y"] == [Money.parse("60.00")]


def test_more_of_a_fund_that_is_held_may_be_less_than_its_minimum() -> None:
    held = Holding(
        "old", ProductClass.BOND_FUND, Money.parse("5000.00"), RiskLevel.R2, "index-bond-fund-a"
    )
    extra = _aim_at(held, product_class=ProductClass.BOND_FUND, extra="8.00")
    assert [o.product_id for o in extra] == ["index-bond-fund-a"]
    # The net amount of the order is what was wanted, give or take its fee of half a fen.
    assert Money.parse("7.99") <= extra[0].amount < SHELF["index-bond-fund-a"].minimum


def test_what_lies_above_the_level_is_sold_before_what_is_cheap_to_sell() -> None:
    holdings = (
        Holding(
            "dear-but-risky",
            ProductClass.BALANCED_FUND,
            Money.parse("40000.00"),
            RiskLevel.R4,
            "flexible-mixed-fund-a",
            acquired_on=AS_OF - timedelta(days=10),
        ),
        Holding(
            "cheap-and-tame",
            ProductClass.BALANCED_FUND,
            Money.parse("40000.00"),
            RiskLevel.R3,
            "balanced-fund-40",
        ),
        Holding(
            "cash",
            ProductClass.DEMAND_DEPOSIT,
            Money.parse("20000.00"),
            RiskLevel.R1,
            "demand-deposit",
        ),
    )
    orders = _plan_towards(
        holdings, {ProductClass.BALANCED_FUND: 0.5, ProductClass.DEMAND_DEPOSIT: 0.5}
    )
    sales = [o for o in orders if o.side is Side.SELL]
    assert [o.holding_id for o in sales] == ["dear-but-risky"]


def _aim_at(held: Holding, *, product_class: ProductClass, extra: str) -> tuple[PlannedOrder, ...]:
    """Return the orders of a plan whose optimum holds `extra` more of one class than today."""
    account = Holding(
        "cash",
        ProductClass.DEMAND_DEPOSIT,
        Money.parse("5000.00"),
        RiskLevel.R1,
        "demand-deposit",
    )
    share = float((held.amount + Money.parse(extra)).amount / Decimal(10000))
    goal = {product_class: share, ProductClass.DEMAND_DEPOSIT: 1 - share}
    return _plan_towards((account, held), goal, cash_to_keep=account.amount - Money.parse(extra))


def _plan_towards(
    holdings: tuple[Holding, ...],
    goal: dict[ProductClass, float],
    *,
    cash_to_keep: Money = ZERO,
) -> tuple[PlannedOrder, ...]:
    """Plan towards given weights: the objective rewards being there and nothing else."""
    one = household(1)
    sheet = BalanceSheet(AS_OF, holdings)
    needs = replace(one.needs, monthly_essential=ZERO, emergency_fund=ZERO, goals_reserve=ZERO)
    base: Household = replace(one, sheet=sheet, level=ProfileLevel.C3, needs=needs)
    made = work_out(base)
    weights = tuple(goal.get(c, 0.0) for c in CLASSES)
    wanted = replace(made.allocation.weights, values=weights)
    reward = [1.0 if c in goal and c is not ProductClass.DEMAND_DEPOSIT else 0.0 for c in CLASSES]
    inputs = replace(
        made.allocation.inputs,
        tilt=made.allocation.inputs.tilt * 0 + reward,
        risk_aversion=1e-9,
        caps=made.allocation.inputs.caps * 0 + [w + 1e-9 for w in weights],
        risky_share=1.0,
        volatility=1.0,
    )
    menu = {
        c: tuple(p for p in made.menu[c] if c in goal and c is not ProductClass.MONEY_FUND)
        for c in CLASSES
    }
    return plan_lots(
        sheet,
        made.mandate,
        replace(made.allocation, weights=wanted, inputs=inputs),
        menu=menu,
        shelf=SHELF,
        highest_risk_level=RiskLevel.R3,
        cash_to_keep=cash_to_keep,
    ).orders


def test_the_gap_is_the_difference_of_the_objectives_after_lots() -> None:
    one = planned(3)
    i, w = one.allocation.inputs, one.plan.after.weights(CLASSES).aligned_to(CLASSES)
    current = one.household.sheet.weights(CLASSES).aligned_to(CLASSES)
    objective = (
        i.tilt @ w
        - i.risk_aversion / 2 * w @ MARKET.covariance @ w
        - i.buy_cost @ (w - current).clip(min=0)
        - i.sell_cost @ (current - w).clip(min=0)
    )
    assert one.plan.gap == pytest.approx(one.allocation.objective - float(objective), abs=1e-10)


@pytest.mark.parametrize(("missed", "priced"), [(0.0005, 0.0), (0.003, 0.002)])
def test_doing_nothing_alone_may_leave_a_need_missed_by_a_hair(
    missed: float, priced: float
) -> None:
    one = next(
        p
        for p in map(planned, SEEDS)
        if p.menu[ProductClass.MONEY_FUND] and float(p.household.everyday_cash) > 1000
    )
    current = one.allocation.inputs.current
    volatility = float(np.sqrt(current @ MARKET.covariance @ current))
    inputs = replace(
        one.allocation.inputs,
        volatility=volatility - missed,
        risky_share=1.0,
        caps=np.ones(len(CLASSES)),
        liquidity_floor=0.0,
        stable_floor=0.0,
    )
    planner = LotPlanner(
        one.household.sheet,
        one.mandate,
        replace(one.allocation, inputs=inputs, relaxations=()),
        one.menu,
        SHELF,
        one.household.highest_risk_level,
        one.household.everyday_cash,
    )
    value = utility(inputs, current)
    assert planner.score(()) == pytest.approx(value - PRICE_OF_A_BREACH * priced, abs=1e-12)
    # The money fund is as calm as the account: the need is missed by as much as before.
    lines = planner.maker.purchases(ProductClass.MONEY_FUND, Money.parse("10.00"))
    assert len(lines) == 1
    w = apply_lines(one.household.sheet, lines).weights(CLASSES).aligned_to(CLASSES)
    still = float(np.sqrt(w @ MARKET.covariance @ w)) - inputs.volatility
    assert still == pytest.approx(missed, abs=1e-4)
    expected = utility(inputs, w) - 1e-5 - PRICE_OF_A_BREACH * still
    assert planner.score(lines) == pytest.approx(expected, abs=1e-9)


def misses(one: Planned, sheet: BalanceSheet) -> np.ndarray:
    """By how much a sheet misses the limits that the optimizer could keep; shares of its wealth."""
    i, w = one.allocation.inputs, sheet.weights(CLASSES).aligned_to(CLASSES)
    volatility = float(np.sqrt(w @ MARKET.covariance @ w))
    missed = [
        i.risky @ w - i.risky_share,
        volatility - i.volatility,
        i.liquidity_floor - i.liquid @ w,
        i.stable_floor - i.stable @ w,
        *(w - i.caps),
    ]
    return np.maximum(missed, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sheet_after_all_fees_keeps_every_limit_that_was_not_broken_before(seed: int) -> None:
    one = planned(seed)
    before, after = misses(one, one.household.sheet), misses(one, one.plan.after)
    # Measured on what is left after fees; what cannot be sold weighs a hair more in it.
    assert (after <= before + ROUNDING_OF_A_NEED).all()


def test_a_purchase_with_a_lock_up_is_locked_in_the_sheet_after() -> None:
    one = next(
        p
        for p in map(planned, SEEDS)
        if any(SHELF[o.product_id].lock_up_days for o in purchases(p))
    )
    order = next(o for o in purchases(one) if SHELF[o.product_id].lock_up_days)
    held = next(h for h in one.plan.after.holdings if h.id == f"{order.product_id}-new")
    days = SHELF[order.product_id].lock_up_days
    assert held.locked_until == AS_OF + timedelta(days=days)
    assert held.acquired_on == date(2026, 11, 20)
    assert held.amount == order.net


def test_costs_in_the_mandate_are_those_of_the_products_that_would_be_traded() -> None:
    one = household(4)
    made = work_out(one)
    mandate = build_mandate(
        profile=profile_of(one.level),
        needs=one.needs,
        human_capital=one.capital,
        balance_sheet=one.sheet,
        menu=made.menu,
        shelf=SHELF,
    )
    for n, product_class in enumerate(CLASSES):
        menu = made.menu[product_class]
        assert mandate.buy_cost[n] == (float(menu[0].purchase_fee) if menu else 0.0)
    assert optimize(mandate, MARKET).weights == made.allocation.weights
