"""All advice on a book, made the way clients get it, for the proof that compares it.

A store of its own, gone afterwards, takes the book in. Every client is looked at by the night's
scan, is diagnosed, gets a proposal, is shown what may be bought unasked and orders the first of it.
Some are looked at closely: they get exact lots, a life path and a what-if too, which take longer.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from tempfile import TemporaryDirectory

from allocator.errors import InputError
from allocator.money import Money
from api.advice_documents import Lots
from api.advice_parts import Document
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord
from api.clock import SHANGHAI, FixedClock, shanghai_date
from api.errors import ApiError
from api.reference_data import ReferenceData
from api.services.advice import diagnose, propose
from api.services.clients import onboard_client
from api.services.life_paths import ask_what_if, make_life_path
from api.services.own_orders import list_choices, make_own_order
from api.services.reminders import list_reminders
from api.services.scan import scan
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store
from risk_profiles.what_if import WhatIf

# What a client asks to save besides, per month.
ASKED = WhatIf(monthly_saving=Money.parse("100.00"))
NOON = time(12, tzinfo=SHANGHAI)


def advice_on(
    reference: ReferenceData, records: Sequence[ClientRecord], *, closely: Collection[str]
) -> dict[tuple[str, str], Document]:
    """Return every document of a book, by client and kind.

    Ids, which are drawn, and the hashes, which cover the shelf's own text, are left out.

    Args:
        reference: Market, shelf and questionnaire.
        records: The book; every client has answers.
        closely: Clients with exact lots, life path and what-if besides.
    """
    day = max(record.balance_sheet.as_of for record in records)
    with _new_desk(reference, datetime.combine(day, NOON)) as desk:
        for record in records:
            desk.take_in(record)
        made = dict(desk.scanned())
        for record in records:
            name = record.client_id
            made |= {(name, kind): document for kind, document in desk.usual(name)}
            if name in closely:
                made |= {(name, kind): document for kind, document in desk.close(name)}
    return made


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the clients of one store get advice."""

    store: Store
    clock: FixedClock
    reference: ReferenceData
    settings: Settings

    def take_in(self, record: ClientRecord) -> None:
        onboard_client(self.store, self.clock, self.reference, self.settings, BANK, record)

    def scanned(self) -> Iterator[tuple[tuple[str, str], Document]]:
        day = shanghai_date(self.clock.now())
        for row in scan(self.store, self.clock, self.reference, as_of=day).rows:
            reminders = list_reminders(self.store, BANK, client_id=row.client_id)
            yield (
                (row.client_id, "scan"),
                {
                    "drift": row.drift,
                    "volatility": row.volatility,
                    "gain": str(row.gain.amount),
                    "cost": str(row.cost.amount),
                    "error": row.error,
                    "reminders": [_comparable(reminder) for reminder in reminders],
                },
            )

    def usual(self, name: str) -> Iterator[tuple[str, Document]]:
        store, clock, reference = self.store, self.clock, self.reference
        found = diagnose(store, clock, reference, BANK, client_id=name)
        yield "diagnosis", _comparable(found)
        yield "proposal", self._proposal(name, Lots.SERVED)
        choices = list_choices(store, clock, reference, BANK, client_id=name).choices
        yield "choices", {"products": [[c.product.id, c.is_above_level] for c in choices]}
        if choices:
            first, client = choices[0].product, Caller(name, Role.CLIENT, client_id=name)
            yield (
                "own_order",
                _or_refusal(
                    lambda: make_own_order(
                        store,
                        clock,
                        reference,
                        self.settings,
                        client,
                        client_id=name,
                        product_id=first.id,
                        amount=first.minimum,
                    )
                ),
            )

    def close(self, name: str) -> Iterator[tuple[str, Document]]:
        store, clock, reference = self.store, self.clock, self.reference
        yield "exact_lots", self._proposal(name, Lots.EXACT)
        found = make_life_path(store, clock, reference, BANK, client_id=name)
        yield "life_path", _comparable(found)
        yield (
            "what_if",
            _or_refusal(
                lambda: ask_what_if(store, clock, reference, BANK, client_id=name, what_if=ASKED)
            ),
        )

    def _proposal(self, name: str, lots: Lots) -> Document:
        return _or_refusal(
            lambda: propose(
                self.store,
                self.clock,
                self.reference,
                self.settings,
                BANK,
                client_id=name,
                lots=lots,
            )
        )


@contextmanager
def _new_desk(reference: ReferenceData, now: datetime) -> Iterator[_Desk]:
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/book.sqlite")
        upgrade(settings)
        store = make_store(settings)
        try:
            yield _Desk(store, FixedClock(now), reference, settings)
        finally:
            store.dispose()


def _or_refusal(make: Callable[[], Document]) -> Document:
    """Return a document, or why there is none: a refusal is an answer too."""
    try:
        return _comparable(make())
    except (InputError, ApiError) as refusal:
        return {"refused": refusal.code, "why": str(refusal)}


def _comparable(document: Document) -> Document:
    """Leave out ids and the hashes that cover the shelf's text."""
    kept = {key: part for key, part in document.items() if key not in ("id", "hash")}
    shelf = {"shelf": {"version": document["shelf"]["version"]}} if "shelf" in document else {}
    return kept | shelf
