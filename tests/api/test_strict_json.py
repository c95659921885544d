"""Strict JSON against the corpus of what ordinary parsers let through."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from api.strict_json import LARGEST_DEPTH, LARGEST_LENGTH, parse_json, pointer

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
)
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20
)


@given(DOCUMENTS)
def test_every_ordinary_document_is_read_as_the_standard_parser_reads_it(document: object) -> None:
    text = json.dumps(document)
    assert parse_json(text) == json.loads(text)
    assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("[NaN]", "/0", "not a JSON number"),
        ('{"a": Infinity}', "/a", "not a JSON number"),
        ('{"a": [-Infinity]}', "/a/0", "not a JSON number"),
        ("[1e999]", "/0", "too large"),
        ("[-1e400]", "/0", "too large"),
        ("[" + "9" * 5000 + "]", "/0", "digits"),
        ('{"a": 1, "a": 2}', "/a", "twice"),
        ('{"a": {"b~/": 1, "b~/": 1}}', "/a/b~0~1", "twice"),
        ('["\\u0000"]', "/0", "NUL"),
        ('{"a\\u0000": 1}', "", "NUL"),
        ('["\\ud800"]', "/0", "surrogate"),
        ('{"a": ["\\udfff x"]}', "/a/0", "surrogate"),
        ('{"a": [' + ",".join("0" * (LARGEST_LENGTH + 1)) + "]}", "/a", "entries"),
        ("[" * (LARGEST_DEPTH + 1) + "]" * (LARGEST_DEPTH + 1), "", "deeper"),
        ('{"a":' * 100_000, "", "deeper"),
        ("", "", "not JSON"),
        ("{'a': 1}", "", "not JSON"),
        ("{} {}", "", "not JSON"),
        ('{"a": 01}', "", "not JSON"),
        ("\ufeff{}", "", "not JSON"),
        ('["\n"]', "", "not JSON"),
    ],
)
def test_each_offence_is_refused_with_its_place_and_a_remedy(
    text: str, place: str, word: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_json(text)
    assert refused.value.code == "invalid_json"
    (problem,) = refused.value.problems
    assert problem.field == place
    assert word in problem.detail
    assert problem.remedy


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        parse_json(b'{"a": "\xff"}')


def test_limits_are_inclusive() -> None:
    deep = "[" * LARGEST_DEPTH + "]" * LARGEST_DEPTH
    wide = "[" + ",".join("0" * LARGEST_LENGTH) + "]"
    assert parse_json(deep) == json.loads(deep)
    assert parse_json(wide) == json.loads(wide)


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert parse_json('["' + "[" * 100 + '", "\\"[[[["]') == ["[" * 100, '"[[[[']


def test_an_unterminated_string_of_quotes_is_refused_in_linear_time() -> None:
    started = time.perf_counter()
    with pytest.raises(InputError):
        parse_json('["' + '\\"' * 128_000)
    # A scan that restarted at every quote would need minutes for 256 KB.
    assert time.perf_counter() - started < 5


def test_pointers_escape_as_rfc_6901_says() -> None:
    assert pointer("", "a/b") == "/a~1b"
    assert pointer("", "m~n") == "/m~0n"
    assert pointer("/holdings", 3) == "/holdings/3"
