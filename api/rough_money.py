"""Money as charts and overviews write it: in a round unit, 万元 or thousands.

A simulated amount is not known to the cent, and an axis has no room for one. Amounts that somebody
stated, owes or pays are written by `Texts.money` instead.
"""

from dataclasses import dataclass
from decimal import Decimal

from api.texts import Language, Texts

# Each language counts in its own steps; the names are keys of the texts.
_STEPS = {
    Language.ZH: (("vast", 12), ("largest", 8), ("larger", 4), ("one", 0)),
    Language.EN: (("vast", 9), ("largest", 6), ("larger", 3), ("one", 0)),
}
_PLACES = {"vast": 2, "largest": 2, "larger": 1, "one": 0}


@dataclass(frozen=True, slots=True)
class MoneyUnit:
    """A unit that a language counts money in: its key, yuan in one of it, and its name."""

    key: str
    yuan: Decimal
    name: str


def money_unit(largest: float | Decimal, texts: Texts) -> MoneyUnit:
    """Return the largest unit of which `largest`, in yuan, holds at least one."""
    size = abs(Decimal(str(largest)))
    steps = _STEPS[texts.language]
    key, power = next((step for step in steps if size >= Decimal(10) ** step[1]), steps[-1])
    return MoneyUnit(key, Decimal(10) ** power, texts.say(f"money_unit.{key}"))


def rough_money(amount: Decimal | str, texts: Texts) -> str:
    """Return an amount in its own unit, to a tenth of 10,000 or of a thousand yuan or so.

    >>> rough_money("1234567.89", Texts("zh")), rough_money("1234567.89", Texts("en"))
    ('123.5 万元', 'CN¥1.23 million')
    """
    exact = Decimal(amount)
    unit = money_unit(exact, texts)
    shown = texts.decimal(abs(exact) / unit.yuan, places=_PLACES[unit.key])
    said = texts.say(f"rough_money.{unit.key}", amount=shown)
    return f"-{said}" if exact < 0 else said
