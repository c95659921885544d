"""The basis of an assessment as a document, and back."""

from collections.abc import Mapping
from typing import Any

from allocator.money import Money
from risk_profiles.assessment_basis import AssessmentBasis


def basis_document(basis: AssessmentBasis) -> dict[str, Any]:
    """Return a basis as it is stored with an assessment; amounts are text."""
    return {
        "age": basis.age,
        "annual_income": str(basis.annual_income.amount),
        "monthly_pension": str(basis.monthly_pension.amount),
        "investable_wealth": str(basis.investable_wealth.amount),
        "dependants": basis.dependants,
        "earners": basis.earners,
        "monthly_payments": str(basis.monthly_payments.amount),
    }


def read_basis(document: Mapping[str, Any]) -> AssessmentBasis:
    """Return the basis that `basis_document` wrote."""
    return AssessmentBasis(
        age=document["age"],
        annual_income=Money.parse(document["annual_income"]),
        monthly_pension=Money.parse(document["monthly_pension"]),
        investable_wealth=Money.parse(document["investable_wealth"]),
        dependants=document["dependants"],
        earners=document["earners"],
        monthly_payments=Money.parse(document["monthly_payments"]),
    )
