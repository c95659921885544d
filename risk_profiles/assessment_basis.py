"""The basis of an assessment: facts of the day, and what has changed in them since.

Answers age as circumstances do. A change this large makes it worth answering again:

    income     what comes in moved by more than 30 % of what it was
    household  another number of dependants or of earners
    debts      the share of income that repays loans moved by more than 10 points
    wealth     investable wealth moved by more than 50 % of what it was
    age        another band of the form: other points, or another cap

The percentages are our own judgement: large enough to be no accident of one month, small enough to
move an answer by a step. A share of income ends at 1, which is also what payments without income
count as. What was zero has changed as soon as there is anything.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet
from allocator.money import ZERO, Money, total
from allocator.statements import Statement
from risk_profiles.income import paid_pension
from risk_profiles.person import ClientFacts
from risk_profiles.questionnaire import Questionnaire

# Judgement, all three.
LARGEST_INCOME_CHANGE = Decimal("0.30")
LARGEST_WEALTH_CHANGE = Decimal("0.50")
LARGEST_DEBT_CHANGE = Decimal("0.10")
_MONTHS_A_YEAR = Decimal(12)


@dataclass(frozen=True, slots=True)
class AssessmentBasis:
    """What was known of a client on a day.

    Attributes:
        age: Completed years.
        annual_income: Apart from a pension.
        monthly_pension: The pension that is paid already; zero while the client earns.
        dependants: People who live on the client's income on that day.
        earners: Incomes the household lives on.
        monthly_payments: On all debts together.
    """

    age: int
    annual_income: Money
    monthly_pension: Money
    investable_wealth: Money
    dependants: int
    earners: int
    monthly_payments: Money

    @property
    def yearly_income(self) -> Money:
        """What comes in within a year, a pension included."""
        return self.annual_income + self.monthly_pension.scaled(_MONTHS_A_YEAR)

    @property
    def debt_share(self) -> Decimal:
        """The share of income that repays loans, from 0 to 1."""
        payments, income = self.monthly_payments.scaled(_MONTHS_A_YEAR), self.yearly_income
        if payments >= income:
            return Decimal(payments > ZERO)
        return payments.amount / income.amount


def basis_of(facts: ClientFacts, balance_sheet: BalanceSheet) -> AssessmentBasis:
    """Return the basis at the balance sheet's date."""
    as_of = balance_sheet.as_of
    return AssessmentBasis(
        age=facts.age_on(as_of),
        annual_income=facts.annual_income,
        monthly_pension=paid_pension(facts),
        investable_wealth=balance_sheet.investable_wealth,
        dependants=sum(one.independent_on > as_of for one in facts.dependants),
        earners=facts.earners,
        monthly_payments=total(debt.monthly_payment for debt in balance_sheet.debts),
    )


def changes_since(
    basis: AssessmentBasis,
    now_basis: AssessmentBasis,
    questionnaire: Questionnaire,
    *,
    valid_until: date,
) -> tuple[Statement, ...]:
    """Return what has changed so much that the questions should be answered again.

    What a client knows of first comes first: income, household, debts, wealth, age.

    Args:
        basis: On the day of the assessment.
        now_basis: Now.
        questionnaire: The form that was answered; its bands say when age matters.
        valid_until: The last day of the assessment, so that one reminder says both.
    """
    changes = []
    before, after = basis.yearly_income, now_basis.yearly_income
    if _has_moved(before, after, LARGEST_INCOME_CHANGE):
        changes.append(
            Statement(
                "reminder.reassess_income",
                evidence={"before": before, "after": after, "valid_until": valid_until},
            )
        )
    household, now_household = _household(basis), _household(now_basis)
    if household != now_household:
        changes.append(
            Statement(
                "reminder.reassess_household",
                evidence={
                    "dependants_before": basis.dependants,
                    "dependants_after": now_basis.dependants,
                    "earners_before": basis.earners,
                    "earners_after": now_basis.earners,
                    "valid_until": valid_until,
                },
            )
        )
    share, now_share = basis.debt_share, now_basis.debt_share
    if abs(now_share - share) > LARGEST_DEBT_CHANGE:
        changes.append(
            Statement(
                "reminder.reassess_debts",
                evidence={
                    "before": float(share),
                    "after": float(now_share),
                    "valid_until": valid_until,
                },
            )
        )
    before, after = basis.investable_wealth, now_basis.investable_wealth
    if _has_moved(before, after, LARGEST_WEALTH_CHANGE):
        changes.append(
            Statement(
                "reminder.reassess_wealth",
                evidence={"before": before, "after": after, "valid_until": valid_until},
            )
        )
    if _age_counts(basis, questionnaire) != _age_counts(now_basis, questionnaire):
        changes.append(
            Statement(
                "reminder.reassess_age",
                evidence={
                    "before": basis.age,
                    "after": now_basis.age,
                    "valid_until": valid_until,
                },
            )
        )
    return tuple(changes)


def _age_counts(basis: AssessmentBasis, questionnaire: Questionnaire) -> tuple[object, ...]:
    band = questionnaire.age_band(basis.age)
    return band.points, band.cap, band.lifted_cap


def _household(basis: AssessmentBasis) -> tuple[int, int]:
    return basis.dependants, basis.earners


def _has_moved(before: Money, after: Money, limit: Decimal) -> bool:
    return abs(after.amount - before.amount) > limit * before.amount
