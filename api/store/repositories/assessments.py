"""Assessments: added, never changed; several may stand in a row, one of them in force."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from api.callers import Caller
from api.store.mapping import assessment_from, assessment_row
from api.store.records import Assessment, ReviewOutcome
from api.store.repositories.visibility import not_found, visible
from api.store.tables import assessment, assessment_review


class AssessmentRepository:
    """Answered questionnaires. `api.services.in_force` says whether the current one counts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Assessment) -> None:
        """Store an assessment."""
        self._connection.execute(insert(assessment), assessment_row(new))

    def current(self, caller: Caller, client_id: str, *, at: datetime) -> Assessment:
        """Return the newest assessment that has taken effect by `at`, valid or not.

        Raises:
            NotFoundError: none yet, or not for this caller.
        """
        return self._one(
            _of(caller, client_id).where(assessment.c.effective_at <= at, _not_withdrawn())
        )

    def newest(self, caller: Caller, client_id: str) -> Assessment:
        """Return the newest assessment, whether it has taken effect or not.

        One that an advisor set aside before it took effect never does, and is passed over.

        Raises:
            NotFoundError: none yet, or not for this caller.
        """
        return self._one(_of(caller, client_id).where(_not_withdrawn()))

    def get(self, caller: Caller, assessment_id: str) -> Assessment:
        """Return one assessment.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        return self._one(
            select(assessment).where(
                assessment.c.id == assessment_id, visible(caller, assessment.c.client_id)
            )
        )

    def list(self, caller: Caller, client_id: str) -> tuple[Assessment, ...]:
        """Return a client's assessments, newest first; none for a foreign client."""
        return tuple(map(assessment_from, self._connection.execute(_of(caller, client_id))))

    def times(self, caller: Caller, client_id: str, *, since: datetime) -> tuple[datetime, ...]:
        """Return when the client answered since an instant, oldest first; age lifts apart."""
        query = (
            select(assessment.c.assessed_at)
            .where(_answered(caller, client_id), assessment.c.assessed_at >= since)
            .order_by(assessment.c.number)
        )
        return tuple(self._connection.scalars(query))

    def count_on(self, caller: Caller, client_id: str, day: date) -> int:
        """Return how often the client answered on a day in Shanghai; age lifts apart."""
        query = select(func.count()).where(
            _answered(caller, client_id), assessment.c.assessed_on == day
        )
        return self._connection.scalars(query).one()

    def _one(self, query: Select[tuple[object, ...]]) -> Assessment:
        row = self._connection.execute(query.limit(1)).one_or_none()
        if row is None:
            raise not_found("assessment")
        return assessment_from(row)


def _of(caller: Caller, client_id: str) -> Select[tuple[object, ...]]:
    return (
        select(assessment)
        .where(assessment.c.client_id == client_id, visible(caller, assessment.c.client_id))
        .order_by(assessment.c.number.desc())
    )


def _not_withdrawn() -> ColumnElement[bool]:
    """Leave out what was set aside while it cooled off: the assessment before it stands."""
    return ~(
        select(assessment_review.c.assessment_id)
        .where(
            assessment_review.c.assessment_id == assessment.c.id,
            assessment_review.c.outcome == ReviewOutcome.ANSWER_AGAIN.value,
            assessment_review.c.reviewed_at < assessment.c.effective_at,
        )
        .exists()
    )


def _answered(caller: Caller, client_id: str) -> ColumnElement[bool]:
    return (
        (assessment.c.client_id == client_id)
        & visible(caller, assessment.c.client_id)
        & assessment.c.lift_of.is_(None)
    )
