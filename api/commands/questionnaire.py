"""`robo questionnaire`: what a form is, and whether it measures.

Other subcommands of the group stand in modules of their own and are added in
`api/commands/group.py`.
"""

import json
from pathlib import Path

import click

from allocator.errors import InputError, Problem
from api.commands.evidence_tables import show_evaluation
from api.commands.options import console, localized, print_json, texts_of, with_language
from api.evidence_documents import evaluation_document
from api.evidence_page import render_evidence_page
from risk_profiles.evidence.answer_file import read_answer_file, write_answer_file
from risk_profiles.evidence.evaluation import DEFAULT_DRAWS, DEFAULT_SEED, evaluate
from risk_profiles.evidence.simulated_answers import simulate_answers
from risk_profiles.evidence.survey_households import map_households
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, writable=True, path_type=Path)
_FORM = click.option(
    "--form", "form_file", type=_EXISTING, help="Questionnaire in TOML; ours where none is given."
)


@click.group()
def questionnaire() -> None:
    """Check a form and gather evidence that it measures."""


@questionnaire.command("evaluate")
@click.argument("answers_file", metavar="ANSWERS.csv", type=_EXISTING)
@_FORM
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Of the bootstrap.")
@click.option(
    "--draws", type=int, default=DEFAULT_DRAWS, show_default=True, help="Of the bootstrap."
)
@click.option("--json", "json_file", type=_NEW, help="Write the figures here; - prints them.")
@click.option("--html", "html_file", type=_NEW, help="Write a page with charts here.")
@with_language
def evaluate_answers(
    answers_file: Path,
    form_file: Path | None,
    seed: int,
    draws: int,
    json_file: Path | None,
    html_file: Path | None,
    lang: str,
) -> None:
    """Say what a file of answers tells about the form: reliability, shares, agreement, levels."""
    form, texts = _form(form_file), texts_of(lang)
    answers = read_answer_file(form, _text_of(answers_file))
    evaluation = evaluate(form, answers, seed=seed, draws=draws)
    document = localized(evaluation_document(evaluation), texts)
    if html_file is not None:
        page = render_evidence_page(evaluation, form, texts=texts)
        html_file.write_text(page, encoding="utf-8")
    if json_file is not None and str(json_file) != "-":
        written = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
        json_file.write_text(f"{written}\n", encoding="utf-8")
    if json_file is not None and str(json_file) == "-":
        print_json(document)
        return
    show_evaluation(console(), evaluation, texts)


@questionnaire.command("simulate")
@_FORM
@click.option("--respondents", type=int, default=1000, show_default=True, help="How many people.")
@click.option(
    "--loading", type=float, default=0.6, show_default=True,
    help="Correlation of an answer with its trait, 0 to below 1.",
)  # fmt: skip
@click.option("--rounds", type=int, default=1, show_default=True, help="1, or 2 to ask again.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Of the draws.")
@click.option("--out", type=_NEW, required=True, help="The file of answers to write.")
def simulate(
    form_file: Path | None, respondents: int, loading: float, rounds: int, seed: int, out: Path
) -> None:
    """Write answers of simulated people whose traits are drawn."""
    form = _form(form_file)
    answers = simulate_answers(
        form, respondents=respondents, loading=loading, rounds=rounds, seed=seed
    )
    out.write_text(write_answer_file(form, answers), encoding="utf-8")


@questionnaire.command("map-households")
@click.argument("survey_file", metavar="SURVEY.csv", type=_EXISTING)
@_FORM
@click.option("--out", type=_NEW, required=True, help="The file of answers to write.")
def map_survey(survey_file: Path, form_file: Path | None, out: Path) -> None:
    """Write households of the Survey of Consumer Finances as answers to a form."""
    form = _form(form_file)
    answers = map_households(form, _text_of(survey_file))
    out.write_text(write_answer_file(form, answers), encoding="utf-8")


def _form(file: Path | None) -> Questionnaire:
    if file is None:
        return load_default_questionnaire()
    return parse_questionnaire(_text_of(file), name=file.name)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(
            click.format_filename(file),
            f"is not UTF-8 at byte {error.start}",
            None,
            "save the file as UTF-8 text",
        )
        raise InputError("the file cannot be read", problems=[problem]) from None
