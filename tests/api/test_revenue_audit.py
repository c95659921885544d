"""Advice is the same whatever the bank earns, and an audit that could not tell would be noticed."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.revenue import Revenue, parse_revenue, with_revenue
from allocator.shelf import Product, parse_shelf
from allocator.trading import product_choice
from api import revenue_audit
from api.reference_data import load_reference_data
from api.revenue_audit import audit_revenue, revenue_fields, shuffled
from api.sample_book import load_sample_book

REFERENCE = load_reference_data()
BOOK = load_sample_book(REFERENCE.shelf)


def figures(seed: int) -> dict[str, Revenue]:
    dice = np.random.default_rng(seed)
    return {
        product_id: Revenue(Decimal(int(dice.integers(300))) / 10_000, Decimal("0.01"))
        for product_id in REFERENCE.shelf.products
    }


def test_the_whole_sample_book_gets_the_same_advice_whatever_the_bank_earns() -> None:
    found = audit_revenue(REFERENCE, BOOK, shuffles=2, seed=7)
    assert found.differences == ()
    assert found.is_blind
    assert (found.clients, found.products) == (len(BOOK), len(REFERENCE.shelf.products))
    assert found.documents == 2 * len(BOOK)


def test_only_the_audit_reads_what_the_bank_earns_and_advice_imports_neither() -> None:
    found = audit_revenue(REFERENCE, BOOK[:1], shuffles=1, seed=1)
    assert found.readers == ("api.revenue_audit",)
    assert found.advice_readers == ()
    assert found.advice_modules > 50
    assert found.revenue_fields == ()


def test_a_shelf_that_states_the_figures_holds_the_same_products() -> None:
    text = with_revenue(REFERENCE.shelf_text, figures(1))
    assert parse_revenue(text) == figures(1)
    assert parse_shelf(text).products == REFERENCE.shelf.products
    assert parse_shelf(text).content_hash != REFERENCE.shelf.content_hash
    again = with_revenue(text, figures(2))
    assert parse_revenue(again) == figures(2)
    assert with_revenue(again, {}) == REFERENCE.shelf_text


def test_the_figures_of_a_bank_that_states_them_are_the_ones_that_are_shuffled() -> None:
    stated = replace(REFERENCE, shelf_text=with_revenue(REFERENCE.shelf_text, figures(3)))
    assert audit_revenue(stated, BOOK[:2], shuffles=1, seed=1).is_blind
    dealt = shuffled(figures(3), dice=np.random.default_rng(0))
    assert dealt.keys() == figures(3).keys()
    before = sorted(r.margin for r in figures(3).values())
    after = sorted(r.margin for r in dealt.values())
    scale = after[-1] / before[-1]
    assert Decimal("0.1") <= scale <= 10
    assert [m * scale for m in before] == after
    moved = sum(dealt[i].margin != figures(3)[i].margin * scale for i in dealt)
    assert moved > len(dealt) / 2


def test_a_menu_that_looks_at_the_margin_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # A bank that puts its dearest product first, behind the back of the types.
    build_menu = product_choice.build_menu
    texts: list[str] = []

    def bribed(shelf: object, **terms: object) -> product_choice.Menu:
        menu = build_menu(shelf, **terms)  # type: ignore[arg-type]
        earned = parse_revenue(texts[-1])
        nothing = Revenue(Decimal(0), Decimal(0))
        return {
            c: tuple(sorted(menu[c], key=lambda p: -earned.get(p.id, nothing).margin)) for c in menu
        }

    def remembered(text: str) -> object:
        texts.append(text)
        return parse_shelf(text)

    monkeypatch.setattr("risk_profiles.situation.build_menu", bribed)
    monkeypatch.setattr("api.reference_data.parse_shelf", remembered)
    fresh = replace(REFERENCE)
    found = audit_revenue(fresh, BOOK, shuffles=1, seed=1)
    assert not found.is_blind
    assert {one.kind for one in found.differences} >= {"proposal"}
    assert any("orders" in one.parts for one in found.differences)


def test_a_module_of_advice_that_imports_the_figures_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(revenue_audit, "ADVICE_MODULES", ("api.revenue_audit",))
    found = audit_revenue(REFERENCE, BOOK[:1], shuffles=1, seed=1)
    assert found.advice_readers == ("allocator.revenue", "api.revenue_audit")
    assert not found.is_blind


def test_a_field_for_what_the_bank_earns_is_found_out() -> None:
    @dataclass
    class Bribed:
        bank_margin: Decimal

    assert list(revenue_fields((Product,))) == []
    assert list(revenue_fields((Product, Bribed))) == ["Bribed.bank_margin"]


@pytest.mark.parametrize("figure", ['"-0.01"', '"NaN"', '"much"', "0.01"])
def test_a_figure_that_is_no_fraction_is_refused_with_its_product(figure: str) -> None:
    text = REFERENCE.shelf_text.replace(
        'id = "money-fund-a"', f'id = "money-fund-a"\nbank_margin = {figure}'
    )
    with pytest.raises(InputError) as caught:
        parse_revenue(text)
    assert caught.value.code == "invalid_revenue"
    (problem,) = caught.value.problems
    assert problem.field.endswith("/bank_margin")
    assert "money-fund-a" in problem.detail
    # The shelf itself is read as if nothing were there.
    assert parse_shelf(text).products == REFERENCE.shelf.products


def test_a_shelf_written_too_tightly_to_be_rewritten_is_refused() -> None:
    row = '{ id = "a", name_zh = "a" }'
    with pytest.raises(InputError) as caught:
        with_revenue(f"product = [{row}]\n", {"a": Revenue(Decimal(0), Decimal(0))})
    assert caught.value.code == "invalid_revenue"
