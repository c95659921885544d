"""The refusals that have a sentence of their own, by code; the detail for programs is English.

A page, a problem document and the terminal say the same sentence. What is not listed here is said
by its status on pages, and by its detail elsewhere.
"""

from api.texts import Texts

SAID_CODES = frozenset(
    {
        "age_band_changed",
        "age_lift_confirmed",
        "age_lift_offered",
        "assessment_cooling_off",
        "assessment_expired",
        "assessment_reviewed",
        "assessment_set_aside",
        "assessment_superseded",
        "assessments_per_day",
        "assessments_per_year",
        "bundle_open",
        "busy",
        "calendar_ended",
        "changed",
        "demo_ended",
        "forbidden",
        "infeasible_mandate",
        "insufficient_cash",
        "invalid_facts",
        "lift_not_allowed",
        "no_wealth",
        "not_assessed",
        "not_found",
        "profile_changed",
        "proposal_accepted",
        "proposal_expired",
        "proposal_superseded",
        "questionnaire_retired",
        "review_pending",
        "solver_failed",
        "stale_form",
        "unauthorized",
        "unsuitable",
    }
)


def error_words(code: str, texts: Texts) -> str | None:
    """Return the sentence of a refusal, or None where its code has none."""
    return texts.say(f"error.{code}") if code in SAID_CODES else None
