"""What stands in the way of a need, in statements, where classes are missing altogether.

A floor that conflicts with nothing but the budget either asks for more than all wealth, or for
classes of which a mandate has none: no weights count towards it then, however low it is.
"""

from allocator.mandate import EQUITY, Mandate
from allocator.optimizer.conflicts import Conflict, Limit, conflict_statements
from allocator.product_classes import TRAITS
from allocator.statements import Statement


def conflict_reasons(conflict: Conflict, mandate: Mandate) -> tuple[Statement, ...]:
    """Return what stands in the way of the need that gives, to be said after it is named.

    Args:
        conflict: Of this mandate.
        mandate: With the classes there are to choose from.
    """
    if not _has_class(conflict.gives, mandate):
        return (Statement("conflict.no_such_class"),)
    return conflict_statements(conflict)


def _has_class(limit: Limit | None, mandate: Mandate) -> bool:
    """Return whether any class counts towards a floor; what is no floor lacks none."""
    match limit:
        case Limit.LIQUIDITY:
            return any(TRAITS[c].liquid for c in mandate.classes)
        case Limit.STABLE:
            return any(TRAITS[c].stable for c in mandate.classes)
        case Limit.EQUITY_FLOOR:
            return any(c in EQUITY for c in mandate.classes)
        case _:
            return True
