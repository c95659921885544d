"""Journey 1: the overview, and the profile that answers led to."""

from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.balance_sheet import BalanceSheet
from allocator.errors import InputError
from allocator.product_classes import CLASSES
from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.pages.answer_words import option_in_words
from api.pages.blueprint import pages
from api.pages.facts import outdated_facts
from api.pages.life_words import probability_words
from api.pages.lookup import (
    assessment_form,
    client_record,
    latest,
    note_lengths,
    open_bundles,
    profile_or_none,
    radar_of,
)
from api.pages.profile_chart import profile_chart, reasons_by_kind
from api.pages.rendering import page_texts, render
from api.services.age_lifts import confirm_lift, lift_state, offer_lift
from api.services.assess import list_assessments
from api.services.drafts import get_draft
from api.services.reminders import list_reminders
from api.services.reviews import pending_reviews
from api.store.records import AdviceKind
from api.texts import Texts

# A document's weights carry six decimals.
SAME_WEIGHT = 1e-5


@pages.get("/clients/<client_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def overview(client_id: str) -> str:
    """Show where the client stands and what comes next."""
    here, caller = environment(), current_caller()
    record = client_record(client_id)
    diagnosis = latest(AdviceKind.DIAGNOSIS, client_id)
    reminders = list_reminders(here.store, caller, client_id=client_id)
    texts = page_texts()
    return render(
        "overview.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        profile=profile_or_none(client_id),
        draft=get_draft(here.store, here.reference, caller, client_id=client_id),
        outdated=outdated_facts(
            record.facts,
            today=record.balance_sheet.as_of,
            parameters=here.reference.life_cycle,
            texts=texts,
        ),
        diagnosis=diagnosis,
        is_stale=diagnosis is not None and _has_moved(record.balance_sheet, diagnosis["weights"]),
        proposal=latest(AdviceKind.PROPOSAL, client_id),
        life_path=latest(AdviceKind.LIFE_PATH, client_id),
        probability_words=probability_words,
        chart=None if diagnosis is None else radar_of(texts, after=diagnosis["scores"]),
        wealth=record.balance_sheet.investable_wealth.amount,
        open_order_count=sum(len(bundle["orders"]) for bundle in open_bundles(client_id)),
        reminder_count=sum(reminder["status"] == "open" for reminder in reminders),
    )


@pages.get("/clients/<client_id>/profile")
@allow(Role.CLIENT, Role.ADVISOR)
def profile(client_id: str) -> ResponseReturnValue:
    """Show the profile as it stands, why it is what it is, and what would change it."""
    return _profile_page(client_id, problem=None)


@pages.route("/clients/<client_id>/age-lift", methods=["GET", "POST"])
@allow(Role.ADVISOR)
def offer_age_lift(client_id: str) -> ResponseReturnValue:
    """Offer to lift the cap of age, with a note on what was talked about."""
    client_record(client_id)
    here = environment()
    if request.method == "POST":
        try:
            offer_lift(
                here.store,
                here.clock,
                here.reference,
                current_caller(),
                client_id=client_id,
                note=request.form.get("note", ""),
            )
        except InputError:
            problem = page_texts().say("page.review.problem_note", **note_lengths(page_texts()))
            return _profile_page(client_id, problem=problem)
    return redirect(url_for("pages.profile", client_id=client_id), 303)


@pages.route("/clients/<client_id>/age-lift/confirmation", methods=["GET", "POST"])
@allow(Role.CLIENT)
def confirm_age_lift(client_id: str) -> ResponseReturnValue:
    """Take the client's word for a lift that an advisor offered."""
    client_record(client_id)
    here = environment()
    if request.method == "POST":
        try:
            confirm_lift(
                here.store,
                here.clock,
                here.reference,
                current_caller(),
                client_id=client_id,
                confirmed=request.form.get("confirmed") == "yes",
            )
        except InputError:
            problem = page_texts().say("page.profile.lift_problem")
            return _profile_page(client_id, problem=problem)
    return redirect(url_for("pages.profile", client_id=client_id), 303)


def _profile_page(client_id: str, *, problem: str | None) -> ResponseReturnValue:
    here, caller, texts = environment(), current_caller(), page_texts()
    record = client_record(client_id)
    found = profile_or_none(client_id)
    if found is None:
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    waiting = [one["id"] for one in pending_reviews(here.store, caller)]
    history = list_assessments(here.store, caller, client_id=client_id)
    page = render(
        "profile.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        profile=found,
        chart=profile_chart(found, texts),
        reasons=reasons_by_kind(found["reasons"]),
        asked_again=_asked_again(found, texts),
        history=history,
        # A newer one that still cools off is looked at, and no longer the one it follows.
        waits_for_review=next((one["id"] for one in history if one["id"] in waiting), None),
        lift=lift_state(here.store, here.clock, caller, client_id=client_id),
        note=request.form.get("note", ""),
        note_lengths=note_lengths(texts),
        problem=problem,
    )
    return make_response(page, 422 if problem else 200)


def _asked_again(found: Mapping[str, Any], texts: Texts) -> list[dict[str, str | None]]:
    """Return the questions that were asked again with both answers, in words."""
    if not found["follow_ups"]:
        return []
    form = assessment_form(found["id"])
    return [
        {
            "question": form[one["question"]].text[texts.language],
            "before": option_in_words(form[one["question"]], one["before"], texts),
            "after": option_in_words(form[one["question"]], one["after"], texts),
        }
        for one in found["follow_ups"]
    ]


def _has_moved(sheet: BalanceSheet, weights: Mapping[str, float]) -> bool:
    """Return whether the holdings are no longer those of a diagnosis."""
    now = sheet.weights(CLASSES).as_dict() if sheet.investable_wealth else {}
    return any(abs(share - weights.get(c.value, 0.0)) > SAME_WEIGHT for c, share in now.items())
