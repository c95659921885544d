"""An assessment as a document: the profile, and what was asked, flagged and may change.

The profile is a pure function of form, answers and age. What belongs to the event stands beside
it: questions asked again, flags for an advisor, and the facts known on the day, against which
later changes are measured.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from allocator.statements import Statement
from api.advice_documents import profile_document
from api.basis_documents import basis_document
from api.documents import score, statement_documents
from api.services.follow_ups import FollowUp
from risk_profiles.assessment_basis import AssessmentBasis
from risk_profiles.profile import Profile
from risk_profiles.questionnaire import Questionnaire

Document = dict[str, Any]


def assessment_document(
    questionnaire: Questionnaire,
    profile: Profile,
    *,
    assessed_on: date,
    valid_until: date,
    follow_ups: Sequence[FollowUp],
    given: Mapping[str, str],
    flags: Sequence[Statement],
    outlook: Sequence[Statement],
    basis: AssessmentBasis,
) -> Document:
    """Return an assessment without its id and instants, which the store adds.

    Args:
        questionnaire: The form answered.
        profile: What came out.
        assessed_on, valid_until: First and last day it counts for.
        follow_ups: What was asked again.
        given: What was answered then, by question.
        flags: What an advisor has to look at, besides contradictions that were left.
        outlook: What would change the level.
        basis: Facts of the day.
    """
    lifted = profile.liftable_to
    return profile_document(profile, assessed_on=assessed_on, valid_until=valid_until) | {
        "points": score(profile.points),
        "scoring": questionnaire.scoring.value,
        "edges": list(questionnaire.edges),
        "liftable_to": None if lifted is None else lifted.value,
        "needs_review": profile.needs_review or bool(flags),
        "follow_ups": [
            {
                "question": one.question_id,
                "rules": [rule.value for rule in one.rules],
                "before": one.earlier_answer,
                "after": given[one.question_id],
            }
            for one in follow_ups
        ],
        "flags": statement_documents(flags),
        "outlook": statement_documents(outlook),
        "basis": basis_document(basis),
    }


def lifted_document(
    before: Document, profile: Profile, *, outlook: Sequence[Statement]
) -> Document:
    """Return the document of an assessment whose cap of age two people have lifted.

    Args:
        before: The document of the assessment that was capped.
        profile: The profile without the cap.
        outlook: What would change the lifted level.
    """
    again = profile_document(
        profile,
        assessed_on=date.fromisoformat(before["assessed_on"]),
        valid_until=date.fromisoformat(before["valid_until"]),
    )
    # Flags and follow-ups are those of the answers, which are the same.
    return before | again | {"liftable_to": None, "outlook": statement_documents(outlook)}
