"""Special care: from the sixty-fifth birthday on, purchases above R2 carry a notice."""

from dataclasses import replace
from datetime import date

import pytest

from allocator.money import Money
from allocator.product_classes import RiskLevel
from allocator.shelf import load_default_shelf
from allocator.trading.orders import PlannedOrder, Side
from api.sample_book import load_sample_book
from risk_profiles.person import ClientFacts
from risk_profiles.special_care import special_care_notices

SHELF = load_default_shelf()
AS_OF = date(2026, 11, 20)
BY_LEVEL = {
    level: next(p for p in SHELF.products.values() if p.risk_level is level) for level in RiskLevel
}


def person(*, born: date) -> ClientFacts:
    return replace(load_sample_book(SHELF)[0].facts, birth_date=born)


def order(level: RiskLevel, amount: str, side: Side = Side.BUY) -> PlannedOrder:
    product = BY_LEVEL[level]
    money = Money.parse(amount)
    return PlannedOrder(1, side, product.id, product.product_class, None, money, Money.parse("0"))


ORDERS = [
    order(RiskLevel.R1, "1.00"),
    order(RiskLevel.R2, "20.00"),
    order(RiskLevel.R3, "300.00"),
    order(RiskLevel.R3, "4000.00"),
    order(RiskLevel.R3, "50000.00", Side.SELL),
]


@pytest.mark.parametrize(
    ("born", "is_told"), [(date(1961, 11, 20), True), (date(1961, 11, 21), False)]
)
def test_the_notice_begins_on_the_sixty_fifth_birthday(born: date, is_told: bool) -> None:
    found = special_care_notices(ORDERS, facts=person(born=born), shelf=SHELF, as_of=AS_OF)
    assert [one.code for one in found] == (["notice.special_care"] if is_told else [])


def test_it_names_what_is_bought_above_r2_and_nothing_else() -> None:
    elder = person(born=date(1950, 1, 1))
    (said,) = special_care_notices(ORDERS, facts=elder, shelf=SHELF, as_of=AS_OF)
    assert said.evidence == {"age": 65, "amount": Money.parse("4300.00"), "level": "R2"}
    assert not special_care_notices(ORDERS[:2], facts=elder, shelf=SHELF, as_of=AS_OF)
    assert not special_care_notices(ORDERS[4:], facts=elder, shelf=SHELF, as_of=AS_OF)
