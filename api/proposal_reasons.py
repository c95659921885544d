"""Why a plan is as it is: what comes first, which limits shaped it, and what income does.

What is told of shares and limits is of the balance sheet the plan is made for. Where money is set
aside for a debt, that is less than the client holds, and a statement says so before the others.
"""

from collections.abc import Sequence
from datetime import timedelta

from allocator.balance_sheet import DebtKind
from allocator.diagnosis.diagnose import Diagnosis
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.explanation import explain
from allocator.optimizer.lots import Plan
from allocator.optimizer.solver import Allocation, optimize
from allocator.statements import Evidence, Statement
from allocator.trading.orders import sale_fee
from api.advice_parts import Document
from api.workup import Plan as Prepared
from api.workup import Workup
from risk_profiles.life_cycle_reasons import IncomeToCome, life_cycle_reasons
from risk_profiles.mandates import PlanBasis

# A redemption fee that falls within this many days is spoken of.
WAIT_DAYS = 30


def reasons_of_diagnosis(workup: Workup, made: Diagnosis) -> tuple[Statement, ...]:
    """Return what income to come does to the best growth share: as a proposal says it."""
    prepared = workup.plan(hurdle=made.standing.best_certainty_equivalent)
    if prepared is None:
        return ()
    reasons = _life_cycle(workup, prepared, made)
    return (*_of_the_rest(prepared.basis), *reasons) if reasons else ()


def reasons_of_plan(
    workup: Workup, prepared: Prepared, made: Diagnosis, *, allocation: Allocation, plan: Plan
) -> tuple[Statement, ...]:
    """Say what comes first, why the plan is as it is, and what waiting would save.

    Args:
        workup: The client.
        prepared: What the plan is made for.
        made: The client's diagnosis.
        allocation: The optimum, with trading costs.
        plan: Its whole lots; some orders.
    """
    level = workup.highest_risk_level
    return (
        *_repay_first(workup, prepared.basis),
        *_of_the_rest(prepared.basis),
        *explain(allocation, prepared.mandate, highest_risk_level=level),
        *_lower_fees_ahead(workup, plan),
        *_life_cycle(workup, prepared, made),
    )


def reasons_of_no_orders(
    workup: Workup, basis: PlanBasis, conflicts: Sequence[Document]
) -> tuple[Statement, ...]:
    """Say why there are no orders, and what is kept back all the same."""
    return (_why_nothing_is_done(conflicts), *_repay_first(workup, basis))


def _repay_first(workup: Workup, basis: PlanBasis) -> tuple[Statement, ...]:
    """Say what is kept back to repay debt."""
    if not basis.repayment:
        return ()
    debts = workup.record.balance_sheet.debts
    dearest = max(d.annual_rate for d in debts if d.kind is not DebtKind.MORTGAGE)
    evidence: dict[str, Evidence] = {"amount": basis.repayment, "rate": float(dearest)}
    return (Statement("reason.repay_first", evidence=evidence),)


def _of_the_rest(basis: PlanBasis) -> tuple[Statement, ...]:
    """Say what shares and limits are of, where that is not all the client holds."""
    if not basis.repayment:
        return ()
    evidence: dict[str, Evidence] = {
        "amount": basis.repayment,
        "left": basis.balance_sheet.investable_wealth,
    }
    return (Statement("reason.shares_of_the_rest", evidence=evidence),)


def _why_nothing_is_done(conflicts: Sequence[Document]) -> Statement:
    """Say why there are no orders: what stays unmet can be for locks, or for all there is."""
    if not conflicts:
        return Statement("reason.nothing_to_do")
    is_locked = any(Limit.LOCKS.value in conflict["limits"] for conflict in conflicts)
    return Statement("reason.nothing_can_move" if is_locked else "reason.needs_beyond_reach")


def _life_cycle(workup: Workup, prepared: Prepared, made: Diagnosis) -> tuple[Statement, ...]:
    """Say what wages and pension still to come do to the optimum without trading costs."""
    mandate, market = prepared.mandate, workup.market
    # Where nothing is set aside, the plan's mandate is the one the diagnosis was made under.
    is_whole = not prepared.basis.repayment
    best = made.best if is_whole else optimize(mandate, market, with_costs=False)
    income = IncomeToCome(
        capital=workup.human_capital,
        kind=workup.record.facts.income_kind,
        rule_share=workup.risky_share,
    )
    return life_cycle_reasons(best, mandate, market, income=income)


def _lower_fees_ahead(workup: Workup, plan: Plan) -> list[Statement]:
    """Name the sales whose redemption fee falls within a month."""
    held = {h.id: h for h in workup.record.balance_sheet.holdings}
    found = []
    for order in plan.orders:
        bought_on = held[order.holding_id].acquired_on if order.holding_id else None
        if bought_on is None:
            continue
        days = (workup.as_of - bought_on).days
        sold = workup.reference.shelf[order.product_id]
        fees = {
            tier.held_days: sale_fee(order.amount, tier.rate, minimum=sold.minimum_redemption_fee)
            for tier in sold.redemption_fees
            if days < tier.held_days <= days + WAIT_DAYS
        }
        later = min(fees.values(), default=order.fee)
        if later < order.fee:
            after_days = next(held_days for held_days, fee in fees.items() if fee == later)
            evidence: dict[str, Evidence] = {
                "product_class": order.product_class,
                "fee": order.fee,
                "later_fee": later,
                "day": bought_on + timedelta(days=after_days),
            }
            found.append(Statement("reason.wait_for_lower_fee", evidence=evidence))
    return found
