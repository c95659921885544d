"""Sentences on a terminal: nothing is lost, nothing sticks out, and marks stay with their words."""

import re
from io import StringIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from api.commands.sentences import Sentence, wrap_sentence

CHINESE = "您能接受的最大下跌（一年内）就是“上限”，约为 12.5%；这由您自己决定，我们会遵守。"
ENGLISH = "If your income falls, your debts grow or you need the money sooner, tell us."
WORDS = st.text(alphabet="您的钱跌，。（）“”…？ abc12.5% R", max_size=120)


@given(WORDS, st.integers(min_value=2, max_value=50))
def test_wrapping_loses_nothing_but_spaces_and_stays_within_the_width(
    text: str, width: int
) -> None:
    lines = wrap_sentence(text, width=width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", range(12, 80))
def test_a_line_starts_with_no_closing_mark_and_ends_with_no_opening_one(width: int) -> None:
    lines = wrap_sentence(CHINESE, width=width)
    assert not any(line[0] in "，。；）”" for line in lines)
    assert not any(line[-1] in "（“" for line in lines)
    assert any("12.5%；" in line for line in lines)


def test_a_chinese_sentence_fills_its_lines() -> None:
    lines = wrap_sentence("这笔钱一年内要用，您却希望每年赚 8% 以上。" * 4, width=40)
    # A character is two cells wide, and a mark or a number may go to the next line with its word.
    assert min(map(cell_len, lines[:-1])) >= 34


@pytest.mark.parametrize("width", [20, 33, 60])
def test_english_breaks_at_spaces_alone(width: int) -> None:
    lines = wrap_sentence(ENGLISH, width=width)
    assert " ".join(lines) == ENGLISH
    # Each line is as long as its width allows.
    for line, after in pairwise(lines):
        assert len(line) + 1 + len(after.split()[0]) > width


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert wrap_sentence("a" * 7 + " b", width=3) == ["aaa", "aaa", "a b"]


def test_a_sentence_in_a_table_is_wrapped_and_its_brackets_are_no_markup() -> None:
    screen = Console(width=20, file=StringIO())
    table = Table.grid(padding=(0, 1))
    table.add_row("·", Sentence("几乎不能亏[red]，最多百分之二，剩九万八千元"))
    with screen.capture() as captured:
        screen.print(table)
    lines = captured.get().splitlines()
    assert all(cell_len(line) <= 20 for line in lines)
    assert "".join(line[2:].rstrip() for line in lines) == (
        "几乎不能亏[red]，最多百分之二，剩九万八千元"
    )
