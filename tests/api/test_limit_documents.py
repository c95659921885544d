"""What limits cost and which contradict each other: every number said is the engine's own number.

The sentences are read back in both languages and compared with the prices and conflicts that the
optimizer returns, for every sample client and for mandates made so that each need, wish, lock and
group has its turn.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import chain
from typing import Any

import pytest

from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import Money
from allocator.optimizer.binding import PRICED_NEEDS
from allocator.optimizer.conflicts import Conflict, Limit, find_conflicts
from allocator.optimizer.explanation import explain
from allocator.optimizer.inputs import WISHES
from allocator.optimizer.price_ranges import cap_price_range, lock_price_range, price_range
from allocator.optimizer.prices import cap_price, group_price, lock_price, need_prices
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from api.advice_documents import diagnosis_document, proposal_document
from api.advice_parts import diagnose_workup, inputs_document, replay_hash
from api.documents import statement_document
from api.limit_documents import conflict_documents, price_documents, said_below_findings
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.schemas.documents import ConflictSchema, PriceSchema
from api.texts import Language, Texts, localize
from api.workup import Workup, work_up

MARKET = load_default_assumptions()
REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
WEALTH = Money.parse("800000.00")
N = len(CLASSES)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?%?")


def mandate(**changes: object) -> Mandate:
    values: dict[str, object] = {
        "classes": CLASSES,
        "risk_aversion": 3.0,
        "human_capital_ratio": 0.0,
        "income_beta": 0.0,
        "volatility_cap": 10.0,
        "risky_share_cap": 1.0,
        "liquidity_floor": 0.0,
        "stable_floor": 0.0,
        "current": (1.0, *(0.0,) * (N - 1)),
        "fixed": (0.0,) * N,
        "class_caps": tuple(TRAITS[c].cap for c in CLASSES),
        "buyable": (True,) * N,
        "buy_cost": (0.0,) * N,
        "sell_cost": (0.0,) * N,
    }
    return Mandate(**(values | changes))  # type: ignore[arg-type]


HALF_LOCKED = {
    "current": (0.5, 0.0, 0.5, *(0.0,) * (N - 3)),
    "fixed": (0.0, 0.0, 0.5, *(0.0,) * (N - 3)),
}
ONE_FLOOR = tuple(not (TRAITS[c].stable and not TRAITS[c].liquid) for c in CLASSES)
ALONE = {
    "liquidity": mandate(liquidity_floor=0.4),
    "stable": mandate(stable_floor=0.7),
    "risky_share": mandate(risky_share_cap=0.2),
    "volatility": mandate(volatility_cap=0.03),
    "equity_cap": mandate(equity_cap=0.1),
    "equity_floor": mandate(equity_floor=0.6),
    "shortfall": mandate(shortfall=-0.03),
    "desired_return": mandate(risk_aversion=10.0, desired_return=0.045),
    "locks": mandate(**HALF_LOCKED),
    "class_caps": mandate(
        class_caps=tuple(0.15 if c.value == "bond_fund" else 1.0 for c in CLASSES),
        risk_aversion=12.0,
    ),
}
WAYS = {"equity_cap": "lower", "class_caps": "lower", "locks": "unlocked"}
OF_ONE_CLASS = {"locks": "time_deposit", "class_caps": "bond_fund"}
TOGETHER: dict[tuple[str, ...], Mandate] = {
    ("liquidity", "stable"): mandate(liquidity_floor=0.5, stable_floor=0.5, buyable=ONE_FLOOR),
    # Of what is risky only equity funds may be bought, so one cap is the other.
    ("risky_share", "equity_cap"): mandate(
        risky_share_cap=0.2,
        equity_cap=0.2,
        buyable=tuple(not TRAITS[c].risky or c.value.endswith("equity_fund") for c in CLASSES),
    ),
}
CONTRADICTORY = {
    "liquidity": mandate(liquidity_floor=0.7, **HALF_LOCKED),
    "stable": mandate(stable_floor=1.2),
    "risky_share": mandate(
        risky_share_cap=0.1,
        current=(0.7, *(0.0,) * 9, 0.3, *(0.0,) * (N - 11)),
        fixed=(*(0.0,) * 10, 0.3, *(0.0,) * (N - 11)),
    ),
    "desired_return": mandate(volatility_cap=0.03, desired_return=0.09),
    "equity_floor": mandate(risky_share_cap=0.25, equity_floor=0.3),
}


def read_back(sentence: str) -> list[float]:
    """Return the numbers of a sentence, percentages as fractions."""
    found = [number.replace(",", "") for number in _NUMBER.findall(sentence)]
    return [float(n[:-1]) / 100 if n.endswith("%") else float(n) for n in found]


def require_said(sentence: str, *, percentages: list[float], numbers: list[float]) -> None:
    """Fail unless a sentence holds just these numbers, as far as they are shown."""
    shares = [n for n in _NUMBER.findall(sentence) if n.endswith("%")]
    assert len(shares) == len(percentages), sentence
    said, meant = sorted(read_back(sentence)), sorted(percentages + numbers)
    assert len(said) == len(meant), sentence
    for value in percentages:
        assert min(abs(value - s) for s in said) <= 0.5e-4 + 1e-6, (sentence, value)
    for value in numbers:
        assert min(abs(value - s) for s in said) <= 0.05 + 1e-3, (sentence, value)


def require_priced(allocation: Allocation, case: Mandate, document: Mapping[str, Any]) -> None:
    """Fail unless a price document, in figures and sentences, is what the engine says."""
    needs = tuple(document["needs"])
    reach, marginal, limit, total = None, None, None, 0.0
    if len(needs) > 1:
        group = group_price(allocation)
        assert group is not None
        assert group.needs == needs
        total = group.total
    else:
        if needs == ("locks",):
            n = [c.value for c in case.classes].index(document["product_class"])
            cap = case.class_caps[n]
            found = lock_price(allocation, n, class_cap=cap)
            assert found is not None
            price = found
            if document["valid_to"]:
                reach = lock_price_range(allocation, n, class_cap=cap)
        elif needs == ("class_caps",):
            n = [c.value for c in case.classes].index(document["product_class"])
            found = cap_price(allocation, n)
            assert found is not None
            price = found
            reach = cap_price_range(allocation, n) if document["valid_to"] else None
        else:
            (price,) = [p for p in need_prices(allocation) if p.need == needs[0]]
            reach = price_range(allocation, needs[0]) if document["valid_to"] else None
        limit, total = price.limit, price.total
        marginal = price.marginal if reach else None
    for name, value in {
        "limit": limit,
        "marginal": marginal,
        "total": total,
        "valid_from": reach and reach.low,
        "valid_to": reach and reach.high,
        "marginal_least": reach and reach.least,
        "marginal_most": reach and reach.most,
    }.items():
        assert document[name] == (None if value is None else pytest.approx(value, abs=1e-6)), name
    for language in Language:
        first, *rest = [Texts(language).statement(s) for s in document["statements"]]
        require_said(first, percentages=[] if limit is None else [limit], numbers=[total * 1e4])
        assert len(rest) == (1 if reach else 0)
        if reach and marginal is not None:
            # A price per unit is a hundredth of itself per point.
            point, ends = marginal * 1e2, [reach.least * 1e2, reach.most * 1e2]
            is_flat = len(read_back(rest[0])) == 3
            assert is_flat == (f"{ends[0]:.1f}" == f"{ends[1]:.1f}")
            require_said(
                rest[0],
                percentages=[reach.low, reach.high],
                numbers=[point, *([] if is_flat else ends)],
            )


def require_conflict(document: Mapping[str, Any], found: Conflict, *, wealth: Money) -> None:
    """Fail unless a conflict document, in names and sentences, is what the engine finds."""
    assert document["gives"] == found.gives
    assert document["limits"] == [limit.value for limit in found.limits]
    assert document["by"] == pytest.approx(found.by, abs=1e-6)
    is_alone, reason_count = len(found.limits) == 1, len(document["statements"]) - 1
    expected_code = "conflict.least_one" if reason_count == 1 else "conflict.least"
    assert document["statements"][-1]["code"] == (
        "conflict.least_alone" if is_alone else expected_code
    )
    in_money = found.gives in (Limit.LIQUIDITY, Limit.STABLE)
    assert (document["amount"] is not None) == in_money
    for language in Language:
        *reasons, least = [Texts(language).statement(s) for s in document["statements"]]
        assert all(read_back(reason) == [] for reason in reasons)
        # What is no money is a difference of fractions, and told in percentage points.
        expected = float(wealth) * found.by if in_money else 100 * found.by
        tolerance = 0.005 + 1e-6 * float(wealth) if in_money else 0.5e-2 + 1e-4
        assert read_back(least) == [pytest.approx(expected, abs=tolerance)]
        if in_money:
            assert read_back(least) == [float(document["amount"])]


@cache
def worked_up(client_id: str) -> Workup:
    record = BOOK[client_id]
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


@cache
def proposal(client_id: str) -> dict[str, Any]:
    return proposal_document(worked_up(client_id))


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_every_price_of_the_sample_book_reads_back_as_the_optimizer_s(client_id: str) -> None:
    workup, made = worked_up(client_id), proposal(client_id)
    hurdle = diagnose_workup(workup).standing.best_certainty_equivalent
    plan = workup.plan(hurdle=hurdle)
    assert plan is not None
    allocation = optimize(plan.mandate, workup.market)
    for price in made["prices"]:
        require_priced(allocation, plan.mandate, price)
        # Everyday cash is kept by choice.
        assert price["product_class"] != "demand_deposit"
    alone = [price["total"] for price in made["prices"] if len(price["needs"]) == 1]
    assert alone == sorted(alone, reverse=True)
    told = {tuple(price["needs"]) for price in made["prices"]}
    if made["orders"]:
        worth = {(p.need,) for p in need_prices(allocation) if p.total > 5e-5}
        assert worth <= told
    else:
        assert told == set()
    wealth = plan.basis.balance_sheet.investable_wealth
    assert {f"relaxed.{c['gives']}" for c in made["conflicts"]} == {
        f["code"] for f in made["findings"]
    }
    found = find_conflicts(plan.mandate, workup.market) if allocation.relaxations else ()
    for document, conflict in zip(made["conflicts"], found, strict=True):
        require_conflict(document, conflict, wealth=wealth)


@pytest.mark.parametrize("need", ALONE)
def test_each_need_wish_and_lock_is_priced_in_both_languages(need: str) -> None:
    case = ALONE[need]
    allocation = optimize(case, MARKET)
    found = {tuple(d["needs"]): d for d in price_documents(allocation, case, wealth=WEALTH)}
    document = found[(need,)]
    require_priced(allocation, case, document)
    # What a point more of risk would be worth is never told.
    is_profile_limit = need in ("risky_share", "volatility")
    codes = [statement["code"] for statement in document["statements"]]
    assert codes[0] == f"price.total.{need}"
    way = WAYS.get(need, "higher")
    assert all(code.removesuffix("_between") == f"price.point_{way}" for code in codes[1:])
    assert (document["marginal"] is None) == is_profile_limit
    assert (document["valid_from"] is None) == is_profile_limit
    in_money = need in ("liquidity", "stable", "locks")
    assert document["amount"] == (f"{document['limit'] * 800000:.2f}" if in_money else None)
    assert document["product_class"] == OF_ONE_CLASS.get(need)


def test_the_cases_cover_every_need_that_can_have_a_price() -> None:
    assert set(ALONE) == {*PRICED_NEEDS, "locks", "class_caps"}
    assert set(WISHES) < set(ALONE)


@pytest.mark.parametrize("needs", TOGETHER)
def test_needs_that_overlap_are_priced_together_and_never_by_the_point(
    needs: tuple[str, ...],
) -> None:
    case = TOGETHER[needs]
    allocation = optimize(case, MARKET)
    documents = price_documents(allocation, case, wealth=WEALTH)
    (group,) = [d for d in documents if len(d["needs"]) > 1]
    assert tuple(group["needs"]) == needs
    require_priced(allocation, case, group)
    assert all(d["marginal"] is None for d in documents if set(d["needs"]) & set(needs))


@pytest.mark.parametrize("need", CONTRADICTORY)
def test_each_conflict_says_what_is_in_the_way_and_the_least_that_gives(need: str) -> None:
    case = CONTRADICTORY[need]
    allocation = optimize(case, MARKET)
    documents = conflict_documents(allocation, case, MARKET, wealth=WEALTH)
    assert need in {d["gives"] for d in documents}
    assert {d["gives"] for d in documents} == {r.need for r in allocation.relaxations}
    for document, conflict in zip(documents, find_conflicts(case, MARKET), strict=True):
        require_conflict(document, conflict, wealth=WEALTH)
    # Where a need had to give, what is left is no choice, and no point of it has a price.
    prices = price_documents(allocation, case, wealth=WEALTH)
    assert all(price["marginal"] is None for price in prices)


def test_where_all_needs_are_met_there_is_no_conflict() -> None:
    case = ALONE["liquidity"]
    assert conflict_documents(optimize(case, MARKET), case, MARKET, wealth=WEALTH) == []


def test_conflicts_are_said_below_the_finding_that_names_what_gives() -> None:
    made = proposal("locked-deposit")
    (conflict,) = made["conflicts"]
    assert said_below_findings(made["conflicts"]) == {"relaxed.liquidity": conflict["statements"]}
    assert "relaxed.liquidity" in {f["code"] for f in made["findings"]}


def test_a_diagnosis_names_the_conflict_of_what_it_warns_about() -> None:
    made = diagnosis_document(worked_up("locked-deposit"))
    assert [c["limits"] for c in made["conflicts"]] == [["locks", "liquidity"]]
    assert diagnosis_document(worked_up("retiree-68"))["conflicts"] == []


@pytest.mark.parametrize("client_id", ["locked-deposit", "retiree-68"])
def test_prices_and_conflicts_do_not_enter_the_hash(client_id: str) -> None:
    workup, made = worked_up(client_id), proposal(client_id)
    assert made["prices"]
    inputs = inputs_document(workup)
    outcome = {"kind": "proposal", "orders": made["orders"]}
    assert made["hash"] == replay_hash(inputs=inputs, outcome=outcome)
    diagnosis = diagnosis_document(workup)
    codes = [[f["code"], f["severity"]] for f in diagnosis["findings"]]
    outcome = {"kind": "diagnosis", "findings": codes}
    assert diagnosis["hash"] == replay_hash(inputs=inputs, outcome=outcome)


def test_the_shapes_that_go_out_drop_nothing() -> None:
    made: Any = localize(proposal("locked-deposit"), Texts("en"))
    assert made["prices"]
    assert PriceSchema(many=True).dump(made["prices"]) == made["prices"]
    assert ConflictSchema(many=True).dump(made["conflicts"]) == made["conflicts"]
    assert all(s["text"] for p in made["prices"] for s in p["statements"])


def test_a_price_that_nobody_would_see_is_not_told() -> None:
    # Just above the share the free optimum holds: a point of it has no price worth a yuan.
    free = optimize(mandate(), MARKET)
    share = float(free.inputs.liquid @ free.solution.weights)
    case = replace(mandate(), liquidity_floor=share + 1e-4)
    told = price_documents(optimize(case, MARKET), case, wealth=WEALTH)
    assert "liquidity" not in {need for price in told for need in price["needs"]}


def price_sentences(language: Language) -> Iterator[str]:
    """Yield every sentence about prices that the cases and the sample book lead to."""
    texts = Texts(language)
    cases = [*ALONE.values(), *TOGETHER.values()]
    documents = [price_documents(optimize(c, MARKET), c, wealth=WEALTH) for c in cases]
    documents += [proposal(client_id)["prices"] for client_id in BOOK]
    for price in chain.from_iterable(documents):
        yield from (texts.statement(statement) for statement in price["statements"])


@pytest.mark.parametrize(
    ("language", "unit", "claim"),
    [
        (Language.EN, "yuan a year for each ten thousand", "told apart"),
        (Language.ZH, "每一万元资产每年", "分不清"),
    ],
)
def test_every_price_names_its_whole_unit_and_none_denies_another(
    language: Language, unit: str, claim: str
) -> None:
    sentences = list(price_sentences(language))
    assert len(sentences) > 40
    for sentence in sentences:
        assert unit in sentence
        # The price of each need alone may stand beside it.
        assert claim not in sentence


@pytest.mark.parametrize(
    ("language", "reason"), [(Language.EN, "protects you"), (Language.ZH, "保护您")]
)
@pytest.mark.parametrize("need", ["risky_share", "volatility"])
def test_a_limit_of_the_profile_is_said_to_protect_and_not_to_be_in_the_way(
    need: str, language: Language, reason: str
) -> None:
    case, texts = ALONE[need], Texts(language)
    allocation = optimize(case, MARKET)
    (document,) = [
        d for d in price_documents(allocation, case, wealth=WEALTH) if d["needs"] == [need]
    ]
    (said,) = [texts.statement(s) for s in document["statements"]]
    assert reason in said
    reasons = {s.code: statement_document(s) for s in explain(allocation, case)}
    sentence = texts.statement(reasons[f"reason.{need}_cap"])
    assert reason in sentence
    assert "Without that limit" not in sentence
    assert "若没有" not in sentence


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (mandate(stable_floor=1.2), "conflict.with_wealth"),
        (mandate(liquidity_floor=3.0), "conflict.with_wealth"),
        (mandate(volatility_cap=1e-4), "conflict.no_mix"),
        (mandate(desired_return=0.5), "conflict.no_mix"),
        (mandate(shortfall=0.2), "conflict.no_mix"),
        (mandate(class_caps=(0.05,) * N), "conflict.caps_below_wealth"),
    ],
)
def test_a_limit_that_is_alone_in_the_way_is_named_for_what_it_is(case: Mandate, code: str) -> None:
    first = find_conflicts(case, MARKET)[0]
    assert len(first.limits) == 1
    document = conflict_documents(optimize(case, MARKET), case, MARKET, wealth=WEALTH)[0]
    assert [s["code"] for s in document["statements"]] == [code, "conflict.least_alone"]


@pytest.mark.parametrize("language", Language)
def test_a_single_reason_is_not_spoken_of_as_several_and_points_are_no_per_cent(
    language: str,
) -> None:
    case, texts = CONTRADICTORY["risky_share"], Texts(language)
    (document,) = conflict_documents(optimize(case, MARKET), case, MARKET, wealth=WEALTH)
    assert document["limits"] == ["locks", "risky_share"]
    reason, least = (texts.statement(s) for s in document["statements"])
    assert reason == texts.say("conflict.locks")
    points = {"zh": "20 个百分点", "en": "20 percentage points"}[language]
    assert least == texts.say("conflict.least_one", by=points)
    assert least != texts.say("conflict.least", by=points)


def test_a_floor_above_all_wealth_that_gives_more_than_the_excess_says_both() -> None:
    # 130 % is wanted and half of wealth is locked in gold: eighty points give, thirty of them
    # because there is no more wealth.
    gold = CLASSES.index(ProductClass.GOLD)
    held = tuple(0.5 if at in (0, gold) else 0.0 for at in range(N))
    locked = tuple(0.5 if at == gold else 0.0 for at in range(N))
    case = mandate(liquidity_floor=1.3, current=held, fixed=locked, class_caps=(1.0,) * N)
    documents = conflict_documents(optimize(case, MARKET), case, MARKET, wealth=WEALTH)
    (document,) = [d for d in documents if d["gives"] == "liquidity"]
    assert document["limits"] == ["liquidity"]
    said = document["statements"][-1]
    assert said["code"] == "conflict.least_of_more"
    for language in Language:
        by, beyond = float(WEALTH) * document["by"], float(WEALTH) * 0.3
        numbers = sorted(read_back(Texts(language).statement(said)))
        assert numbers == pytest.approx(sorted([by, beyond]), abs=float(WEALTH) * 1e-4)
    assert document["by"] == pytest.approx(0.8, abs=1e-4)
