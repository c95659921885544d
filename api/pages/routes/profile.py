"""Journey 1: from the overview through the questionnaire to the profile."""

from collections.abc import Mapping
from itertools import groupby

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.balance_sheet import BalanceSheet
from allocator.errors import InputError
from allocator.product_classes import CLASSES
from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.pages.blueprint import pages
from api.pages.facts import outdated_facts
from api.pages.lookup import client_record, latest, profile_or_none, radar_of
from api.pages.rendering import page_texts, render
from api.services import assess
from api.services.purchase import list_bundles
from api.services.reminders import list_reminders
from api.store.records import AdviceKind
from risk_profiles.questionnaire import Questionnaire

# A document's weights carry six decimals.
SAME_WEIGHT = 1e-5
OPEN_BUNDLES = frozenset({"created", "submitting", "submitted", "partially_confirmed"})


@pages.get("/clients/<client_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def overview(client_id: str) -> str:
    """Show where the client stands and what comes next."""
    here, caller = environment(), current_caller()
    record = client_record(client_id)
    diagnosis = latest(AdviceKind.DIAGNOSIS, client_id)
    bundles = list_bundles(here.store, caller, client_id=client_id)
    reminders = list_reminders(here.store, caller, client_id=client_id)
    texts = page_texts()
    return render(
        "overview.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        profile=profile_or_none(client_id),
        outdated=outdated_facts(record.facts, today=record.balance_sheet.as_of, texts=texts),
        diagnosis=diagnosis,
        is_stale=diagnosis is not None and _has_moved(record.balance_sheet, diagnosis["weights"]),
        proposal=latest(AdviceKind.PROPOSAL, client_id),
        chart=None if diagnosis is None else radar_of(texts, after=diagnosis["scores"]),
        wealth=record.balance_sheet.investable_wealth.amount,
        open_order_count=sum(
            len(bundle["orders"]) for bundle in bundles if bundle["status"] in OPEN_BUNDLES
        ),
        reminder_count=sum(reminder["status"] == "open" for reminder in reminders),
    )


@pages.route("/clients/<client_id>/questionnaire", methods=["GET", "POST"])
@allow(Role.CLIENT)
def questionnaire(client_id: str) -> ResponseReturnValue:
    """Ask all questions on one form, and assess the client from the answers."""
    here = environment()
    record = client_record(client_id)
    asked = here.reference.questionnaire
    if request.method != "POST":  # GET, or the HEAD that comes with it
        return _form(asked, dict(record.answers or {}), {}, client_id, record.facts.name)
    answers = {
        question.id: request.form[question.id]
        for question in asked.questions
        if question.id in request.form
    }
    try:
        assess.submit_answers(
            here.store,
            here.clock,
            here.reference,
            here.settings,
            current_caller(),
            client_id=client_id,
            answers=answers,
        )
    except InputError as error:
        problems = _problems(error, answers)
        if not problems:
            raise
        page = _form(asked, answers, problems, client_id, record.facts.name)
        return make_response(page, 422)
    return redirect(url_for("pages.profile", client_id=client_id), 303)


@pages.get("/clients/<client_id>/profile")
@allow(Role.CLIENT, Role.ADVISOR)
def profile(client_id: str) -> ResponseReturnValue:
    """Show the profile in force and why it is what it is."""
    record = client_record(client_id)
    found = profile_or_none(client_id)
    if found is None:
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    return render(
        "profile.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        profile=found,
    )


def _has_moved(sheet: BalanceSheet, weights: Mapping[str, float]) -> bool:
    """Return whether the holdings are no longer those of a diagnosis."""
    now = sheet.weights(CLASSES).as_dict() if sheet.investable_wealth else {}
    return any(abs(share - weights.get(c.value, 0.0)) > SAME_WEIGHT for c, share in now.items())


def _form(
    asked: Questionnaire,
    answers: dict[str, str],
    problems: dict[str, str],
    client_id: str,
    client_name: str,
) -> str:
    groups = [
        {"trait": trait, "questions": list(questions)}
        for trait, questions in groupby(asked.questions, key=lambda q: q.trait.value)
    ]
    return render(
        "questionnaire.html",
        tab="overview",
        client_id=client_id,
        client_name=client_name,
        groups=groups,
        questions=asked.questions,
        numbers={question.id: str(n) for n, question in enumerate(asked.questions, start=1)},
        answers=answers,
        problems=problems,
        version=asked.version,
    )


def _problems(error: InputError, answers: dict[str, str]) -> dict[str, str]:
    """Return what to say beside each question the error names."""
    texts, found = page_texts(), {}
    for problem in error.problems:
        question_id = problem.field.removeprefix("/answers/")
        if question_id != problem.field:
            word = "invalid" if question_id in answers else "missing"
            found[question_id] = texts.say(f"page.questionnaire.problem_{word}")
    return found
