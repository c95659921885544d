"""The whole way for every sample client: answers, proposal, one button, settlement, and rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.callers import BANK, Caller, Role
from api.clock import FixedClock
from api.paper_venue import PaperVenue
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.services.advice import diagnose, get_proposal, propose, recheck_suitability
from api.services.assess import submit_answers
from api.services.clients import register_client
from api.services.invariants import check_invariants
from api.services.purchase import accept_proposal, get_bundle
from api.services.settlement import run_until_idle
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store

FRIDAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}


@dataclass
class Bank:
    """One bank for the whole book."""

    settings: Settings
    store: Store
    venue: PaperVenue
    clock: FixedClock

    def desk(self, caller: Caller) -> tuple[Any, ...]:
        return self.store, self.clock, REFERENCE, self.settings, caller


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/robo.sqlite",
        venue_url=f"sqlite:///{tmp_path}/venue.sqlite",
    )
    upgrade(settings)
    made = Bank(settings, make_store(settings), PaperVenue(settings), FixedClock(FRIDAY))
    yield made
    with made.store.read() as uow:
        assert check_invariants(uow) == []
    made.store.dispose()
    made.venue.dispose()


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_a_client_buys_the_proposal_and_is_then_left_in_peace(bank: Bank, client_id: str) -> None:
    record = BOOK[client_id]
    register_client(bank.store, bank.clock, None, record)
    token = add_user(bank.store, bank.clock, name=client_id, role=Role.CLIENT, client_id=client_id)
    caller = authenticate(bank.store, token)
    submit_answers(*bank.desk(caller), client_id=client_id, answers=dict(record.answers or {}))
    before = diagnose(bank.store, bank.clock, REFERENCE, caller, client_id=client_id)
    proposal = propose(*bank.desk(caller), client_id=client_id)
    shown = get_proposal(bank.store, bank.clock, caller, proposal_id=proposal["id"])
    assert shown["before"]["index"] == before["index"]
    if proposal["orders"]:
        accepted = accept_proposal(
            bank.store,
            bank.clock,
            caller,
            proposal_id=proposal["id"],
            proposal_hash=shown["hash"],
            consent=True,
            idempotency_key="one-press",
            recheck=recheck_suitability,
        )
        bundle_id = accepted.document["bundle_id"]
        for _ in range(20):
            run_until_idle(bank.store, bank.clock, bank.venue)
            bank.clock.advance(timedelta(days=1))
        bundle = get_bundle(bank.store, caller, bundle_id=bundle_id)
        assert bundle["status"] == "completed"
        assert {order["status"] for order in bundle["orders"]} == {"confirmed"}
    else:
        assert proposal["reasons"][0]["code"] == "reason.nothing_to_do"

    # Wealth is what it was, less the fees that were shown, to the fen.
    with bank.store.read() as uow:
        sheet = uow.clients.get(BANK, client_id, as_of=FRIDAY.date()).balance_sheet
        assert check_invariants(uow) == []
    fees = Decimal(proposal["total_fees"])
    wealth = record.balance_sheet.investable_wealth.amount
    assert sheet.investable_wealth.amount == wealth - fees

    # The index is what the proposal promised and no worse than before, and next to nothing is
    # left to do: prices stand still here, but goals come nearer and fees have been paid.
    after = diagnose(bank.store, bank.clock, REFERENCE, caller, client_id=client_id)
    assert after["index"] >= before["index"] - 0.01
    assert after["index"] == pytest.approx(proposal["after"]["index"], abs=0.5)
    again = propose(*bank.desk(caller), client_id=client_id)
    turnover = max(Decimal(again["total_purchases"]), Decimal(again["total_sales"]))
    # The couple's house is twenty days nearer, which asks for 1.4 % more in stable classes.
    assert turnover < Decimal("0.02") * wealth
