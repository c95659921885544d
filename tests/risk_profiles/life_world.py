"""What the tests of the life path share: the sample book, and one household to change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from api.client_file import ClientRecord
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.workup import Workup, work_up
from risk_profiles.cash_flows import CashFlows, cash_flows_of
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.life_path import LifePath, life_path
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory

yuan = Money.parse

REFERENCE = load_reference_data()
RULEBOOK = REFERENCE.rulebook
PARAMETERS = REFERENCE.life_cycle
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
AS_OF = date(2026, 11, 20)
FEW = 400

# A man who turns 40 on the first day of the flows and plans to stop at 60.
FACTS = ClientFacts(
    name="A client",
    birth_date=date(1986, 11, 20),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=yuan("240000"),
    monthly_pension=yuan("6000"),
    essential_spending=yuan("9000"),
    spending=yuan("14000"),
    earners=2,
    dependants=(Dependant(date(2020, 1, 1), date(2042, 7, 1), yuan("24000")),),
    goals=(),
    is_qualified_investor=False,
    retirement_age=60,
)
LOAN = Debt("loan", DebtKind.MORTGAGE, yuan("120000"), Decimal(0), yuan("3200"))


def holding(amount: str, product_class: str = "demand_deposit") -> Holding:
    """Return a holding that can be sold here and now."""
    found = ProductClass(product_class)
    product = next(iter(REFERENCE.shelf.of_class(found)))
    return Holding(f"h-{product_class}", found, yuan(amount), RiskLevel.R1, product.id)


SHEET = BalanceSheet(AS_OF, (holding("300000"),), (LOAN,))


def flows_of(
    facts: ClientFacts, sheet: BalanceSheet = SHEET, parameters: LifeCycleParameters = PARAMETERS
) -> CashFlows:
    return cash_flows_of(facts, sheet, parameters=parameters)


def steady(**changes: object) -> LifeCycleParameters:
    """Return parameters without wage growth and inflation, changed as told."""
    incomes = {kind: replace(risk, early_growth=0.0) for kind, risk in PARAMETERS.incomes.items()}
    still = replace(PARAMETERS, incomes=incomes, yearly_fade_of_growth=0.0, inflation=0.0)
    return replace(still, **changes)  # type: ignore[arg-type]


def worked_up(record: ClientRecord, reference: ReferenceData = REFERENCE) -> Workup:
    day = record.balance_sheet.as_of
    valid_until = day + timedelta(days=365)
    return work_up(record, assessed_on=day, valid_until=valid_until, reference=reference)


def path_of(
    record: ClientRecord, *, paths: int = FEW, reference: ReferenceData = REFERENCE
) -> LifePath:
    """Return the life path of a record, from few paths."""
    made = worked_up(record, reference)
    return life_path(
        record.facts,
        record.balance_sheet,
        answers=record.answers or {},
        profile=made.profile,
        assessed_on=made.assessed_on,
        rulebook=reference.rulebook,
        paths=paths,
    )


def with_facts(client_id: str, change: Callable[[ClientFacts], ClientFacts]) -> ClientRecord:
    """Return a sample client with other facts."""
    record = BOOK[client_id]
    return replace(record, facts=change(record.facts))


def with_wealth(record: ClientRecord, amount: Money) -> ClientRecord:
    """Return a client with only this much, in the account; no holding at all for zero."""
    account = (replace(holding("1"), id="cash", amount=amount),) if amount > ZERO else ()
    return replace(record, balance_sheet=replace(record.balance_sheet, holdings=account))
