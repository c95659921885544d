"""The proof that advice does not depend on what the bank earns: `robo audit revenue-blind`.

Two independent looks:

* the source (`api.revenue_sources`): which modules import what reads the bank's figures, and
  whether anything else is named after them;
* the outcome: the shelf and the book get twins (`api.revenue_twins`), the figures are dealt anew
  (`api.revenue_figures`), and all advice is made again (`api.revenue_advice`). Apart from ids, the
  hash of the shelf's own text and the hashes that cover it, every byte has to be the same.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.money import ZERO
from api.advice_parts import Document
from api.client_file import ClientRecord
from api.documents import canonical_json
from api.reference_data import ReferenceData
from api.revenue_advice import advice_on
from api.revenue_figures import figures_of, shelf_stating
from api.revenue_sources import CHAIN, Sources, read_sources
from api.revenue_twins import with_twin_holdings, with_twins

# The second turns round the first; with one alone a tie could hide.
FEWEST_SHUFFLES = 2
# Exact lots and life paths take seconds: the poorest, whose lots are the coarsest, get them.
LOOKED_AT_CLOSELY = 2


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
        sources: What the source of all modules says.
        products: Of the shelf, each with a twin; the figures of both were changed.
        clients: Whose advice was made.
        closely: Those among them with exact lots, life path and what-if.
        documents: How many of each kind were compared in every shuffle.
        shuffles: How often the figures were changed.
        differences: Documents that came out otherwise; none if advice is blind.
    """

    sources: Sources
    products: int
    clients: int
    closely: tuple[str, ...]
    documents: Mapping[str, int]
    shuffles: int
    differences: tuple[Difference, ...]

    @property
    def allowed_readers(self) -> tuple[str, ...]:
        """Modules that may import what reads the figures: the proof itself."""
        return tuple(sorted(CHAIN.values()))

    @property
    def is_blind(self) -> bool:
        """True if nothing was found."""
        return not (self.sources.strangers or self.sources.names or self.differences)


def audit_revenue(
    reference: ReferenceData, records: Sequence[ClientRecord], *, shuffles: int, seed: int
) -> RevenueAudit:
    """Look for any influence of the bank's earnings on advice.

    Args:
        reference: Market, shelf and questionnaire; the shelf may state the bank's figures.
        records: The book; every client has answers.
        shuffles: How many other sets of figures are tried, at least 2.
        seed: Of the figures that are drawn.
    """
    dice = np.random.default_rng(seed)
    products = sorted(reference.shelf.products)
    figures = figures_of(reference.shelf_text, products, dice=dice)
    text = with_twins(reference.shelf_text)
    book = [with_twin_holdings(record) for record in records]
    closely = _poorest(records)
    expected = advice_on(replace(reference, shelf_text=text), book, closely=closely)
    differences: list[Difference] = []
    for shuffle in range(1, shuffles + 1):
        stating = shelf_stating(text, figures.dealt(shuffle, dice=dice))
        made = advice_on(replace(reference, shelf_text=stating), book, closely=closely)
        differences += [
            Difference(shuffle, client_id, kind, _parts(before, after))
            for (client_id, kind), before in expected.items()
            if canonical_json(before)
            != canonical_json(after := made.get((client_id, kind), {"missing": True}))
        ]
    return RevenueAudit(
        sources=read_sources(),
        products=len(products),
        clients=len(records),
        closely=closely,
        documents=dict(Counter(kind for _, kind in expected)),
        shuffles=shuffles,
        differences=tuple(differences),
    )


def _poorest(records: Sequence[ClientRecord]) -> tuple[str, ...]:
    wealthy = [r for r in records if r.balance_sheet.investable_wealth > ZERO]
    wealthy.sort(key=lambda r: (r.balance_sheet.investable_wealth.amount, r.client_id))
    return tuple(record.client_id for record in wealthy[:LOOKED_AT_CLOSELY])


def _parts(before: Document, after: Document) -> tuple[str, ...]:
    keys = sorted({*before, *after})
    return tuple(k for k in keys if json.dumps(before.get(k)) != json.dumps(after.get(k)))
