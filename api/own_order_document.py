"""A client's own order as a document: a proposal that the client began and the bank did not.

It has one purchase, the client's standing before and after, and our own target beside them. When
the product is above the client's level the document carries the special written warning:

    what it is rated and how far the client's level goes
    bad year    amount bought * max(0, 1.645 sigma - mu) of the product's class: what one year in
                twenty takes or exceeds by the market model; mu net of fees, both per year
    that the bank does not recommend it

and the override that goes with it. The hash covers order, warning and override, so consent to the
hash is consent to the warning. The warning's edition stands for its wording in every language.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from allocator.balance_sheet import BalanceSheet
from allocator.diagnosis.index import stand
from allocator.errors import InputError, Problem
from allocator.mandate import Mandate
from allocator.money import ZERO, Money
from allocator.optimizer.lines import CASH_PRODUCT_ID, apply_lines, purchase_line
from allocator.optimizer.solver import optimize
from allocator.statements import Severity, Statement
from allocator.trading.orders import PlannedOrder, Side
from api.advice_documents import profile_document
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
from api.documents import statement_documents
from api.errors import ConflictError
from api.workup import Workup
from risk_profiles.levels import LEVELS
from risk_profiles.overrides import ABOVE_LEVEL_WARNING, Override, make_override
from risk_profiles.special_care import special_care_notices

# The quantile of the normal distribution that one year in twenty falls below.
ONE_YEAR_IN_TWENTY = 1.645
ABOVE_LEVEL = frozenset({"suitability.above_level", "suitability.lowest_class"})


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """What the client asks for: cash to be spent on one product, its fee included."""

    product_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker makes of an own order.

    Attributes:
        after: The balance sheet the order leads to.
        override: What the client has to insist on, if the product is above its level.
        objections: What stands against the order, the override included; empty means allowed.
    """

    order: PlannedOrder
    after: BalanceSheet
    override: Override | None
    objections: tuple[Statement, ...]


def own_order_inputs(workup: Workup, own: OwnOrder) -> Document:
    """Return all that went in."""
    wanted = {"product_id": own.product_id, "amount": amount_text(own.amount)}
    return inputs_document(workup) | {"own_order": wanted}


def judge_own_order(workup: Workup, own: OwnOrder) -> Verdict:
    """Ask the independent checker, and insist only where it says that the level is in the way.

    Raises:
        InputError: no such product, or the cash account itself (code cash_order).
    """
    sheet, product = workup.record.balance_sheet, workup.reference.shelf[own.product_id]
    if product.id == CASH_PRODUCT_ID:
        problem = Problem("/product_id", "is the account that pays", product.id, "choose another")
        raise InputError("cash is not bought", code="cash_order", problems=[problem])
    line = purchase_line(product, own.amount)
    order = PlannedOrder(1, Side.BUY, product.id, product.product_class, None, own.amount, line.fee)
    after, wealth = apply_lines(sheet, (line,)), sheet.investable_wealth
    objections = suitability_objections(workup, [order], after=after, wealth=wealth)
    if not any(objection.code in ABOVE_LEVEL for objection in objections):
        return Verdict(order, after, None, objections)
    override = make_override(
        product_id=product.id, warned_on=workup.as_of, warning=ABOVE_LEVEL_WARNING
    )
    objections = suitability_objections(
        workup, [order], after=after, wealth=wealth, overrides=[override]
    )
    return Verdict(order, after, override, objections)


def own_order_document(workup: Workup, own: OwnOrder) -> Document:
    """Return a client's own order, with the written warning if it is above the client's level.

    Raises:
        InputError: no such product, the cash account itself (code cash_order), or no wealth
            (code no_wealth).
        ConflictError: unsuitable, or more than the account holds (code insufficient_cash); all
            reasons come along.
        SolverError: no verified optimum to compare with.
    """
    sheet = workup.record.balance_sheet
    verdict = judge_own_order(workup, own)
    order, after, override = verdict.order, verdict.after, verdict.override
    made = diagnose_workup(workup)
    prepared = workup.plan(hurdle=made.standing.best_certainty_equivalent)
    if workup.mandate is None or prepared is None:
        raise InputError("there is nothing to allocate", code="no_wealth")
    _require_allowed(sheet, verdict)
    best = made.standing.best_certainty_equivalent
    warnings = () if override is None else _written_warning(workup, order)
    orders = [order_document(order, workup)]
    document = {
        "kind": "proposal",
        "initiated_by": Initiator.CLIENT.value,
        "client_id": workup.record.client_id,
        "as_of": workup.as_of.isoformat(),
        "profile": profile_document(
            workup.profile, assessed_on=workup.assessed_on, valid_until=workup.valid_until
        ),
        "before": balance_document(sheet, made.standing),
        "target": target_document(
            optimize(prepared.mandate, workup.market), prepared.basis, workup.mandate, workup.market
        ),
        "after": _after_document(workup, workup.mandate, after, best=best),
        "orders": orders,
        "cash_before": amount_text(cash_in_account(sheet)),
        "cash_after": amount_text(cash_in_account(after)),
        "total_sales": amount_text(ZERO),
        "total_purchases": amount_text(order.amount),
        "total_fees": amount_text(order.fee),
        "override": None if override is None else _override_document(override),
        "warnings": statement_documents(warnings),
        "notices": statement_documents(
            special_care_notices(
                [order],
                facts=workup.record.facts,
                shelf=workup.reference.shelf,
                as_of=workup.as_of,
            )
        ),
        "reasons": statement_documents([Statement("own_order.your_choice")]),
        "findings": statement_documents([_emergency_fund(workup, after)]),
        **versions_document(workup),
    }
    outcome = {
        "kind": "proposal",
        "initiated_by": document["initiated_by"],
        "orders": orders,
        "warnings": [one.code for one in warnings],
        "override": document["override"],
    }
    document["hash"] = replay_hash(inputs=own_order_inputs(workup, own), outcome=outcome)
    return document


def override_of(document: str) -> Override | None:
    """Return the override a stored proposal carries, or None.

    Args:
        document: The proposal's JSON text.

    Raises:
        InputError: it names a warning that was never ours.
    """
    row: dict[str, Any] | None = json.loads(document).get("override")
    if row is None:
        return None
    return make_override(
        product_id=row["product_id"],
        warned_on=date.fromisoformat(row["warned_on"]),
        warning=row["warning"],
    )


def _require_allowed(sheet: BalanceSheet, verdict: Verdict) -> None:
    short = _cash_shortfall(sheet, verdict.order)
    if verdict.objections or short:
        raise ConflictError(
            "this order cannot be placed",
            code="unsuitable" if verdict.objections else "insufficient_cash",
            statements=(*verdict.objections, *short),
        )


def _cash_shortfall(sheet: BalanceSheet, order: PlannedOrder) -> tuple[Statement, ...]:
    cash = cash_in_account(sheet)
    if order.amount <= cash:
        return ()
    evidence = {"amount": order.amount, "cash": cash}
    return (Statement("own_order.not_enough_cash", Severity.WARNING, evidence=evidence),)


def _written_warning(workup: Workup, order: PlannedOrder) -> tuple[Statement, ...]:
    product = workup.reference.shelf[order.product_id]
    level = workup.profile.level
    i = workup.market.index(product.product_class)
    mean, deviation = workup.market.net_returns[i], workup.market.volatilities[i]
    share = max(0.0, float(ONE_YEAR_IN_TWENTY * deviation - mean))
    return (
        Statement(
            "own_order.above_level",
            Severity.WARNING,
            evidence={
                "product_level": product.risk_level.name,
                "level": level,
                "highest_level": LEVELS[level].highest_risk_level.name,
            },
        ),
        Statement(
            "own_order.bad_year",
            Severity.WARNING,
            evidence={
                "product_class": product.product_class,
                "share": share,
                "loss": order.net.scaled(Decimal(repr(share))),
            },
        ),
        Statement("own_order.not_recommended", Severity.WARNING),
    )


def _emergency_fund(workup: Workup, after: BalanceSheet) -> Statement:
    """Say what remains at hand; less than the need is the client's to weigh, not ours to refuse."""
    left, need = after.liquid_assets, workup.needs.emergency_fund
    if left >= need:
        return Statement("own_order.emergency_fund_kept", evidence={"left": left, "need": need})
    return Statement(
        "own_order.emergency_fund_short",
        Severity.WARNING,
        evidence={"left": left, "need": need, "gap": need - left},
    )


def _after_document(
    workup: Workup, mandate: Mandate, after: BalanceSheet, *, best: float
) -> Document:
    standing = stand(after, mandate, workup.market, workup.needs, best_certainty_equivalent=best)
    return balance_document(after, standing)


def _override_document(override: Override) -> Document:
    return {
        "product_id": override.product_id,
        "warned_on": override.warned_on.isoformat(),
        "warning": override.warning,
    }
