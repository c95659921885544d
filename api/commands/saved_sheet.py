"""A sheet on its way in a file of its own: what `robo questionnaire ask --save` keeps.

The file is JSON that only its owner may read. It names the form by the hash of its text, because
answers to one form mean nothing to another.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from marshmallow import fields

from allocator.errors import InputError, Problem
from api.clock import as_utc
from api.schemas.fields import Choice, Day, Options, StrictSchema, Text, fault, load_document
from api.strict_json import parse_json
from risk_profiles.answers import check_some_answers
from risk_profiles.questionnaire import Questionnaire


class SheetFormat(StrEnum):
    """Versions of the file."""

    SHEET_1 = "robo-sheet/1"


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """How far somebody has come.

    Attributes:
        questionnaire_hash: Of the form's text.
        started_at: When the first question was shown.
        follow_up: Answers to the questions that were asked again so far.
    """

    questionnaire_hash: str
    birth_date: date
    started_at: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    follow_up: Mapping[str, str] = field(default_factory=dict)


class Instant(fields.String):
    """An aware instant in ISO 8601."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            return as_utc(datetime.fromisoformat(value))
        except (TypeError, ValueError, OverflowError):
            raise fault(
                "is not an instant", 'send an instant such as "2026-11-20T02:00:00+00:00"'
            ) from None


class SavedSheetSchema(StrictSchema):
    """The file, member by member."""

    format = Choice(SheetFormat, required=True)
    questionnaire_hash = Text(required=True)
    birth_date = Day(required=True)
    started_at = Instant(required=True)
    answers = Options(required=True)
    follow_up = Options(required=True)


def read_saved_sheet(file: Path, form: Questionnaire) -> SavedSheet:
    """Return the sheet that `write_saved_sheet` kept.

    Raises:
        InputError: the file is no such sheet, or one of another form (code other_questionnaire).
    """
    loaded = load_document(SavedSheetSchema(), parse_json(file.read_bytes()))
    del loaded["format"]
    sheet = SavedSheet(**loaded)
    if sheet.questionnaire_hash != form.content_hash:
        problem = Problem(
            "/questionnaire_hash",
            f"is not that of version {form.version}",
            sheet.questionnaire_hash,
            "answer the same form again with --form, or save to another file",
        )
        raise InputError(
            "the answers belong to another form", code="other_questionnaire", problems=[problem]
        )
    check_some_answers(form, sheet.answers)
    try:
        check_some_answers(form, sheet.follow_up)
    except InputError as error:
        found = [replace(p, field=f"/follow_up/{p.field.split('/')[-1]}") for p in error.problems]
        raise InputError(error.message, code="invalid_follow_up", problems=found) from None
    return sheet


def write_saved_sheet(file: Path, sheet: SavedSheet) -> None:
    """Write a sheet so that a reader finds the old file or the new one, and never a half.

    Raises:
        OSError: the file cannot be written.
    """
    document = SavedSheetSchema().dump({"format": SheetFormat.SHEET_1, **asdict(sheet)})
    text = json.dumps(document, ensure_ascii=False, indent=2)
    # A temporary file of this kind can be read by its owner alone.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(f"{text}\n")
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
