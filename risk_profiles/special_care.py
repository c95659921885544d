"""Special care from sixty-five on: what a person should go through before an order is placed.

Products of R4 and R5 the button does not sell at that age (`risk_profiles.situation`). Purchases
above R2 it does sell, after a notice that a member of staff should go through them first.
"""

from collections.abc import Sequence
from datetime import date

from allocator.money import total
from allocator.product_classes import RiskLevel
from allocator.shelf import Shelf
from allocator.statements import Severity, Statement
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.levels import AGE_OF_SPECIAL_CARE
from risk_profiles.person import ClientFacts

HIGHEST_LEVEL_WITHOUT_CARE = RiskLevel.R2


def special_care_notices(
    orders: Sequence[PlannedOrder], *, facts: ClientFacts, shelf: Shelf, as_of: date
) -> tuple[Statement, ...]:
    """Return the notice to be read before the button; nothing where none is needed.

    Args:
        orders: Planned for the client.
        facts: For the date of birth.
        shelf: Rates the products.
        as_of: The day of the plan.
    """
    if facts.age_on(as_of) < AGE_OF_SPECIAL_CARE:
        return ()
    riskier = [
        order.amount
        for order in orders
        if order.side is Side.BUY
        and shelf[order.product_id].risk_level > HIGHEST_LEVEL_WITHOUT_CARE
    ]
    if not riskier:
        return ()
    return (
        Statement(
            "notice.special_care",
            Severity.WARNING,
            evidence={
                "age": AGE_OF_SPECIAL_CARE,
                "amount": total(riskier),
                "level": HIGHEST_LEVEL_WITHOUT_CARE.name,
            },
        ),
    )
