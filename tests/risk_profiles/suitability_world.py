"""What the suitability tests share: a client who may buy anything, and one product to change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from allocator.money import ZERO, Money
from allocator.shelf import Product, Shelf, load_default_shelf
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.levels import ProfileLevel
from risk_profiles.overrides import Override
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory
from risk_profiles.profile import Profile
from risk_profiles.suitability import check_orders

AS_OF = date(2026, 11, 20)
ASSESSED = date(2026, 6, 1)
yuan = Money.parse

FUND = load_default_shelf()["csi300-index-a"]
FACTS = ClientFacts(
    name="A client",
    birth_date=date(1986, 3, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=yuan("240000"),
    monthly_pension=ZERO,
    essential_spending=yuan("8000"),
    spending=yuan("12000"),
    earners=2,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


def product(**changes: object) -> Product:
    """Return a fund of class and level R4 that any C4 client may buy, changed as told."""
    plain = replace(
        FUND, id="p", minimum=yuan("10"), step=yuan("0.01"), on_sale=True, purchase_fee=ZERO.amount
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def profile(level: str = "C5", *, lowest: bool = False) -> Profile:
    return Profile(
        points=50.0,
        liftable_to=None,
        level=ProfileLevel(level),
        score=50.0,
        risk_aversion=5.0,
        capacity=50.0,
        tolerance=50.0,
        knowledge=50.0,
        is_lowest_class=lowest,
        needs_review=False,
        longest_lock_up_days=3653,
        reasons=(),
        questionnaire_version="test",
    )


def order(
    amount: str = "1000", *, product_id: str = "p", side: Side = Side.BUY, line: int = 1
) -> PlannedOrder:
    holding = None if side is Side.BUY else "held"
    return PlannedOrder(line, side, product_id, FUND.product_class, holding, yuan(amount), ZERO)


def check(
    sold: Product | None = None,
    *,
    orders: Sequence[PlannedOrder] = (order(),),
    client: Profile | None = None,
    facts: ClientFacts = FACTS,
    wealth: str = "1000000",
    after: Mapping[str, Money] | None = None,
    as_of: date = AS_OF,
    validity_days: int = 365,
    overrides: Sequence[Override] = (),
) -> tuple[Statement, ...]:
    row = sold or product()
    return check_orders(
        orders,
        profile=client or profile(),
        facts=facts,
        shelf=Shelf("test", "hash", {row.id: row}),
        wealth=yuan(wealth),
        holdings_after=after if after is not None else {},
        as_of=as_of,
        assessed_on=ASSESSED,
        validity_days=validity_days,
        overrides=overrides,
    )


def codes(found: Sequence[Statement]) -> list[str]:
    return [statement.code.removeprefix("suitability.") for statement in found]


def aged(age: int) -> ClientFacts:
    return replace(FACTS, birth_date=AS_OF.replace(year=AS_OF.year - age))
