"""When work ends and the pension begins, as days.

    retirement   the birthday of the planned age, else the first day of the month in which the
                 statutory age is reached; today for the retired
    pension      the retirement day, but not more than `flexible_months` before the statutory one,
                 nor before the age that applied before the reform

Whoever stops working earlier than that lives on savings until the pension begins.
"""

from datetime import date

from allocator.life_cycle.retirement import (
    statutory_retirement_date,
    statutory_retirement_months,
)
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import MONTHS_A_YEAR, months_later
from risk_profiles.person import ClientFacts, IncomeKind


def retirement_date_of(facts: ClientFacts, as_of: date, *, parameters: LifeCycleParameters) -> date:
    """Return the day on which work ends, never before `as_of` and `as_of` for the retired."""
    if facts.income_kind is IncomeKind.RETIRED:
        return as_of
    if facts.retirement_age is None:
        # The day from which `fact_checks` asks for a plan: an income has one end.
        reform = parameters.retirement[facts.work_category]
        day = statutory_retirement_date(
            birth_date=facts.birth_date,
            base_age=reform.base_age,
            cap_months=reform.cap_months,
            step_months=reform.step_months,
        )
    else:
        day = months_later(facts.birth_date, MONTHS_A_YEAR * facts.retirement_age)
    return max(as_of, day)


def pension_date_of(facts: ClientFacts, as_of: date, *, parameters: LifeCycleParameters) -> date:
    """Return the day from which the pension is paid; `as_of` for the retired."""
    if facts.income_kind is IncomeKind.RETIRED:
        return as_of
    earliest = earliest_pension_date_of(facts, parameters=parameters)
    return max(earliest, retirement_date_of(facts, as_of, parameters=parameters))


def earliest_pension_date_of(facts: ClientFacts, *, parameters: LifeCycleParameters) -> date:
    """Return the first day on which the law lets the pension begin.

    Source: Interim measures on flexible retirement of the Ministry of Human Resources and Social
    Security and others, in force from 2025; their print has not been compared.
    """
    months = _statutory_months(facts, parameters) - parameters.flexible_months
    before_reform = MONTHS_A_YEAR * parameters.retirement[facts.work_category].base_age
    return months_later(facts.birth_date, max(months, before_reform))


def statutory_retirement_date_of(facts: ClientFacts, *, parameters: LifeCycleParameters) -> date:
    """Return the day on which the statutory age is reached."""
    return months_later(facts.birth_date, _statutory_months(facts, parameters))


def _statutory_months(facts: ClientFacts, parameters: LifeCycleParameters) -> int:
    reform = parameters.retirement[facts.work_category]
    return statutory_retirement_months(
        birth_date=facts.birth_date,
        base_age=reform.base_age,
        cap_months=reform.cap_months,
        step_months=reform.step_months,
    )
