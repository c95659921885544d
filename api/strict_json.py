"""Strict JSON: what the grammar allows and a careful reader does not.

The standard parser takes NaN, Infinity, 1e999, repeated keys, NUL, lone surrogates and nesting
without end. Each of them means different things to different readers, so each is refused, with a
JSON pointer to the place.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from allocator.errors import InputError, Problem

LARGEST_DEPTH = 32
LARGEST_LENGTH = 1000
# Eighteen digits fit a 64-bit integer; no identifier or count of ours is longer.
LONGEST_INTEGER = 18

# Possessive, and the closing quote is optional: the scan stays linear on unterminated strings.
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def parse_json(text: bytes | str) -> object:
    """Return the document that `text` holds: dicts, lists, str, int, float, bool and None.

    Raises:
        InputError: with code "invalid_json" and one problem per offence.

    >>> parse_json('{"a": [1, "2"]}')
    {'a': [1, '2']}
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _invalid(
                Problem("", f"is not UTF-8 at byte {error.start}", None, "encode it as UTF-8")
            ) from None
    # The depth is checked on the text: the parser itself recurses.
    if _depth(text) > LARGEST_DEPTH:
        raise _invalid(
            Problem("", f"nests deeper than {LARGEST_DEPTH} levels", None, "flatten the document")
        )
    try:
        raw = json.loads(
            text,
            object_pairs_hook=_Members,
            parse_constant=lambda name: _Refused(name, "is not a JSON number"),
            parse_float=_read_float,
            parse_int=_read_integer,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _invalid(
            Problem("", f"is not JSON: {error.msg} at {where}", None, "send one JSON document")
        ) from None
    problems: list[Problem] = []
    document = _plain(raw, "", problems)
    if problems:
        raise _invalid(*problems)
    return document


def pointer(parent: str, key: object) -> str:
    """Return the JSON pointer (RFC 6901) of `key` under `parent`.

    >>> pointer("/holdings/0", "a/b")
    '/holdings/0/a~1b'
    """
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


class _Members(list[tuple[str, object]]):
    """The members of one object, repeated keys included."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A number that is not let in, kept until its place is known."""

    text: str
    detail: str


def _invalid(*problems: Problem) -> InputError:
    return InputError("the JSON cannot be used", code="invalid_json", problems=problems)


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if match.group() in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _read_float(text: str) -> object:
    value = float(text)
    return value if math.isfinite(value) else _Refused(text[:40], "is too large a number")


def _read_integer(text: str) -> object:
    if len(text.lstrip("-")) > LONGEST_INTEGER:
        return _Refused(text[:40], f"has more than {LONGEST_INTEGER} digits")
    return int(text)


def _plain(raw: object, at: str, problems: list[Problem]) -> object:
    if isinstance(raw, _Refused):
        problems.append(Problem(at, raw.detail, raw.text, "send a finite number of usual size"))
        return None
    if isinstance(raw, str):
        problems.extend(_text_problems(raw, at))
        return raw
    if isinstance(raw, list) and len(raw) > LARGEST_LENGTH:
        detail = f"has {len(raw)} entries, more than {LARGEST_LENGTH}"
        problems.append(Problem(at, detail, None, f"send at most {LARGEST_LENGTH}"))
        return None
    if isinstance(raw, _Members):
        members: dict[str, object] = {}
        for key, value in raw:
            here = pointer(at, key)
            bad_key = list(_text_problems(key, at))
            if key in members:
                problems.append(Problem(here, "appears twice", None, "send every key once"))
            elif bad_key:
                problems.extend(bad_key)
            else:
                members[key] = _plain(value, here, problems)
        return members
    if isinstance(raw, list):
        return [_plain(entry, pointer(at, i), problems) for i, entry in enumerate(raw)]
    return raw


def _text_problems(text: str, at: str) -> Iterator[Problem]:
    if "\x00" in text:
        yield Problem(at, "holds the character NUL", None, "leave it out")
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem(at, "holds half of a surrogate pair", None, "send whole characters")
