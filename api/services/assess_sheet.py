"""A sheet assessed on its own: all of an assessment that needs no store.

    sheet -> what would be asked again -> profile, flags, outlook

What only a store knows (earlier assessments, reviews, what is in force) is left out. Contradictions
that are left in the sheet are read cautiously, as they are where nobody is there to be asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.statements import Statement
from api.client_file import ClientRecord
from api.reference_data import ReferenceData
from api.services.follow_ups import FollowUp, follow_ups_of
from risk_profiles.contradictions import (
    Contradiction,
    find_contradictions,
    find_unreachable_wish,
)
from risk_profiles.outlook import what_would_change
from risk_profiles.profile import Profile, contradiction_warning, make_profile
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.review_flags import flag_records, flag_sitting


@dataclass(frozen=True, slots=True)
class AssessedSheet:
    """What came out of a sheet.

    Attributes:
        form: The form answered.
        answers: The sheet, with what was answered when asked again.
        flags: What an advisor has to look at, besides contradictions that were left.
        outlook: What would change the level.
    """

    form: Questionnaire
    answers: Mapping[str, str]
    profile: Profile
    flags: tuple[Statement, ...]
    outlook: tuple[Statement, ...]


def open_follow_ups(
    reference: ReferenceData, answers: Mapping[str, str], *, age: int
) -> tuple[FollowUp, ...]:
    """Return what has to be asked again of a sheet, K3 with the return its level can reach.

    Raises:
        InputError: an answer is missing, unknown or not an option (code invalid_answers).
    """
    form = reference.questionnaire
    profile = make_profile(form, answers, age=age)
    wish = _unreachable_wish(reference, profile, answers)
    found = find_contradictions(form, answers)
    return follow_ups_of(form, answers, found if wish is None else [*found, wish])


def assess_sheet(
    reference: ReferenceData,
    answers: Mapping[str, str],
    *,
    age: int,
    record: ClientRecord | None = None,
    seconds: float | None = None,
) -> AssessedSheet:
    """Assess a sheet without storing anything.

    Args:
        reference: Form, market and shelf.
        answers: One option a question.
        age: Completed years.
        record: What is recorded of the client, to compare answers with; None if nothing is.
        seconds: How long the sheet took; None where nobody measured.

    Raises:
        InputError: an answer is missing, unknown or not an option (code invalid_answers).
    """
    form = reference.questionnaire
    profile = make_profile(form, answers, age=age)
    wish = _unreachable_wish(reference, profile, answers)
    recorded: tuple[Statement, ...] = ()
    if record is not None:
        recorded = flag_records(
            form, answers, facts=record.facts, balance_sheet=record.balance_sheet
        )
    return AssessedSheet(
        form=form,
        answers=answers,
        profile=profile,
        flags=(
            *(() if wish is None else (contradiction_warning(wish),)),
            *recorded,
            *flag_sitting(form, answers, seconds=seconds),
        ),
        outlook=what_would_change(form, answers, age=age),
    )


def _unreachable_wish(
    reference: ReferenceData, profile: Profile, answers: Mapping[str, str]
) -> Contradiction | None:
    reachable = reference.reachable_returns[profile.level]
    return find_unreachable_wish(reference.questionnaire, answers, reachable_return=reachable)
