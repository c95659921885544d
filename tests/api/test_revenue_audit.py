"""Advice is the same whatever the bank earns, and an influence let in is noticed."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from allocator.optimizer import exact_lots
from allocator.optimizer.lines import LineMaker
from allocator.revenue import Revenue, parse_revenue, with_revenue
from allocator.shelf import Shelf, parse_shelf
from allocator.trading import product_choice
from api import advice_documents, reference_data, revenue_advice, revenue_audit
from api.advice_parts import Document
from api.client_file import ClientRecord
from api.clock import Clock
from api.reference_data import ReferenceData, load_reference_data
from api.revenue_audit import RevenueAudit, audit_revenue
from api.revenue_sources import CHAIN, Sources
from api.sample_book import load_sample_book
from api.services import own_orders
from api.services.scan import ScanReport, scan
from api.store.unit_of_work import Store
from risk_profiles import situation

REFERENCE = load_reference_data()
BOOK = load_sample_book(REFERENCE.shelf)
SOURCES = Sources(modules=300, readers=(), strangers=(), names=())
KINDS = {"scan", "diagnosis", "proposal", "choices", "own_order"}
CLOSE_KINDS = {"exact_lots", "life_path", "what_if"}
NOTHING = Revenue(Decimal(0), Decimal(0))


class Earned(dict[str, Revenue]):
    """What the shelf read last says the bank earns: what no module of advice may know."""

    def __missing__(self, product_id: str) -> Revenue:
        return NOTHING

    def margin(self, product_id: str) -> Decimal:
        return self[product_id].margin

    def commission(self, product_id: str) -> Decimal:
        return self[product_id].commission


@pytest.fixture
def earned(monkeypatch: pytest.MonkeyPatch) -> Earned:
    """Let the figures in behind the back of types and imports, as a dishonest parser would."""
    found = Earned()

    def remembering(text: str) -> Shelf:
        found.clear()
        found.update(parse_revenue(text))
        return parse_shelf(text)

    monkeypatch.setattr(reference_data, "parse_shelf", remembering)
    monkeypatch.setattr(revenue_audit, "read_sources", lambda: SOURCES)
    return found


Bribe = Callable[..., None]


@pytest.fixture
def bribe(monkeypatch: pytest.MonkeyPatch, earned: Earned) -> Bribe:
    """Put one expression of a function in place of another; it may ask what is `earned`."""

    def rewrite(
        function: Any, old: str, new: str, *, used_in: ModuleType | type | None = None
    ) -> None:
        source = textwrap.dedent(inspect.getsource(function))
        assert old in source, function
        made: dict[str, Any] = {}
        scope = function.__globals__
        monkeypatch.setitem(scope, "earned", earned)
        exec(source.replace(old, new), scope, made)  # noqa: S102 # our own source, one word changed
        place = inspect.getmodule(function) if used_in is None else used_in
        monkeypatch.setattr(place, function.__name__, made[function.__name__])

    return rewrite


def clients(*names: str) -> list[ClientRecord]:
    return [record for record in BOOK if record.client_id in names]


def audited(*names: str, closely: int = 0, shuffles: int = 2) -> RevenueAudit:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revenue_audit, "LOOKED_AT_CLOSELY", closely)
        return audit_revenue(replace(REFERENCE), clients(*names), shuffles=shuffles, seed=1)


def kinds(found: RevenueAudit) -> set[str]:
    assert found.is_blind == (not found.differences)
    return {one.kind for one in found.differences}


def test_the_whole_sample_book_gets_the_same_advice_whatever_the_bank_earns() -> None:
    found = audit_revenue(REFERENCE, BOOK, shuffles=2, seed=7)
    assert found.differences == ()
    assert found.is_blind
    assert (found.clients, found.products) == (len(BOOK), len(REFERENCE.shelf.products))
    assert found.closely == ("negative-savings", "young-renter")
    usual, close = dict.fromkeys(KINDS, len(BOOK)), dict.fromkeys(CLOSE_KINDS, 2)
    assert found.documents == usual | close
    assert found.sources.modules > 300
    assert set(found.allowed_readers) == set(CHAIN.values()) == set(found.sources.readers)


def test_a_menu_that_breaks_ties_by_the_margin_is_found_out(bribe: Bribe) -> None:
    bribe(
        product_choice.build_menu,
        ", product.id",
        ", -earned.margin(product.id), product.id",
        used_in=situation,
    )
    found = audited("young-renter")
    assert "proposal" in kinds(found)
    assert any("orders" in one.parts for one in found.differences)


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_menu_that_breaks_ties_by_the_commission_is_found_out_either_way(
    bribe: Bribe, sign: str
) -> None:
    bribe(
        product_choice.build_menu,
        ", product.id",
        f", {sign}earned.commission(product.id), product.id",
        used_in=situation,
    )
    assert "proposal" in kinds(audited("young-renter"))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_sale_that_breaks_ties_by_the_margin_is_found_out_either_way(
    bribe: Bribe, sign: str
) -> None:
    bribe(
        LineMaker.sellable,
        "-product.annual_fee, holding.id",
        f"-product.annual_fee, {sign}earned.margin(product.id), holding.id",
        used_in=LineMaker,
    )
    assert "proposal" in kinds(audited("high-net-worth"))


def test_exact_lots_that_look_at_the_margin_are_found_out_though_served_ones_do_not(
    bribe: Bribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("make_life_path", "ask_what_if"):
        monkeypatch.setattr(revenue_advice, name, lambda *_, **__: {})
    bribe(
        exact_lots.plan_exact_lots,
        "key=planner.score)",
        "key=lambda ls: planner.score(ls)"
        " + float(sum(earned.margin(line.product.id) for line in ls)))",
        used_in=advice_documents,
    )
    assert kinds(audited("young-renter", closely=1)) == {"exact_lots"}


def test_choices_in_the_order_of_what_they_earn_are_found_out(bribe: Bribe) -> None:
    bribe(
        own_orders.list_choices,
        "of_class(product_class):",
        "of_class(product_class)[:: 1 if not earned else -1]:",
        used_in=revenue_advice,
    )
    assert "choices" in kinds(audited("young-renter"))


@pytest.mark.parametrize(
    ("condition", "shuffles"),
    [
        ("earned and earned.margin(product.id) == 0", 3),
        ("earned.margin(product.id) > 1", 4),
    ],
)
def test_an_influence_of_nothing_or_of_extremes_alone_is_found_out(
    bribe: Bribe, condition: str, shuffles: int
) -> None:
    bribe(
        product_choice.build_menu,
        "product.on_sale\n",
        f"product.on_sale and not ({condition})\n",
        used_in=situation,
    )
    found = audited("young-renter", shuffles=shuffles)
    assert "proposal" in kinds(found)
    assert {one.shuffle for one in found.differences} == {shuffles}


def test_every_kind_of_document_is_compared(
    monkeypatch: pytest.MonkeyPatch, earned: Earned
) -> None:
    def leak(store: Store, clock: Clock, reference: ReferenceData, *_: Any, **__: Any) -> Document:
        assert reference.shelf
        return {"id": "drawn", "hash": "of the shelf's text", "leak": str(earned)}

    def leaking_scan(*given: Any, **named: Any) -> ScanReport:
        report = scan(*given, **named)
        rows = (replace(row, drift=float(len(earned))) for row in report.rows)
        return replace(report, rows=tuple(rows))

    for name in ("diagnose", "propose", "make_own_order", "make_life_path", "ask_what_if"):
        monkeypatch.setattr(revenue_advice, name, leak)
    monkeypatch.setattr(revenue_advice, "scan", leaking_scan)
    found = audited("young-renter", closely=1)
    assert kinds(found) == (KINDS | CLOSE_KINDS) - {"choices"}
    assert {one.parts for one in found.differences} == {("leak",), ("drift",)}
    assert {one.shuffle for one in found.differences} == {1, 2}


def test_the_figures_of_a_bank_that_states_them_are_the_ones_that_are_shuffled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = {
        product_id: Revenue(Decimal(7 + 5 * n) / 7_000, Decimal(11 + 5 * n) / 11_000)
        for n, product_id in enumerate(sorted(REFERENCE.shelf.products))
    }
    tried: list[str] = []
    monkeypatch.setattr(revenue_audit, "read_sources", lambda: SOURCES)

    def remember(reference: ReferenceData, *_: Any, **__: Any) -> dict[tuple[str, str], Document]:
        tried.append(reference.shelf_text)
        return {}

    monkeypatch.setattr(revenue_audit, "advice_on", remember)
    stated = replace(REFERENCE, shelf_text=with_revenue(REFERENCE.shelf_text, figures))
    audit_revenue(stated, BOOK[:1], shuffles=2, seed=1)
    assert len(tried) == 3
    for text in tried[1:]:
        dealt = parse_revenue(text).values()
        assert {one.margin for one in figures.values()} <= {one.margin for one in dealt}
        assert {one.commission for one in figures.values()} <= {one.commission for one in dealt}
        assert len(dealt) == 2 * len(figures)


@pytest.mark.parametrize(
    "sources",
    [
        replace(SOURCES, strangers=("api.x imports allocator.revenue",)),
        replace(SOURCES, names=("api.x: margin",)),
    ],
)
def test_source_that_could_know_is_enough_to_doubt(sources: Sources) -> None:
    found = RevenueAudit(SOURCES, 1, 1, (), {}, 2, ())
    assert found.is_blind
    assert not replace(found, sources=sources).is_blind
