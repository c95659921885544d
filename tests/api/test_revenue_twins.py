"""Twins: the same terms, another id, and half of every holding."""

from dataclasses import replace

import pytest

from allocator.errors import InputError
from allocator.money import Money
from allocator.shelf import parse_shelf
from api.reference_data import load_reference_data
from api.revenue_twins import twin_of, with_twin_holdings, with_twins
from api.sample_book import load_sample_book

REFERENCE = load_reference_data()
BOOK = load_sample_book(REFERENCE.shelf)


def test_every_product_gets_a_twin_of_the_same_terms() -> None:
    twins = parse_shelf(with_twins(REFERENCE.shelf_text)).products
    assert len(twins) == 2 * len(REFERENCE.shelf.products)
    for name, product in REFERENCE.shelf.products.items():
        assert twins[name] == product
        assert twins[twin_of(name)] == replace(product, id=twin_of(name))


def test_a_shelf_that_cannot_be_copied_is_refused() -> None:
    text = REFERENCE.shelf_text.replace("[[product]]", "[[ product ]]")
    assert parse_shelf(text).products
    with pytest.raises(InputError) as caught:
        with_twins(text)
    assert caught.value.code == "invalid_shelf"


@pytest.mark.parametrize("record", BOOK, ids=lambda record: record.client_id)
def test_every_holding_is_halved_and_one_half_is_of_the_twin(record: object) -> None:
    (client,) = [one for one in BOOK if one is record]
    before = client.balance_sheet.holdings
    after = with_twin_holdings(client).balance_sheet.holdings
    assert len(after) == 2 * len(before)
    for held, half, twin in zip(before, after[::2], after[1::2], strict=True):
        product_id = None if held.product_id is None else twin_of(held.product_id)
        assert twin == replace(half, id=twin_of(held.id), product_id=product_id)
        assert half == replace(held, amount=half.amount)
        assert 0 <= held.amount.minor - 2 * half.amount.minor <= 1


def test_a_holding_of_one_fen_stays_whole() -> None:
    client = BOOK[0]
    fen = replace(client.balance_sheet.holdings[0], amount=Money.parse("0.01"))
    poor = replace(client, balance_sheet=replace(client.balance_sheet, holdings=(fen,)))
    assert with_twin_holdings(poor) == poor
