"""Texts: one sentence per key and language, read from gettext catalogues.

A catalogue is `locales/<language>/LC_MESSAGES/messages.po`. Its msgids are keys ("class.gold",
"finding.liquidity_short"), its msgstrs hold named placeholders ("{gap}"). The catalogues are
compiled in memory when first used, so nothing compiled is kept in the project.

Numbers are written by their kind, and only here: money to the cent, percentages with at most two
decimals, plain numbers with one, dates in words. A reader can parse every one of them back.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from allocator.errors import InputError, Problem
from api.clock import SHANGHAI


class Language(StrEnum):
    """The languages there are catalogues for; Chinese comes first."""

    ZH = "zh"
    EN = "en"


_LOCALES = {Language.ZH: "zh_Hans_CN", Language.EN: "en"}
_DATE_FORMATS = {Language.ZH: "y年M月d日", Language.EN: "d MMMM y"}
_INSTANT_FORMATS = {Language.ZH: "y年M月d日 HH:mm", Language.EN: "d MMMM y, HH:mm"}


class MissingTextError(KeyError):
    """A key has no text, or its text needs a value that was not given."""

    def __str__(self) -> str:
        return str(self.args[0])


class _Missing(NullTranslations):
    # gettext's own answer to an unknown key is the key itself, which a client would then read.
    def gettext(self, message: str) -> str:
        raise MissingTextError(f"no text for {message!r}")


class Texts:
    """Everything that can be said in one language.

    >>> Texts("en").percent(0.0312)
    '3.12%'
    >>> Texts("zh").money("1234.5")
    '¥1,234.50'
    """

    def __init__(self, language: str) -> None:
        """Take the catalogue of `language`.

        Raises:
            InputError: there is no such catalogue.
        """
        if language not in set(Language):
            problem = Problem("lang", "is not a language we speak", language, "send zh or en")
            raise InputError("unknown language", code="unknown_language", problems=[problem])
        self.language = Language(language)
        self._locale = _LOCALES[self.language]
        self._translations = _load(self.language)

    def say(self, key: str, **values: str | int) -> str:
        """Return the text of `key` with `values` put in as they are.

        Raises:
            MissingTextError: no such key, or a placeholder without a value.
        """
        text = self._translations.gettext(key)
        try:
            return text.format_map(values)
        except KeyError as error:
            raise MissingTextError(f"the text of {key!r} needs a value for {error}") from None

    def statement(self, document: Mapping[str, object]) -> str:
        """Return the sentence of a statement document: its code, with its evidence written out."""
        evidence = document["evidence"]
        if not isinstance(evidence, Mapping):
            raise InputError(f"the evidence of {document['code']} is not an object")
        shown = {str(name): self.evidence(item) for name, item in evidence.items()}
        return self.say(str(document["code"]), **shown)

    def asked_again(self, wording: Mapping[str, str], figures: Mapping[str, float | int]) -> str:
        """Return a form's own wording with `{name}` replaced by the figure of that name."""
        text = wording[self.language]
        for name, value in figures.items():
            shown = self.percent(value) if isinstance(value, float) else self.integer(str(value))
            text = text.replace(f"{{{name}}}", shown)
        return text

    def evidence(self, item: Mapping[str, str]) -> str:
        """Return one piece of evidence `{"kind", "value"}` as a person reads it."""
        kind, value = item["kind"], item["value"]
        match kind:
            case "money":
                return self.money(value)
            case "percent":
                return self.percent(value)
            case "points":
                return self.say(
                    "percentage_points", points=self.decimal(_exact(value) * 100, places=2)
                )
            case "integer":
                return self.integer(value)
            case "number":
                return self.number(value)
            case "date":
                return self.date(value)
            case "term":
                return self.say(value)
            case "text":
                return value
        raise InputError(f"unknown kind of evidence {kind!r}")

    def money(self, amount: Decimal | str) -> str:
        """Return an amount of CNY to the cent."""
        return format_currency(_rounded(amount, places=2), "CNY", locale=self._locale)

    def percent(self, fraction: float | Decimal | str, *, places: int = 2) -> str:
        """Return a fraction as a percentage with at most `places` decimals."""
        return self.decimal(_exact(fraction) * 100, places=places) + "%"

    def integer(self, value: float | str) -> str:
        """Return a number rounded to a whole one."""
        return self.decimal(value, places=0)

    def number(self, value: float | Decimal | str) -> str:
        """Return a plain number with exactly one decimal."""
        return format_decimal(_rounded(value, places=1), format="#,##0.0", locale=self._locale)

    def date(self, day: date | str) -> str:
        """Return a day in words."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return format_date(day, _DATE_FORMATS[self.language], locale=self._locale)

    def instant(self, instant: datetime | str) -> str:
        """Return an aware instant in words, in Beijing time."""
        at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        local = at.astimezone(SHANGHAI)
        return format_datetime(local, _INSTANT_FORMATS[self.language], locale=self._locale)

    def decimal(self, value: float | Decimal | str, *, places: int) -> str:
        """Return a plain number with at most `places` decimals."""
        pattern = "#,##0" + ("." + "#" * places if places else "")
        return format_decimal(_rounded(value, places=places), format=pattern, locale=self._locale)


def localize(document: object, texts: Texts) -> object:
    """Return a deep copy of `document` with "text" beside every "code" and "evidence"."""
    if isinstance(document, Mapping):
        copy = {key: localize(value, texts) for key, value in document.items()}
        if "code" in document and "evidence" in document:
            copy["text"] = texts.statement(document)
        return copy
    if isinstance(document, list | tuple):
        return [localize(item, texts) for item in document]
    return document


@cache
def _load(language: Language) -> GNUTranslations:
    source = files("api") / "locales" / language / "LC_MESSAGES" / "messages.po"
    compiled = BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=_LOCALES[language], abort_invalid=True))
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    translations.add_fallback(_Missing())
    return translations


def _exact(value: float | Decimal | str) -> Decimal:
    # The shortest decimal that names the float, not its 50 binary digits.
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _rounded(value: float | Decimal | str, *, places: int) -> Decimal:
    rounded = _exact(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    # A rounded-off negative is plain zero to a reader, not "-0".
    return rounded if rounded else abs(rounded)
