"""Journey 1, the questionnaire: one question a page, kept as it is answered, submitted once.

    start -> question by question -> all answers -> submit -> asked again, if need be -> profile

Every page works from the draft in the store, so that a client may leave at any question and go on
elsewhere. Back and next are both buttons that keep the answer chosen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.errors import InputError
from allocator.money import Money
from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.errors import ConflictError, NotFoundError
from api.pages.answer_words import answers_in_words, find_question
from api.pages.asked_again import asked_again
from api.pages.blueprint import pages
from api.pages.lookup import client_record
from api.pages.own_falls import own_falls
from api.pages.rendering import SWITCH_LANGUAGE, page_texts, render
from api.services import drafts
from api.services.assessment_limits import MOST_A_DAY, MOST_A_YEAR, limit_reached
from api.services.follow_ups import FollowUp, FollowUpNeededError
from risk_profiles.questionnaire import Question, Questionnaire

BACK = "back"


@pages.get("/clients/<client_id>/questionnaire")
@allow(Role.CLIENT)
def questionnaire(client_id: str) -> str:
    """Say what will be asked, and offer to begin or to go on."""
    here, form = environment(), environment().reference.questionnaire
    record = client_record(client_id)
    draft = drafts.get_draft(here.store, here.reference, current_caller(), client_id=client_id)
    counts = Counter(one.trait.value for one in form.questions)
    return render(
        "questionnaire.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        draft=draft,
        next_address=_first_open(form, _answers(draft), client_id),
        parts=[{"trait": trait, "count": count} for trait, count in counts.items()],
        count=len(form.questions),
        limit=limit_reached(
            here.store, here.clock, here.reference, current_caller(), client_id=client_id
        ),
        most_a_day=MOST_A_DAY,
        most_a_year=MOST_A_YEAR,
        validity_days=here.settings.validity_days,
        version=form.version,
    )


@pages.post("/clients/<client_id>/questionnaire")
@allow(Role.CLIENT)
def start_again(client_id: str) -> ResponseReturnValue:
    """Forget the answers of an unfinished sheet, and ask the first question."""
    here, form = environment(), environment().reference.questionnaire
    drafts.discard_draft(here.store, current_caller(), client_id=client_id)
    return redirect(_address(client_id, form.questions[0]), 303)


@pages.route("/clients/<client_id>/questionnaire/<question_id>", methods=["GET", "POST"])
@allow(Role.CLIENT)
def question(client_id: str, question_id: str) -> ResponseReturnValue:
    """Ask one question; keep what was chosen, whichever way the client goes on."""
    here, caller = environment(), current_caller()
    record, form = client_record(client_id), here.reference.questionnaire
    asked = find_question(form, question_id)
    if asked is None:
        raise NotFoundError("there is no such question")
    draft = drafts.get_draft(here.store, here.reference, caller, client_id=client_id)
    if draft is not None and draft["is_outdated"]:
        return redirect(url_for("pages.questionnaire", client_id=client_id), 303)
    problem = None
    if request.method == "POST":
        problem = _keep_answer(client_id, asked)
        if request.form.get("go") == SWITCH_LANGUAGE:
            return redirect(_same_question(client_id, asked), 303)
        if problem is None:
            return redirect(_next_address(client_id, form, asked), 303)
    page = _question_page(
        form,
        asked,
        _answers(draft),
        client_id=client_id,
        client_name=record.facts.name,
        wealth=record.balance_sheet.investable_wealth,
        problem=problem,
    )
    return make_response(page, 422 if problem else 200)


@pages.get("/clients/<client_id>/answers")
@allow(Role.CLIENT)
def answers(client_id: str) -> ResponseReturnValue:
    """Show all answers before they are submitted, each with a way to change it."""
    return _answers_page(client_id, problem=None)


@pages.post("/clients/<client_id>/answers")
@allow(Role.CLIENT)
def submit_answers(client_id: str) -> ResponseReturnValue:
    """Assess the client from the draft, or ask again what contradicts."""
    client_record(client_id)
    return _submitted(client_id, None)


@pages.route("/clients/<client_id>/answers/follow-up", methods=["GET", "POST"])
@allow(Role.CLIENT)
def submit_follow_up(client_id: str) -> ResponseReturnValue:
    """Assess the client from the draft and what was answered when asked again."""
    client_record(client_id)
    form = environment().reference.questionnaire
    if request.method != "POST":
        return redirect(url_for("pages.answers", client_id=client_id), 303)
    given = {q.id: request.form[q.id] for q in form.questions if q.id in request.form}
    if request.form.get("go") == SWITCH_LANGUAGE:
        return _follow_up_in_other_language(client_id, given)
    return _submitted(client_id, given)


def _submitted(client_id: str, follow_up: Mapping[str, str] | None) -> ResponseReturnValue:
    """Submit the draft and return the page that comes next."""
    profile_address = url_for("pages.profile", client_id=client_id)
    try:
        _submit(client_id, follow_up)
    except FollowUpNeededError as needed:
        return _asked_again_page(client_id, needed.follow_ups, {})
    except ConflictError as error:
        if error.code != "draft_outdated":
            raise
        return redirect(url_for("pages.questionnaire", client_id=client_id), 303)
    except InputError as error:
        match error.code:
            case "no_draft":  # the button was pressed twice, and the first press did it
                return redirect(profile_address, 303)
            case "invalid_answers":
                problem = page_texts().say("page.questionnaire.unfinished")
                return _answers_page(client_id, problem=problem)
            case "invalid_follow_up":
                return _asked_once_more(client_id, follow_up or {})
        raise
    return redirect(profile_address, 303)


def _follow_up_in_other_language(client_id: str, given: Mapping[str, str]) -> ResponseReturnValue:
    """Show the questions asked again with what was just chosen; nothing is submitted."""
    here = environment()
    try:
        asked = drafts.draft_follow_ups(
            here.store, here.clock, here.reference, current_caller(), client_id=client_id
        )
    except (InputError, ConflictError):
        asked = ()
    if not asked:
        return redirect(url_for("pages.answers", client_id=client_id), 303)
    return _asked_again_page(client_id, asked, given)


def _asked_once_more(client_id: str, given: Mapping[str, str]) -> ResponseReturnValue:
    """Show the questions asked again, as they are now, with what was answered of them."""
    try:
        _submit(client_id, None)
    except FollowUpNeededError as needed:
        return _asked_again_page(client_id, needed.follow_ups, given, is_retry=True)
    return redirect(url_for("pages.profile", client_id=client_id), 303)


def _submit(client_id: str, follow_up: Mapping[str, str] | None) -> None:
    here = environment()
    drafts.submit_draft(
        here.store,
        here.clock,
        here.reference,
        here.settings,
        current_caller(),
        client_id=client_id,
        follow_up=follow_up,
    )


def _keep_answer(client_id: str, asked: Question) -> str | None:
    """Keep the chosen answer, if there is one; return what is wrong, in words."""
    here, texts = environment(), page_texts()
    chosen = request.form.get("answer")
    if chosen is None:
        is_back = request.form.get("go") == BACK
        return None if is_back else texts.say("page.questionnaire.problem_missing")
    try:
        drafts.save_answers(
            here.store,
            here.clock,
            here.reference,
            current_caller(),
            client_id=client_id,
            answers={asked.id: chosen},
        )
    except InputError:
        return texts.say("page.questionnaire.problem_invalid")
    return None


def _same_question(client_id: str, asked: Question) -> str:
    change = "1" if "change" in request.form else None
    return url_for("pages.question", client_id=client_id, question_id=asked.id, change=change)


def _next_address(client_id: str, form: Questionnaire, asked: Question) -> str:
    """Return where the pressed button leads."""
    if "change" in request.form:
        return url_for("pages.answers", client_id=client_id)
    place = form.questions.index(asked) + (-1 if request.form.get("go") == BACK else 1)
    if place < 0:
        return url_for("pages.questionnaire", client_id=client_id)
    if place == len(form.questions):
        return url_for("pages.answers", client_id=client_id)
    return _address(client_id, form.questions[place])


def _first_open(form: Questionnaire, given: Mapping[str, str], client_id: str) -> str:
    """Return the page of the first question without an answer, or of all answers."""
    for one in form.questions:
        if one.id not in given:
            return _address(client_id, one)
    return url_for("pages.answers", client_id=client_id)


def _address(client_id: str, asked: Question) -> str:
    return url_for("pages.question", client_id=client_id, question_id=asked.id)


def _answers(draft: Mapping[str, Any] | None) -> dict[str, str]:
    return {} if draft is None or draft["is_outdated"] else dict(draft["answers"])


def _question_page(
    form: Questionnaire,
    asked: Question,
    given: Mapping[str, str],
    *,
    client_id: str,
    client_name: str,
    wealth: Money,
    problem: str | None,
) -> str:
    return render(
        "questionnaire_question.html",
        tab="overview",
        client_id=client_id,
        client_name=client_name,
        question=asked,
        number=form.questions.index(asked) + 1,
        count=len(form.questions),
        chosen=given.get(asked.id),
        problem=problem,
        is_change="change" in request.values,
        falls=own_falls(form, asked, given, wealth=wealth),
    )


def _answers_page(client_id: str, *, problem: str | None) -> ResponseReturnValue:
    here, texts = environment(), page_texts()
    record, form = client_record(client_id), here.reference.questionnaire
    draft = drafts.get_draft(here.store, here.reference, current_caller(), client_id=client_id)
    if draft is None or draft["is_outdated"]:
        return redirect(url_for("pages.questionnaire", client_id=client_id), 303)
    given = _answers(draft)
    in_words = iter(answers_in_words(form, given, texts))
    parts = [
        {"trait": trait, "answers": [next(in_words) for _ in questions]}
        for trait, questions in groupby(form.questions, key=lambda q: q.trait.value)
    ]
    page = render(
        "questionnaire_answers.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        parts=parts,
        is_filed=draft["is_filed"],
        missing_count=sum(q.id not in given for q in form.questions),
        next_address=_first_open(form, given, client_id),
        problem=problem,
        version=form.version,
    )
    return make_response(page, 422 if problem else 200)


def _asked_again_page(
    client_id: str,
    follow_ups: Sequence[FollowUp],
    given: Mapping[str, str],
    *,
    is_retry: bool = False,
) -> ResponseReturnValue:
    here, texts = environment(), page_texts()
    draft = drafts.get_draft(here.store, here.reference, current_caller(), client_id=client_id)
    chosen = {
        one.question_id: given[one.question_id]
        for one in follow_ups
        if given.get(one.question_id) in one.options
    }
    page = render(
        "questionnaire_follow_up.html",
        tab="overview",
        client_id=client_id,
        client_name=client_record(client_id).facts.name,
        asked=[
            asked_again(here.reference.questionnaire, one, _answers(draft), texts)
            for one in follow_ups
        ],
        given=chosen,
        is_retry=is_retry,
    )
    return make_response(page, 422 if is_retry else 200)
