"""Diagnosis and proposal as documents: the end of journeys 2 and 3, computed from a workup.

A document carries no id and no instant; the store adds those. Its replay hash covers the inputs,
the codes of the findings and the whole lots.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from allocator.balance_sheet import DebtKind
from allocator.diagnosis.diagnose import relaxation_findings
from allocator.diagnosis.findings import find_without_wealth
from allocator.diagnosis.index import stand, stand_without_wealth
from allocator.errors import InputError, Problem, SolverError
from allocator.mandate import Mandate
from allocator.money import Money, total
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.exact_lots import ExactPlan, plan_exact_lots
from allocator.optimizer.explanation import explain
from allocator.optimizer.lots import Plan, plan_lots
from allocator.optimizer.solver import Allocation, optimize
from allocator.statements import Evidence, Statement
from allocator.trading.orders import PlannedOrder, Side, sale_fee
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
from api.workup import Plan as Prepared
from api.workup import Workup
from risk_profiles.findings import find_of_person
from risk_profiles.life_cycle_reasons import IncomeToCome, life_cycle_reasons
from risk_profiles.mandates import PlanBasis
from risk_profiles.profile import Profile

BASIS_POINTS = 1e4
# A redemption fee that falls within this many days is spoken of.
WAIT_DAYS = 30


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
        life_cycle = _life_cycle(workup, made.best, workup.mandate)
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
    best = optimize(mandate, market, with_costs=False)
    after = stand(
        plan.after,
        mandate,
        market,
        workup.needs,
        best_certainty_equivalent=best.certainty_equivalent,
    )
    wealth = basis.balance_sheet.investable_wealth
    conflicts = conflict_documents(allocation, mandate, market, wealth=wealth)
    if plan.orders:
        reasons = (
            *_reasons(workup, basis, allocation, mandate, plan),
            *_life_cycle(workup, best, mandate),
        )
    else:
        reasons = (_why_nothing_is_done(conflicts), *_repay_first(workup, basis))
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
        "target": target_document(allocation),
        "after": balance_document(plan.after, after),
        "rounding_gap_bp": round(plan.gap * BASIS_POINTS, 2) + 0.0,
        **exact,
        "orders": orders,
        "cash_before": amount_text(cash_in_account(workup.record.balance_sheet)),
        "cash_after": amount_text(cash_in_account(plan.after) + basis.kept_in_account),
        "total_sales": amount_text(_sum(plan.orders, Side.SELL)),
        "total_purchases": amount_text(_sum(plan.orders, Side.BUY)),
        "total_fees": amount_text(total(order.fee for order in plan.orders)),
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


def _reasons(
    workup: Workup, basis: PlanBasis, allocation: Allocation, mandate: Mandate, plan: Plan
) -> tuple[Statement, ...]:
    """Say what comes first, why the plan is as it is, and what waiting would save."""
    level = workup.highest_risk_level
    return (
        *_repay_first(workup, basis),
        *explain(allocation, mandate, highest_risk_level=level),
        *_lower_fees_ahead(workup, plan),
    )


def _repay_first(workup: Workup, basis: PlanBasis) -> tuple[Statement, ...]:
    """Say what is kept back to repay debt."""
    if not basis.repayment:
        return ()
    debts = workup.record.balance_sheet.debts
    dearest = max(d.annual_rate for d in debts if d.kind is not DebtKind.MORTGAGE)
    evidence: dict[str, Evidence] = {"amount": basis.repayment, "rate": float(dearest)}
    return (Statement("reason.repay_first", evidence=evidence),)


def _why_nothing_is_done(conflicts: list[Document]) -> Statement:
    """Say why there are no orders: what stays unmet can be for locks, or for all there is."""
    if not conflicts:
        return Statement("reason.nothing_to_do")
    is_locked = any(Limit.LOCKS.value in conflict["limits"] for conflict in conflicts)
    return Statement("reason.nothing_can_move" if is_locked else "reason.needs_beyond_reach")


def _life_cycle(workup: Workup, best: Allocation, mandate: Mandate) -> tuple[Statement, ...]:
    """Say what wages and pension still to come do to the optimum without trading costs."""
    income = IncomeToCome(
        capital=workup.human_capital,
        kind=workup.record.facts.income_kind,
        rule_share=workup.risky_share,
    )
    return life_cycle_reasons(best, mandate, workup.market, income=income)


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
    """Refuse a plan of ours that the independent checker would not let the client buy."""
    wealth = basis.balance_sheet.investable_wealth
    objections = suitability_objections(workup, plan.orders, after=plan.after, wealth=wealth)
    if objections:
        codes = ", ".join(f"{o.code} {dict(o.evidence)}" for o in objections)
        raise SolverError(f"the finished plan fails the independent suitability check: {codes}")


def _sum(orders: tuple[PlannedOrder, ...], side: Side) -> Money:
    return total(order.amount for order in orders if order.side is side)
