"""What a client reads: the catalogues agree, say everything the code can say, and say it truly."""

import ast
import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from allocator.balance_sheet import DebtKind, HeldAt, PolicyKind
from allocator.errors import InputError
from allocator.product_classes import Dimension, ProductClass, RiskLevel
from allocator.rebalancing.triggers import ReminderKind
from allocator.shelf import Regime, SettlementCycle
from allocator.statements import Severity
from allocator.trading.orders import Side
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.callers import Role
from api.texts import Language, MissingTextError, Texts, localize
from risk_profiles.levels import ProfileLevel
from risk_profiles.person import IncomeKind

ROOT = Path(__file__).parents[2]
STATEMENT_PREFIXES = (
    "finding.", "reason.", "profile.", "suitability.", "own_order.", "relaxed.", "backtest_",
    "reminder.", "review.", "outlook.", "model.", "conflict.", "price.", "life.",
)  # fmt: skip


def catalogue(language: str) -> dict[str, str]:
    path = files("api") / "locales" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as lines:
        return {str(m.id): str(m.string) for m in read_po(lines, abort_invalid=True) if m.id}


CATALOGUES = {language: catalogue(language) for language in Language}
STATEMENT_KEYS = sorted(k for k in CATALOGUES[Language.ZH] if k.startswith(STATEMENT_PREFIXES))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_catalogues_have_the_same_keys_and_no_empty_text() -> None:
    zh, en = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]
    assert set(zh) == set(en)
    assert all(zh.values())
    assert all(en.values())


def test_both_catalogues_name_the_same_placeholders() -> None:
    zh, en = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]
    assert {k: placeholders(zh[k]) for k in zh} == {k: placeholders(en[k]) for k in en}


def test_placeholders_are_plain_names() -> None:
    for texts in CATALOGUES.values():
        for key, text in texts.items():
            assert all(name.isidentifier() for name in placeholders(text)), key


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("prefix", "terms"),
    [
        ("class", ProductClass),
        ("dimension", Dimension),
        ("severity", Severity),
        ("cycle", SettlementCycle),
        ("regime", Regime),
        ("side", Side),
        ("held_at", HeldAt),
        ("debt_kind", DebtKind),
        ("policy_kind", PolicyKind),
        ("profile_level", ProfileLevel),
        ("profile_level_meaning", ProfileLevel),
        ("income_kind", IncomeKind),
        ("reminder_kind", ReminderKind),
        ("proposal_status", ProposalStatus),
        ("bundle_status", BundleStatus),
        ("order_status", OrderStatus),
        ("role", Role),
    ],
)
def test_every_term_of_a_closed_set_has_a_text(
    language: str, prefix: str, terms: type[Enum]
) -> None:
    texts = Texts(language)
    said = [texts.say(f"{prefix}.{term.value}") for term in terms]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("language", Language)
def test_every_risk_level_has_a_text(language: str) -> None:
    for level in RiskLevel:
        assert level.name in Texts(language).say(f"risk_level.{level.name}")


@pytest.mark.parametrize("language", Language)
def test_an_unknown_key_raises_instead_of_being_shown(language: str) -> None:
    with pytest.raises(MissingTextError, match=r"finding\.unheard_of"):
        Texts(language).say("finding.unheard_of")
    assert issubclass(MissingTextError, KeyError)


def test_a_missing_value_raises_and_names_the_text() -> None:
    key = next(k for k, text in CATALOGUES[Language.EN].items() if placeholders(text))
    with pytest.raises(MissingTextError, match=re.escape(key)):
        Texts("en").say(key)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        Texts("fr")
    assert caught.value.problems[0].value == "fr"


def test_values_are_put_in_as_they_are_even_when_they_look_like_placeholders() -> None:
    document = {"kind": "text", "value": "{amount}<b>%s</b>"}
    assert Texts("zh").evidence(document) == "{amount}<b>%s</b>"


def test_days_and_instants_are_written_in_beijing_time() -> None:
    instant = datetime.fromisoformat("2026-11-20T17:30:00+00:00")
    assert Texts("zh").instant(instant) == "2026年11月21日 01:30"
    assert Texts("en").instant("2026-11-20T17:30:00Z") == "21 November 2026, 01:30"
    assert Texts("zh").date("2026-01-05") == "2026年1月5日"
    assert Texts("en").date(date(2026, 1, 5)) == "5 January 2026"


def test_a_rounded_off_negative_reads_as_plain_zero() -> None:
    texts = Texts("en")
    assert texts.percent(-0.00001) == "0%"
    assert texts.number("-0.04") == "0.0"
    assert texts.percent(-0.0123) == "-1.23%"


def test_localize_adds_text_beside_every_statement_and_touches_nothing_else() -> None:
    statement = {
        "code": "class.gold",
        "severity": "notice",
        "dimension": None,
        "evidence": {"a": {"kind": "integer", "value": "3"}},
    }
    document = {"id": "x", "code": "only-a-code", "list": [statement, 1, None]}
    localized = localize(document, Texts("en"))
    assert localized == {**document, "list": [{**statement, "text": "Gold"}, 1, None]}
    assert "text" not in statement


# Every number in a sentence is parsed back and compared with the evidence.

amounts = st.decimals(-(10**10), 10**10, places=2)
fractions = st.floats(-5, 5, allow_nan=False)
integers = st.integers(-(10**6), 10**6)
plain = st.decimals(-(10**5), 10**5, places=3)
days = st.dates(date(1930, 1, 1), date(2120, 12, 31))
evidence = st.one_of(
    st.tuples(st.just("money"), amounts),
    st.tuples(st.just("percent"), fractions),
    st.tuples(st.just("points"), fractions),
    st.tuples(st.just("integer"), integers),
    st.tuples(st.just("number"), plain),
    st.tuples(st.just("date"), days),
)
MONTHS = "January February March April May June July August September October November December"


def read_back(shown: str, kind: str) -> object:
    if kind == "date":
        if found := re.fullmatch(r"(\d+)年(\d+)月(\d+)日", shown):
            year, month, day = map(int, found.groups())
            return date(year, month, day)
        day_text, name, year_text = shown.split()
        return date(int(year_text), MONTHS.split().index(name) + 1, int(day_text))
    number = Decimal(re.sub(r"CN|[¥,%]| 个百分点| percentage points", "", shown))
    return number / 100 if kind in ("percent", "points") else number


def pattern_of(text: str) -> re.Pattern[str]:
    parts = []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if name is not None:
            known = f"(?P<{name}>.+?)"
            parts.append(f"(?P={name})" if any(known in part for part in parts) else known)
    return re.compile("".join(parts), re.DOTALL)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", STATEMENT_KEYS)
@given(data=st.data())
def test_every_number_in_a_sentence_reads_back_as_its_evidence(
    language: Language, key: str, data: st.DataObject
) -> None:
    text = CATALOGUES[language][key]
    items = {name: data.draw(evidence, label=name) for name in sorted(placeholders(text))}
    document = {
        "code": key,
        "evidence": {n: {"kind": kind, "value": str(value)} for n, (kind, value) in items.items()},
    }
    sentence = Texts(language).statement(document)
    found = pattern_of(text).fullmatch(sentence)
    assert found is not None
    places = {
        "money": "0.005",
        "percent": "0.00005",
        "points": "0.00005",
        "integer": "0",
        "number": "0.05",
    }
    for name, (kind, value) in items.items():
        shown = read_back(found[name], kind)
        if isinstance(value, date):
            assert shown == value
        else:
            assert isinstance(shown, Decimal)
            assert abs(shown - Decimal(str(value))) <= Decimal(places[kind])


def test_what_is_said_of_few_right_answers_tells_nobody_how_many() -> None:
    for texts in CATALOGUES.values():
        for key in ("profile.contradiction_k7", "page.questionnaire.few_right"):
            assert placeholders(texts[key]) == set()


@pytest.mark.parametrize("key", STATEMENT_KEYS)
def test_a_sentence_holds_no_number_but_its_evidence(key: str) -> None:
    for texts in CATALOGUES.values():
        assert not re.search(r"\d", re.sub(r"\{\w+\}", "", texts[key])), texts[key]


# Every statement the code can make has a text.


def statement_calls() -> list[tuple[str, re.Pattern[str] | str, set[str] | None]]:
    """Return (place, code or pattern of codes, names of the evidence where it is literal)."""
    calls = []
    for package in ("allocator", "risk_profiles", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _is_statement(node.func):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    code, names = _code(node), _evidence_names(node)
                    if code is not None:
                        calls.append((place, code, names))
    return calls


def _is_statement(called: ast.expr) -> bool:
    return (isinstance(called, ast.Name) and called.id == "Statement") or (
        isinstance(called, ast.Attribute) and called.attr == "Statement"
    )


def _argument(node: ast.Call, name: str, position: int) -> ast.expr | None:
    by_name = [k.value for k in node.keywords if k.arg == name]
    if by_name:
        return by_name[0]
    return node.args[position] if len(node.args) > position else None


def _code(node: ast.Call) -> re.Pattern[str] | str | None:
    code = _argument(node, "code", 0)
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return code.value
    if isinstance(code, ast.JoinedStr):
        parts = [
            re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"[\w.]+"
            for p in code.values
        ]
        return re.compile("".join(parts))
    return None


def _evidence_names(node: ast.Call) -> set[str] | None:
    given = _argument(node, "evidence", 3)
    if given is None:
        return set()
    if not isinstance(given, ast.Dict):
        return None
    keys = [k.value for k in given.keys if isinstance(k, ast.Constant)]
    return {str(k) for k in keys} if len(keys) == len(given.keys) else None


@pytest.mark.parametrize(("place", "code", "names"), statement_calls())
def test_every_statement_the_code_makes_has_a_text_with_its_evidence(
    place: str, code: re.Pattern[str] | str, names: set[str] | None
) -> None:
    texts = CATALOGUES[Language.ZH]
    keys = [k for k in texts if (k == code if isinstance(code, str) else code.fullmatch(k))]
    assert keys, f"{place} says {code}: add it to both catalogues"
    # A code made at run time may be any of several, one of which takes just this evidence.
    if names is not None:
        assert names in [placeholders(texts[key]) for key in keys], f"{place}: {keys}"
