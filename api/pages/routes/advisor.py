"""The advisor's work: the list of clients, and assessments that wait for a word."""

from typing import Any

import numpy as np
from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.errors import InputError
from allocator.product_classes import CLASSES
from allocator.rebalancing.drift import drift
from allocator.statements import Severity
from api.authorization import allow, current_caller
from api.callers import Role
from api.client_file import ClientRecord
from api.clock import shanghai_date
from api.environment import environment
from api.pages.answer_words import answers_in_words, option_in_words
from api.pages.blueprint import pages
from api.pages.lookup import client_record, latest, note_lengths, profile_or_none
from api.pages.rendering import SWITCH_LANGUAGE, page_texts, render
from api.pages.review_facts import review_facts
from api.services.clients import list_clients
from api.services.reminders import list_reminders
from api.services.reviews import get_assessment, pending_reviews, review_assessment
from api.store.records import AdviceKind


@pages.get("/advisor")
@allow(Role.ADVISOR)
def advisor_clients() -> str:
    """List what waits for a review, and the own book with index, profile, drift and reminders."""
    here, caller = environment(), current_caller()
    open_reminders = [
        r["client_id"] for r in list_reminders(here.store, caller) if r["status"] == "open"
    ]
    rows: list[dict[str, Any]] = []
    book = list_clients(here.store, here.clock, caller)
    names = {record.client_id: record.facts.name for record in book}
    for record in book:
        profile = profile_or_none(record.client_id)
        diagnosis = latest(AdviceKind.DIAGNOSIS, record.client_id)
        rows.append(
            {
                "client_id": record.client_id,
                "name": record.facts.name,
                "level": None if profile is None else profile["level"],
                "index": None if diagnosis is None else diagnosis["index"],
                "drift": _drift(record),
                "reminder_count": open_reminders.count(record.client_id),
            }
        )
    # Those with reminders come first, then the undiagnosed, then the lowest index.
    rows.sort(key=lambda row: (-row["reminder_count"], row["index"] or 0.0, row["client_id"]))
    return render(
        "advisor.html",
        tab="clients",
        clients=rows,
        waiting=[
            one | {"name": names[one["client_id"]], "signs": _signs(one)}
            for one in pending_reviews(here.store, caller)
        ],
    )


@pages.get("/reviews/<assessment_id>")
@allow(Role.ADVISOR)
def review(assessment_id: str) -> ResponseReturnValue:
    """Show a flagged assessment: its answers in words, the facts beside them, and the flags."""
    return _review_page(assessment_id, problem=None)


@pages.post("/reviews/<assessment_id>")
@allow(Role.ADVISOR)
def send_review(assessment_id: str) -> ResponseReturnValue:
    """Record what the advisor makes of an assessment."""
    here, texts = environment(), page_texts()
    if request.form.get("go") == SWITCH_LANGUAGE:
        return _review_page(assessment_id, problem=None)
    try:
        review_assessment(
            here.store,
            here.clock,
            current_caller(),
            assessment_id=assessment_id,
            outcome=request.form.get("outcome", ""),
            note=request.form.get("note", ""),
        )
    except InputError as error:
        word = "note" if error.code == "invalid_note" else "outcome"
        problem = texts.say(f"page.review.problem_{word}", **note_lengths(texts))
        return _review_page(assessment_id, problem=problem)
    return redirect(url_for("pages.advisor_clients"), 303)


def _review_page(assessment_id: str, *, problem: str | None) -> ResponseReturnValue:
    here, texts = environment(), page_texts()
    found = get_assessment(here.store, current_caller(), assessment_id=assessment_id)
    record = client_record(found["client_id"])
    form = here.reference.with_questionnaire(found["questionnaire_text"]).questionnaire
    page = render(
        "review.html",
        tab="clients",
        client_id=record.client_id,
        client_name=record.facts.name,
        assessment=found,
        signs=_signs(found),
        answers=answers_in_words(form, found["answers"] | found["follow_up"], texts),
        before={
            name: option_in_words(form[name], found["answers"][name], texts)
            for name in found["follow_up"]
        },
        facts=review_facts(record, texts, today=shanghai_date(here.clock.now())),
        chosen=request.form.get("outcome", ""),
        note=request.form.get("note", ""),
        note_lengths=note_lengths(texts),
        problem=problem,
    )
    return make_response(page, 422 if problem else 200)


def _signs(assessment: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what made an assessment wait for a review."""
    warnings = [one for one in assessment["reasons"] if one["severity"] == Severity.WARNING]
    return [*warnings, *assessment["flags"]]


def _drift(record: ClientRecord) -> float | None:
    """Return how far the holdings are from the target of the newest proposal, if there is one."""
    proposal = latest(AdviceKind.PROPOSAL, record.client_id)
    if proposal is None or not record.balance_sheet.investable_wealth:
        return None
    target = proposal["target"]["weights"]
    current = record.balance_sheet.weights(CLASSES).aligned_to(CLASSES)
    return float(drift(current, np.array([target.get(c.value, 0.0) for c in CLASSES])))
