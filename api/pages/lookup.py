"""What several pages look up: the client, the profile in force, the newest advice, its radar."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from allocator.product_classes import Dimension
from allocator.trading.transitions import ProposalStatus
from api.advice_parts import Initiator
from api.authorization import current_caller
from api.client_file import ClientRecord
from api.environment import environment
from api.errors import NotFoundError
from api.pages.charts import RadarShape, radar
from api.services import advice, assess
from api.services.clients import get_client
from api.services.purchase import list_bundles
from api.services.reviews import LONGEST_NOTE, SHORTEST_NOTE, get_assessment
from api.store.records import AdviceKind
from api.texts import Texts
from risk_profiles.questionnaire import Questionnaire

OPEN_BUNDLES = frozenset({"created", "submitting", "submitted", "partially_confirmed"})


def client_record(client_id: str) -> ClientRecord:
    """Return a client the visitor may see.

    Raises:
        NotFoundError: missing, or not for this visitor.
    """
    here = environment()
    return get_client(here.store, here.clock, current_caller(), client_id=client_id)


def profile_or_none(client_id: str) -> dict[str, Any] | None:
    """Return the profile in force, or None before the first assessment."""
    here = environment()
    try:
        return assess.current_profile(here.store, here.clock, current_caller(), client_id=client_id)
    except NotFoundError:
        return None


def assessment_form(assessment_id: str) -> Questionnaire:
    """Return the form an assessment answered, which may have been renewed since.

    Raises:
        NotFoundError: there is no such assessment for this visitor.
    """
    here = environment()
    found = get_assessment(here.store, current_caller(), assessment_id=assessment_id)
    return here.reference.with_questionnaire(found["questionnaire_text"]).questionnaire


def note_lengths(texts: Texts) -> dict[str, str]:
    """Return how short and how long an advisor's note may be, as texts name it."""
    return {"shortest": texts.integer(SHORTEST_NOTE), "longest": texts.integer(LONGEST_NOTE)}


def latest(kind: AdviceKind, client_id: str) -> dict[str, Any] | None:
    """Return the newest diagnosis or proposal of the bank, or None when there is none yet.

    An order that the client began itself is no plan of ours and is passed over. A list that
    mentions a proposal does not present it: its status stays what it is.

    Raises:
        NotFoundError: the client is missing, or not for this visitor.
    """
    here = environment()
    with here.store.read() as uow:
        uow.clients.require(current_caller(), client_id)
        made = uow.advice.list(current_caller(), kind, client_id)
    for found in made:
        document: dict[str, Any] = json.loads(found.document)
        if document.get("initiated_by") != Initiator.CLIENT:
            is_past = found.expires_at is not None and here.clock.now() >= found.expires_at
            is_over = is_past and found.status in advice.OPEN
            status = ProposalStatus.EXPIRED if is_over else found.status
            return document | {"id": found.id, "status": status}
    return None


def open_bundles(client_id: str) -> list[dict[str, Any]]:
    """Return the purchases of a client that are still under way, newest first.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    here = environment()
    bundles = list_bundles(here.store, current_caller(), client_id=client_id)
    return [bundle for bundle in bundles if bundle["status"] in OPEN_BUNDLES]


def reserved_cash(client_id: str) -> Decimal:
    """Return the money in the account that orders under way will take."""
    with environment().store.read() as uow:
        return uow.ledger.cash(current_caller(), client_id).reserved.amount


def radar_of(
    texts: Texts, *, after: Mapping[str, float], before: Mapping[str, float] | None = None
) -> Markup:
    """Return the radar of some scores, over those before them if there are any."""
    shapes = [] if before is None else [RadarShape("before", before)]
    description = _scores(texts, after)
    if before is not None:
        description = texts.say(
            "page.index.radar_change", before=_scores(texts, before), after=description
        )
    return radar(
        [*shapes, RadarShape("after", after)],
        labels={d: (texts.say(f"dimension.{d}"), texts.integer(after[d])) for d in Dimension},
        title=texts.say("page.index.radar"),
        description=description,
    )


def _scores(texts: Texts, scores: Mapping[str, float]) -> str:
    shown = {d.value: texts.integer(scores[d]) for d in Dimension}
    return texts.say("page.index.radar_scores", **shown)
