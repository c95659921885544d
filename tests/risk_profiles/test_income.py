from dataclasses import replace
from datetime import date

import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Goal, GoalKind
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from risk_profiles.income import (
    emergency_months_of,
    human_capital_of,
    needs_of,
    pension_age_of,
    retirement_age_of,
    statutory_retirement_age,
)
from risk_profiles.life_cycle_parameters import (
    FIRST_LIFE_CYCLE,
    load_default_life_cycle_parameters,
    parse_life_cycle_parameters,
    read_life_cycle,
)
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory

AS_OF = date(2026, 11, 20)
PARAMETERS = load_default_life_cycle_parameters()
yuan = Money.parse
WORKER = ClientFacts(
    name="A client",
    birth_date=date(1986, 3, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=yuan("240000"),
    monthly_pension=yuan("4000"),
    essential_spending=yuan("8000"),
    spending=yuan("12000"),
    earners=2,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


def sheet(amount: str, *, debt: str = "0") -> BalanceSheet:
    fund = Holding("fund", ProductClass.A_SHARE_EQUITY_FUND, yuan(amount), RiskLevel.R4)
    loan = Debt("loan", DebtKind.MORTGAGE, yuan(debt), yuan("0.03").amount, ZERO)
    return BalanceSheet(AS_OF, (fund,), (loan,))


def capital(facts: ClientFacts, *, risk_aversion: float = 5.0) -> HumanCapital:
    return human_capital_of(
        facts,
        AS_OF,
        risk_aversion=risk_aversion,
        equity_premium=0.045,
        equity_volatility=0.2,
        parameters=PARAMETERS,
    )


def test_every_kind_of_income_has_parameters_and_riskier_kinds_have_riskier_ones() -> None:
    assert set(PARAMETERS.incomes) == set(IncomeKind)
    earned = [IncomeKind.PUBLIC, IncomeKind.SALARIED, IncomeKind.COMMISSION]
    earned.append(IncomeKind.ENTREPRENEUR)
    rows = [PARAMETERS.incomes[kind] for kind in earned]
    assert rows == sorted(rows, key=lambda r: (r.shock_variance, r.correlation, r.uncertainty))


def test_growth_fades_with_age_down_to_its_floor() -> None:
    ages, kind = (25, 50, 80), IncomeKind.SALARIED
    growth = [PARAMETERS.growth_at(age, kind=kind) for age in ages]
    assert growth == pytest.approx([0.05, 0.0, -0.02])


@pytest.mark.parametrize(
    ("category", "birth", "age"),
    [
        (WorkCategory.MAN, date(1960, 5, 1), 60),
        (WorkCategory.MAN, date(1986, 3, 1), 63),
        (WorkCategory.WOMAN_55, date(1990, 3, 1), 58),
        (WorkCategory.WOMAN_50, date(1990, 3, 1), 55),
        (WorkCategory.WOMAN_50, date(1970, 3, 1), 50),
    ],
)
def test_each_work_category_has_its_statutory_age(
    category: WorkCategory, birth: date, age: int
) -> None:
    facts = replace(WORKER, work_category=category, birth_date=birth)
    assert statutory_retirement_age(facts, parameters=PARAMETERS) == age


def test_a_planned_age_replaces_the_statutory_one_and_retirement_is_never_ahead_of_the_retired(
) -> None:  # fmt: skip
    planned = replace(WORKER, retirement_age=55)
    assert retirement_age_of(planned, AS_OF, parameters=PARAMETERS) == 55
    retired = replace(WORKER, income_kind=IncomeKind.RETIRED)
    assert retirement_age_of(retired, AS_OF, parameters=PARAMETERS) == 40


def test_a_cautious_persons_wages_are_worth_less() -> None:
    assert capital(WORKER, risk_aversion=20).wages < capital(WORKER, risk_aversion=2).wages


def test_safer_income_is_worth_more_and_moves_less_with_equities() -> None:
    public = capital(replace(WORKER, income_kind=IncomeKind.PUBLIC))
    commission = capital(replace(WORKER, income_kind=IncomeKind.COMMISSION))
    assert public.wages > commission.wages
    assert public.beta == 0
    assert commission.beta == pytest.approx(0.3 * 0.03**0.5 / 0.2)


def test_without_income_only_the_pension_remains() -> None:
    none = capital(replace(WORKER, income_kind=IncomeKind.NONE))
    assert none.wages == 0
    assert none.pension > 0
    nothing = replace(WORKER, income_kind=IncomeKind.NONE, monthly_pension=ZERO)
    assert capital(nothing).total == 0


def test_an_early_retiree_draws_the_pension_from_now_on() -> None:
    retired = capital(replace(WORKER, income_kind=IncomeKind.RETIRED))
    by_hand = sum(48_000 / 1.032**k for k in range(1, 61))
    assert retired.wages == 0
    assert retired.pension == pytest.approx(by_hand)
    assert retired.exposed == 0


def test_someone_still_earning_past_the_retirement_age_has_only_the_pension_left() -> None:
    old = capital(replace(WORKER, birth_date=date(1956, 1, 1)))
    assert old.wages == 0
    assert old.pension > 0
    assert not old.is_working


def test_the_oldest_client_has_no_human_capital_left() -> None:
    assert capital(replace(WORKER, birth_date=date(1920, 1, 1))).total == 0


@pytest.mark.parametrize(
    ("kind", "earners", "months"),
    [
        (IncomeKind.PUBLIC, 2, 3.0),
        (IncomeKind.PUBLIC, 1, 4.5),
        (IncomeKind.SALARIED, 1, 5.25),
        (IncomeKind.COMMISSION, 1, 6.0),
        (IncomeKind.ENTREPRENEUR, 1, 9.0),
        (IncomeKind.RETIRED, 2, 6.0),
        (IncomeKind.NONE, 0, 12.0),
    ],
)
def test_emergency_months_follow_the_kind_and_number_of_incomes(
    kind: IncomeKind, earners: int, months: float
) -> None:
    facts = replace(WORKER, income_kind=kind, earners=earners)
    assert emergency_months_of(facts, parameters=PARAMETERS) == months


def test_the_needs_of_a_family_follow_the_needs_method() -> None:
    child = Dependant(date(2016, 11, 20), date(2036, 11, 20), yuan("50000"))
    goal = Goal("university", yuan("200000"), date(2034, 9, 1), GoalKind.EDUCATION)
    needs = needs_of(replace(WORKER, dependants=(child,), goals=(goal,)),
                     sheet("500000", debt="900000"), parameters=PARAMETERS)  # fmt: skip
    assert needs.emergency_months == 3.75
    assert needs.emergency_fund == yuan("30000")
    support = 50_000 * 10 / 1.02
    expected = support + 900_000 + 200_000 - (500_000 - 30_000)
    # Ten years hold three leap days, not two and a half.
    assert float(needs.life_cover) == pytest.approx(expected, abs=100)
    assert needs.accident_cover == needs.life_cover
    assert needs.critical_illness_cover == yuan("1020000")
    assert needs.goals_reserve == ZERO


def test_moving_money_between_products_never_changes_a_need() -> None:
    cash = Holding("cash", ProductClass.DEMAND_DEPOSIT, yuan("300000"), RiskLevel.R1)
    in_funds = needs_of(WORKER, sheet("300000"), parameters=PARAMETERS)
    in_cash = needs_of(WORKER, BalanceSheet(AS_OF, (cash,), ()), parameters=PARAMETERS)
    assert in_funds == in_cash


@pytest.mark.parametrize(
    ("kind", "counts"),
    [(GoalKind.EDUCATION, True), (GoalKind.HOUSE, False), (GoalKind.OTHER, False)],
)
def test_of_all_goals_only_education_is_a_need_of_the_survivors(
    kind: GoalKind, counts: bool
) -> None:
    child = Dependant(date(2016, 11, 20), date(2036, 11, 20), yuan("50000"))
    goal = Goal("goal", yuan("200000"), date(2034, 9, 1), kind)
    family = replace(WORKER, dependants=(child,))
    without = needs_of(family, sheet("0"), parameters=PARAMETERS)
    with_goal = needs_of(replace(family, goals=(goal,)), sheet("0"), parameters=PARAMETERS)
    more = yuan("200000") if counts else ZERO
    assert with_goal.life_cover - without.life_cover == more
    first = parse_life_cycle_parameters(read_life_cycle(FIRST_LIFE_CYCLE))
    then = needs_of(replace(family, goals=(goal,)), sheet("0"), parameters=first)
    assert then.life_cover - without.life_cover == yuan("200000")


def test_goals_need_no_life_cover_once_nobody_depends_on_the_client() -> None:
    goal = Goal("car", yuan("200000"), date(2027, 6, 1))
    grown = Dependant(date(1990, 1, 1), date(2012, 1, 1), yuan("50000"))
    facts = replace(WORKER, goals=(goal,), dependants=(grown,))
    needs = needs_of(facts, sheet("0"), parameters=PARAMETERS)
    assert needs.life_cover == ZERO
    assert float(needs.goals_reserve) == pytest.approx(200_000 / 1.015**0.53, rel=1e-3)


def test_an_illness_stops_wages_but_no_pension() -> None:
    retired = replace(WORKER, income_kind=IncomeKind.RETIRED)
    needs = needs_of(retired, sheet("1"), parameters=PARAMETERS)
    assert needs.critical_illness_cover == yuan("300000")


def test_wages_are_discounted_with_the_parameters_rate_and_price_of_shocks() -> None:
    found = human_capital_of(
        WORKER,
        AS_OF,
        risk_aversion=5.0,
        equity_premium=0.045,
        equity_volatility=0.2,
        parameters=replace(PARAMETERS, real_riskless_rate=0.02, shock_price=0.5),
    )
    beta = 0.1 * 0.02**0.5 / 0.2
    assert found.wage_discount_rate == pytest.approx(0.02 + 0.5 * 5 * 0.02 + beta * 0.045)


@pytest.mark.parametrize(
    "change",
    [
        {"real_riskless_rate": 0.02},
        {"shock_price": 0.5},
        {"pension_spread": 0.03},
        {"yearly_fade_of_growth": 0.003},
        {"lowest_growth": 0.0},
        {"growth_age": 30},
        {"last_age": 90},
    ],
    ids=str,
)
def test_every_parameter_of_human_capital_moves_it(change: dict[str, float]) -> None:
    young = replace(WORKER, birth_date=date(1996, 3, 1))
    own = replace(PARAMETERS, **change)  # type: ignore[arg-type]
    terms = {"risk_aversion": 5.0, "equity_premium": 0.045, "equity_volatility": 0.2}
    before = human_capital_of(young, AS_OF, **terms, parameters=PARAMETERS)
    after = human_capital_of(young, AS_OF, **terms, parameters=own)
    assert abs(after.total / before.total - 1) > 1e-3


def test_what_a_single_income_adds_is_a_parameter() -> None:
    own = replace(PARAMETERS, single_income_uncertainty=0.25)
    alone = replace(WORKER, earners=1)
    assert emergency_months_of(alone, parameters=own) == 4.5
    assert emergency_months_of(WORKER, parameters=own) == 3.75


def test_who_stops_early_waits_for_the_pension_until_the_earliest_age() -> None:
    # A man born in 1990 reaches the statutory age at 63; three years earlier at best.
    early = replace(WORKER, birth_date=date(1990, 5, 1), retirement_age=50)
    assert pension_age_of(early, AS_OF, parameters=PARAMETERS) == 60
    late = replace(early, retirement_age=66)
    assert pension_age_of(late, AS_OF, parameters=PARAMETERS) == 66
    usual = replace(early, retirement_age=None)
    assert pension_age_of(usual, AS_OF, parameters=PARAMETERS) == 63
    retired = replace(early, income_kind=IncomeKind.RETIRED, birth_date=date(1976, 5, 1))
    assert pension_age_of(retired, AS_OF, parameters=PARAMETERS) == 50
