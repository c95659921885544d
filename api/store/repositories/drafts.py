"""Answer sheets begun and not yet submitted: one a client, written by the client alone.

The one exception is a sheet that staff file together with a new client.
"""

import json
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from api.callers import Caller
from api.store.mapping import dump_answers
from api.store.records import AnswerDraft
from api.store.repositories.visibility import require_own, visible
from api.store.tables import answer_draft


class DraftRepository:
    """Drafts by client."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, caller: Caller, client_id: str) -> AnswerDraft | None:
        """Return the client's draft; None when there is none that this caller may see."""
        query = select(answer_draft).where(
            answer_draft.c.client_id == client_id, visible(caller, answer_draft.c.client_id)
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return AnswerDraft(
            client_id=row.client_id,
            questionnaire_hash=row.questionnaire_hash,
            answers=json.loads(row.answers),
            started_at=row.started_at,
            updated_at=row.updated_at,
        )

    def put(self, caller: Caller, draft: AnswerDraft) -> None:
        """Keep a draft in place of the client's earlier one.

        Raises:
            NotFoundError: the caller is not this client.
        """
        require_own(caller, draft.client_id)
        row = _row(draft)
        kept = self._connection.execute(
            update(answer_draft).where(answer_draft.c.client_id == draft.client_id), row
        )
        if kept.rowcount == 0:
            self._connection.execute(insert(answer_draft), row)

    def file(self, draft: AnswerDraft) -> None:
        """Keep what staff filed with a client added in the same transaction.

        It never takes the place of a draft; the database refuses a second one.
        """
        self._connection.execute(insert(answer_draft), _row(draft))

    def delete(self, caller: Caller, client_id: str) -> None:
        """Forget the client's draft, if there is one.

        Raises:
            NotFoundError: the caller is not this client.
        """
        require_own(caller, client_id)
        self._connection.execute(delete(answer_draft).where(answer_draft.c.client_id == client_id))


def _row(draft: AnswerDraft) -> dict[str, Any]:
    return {
        "client_id": draft.client_id,
        "questionnaire_hash": draft.questionnaire_hash,
        "answers": dump_answers(draft.answers),
        "started_at": draft.started_at,
        "updated_at": draft.updated_at,
    }
