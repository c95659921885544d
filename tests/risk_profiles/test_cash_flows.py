"""Cash flows of a household worked out by hand, and the edges of the horizon.

The household: 40 today, 20 000 a month of wages until 60, 6 000 of pension, 14 000 of spending, of
which 2 000 for a child until July 2042 and 3 200 for an interest-free loan of 120 000 that lasts
37.5 months. That leaves 8 800 for itself.
"""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from life_world import AS_OF, BOOK, FACTS, LOAN, PARAMETERS, SHEET, flows_of, steady, yuan

from allocator.life_cycle.needs import Goal
from allocator.money import ZERO
from risk_profiles.cash_flows import SHORTEST_PLAN_YEARS, CashFlows, LifeEvent, LifeEventKind
from risk_profiles.months import months_later
from risk_profiles.person import IncomeKind

RETIREMENT = 240
PENSION_FROM = RETIREMENT
STILL = steady()
DEBT_FREE = replace(SHEET, debts=())


def events(flows: CashFlows, kind: LifeEventKind) -> list[LifeEvent]:
    return [event for event in flows.events if event.kind is kind]


def test_the_household_of_the_docstring_without_growth_and_inflation() -> None:
    flows = flows_of(FACTS, parameters=STILL)
    assert (flows.months, flows.years, flows.start) == (12 * 55, 55, AS_OF)
    number = np.arange(flows.months)
    # The child's last month is the one that ends on 20 July 2042, the 188th.
    assert flows.wages == pytest.approx(np.where(number < RETIREMENT, 20_000, 0))
    assert flows.pension == pytest.approx(np.where(number >= PENSION_FROM, 6_000, 0))
    assert flows.support == pytest.approx(np.where(number < 188, 2_000, 0))
    loan = np.where(number < 37, 3_200, np.where(number == 37, 1_600, 0))
    assert flows.debt_service == pytest.approx(loan)
    assert flows.debt_service.sum() == pytest.approx(120_000)
    own = np.where(number < RETIREMENT, 8_800, 0.8 * 8_800)
    assert flows.own_spending == pytest.approx(own)
    assert flows.income == pytest.approx(flows.wages + flows.pension)
    assert flows.spending == pytest.approx(own + flows.support + loan)
    assert flows.net == pytest.approx(flows.income - flows.spending)
    assert flows.unexplained == ZERO


def test_the_events_of_that_household_with_day_month_and_amount() -> None:
    goal = Goal("school", yuan("300000"), date(2036, 9, 1))
    flows = flows_of(replace(FACTS, goals=(goal,)), parameters=STILL)
    kinds = LifeEventKind
    assert [(e.kind, e.day, e.month, e.amount, e.name) for e in flows.events] == [
        (kinds.DEBT_REPAID, date(2030, 1, 20), 38, yuan("3200"), "loan"),
        (kinds.GOAL, date(2036, 9, 1), 117, yuan("300000"), "school"),
        (kinds.INDEPENDENCE, date(2042, 7, 1), 188, yuan("2000"), None),
        (kinds.PENSION, date(2046, 11, 20), 240, yuan("6000"), None),
        (kinds.RETIREMENT, date(2046, 11, 20), 240, yuan("20000"), None),
    ]
    for event in flows.events:
        month_end, later = months_later(AS_OF, event.month), months_later(AS_OF, event.month + 1)
        if event.kind is kinds.GOAL:
            # Paid from what whole months have brought; all else has happened by its month's end.
            assert month_end <= event.day < later
        else:
            assert months_later(AS_OF, event.month - 1) < event.day <= month_end


def test_a_wage_grows_once_a_year_by_the_growth_of_the_age_reached() -> None:
    flows = flows_of(FACTS)
    growth = PARAMETERS.incomes[IncomeKind.SALARIED].early_growth
    wage = 20_000.0
    for year in range(20):
        assert flows.wages[12 * year : 12 * year + 12] == pytest.approx(np.full(12, wage))
        age, fade = 40 + year, PARAMETERS.yearly_fade_of_growth
        wage *= 1 + max(PARAMETERS.lowest_growth, growth - fade * (age - PARAMETERS.growth_age))
    assert flows.wages[12] > flows.wages[11]


def test_own_spending_grows_with_the_wage_and_retires_on_a_share_of_the_last() -> None:
    flows = flows_of(FACTS, DEBT_FREE)
    own = 12_000 * flows.wages[:RETIREMENT] / 20_000
    assert flows.own_spending[:RETIREMENT] == pytest.approx(own)
    rest = flows.own_spending[RETIREMENT:]
    assert rest == pytest.approx(np.full(len(rest), PARAMETERS.retirement_spending * own[-1]))


def test_what_is_stated_for_retirement_counts_from_then_on_and_not_before() -> None:
    plain = flows_of(FACTS)
    flows = flows_of(replace(FACTS, retirement_spending=yuan("7000")))
    assert flows.own_spending[:RETIREMENT] == pytest.approx(plain.own_spending[:RETIREMENT])
    assert set(flows.own_spending[RETIREMENT:]) == {7_000.0}


def test_inflation_makes_contracted_payments_lighter_and_nothing_else() -> None:
    still, dear = (
        flows_of(FACTS, parameters=STILL),
        flows_of(FACTS, parameters=steady(inflation=0.03)),
    )
    months = np.arange(still.months)
    assert dear.debt_service == pytest.approx(still.debt_service / 1.03 ** (months / 12))
    assert dear.support == pytest.approx(still.support)
    assert dear.own_spending == pytest.approx(still.own_spending)


def test_spending_below_debts_and_support_leaves_nothing_and_says_how_much_is_missing() -> None:
    poor = replace(FACTS, spending=yuan("4000"), essential_spending=yuan("4000"))
    flows = flows_of(poor, parameters=STILL)
    assert flows.unexplained == yuan("1200")
    assert not flows.own_spending.any()
    assert flows.spending[0] == pytest.approx(5_200)


def test_a_child_independent_within_the_month_is_not_fed_for_ever() -> None:
    child = replace(FACTS.dependants[0], independent_on=date(2026, 12, 1))
    flows = flows_of(replace(FACTS, dependants=(child,)), DEBT_FREE, STILL)
    assert list(flows.support[:3]) == [2_000, 0, 0]
    assert set(flows.own_spending[:RETIREMENT]) == {12_000}


def test_who_is_independent_already_costs_nothing_and_is_no_event() -> None:
    grown = replace(FACTS.dependants[0], independent_on=AS_OF)
    flows = flows_of(replace(FACTS, dependants=(grown,)), DEBT_FREE, STILL)
    assert not flows.support.any()
    assert events(flows, LifeEventKind.INDEPENDENCE) == []


def test_who_stops_early_lives_without_income_until_the_pension() -> None:
    # Statutory at 63, so that the pension begins at 60 at the earliest.
    flows = flows_of(replace(FACTS, retirement_age=55), DEBT_FREE, STILL)
    assert not flows.income[180:240].any()
    assert flows.wages[179] > 0
    assert flows.pension[240] == 6_000
    (pension,) = events(flows, LifeEventKind.PENSION)
    assert (pension.day, pension.month) == (date(2046, 11, 20), 240)


def test_retiring_within_the_month_leaves_no_wage_and_the_spending_of_the_retired() -> None:
    facts = replace(FACTS, birth_date=date(1966, 12, 1))
    flows = flows_of(facts, DEBT_FREE, STILL)
    assert not flows.wages.any()
    assert flows.own_spending == pytest.approx(np.full(flows.months, 0.8 * 12_000))
    (retirement,) = events(flows, LifeEventKind.RETIREMENT)
    assert retirement.month == 1


def test_the_retired_spend_on_and_draw_their_pension_from_the_first_month() -> None:
    old = replace(
        FACTS,
        birth_date=date(1958, 4, 23),
        income_kind=IncomeKind.RETIRED,
        retirement_age=None,
        retirement_spending=yuan("5"),
    )
    flows = flows_of(old, DEBT_FREE)
    assert not flows.wages.any()
    assert set(flows.pension) == {6_000.0}
    assert set(flows.own_spending) == {12_000.0}
    assert {e.kind for e in flows.events} == {LifeEventKind.INDEPENDENCE}


def test_without_work_spending_goes_on_until_what_is_stated_for_retirement() -> None:
    idle = replace(FACTS, income_kind=IncomeKind.NONE)
    plain = flows_of(idle, DEBT_FREE)
    assert not plain.wages.any()
    assert set(plain.own_spending) == {12_000.0}
    assert plain.pension[239] == 0
    assert plain.pension[240] == 6_000
    assert events(plain, LifeEventKind.RETIREMENT) == []
    stated = flows_of(replace(idle, retirement_spending=yuan("7000")), DEBT_FREE)
    assert set(stated.own_spending[:240]) == {12_000.0}
    assert set(stated.own_spending[240:]) == {7_000.0}
    stopped = replace(idle, retirement_age=39, retirement_spending=yuan("7000"))
    assert set(flows_of(stopped, DEBT_FREE).own_spending) == {12_000.0}


def test_an_earner_without_an_income_keeps_own_spending_level() -> None:
    unpaid = replace(FACTS, annual_income=ZERO)
    flows = flows_of(unpaid, DEBT_FREE)
    assert not flows.wages.any()
    assert set(flows.own_spending[:240]) == {12_000.0}


@pytest.mark.parametrize(
    ("due", "years"),
    [
        (date(2081, 11, 20), 55),
        (date(2081, 11, 21), 56),
        (date(2090, 1, 1), 64),
    ],
)
def test_the_flows_reach_the_planning_age_or_the_last_goal_in_whole_years(
    due: date, years: int
) -> None:
    late = replace(FACTS, goals=(Goal("late", yuan("1"), due), Goal("near", yuan("1"), AS_OF)))
    assert flows_of(late).years == years


def test_a_client_beyond_the_planning_age_plans_for_a_few_years_more() -> None:
    born = date(1926, 1, 1)
    old = replace(FACTS, birth_date=born, income_kind=IncomeKind.RETIRED, retirement_age=None)
    assert old.age_on(AS_OF) > PARAMETERS.planning_age
    assert flows_of(old).years == SHORTEST_PLAN_YEARS


@pytest.mark.parametrize("payment", ["1", "0", "0.01"])
def test_a_debt_that_outlasts_the_plan_is_paid_for_throughout_and_is_no_event(payment: str) -> None:
    debt = replace(LOAN, balance=yuan("300000"), monthly_payment=yuan(payment))
    flows = flows_of(FACTS, replace(SHEET, debts=(debt,)), STILL)
    assert set(flows.debt_service) == {float(payment)}
    assert events(flows, LifeEventKind.DEBT_REPAID) == []


def test_a_payment_within_the_interest_costs_the_interest_for_ever() -> None:
    debt = replace(LOAN, annual_rate=Decimal("0.6"))
    flows = flows_of(FACTS, replace(SHEET, debts=(debt,)), STILL)
    interest = float(debt.balance) * 0.6 / 12
    assert interest > 3_200
    assert (flows.debt_service.min(), flows.debt_service.max()) == pytest.approx((interest,) * 2)
    # The stated spending holds the stated payment alone: the rest of the interest comes on top.
    assert flows.spending[0] == pytest.approx(float(FACTS.spending) + interest - 3_200)
    assert events(flows, LifeEventKind.DEBT_REPAID) == []


def test_a_repaid_debt_costs_nothing_and_is_no_event() -> None:
    repaid = replace(LOAN, balance=ZERO)
    flows = flows_of(FACTS, replace(SHEET, debts=(repaid,)), STILL)
    assert not flows.debt_service.any()
    assert events(flows, LifeEventKind.DEBT_REPAID) == []


@pytest.mark.parametrize("client_id", BOOK)
def test_flows_of_the_book_are_finite_and_begin_with_what_the_facts_say(client_id: str) -> None:
    record = BOOK[client_id]
    facts, flows = record.facts, flows_of(record.facts, record.balance_sheet)
    assert flows.spending[0] == pytest.approx(float(facts.spending))
    assert all(math.isfinite(x) for x in flows.net)
    assert min(flows.wages.min(), flows.own_spending.min(), flows.debt_service.min()) >= 0
    if flows.wages[0] > 0:
        assert 12 * flows.wages[0] == pytest.approx(float(facts.annual_income))
    assert [e.day for e in flows.events] == sorted(e.day for e in flows.events)
