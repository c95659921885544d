"""What is to be said about a planned retirement age: whether the law's flexible range holds it.

    earliest = statutory day - flexible_months, but not before the age before the reform
    latest   = statutory day + flexible_months

A plan outside the range is not refused: work can end at any age, and some go on for long. The range
is a parameter whose status is shown with it; the text of the law has not been compared.
"""

from allocator.statements import Statement
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import MONTHS_A_YEAR, months_later
from risk_profiles.person import ClientFacts, is_earning
from risk_profiles.working_life import earliest_pension_date_of, statutory_retirement_date_of


def find_of_planned_age(
    facts: ClientFacts, *, parameters: LifeCycleParameters
) -> tuple[Statement, ...]:
    """Return a notice if a client who earns plans to retire outside the flexible range."""
    if facts.retirement_age is None or not is_earning(facts.income_kind):
        return ()
    statutory = statutory_retirement_date_of(facts, parameters=parameters)
    earliest = earliest_pension_date_of(facts, parameters=parameters)
    latest = months_later(statutory, parameters.flexible_months)
    planned = months_later(facts.birth_date, MONTHS_A_YEAR * facts.retirement_age)
    if earliest <= planned <= latest:
        return ()
    return (
        Statement(
            "life.outside_flexible_range",
            evidence={"planned": facts.retirement_age, "earliest": earliest, "latest": latest},
        ),
    )
