"""The proof that advice does not depend on what the bank earns: `robo audit revenue-blind`.

Three independent looks:

* the source: which modules import `allocator.revenue`, and whether advice imports any of them;
* the types: whether any type on the way from shelf to orders has a field for what the bank earns;
* the outcome: the margins and commissions of the whole shelf are drawn, shuffled and scaled, and
  every diagnosis and proposal of a book is made again. Apart from the hash of the shelf's own text,
  and of the inputs that state it, every byte has to be the same.
"""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.lines import Line
from allocator.revenue import Revenue, parse_revenue, with_revenue
from allocator.shelf import Product
from allocator.trading.orders import PlannedOrder
from api.advice_documents import diagnosis_document, proposal_document
from api.advice_parts import Document
from api.client_file import ClientRecord
from api.documents import canonical_json
from api.reference_data import ReferenceData
from api.settings import VALIDITY_DAYS
from api.workup import Workup, work_up

PACKAGES = ("allocator", "risk_profiles", "api")
REVENUE_MODULE = "allocator.revenue"
# Where advice begins: all that these import takes part in it.
ADVICE_MODULES = ("api.advice_documents", "api.own_order_document", "api.services.scan")
ADVICE_TYPES = (Product, Mandate, MarketModel, Inputs, Line, PlannedOrder, Workup)
WORDS_OF_REVENUE = ("margin", "commission", "revenue")
# Drawn where the shelf states nothing: up to 3 % a year and 2 % once, in basis points.
LARGEST_MARGIN, LARGEST_COMMISSION = 300, 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that came out otherwise in one shuffle."""

    shuffle: int
    client_id: str
    kind: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevenueAudit:
    """What was looked at and what was found.

    Attributes:
        readers: Modules that import the module which reads what the bank earns.
        advice_modules: How many modules take part in advice.
        advice_readers: Those among them that are readers; none, or advice may not be blind.
        revenue_fields: Fields of the types of advice that are named after what the bank earns.
        products: Products whose figures were changed.
        clients, documents: How much was compared in every shuffle.
        shuffles: How often the figures were changed.
        differences: Documents that came out otherwise; none if advice is blind.
    """

    readers: tuple[str, ...]
    advice_modules: int
    advice_readers: tuple[str, ...]
    revenue_fields: tuple[str, ...]
    products: int
    clients: int
    documents: int
    shuffles: int
    differences: tuple[Difference, ...]

    @property
    def is_blind(self) -> bool:
        """True if nothing was found."""
        return not (self.advice_readers or self.revenue_fields or self.differences)


def audit_revenue(
    reference: ReferenceData, records: Sequence[ClientRecord], *, shuffles: int, seed: int
) -> RevenueAudit:
    """Look for any influence of the bank's earnings on advice.

    Args:
        reference: Market, shelf and questionnaire; the shelf may state the bank's figures.
        records: The book; every client has answers.
        shuffles: How many other sets of figures are tried, at least 1.
        seed: Of the figures that are drawn.
    """
    dice = np.random.default_rng(seed)
    products = sorted(reference.shelf.products)
    stated = parse_revenue(reference.shelf_text)
    base = {i: stated.get(i) or _drawn(dice) for i in products}
    expected = _advice(reference, records)
    differences: list[Difference] = []
    for shuffle in range(1, shuffles + 1):
        text = with_revenue(reference.shelf_text, shuffled(base, dice=dice))
        made = _advice(replace(reference, shelf_text=text), records)
        differences += [
            Difference(shuffle, client_id, kind, _parts(before, made[client_id, kind]))
            for (client_id, kind), before in expected.items()
            if canonical_json(before) != canonical_json(made[client_id, kind])
        ]
    imports = _imports()
    readers = {name for name, found in imports.items() if REVENUE_MODULE in found}
    advice = _reached(imports, ADVICE_MODULES)
    return RevenueAudit(
        readers=tuple(sorted(readers)),
        advice_modules=len(advice),
        advice_readers=tuple(sorted(advice & (readers | {REVENUE_MODULE}))),
        revenue_fields=tuple(revenue_fields(ADVICE_TYPES)),
        products=len(products),
        clients=len(records),
        documents=len(expected),
        shuffles=shuffles,
        differences=tuple(differences),
    )


def shuffled(base: Mapping[str, Revenue], *, dice: np.random.Generator) -> dict[str, Revenue]:
    """Return the figures dealt anew to the products, each set scaled a tenth- to tenfold."""
    ids = sorted(base)
    margins, commissions = dice.permutation(len(ids)), dice.permutation(len(ids))
    scales = [Decimal(int(s)) / 10 for s in dice.integers(1, 101, size=2)]
    return {
        product_id: Revenue(
            base[ids[margins[n]]].margin * scales[0],
            base[ids[commissions[n]]].commission * scales[1],
        )
        for n, product_id in enumerate(ids)
    }


def revenue_fields(types: Sequence[type]) -> Iterator[str]:
    """Yield the fields of dataclasses that are named after what the bank earns."""
    for one in types:
        for field in fields(one):
            if any(word in field.name for word in WORDS_OF_REVENUE):
                yield f"{one.__name__}.{field.name}"


def _drawn(dice: np.random.Generator) -> Revenue:
    margin = Decimal(int(dice.integers(0, LARGEST_MARGIN + 1))) / 10_000
    return Revenue(margin, Decimal(int(dice.integers(0, LARGEST_COMMISSION + 1))) / 10_000)


def _advice(
    reference: ReferenceData, records: Sequence[ClientRecord]
) -> dict[tuple[str, str], Document]:
    """Return every document of a book, without the hash of the shelf's own text."""
    made: dict[tuple[str, str], Document] = {}
    for record in records:
        as_of = record.balance_sheet.as_of
        workup = work_up(
            record,
            assessed_on=as_of,
            valid_until=as_of + timedelta(days=VALIDITY_DAYS),
            reference=reference,
        )
        made[record.client_id, "diagnosis"] = _without_hash(diagnosis_document(workup))
        if workup.mandate is not None:
            made[record.client_id, "proposal"] = _without_hash(proposal_document(workup))
    return made


def _without_hash(document: Document) -> Document:
    # The hash of the advice covers its inputs, and they state the hash of the shelf's text.
    kept = {key: part for key, part in document.items() if key != "hash"}
    return kept | {"shelf": {"version": document["shelf"]["version"]}}


def _parts(before: Document, after: Document) -> tuple[str, ...]:
    keys = sorted({*before, *after})
    return tuple(k for k in keys if json.dumps(before.get(k)) != json.dumps(after.get(k)))


def _imports() -> dict[str, set[str]]:
    """Return, for every module of the packages, what its source imports, at any depth of it."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        for root in map(Path, (spec and spec.submodule_search_locations) or ()):
            for path in sorted(root.rglob("*.py")):
                parts = path.relative_to(root.parent).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                found[name] = set(_imported(path))
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            # A name taken from a package may be a module of it.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _reached(imports: Mapping[str, set[str]], starts: Sequence[str]) -> set[str]:
    reached: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        if name in imports and name not in reached:
            reached.add(name)
            ahead += imports[name]
    return reached
