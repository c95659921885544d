"""Domain types to and from rows. The only module that knows both.

Facts, debts and policies are one JSON document of a client's row: nothing queries inside them.
Money is written as exact text there and as minor units in columns.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from allocator.balance_sheet import Debt, DebtKind, HeldAt, Holding, Policy, PolicyKind
from allocator.life_cycle.needs import Goal, GoalKind
from allocator.money import Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.store.records import Advice, AdviceKind, Assessment, Bundle, Order
from api.venue import EventKind, VenueEvent
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory


def dump_facts(
    facts: ClientFacts, debts: tuple[Debt, ...] = (), policies: tuple[Policy, ...] = ()
) -> str:
    """Return facts, debts and policies as JSON text."""
    document = {
        "name": facts.name,
        "birth_date": facts.birth_date.isoformat(),
        "work_category": facts.work_category.value,
        "income_kind": facts.income_kind.value,
        "annual_income": _text(facts.annual_income),
        "monthly_pension": _text(facts.monthly_pension),
        "essential_spending": _text(facts.essential_spending),
        "spending": _text(facts.spending),
        "earners": facts.earners,
        "retirement_age": facts.retirement_age,
        "retirement_spending": _text(facts.retirement_spending)
        if facts.retirement_spending is not None
        else None,
        "is_qualified_investor": facts.is_qualified_investor,
        "dependants": [
            {
                "birth_date": d.birth_date.isoformat(),
                "independent_on": d.independent_on.isoformat(),
                "annual_need": _text(d.annual_need),
            }
            for d in facts.dependants
        ],
        "goals": [
            {
                "name": g.name,
                "amount": _text(g.amount),
                "due": g.due.isoformat(),
                "kind": g.kind.value,
            }
            for g in facts.goals
        ],
        "debts": [
            {
                "id": d.id,
                "kind": d.kind.value,
                "balance": _text(d.balance),
                "annual_rate": str(d.annual_rate),
                "monthly_payment": _text(d.monthly_payment),
            }
            for d in debts
        ],
        "policies": [
            {
                "id": p.id,
                "kind": p.kind.value,
                "cover": _text(p.cover),
                "annual_premium": _text(p.annual_premium),
            }
            for p in policies
        ],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def load_facts(text: str) -> tuple[ClientFacts, tuple[Debt, ...], tuple[Policy, ...]]:
    """Return what `dump_facts` wrote."""
    document: dict[str, Any] = json.loads(text)
    # Facts stored before there was a budget of retirement have no such field.
    kept = document.get("retirement_spending")
    facts = ClientFacts(
        name=document["name"],
        birth_date=date.fromisoformat(document["birth_date"]),
        work_category=WorkCategory(document["work_category"]),
        income_kind=IncomeKind(document["income_kind"]),
        annual_income=Money.parse(document["annual_income"]),
        monthly_pension=Money.parse(document["monthly_pension"]),
        essential_spending=Money.parse(document["essential_spending"]),
        spending=Money.parse(document["spending"]),
        earners=document["earners"],
        retirement_age=document["retirement_age"],
        retirement_spending=Money.parse(kept) if kept else None,
        is_qualified_investor=document["is_qualified_investor"],
        dependants=tuple(
            Dependant(
                birth_date=date.fromisoformat(d["birth_date"]),
                independent_on=date.fromisoformat(d["independent_on"]),
                annual_need=Money.parse(d["annual_need"]),
            )
            for d in document["dependants"]
        ),
        goals=tuple(
            Goal(
                name=g["name"],
                amount=Money.parse(g["amount"]),
                due=date.fromisoformat(g["due"]),
                # Goals stored before they had kinds have none.
                kind=GoalKind(g.get("kind", GoalKind.OTHER)),
            )
            for g in document["goals"]
        ),
    )
    debts = tuple(
        Debt(
            id=d["id"],
            kind=DebtKind(d["kind"]),
            balance=Money.parse(d["balance"]),
            annual_rate=Decimal(d["annual_rate"]),
            monthly_payment=Money.parse(d["monthly_payment"]),
        )
        for d in document["debts"]
    )
    policies = tuple(
        Policy(
            id=p["id"],
            kind=PolicyKind(p["kind"]),
            cover=Money.parse(p["cover"]),
            annual_premium=Money.parse(p["annual_premium"]),
        )
        for p in document["policies"]
    )
    return facts, debts, policies


def dump_answers(answers: Mapping[str, str] | None) -> str | None:
    """Return answers as JSON text; None stays None: not answered yet."""
    return None if answers is None else json.dumps(dict(answers), sort_keys=True)


def load_answers(text: str | None) -> Mapping[str, str] | None:
    """Return what `dump_answers` wrote."""
    if text is None:
        return None
    answers: dict[str, str] = json.loads(text)
    return answers


def holding_row(client_id: str, holding: Holding) -> dict[str, object]:
    """Return a holding as a row."""
    return {
        "client_id": client_id,
        "id": holding.id,
        "product_id": holding.product_id,
        "product_class": holding.product_class.value,
        "risk_level": int(holding.risk_level),
        "amount_minor": holding.amount.minor,
        "held_at": holding.held_at.value,
        "locked_until": holding.locked_until,
        "acquired_on": holding.acquired_on,
    }


def holding_from(row: Row[Any]) -> Holding:
    """Return a row as a holding."""
    return Holding(
        id=row.id,
        product_class=ProductClass(row.product_class),
        amount=Money.from_minor(row.amount_minor),
        risk_level=RiskLevel(row.risk_level),
        product_id=row.product_id,
        held_at=HeldAt(row.held_at),
        locked_until=row.locked_until,
        acquired_on=row.acquired_on,
    )


def assessment_row(assessment: Assessment) -> dict[str, object]:
    """Return an assessment as a row."""
    return {
        "id": assessment.id,
        "client_id": assessment.client_id,
        "assessed_at": assessment.assessed_at,
        "valid_until": assessment.valid_until,
        "level": assessment.level,
        "questionnaire_hash": assessment.questionnaire_hash,
        "answers": dump_answers(assessment.answers),
        "document": assessment.document,
        "assessed_on": assessment.assessed_on,
        "of_day": assessment.of_day,
        "effective_at": assessment.effective_at,
        "follow_up": dump_answers(assessment.follow_up),
        "needs_review": assessment.needs_review,
        "lift_of": assessment.lift_of,
    }


def assessment_from(row: Row[Any]) -> Assessment:
    """Return a row as an assessment."""
    return Assessment(
        id=row.id,
        client_id=row.client_id,
        assessed_at=row.assessed_at,
        assessed_on=row.assessed_on,
        of_day=row.of_day,
        effective_at=row.effective_at,
        valid_until=row.valid_until,
        level=row.level,
        questionnaire_hash=row.questionnaire_hash,
        answers=json.loads(row.answers),
        document=row.document,
        follow_up=json.loads(row.follow_up),
        lift_of=row.lift_of,
        needs_review=row.needs_review,
    )


def advice_row(advice: Advice) -> dict[str, object]:
    """Return advice as a row."""
    return {
        "id": advice.id,
        "kind": advice.kind.value,
        "client_id": advice.client_id,
        "assessment_id": advice.assessment_id,
        "status": None if advice.status is None else advice.status.value,
        "hash": advice.hash,
        "created_at": advice.created_at,
        "expires_at": advice.expires_at,
        "document": advice.document,
        "inputs": advice.inputs,
        "model_hash": advice.model_hash,
        "shelf_hash": advice.shelf_hash,
        "questionnaire_hash": advice.questionnaire_hash,
    }


def advice_from(row: Row[Any]) -> Advice:
    """Return a row as advice."""
    return Advice(
        id=row.id,
        kind=AdviceKind(row.kind),
        client_id=row.client_id,
        assessment_id=row.assessment_id,
        status=None if row.status is None else ProposalStatus(row.status),
        hash=row.hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        document=row.document,
        inputs=row.inputs,
        model_hash=row.model_hash,
        shelf_hash=row.shelf_hash,
        questionnaire_hash=row.questionnaire_hash,
    )


def order_row(order: Order) -> dict[str, object]:
    """Return an order as a row."""
    return {
        "client_order_id": order.client_order_id,
        "bundle_id": order.bundle_id,
        "line": order.line,
        "side": order.side.value,
        "product_id": order.product_id,
        "product_class": order.product_class.value,
        "risk_level": int(order.risk_level),
        "name_zh": order.name_zh,
        "name_en": order.name_en,
        "holding_id": order.holding_id,
        "amount_minor": order.amount.minor,
        "fee_minor": order.fee.minor,
        "settlement": order.settlement.value,
        "redemption_days": order.redemption_days,
        "lock_up_days": order.lock_up_days,
        "status": order.status.value,
        "reason": order.reason,
        "reserved_minor": order.reserved.minor,
        "confirmed_minor": order.confirmed.minor,
        "trade_date": order.trade_date,
        "confirm_date": order.confirm_date,
        "ended_as": None if order.ended_as is None else order.ended_as.value,
        "ended_minor": None if order.ended is None else order.ended.minor,
    }


def order_from(row: Row[Any]) -> Order:
    """Return a row as an order."""
    return Order(
        client_order_id=row.client_order_id,
        bundle_id=row.bundle_id,
        line=row.line,
        side=Side(row.side),
        product_id=row.product_id,
        product_class=ProductClass(row.product_class),
        risk_level=RiskLevel(row.risk_level),
        name_zh=row.name_zh,
        name_en=row.name_en,
        holding_id=row.holding_id,
        amount=Money.from_minor(row.amount_minor),
        fee=Money.from_minor(row.fee_minor),
        settlement=SettlementCycle(row.settlement),
        redemption_days=row.redemption_days,
        lock_up_days=row.lock_up_days,
        status=OrderStatus(row.status),
        reason=row.reason,
        reserved=Money.from_minor(row.reserved_minor),
        confirmed=Money.from_minor(row.confirmed_minor),
        trade_date=row.trade_date,
        confirm_date=row.confirm_date,
        ended_as=None if row.ended_as is None else OrderStatus(row.ended_as),
        ended=None if row.ended_minor is None else Money.from_minor(row.ended_minor),
    )


def bundle_from(row: Row[Any], orders: tuple[Order, ...]) -> Bundle:
    """Return a row and its orders as a bundle."""
    return Bundle(
        id=row.id,
        consent_id=row.consent_id,
        proposal_id=row.proposal_id,
        client_id=row.client_id,
        status=BundleStatus(row.status),
        created_at=row.created_at,
        orders=orders,
    )


def dump_event(event: VenueEvent) -> str:
    """Return a venue's event as JSON text."""
    document = {
        "venue": event.venue,
        "event_id": event.event_id,
        "client_order_id": event.client_order_id,
        "kind": event.kind.value,
        "happened_at": event.happened_at.isoformat(),
        "business_date": event.business_date.isoformat(),
        "amount": _text(event.amount),
        "fee": _text(event.fee),
        "exec_id": event.exec_id,
    }
    return json.dumps(document, sort_keys=True)


def load_event(text: str) -> VenueEvent:
    """Return what `dump_event` wrote."""
    document: dict[str, Any] = json.loads(text)
    return VenueEvent(
        venue=document["venue"],
        event_id=document["event_id"],
        client_order_id=document["client_order_id"],
        kind=EventKind(document["kind"]),
        happened_at=datetime.fromisoformat(document["happened_at"]),
        business_date=date.fromisoformat(document["business_date"]),
        amount=Money.parse(document["amount"]),
        fee=Money.parse(document["fee"]),
        exec_id=document["exec_id"],
    )


def _text(money: Money) -> str:
    return str(money.amount)
