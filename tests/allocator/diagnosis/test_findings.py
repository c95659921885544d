"""Every finding appears when it should, with the right numbers, and not otherwise."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from allocator.balance_sheet import (
    BalanceSheet,
    Debt,
    DebtKind,
    HeldAt,
    Holding,
    Policy,
    PolicyKind,
)
from allocator.diagnosis.diagnose import diagnose
from allocator.diagnosis.findings import Case, find, find_without_wealth
from allocator.diagnosis.index import Standing
from allocator.life_cycle.needs import GoalReserve, Needs
from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import ZERO, Money
from allocator.product_classes import CLASSES, TRAITS, Dimension, ProductClass, RiskLevel
from allocator.statements import Severity, Statement

AS_OF = date(2026, 11, 20)
MARKET = load_default_assumptions()
money = Money.parse
CASH = ProductClass.DEMAND_DEPOSIT
EQUITY = ProductClass.A_SHARE_EQUITY_FUND


def holding(name: str, amount: str, product_class: ProductClass = CASH, **more: object) -> Holding:
    base = Holding(name, product_class, money(amount), TRAITS[product_class].risk_level, name)
    return replace(base, **more)  # type: ignore[arg-type]


NEEDS = Needs(
    emergency_months=6.0,
    monthly_essential=money("10000"),
    emergency_fund=money("60000"),
    life_cover=money("500000"),
    critical_illness_cover=money("400000"),
    accident_cover=money("300000"),
    goals_reserve=money("50000"),
)
COVERED = tuple(
    Policy(kind.value, kind, money(amount), ZERO)
    for kind, amount in (
        (PolicyKind.LIFE, "500000"),
        (PolicyKind.CRITICAL_ILLNESS, "400000"),
        (PolicyKind.MEDICAL, "1"),
        (PolicyKind.ACCIDENT, "300000"),
    )
)
HOLDINGS = (
    holding("cash", "80000"),
    holding("bonds", "250000", ProductClass.WEALTH_FIXED_INCOME),
    holding("shares", "70000", EQUITY),
)
SHEET = BalanceSheet(AS_OF, HOLDINGS, policies=COVERED)
STANDING = Standing(
    expected_return=0.025,
    volatility=0.05,
    certainty_equivalent=0.02,
    best_certainty_equivalent=0.0205,
    scores=dict.fromkeys(Dimension, 100.0),
)
N = len(CLASSES)
MANDATE = Mandate(
    classes=CLASSES,
    risk_aversion=5.0,
    human_capital_ratio=0.0,
    income_beta=0.0,
    volatility_cap=0.08,
    risky_share_cap=0.6,
    liquidity_floor=0.15,
    stable_floor=0.275,
    current=SHEET.weights(CLASSES).values,
    fixed=(0.0,) * N,
    class_caps=tuple(TRAITS[c].cap for c in CLASSES),
    buyable=(True,) * N,
    buy_cost=(0.0,) * N,
    sell_cost=(0.0,) * N,
)


def case(
    sheet: BalanceSheet = SHEET,
    *,
    standing: Standing = STANDING,
    needs: Needs = NEEDS,
    level: RiskLevel = RiskLevel.R5,
) -> Case:
    return Case(sheet, MANDATE, MARKET, needs, standing, level)


def found(one: Case) -> dict[str, Statement]:
    return {statement.code.removeprefix("finding."): statement for statement in find(one)}


def with_holdings(*holdings: Holding) -> BalanceSheet:
    return replace(SHEET, holdings=holdings)


def test_a_sound_household_hears_its_four_strengths_and_nothing_else() -> None:
    assert set(found(case())) == {"liquidity_ok", "protection_ok", "safety_ok", "growth_ok"}
    assert {s.severity for s in find(case())} == {Severity.STRENGTH}
    assert {s.dimension for s in find(case())} == set(Dimension)


def test_warnings_come_before_notices_and_those_before_strengths() -> None:
    debt = Debt("card", DebtKind.CREDIT_CARD, money("5000"), Decimal("0.18"), money("500"))
    sheet = replace(
        with_holdings(holding("cash", "700000"), holding("shares", "300000", EQUITY)),
        debts=(debt,),
    )
    severities = [s.severity for s in find(case(sheet))]
    order = [Severity.WARNING, Severity.NOTICE, Severity.STRENGTH]
    assert severities == sorted(severities, key=order.index)
    assert set(severities) == set(order)


def test_a_thousandth_short_of_the_emergency_fund_is_said_with_the_gap() -> None:
    def with_cash(amount: str) -> dict[str, Statement]:
        return found(case(with_holdings(holding("cash", amount), *HOLDINGS[1:])))

    short = with_cash("59939.99")
    evidence = short["liquidity_short"].evidence
    assert evidence["gap"] == money("60.01")
    assert evidence["months"] == Decimal("6.0")
    assert "liquidity_ok" not in short
    # What fees may take is no warning, and "enough" is said of enough alone.
    for amount in ("59940", "59999.99"):
        assert not {"liquidity_short", "liquidity_ok"} & set(with_cash(amount))
    assert "liquidity_ok" in with_cash("60000")


def goal_in(days: int, amount: str) -> Needs:
    reserve = GoalReserve(AS_OF + timedelta(days=days), money(amount))
    return replace(NEEDS, goals_reserve=reserve.amount, goal_reserves=(reserve,))


def test_money_that_a_dated_goal_needs_is_not_idle() -> None:
    cash = holding("cash", "160000")
    bonds = holding("bonds", "40000", ProductClass.WEALTH_FIXED_INCOME)

    def idle(*holdings: Holding, needs: Needs) -> Money | None:
        said = found(case(with_holdings(*holdings), needs=needs)).get("liquidity_excess")
        amount = said.evidence["idle"] if said else None
        assert amount is None or isinstance(amount, Money)
        return amount

    free = replace(NEEDS, goals_reserve=ZERO)
    assert idle(cash, bonds, needs=free) == money("100000")
    # Bonds pay for the goal first: 40 000 of 70 000, and cash for the rest.
    assert idle(cash, bonds, needs=goal_in(28, "70000")) == money("70000")
    assert idle(cash, bonds, needs=goal_in(28, "30000")) == money("100000")
    late = replace(bonds, locked_until=AS_OF + timedelta(days=90))
    assert idle(cash, late, needs=goal_in(28, "39000")) == money("61000")
    assert idle(cash, late, needs=goal_in(90, "39000")) == money("100000")
    assert idle(cash, bonds, needs=goal_in(28, "100000")) is None


def test_money_lies_idle_above_twice_the_fund_and_thirty_per_cent_of_wealth() -> None:
    def is_idle(cash: str, rest: str) -> bool:
        sheet = with_holdings(
            holding("cash", cash), holding("b", rest, ProductClass.WEALTH_FIXED_INCOME)
        )
        return "liquidity_excess" in found(case(sheet))

    assert is_idle("120000.01", "50000")
    assert not is_idle("120000", "50000")  # as much idle as needed, no more
    assert not is_idle("130000", "400000")  # idle, but a small part of all


def test_locked_cash_is_not_liquid() -> None:
    locked = holding("cash", "80000", locked_until=AS_OF + timedelta(days=1))
    assert "liquidity_short" in found(case(with_holdings(locked, *HOLDINGS[1:])))
    matured = replace(locked, locked_until=AS_OF)
    assert "liquidity_ok" in found(case(with_holdings(matured, *HOLDINGS[1:])))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (PolicyKind.LIFE, "protection_life_gap"),
        (PolicyKind.CRITICAL_ILLNESS, "protection_critical_illness_gap"),
        (PolicyKind.ACCIDENT, "protection_accident_gap"),
        (PolicyKind.MEDICAL, "protection_no_medical"),
    ],
)
def test_each_missing_cover_is_named_alone(kind: PolicyKind, code: str) -> None:
    policies = tuple(p for p in COVERED if p.kind is not kind)
    names = found(case(replace(SHEET, policies=policies)))
    assert {n for n in names if n.startswith("protection")} == {code}
    if kind is not PolicyKind.MEDICAL:
        evidence = names[code].evidence
        assert evidence["gap"] == evidence["need"]
        assert evidence["cover"] == ZERO


def test_volatility_at_the_cap_is_sound_and_above_it_is_not() -> None:
    at_cap = replace(STANDING, volatility=0.08)
    assert "safety_volatility_above_cap" not in found(case(standing=at_cap))
    hair = replace(STANDING, volatility=0.08007)
    assert "safety_volatility_above_cap" not in found(case(standing=hair))
    above = replace(STANDING, volatility=0.0801)
    evidence = found(case(standing=above))["safety_volatility_above_cap"].evidence
    assert (evidence["volatility"], evidence["cap"]) == (0.0801, 0.08)


def test_goals_are_short_when_stable_money_beyond_the_emergency_fund_is() -> None:
    cash, shares = holding("cash", "109949.99"), holding("shares", "20000", EQUITY)
    evidence = found(case(with_holdings(cash, shares)))["safety_goals_short"].evidence
    assert evidence == {"reserve": money("50000"), "stable": money("49949.99")}
    enough = with_holdings(replace(cash, amount=money("109950")), shares)
    assert "safety_goals_short" not in found(case(enough))


def test_a_mediocre_safety_score_is_neither_praised_nor_blamed() -> None:
    scores = dict(STANDING.scores) | {Dimension.SAFETY: 94.9}
    names = found(case(standing=replace(STANDING, scores=scores)))
    assert not [n for n in names if n.startswith("safety")]


def test_a_loss_of_growth_is_said_in_yuan_from_a_tenth_of_a_per_cent_on() -> None:
    assert "growth_ok" in found(case(standing=replace(STANDING, certainty_equivalent=0.01951)))
    evidence = found(case(standing=replace(STANDING, certainty_equivalent=0.0105)))[
        "growth_loss"
    ].evidence
    assert evidence["loss"] == pytest.approx(0.01)
    assert evidence["amount"] == money("4000.00")  # one per cent of 400 000


def test_a_fifth_of_wealth_in_one_risky_product_is_the_limit() -> None:
    def concentrated(first: str, second: str, *, same: bool) -> set[str]:
        a = holding("a", first, EQUITY, product_id="fund")
        b = holding("b", second, EQUITY, product_id="fund" if same else "other")
        rest = 400000 - int(first) - int(second)
        return set(found(case(with_holdings(holding("cash", str(rest)), a, b))))

    assert "concentration" not in concentrated("40000", "40000", same=True)
    # A plan that fills the limit passes it by its own fees: 80 080 is a thousandth above.
    assert "concentration" not in concentrated("40000", "40080", same=True)
    assert "concentration" in concentrated("40000", "40081", same=True)
    assert "concentration" not in concentrated("40000", "40081", same=False)


def test_a_large_deposit_is_no_concentration() -> None:
    assert "concentration" not in found(case(with_holdings(holding("cash", "400000"))))


def test_what_lies_above_the_level_is_added_up() -> None:
    assert "above_level" not in found(case(level=RiskLevel.R4))
    evidence = found(case(level=RiskLevel.R3))["above_level"].evidence
    assert evidence["amount"] == money("70000")
    assert evidence["level"] == "R3"
    assert evidence["share"] == pytest.approx(70 / 400)


def test_dear_debts_are_repaid_with_spare_liquid_money_the_dearest_first() -> None:
    debts = (
        Debt("b", DebtKind.CONSUMER, money("15000"), Decimal("0.06"), money("500")),
        Debt("a", DebtKind.CREDIT_CARD, money("8000"), Decimal("0.18"), money("500")),
        Debt("c", DebtKind.MORTGAGE, money("900000"), Decimal("0.0205"), money("5000")),
    )
    repay = [s for s in find(case(replace(SHEET, debts=debts))) if s.code == "finding.repay_debt"]
    # 80 000 liquid less 60 000 of emergency fund leave 20 000 for both.
    assert [s.evidence["kind"] for s in repay] == [DebtKind.CREDIT_CARD, DebtKind.CONSUMER]
    assert [s.evidence["amount"] for s in repay] == [money("8000"), money("12000")]
    assert repay[0].evidence["saved"] == money("1440.00")  # 8000 at 18 %
    assert repay[0].evidence["earned"] == money("164.00")  # 8000 at the best, 2.05 %


def mortgage(rate: str, balance: str = "900000") -> Debt:
    return Debt("home", DebtKind.MORTGAGE, money(balance), Decimal(rate), money("5000"))


def test_a_mortgage_dearer_than_any_safe_return_is_repaid_from_what_lies_safe() -> None:
    safe = max(
        float(MARKET.net_returns[place])
        for place, product_class in enumerate(CLASSES)
        if TRAITS[product_class].stable
    )
    bold = replace(STANDING, best_certainty_equivalent=0.05)
    owing = replace(SHEET, debts=(mortgage("0.031"),))
    said = found(case(owing, standing=bold))["mortgage_over_safe"].evidence
    # 330 000 stable less 60 000 for emergencies and 50 000 for goals.
    assert said["amount"] == money("220000")
    assert said["best"] == pytest.approx(safe)
    assert said["saved"] == money("6820.00")  # 220 000 at 3.1 %
    assert said["earned"] == Money.rounded(220_000 * safe)
    small = replace(SHEET, debts=(mortgage("0.031", "1000"),))
    assert found(case(small, standing=bold))["mortgage_over_safe"].evidence["amount"] == money(
        "1000"
    )
    cheap = replace(SHEET, debts=(mortgage(f"{safe:.4f}"),))
    assert not {"mortgage_over_safe", "mortgage_dearer"} & set(found(case(cheap, standing=bold)))
    consumer = replace(mortgage("0.031"), kind=DebtKind.CONSUMER)
    assert not {"mortgage_over_safe", "repay_debt"} & set(
        found(case(replace(SHEET, debts=(consumer,)), standing=bold))
    )


def test_what_goals_need_or_a_lock_holds_repays_no_mortgage() -> None:
    bold = replace(STANDING, best_certainty_equivalent=0.05)
    owing = replace(SHEET, debts=(mortgage("0.031"),))
    needy = replace(NEEDS, goals_reserve=money("270000"))
    assert "mortgage_over_safe" not in found(case(owing, standing=bold, needs=needy))
    locked = tuple(replace(h, locked_until=AS_OF + timedelta(days=1)) for h in HOLDINGS)
    assert "mortgage_over_safe" not in found(case(replace(owing, holdings=locked), standing=bold))


def test_a_mortgage_and_a_card_do_not_spend_the_same_money_twice() -> None:
    debts = (
        Debt("card", DebtKind.CREDIT_CARD, money("15000"), Decimal("0.18"), money("500")),
        mortgage("0.031"),
    )
    names = found(case(replace(SHEET, debts=debts)))
    assert names["repay_debt"].evidence["amount"] == money("15000")
    assert names["mortgage_dearer"].evidence["amount"] == money("205000")


def test_no_debt_is_repaid_out_of_the_emergency_fund() -> None:
    debt = Debt("a", DebtKind.CREDIT_CARD, money("8000"), Decimal("0.18"), money("500"))
    sheet = replace(with_holdings(holding("cash", "60000"), *HOLDINGS[1:]), debts=(debt,))
    assert "repay_debt" not in found(case(sheet))


def test_deposits_here_above_half_a_million_are_not_insured() -> None:
    def insured(*holdings: Holding) -> bool:
        return "deposit_insurance" not in found(case(with_holdings(*holdings)))

    term = holding("term", "300000", ProductClass.TIME_DEPOSIT)
    assert insured(holding("cash", "200000"), term)
    assert not insured(holding("cash", "200000.01"), term)
    assert insured(holding("cash", "200000.01"), replace(term, held_at=HeldAt.ELSEWHERE))
    assert insured(holding("cash", "100"), holding("m", "900000", ProductClass.MONEY_FUND))
    above = found(case(with_holdings(holding("cash", "500123.45"))))["deposit_insurance"]
    assert above.evidence["above"] == money("123.45")


def test_money_elsewhere_and_locked_money_are_named_with_the_first_day() -> None:
    assert not {"held_elsewhere", "locked"} & set(found(case()))
    sheet = with_holdings(
        *HOLDINGS,
        holding("away", "1000", EQUITY, held_at=HeldAt.ELSEWHERE),
        holding("late", "2000", ProductClass.TIME_DEPOSIT, locked_until=AS_OF + timedelta(days=9)),
        holding("soon", "3000", ProductClass.TIME_DEPOSIT, locked_until=AS_OF + timedelta(days=5)),
        holding("now", "4000", ProductClass.TIME_DEPOSIT, locked_until=AS_OF),
    )
    names = found(case(sheet))
    assert names["held_elsewhere"].evidence["amount"] == money("1000")
    locked = names["locked"].evidence
    assert locked["amount"] == money("5000")
    assert locked["until"] == AS_OF + timedelta(days=5)


def test_without_wealth_there_is_a_warning_and_the_gaps_of_protection() -> None:
    codes = [s.code for s in find_without_wealth(BalanceSheet(AS_OF, ()), NEEDS)]
    assert codes[0] == "finding.no_wealth"
    assert len([c for c in codes if "protection" in c]) == 4
    covered = find_without_wealth(BalanceSheet(AS_OF, (), policies=COVERED), NEEDS)
    assert [s.code for s in covered] == ["finding.no_wealth", "finding.protection_ok"]


def test_without_wealth_every_debt_is_named_the_dearest_first() -> None:
    debts = (
        Debt("b", DebtKind.BUSINESS, money("300000"), Decimal("0.06"), money("3000")),
        Debt("a", DebtKind.CREDIT_CARD, money("46000"), Decimal("0.18"), money("1500")),
        Debt("c", DebtKind.CONSUMER, ZERO, Decimal("0.20"), ZERO),
    )
    said = find_without_wealth(BalanceSheet(AS_OF, (), debts, COVERED), NEEDS)
    assert [s.code for s in said] == [
        "finding.no_wealth",
        "finding.debts_exceed_wealth",
        "finding.debt_without_wealth",
        "finding.debt_without_wealth",
        "finding.protection_ok",
    ]
    assert said[1].evidence == {"debts": money("346000"), "wealth": ZERO}
    named = [s.evidence for s in said if s.code == "finding.debt_without_wealth"]
    assert [e["kind"] for e in named] == [DebtKind.CREDIT_CARD, DebtKind.BUSINESS]
    assert [e["balance"] for e in named] == [money("46000"), money("300000")]
    assert [e["rate"] for e in named] == [0.18, 0.06]


def test_a_need_that_no_allocation_can_meet_is_a_warning_of_the_diagnosis() -> None:
    kept = (0.0,) * 2 + (0.95,) + (0.0,) * (N - 3)
    locked = replace(
        MANDATE,
        liquidity_floor=0.15,
        current=(0.05, 0.0, 0.95) + (0.0,) * (N - 3),
        fixed=kept,
        class_caps=(1.0,) * N,
    )
    sheet = with_holdings(
        holding("cash", "20000"), holding("term", "380000", ProductClass.TIME_DEPOSIT)
    )
    made = diagnose(sheet, locked, MARKET, NEEDS, highest_risk_level=RiskLevel.R3)
    relaxed = next(f for f in made.findings if f.code == "relaxed.liquidity")
    assert relaxed.severity is Severity.WARNING
    # Floors are said in money: 15 % and 5 % of 400 000.
    wanted, granted = relaxed.evidence["wanted"], relaxed.evidence["granted"]
    assert isinstance(wanted, Money)
    assert isinstance(granted, Money)
    assert float(wanted) == pytest.approx(60_000)
    assert float(granted) == pytest.approx(20_000, abs=40)


def test_a_diagnosis_leaves_trading_costs_out_of_its_optimum() -> None:
    free = diagnose(SHEET, MANDATE, MARKET, NEEDS, highest_risk_level=RiskLevel.R5)
    dear = replace(MANDATE, buy_cost=(0.05,) * N, sell_cost=(0.05,) * N)
    costly = diagnose(SHEET, dear, MARKET, NEEDS, highest_risk_level=RiskLevel.R5)
    assert costly.standing == free.standing
    assert not [f for f in free.findings if f.code.startswith("relaxed.")]
