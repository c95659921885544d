"""Diagnoses, proposals and the artifacts they rest on."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from allocator.trading.transitions import (
    PROPOSAL,
    IllegalTransitionError,
    ProposalStatus,
    require_transition,
)
from api.callers import Caller, Role
from api.store.mapping import advice_from, advice_row
from api.store.records import Advice, AdviceKind
from api.store.repositories.audit import AuditTrail
from api.store.repositories.visibility import not_found, visible
from api.store.tables import advice, artifact

OPEN = (ProposalStatus.READY, ProposalStatus.PRESENTED)


class ArtifactRepository:
    """Texts by their SHA-256: a market model, a shelf, a questionnaire."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, *, kind: str, text: str, at: datetime) -> str:
        """Keep a text and return its hash; keeping it again changes nothing."""
        content_hash = hashlib.sha256(text.encode()).hexdigest()
        known = select(artifact.c.hash).where(artifact.c.hash == content_hash)
        if self._connection.scalar(known) is None:
            row = {"hash": content_hash, "kind": kind, "text": text, "created_at": at}
            self._connection.execute(insert(artifact), row)
        return content_hash

    def get(self, content_hash: str) -> str:
        """Return the text with that hash.

        Raises:
            NotFoundError: there is none.
        """
        found = self._connection.scalar(
            select(artifact.c.text).where(artifact.c.hash == content_hash)
        )
        if found is None:
            raise not_found("artifact")
        return str(found)


class AdviceRepository:
    """Diagnoses and proposals. Their content never changes; only a proposal's status does."""

    def __init__(self, connection: Connection, trail: AuditTrail) -> None:
        self._connection = connection
        self._trail = trail

    def add(self, new: Advice) -> None:
        """Store advice as it was given."""
        self._connection.execute(insert(advice), advice_row(new))

    def get(self, caller: Caller, kind: AdviceKind, advice_id: str) -> Advice:
        """Return one diagnosis or proposal.

        Raises:
            NotFoundError: missing, of the other kind, or not for this caller.
        """
        query = select(advice).where(
            advice.c.id == advice_id,
            advice.c.kind == kind.value,
            visible(caller, advice.c.client_id),
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found(kind.value)
        return advice_from(row)

    def for_replay(self, caller: Caller, advice_id: str) -> Advice:
        """Return advice to recompute; quants may recompute any, and show hashes alone.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = select(advice).where(advice.c.id == advice_id)
        if caller.role is not Role.QUANT:
            query = query.where(visible(caller, advice.c.client_id))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found("advice")
        return advice_from(row)

    def list(self, caller: Caller, kind: AdviceKind, client_id: str) -> tuple[Advice, ...]:
        """Return a client's diagnoses or proposals, newest first; none for a foreign client."""
        query = (
            select(advice)
            .where(
                advice.c.client_id == client_id,
                advice.c.kind == kind.value,
                visible(caller, advice.c.client_id),
            )
            .order_by(advice.c.number.desc())
        )
        return tuple(map(advice_from, self._connection.execute(query)))

    def move(
        self,
        proposal: Advice,
        after: ProposalStatus,
        *,
        actor: str,
        at: datetime,
        reason: str | None = None,
    ) -> None:
        """Take one edge of the proposal's table, if the proposal still stands where it was read.

        Raises:
            IllegalTransitionError: not an edge, or somebody else moved it first.
        """
        before = proposal.status
        if before is None:
            raise IllegalTransitionError(f"{proposal.id} is a diagnosis and has no status")
        require_transition(PROPOSAL, before, after)
        moved = self._connection.execute(
            update(advice)
            .where(advice.c.id == proposal.id, advice.c.status == before.value)
            .values(status=after.value)
        )
        if moved.rowcount != 1:
            raise IllegalTransitionError(f"proposal {proposal.id} is no longer {before}")
        self._trail.record(
            at=at,
            actor=actor,
            object_kind="proposal",
            object_id=proposal.id,
            before=before.value,
            after=after.value,
            reason=reason,
        )

    def supersede(self, caller: Caller, client_id: str, *, at: datetime, reason: str) -> int:
        """End every proposal that could still be accepted and return how many there were."""
        pending = [
            one for one in self.list(caller, AdviceKind.PROPOSAL, client_id) if one.status in OPEN
        ]
        for one in pending:
            self.move(one, ProposalStatus.SUPERSEDED, actor=caller.user_id, at=at, reason=reason)
        return len(pending)
