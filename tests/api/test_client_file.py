"""The client file: every field is checked, every problem is located, and nothing is lost."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, HeldAt, Holding
from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal, GoalKind
from allocator.money import Money
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.shelf import load_default_shelf
from api.client_file import ClientRecord
from api.schemas.client_file import dump_client_file, load_client_file
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

SHELF = load_default_shelf()
PARAMETERS = load_default_life_cycle_parameters()
PRODUCTS = sorted(SHELF.products)
AS_OF = date(2026, 11, 20)


def document() -> dict[str, Any]:
    return {
        "format": "robo-client/1",
        "client_id": "lin",
        "as_of": "2026-11-20",
        "facts": {
            "name": "林",
            "birth_date": "1990-01-31",
            "work_category": "woman_55",
            "income_kind": "salaried",
            "annual_income": "240000.00",
            "monthly_pension": "6000",
            "essential_spending": "7000.5",
            "spending": "9000",
            "earners": 1,
            "is_qualified_investor": False,
            "dependants": [
                {"birth_date": "2018-02-01", "independent_on": "2040-07-01", "annual_need": "1"}
            ],
            "goals": [{"name": "home", "amount": "500000", "due": "2030-01-01"}],
        },
        "holdings": [
            {"id": "cash", "amount": "50000", "product_id": "demand-deposit"},
            {"id": "gold", "amount": "1.05", "product_class": "gold", "held_at": "elsewhere"},
        ],
        "debts": [
            {
                "id": "home",
                "kind": "mortgage",
                "balance": "100",
                "annual_rate": "0.031",
                "monthly_payment": "3",
            }
        ],
        "policies": [{"id": "m", "kind": "medical", "cover": "1", "annual_premium": "0.10"}],
        "answers": {"q2": "a", "q17a": "b"},
    }


def problems_of(broken: object) -> dict[str, Problem]:
    with pytest.raises(InputError) as refused:
        load_client_file(broken, shelf=SHELF, parameters=PARAMETERS)
    return {problem.field: problem for problem in refused.value.problems}


def test_every_field_arrives_where_it_belongs() -> None:
    record = load_client_file(document(), shelf=SHELF, parameters=PARAMETERS)
    assert record.client_id == "lin"
    assert record.facts.annual_income == Money.parse("240000.00")
    assert record.facts.work_category is WorkCategory.WOMAN_55
    assert record.facts.retirement_age is None
    assert record.facts.goals[0].due == date(2030, 1, 1)
    cash, gold = record.balance_sheet.holdings
    assert (cash.product_class, cash.risk_level) == (ProductClass.DEMAND_DEPOSIT, RiskLevel.R1)
    assert (gold.held_at, gold.risk_level) == (HeldAt.ELSEWHERE, RiskLevel.R3)
    assert record.balance_sheet.debts[0].annual_rate == Decimal("0.031")
    assert record.answers == {"q2": "a", "q17a": "b"}


def test_a_client_without_answers_is_read_as_one_who_has_not_answered() -> None:
    unanswered = document()
    del unanswered["answers"]
    assert load_client_file(unanswered, shelf=SHELF, parameters=PARAMETERS).answers is None
    assert "answers" not in dump_client_file(
        load_client_file(unanswered, shelf=SHELF, parameters=PARAMETERS)
    )


def test_a_class_or_level_that_agrees_with_the_shelf_may_stand_beside_the_product() -> None:
    verbose = document()
    verbose["holdings"][0] |= {"product_class": "demand_deposit", "risk_level": "R1"}
    assert load_client_file(verbose, shelf=SHELF, parameters=PARAMETERS) == load_client_file(
        document(), shelf=SHELF, parameters=PARAMETERS
    )


Change = Callable[[dict[str, Any]], object]
CASES: list[tuple[str, Change]] = [
    ("/format", lambda d: d.update(format="robo-client/2")),
    ("/client_id", lambda d: d.update(client_id="Lin Lin")),
    ("/client_id", lambda d: d.update(client_id="a" * 65)),
    ("/client_id", lambda d: d.pop("client_id")),
    ("/role", lambda d: d.update(role="advisor")),
    ("/as_of", lambda d: d.update(as_of="2019-12-31")),
    ("/as_of", lambda d: d.update(as_of="20-11-2026")),
    ("/as_of", lambda d: d.update(as_of="2026-02-30")),
    ("/as_of", lambda d: d.update(as_of=20261120)),
    ("/facts", lambda d: d.update(facts=[])),
    ("/facts/name", lambda d: d["facts"].update(name="  ")),
    ("/facts/name", lambda d: d["facts"].update(name="a\nb")),
    ("/facts/name", lambda d: d["facts"].update(name="x" * 81)),
    ("/facts/birth_date", lambda d: d["facts"].update(birth_date="2026-11-21")),
    ("/facts/birth_date", lambda d: d["facts"].update(birth_date=None)),
    ("/facts/work_category", lambda d: d["facts"].update(work_category="robot")),
    ("/facts/income_kind", lambda d: d["facts"].update(income_kind=True)),
    ("/facts/goals/0/kind", lambda d: d["facts"]["goals"][0].update(kind="retirement")),
    ("/facts/goals/0/kind", lambda d: d["facts"]["goals"][0].update(kind=None)),
    ("/facts/retirement_spending", lambda d: d["facts"].update(retirement_spending="-0.01")),
    ("/facts/retirement_spending", lambda d: d["facts"].update(retirement_spending=5000)),
    ("/facts/retirement_age", lambda d: d["facts"].update(birth_date="1960-01-31")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income=240000.0)),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income=240000)),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="-1")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="1.005")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="NaN")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="1E+999999999")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="１２")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="1_000")),
    ("/facts/annual_income", lambda d: d["facts"].update(annual_income="99999999999999")),
    ("/facts/essential_spending", lambda d: d["facts"].update(essential_spending="9000.01")),
    ("/facts/earners", lambda d: d["facts"].update(earners="1")),
    ("/facts/earners", lambda d: d["facts"].update(earners=True)),
    ("/facts/earners", lambda d: d["facts"].update(earners=-1)),
    ("/facts/is_qualified_investor", lambda d: d["facts"].update(is_qualified_investor="yes")),
    ("/facts/dependants", lambda d: d["facts"].update(dependants={})),
    ("/facts/dependants/0/birth_date", lambda d: d["facts"]["dependants"][0].pop("birth_date")),
    ("/facts/goals/0/due", lambda d: d["facts"]["goals"][0].update(due="2026-11-20")),
    ("/facts/goals/0/colour", lambda d: d["facts"]["goals"][0].update(colour="red")),
    ("/holdings", lambda d: d.update(holdings=None)),
    ("/holdings", lambda d: d.update(holdings=d["holdings"] * 101)),
    ("/holdings/0", lambda d: d["holdings"][0].pop("product_id")),
    ("/holdings/0", lambda d: d["holdings"].__setitem__(0, "cash")),
    ("/holdings/1/id", lambda d: d["holdings"][1].update(id="cash")),
    ("/holdings/0/id", lambda d: d["holdings"][0].update(id="../cash")),
    ("/holdings/0/amount", lambda d: d["holdings"][0].update(amount="-0.01")),
    ("/holdings/0/product_id", lambda d: d["holdings"][0].update(product_id="snake-oil")),
    ("/holdings/0/product_class", lambda d: d["holdings"][0].update(product_class="gold")),
    ("/holdings/0/risk_level", lambda d: d["holdings"][0].update(risk_level="R5")),
    ("/holdings/0/risk_level", lambda d: d["holdings"][0].update(risk_level=1)),
    ("/holdings/0/acquired_on", lambda d: d["holdings"][0].update(acquired_on="2026-11-21")),
    ("/holdings/1/held_at", lambda d: d["holdings"][1].update(held_at="moon")),
    ("/debts/0/annual_rate", lambda d: d["debts"][0].update(annual_rate="18")),
    ("/debts/0/annual_rate", lambda d: d["debts"][0].update(annual_rate=0.18)),
    ("/debts/0/kind", lambda d: d["debts"][0].update(kind="blood")),
    ("/debts/1/id", lambda d: d["debts"].append(dict(d["debts"][0]))),
    ("/policies/1/id", lambda d: d["policies"].append(dict(d["policies"][0]))),
    ("/policies/0/cover", lambda d: d["policies"][0].update(cover=None)),
    ("/answers/q2", lambda d: d["answers"].update(q2=1)),
    ("/answers/q2", lambda d: d["answers"].update(q2="A")),
    ("/answers/Mood", lambda d: d["answers"].update(Mood="a")),
    ("/answers", lambda d: d.update(answers=[])),
]


@pytest.mark.parametrize(("place", "spoil"), CASES)
def test_each_spoilt_field_is_named_with_detail_and_remedy(place: str, spoil: Change) -> None:
    broken = document()
    spoil(broken)
    found = problems_of(broken)
    assert list(found) == [place]
    assert found[place].detail
    assert found[place].remedy


def test_a_wrong_choice_is_told_the_allowed_values() -> None:
    broken = document()
    broken["facts"]["work_category"] = "robot"
    problem = problems_of(broken)["/facts/work_category"]
    assert problem.value == "robot"
    assert all(value.value in problem.remedy for value in WorkCategory)


def test_all_problems_are_reported_at_once() -> None:
    broken = document()
    broken["facts"]["annual_income"] = 1.5
    broken["holdings"][0]["amount"] = "x"
    broken["extra"] = 1
    assert set(problems_of(broken)) == {"/facts/annual_income", "/holdings/0/amount", "/extra"}


@pytest.mark.parametrize("broken", [None, [], "x", 3, True])
def test_a_document_that_is_no_object_is_refused(broken: object) -> None:
    assert "" in problems_of(broken)


def test_reading_does_not_change_the_document() -> None:
    given_document = document()
    before = copy.deepcopy(given_document)
    load_client_file(given_document, shelf=SHELF, parameters=PARAMETERS)
    assert given_document == before


MONEY = st.integers(0, 10**13).map(Money.from_minor)
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
DAYS = st.dates(date(2000, 1, 1), AS_OF)
GOALS = st.builds(
    Goal,
    name=NAMES,
    amount=st.integers(1, 10**13).map(Money.from_minor),
    # The oldest of these clients turns 110 on that day.
    due=st.dates(AS_OF + timedelta(1), date(2052, 1, 1)),
    kind=st.sampled_from(GoalKind),
)


@st.composite
def holdings(draw: st.DrawFn) -> Holding:
    product_id = draw(st.none() | st.sampled_from(PRODUCTS))
    if product_id is None:
        product_class = draw(st.sampled_from(ProductClass))
        risk_level = draw(st.sampled_from(RiskLevel))
    else:
        product_class = SHELF[product_id].product_class
        risk_level = SHELF[product_id].risk_level
    return Holding(
        id="",
        product_class=product_class,
        amount=draw(MONEY),
        risk_level=risk_level,
        product_id=product_id,
        held_at=draw(st.sampled_from(HeldAt)),
        locked_until=draw(st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        acquired_on=draw(st.none() | DAYS),
    )


@st.composite
def records(draw: st.DrawFn) -> ClientRecord:
    essential = draw(MONEY)
    facts = ClientFacts(
        name=draw(NAMES),
        birth_date=draw(st.dates(date(1942, 1, 1), date(2008, 1, 1))),
        work_category=draw(st.sampled_from(WorkCategory)),
        income_kind=draw(st.sampled_from(IncomeKind)),
        annual_income=draw(MONEY),
        monthly_pension=draw(MONEY),
        essential_spending=essential,
        spending=essential + Money.parse("0.01"),
        earners=draw(st.integers(0, 10)),
        dependants=(),
        goals=tuple(draw(st.lists(GOALS, max_size=3))),
        is_qualified_investor=draw(st.booleans()),
        # So late that no income of a draw is without an end.
        retirement_age=85,
        retirement_spending=draw(st.none() | MONEY),
    )
    rate = draw(st.decimals(0, 1, places=8))
    sheet = BalanceSheet(
        as_of=AS_OF,
        holdings=tuple(
            replace(held, id=f"h{i}") for i, held in enumerate(draw(st.lists(holdings())))
        ),
        debts=(Debt("d", draw(st.sampled_from(DebtKind)), draw(MONEY), rate, draw(MONEY)),),
    )
    answers = draw(st.none() | st.dictionaries(st.sampled_from(["q2", "q3"]), st.just("c")))
    return ClientRecord("c", facts, sheet, answers)


@given(records())
def test_what_is_written_is_read_back_as_the_same_client(record: ClientRecord) -> None:
    assert load_client_file(dump_client_file(record), shelf=SHELF, parameters=PARAMETERS) == record


def test_a_class_without_a_stated_level_takes_its_typical_one() -> None:
    for product_class in ProductClass:
        plain = document()
        plain["holdings"] = [{"id": "x", "amount": "1", "product_class": product_class.value}]
        (held,) = load_client_file(plain, shelf=SHELF, parameters=PARAMETERS).balance_sheet.holdings
        assert held.risk_level is TRAITS[product_class].risk_level


def test_an_acquisition_on_the_day_itself_is_allowed() -> None:
    fresh = document()
    fresh["holdings"][0]["acquired_on"] = AS_OF.isoformat()
    load_client_file(fresh, shelf=SHELF, parameters=PARAMETERS)
    fresh["holdings"][0]["acquired_on"] = (AS_OF + timedelta(1)).isoformat()
    assert "/holdings/0/acquired_on" in problems_of(fresh)


def test_a_goal_has_a_kind_and_a_retirement_its_budget_only_if_they_are_sent() -> None:
    plain = load_client_file(document(), shelf=SHELF, parameters=PARAMETERS).facts
    assert plain.goals[0].kind is GoalKind.OTHER
    assert plain.retirement_spending is None
    told = document()
    told["facts"]["goals"][0]["kind"] = "house"
    told["facts"]["retirement_spending"] = "6500.50"
    record = load_client_file(told, shelf=SHELF, parameters=PARAMETERS)
    assert record.facts.goals[0].kind is GoalKind.HOUSE
    assert record.facts.retirement_spending == Money.parse("6500.50")
    written = dump_client_file(record)["facts"]
    assert (written["goals"][0]["kind"], written["retirement_spending"]) == ("house", "6500.50")


def test_what_was_not_sent_is_not_written_so_that_older_documents_stay_the_same() -> None:
    record = load_client_file(document(), shelf=SHELF, parameters=PARAMETERS)
    written = dump_client_file(record)["facts"]
    assert written["goals"] == [{"name": "home", "amount": "500000.00", "due": "2030-01-01"}]
    assert "retirement_spending" not in written
    assert written["retirement_age"] is None
