"""The client file: the documented input format, read strictly and written back exactly.

`docs/client_file.md` describes every field. Money and rates are decimal strings, dates are
YYYY-MM-DD. A holding names a product of the shelf, or a class for what we do not sell.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Any

from marshmallow import fields, post_dump

from allocator.balance_sheet import (
    BalanceSheet,
    Debt,
    DebtKind,
    HeldAt,
    Holding,
    Policy,
    PolicyKind,
)
from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal, GoalKind
from allocator.product_classes import TRAITS, ProductClass, RiskLevel
from allocator.shelf import Shelf
from api.client_file import ClientRecord
from api.schemas.fields import (
    IDENTIFIER,
    SLUG,
    Choice,
    Day,
    Flag,
    FractionText,
    Many,
    MoneyText,
    Options,
    StrictSchema,
    Text,
    Whole,
    load_document,
)
from risk_profiles.fact_checks import check_facts
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import (
    OLDEST_RETIREMENT_AGE,
    ClientFacts,
    Dependant,
    IncomeKind,
    WorkCategory,
)

EARLIEST_AS_OF, LATEST_AS_OF = date(2020, 1, 1), date(2100, 1, 1)


class FileFormat(StrEnum):
    """Versions of the format that are read; the first is written."""

    CLIENT_1 = "robo-client/1"


class DependantSchema(StrictSchema):
    """A person who lives on the client's income."""

    birth_date = Day(required=True)
    independent_on = Day(required=True)
    annual_need = MoneyText(required=True)


class GoalSchema(StrictSchema):
    """A dated need of money."""

    name = Text(required=True)
    amount = MoneyText(required=True)
    due = Day(required=True)
    kind = Choice(GoalKind, load_default=GoalKind.OTHER)

    @post_dump
    def leave_out_the_usual(self, row: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write a kind only where it says something: documents from before stay the same."""
        return {key: v for key, v in row.items() if (key, v) != ("kind", GoalKind.OTHER.value)}


class FactsSchema(StrictSchema):
    """Facts of a person at the file's date."""

    name = Text(required=True)
    birth_date = Day(required=True)
    work_category = Choice(WorkCategory, required=True)
    income_kind = Choice(IncomeKind, required=True)
    annual_income = MoneyText(required=True)
    monthly_pension = MoneyText(required=True)
    essential_spending = MoneyText(required=True)
    spending = MoneyText(required=True)
    earners = Whole(lowest=0, highest=10, required=True)
    retirement_age = Whole(
        lowest=1, highest=OLDEST_RETIREMENT_AGE, load_default=None, allow_none=True
    )
    retirement_spending = MoneyText(load_default=None, allow_none=True)
    is_qualified_investor = Flag(required=True)
    dependants = Many(fields.Nested(DependantSchema), longest=20, required=True)
    goals = Many(fields.Nested(GoalSchema), longest=20, required=True)

    @post_dump
    def leave_out_the_usual(self, row: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write a retirement budget only where there is one: older documents stay the same."""
        return {key: v for key, v in row.items() if (key, v) != ("retirement_spending", None)}


class HoldingSchema(StrictSchema):
    """A position at market value."""

    id = Text(pattern=IDENTIFIER, example="savings-1", longest=64, required=True)
    amount = MoneyText(required=True)
    product_id = Text(longest=64, load_default=None, allow_none=True)
    product_class = Choice(ProductClass, load_default=None, allow_none=True)
    risk_level = Choice(RiskLevel, by_name=True, load_default=None, allow_none=True)
    held_at = Choice(HeldAt, load_default=HeldAt.HERE)
    locked_until = Day(load_default=None, allow_none=True)
    acquired_on = Day(load_default=None, allow_none=True)


class DebtSchema(StrictSchema):
    """Money owed."""

    id = Text(pattern=IDENTIFIER, example="mortgage-1", longest=64, required=True)
    kind = Choice(DebtKind, required=True)
    balance = MoneyText(required=True)
    annual_rate = FractionText(required=True)
    monthly_payment = MoneyText(required=True)


class PolicySchema(StrictSchema):
    """Insurance cover in force."""

    id = Text(pattern=IDENTIFIER, example="medical-1", longest=64, required=True)
    kind = Choice(PolicyKind, required=True)
    cover = MoneyText(required=True)
    annual_premium = MoneyText(required=True)


class ClientFileSchema(StrictSchema):
    """One client: facts, balance sheet and, once given, answers."""

    format = Choice(FileFormat, required=True)
    client_id = Text(pattern=SLUG, example="young-renter", longest=64, required=True)
    as_of = Day(required=True)
    facts = fields.Nested(FactsSchema, required=True)
    holdings = Many(fields.Nested(HoldingSchema), longest=200, required=True)
    debts = Many(fields.Nested(DebtSchema), longest=100, required=True)
    policies = Many(fields.Nested(PolicySchema), longest=100, required=True)
    answers = Options(load_default=None, allow_none=True)


def load_client_file(
    document: object, *, shelf: Shelf, parameters: LifeCycleParameters
) -> ClientRecord:
    """Return the client that a parsed JSON document describes.

    Args:
        document: What `parse_json` returned.
        shelf: Gives class and risk level to holdings that name a product.
        parameters: What facts are checked with.

    Raises:
        InputError: with one problem per field that cannot be used.
    """
    return make_record(
        load_document(ClientFileSchema(), document), shelf=shelf, parameters=parameters
    )


def make_record(
    loaded: Mapping[str, Any], *, shelf: Shelf, parameters: LifeCycleParameters
) -> ClientRecord:
    """Return the client that a loaded `ClientFileSchema` describes.

    Raises:
        InputError: facts, dates, ids or products contradict each other or the shelf.
    """
    as_of, facts = loaded["as_of"], make_facts(loaded["facts"])
    problems = [*_as_of_problems(as_of)]
    for name in ("holdings", "debts", "policies"):
        problems += repeated_ids(name, loaded[name])
    for index, row in enumerate(loaded["holdings"]):
        problems += _product_problems(f"/holdings/{index}", row, shelf)
        problems += _acquisition_problems(f"/holdings/{index}", row, as_of)
    try:
        check_facts(facts, as_of, parameters=parameters)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError("the client file cannot be used", problems=problems)
    sheet = BalanceSheet(
        as_of=as_of,
        holdings=tuple(_holding(row, shelf) for row in loaded["holdings"]),
        debts=tuple(Debt(**row) for row in loaded["debts"]),
        policies=tuple(Policy(**row) for row in loaded["policies"]),
    )
    return ClientRecord(loaded["client_id"], facts, sheet, loaded["answers"])


def dump_client_file(record: ClientRecord) -> dict[str, Any]:
    """Return the document that `load_client_file` reads back as the same record."""
    document: dict[str, Any] = ClientFileSchema().dump(client_file_fields(record))
    return document


def client_file_fields(record: ClientRecord) -> dict[str, Any]:
    """Return what `ClientFileSchema` dumps for a client."""
    sheet = record.balance_sheet
    found = {
        "format": FileFormat.CLIENT_1,
        "client_id": record.client_id,
        "as_of": sheet.as_of,
        "facts": record.facts,
        "holdings": [_holding_fields(holding) for holding in sheet.holdings],
        "debts": sheet.debts,
        "policies": sheet.policies,
    }
    return found if record.answers is None else found | {"answers": record.answers}


def _holding_fields(holding: Holding) -> dict[str, Any]:
    row = asdict(holding)
    # The shelf is the one source of a product's class and risk level.
    absent = {"product_id"} if holding.product_id is None else {"product_class", "risk_level"}
    row |= {"amount": holding.amount}
    return {key: value for key, value in row.items() if key not in absent}


def make_facts(row: Mapping[str, Any]) -> ClientFacts:
    """Return the facts that a loaded `FactsSchema` describes, not checked against any day."""
    dependants = tuple(Dependant(**d) for d in row["dependants"])
    goals = tuple(Goal(**g) for g in row["goals"])
    return ClientFacts(**{**row, "dependants": dependants, "goals": goals})


def _holding(row: Mapping[str, Any], shelf: Shelf) -> Holding:
    if row["product_id"] is not None:
        product = shelf[row["product_id"]]
        product_class, risk_level = product.product_class, product.risk_level
    else:
        product_class = row["product_class"]
        risk_level = row["risk_level"] or TRAITS[product_class].risk_level
    return Holding(**{**row, "product_class": product_class, "risk_level": risk_level})


def _product_problems(at: str, row: Mapping[str, Any], shelf: Shelf) -> list[Problem]:
    product_id, product_class = row["product_id"], row["product_class"]
    if product_id is None and product_class is None:
        remedy = "send a product_id of the shelf, or a product_class"
        return [Problem(at, "names neither a product nor a class", None, remedy)]
    if product_id is None:
        return []
    if product_id not in shelf:
        remedy = "take an id from the shelf, or send a product_class instead"
        return [Problem(f"{at}/product_id", "is not on the shelf", product_id, remedy)]
    product = shelf[product_id]
    problems = []
    if product_class not in (None, product.product_class):
        detail = f"contradicts the shelf, where {product_id} is {product.product_class}"
        problems.append(Problem(f"{at}/product_class", detail, product_class.value, "leave it out"))
    if row["risk_level"] not in (None, product.risk_level):
        detail = f"contradicts the shelf, where {product_id} is {product.risk_level.name}"
        problems.append(Problem(f"{at}/risk_level", detail, row["risk_level"].name, "leave it out"))
    return problems


def repeated_ids(name: str, rows: Sequence[Mapping[str, Any]]) -> Iterable[Problem]:
    """Return one problem for each id of the list `name` that was there before."""
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row["id"] in seen:
            yield Problem(f"/{name}/{index}/id", "is used twice", row["id"], "rename one of them")
        seen.add(row["id"])


def _as_of_problems(as_of: date) -> Iterable[Problem]:
    if not EARLIEST_AS_OF <= as_of <= LATEST_AS_OF:
        remedy = f"send the day the figures hold for, from {EARLIEST_AS_OF} to {LATEST_AS_OF}"
        yield Problem("/as_of", "is not a plausible day for figures", as_of.isoformat(), remedy)


def _acquisition_problems(at: str, row: Mapping[str, Any], as_of: date) -> Iterable[Problem]:
    acquired = row["acquired_on"]
    if acquired is not None and acquired > as_of:
        detail = f"lies after as_of, {as_of}"
        yield Problem(f"{at}/acquired_on", detail, acquired.isoformat(), "send a day up to as_of")
