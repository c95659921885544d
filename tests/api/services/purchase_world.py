"""A small bank for the purchase tests: one shelf, two clients, a clock that stands."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.money import Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import parse_shelf
from allocator.statements import Statement
from allocator.trading.transitions import ProposalStatus
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord
from api.clock import SHANGHAI, FixedClock, shanghai_date
from api.paper_venue import PaperVenue
from api.reference_data import load_reference_data
from api.services.clients import register_client
from api.services.invariants import check_invariants
from api.services.purchase import Accepted, accept_proposal
from api.services.purchase_checks import PurchaseCase
from api.services.settlement import WorkReport, run_until_idle
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.records import Advice, AdviceKind, Assessment, Bundle, Cash, User
from api.store.tables import metadata
from api.store.unit_of_work import make_store
from api.venue import Venue
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

PRODUCTS = (
    # id, class, regime, risk level, settlement, redemption days, lock-up days
    ("demand-deposit", "demand_deposit", "deposit", "R1", "instant", 0, 0),
    ("term-1y", "time_deposit", "deposit", "R1", "instant", 0, 365),
    ("money", "money_fund", "csrc_fund", "R1", "nav_t1", 1, 0),
    ("bond", "bond_fund", "csrc_fund", "R2", "nav_t1", 3, 0),
    ("qdii", "overseas_equity_fund", "csrc_fund", "R4", "nav_t2", 7, 0),
    ("annuity", "annuity", "insurance", "R2", "policy", 0, 0),
)
SHELF = 'version = "test"\n' + "".join(
    f"""
[[product]]
id = "{name}"
name_zh = "{name}产品"
name_en = "{name} product"
product_class = "{product_class}"
regime = "{regime}"
risk_level = "{level}"
minimum = "0.01"
step = "0.01"
settlement = "{settlement}"
redemption_days = {redemption_days}
lock_up_days = {lock_up_days}
source = "made up"
"""
    for name, product_class, regime, level, settlement, redemption_days, lock_up_days in PRODUCTS
)
# The Wednesday before the National Day holiday of 2026, at ten in the morning.
WEDNESDAY = datetime(2026, 9, 30, 10, tzinfo=SHANGHAI)


def money(text: str) -> Money:
    return Money.parse(text)


def person(name: str) -> ClientFacts:
    return ClientFacts(
        name=name,
        birth_date=date(1990, 5, 17),
        work_category=WorkCategory.MAN,
        income_kind=IncomeKind.SALARIED,
        annual_income=money("200000"),
        monthly_pension=money("4000"),
        essential_spending=money("6000"),
        spending=money("8000"),
        earners=1,
        dependants=(),
        goals=(),
        is_qualified_investor=False,
    )


def holding(name: str, product_id: str, amount: str, **more: Any) -> Holding:
    product = parse_shelf(SHELF)[product_id]
    return Holding(
        id=name,
        product_class=product.product_class,
        amount=money(amount),
        risk_level=product.risk_level,
        product_id=product_id,
        **more,
    )


def cash(amount: str) -> Holding:
    return Holding("savings", ProductClass.DEMAND_DEPOSIT, money(amount), RiskLevel.R1)


def buy(line: int, product_id: str, amount: str, fee: str = "0.00") -> dict[str, Any]:
    return _order(line, "buy", product_id, amount, fee, None)


def sell(
    line: int, product_id: str, amount: str, *, holding_id: str, fee: str = "0.00"
) -> dict[str, Any]:
    return _order(line, "sell", product_id, amount, fee, holding_id)


def suitable(case: PurchaseCase) -> Sequence[Statement]:
    return ()


def unsuitable(case: PurchaseCase) -> Sequence[Statement]:
    return (Statement("product_above_level", evidence={"line": case.orders[0].line}),)


@dataclass
class World:
    """A bank in a folder. `press` is the button."""

    folder: Path
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(
            database_url=f"sqlite:///{self.folder}/robo.sqlite",
            venue_url=f"sqlite:///{self.folder}/venue.sqlite",
        )
        upgrade(self.settings)
        self.store = make_store(self.settings)
        self.venue = PaperVenue(self.settings)
        self.clock = FixedClock(WEDNESDAY)
        self.proposals = 0
        with self.store.begin() as uow:
            self.hash = uow.artifacts.put(kind="shelf", text=SHELF, at=WEDNESDAY)
            self.form_hash = uow.artifacts.put(
                kind="questionnaire",
                text=load_reference_data().questionnaire_text,
                at=WEDNESDAY,
            )
            uow.commit()

    def close(self) -> None:
        """Check the books, then close them."""
        self.check()
        self.store.dispose()
        self.venue.dispose()

    def check(self) -> None:
        with self.store.read() as uow:
            assert check_invariants(uow) == []

    def add_client(self, client_id: str, *holdings: Holding) -> Caller:
        sheet = BalanceSheet(WEDNESDAY.date(), holdings)
        record = ClientRecord(client_id, person(client_id), sheet, None)
        register_client(self.store, self.clock, None, record)
        user = User(f"user-{client_id}", client_id, Role.CLIENT, client_id, WEDNESDAY)
        with self.store.begin() as uow:
            uow.users.add(user, token_hash=hashlib.sha256(client_id.encode()).hexdigest())
            uow.commit()
        self.assess(client_id, "assessment-1-" + client_id)
        return Caller(user.id, Role.CLIENT, client_id)

    def assess(
        self, client_id: str, assessment_id: str, *, valid_until: date = date(2027, 9, 30)
    ) -> None:
        now = self.clock.now()
        with self.store.begin() as uow:
            uow.assessments.add(
                Assessment(
                    id=assessment_id,
                    client_id=client_id,
                    assessed_at=now,
                    assessed_on=shanghai_date(now),
                    of_day=uow.assessments.count_on(BANK, client_id, shanghai_date(now)) + 1,
                    effective_at=now,
                    valid_until=valid_until,
                    level="C3",
                    questionnaire_hash=self.form_hash,
                    answers={"q1": "a"},
                    document="{}",
                )
            )
            uow.commit()

    def propose(self, caller: Caller, *orders: dict[str, Any]) -> Advice:
        self.proposals += 1
        document = json.dumps({"kind": "proposal", "orders": orders})
        now = self.clock.now()
        with self.store.begin() as uow:
            client_id = str(caller.client_id)
            proposal = Advice(
                id=f"proposal-{self.proposals}",
                kind=AdviceKind.PROPOSAL,
                client_id=client_id,
                assessment_id=uow.assessments.current(caller, client_id, at=now).id,
                status=ProposalStatus.READY,
                hash=hashlib.sha256(f"{self.proposals}{document}".encode()).hexdigest(),
                created_at=now,
                expires_at=now + timedelta(hours=24),
                document=document,
                inputs="{}",
                model_hash=self.hash,
                shelf_hash=self.hash,
                questionnaire_hash=self.hash,
            )
            uow.advice.add(proposal)
            uow.commit()
        return proposal

    def press(
        self, caller: Caller, proposal: Advice, *, key: str = "press-1", **changes: Any
    ) -> Accepted:
        request: dict[str, Any] = {
            "proposal_id": proposal.id,
            "proposal_hash": proposal.hash,
            "consent": True,
            "idempotency_key": key,
            "recheck": suitable,
        }
        return accept_proposal(self.store, self.clock, caller, **(request | changes))

    def work(self, *, on: datetime | None = None, venue: Venue | None = None) -> WorkReport:
        if on is not None:
            self.clock.set(on)
        report = run_until_idle(self.store, self.clock, venue or self.venue)
        self.check()
        return report

    def cash(self, client_id: str) -> Cash:
        with self.store.read() as uow:
            return uow.ledger.cash(BANK, client_id)

    def bundles(self) -> tuple[Bundle, ...]:
        with self.store.read() as uow:
            return uow.bundles.list(BANK)

    def holdings(self, client_id: str) -> dict[str, Holding]:
        with self.store.read() as uow:
            sheet = uow.clients.get(BANK, client_id, as_of=WEDNESDAY.date()).balance_sheet
        return {one.id: one for one in sheet.holdings}

    def picture(self) -> dict[str, list[str]]:
        """Return every row of every table that a purchase may touch."""
        with self.store.engine.begin() as connection:
            return {
                table.name: [str(tuple(row)) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
            }


def at(day: str, hour: int = 10) -> datetime:
    """Return an instant of a day in Shanghai."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).replace(
        hour=hour
    )


def _order(
    line: int, side: str, product_id: str, amount: str, fee: str, holding_id: str | None
) -> dict[str, Any]:
    product = parse_shelf(SHELF)[product_id]
    return {
        "line": line,
        "side": side,
        "product_id": product_id,
        "product_class": product.product_class.value,
        "holding_id": holding_id,
        "amount": amount,
        "fee": fee,
    }
