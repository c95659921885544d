"""Names that people can read, and names that only look like others."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.visible_text import text_fault


@pytest.mark.parametrize(
    "name",
    [
        "赵磊",
        "欧阳 晓雨",
        "阿依古丽·买买提",
        "O'Brien-Smith, Jr.",
        "Zoë Müller",
        "Ｚｈａｏ",
        "𠮷田",
        "\U00031350",  # an ideograph of Unicode 15, which the tables of Python 3.11 do not know
        "子女教育（2030年）",
        "x" * 80,
    ],
)
def test_ordinary_names_are_taken(name: str) -> None:
    assert text_fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "赵\u200b磊",  # zero width space
        "赵磊\u202e",  # right-to-left override
        "\u2066赵磊\u2069",  # isolates
        "\ufeff赵磊",
        "Zhao\u00ad",  # soft hyphen
        "Zhao\x00",
        "Zhao\x1b[2J",
        "Zhao\x85",
        "Zhao\u2028",
        "Zhao\ud800",
        "Zhao\ue000",  # private use
        "Zhao\uffff",
        "\U0002ffff",
    ],
)
def test_a_character_that_cannot_be_seen_is_refused_by_its_number(name: str) -> None:
    fault = text_fault(name)
    assert fault is not None
    assert "U+" in fault.detail
    assert fault.detail.isascii()


@pytest.mark.parametrize(
    "name", ["", " ", "\u3000", "\u00a0", "\u3164", "\u2800\u2800", "\uffa0", "\ufe0f", "\u0301"]
)
def test_a_name_without_a_visible_character_is_refused(name: str) -> None:
    fault = text_fault(name)
    assert fault is not None
    assert "visible" in fault.remedy


def test_the_length_is_bounded() -> None:
    assert text_fault("x" * 81) is not None
    assert text_fault("x" * 81, longest=100) is None


@given(st.text(max_size=80))
def test_a_name_taken_holds_no_control_or_format_character(name: str) -> None:
    if text_fault(name) is None:
        assert not {unicodedata.category(c) for c in name} & {"Cc", "Cf", "Cs", "Co"}
