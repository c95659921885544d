"""The parts that a diagnosis, a proposal and a client's own order have in common."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from allocator.balance_sheet import BalanceSheet
from allocator.diagnosis.diagnose import Diagnosis, diagnose
from allocator.diagnosis.index import Standing, worth_of
from allocator.errors import InputError
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import ZERO, Money, total
from allocator.optimizer.solver import Allocation
from allocator.product_classes import CLASSES, ProductClass
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder
from api.documents import content_hash, rate, score, scores_document, weights_document
from api.schemas.client_file import dump_client_file
from api.software import software_versions
from api.workup import Workup
from risk_profiles.mandates import PlanBasis
from risk_profiles.overrides import Override
from risk_profiles.suitability import check_orders

Document = dict[str, Any]


class Initiator(StrEnum):
    """Who began a proposal: the bank recommends it, or the client wants it unasked."""

    BANK = "bank"
    CLIENT = "client"


def inputs_document(workup: Workup) -> Document:
    """Return all that went in: what a replay needs besides the four reference texts."""
    reference = workup.reference
    life_cycle = reference.life_cycle.content_hash
    return {
        "client": dump_client_file(workup.record),
        "assessed_on": workup.assessed_on.isoformat(),
        "valid_until": workup.valid_until.isoformat(),
        "model": reference.market.content_hash,
        "shelf": reference.shelf.content_hash,
        "questionnaire": reference.questionnaire.content_hash,
        # Absent where a replay found none: the hash of such advice was formed without it.
        **({} if reference.life_cycle_text is None else {"life_cycle": life_cycle}),
        **({"age_lift": True} if workup.has_age_lift else {}),
    }


def diagnose_workup(workup: Workup) -> Diagnosis:
    """Diagnose a worked-up client.

    Raises:
        InputError: there is no wealth to diagnose (code no_wealth).
    """
    if workup.mandate is None:
        raise InputError("there is nothing to diagnose", code="no_wealth")
    return diagnose(
        workup.record.balance_sheet,
        workup.mandate,
        workup.market,
        workup.needs,
        highest_risk_level=workup.highest_risk_level,
    )


def balance_document(sheet: BalanceSheet, standing: Standing) -> Document:
    """Return the weights of a balance sheet and what they mean."""
    has_wealth = bool(sheet.investable_wealth)
    return {
        "weights": weights_document(sheet.weights(CLASSES)) if has_wealth else {},
        "scores": scores_document(standing.scores),
        "index": score(standing.index),
        "expected_return": rate(standing.expected_return),
        "volatility": rate(standing.volatility),
        "certainty_equivalent": rate(standing.certainty_equivalent),
    }


def target_document(
    allocation: Allocation, basis: PlanBasis, mandate: Mandate, market: MarketModel
) -> Document:
    """Return the continuous optimum: weights and risk, but no lots and so no scores of its own.

    Args:
        allocation: The optimum of what is planned for.
        basis: What is planned for, and what is set aside beside it.
        mandate: Of the whole balance sheet, which the target is told on.
        market: Beliefs the optimum was found with.
    """
    weights = basis.whole_weights(allocation.weights)
    worth = worth_of(weights, mandate, market)
    return {
        "weights": weights_document(weights),
        "expected_return": rate(worth.expected_return),
        "volatility": rate(worth.volatility),
        "certainty_equivalent": rate(worth.certainty_equivalent),
    }


def order_document(order: PlannedOrder, workup: Workup) -> Document:
    """Return an order with the terms of its product."""
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
        "amount": amount_text(order.amount),
        "fee": amount_text(order.fee),
        "settlement": product.settlement.value,
        "lock_up_days": product.lock_up_days,
    }


def versions_document(workup: Workup) -> Document:
    """Return which texts and which software the figures rest on."""
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


def replay_hash(*, inputs: Document, outcome: Mapping[str, object]) -> str:
    """Return the hash of advice: what went in, and the codes and whole lots that came out."""
    return content_hash({"inputs": inputs, "outcome": dict(outcome)})


def suitability_objections(
    workup: Workup,
    orders: Sequence[PlannedOrder],
    *,
    after: BalanceSheet,
    wealth: Money,
    overrides: Sequence[Override] = (),
) -> tuple[Statement, ...]:
    """Let the independent checker read finished orders; it shares no code with the planner.

    Args:
        workup: The client.
        orders: The whole plan.
        after: The balance sheet the orders lead to.
        wealth: What concentration is measured against, before fees.
        overrides: What the client itself insists on.
    """
    held: dict[str, Money] = {}
    for holding in after.holdings:
        if holding.product_id is not None:
            held[holding.product_id] = held.get(holding.product_id, ZERO) + holding.amount
    return check_orders(
        orders,
        profile=workup.profile,
        facts=workup.record.facts,
        shelf=workup.reference.shelf,
        wealth=wealth,
        holdings_after=held,
        as_of=workup.as_of,
        assessed_on=workup.assessed_on,
        validity_days=max(1, (workup.valid_until - workup.assessed_on).days),
        overrides=overrides,
    )


def cash_in_account(sheet: BalanceSheet) -> Money:
    """Return what lies in the account and can be spent."""
    account = ProductClass.DEMAND_DEPOSIT
    here = (h for h in sheet.holdings if h.product_class is account and h.is_sellable(sheet.as_of))
    return total(h.amount for h in here)


def amount_text(money: Money) -> str:
    """Return an amount as documents write it: a decimal string."""
    return str(money.amount)
