"""A small bank for the route tests: a real store, two clients of two advisors, one quant.

Zhao (equity-fan) has one diagnosis, proposal, life path, bundle and reminder; Lin (young-renter)
is the stranger. Rows of advice are written directly, under ids the tests can name.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.advice_documents import diagnosis_document, profile_document, proposal_document
from api.advice_parts import inputs_document
from api.application import create_app
from api.callers import Role
from api.clock import FixedClock
from api.documents import canonical_json
from api.life_path_documents import life_path_document, life_path_inputs
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user, authenticate, revoke
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.records import (
    Advice,
    AdviceKind,
    Assessment,
    Bundle,
    Consent,
    Order,
    Reminder,
    ReminderStatus,
)
from api.store.tables import metadata
from api.store.unit_of_work import Store, make_store
from api.workup import Workup, work_up

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ZHAO, LIN, WIDOW = "equity-fan", "young-renter", "widow-76"
PROPOSAL_HASH = "b" * 64
ROUTE_IDS = {
    "client_id": ZHAO,
    "diagnosis_id": "diagnosis-zhao",
    "proposal_id": "proposal-zhao",
    "life_path_id": "life-path-zhao",
    "bundle_id": "bundle-zhao",
    "reminder_id": "reminder-zhao",
    "assessment_id": "assessment-zhao",
    "question_id": "q2",
    "advice_id": "diagnosis-zhao",
    "product_id": "money-fund-a",
}
MISSING_ID = "zzzz-missing"


@dataclass
class Bank:
    """An application over a store of its own, and the tokens of its users."""

    app: Flask
    store: Store
    clock: FixedClock
    reference: ReferenceData
    tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        user: str | None = None,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send one request as a user of this bank, or as nobody."""
        sent = {"Content-Type": "application/json"} if body is not None or raw is not None else {}
        if user is not None:
            sent["Authorization"] = f"Bearer {self.tokens[user]}"
        data = raw if raw is not None else (None if body is None else json.dumps(body))
        merged = sent | dict(headers or {})
        return self.app.test_client().open(path, method=method, data=data, headers=merged)

    def browser(self, user: str) -> FlaskClient:
        """Return a browser in which a user of this bank has signed in."""
        client = self.app.test_client()
        headers = {"Origin": "http://localhost"}
        answer = client.post("/login", data={"token": self.tokens[user]}, headers=headers)
        assert answer.status_code == 303
        return client

    def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        with self.store.engine.connect() as connection:
            return {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(select(table))), key=str
                )
                for table in metadata.sorted_tables
            }

    def unread_snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of the tables that looking at a proposal leaves alone."""
        marked_as_presented = {"advice", "audit"}
        return {
            name: rows for name, rows in self.snapshot().items() if name not in marked_as_presented
        }


@cache
def furnished(folder: Path) -> tuple[Path, dict[str, str]]:
    """Make the database once; every bank gets a copy."""
    path = folder / "furnished.sqlite"
    settings = settings_of(path)
    upgrade(settings)
    store, clock, reference = make_store(settings), FixedClock(NOW), load_reference_data()
    for record in load_sample_book(reference.shelf):
        if record.client_id in (ZHAO, LIN, WIDOW):
            register_client(store, clock, None, record)
    tokens = {
        "zhao": add_user(store, clock, name="Zhao", role=Role.CLIENT, client_id=ZHAO),
        "lin": add_user(store, clock, name="Lin", role=Role.CLIENT, client_id=LIN),
        "advisor": add_user(store, clock, name="Ann", role=Role.ADVISOR, book=[ZHAO, WIDOW]),
        "stranger": add_user(store, clock, name="Bob", role=Role.ADVISOR, book=[LIN]),
        "quant": add_user(store, clock, name="Qi", role=Role.QUANT),
        "revoked": add_user(store, clock, name="Eve", role=Role.ADVISOR, book=[ZHAO]),
        "unknown": "robo_" + "x" * 43,
        "malformed": "robo_x",
    }
    revoke(store, clock, user_id=authenticate(store, tokens["revoked"]).user_id)
    advise_zhao(store, reference, authenticate(store, tokens["zhao"]).user_id)
    store.dispose()
    # The last connection to close leaves one complete file, which is what gets copied.
    assert not path.with_name(f"{path.name}-wal").exists()
    return path, tokens


def open_bank(tmp_path: Path, factory: pytest.TempPathFactory) -> Bank:
    """Return a fresh bank in `tmp_path`."""
    template, tokens = furnished(factory.getbasetemp())
    path = tmp_path / "robo.sqlite"
    shutil.copy(template, path)
    settings = settings_of(path)
    store, clock, reference = make_store(settings), FixedClock(NOW), load_reference_data()
    app = create_app(settings, store=store, clock=clock, reference=reference)
    return Bank(app, store, clock, reference, dict(tokens))


def settings_of(path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{path}", venue_url=f"sqlite:///{path.with_name('venue.sqlite')}"
    )


def advise_zhao(store: Store, reference: ReferenceData, user_id: str) -> None:
    """Write one assessment, diagnosis, proposal, bundle and reminder of Zhao."""
    (record,) = [r for r in load_sample_book(reference.shelf) if r.client_id == ZHAO]
    today, next_year = date(2026, 11, 20), date(2027, 11, 20)
    workup = work_up(record, assessed_on=today, valid_until=next_year, reference=reference)
    profile = profile_document(workup.profile, assessed_on=today, valid_until=next_year)
    with store.begin() as uow:
        for kind, text in (
            ("market", reference.market_text),
            ("shelf", reference.shelf_text),
            ("questionnaire", reference.questionnaire_text),
            ("life_cycle", reference.life_cycle_text or ""),
            ("mortality", reference.mortality_text),
        ):
            uow.artifacts.put(kind=kind, text=text, at=NOW)
        uow.assessments.add(
            Assessment(
                id="assessment-zhao",
                client_id=ZHAO,
                assessed_at=NOW,
                assessed_on=today,
                of_day=1,
                effective_at=NOW,
                valid_until=next_year,
                level=workup.profile.level.value,
                questionnaire_hash=reference.questionnaire.content_hash,
                answers=record.answers or {},
                document=canonical_json(profile),
            )
        )
        uow.advice.add(_advice(AdviceKind.DIAGNOSIS, "diagnosis-zhao", workup))
        uow.advice.add(_advice(AdviceKind.PROPOSAL, "proposal-zhao", workup))
        uow.advice.add(_advice(AdviceKind.LIFE_PATH, "life-path-zhao", workup))
        uow.bundles.add(
            Consent(
                id="consent-zhao",
                proposal_id="proposal-zhao",
                client_id=ZHAO,
                user_id=user_id,
                assessment_id="assessment-zhao",
                proposal_hash=PROPOSAL_HASH,
                given_at=NOW,
            ),
            _bundle(),
            actor=user_id,
        )
        uow.reminders.add(
            Reminder(
                id="reminder-zhao",
                client_id=ZHAO,
                day=date(2026, 11, 20),
                kind="drift",
                status=ReminderStatus.OPEN,
                document=json.dumps({"gain": "120.00", "cost": "8.00"}),
                created_at=NOW,
            )
        )
        uow.commit()


def _advice(kind: AdviceKind, advice_id: str, workup: Workup) -> Advice:
    is_proposal = kind is AdviceKind.PROPOSAL
    makers = {
        AdviceKind.DIAGNOSIS: (diagnosis_document, inputs_document),
        AdviceKind.PROPOSAL: (proposal_document, inputs_document),
        AdviceKind.LIFE_PATH: (life_path_document, life_path_inputs),
    }
    make, make_inputs = makers[kind]
    document, reference = make(workup), workup.reference
    return Advice(
        id=advice_id,
        kind=kind,
        client_id=ZHAO,
        assessment_id="assessment-zhao",
        status=ProposalStatus.READY if is_proposal else None,
        hash=PROPOSAL_HASH,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24) if is_proposal else None,
        document=canonical_json(document | {"hash": PROPOSAL_HASH}),
        inputs=canonical_json(make_inputs(workup)),
        model_hash=reference.market.content_hash,
        shelf_hash=reference.shelf.content_hash,
        questionnaire_hash=reference.questionnaire.content_hash,
    )


def _bundle() -> Bundle:
    order = Order(
        client_order_id="bundle-zhao-1",
        bundle_id="bundle-zhao",
        line=1,
        side=Side.BUY,
        product_id="money-fund-a",
        product_class=ProductClass.MONEY_FUND,
        risk_level=RiskLevel.R1,
        name_zh="货币基金",
        name_en="Money fund",
        holding_id="money-fund-a",
        amount=Money.parse("100.00"),
        fee=ZERO,
        settlement=SettlementCycle.NAV_T1,
        redemption_days=1,
        lock_up_days=0,
        status=OrderStatus.PLANNED,
        reserved=ZERO,
        confirmed=ZERO,
    )
    return Bundle(
        id="bundle-zhao",
        consent_id="consent-zhao",
        proposal_id="proposal-zhao",
        client_id=ZHAO,
        status=BundleStatus.CREATED,
        created_at=NOW,
        orders=(order,),
    )
