"""Life paths: made, stored, shown; and the question what if."""

from typing import Any

from api.callers import Caller
from api.clock import Clock
from api.life_path_documents import life_path_document, life_path_inputs
from api.reference_data import ReferenceData
from api.services.advice import keep_reference, make_advice, shown, work_up_client
from api.store.records import AdviceKind
from api.store.unit_of_work import Store
from api.what_if_documents import what_if_document
from risk_profiles.what_if import WhatIf


def make_life_path(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
) -> dict[str, Any]:
    """Make the life path of a client as of today and store it.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force (see `assessment_in_force`).
        SolverError: a year without a verified optimum.
    """
    now = clock.now()
    workup, assessment = work_up_client(store, reference, caller, client_id=client_id, now=now)
    advice = make_advice(
        AdviceKind.LIFE_PATH,
        workup,
        assessment,
        document=life_path_document(workup),
        inputs=life_path_inputs(workup),
        now=now,
        expires_at=None,
    )
    with store.begin() as uow:
        keep_reference(uow, reference, now)
        uow.advice.add(advice)
        uow.commit()
    return shown(advice)


def get_life_path(store: Store, caller: Caller, *, life_path_id: str) -> dict[str, Any]:
    """Return a stored life path.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        return shown(uow.advice.get(caller, AdviceKind.LIFE_PATH, life_path_id))


def ask_what_if(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
    what_if: WhatIf,
) -> dict[str, Any]:
    """Return the client's plan beside the same plan with something changed; nothing is stored.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force (see `assessment_in_force`).
        InputError: code invalid_what_if or invalid_facts; what is asked cannot be.
        SolverError: a year without a verified optimum.
    """
    now = clock.now()
    workup, _ = work_up_client(store, reference, caller, client_id=client_id, now=now)
    return what_if_document(workup, what_if)
