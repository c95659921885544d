"""`robo profile`: one client file in, its risk profile out; nothing is stored."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from allocator.errors import InputError, Problem
from api.assessment_documents import assessment_document
from api.client_file import ClientRecord
from api.commands.options import (
    client_file,
    console,
    localized,
    print_json,
    texts_of,
    with_format,
    with_language,
)
from api.commands.profile_table import show_open_follow_ups, show_profile
from api.documents import Document, evidence_document
from api.reference_data import reference_data_of
from api.schemas.client_file import load_client_file
from api.services.assess_sheet import assess_sheet, open_follow_ups
from api.services.follow_ups import FollowUp
from api.settings import Settings
from api.strict_json import parse_json
from api.texts import Texts
from risk_profiles.assessment_basis import basis_of


@click.command()
@client_file
@with_format
@with_language
def profile(file: Path, output: str, lang: str) -> None:
    """Show the risk profile of the client of FILE as of the file's own date.

    Nobody is there to be asked again, so answers that contradict each other are read cautiously;
    what would be asked is shown.
    """
    settings, texts = Settings.from_environment(), texts_of(lang)
    reference = reference_data_of(settings)
    record = load_client_file(
        parse_json(file.read_bytes()), shelf=reference.shelf, parameters=reference.life_cycle
    )
    if record.answers is None:
        problem = Problem("/answers", "is missing", None, "answer the questionnaire first")
        raise InputError("no answers, no profile", code="not_assessed", problems=[problem])
    as_of = record.balance_sheet.as_of
    age = record.facts.age_on(as_of)
    sheet = assess_sheet(reference, record.answers, age=age, record=record)
    asked = open_follow_ups(reference, record.answers, age=age)
    valid_until = as_of + timedelta(days=settings.validity_days)
    if output == "table":
        screen = console()
        show_profile(
            screen, sheet, texts, name=record.client_id, assessed_on=as_of, valid_until=valid_until
        )
        show_open_follow_ups(screen, sheet, asked, texts)
        return
    document = assessment_document(
        sheet.form,
        sheet.profile,
        assessed_on=as_of,
        valid_until=valid_until,
        follow_ups=(),
        given={},
        flags=sheet.flags,
        outlook=sheet.outlook,
        basis=basis_of(record.facts, record.balance_sheet),
    )
    print_json(
        {
            **_heading(record, document, texts),
            **localized(document, texts),
            "open_follow_ups": [_follow_up(one, texts) for one in asked],
        }
    )


def _heading(record: ClientRecord, document: Document, texts: Texts) -> dict[str, Any]:
    level = document["level"]
    return {
        "client_id": record.client_id,
        "level_name": texts.say(f"profile_level.{level}"),
        "level_meaning": texts.say(f"profile_level_meaning.{level}"),
    }


def _follow_up(asked: FollowUp, texts: Texts) -> dict[str, Any]:
    """Return a question that would be asked again, with the wording of each contradiction."""
    return {
        "question": asked.question_id,
        "rules": [rule.value for rule in asked.rules],
        "pairs": [list(pair) for pair in asked.pairs],
        "figures": {name: evidence_document(value) for name, value in asked.figures.items()},
        "before": asked.earlier_answer,
        "options": list(asked.options),
        "texts": [texts.asked_again(wording, asked.figures) for wording in asked.wording],
    }
