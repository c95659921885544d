"""Reasons and conflicts as a client reads them: every number in a sentence is the number meant."""

import re
from collections.abc import Iterator

import pytest

from allocator.mandate import EQUITY, Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import Money
from allocator.optimizer.conflicts import conflict_statements, find_conflicts
from allocator.optimizer.explanation import explain
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.statements import Statement
from api.documents import statement_document
from api.limit_documents import conflict_documents
from api.texts import Language, Texts

MARKET = load_default_assumptions()
N = len(CLASSES)
_PERCENT = re.compile(r"-?[\d,]+(?:\.\d+)?(?=%| 个百分点| percentage points)")


def mandate(**changes: object) -> Mandate:
    cash = (1.0, *(0.0,) * (N - 1))
    values: dict[str, object] = {
        "classes": CLASSES,
        "risk_aversion": 3.0,
        "human_capital_ratio": 0.0,
        "income_beta": 0.0,
        "volatility_cap": 10.0,
        "risky_share_cap": 1.0,
        "liquidity_floor": 0.0,
        "stable_floor": 0.0,
        "current": cash,
        "fixed": (0.0,) * N,
        "class_caps": tuple(TRAITS[c].cap for c in CLASSES),
        "buyable": (True,) * N,
        "buy_cost": (0.0,) * N,
        "sell_cost": (0.0,) * N,
    }
    return Mandate(**(values | changes))  # type: ignore[arg-type]


LOCKED = (0.5, 0.0, 0.5, *(0.0,) * (N - 3))
CASES = {
    "liquidity": mandate(liquidity_floor=0.4),
    "stable": mandate(stable_floor=0.7),
    "risky share": mandate(risky_share_cap=0.2),
    "volatility": mandate(volatility_cap=0.03),
    "equity cap": mandate(equity_cap=0.1),
    "equity floor": mandate(equity_floor=0.6),
    "shortfall": mandate(shortfall=-0.03),
    "desired return": mandate(risk_aversion=10.0, desired_return=0.045),
    "lock": mandate(current=LOCKED, fixed=(0.0, 0.0, 0.5, *(0.0,) * (N - 3))),
    "single product": mandate(
        class_caps=tuple(0.2 if c in EQUITY else TRAITS[c].cap for c in CLASSES)
    ),
    "together": mandate(
        liquidity_floor=0.5,
        stable_floor=0.5,
        buyable=tuple(not (TRAITS[c].stable and not TRAITS[c].liquid) for c in CLASSES),
    ),
}


def reasons() -> Iterator[Statement]:
    for case in CASES.values():
        yield from explain(optimize(case, MARKET), case)


REASONS = list(reasons())


def test_the_cases_lead_to_every_priced_reason() -> None:
    assert {r.code for r in REASONS} >= {
        "reason.liquidity_floor",
        "reason.stable_floor",
        "reason.risky_share_cap",
        "reason.volatility_cap",
        "reason.equity_cap",
        "reason.equity_floor",
        "reason.shortfall",
        "reason.desired_return",
        "reason.locked_price",
        "reason.class_cap",
        "reason.single_product_cap",
        "reason.floors_together",
    }


@pytest.mark.parametrize("language", Language)
def test_every_number_of_a_reason_can_be_read_back_from_its_sentence(language: str) -> None:
    for reason in REASONS:
        sentence = Texts(language).statement(statement_document(reason))
        read = sorted(float(p.replace(",", "")) / 100 for p in _PERCENT.findall(sentence))
        meant = sorted(v for v in reason.evidence.values() if isinstance(v, float))
        assert read == pytest.approx(meant, abs=0.5e-4 + 1e-6), sentence
        assert "{" not in sentence


@pytest.mark.parametrize("language", Language)
def test_a_conflict_is_said_in_words(language: str) -> None:
    case = mandate(liquidity_floor=0.7, current=LOCKED, fixed=(0.0, 0.0, 0.5, *(0.0,) * (N - 3)))
    (conflict,) = find_conflicts(case, MARKET)
    said = [Texts(language).statement(statement_document(s)) for s in conflict_statements(conflict)]
    assert said == [Texts(language).say("conflict.locks")]


@pytest.mark.parametrize("language", Language)
def test_thirty_percent_of_shares_where_there_are_none_is_not_said_to_exceed_all_wealth(
    language: str,
) -> None:
    pair = (ProductClass.BOND_FUND, ProductClass.GOLD)
    zeros = (0.0, 0.0)
    case = mandate(
        classes=pair,
        current=(1.0, 0.0),
        fixed=zeros,
        class_caps=(1.0, 1.0),
        buyable=(True, True),
        buy_cost=zeros,
        sell_cost=zeros,
        equity_floor=0.3,
    )
    market, texts = MARKET.over(pair), Texts(language)
    wealth = Money.parse("800000.00")
    (document,) = conflict_documents(optimize(case, market), case, market, wealth=wealth)
    assert document["gives"] == "equity_floor"
    said = [texts.statement(s) for s in document["statements"]]
    assert said[0] == texts.say("conflict.no_such_class")
    assert texts.say("conflict.with_wealth") not in said
