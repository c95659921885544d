"""Sentences on a terminal, wrapped where a reader of Chinese or of English expects it.

A line may end at a space or after any Chinese character, but not before a closing mark, after an
opening one, or within a number or a Latin word. The terminal library breaks at spaces alone: a
Chinese sentence, which has none, is one word to it and would be moved or cut off.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef"
_OPENING = "（《〈「『【“"
_CLOSING = "，。、；：？！）》〉」』】”…"
# What stays on one line: a character or a word, with the marks that belong to it.
_UNIT = re.compile(
    rf"[{_OPENING}]*(?:(?![{_OPENING}{_CLOSING}])[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)?"
    rf"[{_CLOSING}]*\s*"
)
_WIDEST_CHARACTER = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """Plain text for a console or a cell of a table; nothing in it is markup."""

    text: str
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Give the library one line at a time."""
        for line in wrap_sentence(self.text, width=options.max_width):
            yield Text(line, style=self.style, no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how narrow and how wide the sentence may be."""
        return Measurement(_WIDEST_CHARACTER, cell_len(self.text))


def wrap_sentence(text: str, *, width: int) -> list[str]:
    """Return the lines of a text, each of at most `width` cells; `width` is 2 or more.

    >>> wrap_sentence("跌20%时，您会怎么做？", width=8)
    ['跌20%', '时，您会', '怎么做？']
    """
    lines, line = [], ""
    for unit in _UNIT.findall(text):
        rest = unit
        if line and cell_len(line) + cell_len(rest.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        while cell_len(rest.rstrip()) > width:
            # A word longer than a line has to be broken somewhere.
            head = chop_cells(rest, width)[0]
            lines.append(head)
            rest = rest[len(head) :]
        line += rest
    return [*lines, line.rstrip()]
