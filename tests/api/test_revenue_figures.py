"""The figures that are tried: every tie both ways round, nothing, and extremes."""

from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.revenue import Revenue, parse_revenue, with_revenue
from allocator.shelf import parse_shelf
from api.reference_data import load_reference_data
from api.revenue_figures import NOTHING, Figures, figures_of, shelf_stating
from api.revenue_twins import twin_of, with_twins

REFERENCE = load_reference_data()
IDS = tuple(sorted(REFERENCE.shelf.products))
FIGURES = figures_of(REFERENCE.shelf_text, IDS, dice=np.random.default_rng(3))


def dealt(number: int, *, figures: Figures = FIGURES) -> dict[str, Revenue]:
    return figures.dealt(number, dice=np.random.default_rng(number))


def stated(seed: int) -> dict[str, Revenue]:
    dice = np.random.default_rng(seed)
    return {
        name: Revenue(Decimal(int(dice.integers(300))) / 10_000, Decimal("0.01")) for name in IDS
    }


def test_every_product_and_every_twin_gets_figures_in_every_try() -> None:
    for number in range(1, 7):
        assert dealt(number).keys() == {*IDS, *map(twin_of, IDS)}


def test_of_any_two_products_each_once_earns_more_than_the_other() -> None:
    first, second = dealt(1), dealt(2)
    for one, other in combinations(first, 2):
        for figure in ("margin", "commission"):
            ahead = getattr(first[one], figure) > getattr(first[other], figure)
            behind = getattr(second[one], figure) < getattr(second[other], figure)
            assert ahead == behind


def test_a_twin_earns_more_first_and_less_then() -> None:
    first, second = dealt(1), dealt(2)
    for name in IDS:
        assert first[name].margin < first[twin_of(name)].margin
        assert first[name].commission < first[twin_of(name)].commission
        assert second[name].margin > second[twin_of(name)].margin
        assert second[name].commission > second[twin_of(name)].commission


def test_in_the_third_try_the_bank_earns_nothing() -> None:
    assert set(dealt(3).values()) == {NOTHING}


@pytest.mark.parametrize(("number", "up"), [(4, Decimal(1000)), (5, Decimal("0.001"))])
def test_later_tries_are_dealt_by_chance_and_scaled_to_extremes(number: int, up: Decimal) -> None:
    found = [*dealt(number).values()]
    assert sorted(one.margin for one in found) == [margin * up for margin in FIGURES.margins]
    assert sorted(one.commission for one in found) == [c / up for c in FIGURES.commissions]
    margins = np.argsort([float(one.margin) for one in found])
    commissions = np.argsort([float(one.commission) for one in found])
    in_order = np.arange(len(found))
    for one, other in ((margins, commissions), (margins, in_order), (commissions, in_order)):
        assert np.mean(one == other) < 0.2


def test_figures_that_are_stated_are_kept_and_only_the_rest_is_drawn() -> None:
    text = with_revenue(REFERENCE.shelf_text, {IDS[0]: Revenue(Decimal("0.5"), Decimal("0.6"))})
    found = figures_of(text, IDS, dice=np.random.default_rng(1))
    assert (found.margins[-1], found.commissions[-1]) == (Decimal("0.5"), Decimal("0.6"))
    assert found.margins[-2] <= Decimal("0.03")
    assert found.commissions[-2] <= Decimal("0.02")
    assert len(set(found.margins)) == len(set(found.commissions)) == 2 * len(IDS)


def test_a_shelf_that_states_the_figures_holds_the_same_products() -> None:
    text = with_revenue(REFERENCE.shelf_text, stated(1))
    assert parse_revenue(text) == stated(1)
    assert parse_shelf(text).products == REFERENCE.shelf.products
    assert parse_shelf(text).content_hash != REFERENCE.shelf.content_hash
    again = with_revenue(text, stated(2))
    assert parse_revenue(again) == stated(2)
    assert with_revenue(again, {}) == REFERENCE.shelf_text


@pytest.mark.parametrize("number", range(1, 6))
def test_every_try_can_be_written_into_the_shelf_with_twins(number: int) -> None:
    text = with_twins(REFERENCE.shelf_text)
    stating = shelf_stating(text, dealt(number))
    assert parse_revenue(stating) == dealt(number)
    assert parse_shelf(stating).products == parse_shelf(text).products


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
