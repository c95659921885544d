"""Diagnosis and proposal as documents: the end of journeys 2 and 3, computed from a workup.

Before, target and after of a proposal are the whole balance sheet against one optimum, that of the
diagnosis. Money set aside for a debt is planned for by no order, and stands where it lies.

A document carries no id and no instant; the store adds those. Its replay hash covers the inputs,
the codes of the findings and the whole lots.
"""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

from allocator.diagnosis.diagnose import relaxation_findings
from allocator.diagnosis.findings import find_without_wealth
from allocator.diagnosis.index import stand, stand_without_wealth
from allocator.errors import InputError, Problem, SolverError
from allocator.money import Money, total
from allocator.optimizer.exact_lots import ExactPlan, plan_exact_lots
from allocator.optimizer.lots import Plan, plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder, Side
from api.advice_parts import (
    Document,
    Initiator,
    amount_text,
    balance_document,
    cash_in_account,
    diagnose_workup,
    inputs_document,
    order_document,
    replay_hash,
    suitability_objections,
    target_document,
    versions_document,
)
from api.documents import rate, score, statement_documents
from api.limit_documents import conflict_documents, price_documents
from api.proposal_reasons import reasons_of_diagnosis, reasons_of_no_orders, reasons_of_plan
from api.workup import Plan as Prepared
from api.workup import Workup
from risk_profiles.findings import find_of_person
from risk_profiles.mandates import PlanBasis
from risk_profiles.profile import Profile
from risk_profiles.special_care import special_care_notices

BASIS_POINTS = 1e4


class Lots(StrEnum):
    """How whole lots are found: by the search that serves everybody, or exactly, in seconds."""

    SERVED = "served"
    EXACT = "exact"


def diagnosis_document(workup: Workup) -> Document:
    """Return the diagnosis of a client, with or without wealth."""
    sheet, needs = workup.record.balance_sheet, workup.needs
    person = find_of_person(workup.record.facts, sheet)
    conflicts: list[Document] = []
    life_cycle: tuple[Statement, ...] = ()
    if workup.mandate is None:
        standing = stand_without_wealth(sheet, needs)
        findings = (*find_without_wealth(sheet, needs), *person)
    else:
        made = diagnose_workup(workup)
        standing, findings = made.standing, (*made.findings, *person)
        conflicts = conflict_documents(
            made.best, workup.mandate, workup.market, wealth=sheet.investable_wealth
        )
        life_cycle = reasons_of_diagnosis(workup, made)
    capital = workup.human_capital
    wealth = float(sheet.investable_wealth)
    document = {
        "kind": "diagnosis",
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "wealth": amount_text(sheet.investable_wealth),
        "net_worth": amount_text(sheet.net_worth),
        **balance_document(sheet, standing),
        "needs": {
            "emergency_months": round(needs.emergency_months, 1),
            "emergency_fund": amount_text(needs.emergency_fund),
            "life_cover": amount_text(needs.life_cover),
            "critical_illness_cover": amount_text(needs.critical_illness_cover),
            "accident_cover": amount_text(needs.accident_cover),
            "goals_reserve": amount_text(needs.goals_reserve),
        },
        "life_cycle": {
            "age": workup.record.facts.age_on(workup.as_of),
            "retirement_age": capital.retirement_age,
            "human_capital": amount_text(Money.rounded(capital.total)),
            "human_capital_ratio": rate(capital.total / wealth) if wealth else 0.0,
            "risky_share": rate(workup.risky_share),
            "reasons": statement_documents(life_cycle),
        },
        "findings": statement_documents(findings),
        "conflicts": conflicts,
        **versions_document(workup),
    }
    codes = [[f.code, f.severity.value] for f in findings]
    outcome = {"kind": "diagnosis", "findings": codes}
    document["hash"] = replay_hash(inputs=inputs_document(workup), outcome=outcome)
    return document


def proposal_document(workup: Workup, *, lots: Lots = Lots.SERVED) -> Document:
    """Return the proposal for a client with wealth.

    Args:
        workup: The client.
        lots: How whole lots are found. The exact ones are a proposal of their own, with its own
            hash.

    Raises:
        InputError: there is no wealth to allocate (code no_wealth).
        SolverError: no verified optimum, or the finished orders fail the independent check.
    """
    if workup.mandate is None:
        problem = Problem("/holdings", "add up to nothing", "0.00", "add what is held")
        raise InputError("there is nothing to allocate", code="no_wealth", problems=[problem])
    made = diagnose_workup(workup)
    prepared = workup.plan(hurdle=made.standing.best_certainty_equivalent)
    if prepared is None:
        raise InputError("there is nothing to allocate", code="no_wealth")
    basis, mandate, market = prepared.basis, prepared.mandate, workup.market
    allocation = optimize(mandate, market)
    exact, plan = _whole_lots(workup, prepared, allocation, lots)
    _require_suitable(workup, basis, plan)
    sheet_after = basis.whole(plan.after)
    after = stand(
        sheet_after,
        workup.mandate,
        market,
        workup.needs,
        best_certainty_equivalent=made.standing.best_certainty_equivalent,
    )
    wealth = basis.balance_sheet.investable_wealth
    conflicts = conflict_documents(allocation, mandate, market, wealth=wealth)
    if plan.orders:
        reasons = reasons_of_plan(workup, prepared, made, allocation=allocation, plan=plan)
    else:
        reasons = reasons_of_no_orders(workup, basis, conflicts)
    orders = [order_document(order, workup) for order in plan.orders]
    # Where nothing is to be done, no limit shaped it, and none has a price worth telling.
    prices = price_documents(allocation, mandate, wealth=wealth) if orders else []
    document = {
        "kind": "proposal",
        "initiated_by": Initiator.BANK.value,
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "before": balance_document(workup.record.balance_sheet, made.standing),
        "target": target_document(allocation, basis, workup.mandate, market),
        "after": balance_document(sheet_after, after),
        "rounding_gap_bp": round(plan.gap * BASIS_POINTS, 2) + 0.0,
        **exact,
        "orders": orders,
        "cash_before": amount_text(cash_in_account(workup.record.balance_sheet)),
        "cash_after": amount_text(cash_in_account(sheet_after)),
        "total_sales": amount_text(_sum(plan.orders, Side.SELL)),
        "total_purchases": amount_text(_sum(plan.orders, Side.BUY)),
        "total_fees": amount_text(total(order.fee for order in plan.orders)),
        "notices": statement_documents(
            special_care_notices(
                plan.orders,
                facts=workup.record.facts,
                shelf=workup.reference.shelf,
                as_of=workup.as_of,
            )
        ),
        "reasons": statement_documents(reasons),
        "prices": prices,
        "findings": statement_documents(relaxation_findings(allocation, wealth=wealth)),
        "conflicts": conflicts,
        **versions_document(workup),
    }
    outcome = {"kind": "proposal", "orders": orders}
    document["hash"] = replay_hash(inputs=proposal_inputs(workup, lots=lots), outcome=outcome)
    return document


def proposal_inputs(workup: Workup, *, lots: Lots) -> Document:
    """Return all that went into a proposal; how lots were found is named where it was asked for."""
    return inputs_document(workup) | ({"lots": lots.value} if lots is Lots.EXACT else {})


def _whole_lots(
    workup: Workup, prepared: Prepared, allocation: Allocation, lots: Lots
) -> tuple[Document, Plan]:
    """Return the plan, and what to say of it if it is the best of all."""
    make: Callable[..., Plan | ExactPlan] = plan_exact_lots if lots is Lots.EXACT else plan_lots
    found = make(
        prepared.basis.balance_sheet,
        prepared.mandate,
        allocation,
        menu=workup.menu,
        shelf=workup.reference.shelf,
        highest_risk_level=workup.highest_risk_level,
        cash_to_keep=prepared.everyday_cash,
    )
    if isinstance(found, Plan):
        return {}, found
    certificate = {
        "gain_bp": round(found.gain * BASIS_POINTS, 2) + 0.0,
        "closer_bp": round(found.closer * BASIS_POINTS, 2) + 0.0,
        "unproven_bp": round(found.unproven * BASIS_POINTS, 2) + 0.0,
    }
    return {"exact_lots": certificate}, found.plan


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


def _require_suitable(workup: Workup, basis: PlanBasis, plan: Plan) -> None:
    """Refuse a plan of ours that the independent checker would not let the client buy."""
    wealth = basis.balance_sheet.investable_wealth
    objections = suitability_objections(workup, plan.orders, after=plan.after, wealth=wealth)
    if objections:
        codes = ", ".join(f"{o.code} {dict(o.evidence)}" for o in objections)
        raise SolverError(f"the finished plan fails the independent suitability check: {codes}")


def _sum(orders: tuple[PlannedOrder, ...], side: Side) -> Money:
    return total(order.amount for order in orders if order.side is side)
