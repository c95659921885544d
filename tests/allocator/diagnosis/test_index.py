"""The index: worked cases, and the properties every score must have."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding, Policy, PolicyKind
from allocator.diagnosis.index import (
    growth_score,
    liquidity_score,
    protection_score,
    safety_score,
    stand,
    stand_without_wealth,
    worth_of,
)
from allocator.life_cycle.needs import Goal, Needs, goals_reserve
from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.market.model import MarketModel
from allocator.money import ZERO, Money
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, TRAITS, Dimension, ProductClass
from allocator.weights import Weights

AS_OF = date(2026, 1, 1)
# The nine-class market of the worked cases, in per cent: an independent copy of its table.
NINE = (
    ProductClass.DEMAND_DEPOSIT,
    ProductClass.TIME_DEPOSIT,
    ProductClass.WEALTH_FIXED_INCOME,
    ProductClass.BOND_FUND,
    ProductClass.A_SHARE_EQUITY_FUND,
    ProductClass.OVERSEAS_EQUITY_FUND,
    ProductClass.GOLD,
    ProductClass.PRIVATE_FUND_OR_TRUST,
    ProductClass.ANNUITY,
)
VOLATILITIES = np.array([0.3, 0.5, 1.2, 2.8, 22, 17, 15, 12, 0.4]) / 100
CORRELATIONS = {
    (4, 5): 0.35, (4, 7): 0.45, (5, 7): 0.40, (4, 3): -0.10, (4, 6): 0.05, (3, 2): 0.50,
    (3, 6): 0.10, (5, 6): 0.05, (2, 4): 0.05, (7, 6): 0.15, (3, 1): 0.2, (2, 1): 0.2, (0, 1): 0.2,
}  # fmt: skip
CAPS = (1, 0.6, 0.6, 0.6, 0.45, 0.35, 0.15, 0.10, 0.30)


@cache
def nine_classes() -> MarketModel:
    correlation = np.eye(9)
    for (i, j), value in CORRELATIONS.items():
        correlation[i, j] = correlation[j, i] = value
    return MarketModel(
        classes=NINE,
        expected_returns=np.array([1.5, 1.8, 2.4, 3.0, 7.5, 6.8, 3.5, 5.0, 2.2]) / 100,
        fees=np.array([0.15, 0, 0.2, 0.4, 1, 1, 0.5, 1, 0]) / 100,
        covariance=np.outer(VOLATILITIES, VOLATILITIES) * correlation,
        version="worked",
        as_of=AS_OF,
        content_hash="0" * 64,
    )


def mandate_of(
    needs: Needs,
    wealth: Money,
    *,
    gamma: float,
    cap: float,
    classes: tuple[ProductClass, ...] = NINE,
    caps: tuple[float, ...] = CAPS,
    risky_share_cap: float = 1.0,
) -> Mandate:
    """Return the mandate of a client without human capital, costs or locks."""
    n = len(classes)
    floor = float(needs.emergency_fund.amount / wealth.amount)
    return Mandate(
        classes=classes,
        risk_aversion=gamma,
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=cap,
        risky_share_cap=risky_share_cap,
        liquidity_floor=floor,
        stable_floor=floor + float(needs.goals_reserve.amount / wealth.amount),
        current=(1.0,) + (0.0,) * (n - 1),
        fixed=(0.0,) * n,
        class_caps=tuple(map(float, caps)),
        buyable=(True,) * n,
        buy_cost=(0.0,) * n,
        sell_cost=(0.0,) * n,
    )


def money(text: str) -> Money:
    return Money.parse(text)


def sheet_of(
    weights: dict[ProductClass, str], wealth: str, *policies: tuple[PolicyKind, str]
) -> BalanceSheet:
    held = tuple(
        Holding(c.value, c, money(wealth).scaled(Decimal(w)), TRAITS[c].risk_level)
        for c, w in weights.items()
    )
    cover = tuple(
        Policy(f"p{n}", kind, money(amount), ZERO) for n, (kind, amount) in enumerate(policies)
    )
    return BalanceSheet(AS_OF, held, policies=cover)


def needs_of(
    *, months: float, spending: str, life: str, illness: str, accident: str, reserve: Money = ZERO
) -> Needs:
    essential = money(spending)
    return Needs(
        emergency_months=months,
        monthly_essential=essential,
        emergency_fund=essential.scaled(Decimal(str(months))),
        life_cover=money(life),
        critical_illness_cover=money(illness),
        accident_cover=money(accident),
        goals_reserve=reserve,
    )


YOUNG_NEEDS = needs_of(
    months=4, spending="12000", life="2000000", illness="500000", accident="1000000"
)
YOUNG = sheet_of(
    {
        ProductClass.DEMAND_DEPOSIT: "0.55",
        ProductClass.TIME_DEPOSIT: "0.30",
        ProductClass.WEALTH_FIXED_INCOME: "0.10",
        ProductClass.A_SHARE_EQUITY_FUND: "0.05",
    },
    "600000",
    (PolicyKind.CRITICAL_ILLNESS, "200000"),
    (PolicyKind.MEDICAL, "1000000"),
    (PolicyKind.ACCIDENT, "1000000"),
)
GOALS = (
    Goal("school", money("400000"), AS_OF + timedelta(days=730)),
    Goal("car", money("300000"), AS_OF + timedelta(days=1461)),
)
# The worked case counts exactly two and four years; dates give 730 of 730.5 days.
RESERVE = money("361862.34")
FAMILY_NEEDS = needs_of(
    months=6,
    spending="25000",
    life="3500000",
    illness="1000000",
    accident="2000000",
    reserve=RESERVE,
)
FAMILY = sheet_of(
    {
        ProductClass.DEMAND_DEPOSIT: "0.02",
        ProductClass.TIME_DEPOSIT: "0.05",
        ProductClass.WEALTH_FIXED_INCOME: "0.13",
        ProductClass.BOND_FUND: "0.10",
        ProductClass.A_SHARE_EQUITY_FUND: "0.55",
        ProductClass.OVERSEAS_EQUITY_FUND: "0.10",
        ProductClass.GOLD: "0.05",
    },
    "1500000",
    (PolicyKind.LIFE, "1000000"),
    (PolicyKind.CRITICAL_ILLNESS, "1000000"),
    (PolicyKind.MEDICAL, "1000000"),
)


def test_the_case_of_the_young_saver_gives_the_worked_numbers() -> None:
    mandate = mandate_of(YOUNG_NEEDS, YOUNG.investable_wealth, gamma=3, cap=0.12)
    best = optimize(mandate, nine_classes(), with_costs=False).certainty_equivalent
    found = stand(YOUNG, mandate, nine_classes(), YOUNG_NEEDS, best_certainty_equivalent=best)
    assert best == pytest.approx(0.033226, abs=1e-6)
    assert found.certainty_equivalent == pytest.approx(0.018079, abs=1e-6)
    assert best - found.certainty_equivalent == pytest.approx(0.015147, abs=1e-6)
    assert found.scores[Dimension.LIQUIDITY] == 100
    assert found.scores[Dimension.PROTECTION] == pytest.approx(42.6604, abs=1e-4)
    assert found.scores[Dimension.SAFETY] == 100
    assert found.scores[Dimension.GROWTH] == pytest.approx(46.8905, abs=1e-4)
    assert found.index == pytest.approx(72.3877, abs=1e-4)


def test_the_case_of_the_family_in_shares_gives_the_worked_numbers() -> None:
    mandate = mandate_of(FAMILY_NEEDS, FAMILY.investable_wealth, gamma=5, cap=0.08)
    best = optimize(mandate, nine_classes(), with_costs=False).certainty_equivalent
    found = stand(FAMILY, mandate, nine_classes(), FAMILY_NEEDS, best_certainty_equivalent=best)
    assert found.volatility == pytest.approx(0.128453, abs=1e-6)
    assert best - found.certainty_equivalent == pytest.approx(0.020096, abs=1e-6)
    assert found.scores[Dimension.LIQUIDITY] == pytest.approx(20.0000, abs=1e-4)
    assert found.scores[Dimension.PROTECTION] == pytest.approx(61.7547, abs=1e-4)
    assert found.scores[Dimension.SAFETY] == pytest.approx(52.2184, abs=1e-4)
    assert found.scores[Dimension.GROWTH] == pytest.approx(36.6115, abs=1e-4)
    assert found.index == pytest.approx(42.6461, abs=1e-4)
    coverage = (found.scores[Dimension.SAFETY] / 100) ** 2 * found.volatility / 0.08
    assert coverage == pytest.approx(0.437826, abs=1e-6)


def test_the_reserve_of_two_goals_is_the_worked_amount_up_to_the_calendar() -> None:
    exact = 400_000 * 0.75 / 1.015**2 + 300_000 * 0.25 / 1.015**4
    assert exact == pytest.approx(361_862.34, abs=0.005)
    # Half a day short of two years moves the amount by less than 300 yuan.
    assert float(goals_reserve(GOALS, as_of=AS_OF)) == pytest.approx(exact, abs=300)


@pytest.mark.parametrize(("loss", "score"), [(0.005, 77.9), (0.01, 60.7), (0.02, 36.8)])
def test_a_loss_of_growth_costs_the_published_points(loss: float, score: float) -> None:
    assert growth_score(certainty_equivalent=0.03 - loss, best=0.03) == pytest.approx(
        score, abs=0.05
    )


def test_being_better_than_the_optimum_scores_no_more_than_full() -> None:
    assert growth_score(certainty_equivalent=0.04, best=0.03) == 100


def at(
    weights: np.ndarray,
    mandate: Mandate,
    market: MarketModel,
    needs: Needs,
    *,
    best: float,
    wealth: int = 10**9,
) -> dict[Dimension, float]:
    """Score weights of a household so rich that a fen is no weight."""
    fen = np.round(weights * wealth * 100).astype(np.int64)
    holdings = tuple(
        Holding(c.value, c, Money.from_minor(int(amount)), TRAITS[c].risk_level)
        for c, amount in zip(market.classes, fen, strict=True)
        if amount > 0
    )
    sheet = BalanceSheet(AS_OF, holdings, policies=FAMILY.policies)
    found = stand(sheet, mandate, market, needs, best_certainty_equivalent=best)
    return dict(found.scores)


def rich_case(
    *, gamma: float = 5, cap: float = 0.08
) -> tuple[MarketModel, Needs, Mandate, float, np.ndarray]:
    market = load_default_assumptions()
    essential = Money.rounded(Decimal(10_000_000))
    needs = Needs(
        emergency_months=6.0,
        monthly_essential=essential,
        emergency_fund=essential.scaled(Decimal(6)),
        life_cover=ZERO,
        critical_illness_cover=ZERO,
        accident_cover=ZERO,
        goals_reserve=Money.rounded(Decimal(200_000_000)),
    )
    mandate = mandate_of(
        needs,
        Money.rounded(Decimal(10**9)),
        gamma=gamma,
        cap=cap,
        classes=CLASSES,
        caps=tuple(TRAITS[c].cap for c in CLASSES),
        risky_share_cap=0.6,
    )
    found = optimize(mandate, market, with_costs=False)
    return market, needs, mandate, found.certainty_equivalent, np.array(found.weights.values)


def test_the_optimum_with_full_cover_scores_full_in_all_four() -> None:
    market, needs, mandate, best, weights = rich_case()
    scores = at(weights, mandate, market, needs, best=best)
    assert list(scores.values()) == pytest.approx([100.0] * 4, abs=1e-4)


@pytest.mark.parametrize("gamma", [2.0, 5.0, 10.0])
def test_on_the_straight_path_to_the_optimum_the_index_never_falls(gamma: float) -> None:
    market, needs, mandate, best, goal = rich_case(gamma=gamma, cap=0.06)
    dice = np.random.default_rng(int(gamma))
    for _ in range(50):
        start = dice.dirichlet(np.full(len(CLASSES), 0.4))
        steps = [
            at((1 - t) * start + t * goal, mandate, market, needs, best=best)
            for t in np.linspace(0, 1, 9)
        ]
        for dimension in Dimension:
            path = [scores[dimension] for scores in steps]
            # A fen of a billion and the solver's hair are all that may be lost on the way.
            assert np.diff(path).min() > -1e-4


def test_every_amount_times_seven_point_three_changes_no_score() -> None:
    def scaled(amount: Money) -> Money:
        return amount.scaled(Decimal("7.3"))

    needs = replace(
        FAMILY_NEEDS,
        monthly_essential=scaled(FAMILY_NEEDS.monthly_essential),
        emergency_fund=scaled(FAMILY_NEEDS.emergency_fund),
        life_cover=scaled(FAMILY_NEEDS.life_cover),
        critical_illness_cover=scaled(FAMILY_NEEDS.critical_illness_cover),
        accident_cover=scaled(FAMILY_NEEDS.accident_cover),
        goals_reserve=scaled(FAMILY_NEEDS.goals_reserve),
    )
    sheet = replace(
        FAMILY,
        holdings=tuple(replace(h, amount=scaled(h.amount)) for h in FAMILY.holdings),
        policies=tuple(replace(p, cover=scaled(p.cover)) for p in FAMILY.policies),
    )
    mandate = mandate_of(FAMILY_NEEDS, FAMILY.investable_wealth, gamma=5, cap=0.08)
    before = stand(FAMILY, mandate, nine_classes(), FAMILY_NEEDS, best_certainty_equivalent=0.03)
    after = stand(sheet, mandate, nine_classes(), needs, best_certainty_equivalent=0.03)
    # The goals reserve is rounded to the fen.
    assert after.index == pytest.approx(before.index, abs=1e-6)


def test_a_goal_and_a_need_of_one_yuan_hardly_move_the_index() -> None:
    mandate = mandate_of(YOUNG_NEEDS, YOUNG.investable_wealth, gamma=3, cap=0.12)
    one = money("1")
    more = replace(
        YOUNG_NEEDS,
        goals_reserve=one,
        life_cover=YOUNG_NEEDS.life_cover + one,
        critical_illness_cover=YOUNG_NEEDS.critical_illness_cover + one,
    )
    nothing = replace(YOUNG_NEEDS, life_cover=ZERO)
    a_yuan = replace(YOUNG_NEEDS, life_cover=one)
    for before, after in ((YOUNG_NEEDS, more), (nothing, a_yuan)):
        scores = [
            stand(YOUNG, mandate, nine_classes(), n, best_certainty_equivalent=0.033).index
            for n in (before, after)
        ]
        assert abs(scores[0] - scores[1]) < 0.0009


def test_moves_that_change_nothing_for_the_client_change_no_score() -> None:
    mandate = mandate_of(YOUNG_NEEDS, YOUNG.investable_wealth, gamma=3, cap=0.12)

    def index(sheet: BalanceSheet) -> float:
        return stand(
            sheet, mandate, nine_classes(), YOUNG_NEEDS, best_certainty_equivalent=0.033
        ).index

    relabelled = tuple(
        replace(h, id=f"x{n}", product_id=f"p{n}") for n, h in enumerate(YOUNG.holdings)
    )
    first = YOUNG.holdings[0]
    half = first.amount.scaled(Decimal("0.5"))
    split = (
        replace(first, amount=half),
        replace(first, id="more", amount=first.amount - half),
        *YOUNG.holdings[1:],
    )
    more_cover = (*YOUNG.policies, Policy("more", PolicyKind.ACCIDENT, money("9000000"), ZERO))
    for sheet in (
        replace(YOUNG, holdings=tuple(reversed(relabelled))),
        replace(YOUNG, holdings=split),
        replace(YOUNG, policies=more_cover),
    ):
        assert index(sheet) == pytest.approx(index(YOUNG), abs=1e-10)


def test_a_riskier_profile_cannot_lift_the_growth_score_of_cautious_holdings() -> None:
    scores = []
    for gamma, cap in ((20, 0.02), (10, 0.04), (5, 0.08), (3, 0.12), (2, 0.18)):
        mandate = mandate_of(YOUNG_NEEDS, YOUNG.investable_wealth, gamma=gamma, cap=cap)
        best = optimize(mandate, nine_classes(), with_costs=False).certainty_equivalent
        cautious = sheet_of({ProductClass.DEMAND_DEPOSIT: "1"}, "600000")
        found = stand(
            cautious, mandate, nine_classes(), YOUNG_NEEDS, best_certainty_equivalent=best
        )
        scores.append(found.index)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] + 5


def test_liquidity_counts_months_and_saturates() -> None:
    fund = money("60000")
    assert liquidity_score(money("15000"), fund) == 25
    assert liquidity_score(fund, fund) == liquidity_score(money("900000"), fund) == 100
    assert liquidity_score(ZERO, ZERO) == 100


def test_each_kind_of_cover_has_its_weight() -> None:
    needs = needs_of(months=4, spending="0.01", life="10000", illness="10000", accident="10000")
    amounts = dict.fromkeys(PolicyKind, "10000")
    full = protection_score(sheet_of({}, "1", *amounts.items()), needs)
    assert full == pytest.approx(100)
    for kind, weight in (
        (PolicyKind.LIFE, 40),
        (PolicyKind.CRITICAL_ILLNESS, 30),
        (PolicyKind.MEDICAL, 20),
        (PolicyKind.ACCIDENT, 10),
    ):
        rest = [(k, a) for k, a in amounts.items() if k is not kind]
        score = protection_score(sheet_of({}, "1", *rest), needs)
        assert full - score == pytest.approx(weight, abs=0.001)


def test_whoever_needs_no_cover_and_spends_nothing_lacks_a_medical_policy_alone() -> None:
    nothing = needs_of(months=3, spending="0", life="0", illness="0", accident="0")
    assert protection_score(BalanceSheet(AS_OF, ()), nothing) == 80


def test_safety_is_the_root_of_coverage_times_calm() -> None:
    def safety(stable: str, volatility: float) -> float:
        return safety_score(
            stable=money(stable),
            emergency_fund=money("100"),
            goals_reserve=money("300"),
            wealth=money("1000"),
            volatility=volatility,
            volatility_cap=0.08,
        )

    assert safety("400", 0.08) == safety("900", 0.01) == safety("400", 0.0) == 100
    assert safety("400", 0.16) == pytest.approx(100 * 0.5**0.5)
    assert safety("100", 0.08) == pytest.approx(100 * (10 / 310) ** 0.5)
    assert safety("100", 0.08) == safety("0", 0.08)


def test_without_wealth_growth_is_zero_and_needs_decide_the_rest() -> None:
    empty = BalanceSheet(AS_OF, ())
    scores = stand_without_wealth(empty, FAMILY_NEEDS).scores
    assert scores[Dimension.LIQUIDITY] == scores[Dimension.SAFETY] == scores[Dimension.GROWTH] == 0
    easy = stand_without_wealth(empty, replace(YOUNG_NEEDS, emergency_fund=ZERO)).scores
    assert easy[Dimension.LIQUIDITY] == easy[Dimension.SAFETY] == 100


def test_whoever_owes_and_holds_nothing_is_not_safe() -> None:
    def safety(balance: str) -> float:
        debt = Debt("d", DebtKind.CREDIT_CARD, money(balance), Decimal("0.18"), ZERO)
        owing = BalanceSheet(AS_OF, (), debts=(debt,))
        return stand_without_wealth(owing, YOUNG_NEEDS).scores[Dimension.SAFETY]

    assert (safety("0.01"), safety("0")) == (0, 100)


def test_perfect_hedges_have_a_volatility_and_it_is_none() -> None:
    # The rounded variance of such holdings is below zero every other time.
    dice, below = np.random.default_rng(0), 0
    mandate = mandate_of(YOUNG_NEEDS, money("800000"), gamma=5, cap=0.1)
    for _ in range(40):
        one, other = dice.uniform(0.01, 0.4, 2)
        covariance = np.diag(VOLATILITIES**2)
        covariance[4:6, 4:6] = [[one**2, -one * other], [-one * other, other**2]]
        market = replace(nine_classes(), covariance=covariance)
        share = other / (one + other)
        held = np.array([*(0.0,) * 4, share, 1 - share, *(0.0,) * 3])
        below += float(held @ covariance @ held) < 0
        worth = worth_of(Weights(NINE, tuple(held.tolist())), mandate, market)
        assert 0 <= worth.volatility < 1e-8
        assert worth.certainty_equivalent == pytest.approx(worth.expected_return, abs=1e-12)
    assert below > 5
