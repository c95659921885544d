"""Replay: compute stored advice again from its stored inputs and compare the hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from allocator.money import Money
from api.advice_documents import Lots, diagnosis_document, proposal_document
from api.callers import Caller
from api.errors import ConflictError
from api.life_path_documents import life_path_document
from api.own_order_document import OwnOrder, own_order_document
from api.reference_data import ReferenceData, shipped_mortality
from api.schemas.client_file import load_client_file
from api.services.exact_lots import turn_for
from api.services.in_force import is_readable
from api.software import software_versions
from api.store.records import AdviceKind
from api.store.unit_of_work import Store
from api.workup import Workup, work_up


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came out this time; hashes and versions only, nothing of the client.

    Attributes:
        software_then: Versions the advice was made with; empty if none were recorded.
        software_now: Versions it was recomputed with. No hash covers either.
    """

    advice_id: str
    kind: str
    stored_hash: str
    recomputed_hash: str
    software_then: Mapping[str, str]
    software_now: Mapping[str, str]

    @property
    def is_equal(self) -> bool:
        """True if the advice comes out the same."""
        return self.stored_hash == self.recomputed_hash


def replay(store: Store, caller: Caller, *, advice_id: str) -> ReplayResult:
    """Recompute one diagnosis, proposal or life path from the texts it was made with.

    Args:
        store: Where the advice, its inputs and its reference texts lie.
        caller: Advisors replay advice of their book, quants any.
        advice_id: Of any kind.

    Raises:
        NotFoundError: missing, or not for this caller.
        ConflictError: a form of a format that this version no longer reads (code
            questionnaire_retired).
        TooManyRequestsError: other lots are being worked out exactly (busy).
    """
    with store.read() as uow:
        advice = uow.advice.for_replay(caller, advice_id)
        inputs: dict[str, Any] = json.loads(advice.inputs)
        # Advice from before these parameters were kept has none, and rests on the first edition.
        life_cycle = inputs.get("life_cycle")
        # Only life paths rest on a mortality table.
        mortality = inputs.get("mortality")
        then = ReferenceData(
            market_text=uow.artifacts.get(advice.model_hash),
            shelf_text=uow.artifacts.get(advice.shelf_hash),
            questionnaire_text=uow.artifacts.get(advice.questionnaire_hash),
            life_cycle_text=uow.artifacts.get(life_cycle) if life_cycle else None,
            mortality_text=uow.artifacts.get(mortality) if mortality else shipped_mortality(),
        )
    if not is_readable(then.questionnaire_text):
        raise ConflictError(
            "the advice rests on a questionnaire that this version no longer reads; recompute it "
            "with the software it names",
            code="questionnaire_retired",
        )
    workup = work_up(
        load_client_file(inputs["client"], shelf=then.shelf, parameters=then.life_cycle),
        assessed_on=date.fromisoformat(inputs["assessed_on"]),
        valid_until=date.fromisoformat(inputs["valid_until"]),
        reference=then,
        has_age_lift=inputs.get("age_lift", False),
    )
    document: dict[str, Any] = json.loads(advice.document)
    return ReplayResult(
        advice_id=advice.id,
        kind=advice.kind.value,
        stored_hash=advice.hash,
        recomputed_hash=str(_compute(advice.kind, workup, inputs)["hash"]),
        software_then=document.get("software", {}),
        software_now=software_versions(),
    )


def _compute(kind: AdviceKind, workup: Workup, inputs: Mapping[str, Any]) -> dict[str, Any]:
    if kind is AdviceKind.DIAGNOSIS:
        return diagnosis_document(workup)
    if kind is AdviceKind.LIFE_PATH:
        return life_path_document(workup)
    own = inputs.get("own_order")
    if own is None:
        lots = Lots(inputs.get("lots", Lots.SERVED))
        with turn_for(lots):
            return proposal_document(workup, lots=lots)
    return own_order_document(workup, OwnOrder(own["product_id"], Money.parse(own["amount"])))
