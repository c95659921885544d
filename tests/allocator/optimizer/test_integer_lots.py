"""The best whole lots: equal to full enumeration, and to the figures of the nine-class market."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from nine_classes import CLASSES, nine_class_mandate, nine_class_market

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.deals import Deals, MinimumFee, Terms
from allocator.optimizer.inputs import Inputs, inputs_of
from allocator.optimizer.integer_lots import LOT_TOLERANCE, WholeLots, best_whole_lots
from allocator.optimizer.objective import breaches, utility
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import ProductClass

LIMITS_OF_THE_WHOLE = 4
FOUR = (
    ProductClass.DEMAND_DEPOSIT,
    ProductClass.TIME_DEPOSIT,
    ProductClass.GOLD,
    ProductClass.A_SHARE_EQUITY_FUND,
)


@dataclass(frozen=True)
class Instance:
    """A small random problem whose every combination can be tried."""

    inputs: Inputs
    deals: Deals
    terms: Terms


def four_class_market(dice: np.random.Generator) -> MarketModel:
    volatility = np.array([0.002, 0.03, 0.15, 0.22])
    correlation = np.corrcoef(dice.normal(size=(60, 4)), rowvar=False)
    covariance = np.outer(volatility, volatility) * correlation
    return MarketModel(
        classes=FOUR,
        expected_returns=np.array([0.01, 0.025, 0.05, 0.06]) + dice.normal(size=4) * 0.005,
        fees=np.zeros(4),
        covariance=(covariance + covariance.T) / 2,
        version="test-four",
        as_of=date(2026, 1, 1),
        content_hash="0" * 64,
    )


def wishes(dice: np.random.Generator) -> dict[str, float]:
    """An advisor's wishes; the share of equities, a bad year and the mean may all bind."""
    return {
        "equity_cap": float(dice.uniform(0.1, 0.5)),
        "equity_floor": float(dice.uniform(0.0, 0.1)),
        "shortfall": float(dice.uniform(-0.2, -0.05)),
        "desired_return": float(dice.uniform(0.0, 0.03)),
    }


def instance(seed: int, *, breach_price: float | None) -> Instance:
    """Four classes, the first one the account; purchases and sales in a handful of lots."""
    dice = np.random.default_rng(seed)
    n = len(FOUR)
    current = dice.dirichlet(np.ones(n))
    deals, moves = [], []
    for c in range(1, n):
        step, fee = dice.choice([0.03, 0.05, 0.11]), dice.choice([0.0, 0.001, 0.01])
        deals.append((c, True, step, step * dice.integers(1, 4), 0.6))
        moves.append(-np.eye(n)[0] + np.eye(n)[c] / (1 + fee))
        deals.append(
            (c, False, current[c] / 3, current[c] / 3, current[c] * dice.choice([1, 3]) / 3)
        )
        moves.append((1 - fee) * np.eye(n)[0] - np.eye(n)[c])
    classes, buys, step, least, most = zip(*deals, strict=True)
    mandate = Mandate(
        classes=FOUR,
        risk_aversion=float(dice.uniform(2, 10)),
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=float(dice.uniform(0.05, 0.2)),
        risky_share_cap=float(dice.uniform(0.4, 0.9)),
        liquidity_floor=float(dice.uniform(0, 0.5)),
        stable_floor=float(dice.uniform(0, 0.8)),
        current=tuple(current.tolist()),
        fixed=(0.0,) * n,
        class_caps=(1.0, 0.7, 0.5, 0.4),
        buyable=(True,) * n,
        buy_cost=tuple(dice.uniform(0, 0.006, n).tolist()),
        sell_cost=tuple(dice.uniform(0, 0.006, n).tolist()),
        **(wishes(dice) if seed % 2 else {}),
    )
    inputs = inputs_of(mandate, four_class_market(dice), with_costs=True)
    limits = len(breaches(inputs, inputs.current))
    spared = dice.random(limits) < 0.3
    return Instance(
        inputs,
        Deals(classes, buys, np.array(step), np.array(least), np.array(most), np.array(moves).T),
        Terms(float(dice.choice([0.0, 1e-5, 2e-4])), breach_price, np.zeros(n), spared),
    )


def with_minimum_fees(one: Instance, seed: int) -> Instance:
    """Every deal costs something at least; what that adds is paid once in two years."""
    dice = np.random.default_rng(1000 + seed)
    fees = []
    for j, buys in enumerate(one.deals.buys):
        least = float(dice.choice([0.0003, 0.001, 0.004]))
        fees.append(MinimumFee(j, least, one.deals.classes[j] if buys else 0))
    deals = replace(one.deals, minimum_fees=tuple(fees))
    return replace(one, deals=deals, terms=replace(one.terms, surcharge_price=0.5))


def misses(i: Inputs, w: np.ndarray) -> np.ndarray:
    """Return by how much each limit is missed, a row for each combination."""
    volatility = np.sqrt(((w @ i.factor.T) ** 2).sum(axis=1))
    mean = w @ i.net_returns
    of_wishes = [
        w[:, 3] - i.equity_cap,
        i.equity_floor - w[:, 3],
        i.shortfall - mean + 1.645 * volatility,
        i.desired_return - mean,
    ]
    missed = [
        w @ i.risky - i.risky_share,
        volatility - i.volatility,
        i.liquidity_floor - w @ i.liquid,
        i.stable_floor - w @ i.stable,
        w - i.caps,
        *(of_wishes if i.has_wishes else ()),
    ]
    return np.asarray(np.maximum(np.column_stack(missed), 0))


def best_by_trying_all(one: Instance) -> float | None:
    """Return the score of the best of all combinations, from the definition alone."""
    i, deals = one.inputs, one.deals
    amounts = []
    for step, least, most in zip(deals.step, deals.least, deals.most, strict=True):
        lots = step * np.arange(1, int(most / step + 1e-9) + 1)
        amounts.append([0.0, *lots[lots >= least - 1e-12]])
    of_a_class = [
        [(b, 0.0) for b in amounts[2 * c]] + [(0.0, s) for s in amounts[2 * c + 1][1:]]
        for c in range(len(amounts) // 2)
    ]
    x = np.array([np.ravel(pairs) for pairs in product(*of_a_class)])
    held = i.current + x @ deals.moves.T
    surcharges = np.zeros(len(x))
    for minimum in deals.minimum_fees:
        by_rate = -deals.moves[:, minimum.deal].sum() * x[:, minimum.deal]
        missing = np.maximum(minimum.least - by_rate, 0) * (x[:, minimum.deal] > 0)
        held[:, minimum.payer] -= missing
        surcharges += missing
    w = held / held.sum(axis=1, keepdims=True)
    variance = ((w @ i.factor.T) ** 2).sum(axis=1)
    traded = w - i.current
    value = w @ i.tilt - i.risk_aversion / 2 * variance
    value = value - np.maximum(traded, 0) @ i.buy_cost - np.maximum(-traded, 0) @ i.sell_cost
    # Of some limits the fees count as if they still lay in the account, which comes first.
    left = held.sum(axis=1, keepdims=True)
    before = held + (1 - left) * np.eye(len(i.current))[0]
    missed = np.where(one.terms.spared, misses(i, before) / left, misses(i, w)).sum(axis=1)
    value = value - one.terms.surcharge_price * surcharges / left[:, 0]
    allowed = (held >= -1e-12).all(axis=1)
    if one.terms.breach_price is None:
        allowed &= missed <= 1e-9
    else:
        value -= one.terms.breach_price * missed
    value = value - one.terms.order_price * (x > 0).sum(axis=1)
    return float(value[allowed].max()) if allowed.any() else None


def solved(one: Instance) -> WholeLots | None:
    return best_whole_lots(one.inputs, one.deals, one.terms)


@pytest.mark.parametrize("breach_price", [None, 10.0])
@pytest.mark.parametrize("seed", range(20))
def test_the_best_lots_are_the_best_of_all_combinations(
    seed: int, breach_price: float | None
) -> None:
    one = instance(seed, breach_price=breach_price)
    best, found = best_by_trying_all(one), solved(one)
    if best is None or found is None:
        assert best is None
        assert found is None
        return
    assert found.score == pytest.approx(best, abs=LOT_TOLERANCE)
    assert best - 1e-9 <= found.bound <= best + 2 * LOT_TOLERANCE


@pytest.mark.parametrize("breach_price", [None, 10.0])
@pytest.mark.parametrize("seed", range(20))
def test_minimum_fees_are_a_fixed_charge_as_enumeration_says(
    seed: int, breach_price: float | None
) -> None:
    one = with_minimum_fees(instance(seed, breach_price=breach_price), seed)
    best, found = best_by_trying_all(one), solved(one)
    if best is None or found is None:
        assert best is None
        assert found is None
        return
    assert found.score == pytest.approx(best, abs=LOT_TOLERANCE)
    assert best - 1e-9 <= found.bound <= best + 2 * LOT_TOLERANCE


def test_some_minimum_fees_bind_some_do_not_and_some_stop_a_deal() -> None:
    binding = free = stopped = 0
    for seed in range(20):
        plain = instance(seed, breach_price=10.0)
        one = with_minimum_fees(plain, seed)
        found, before = solved(one), solved(plain)
        assert found is not None
        assert before is not None
        made = np.array([found.amounts[m.deal] > 0 for m in one.deals.minimum_fees])
        surcharged = one.deals.surcharges(found.amounts) > 0
        binding += int(surcharged.sum())
        free += int((made & ~surcharged).sum())
        stopped += int(np.count_nonzero(before.amounts) > np.count_nonzero(found.amounts))
    assert binding > 3
    assert free > 3
    assert stopped > 3


@pytest.mark.parametrize("spared", [False, True])
@pytest.mark.parametrize("seed", range(1, 9, 2))
def test_limits_tighter_than_the_best_lots_are_kept_or_priced_as_enumeration_says(
    seed: int, spared: bool
) -> None:
    one = instance(seed, breach_price=10.0)
    first = solved(one)
    assert first is not None
    held = one.inputs.current + one.deals.moves @ first.amounts
    w = held / held.sum()
    i = one.inputs
    bad_year = float(w @ i.net_returns - 1.645 * np.linalg.norm(i.factor @ w))
    tight = replace(i, shortfall=bad_year + 0.01, liquidity_floor=float(w @ i.liquid) + 0.04)
    terms = replace(one.terms, spared=np.full(len(one.terms.spared), spared))
    again = replace(one, inputs=tight, terms=terms)
    best, found = best_by_trying_all(again), solved(again)
    assert best is not None
    assert found is not None
    assert found.score == pytest.approx(best, abs=LOT_TOLERANCE)
    assert best - 1e-9 <= found.bound <= best + 2 * LOT_TOLERANCE


def test_the_random_instances_trade_pay_fees_and_some_cannot_keep_their_limits() -> None:
    strict = [solved(instance(seed, breach_price=None)) for seed in range(20)]
    assert 1 <= sum(found is None for found in strict) <= 10
    assert sum(found is not None and bool(found.amounts.any()) for found in strict) > 8
    for seed in range(20):
        one = instance(seed, breach_price=10.0)
        found = solved(one)
        assert found is not None
        lots = found.amounts / one.deals.step
        assert lots == pytest.approx(np.round(lots), abs=1e-6)
        made = found.amounts > 0
        assert (found.amounts[made] >= one.deals.least[made] - 1e-9).all()
        assert not (made[0::2] & made[1::2]).any()


@pytest.mark.parametrize("count", ["LARGEST_PROBLEMS", "MOST_NODES_IN_ALL"])
@pytest.mark.parametrize("budget", [1, 2, 3])
def test_a_search_that_must_stop_early_keeps_what_it_found_and_a_bound_that_holds(
    monkeypatch: pytest.MonkeyPatch, budget: int, count: str
) -> None:
    monkeypatch.setattr(f"allocator.optimizer.integer_lots.{count}", budget)
    stopped = 0
    for seed in range(8):
        one = instance(seed, breach_price=10.0)
        best, found = best_by_trying_all(one), solved(one)
        assert best is not None
        assert found is not None
        assert found.problems <= budget
        assert found.score <= best + LOT_TOLERANCE
        assert found.bound >= best - LOT_TOLERANCE
        stopped += found.bound - found.score > LOT_TOLERANCE
    assert stopped or budget > 1


def test_a_dearer_order_is_made_more_rarely_and_a_price_of_one_stops_all_orders() -> None:
    one = instance(3, breach_price=0.5)
    counts = []
    for price in (0.0, 1e-4, 1e-3, 1.0):
        found = solved(replace(one, terms=replace(one.terms, order_price=price)))
        assert found is not None
        counts.append(int(np.count_nonzero(found.amounts)))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 0


MINIMUMS = {"time_deposit": 50e3, "wealth_fixed_income": 10e3, "private_fund_or_trust": 300e3}
FUNDS = 1e3


def from_cash(wealth: float) -> tuple[Allocation, Deals, Terms]:
    """The third profile of the ladder with everything in the account, lots as wide as minimums."""
    mandate = nine_class_mandate(
        risk_aversion=5, volatility_cap=0.15, risky_share_cap=0.45, liquidity_floor=0.1125
    )
    n = len(CLASSES)
    lot = np.array([MINIMUMS.get(c.value, FUNDS) for c in CLASSES[1:]]) / wealth
    moves = np.vstack([-np.ones(n - 1), np.eye(n - 1)])
    deals = Deals(tuple(range(1, n)), (True,) * (n - 1), lot, lot, np.ones(n - 1), moves)
    terms = Terms(0.0, None, np.zeros(n), np.zeros(LIMITS_OF_THE_WHOLE + n, dtype=np.bool_))
    return optimize(mandate, nine_class_market()), deals, terms


@pytest.mark.parametrize(("wealth", "loss"), [(1e5, 8.8e-5), (3e5, 1.5e-5), (8e5, 6.5e-6)])
def test_whole_lots_cost_what_they_do_in_the_worked_example(wealth: float, loss: float) -> None:
    allocation, deals, terms = from_cash(wealth)
    w = allocation.weights.aligned_to(CLASSES)
    found = best_whole_lots(allocation.inputs, deals, terms, tangents_at=(w,))
    assert found is not None
    # The worked figures stop at a gap of 1e-7 as well, and are given to two digits.
    assert allocation.objective - found.score == pytest.approx(loss, abs=5e-7)
    assert found.bound - found.score <= LOT_TOLERANCE
    assert found.problems < 60

    # Rounding down puts all the rest into cash.
    lots = np.floor(w[1:] / deals.step + 1e-9) * deals.step
    rounded = np.array([1 - lots.sum(), *lots])
    assert breaches(allocation.inputs, rounded) == pytest.approx(0, abs=1e-9)
    naive = allocation.objective - utility(allocation.inputs, rounded)
    assert naive > 2e-4 > 2 * loss


def test_the_continuous_optimum_is_an_upper_bound_that_ever_finer_lots_approach() -> None:
    allocation, deals, terms = from_cash(1e6)
    losses = []
    for width in (0.2, 0.05, 0.01):
        lot = np.full(len(deals.step), width)
        found = best_whole_lots(allocation.inputs, replace(deals, step=lot, least=lot), terms)
        assert found is not None
        losses.append(allocation.objective - found.score)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] > -LOT_TOLERANCE
    any_amount = replace(deals, step=0 * deals.step, least=0 * deals.least)
    free = best_whole_lots(allocation.inputs, any_amount, terms)
    assert free is not None
    assert free.score == pytest.approx(allocation.objective, abs=2 * LOT_TOLERANCE)


@pytest.mark.parametrize("seed", range(6))
def test_fees_of_a_fifth_and_a_restless_account_do_not_change_that(seed: int) -> None:
    # Half of the limits are judged with the fees in the account, which moves like equities here.
    one = instance(seed, breach_price=1.0)
    i, fee = one.inputs, 0.2
    factor = i.factor.copy()
    factor[:, 0] = factor[:, 3] * 0.8
    moves = one.deals.moves.copy()
    moves[0, 1::2] = 1 - fee
    moves[1:, 0::2] *= 1 - fee
    again = Instance(
        replace(i, factor=factor, volatility=0.06, tilt=10 * i.tilt),
        replace(one.deals, moves=moves),
        replace(one.terms, spared=np.arange(len(one.terms.spared)) % 2 == 1),
    )
    best, found = best_by_trying_all(again), solved(again)
    assert best is not None
    assert found is not None
    assert found.score == pytest.approx(best, abs=LOT_TOLERANCE)
    assert best - 1e-9 <= found.bound <= best + 2 * LOT_TOLERANCE
