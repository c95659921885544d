"""Age lifts: an advisor offers one for an assessment, the client alone confirms it, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from api.callers import Caller
from api.errors import ConflictError
from api.store.records import AgeLift
from api.store.repositories.visibility import not_found, require_own, visible
from api.store.tables import age_lift, assessment


class AgeLiftRepository:
    """At most one age lift an assessment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offer(self, caller: Caller, new: AgeLift) -> None:
        """Store an offer.

        Raises:
            NotFoundError: the assessment is missing, or not for this caller.
            ConflictError: there is an offer already (code age_lift_offered).
        """
        known = select(assessment.c.id).where(
            assessment.c.id == new.assessment_id, visible(caller, assessment.c.client_id)
        )
        if self._connection.scalar(known) is None:
            raise not_found("assessment")
        if self.for_assessment(caller, new.assessment_id) is not None:
            raise ConflictError(
                "a lift was offered for this assessment before; the client may confirm it",
                code="age_lift_offered",
            )
        self._connection.execute(
            insert(age_lift).values(
                id=new.id,
                assessment_id=new.assessment_id,
                offered_by=new.offered_by,
                offered_at=new.offered_at,
                note=new.note,
                confirmed_by=new.confirmed_by,
                confirmed_at=new.confirmed_at,
            )
        )

    def confirm(self, caller: Caller, lift_id: str, *, at: datetime) -> AgeLift:
        """Confirm an offer as the client it was made to, and return it.

        Raises:
            NotFoundError: missing, or the caller is not that client.
            ConflictError: confirmed already (code age_lift_confirmed).
        """
        found = self._connection.execute(
            _seen_by(caller).where(age_lift.c.id == lift_id)
        ).one_or_none()
        if found is None:
            raise not_found("age lift")
        require_own(caller, found.client_id)
        changed = self._connection.execute(
            update(age_lift)
            .where(age_lift.c.id == lift_id, age_lift.c.confirmed_at.is_(None))
            .values(confirmed_by=caller.user_id, confirmed_at=at)
        )
        if changed.rowcount != 1:
            raise ConflictError("the age lift is confirmed already", code="age_lift_confirmed")
        return self.get(caller, lift_id)

    def get(self, caller: Caller, lift_id: str) -> AgeLift:
        """Return one age lift.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = _seen_by(caller).where(age_lift.c.id == lift_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found("age lift")
        return _age_lift(row)

    def for_assessment(self, caller: Caller, assessment_id: str) -> AgeLift | None:
        """Return what was offered for an assessment; None when this caller may see nothing."""
        query = _seen_by(caller).where(assessment.c.id == assessment_id)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _age_lift(row)


def _seen_by(caller: Caller) -> Select[Any]:
    return (
        select(age_lift, assessment.c.client_id)
        .join(assessment, assessment.c.id == age_lift.c.assessment_id)
        .where(visible(caller, assessment.c.client_id))
    )


def _age_lift(row: Row[Any]) -> AgeLift:
    return AgeLift(
        id=row.id,
        assessment_id=row.assessment_id,
        offered_by=row.offered_by,
        offered_at=row.offered_at,
        note=row.note,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )
