"""What limits cost, and which of them cannot be met together, as parts of a document.

Neither is part of the advice's outcome, so neither enters its hash.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import Money
from allocator.optimizer.conflict_reasons import conflict_reasons
from allocator.optimizer.conflicts import Conflict, find_conflicts
from allocator.optimizer.solver import Allocation
from allocator.optimizer.told_prices import ToldPrice, price_statements, told_prices
from allocator.statements import Evidence, Points, Statement
from api.advice_parts import Document, amount_text
from api.documents import rate, statement_documents

# Said in money too: a household with little has needs of many times its wealth.
_FLOORS = ("liquidity", "stable")
_IN_MONEY = (*_FLOORS, "locks")
# Of wealth; what gives is exact to less (`Conflict.by`).
_A_HAIR = 1e-4


def price_documents(allocation: Allocation, mandate: Mandate, *, wealth: Money) -> list[Document]:
    """Return the prices worth telling, with their statements, the dearest first."""
    return [_price_document(told, wealth) for told in told_prices(allocation, mandate)]


def conflict_documents(
    allocation: Allocation, mandate: Mandate, market: MarketModel, *, wealth: Money
) -> list[Document]:
    """Return a conflict for each need that had to give, with its statements.

    Raises:
        SolverError: no solver answered one of the questions.
    """
    if not allocation.relaxations:
        return []
    return [_conflict_document(one, mandate, wealth) for one in find_conflicts(mandate, market)]


def said_below_findings(conflicts: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the statements of conflicts by the code of the finding that names what gives."""
    return {f"relaxed.{one['gives']}": one["statements"] for one in conflicts}


def _price_document(told: ToldPrice, wealth: Money) -> Document:
    in_money = told.limit is not None and told.needs[0] in _IN_MONEY
    reach = told.reach
    return {
        "needs": list(told.needs),
        "product_class": None if told.product_class is None else told.product_class.value,
        "limit": _rate_or_none(told.limit),
        "amount": _share_text(wealth, told.limit or 0.0) if in_money else None,
        "marginal": _rate_or_none(told.marginal),
        "total": rate(told.total),
        "valid_from": None if reach is None else rate(reach.low),
        "valid_to": None if reach is None else rate(reach.high),
        "marginal_least": None if reach is None else rate(reach.least),
        "marginal_most": None if reach is None else rate(reach.most),
        "statements": statement_documents(price_statements(told)),
    }


def _beyond_wealth(conflict: Conflict, mandate: Mandate) -> float:
    """Return by how much a floor passes all wealth, if more than that has to give; else zero.

    The floor conflicts with wealth alone, and yet locks and other limits can add to what gives.
    """
    floor = mandate.liquidity_floor if conflict.gives == "liquidity" else mandate.stable_floor
    beyond = floor - 1.0
    return beyond if 0.0 < beyond < conflict.by - _A_HAIR else 0.0


def _conflict_document(conflict: Conflict, mandate: Mandate, wealth: Money) -> Document:
    is_floor = conflict.gives in _FLOORS
    least: Evidence = (
        Money.rounded(float(wealth) * conflict.by) if is_floor else Points(conflict.by)
    )
    reasons = conflict_reasons(conflict, mandate)
    evidence = {"by": least}
    if len(conflict.limits) > 1:
        code = "conflict.least_one" if len(reasons) == 1 else "conflict.least"
    elif is_floor and (beyond := _beyond_wealth(conflict, mandate)):
        code = "conflict.least_of_more"
        evidence["beyond"] = Money.rounded(float(wealth) * beyond)
    else:
        code = "conflict.least_alone"
    said = (*reasons, Statement(code, evidence=evidence))
    return {
        "gives": None if conflict.gives is None else conflict.gives.value,
        "by": rate(conflict.by),
        "amount": _share_text(wealth, conflict.by) if is_floor else None,
        "limits": [limit.value for limit in conflict.limits],
        "statements": statement_documents(said),
    }


def _rate_or_none(value: float | None) -> float | None:
    return None if value is None else rate(value)


def _share_text(wealth: Money, share: float) -> str:
    return amount_text(Money.rounded(float(wealth) * share))
