"""Text that people will read: of bounded length, with nothing in it that cannot be seen.

A character that cannot be seen makes two names look alike, and one that changes the direction of
writing makes a name look like another.
"""

import unicodedata
from dataclasses import dataclass

LONGEST_NAME = 80

# Control, formatting, half a pair, private use, unassigned, and the separators of lines.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols by their category, and blank to the eye: Hangul fillers, empty Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Rare Chinese names use ideographs younger than Python's tables; these planes hold nothing else.
_IDEOGRAPHIC = range(0x20000, 0x3FFFE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value, and what to send instead."""

    detail: str
    remedy: str


def text_fault(text: str, *, longest: int = LONGEST_NAME) -> Fault | None:
    """Return why people could not read `text` for what it is, or None when they can.

    >>> text_fault("赵磊")
    >>> text_fault("Ann\\u202e").detail
    'holds U+202E, which cannot be seen'
    """
    if not text.strip() or len(text) > longest:
        return Fault(f"has {len(text)} characters", f"send 1 to {longest} visible characters")
    hidden = next((character for character in text if _is_hidden(character)), None)
    if hidden is not None:
        return Fault(
            f"holds U+{ord(hidden):04X}, which cannot be seen", "send printable characters only"
        )
    if not any(_is_visible(character) for character in unicodedata.normalize("NFKC", text)):
        return Fault("has no visible character", f"send 1 to {longest} visible characters")
    return None


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn" and ord(character) in _IDEOGRAPHIC:
        return ord(character) & 0xFFFE == 0xFFFE
    return category in _REFUSED


def _is_visible(character: str) -> bool:
    is_ideograph = ord(character) in _IDEOGRAPHIC
    written = unicodedata.category(character)[0] in "LNPS"
    return is_ideograph or (written and character not in _BLANK)
