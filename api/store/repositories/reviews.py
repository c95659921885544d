"""What advisors said of flagged assessments, and which still wait for a word."""

from sqlalchemy import Connection, func, insert, select

from api.callers import Caller
from api.errors import ConflictError
from api.store.mapping import assessment_from
from api.store.records import Assessment, AssessmentReview, ReviewOutcome
from api.store.repositories.visibility import not_found, visible
from api.store.tables import assessment, assessment_review


class ReviewRepository:
    """At most one review an assessment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, caller: Caller, new: AssessmentReview) -> None:
        """Store a review.

        Raises:
            NotFoundError: the assessment is missing, or not for this caller.
            ConflictError: it was reviewed before (code assessment_reviewed).
        """
        known = select(assessment.c.id).where(
            assessment.c.id == new.assessment_id, visible(caller, assessment.c.client_id)
        )
        if self._connection.scalar(known) is None:
            raise not_found("assessment")
        if self.get(caller, new.assessment_id) is not None:
            raise ConflictError(
                "this assessment was reviewed before; its review stands",
                code="assessment_reviewed",
            )
        self._connection.execute(
            insert(assessment_review).values(
                assessment_id=new.assessment_id,
                user_id=new.user_id,
                outcome=new.outcome.value,
                note=new.note,
                reviewed_at=new.reviewed_at,
            )
        )

    def get(self, caller: Caller, assessment_id: str) -> AssessmentReview | None:
        """Return an assessment's review; None when there is none that this caller may see."""
        query = (
            select(assessment_review)
            .join(assessment, assessment.c.id == assessment_review.c.assessment_id)
            .where(assessment.c.id == assessment_id, visible(caller, assessment.c.client_id))
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return AssessmentReview(
            assessment_id=row.assessment_id,
            user_id=row.user_id,
            outcome=ReviewOutcome(row.outcome),
            note=row.note,
            reviewed_at=row.reviewed_at,
        )

    def pending(self, caller: Caller) -> tuple[Assessment, ...]:
        """Return what this caller may see and nobody reviewed yet, oldest first.

        Only a client's newest assessment counts, in effect or not: those before it are history.
        """
        newest = select(func.max(assessment.c.number)).group_by(assessment.c.client_id)
        query = (
            select(assessment)
            .where(
                visible(caller, assessment.c.client_id),
                assessment.c.number.in_(newest),
                assessment.c.needs_review,
                assessment.c.id.not_in(select(assessment_review.c.assessment_id)),
            )
            .order_by(assessment.c.number)
        )
        return tuple(map(assessment_from, self._connection.execute(query)))
