"""Evidence about a form as a document: every figure with its interval, or why it is absent."""

from collections.abc import Mapping
from typing import TypeVar

from api.documents import Document, rate, statement_document
from risk_profiles.evidence.estimates import Absent, Measured
from risk_profiles.evidence.evaluation import Evaluation, Validity
from risk_profiles.evidence.gates import GateResult
from risk_profiles.evidence.reliability import Agreement

_Name = TypeVar("_Name", bound=str)


def evaluation_document(evaluation: Evaluation) -> Document:
    """Return an evaluation as JSON; shares and correlations are fractions, six decimals."""
    return {
        "questionnaire": {"version": evaluation.form_version, "hash": evaluation.form_hash},
        "respondents": evaluation.respondents,
        "effective_respondents": round(evaluation.effective_respondents, 1),
        "is_weighted": evaluation.is_weighted,
        "retested": evaluation.retested,
        "bootstrap": {"seed": evaluation.seed, "draws": evaluation.draws},
        "gates": [_gate(result) for result in evaluation.gates],
        "scales": [
            {
                "trait": scale.trait.value,
                "questions": list(scale.questions),
                "alpha": measured_document(scale.alpha),
            }
            for scale in evaluation.scales
        ],
        "items": [
            {
                "question": item.question,
                "trait": item.trait.value,
                "item_total": None
                if item.item_total is None
                else measured_document(item.item_total),
                "option_shares": _by_name(item.option_shares),
            }
            for item in evaluation.items
        ],
        "levels": _by_name(evaluation.levels),
        "needs_review": measured_document(evaluation.needs_review),
        "retest": _retest(evaluation.agreement),
        "validity": _validity(evaluation.validity),
    }


def measured_document(figure: Measured) -> Document:
    """Return a figure with its interval, or the statement why there is none."""
    if isinstance(figure, Absent):
        return {"absent": statement_document(figure.reason)}
    return {
        "value": rate(figure.value),
        "low": rate(figure.low),
        "high": rate(figure.high),
        "draws": figure.draws,
    }


def _by_name(figures: Mapping[_Name, Measured]) -> Document:
    return {str(name): measured_document(figure) for name, figure in figures.items()}


def _gate(result: GateResult) -> Document:
    return {
        "gate": result.gate.value,
        "threshold": result.threshold,
        "verdict": result.verdict.value,
        "about": result.about,
        "worst": measured_document(result.worst),
        "failing": list(result.failing),
    }


def _retest(agreement: Agreement | Absent) -> Document:
    if isinstance(agreement, Absent):
        return measured_document(agreement)
    return {
        "same_level": measured_document(agreement.same_level),
        "within_one": measured_document(agreement.within_one),
        "level_correlation": measured_document(agreement.level_correlation),
        "score_correlation": measured_document(agreement.score_correlation),
    }


def _validity(validity: Validity | Absent) -> Document:
    if isinstance(validity, Absent):
        return measured_document(validity)
    return {
        "respondents": validity.respondents,
        "rank_correlations": _by_name(validity.rank_correlations),
        "mean_shares": _by_name(validity.mean_shares),
    }
