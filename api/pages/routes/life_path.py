"""The years ahead in a browser: the life path, and the question what if."""

from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from allocator.errors import InputError
from api.authorization import allow, current_caller
from api.callers import Role
from api.client_file import ClientRecord
from api.environment import environment
from api.pages.blueprint import pages
from api.pages.facts import outdated_facts
from api.pages.life_figures import (
    flow_figure,
    glide_figure,
    ordered_events,
    wealth_figure,
    what_if_figure,
)
from api.pages.life_words import (
    SHOWN_ELSEWHERE,
    error_words,
    funding_words,
    in_language,
    limit_ages,
    probability_words,
    result_words,
    verdict,
)
from api.pages.lookup import client_record, latest
from api.pages.rendering import page_texts, render
from api.pages.share_words import gap_words, share_limits_words, share_moves
from api.pages.what_if_form import WhatIfForm, asked_in_words, read_what_if, with_refusal
from api.pages.what_if_words import (
    answer_error,
    compared_rows,
    life_path_words,
    moved_classes,
)
from api.rough_money import rough_money
from api.services import life_paths
from api.store.records import AdviceKind

# Tables of figures show every fifth year; the charts show all.
TABLE_YEARS = 5
MENDABLE = frozenset({"invalid_what_if", "invalid_facts"})


@pages.post("/clients/<client_id>/life-paths")
@allow(Role.CLIENT, Role.ADVISOR)
def make_life_path(client_id: str) -> ResponseReturnValue:
    """Simulate the years ahead, store the result and show it."""
    here, record = environment(), client_record(client_id)
    if _outdated(record):
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    made = life_paths.make_life_path(
        here.store, here.clock, here.reference, current_caller(), client_id=client_id
    )
    return redirect(url_for("pages.life_path", advice_id=made["id"]), 303)


@pages.get("/clients/<client_id>/life-path")
@allow(Role.CLIENT, Role.ADVISOR)
def latest_life_path(client_id: str) -> ResponseReturnValue:
    """Send the visitor to the newest life path, or to the steps that lead there."""
    found = latest(AdviceKind.LIFE_PATH, client_id)
    if found is None:
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    return redirect(url_for("pages.life_path", advice_id=found["id"]), 303)


@pages.get("/life-paths/<advice_id>")
@allow(Role.CLIENT, Role.ADVISOR)
def life_path(advice_id: str) -> str:
    """Show a life path: result, goals, retirement, charts, assumptions, and the question."""
    here, texts = environment(), page_texts()
    found = life_paths.get_life_path(here.store, current_caller(), life_path_id=advice_id)
    record = client_record(found["client_id"])
    debts = {debt.id: debt.kind for debt in record.balance_sheet.debts}
    return render(
        "life_path.html",
        tab="overview",
        client_id=found["client_id"],
        client_name=record.facts.name,
        path=found,
        result=result_words(found, texts),
        probability_words=probability_words,
        verdict=verdict,
        error_words=error_words,
        funding_words=funding_words,
        in_language=in_language,
        findings=[f for f in found["findings"] if f["code"] not in SHOWN_ELSEWHERE],
        glide_chart=glide_figure(found, texts),
        wealth_chart=wealth_figure(found, texts),
        flow_chart=flow_figure(found, texts),
        # A single point is not drawn, and so needs no source.
        funds=[fund for fund in found["target_date_funds"] if len(fund["points"]) > 1],
        moves=share_moves(found, texts),
        gaps=gap_words(found, texts),
        share_limits=share_limits_words(found, texts),
        limits=limit_ages(found, texts),
        years=_every_fifth(found, "years"),
        wealth=_every_fifth(found, "wealth"),
        debts=debts,
        events=ordered_events(found),
        rough_money=rough_money,
        is_outdated=bool(_outdated(record)),
        form=_form({}, record),
    )


@pages.get("/clients/<client_id>/what-if")
@allow(Role.CLIENT, Role.ADVISOR)
def what_if(client_id: str) -> ResponseReturnValue:
    """Ask what would be if something were different, and answer what the address asks."""
    here, texts, record = environment(), page_texts(), client_record(client_id)
    if _outdated(record):
        return redirect(url_for("pages.overview", client_id=client_id), 303)
    form, answer = _form(request.args, record), None
    if form.question is not None:
        try:
            answer = life_paths.ask_what_if(
                here.store,
                here.clock,
                here.reference,
                current_caller(),
                client_id=client_id,
                what_if=form.question,
            )
        except InputError as error:
            if error.code not in MENDABLE:
                raise
            parameters = here.reference.life_cycle
            form = with_refusal(form, error, record, parameters=parameters, texts=texts)
    stored = latest(AdviceKind.LIFE_PATH, client_id)
    page = render(
        "what_if.html",
        tab="overview",
        client_id=client_id,
        client_name=record.facts.name,
        form=form,
        life_path=stored,
        **({} if answer is None else _answered(answer, form, record, stored)),
    )
    return make_response(page, 422 if form.errors else 200)


def _answered(
    answer: Mapping[str, Any],
    form: WhatIfForm,
    record: ClientRecord,
    stored: Mapping[str, Any] | None,
) -> dict[str, Any]:
    texts = page_texts()
    asked = () if form.question is None else asked_in_words(form.question, record, texts)
    return {
        "answer": answer,
        "asked": asked,
        "rows": compared_rows(answer, texts, has_work=form.has_work),
        "classes": moved_classes(answer, texts),
        "chart": what_if_figure(answer, texts),
        "error": answer_error(answer, texts),
        "there": life_path_words(answer, stored, texts),
    }


def _form(sent: Mapping[str, str], record: ClientRecord) -> WhatIfForm:
    parameters = environment().reference.life_cycle
    return read_what_if(sent, record, parameters=parameters, texts=page_texts())


def _outdated(record: ClientRecord) -> tuple[str, ...]:
    return outdated_facts(
        record.facts,
        today=record.balance_sheet.as_of,
        parameters=environment().reference.life_cycle,
        texts=page_texts(),
    )


def _every_fifth(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows, first = found[name], int(found["age"])
    return [r for r in rows if (r["age"] - first) % TABLE_YEARS == 0 or r["age"] == rows[-1]["age"]]
