"""Diagnosis and proposal as documents: the end of journeys 2 and 3, computed from a workup.

A document carries no id and no instant; the store adds those. Its replay hash covers the inputs,
the codes of the findings and the whole lots.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from allocator.balance_sheet import BalanceSheet, DebtKind
from allocator.diagnosis.diagnose import Diagnosis, diagnose, relaxation_findings
from allocator.diagnosis.findings import find_without_wealth
from allocator.diagnosis.index import Standing, stand, stand_without_wealth
from allocator.errors import InputError, Problem, SolverError
from allocator.mandate import Mandate
from allocator.money import Money, total
from allocator.optimizer.explanation import explain
from allocator.optimizer.lots import Plan, plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import CLASSES, ProductClass
from allocator.statements import Evidence, Statement
from allocator.trading.orders import PlannedOrder, Side, sale_fee
from api.documents import (
    content_hash,
    rate,
    score,
    scores_document,
    statement_documents,
    weights_document,
)
from api.schemas.client_file import dump_client_file
from api.software import software_versions
from api.workup import Workup
from risk_profiles.findings import find_of_person
from risk_profiles.mandates import PlanBasis
from risk_profiles.profile import Profile
from risk_profiles.suitability import check_orders

Document = dict[str, Any]
BASIS_POINTS = 1e4
# A redemption fee that falls within this many days is spoken of.
WAIT_DAYS = 30


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
    made = _diagnose(workup)
    prepared = workup.plan(hurdle=made.standing.best_certainty_equivalent)
    if prepared is None:
        raise InputError("there is nothing to allocate", code="no_wealth")
    basis, mandate, market = prepared.basis, prepared.mandate, workup.market
    allocation = optimize(mandate, market)
    plan = plan_lots(
        basis.balance_sheet,
        mandate,
        allocation,
        menu=workup.menu,
        shelf=workup.reference.shelf,
        highest_risk_level=workup.highest_risk_level,
        cash_to_keep=prepared.everyday_cash,
    )
    _require_suitable(workup, basis, plan)
    best = optimize(mandate, market, with_costs=False).certainty_equivalent
    after = stand(plan.after, mandate, market, workup.needs, best_certainty_equivalent=best)
    reasons = _reasons(workup, basis, allocation, mandate, plan)
    orders = [_order_document(order, workup) for order in plan.orders]
    document = {
        "kind": "proposal",
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "before": _balance_document(workup.record.balance_sheet, made.standing),
        "target": _target_document(allocation),
        "after": _balance_document(plan.after, after),
        "rounding_gap_bp": round(plan.gap * BASIS_POINTS, 2) + 0.0,
        "orders": orders,
        "cash_before": _text(_cash(workup.record.balance_sheet)),
        "cash_after": _text(_cash(plan.after) + basis.kept_in_account),
        "total_sales": _text(_sum(plan.orders, Side.SELL)),
        "total_purchases": _text(_sum(plan.orders, Side.BUY)),
        "total_fees": _text(total(order.fee for order in plan.orders)),
        "reasons": statement_documents(reasons),
        "findings": statement_documents(
            relaxation_findings(allocation, wealth=basis.balance_sheet.investable_wealth)
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
        "longest_lock_up_days": profile.longest_lock_up_days,
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
        workup.market,
        workup.needs,
        highest_risk_level=workup.highest_risk_level,
    )


def _reasons(
    workup: Workup, basis: PlanBasis, allocation: Allocation, mandate: Mandate, plan: Plan
) -> tuple[Statement, ...]:
    """Say what comes first, why the plan is as it is, and what waiting would save."""
    reasons: list[Statement] = []
    if basis.repayment:
        debts = workup.record.balance_sheet.debts
        dearest = max(d.annual_rate for d in debts if d.kind is not DebtKind.MORTGAGE)
        evidence: dict[str, Evidence] = {"amount": basis.repayment, "rate": float(dearest)}
        reasons.append(Statement("reason.repay_first", evidence=evidence))
    if not plan.orders:
        code = "reason.nothing_can_move" if allocation.relaxations else "reason.nothing_to_do"
        return (Statement(code), *reasons)
    level = workup.highest_risk_level
    reasons += explain(allocation, mandate, highest_risk_level=level)
    return (*reasons, *_lower_fees_ahead(workup, plan))


def _lower_fees_ahead(workup: Workup, plan: Plan) -> list[Statement]:
    """Name the sales whose redemption fee falls within a month."""
    held = {h.id: h for h in workup.record.balance_sheet.holdings}
    found = []
    for order in plan.orders:
        bought_on = held[order.holding_id].acquired_on if order.holding_id else None
        if bought_on is None:
            continue
        days = (workup.as_of - bought_on).days
        tiers = workup.reference.shelf[order.product_id].redemption_fees
        ahead = [tier for tier in tiers if days < tier.held_days <= days + WAIT_DAYS]
        later = min((sale_fee(order.amount, tier.rate) for tier in ahead), default=order.fee)
        if later < order.fee:
            tier = next(t for t in ahead if sale_fee(order.amount, t.rate) == later)
            evidence: dict[str, Evidence] = {
                "product_class": order.product_class,
                "fee": order.fee,
                "later_fee": later,
                "day": bought_on + timedelta(days=tier.held_days),
            }
            found.append(Statement("reason.wait_for_lower_fee", evidence=evidence))
    return found


def _require_suitable(workup: Workup, basis: PlanBasis, plan: Plan) -> None:
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
        wealth=basis.balance_sheet.investable_wealth,
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
        "software": software_versions(),
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
