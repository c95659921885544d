"""Diagnosis and proposal as documents: the end of journeys 2 and 3, computed from a workup.

A document carries no id and no instant; the store adds those. Its replay hash covers the inputs,
the codes of the findings and the whole lots.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from allocator.balance_sheet import BalanceSheet
from allocator.diagnosis.diagnose import Diagnosis, diagnose, relaxation_findings
from allocator.diagnosis.findings import find_without_wealth
from allocator.diagnosis.index import Standing, stand, stand_without_wealth
from allocator.errors import InputError, Problem, SolverError
from allocator.money import Money, total
from allocator.optimizer.explanation import explain
from allocator.optimizer.lots import Plan, plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import CLASSES, ProductClass
from allocator.statements import Evidence, Statement
from allocator.trading.orders import PlannedOrder, Side
from api.documents import (
    content_hash,
    rate,
    score,
    scores_document,
    statement_documents,
    weights_document,
)
from api.schemas.client_file import dump_client_file
from api.workup import Workup
from risk_profiles.findings import find_of_person
from risk_profiles.profile import Profile
from risk_profiles.suitability import check_orders

Document = dict[str, Any]
BASIS_POINTS = 1e4


def inputs_document(workup: Workup) -> Document:
    """Return all that went in: what a replay needs besides the three reference texts."""
    reference = workup.reference
    return {
        "client": dump_client_file(workup.record),
        "assessed_on": workup.assessed_on.isoformat(),
        "valid_until": workup.valid_until.isoformat(),
        "model": reference.market.content_hash,
        "shelf": reference.shelf.content_hash,
        "questionnaire": reference.questionnaire.content_hash,
    }


def diagnosis_document(workup: Workup) -> Document:
    """Return the diagnosis of a client, with or without wealth."""
    sheet, needs = workup.record.balance_sheet, workup.needs
    person = find_of_person(workup.record.facts, sheet)
    if workup.mandate is None:
        standing = stand_without_wealth(sheet, needs)
        findings = (*find_without_wealth(sheet, needs), *person)
    else:
        made = _diagnose(workup)
        standing, findings = made.standing, (*made.findings, *person)
    capital = workup.human_capital
    wealth = float(sheet.investable_wealth)
    document = {
        "kind": "diagnosis",
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "wealth": _text(sheet.investable_wealth),
        "net_worth": _text(sheet.net_worth),
        **_balance_document(sheet, standing),
        "needs": {
            "emergency_months": round(needs.emergency_months, 1),
            "emergency_fund": _text(needs.emergency_fund),
            "life_cover": _text(needs.life_cover),
            "critical_illness_cover": _text(needs.critical_illness_cover),
            "accident_cover": _text(needs.accident_cover),
            "goals_reserve": _text(needs.goals_reserve),
        },
        "life_cycle": {
            "age": workup.record.facts.age_on(workup.as_of),
            "retirement_age": capital.retirement_age,
            "human_capital": _text(Money.rounded(capital.total)),
            "human_capital_ratio": rate(capital.total / wealth) if wealth else 0.0,
            "risky_share": rate(workup.risky_share),
        },
        "findings": statement_documents(findings),
        **_versions(workup),
    }
    codes = [[f.code, f.severity.value] for f in findings]
    document["hash"] = _replay_hash(workup, {"kind": "diagnosis", "findings": codes})
    return document


def proposal_document(workup: Workup) -> Document:
    """Return the proposal for a client with wealth.

    Raises:
        InputError: there is no wealth to allocate (code no_wealth).
        SolverError: no verified optimum, or the finished orders fail the independent check.
    """
    if workup.mandate is None:
        problem = Problem("/holdings", "add up to nothing", "0.00", "add what is held")
        raise InputError("there is nothing to allocate", code="no_wealth", problems=[problem])
    sheet, mandate, market = workup.record.balance_sheet, workup.mandate, workup.reference.market
    made = _diagnose(workup)
    allocation = optimize(mandate, market)
    plan = plan_lots(
        sheet,
        mandate,
        allocation,
        menu=workup.menu,
        shelf=workup.reference.shelf,
        highest_risk_level=workup.highest_risk_level,
        cash_to_keep=workup.cash.total,
    )
    _require_suitable(workup, plan)
    best = made.standing.best_certainty_equivalent
    after = stand(plan.after, mandate, market, workup.needs, best_certainty_equivalent=best)
    reasons = _reasons(workup, allocation) if plan.orders else ()
    nothing = (Statement("reason.nothing_to_do"),) if not plan.orders else ()
    first = _repayment_reason(workup)
    orders = [_order_document(order, workup) for order in plan.orders]
    document = {
        "kind": "proposal",
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "before": _balance_document(sheet, made.standing),
        "target": _target_document(allocation),
        "after": _balance_document(plan.after, after),
        "rounding_gap_bp": round(plan.gap * BASIS_POINTS, 2) + 0.0,
        "orders": orders,
        "cash_before": _text(_cash(sheet)),
        "cash_after": _text(_cash(plan.after)),
        "total_sales": _text(_sum(plan.orders, Side.SELL)),
        "total_purchases": _text(_sum(plan.orders, Side.BUY)),
        "total_fees": _text(total(order.fee for order in plan.orders)),
        "reasons": statement_documents((*nothing, *first, *reasons)),
        "findings": statement_documents(
            relaxation_findings(allocation, wealth=sheet.investable_wealth)
        ),
        **_versions(workup),
    }
    document["hash"] = _replay_hash(workup, {"kind": "proposal", "orders": orders})
    return document


def profile_document(profile: Profile, *, assessed_on: date, valid_until: date) -> Document:
    """Return a profile with its validity."""
    return {
        "level": profile.level.value,
        "score": score(profile.score),
        "risk_aversion": rate(profile.risk_aversion),
        "capacity": score(profile.capacity),
        "tolerance": score(profile.tolerance),
        "knowledge": score(profile.knowledge),
        "is_lowest_class": profile.is_lowest_class,
        "needs_review": profile.needs_review,
        "assessed_on": assessed_on.isoformat(),
        "valid_until": valid_until.isoformat(),
        "questionnaire_version": profile.questionnaire_version,
        "reasons": statement_documents(profile.reasons),
    }


def _diagnose(workup: Workup) -> Diagnosis:
    if workup.mandate is None:
        raise InputError("there is nothing to diagnose", code="no_wealth")
    return diagnose(
        workup.record.balance_sheet,
        workup.mandate,
        workup.reference.market,
        workup.needs,
        highest_risk_level=workup.highest_risk_level,
    )


def _reasons(workup: Workup, allocation: Allocation) -> tuple[Statement, ...]:
    if workup.mandate is None:
        return ()
    level = workup.highest_risk_level
    return explain(allocation, workup.mandate, highest_risk_level=level)


def _repayment_reason(workup: Workup) -> tuple[Statement, ...]:
    if not workup.cash.repayment:
        return ()
    dearest = max(debt.annual_rate for debt in workup.record.balance_sheet.debts)
    evidence: dict[str, Evidence] = {"amount": workup.cash.repayment, "rate": float(dearest)}
    return (Statement("reason.repay_first", evidence=evidence),)


def _require_suitable(workup: Workup, plan: Plan) -> None:
    """Let the independent checker read the finished orders; it shares no code with the planner."""
    after: dict[str, Money] = {}
    for holding in plan.after.holdings:
        if holding.product_id is not None:
            held = after.get(holding.product_id)
            after[holding.product_id] = holding.amount if held is None else held + holding.amount
    objections = check_orders(
        plan.orders,
        profile=workup.profile,
        facts=workup.record.facts,
        shelf=workup.reference.shelf,
        wealth=workup.record.balance_sheet.investable_wealth,
        holdings_after=after,
        as_of=workup.as_of,
        assessed_on=workup.assessed_on,
        validity_days=max(1, (workup.valid_until - workup.assessed_on).days),
    )
    if objections:
        codes = ", ".join(f"{o.code} {dict(o.evidence)}" for o in objections)
        raise SolverError(f"the finished plan fails the independent suitability check: {codes}")


def _balance_document(sheet: BalanceSheet, standing: Standing) -> Document:
    has_wealth = bool(sheet.investable_wealth)
    return {
        "weights": weights_document(sheet.weights(CLASSES)) if has_wealth else {},
        "scores": scores_document(standing.scores),
        "index": score(standing.index),
        "expected_return": rate(standing.expected_return),
        "volatility": rate(standing.volatility),
        "certainty_equivalent": rate(standing.certainty_equivalent),
    }


def _target_document(allocation: Allocation) -> Document:
    """The continuous optimum: it has weights and risk, but no lots and so no scores of its own."""
    return {
        "weights": weights_document(allocation.weights),
        "expected_return": rate(allocation.expected_return),
        "volatility": rate(allocation.volatility),
        "certainty_equivalent": rate(allocation.certainty_equivalent),
    }


def _order_document(order: PlannedOrder, workup: Workup) -> Document:
    product = workup.reference.shelf[order.product_id]
    return {
        "line": order.line,
        "side": order.side.value,
        "product_id": order.product_id,
        "name_zh": product.name_zh,
        "name_en": product.name_en,
        "product_class": order.product_class.value,
        "risk_level": product.risk_level.name,
        "holding_id": order.holding_id,
        "amount": _text(order.amount),
        "fee": _text(order.fee),
        "settlement": product.settlement.value,
        "lock_up_days": product.lock_up_days,
    }


def _versions(workup: Workup) -> Document:
    reference = workup.reference
    market, shelf, form = reference.market, reference.shelf, reference.questionnaire
    return {
        "model": {
            "version": market.version,
            "as_of": market.as_of.isoformat(),
            "content_hash": market.content_hash,
        },
        "shelf": {"version": shelf.version, "content_hash": shelf.content_hash},
        "questionnaire": {"version": form.version, "content_hash": form.content_hash},
    }


def _replay_hash(workup: Workup, outcome: Mapping[str, object]) -> str:
    return content_hash({"inputs": inputs_document(workup), "outcome": dict(outcome)})


def _cash(sheet: BalanceSheet) -> Money:
    account = ProductClass.DEMAND_DEPOSIT
    here = (h for h in sheet.holdings if h.product_class is account and h.is_sellable(sheet.as_of))
    return total(h.amount for h in here)


def _sum(orders: tuple[PlannedOrder, ...], side: Side) -> Money:
    return total(order.amount for order in orders if order.side is side)


def _text(money: Money) -> str:
    return str(money.amount)
