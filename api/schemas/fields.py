"""Field types that name what is wrong and what to send instead.

Every field is strict: no number is read from a string, no boolean from a word, and money and
rates come as decimal strings, because a JSON number has already been through binary digits.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from allocator.errors import InputError, Problem
from allocator.money import Money
from api.strict_json import pointer
from api.visible_text import LONGEST_NAME, Fault, text_fault
from risk_profiles.questionnaire import MOST_QUESTIONS, OPTION_ID, QUESTION_ID

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
IDENTIFIER = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
SLUG = r"[a-z0-9][a-z0-9-]{0,63}"

_MONEY = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,2})?")
_FRACTION = re.compile(r"[0-9](\.[0-9]{1,8})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def fault(detail: str, remedy: str) -> ValidationError:
    """Return the error a field raises."""
    return ValidationError([Fault(detail, remedy)])


class StrictSchema(Schema):
    """A schema that refuses what it does not know."""

    class Meta:
        """Options of every schema that comes in."""

        unknown = RAISE
        ordered = True


class Text(fields.String):
    """A string of bounded length that people can read, optionally of one pattern."""

    def __init__(
        self,
        *,
        longest: int = LONGEST_NAME,
        pattern: str | None = None,
        example: str = "",
        **options: Any,
    ) -> None:
        self.longest = longest
        self.pattern = pattern
        self.example = example
        metadata = {"maxLength": longest, "minLength": 1}
        super().__init__(
            metadata=metadata | ({"pattern": f"^{pattern}$"} if pattern else {}), **options
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str):
            raise fault("is not a string", "send a JSON string")
        found = text_fault(value, longest=self.longest)
        if found is not None:
            raise ValidationError([found])
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise fault(
                "has characters that are not allowed", f'send something like "{self.example}"'
            )
        return value


class MoneyText(fields.String):
    """An amount of yuan as a decimal string, at least zero unless told otherwise."""

    def __init__(self, *, negative: bool = False, **options: Any) -> None:
        self.negative = negative
        super().__init__(
            metadata={"format": "decimal", "examples": ["1234.50"], "description": "yuan"},
            **options,
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value.amount)

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Money:
        if not isinstance(value, str):
            raise fault("is not a decimal string", 'quote the amount, for example "1234.50"')
        if not _MONEY.fullmatch(value):
            raise fault(
                "is not an amount of money",
                'send a string such as "1234.50": plain digits, at most two decimals',
            )
        try:
            amount = Money.parse(value)
        except InputError as error:
            raise fault("is not an amount of money", error.problems[0].remedy) from None
        if not self.negative and amount.amount < 0:
            raise fault("is negative", "send zero or more")
        return amount


class FractionText(fields.String):
    """A rate per year as a fraction in a decimal string: "0.18" is 18 %."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            metadata={"format": "decimal", "examples": ["0.18"], "description": "fraction"},
            **options,
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format(value, "f")

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        if not isinstance(value, str):
            raise fault("is not a decimal string", 'quote the fraction, for example "0.18"')
        if not _FRACTION.fullmatch(value) or Decimal(value) > 1:
            raise fault("is not a fraction", 'send a string from "0" to "1": 18 % is "0.18"')
        return Decimal(value)


class Day(fields.String):
    """A date as YYYY-MM-DD."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date", "examples": ["2026-11-20"]}, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        remedy = 'send an ISO date such as "2026-11-20"'
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise fault("is not a date", remedy)
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise fault("is not a day of the calendar", remedy) from None
        if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise fault(
                "lies outside the calendar we use",
                f"send a year from {EARLIEST_YEAR} to {LATEST_YEAR}",
            )
        return day


class Choice(fields.String):
    """One member of a closed set; the file carries values, or names for numbered sets."""

    def __init__(self, members: type[Enum], *, by_name: bool = False, **options: Any) -> None:
        self.members = {m.name if by_name else str(m.value): m for m in members}
        self.by_name = by_name
        super().__init__(metadata={"enum": list(self.members)}, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return str(value.name if self.by_name else value.value)

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Enum:
        if not isinstance(value, str) or value not in self.members:
            raise fault("is not one of the allowed values", f"send {', '.join(self.members)}")
        return self.members[value]


class Whole(fields.Integer):
    """A whole number in a closed range, sent as a JSON integer."""

    def __init__(self, *, lowest: int, highest: int, **options: Any) -> None:
        self.lowest, self.highest = lowest, highest
        super().__init__(metadata={"minimum": lowest, "maximum": highest}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not self.lowest <= value <= self.highest:
            raise fault(
                f"is not a whole number from {self.lowest} to {self.highest}",
                f"send a JSON integer such as {self.lowest}",
            )
        return int(value)


class Flag(fields.Boolean):
    """True or false, and no word that resembles them."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise fault("is not true or false", "send the JSON literal true or false")
        return value


class Many(fields.List[Any]):
    """A list of bounded length."""

    def __init__(self, inner: fields.Field[Any], *, longest: int, **options: Any) -> None:
        self.longest = longest
        super().__init__(inner, metadata={"maxItems": longest}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if isinstance(value, list) and len(value) > self.longest:
            raise fault(f"has {len(value)} entries", f"send at most {self.longest}")
        return super()._deserialize(value, attr, data, **kwargs)


class Options(fields.Dict):
    """Option id by question id, both short."""

    def __init__(self, *, longest: int = MOST_QUESTIONS, **options: Any) -> None:
        self.longest = longest
        super().__init__(metadata={"additionalProperties": {"type": "string"}}, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, str]:
        if not isinstance(value, dict):
            raise fault("is not an object", 'send {"q2": "a", ...}')
        if len(value) > self.longest:
            raise fault(f"has {len(value)} members", f"send at most {self.longest}")
        faults = {
            key: [Fault("is not an answer", 'send the option\'s id as a string, such as "a"')]
            for key, option in value.items()
            if not isinstance(option, str) or not re.fullmatch(OPTION_ID, option)
        }
        faults |= {
            key: [Fault("is not a question", 'use question ids such as "q2"')]
            for key in value
            if not re.fullmatch(QUESTION_ID, key)
        }
        if faults:
            raise ValidationError(faults)
        return dict(value)


_DEFAULT_FAULTS = {
    "Missing data for required field.": Fault("is missing", "send this field"),
    "Unknown field.": Fault("is not a field of this document", "leave it out"),
    "Field may not be null.": Fault("is null", "send a value"),
    "Invalid input type.": Fault("is not an object", "send a JSON object"),
    "Not a valid list.": Fault("is not a list", "send a JSON array"),
}


def load_document(schema: Schema, document: object) -> dict[str, Any]:
    """Return what `schema` reads from a parsed JSON document.

    Raises:
        InputError: with one problem per field, each with a JSON pointer into the document.
    """
    try:
        loaded: dict[str, Any] = schema.load(document)  # type: ignore[arg-type]
    except ValidationError as error:
        raise input_error(error.messages, document) from None
    return loaded


def input_error(messages: object, document: object) -> InputError:
    """Return the error that names every field `messages` (of marshmallow) complains of."""
    problems = _flatten(messages, "", document)
    return InputError("the document cannot be used", problems=problems)


def _flatten(messages: object, at: str, document: object) -> list[Problem]:
    if isinstance(messages, dict):
        problems = []
        for key, rest in messages.items():
            if key == "_schema":
                problems += _flatten(rest, at, document)
            else:
                problems += _flatten(rest, pointer(at, key), _member(document, key))
        return problems
    faults = messages if isinstance(messages, list) else [messages]
    return [_problem(one, at, document) for one in faults]


def _problem(one: object, at: str, value: object) -> Problem:
    if not isinstance(one, Fault):
        one = _DEFAULT_FAULTS.get(str(one), Fault(str(one).rstrip("."), "see the documentation"))
    shown = value if isinstance(value, str | int | float | bool) else None
    return Problem(at, one.detail, shown, one.remedy)


def _member(document: object, key: object) -> object:
    if isinstance(document, dict):
        return document.get(key)
    if isinstance(document, list) and isinstance(key, int) and key < len(document):
        return document[key]
    return None
