"""Sheets whose contradictions were asked again; each counts as a test, finished or not."""

import json
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from api.callers import Caller
from api.errors import ConflictError
from api.store.mapping import dump_answers
from api.store.records import AskedSheet
from api.store.repositories.visibility import visible
from api.store.tables import asked_sheet


class AskedSheetRepository:
    """Added when a follow-up is asked; changed once, when it becomes an assessment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: AskedSheet) -> None:
        """Store a sheet that was asked about."""
        self._connection.execute(
            insert(asked_sheet).values(
                id=new.id,
                client_id=new.client_id,
                questionnaire_hash=new.questionnaire_hash,
                answers=dump_answers(new.answers),
                asked_at=new.asked_at,
                asked_on=new.asked_on,
                assessment_id=new.assessment_id,
            )
        )

    def open(self, caller: Caller, client_id: str, *, since: datetime) -> tuple[AskedSheet, ...]:
        """Return a client's sheets that became no assessment yet, oldest first."""
        query = (
            select(asked_sheet)
            .where(
                asked_sheet.c.client_id == client_id,
                visible(caller, asked_sheet.c.client_id),
                asked_sheet.c.assessment_id.is_(None),
                asked_sheet.c.asked_at >= since,
            )
            .order_by(asked_sheet.c.asked_at)
        )
        return tuple(
            AskedSheet(
                id=row.id,
                client_id=row.client_id,
                questionnaire_hash=row.questionnaire_hash,
                answers=json.loads(row.answers),
                asked_at=row.asked_at,
                asked_on=row.asked_on,
            )
            for row in self._connection.execute(query)
        )

    def finish(self, sheet_id: str, *, assessment_id: str) -> None:
        """Note what a sheet became.

        Raises:
            ConflictError: it became an assessment before (code sheet_finished).
        """
        changed = self._connection.execute(
            update(asked_sheet)
            .where(asked_sheet.c.id == sheet_id, asked_sheet.c.assessment_id.is_(None))
            .values(assessment_id=assessment_id)
        )
        if changed.rowcount != 1:
            raise ConflictError("the sheet was assessed already", code="sheet_finished")
