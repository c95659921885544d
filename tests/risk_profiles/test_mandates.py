"""From a person to a mandate: floors, cash to keep, hedges, and what the life cycle moves."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, HeldAt, Holding
from allocator.life_cycle.mortality import Sex, load_default_mortality_table
from allocator.life_cycle.needs import Goal, Needs
from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import ZERO, Money
from allocator.optimizer.inputs import tilt_of
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass, RiskLevel
from allocator.shelf import load_default_shelf
from allocator.trading.product_choice import build_menu
from risk_profiles.income import human_capital_of, needs_of
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters
from risk_profiles.mandates import (
    PlanBasis,
    build_mandate,
    everyday_cash,
    longest_lock_up,
    plan_basis,
)
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory
from risk_profiles.profile import Profile

AS_OF = date(2026, 11, 20)
MARKET = load_default_assumptions()
SHELF = load_default_shelf()
PARAMETERS = load_default_life_cycle_parameters()
money = Money.parse
CASH, EQUITY = ProductClass.DEMAND_DEPOSIT, ProductClass.A_SHARE_EQUITY_FUND

FACTS = ClientFacts(
    name="Test",
    birth_date=date(1986, 3, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=money("240000"),
    monthly_pension=money("5000"),
    essential_spending=money("9000"),
    spending=money("12000"),
    earners=1,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


def holding(name: str, amount: str, product_id: str, **more: object) -> Holding:
    product = SHELF[product_id]
    base = Holding(name, product.product_class, money(amount), product.risk_level, product_id)
    return replace(base, **more)  # type: ignore[arg-type]


SHEET = BalanceSheet(
    AS_OF,
    (
        holding("cash", "300000", "demand-deposit"),
        holding("bonds", "400000", "index-bond-fund-a"),
        holding("shares", "300000", "csi300-index-a", acquired_on=AS_OF - timedelta(days=10)),
    ),
)


def profile(level: ProfileLevel) -> Profile:
    gamma = LEVELS[level].anchor_risk_aversion
    return Profile(
        level=level,
        score=50.0,
        points=50.0,
        risk_aversion=gamma,
        capacity=50.0,
        tolerance=50.0,
        knowledge=50.0,
        is_lowest_class=False,
        needs_review=False,
        liftable_to=None,
        longest_lock_up_days=1095,
        reasons=(),
        questionnaire_version="test",
    )


def mandate_for(
    facts: ClientFacts = FACTS,
    sheet: BalanceSheet = SHEET,
    *,
    level: ProfileLevel = ProfileLevel.C4,
) -> Mandate:
    needs = needs_of(facts, sheet, parameters=PARAMETERS)
    made = profile(level)
    equity, safe = MARKET.index(EQUITY), MARKET.index(ProductClass.MONEY_FUND)
    capital = human_capital_of(
        facts,
        sheet.as_of,
        risk_aversion=made.risk_aversion,
        equity_premium=float(MARKET.net_returns[equity] - MARKET.net_returns[safe]),
        equity_volatility=float(MARKET.volatilities[equity]),
        parameters=PARAMETERS,
    )
    return build_mandate(
        profile=made,
        needs=needs,
        human_capital=capital,
        balance_sheet=sheet,
        menu=build_menu(
            SHELF,
            highest_risk_level=LEVELS[level].highest_risk_level,
            age=facts.age_on(sheet.as_of),
            is_qualified_investor=facts.is_qualified_investor,
            wealth=sheet.investable_wealth,
            cost_horizon_years=2.0,
        ),
        shelf=SHELF,
    )


def at(mandate: Mandate, product_class: ProductClass) -> int:
    return mandate.classes.index(product_class)


def test_floors_are_needs_over_wealth() -> None:
    goal = Goal("flat", money("100000"), AS_OF + timedelta(days=180))
    made = mandate_for(replace(FACTS, goals=(goal,)))
    # Single salaried income: 3 + 3 * (0.25 + 0.5) = 5.25 months of 9000.
    assert made.liquidity_floor == pytest.approx(5.25 * 9000 / 1_000_000)
    reserve = 100_000 / 1.015 ** (180 / 365.25)
    assert made.stable_floor - made.liquidity_floor == pytest.approx(reserve / 1e6, abs=1e-7)


def test_a_level_brings_its_limits_and_forbids_buying_never_holding() -> None:
    made = mandate_for(level=ProfileLevel.C2)
    limits = LEVELS[ProfileLevel.C2]
    assert made.volatility_cap == limits.volatility_cap
    assert made.risky_share_cap == limits.risky_share_cap
    for n, product_class in enumerate(CLASSES):
        if TRAITS[product_class].risk_level > RiskLevel.R2:
            assert not made.buyable[n]
    assert made.current[at(made, EQUITY)] == pytest.approx(0.3)
    assert made.fixed[at(made, EQUITY)] == 0


def test_what_is_locked_or_elsewhere_is_fixed_and_a_month_of_cash_with_it() -> None:
    sheet = replace(
        SHEET,
        holdings=(
            *SHEET.holdings,
            holding("t", "100000", "time-deposit-1y", locked_until=AS_OF + timedelta(days=1)),
            holding("m", "100000", "time-deposit-1y", locked_until=AS_OF),
            holding("e", "50000", "csi300-index-a", held_at=HeldAt.ELSEWHERE),
        ),
    )
    made = mandate_for(sheet=sheet)
    assert made.fixed[at(made, ProductClass.TIME_DEPOSIT)] == pytest.approx(100 / 1250)
    assert made.fixed[at(made, EQUITY)] == pytest.approx(50 / 1250)
    assert made.fixed[at(made, CASH)] == pytest.approx(9 / 1250)


def needs(*, essential: str = "10000", fund: str = "60000") -> Needs:
    return Needs(6.0, money(essential), money(fund), ZERO, ZERO, ZERO, ZERO)


def debt(rate: str, balance: str = "30000") -> Debt:
    return Debt("d" + rate, DebtKind.CREDIT_CARD, money(balance), Decimal(rate), money("500"))


def cash_sheet(amount: str, *debts: Debt) -> BalanceSheet:
    return BalanceSheet(AS_OF, (holding("cash", amount, "demand-deposit"),), debts=debts)


HURDLE = 0.03


def basis(sheet: BalanceSheet) -> PlanBasis:
    return plan_basis(sheet, needs(), hurdle=HURDLE)


@pytest.mark.parametrize(
    ("cash", "repayment"), [("100000", "30000"), ("70000", "10000"), ("60000", "0")]
)
def test_what_the_emergency_fund_can_spare_repays_a_dear_debt(cash: str, repayment: str) -> None:
    made = basis(cash_sheet(cash, debt("0.18")))
    assert made.repayment == money(repayment)
    assert made.balance_sheet.investable_wealth == money(cash) - money(repayment)
    assert made.kept_in_account == made.repayment


def test_only_a_debt_dearer_than_the_best_the_client_can_do_is_repaid_first() -> None:
    cheap, dear = debt("0.0299"), debt("0.0301")
    assert basis(cash_sheet("200000", cheap)).repayment == ZERO
    assert basis(cash_sheet("200000", cheap, dear)).repayment == money("30000")
    mortgage = replace(dear, kind=DebtKind.MORTGAGE)
    assert basis(cash_sheet("200000", mortgage)).repayment == ZERO


def test_money_in_a_money_fund_repays_as_well_as_money_in_the_account() -> None:
    sheet = cash_sheet("15000", debt("0.18"))
    fund = holding("fund", "200000", "money-fund-a")
    made = basis(replace(sheet, holdings=(*sheet.holdings, fund)))
    assert (made.repayment, made.kept_in_account) == (money("30000"), money("5000"))
    left = {h.id: h.amount for h in made.balance_sheet.holdings}
    assert left == {"cash": money("10000"), "fund": money("175000")}
    elsewhere = replace(fund, held_at=HeldAt.ELSEWHERE)
    made = basis(replace(sheet, holdings=(*sheet.holdings, elsewhere)))
    assert made.repayment == money("5000")


def test_what_is_planned_for_and_what_is_set_aside_are_the_whole_again() -> None:
    sheet = cash_sheet("15000", debt("0.18"))
    fund = holding("fund", "25000", "money-fund-a")
    shares = holding("shares", "60000", "csi300-index-a")
    sheet = replace(sheet, holdings=(*sheet.holdings, fund, shares))
    lean = needs(fund="10000")
    made = plan_basis(sheet, lean, hurdle=HURDLE)
    assert [(h.id, h.amount) for h in made.set_aside] == [
        ("cash", money("5000")),
        ("fund", money("25000")),
    ]
    # The fund is given away altogether, and comes back all the same.
    whole = {h.id: h for h in made.whole(made.balance_sheet).holdings}
    assert whole == {h.id: h for h in sheet.holdings}
    told = made.whole_weights(made.balance_sheet.weights(CLASSES))
    assert told.values == pytest.approx(sheet.weights(CLASSES).values)
    assert sum(told.values) == pytest.approx(1)


def test_where_nothing_is_set_aside_the_whole_is_what_is_planned_for() -> None:
    sheet = cash_sheet("200000")
    made = basis(sheet)
    assert (made.set_aside, made.whole(sheet)) == ((), sheet)
    weights = sheet.weights(CLASSES)
    assert made.whole_weights(weights) is weights


def test_something_is_left_to_plan_for_when_a_debt_could_take_it_all() -> None:
    free = Needs(3.0, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
    made = plan_basis(cash_sheet("20000", debt("0.18")), free, hurdle=HURDLE)
    assert made.balance_sheet.investable_wealth == money("0.01")


def test_a_months_essentials_stay_in_the_account_or_all_there_is() -> None:
    assert everyday_cash(cash_sheet("200000"), needs()) == money("10000")
    assert everyday_cash(cash_sheet("4000"), needs()) == money("4000")


def test_money_locked_beyond_a_goal_has_to_be_made_up_for() -> None:
    goal = Goal("flat", money("100000"), AS_OF + timedelta(days=180))
    beyond = AS_OF + timedelta(days=400)
    locked = holding("term", "200000", "time-deposit-1y", locked_until=beyond)
    facts = replace(FACTS, goals=(goal,))
    free = mandate_for(
        facts, replace(SHEET, holdings=(*SHEET.holdings, replace(locked, locked_until=None)))
    )
    tied = mandate_for(facts, replace(SHEET, holdings=(*SHEET.holdings, locked)))
    assert tied.stable_floor - free.stable_floor == pytest.approx(200_000 / 1_200_000)
    in_time = replace(locked, locked_until=goal.due)
    same = mandate_for(facts, replace(SHEET, holdings=(*SHEET.holdings, in_time)))
    assert same.stable_floor == pytest.approx(free.stable_floor)


def test_money_is_locked_no_longer_than_the_horizon_and_the_nearest_goal_allow() -> None:
    made = profile(ProfileLevel.C3)
    assert longest_lock_up(made, needs(), age=40, as_of=AS_OF) == 1095

    def until(days: int) -> Needs:
        goal = Goal("flat", money("100000"), AS_OF + timedelta(days=days))
        return needs_of(replace(FACTS, goals=(goal,)), SHEET, parameters=PARAMETERS)

    assert longest_lock_up(made, until(700), age=40, as_of=AS_OF) == 700 - 14
    assert longest_lock_up(made, until(5), age=40, as_of=AS_OF) == 0
    # A goal more than five years away needs nothing stable yet.
    assert longest_lock_up(made, until(2000), age=40, as_of=AS_OF) == 1095


@pytest.mark.parametrize(
    ("age", "days"), [(79, 1095), (80, 92), (89, 92), (90, 0), (94, 0), (110, 0)]
)
def test_the_older_a_client_the_shorter_money_is_locked(age: int, days: int) -> None:
    made = profile(ProfileLevel.C3)
    assert longest_lock_up(made, needs(), age=age, as_of=AS_OF) == days
    # A horizon stated shorter stays what it is.
    hasty = replace(made, longest_lock_up_days=30)
    assert longest_lock_up(hasty, needs(), age=age, as_of=AS_OF) == min(days, 30)


def test_the_ages_of_shorter_locks_lie_where_few_years_are_left() -> None:
    table = load_default_mortality_table()
    left = {age: table.life_expectancy(Sex.MEN, age=age) for age in (80, 90)}
    assert 9 < left[80] < 10
    assert 4.5 < left[90] < 5


def test_the_cost_of_selling_is_the_fee_of_what_is_held_weighted_by_value() -> None:
    older = holding("old", "100000", "csi300-index-a")
    made = mandate_for(sheet=replace(SHEET, holdings=(*SHEET.holdings, older)))
    # 300 000 held ten days at 0.5 %, 100 000 held for long and free.
    assert made.sell_cost[at(made, EQUITY)] == pytest.approx(0.005 * 0.75)
    assert made.buy_cost[at(made, EQUITY)] == pytest.approx(0.0012)


def test_wages_that_move_with_shares_tilt_against_shares() -> None:
    safe = mandate_for(replace(FACTS, income_kind=IncomeKind.PUBLIC))
    broker = mandate_for(replace(FACTS, income_kind=IncomeKind.COMMISSION))
    assert safe.income_beta == 0
    assert broker.income_beta > 0
    n = at(broker, EQUITY)
    assert tilt_of(safe, MARKET)[n] == MARKET.net_returns[n]
    assert tilt_of(broker, MARKET)[n] < MARKET.net_returns[n]
    risky = [
        sum(
            w
            for c, w in optimize(m, MARKET).weights.as_dict().items()
            if c in (EQUITY, ProductClass.OVERSEAS_EQUITY_FUND)
        )
        for m in (safe, broker)
    ]
    assert risky[1] < risky[0]


def test_the_retired_have_no_beta_whatever_they_once_did() -> None:
    retired = replace(FACTS, income_kind=IncomeKind.RETIRED, birth_date=date(1955, 1, 1))
    assert mandate_for(retired).income_beta == 0


CHANGES: dict[str, dict[str, object]] = {
    "age": {"birth_date": date(1976, 3, 1)},
    "work_category": {"work_category": WorkCategory.WOMAN_50},
    "income_kind": {"income_kind": IncomeKind.ENTREPRENEUR},
    "annual_income": {"annual_income": money("120000")},
    "monthly_pension": {"monthly_pension": money("9000")},
    "retirement_age": {"retirement_age": 50},
    "essential_spending": {"essential_spending": money("11000")},
    "earners": {"earners": 2},
    "goals": {"goals": (Goal("car", money("50000"), AS_OF + timedelta(days=365)),)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_two_clients_who_differ_in_one_fact_get_different_mandates(name: str) -> None:
    other = replace(FACTS, **CHANGES[name])  # type: ignore[arg-type]
    assert mandate_for(other) != mandate_for()


def test_dependants_change_the_need_for_cover_and_qualification_what_may_be_bought() -> None:
    child = Dependant(date(2022, 1, 1), date(2044, 1, 1), money("60000"))
    more = needs_of(replace(FACTS, dependants=(child,)), SHEET, parameters=PARAMETERS)
    assert more.life_cover > needs_of(FACTS, SHEET, parameters=PARAMETERS).life_cover
    rich = replace(
        SHEET,
        holdings=tuple(replace(h, amount=h.amount.scaled(Decimal(30))) for h in SHEET.holdings),
    )
    qualified = mandate_for(replace(FACTS, is_qualified_investor=True), rich, level=ProfileLevel.C5)
    ordinary = mandate_for(FACTS, rich, level=ProfileLevel.C5)
    n = at(qualified, ProductClass.PRIVATE_FUND_OR_TRUST)
    assert (qualified.buyable[n], ordinary.buyable[n]) == (True, False)


@pytest.mark.parametrize("years_later", [5, 10, 15, 20])
def test_human_capital_shrinks_towards_retirement(years_later: int) -> None:
    older = replace(FACTS, birth_date=FACTS.birth_date.replace(year=1986 - years_later))
    assert mandate_for(older).human_capital_ratio < mandate_for().human_capital_ratio
    assert mandate_for(older).financial_risk_aversion >= mandate_for().financial_risk_aversion
