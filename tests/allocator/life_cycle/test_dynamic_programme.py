"""The programme against closed forms, a brute-force year, and shares solved elsewhere."""

import functools
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.life_cycle.discrete_time_share import discrete_time_share, normal_nodes
from allocator.life_cycle.dynamic_programme import LifeCyclePolicy, line, solve
from allocator.life_cycle.life_cycle_problem import LifeCycleProblem, year_shocks
from allocator.life_cycle.mortality import load_default_mortality_table
from allocator.life_cycle.reference_life import reference_life
from allocator.life_cycle.risky_share import merton_share

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "cn_lifecycle.json"


def income(age: int) -> float:
    x = age - 25
    return math.exp(0.05 * x - 0.001 * x * x)


def chinese_life(risk_aversion: float, correlation: float = 0.0) -> LifeCycleProblem:
    # Five nodes move the shares by less than 0.001 and halve the time.
    life = reference_life(
        risk_aversion=risk_aversion,
        mortality=load_default_mortality_table(),
        correlation=correlation,
    )
    return replace(life, nodes=5)


@functools.cache
def solved(risk_aversion: float, correlation: float = 0.0) -> LifeCyclePolicy:
    return solve(chinese_life(risk_aversion, correlation))


@functools.cache
def sure_life(risk_aversion: float = 8.0) -> LifeCyclePolicy:
    """Solve a life without income risk and death, for which closed forms exist."""
    return solve(
        replace(
            chinese_life(risk_aversion),
            survival=(1.0,) * 75,
            permanent_variance=0.0,
            transitory_variance=0.0,
        )
    )


@pytest.mark.parametrize(
    ("gamma", "share"), [(2, 0.560735), (3, 0.376582), (5, 0.226785), (8, 0.141918), (10, 0.113567)]
)
def test_the_share_of_a_yearly_decision_is_the_published_one(gamma: float, share: float) -> None:
    got = discrete_time_share(
        risk_aversion=gamma, riskless_rate=0.01, equity_premium=0.045, equity_volatility=0.2
    )
    assert round(got, 6) == share


def test_decisions_made_more_often_tend_to_merton_s_share() -> None:
    merton = merton_share(risk_premium=0.045, volatility=0.2, risk_aversion=5)
    distances = [
        abs(
            merton
            - discrete_time_share(
                risk_aversion=5,
                riskless_rate=0.01 / often,
                equity_premium=0.045 / often,
                equity_volatility=0.2 / math.sqrt(often),
            )
        )
        for often in (1, 12, 250)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 2e-5


def test_nobody_without_income_risks_the_last_yuan() -> None:
    share = discrete_time_share(
        risk_aversion=1.2, riskless_rate=0.01, equity_premium=0.045, equity_volatility=0.2
    )
    worst = 0.045 - 0.2 * float(normal_nodes(15)[0].max())
    assert share > 0.8
    assert 1.01 + share * worst > 0


def capital_at_riskless_rate(age: int) -> float:
    wages = sum(income(age + k) / 1.01**k for k in range(1, 63 - age + 1))
    pensions = range(max(1, 64 - age), 100 - age + 1)
    return wages + sum(0.45 * income(63) / 1.01**k for k in pensions)


@pytest.mark.parametrize(("age", "wealth"), [(35, 100), (35, 1000), (63, 300)])
def test_with_sure_income_the_share_is_the_closed_form(age: int, wealth: float) -> None:
    limit = discrete_time_share(
        risk_aversion=8, riskless_rate=0.01, equity_premium=0.045, equity_volatility=0.2
    )
    closed_form = limit * (1 + capital_at_riskless_rate(age) / wealth)
    got = sure_life().share(age=age, wealth_to_income=wealth / income(age))
    assert got == pytest.approx(closed_form, abs=4e-5)


def test_with_sure_income_consumption_is_a_fraction_of_wealth_and_capital() -> None:
    gamma, policy = 8.0, sure_life()
    share = discrete_time_share(
        risk_aversion=gamma, riskless_rate=0.01, equity_premium=0.045, equity_volatility=0.2
    )
    z, weights = normal_nodes(15)
    returns = 1.01 + share * (0.045 + 0.2 * z)
    kept = (0.96 * float(weights @ returns ** (1 - gamma))) ** (1 / gamma)
    fraction = 1.0
    for _ in range(100 - 70):
        fraction = 1 / (1 + kept / fraction)
    capital = sum(1 / 1.01**k for k in range(1, 31))
    cash = np.array([50.0, 200.0, 800.0])
    consumed = cash - policy.wealth_after_consumption(age=70, cash_to_income=cash)
    assert consumed == pytest.approx(fraction * (cash + capital), rel=2e-4)


@pytest.mark.parametrize(("age", "wealth"), [(30, 4.0), (50, 9.0), (63, 12.0), (80, 6.0)])
def test_nothing_is_gained_by_a_little_more_risk_or_a_little_less(age: int, wealth: float) -> None:
    # One year summed over every node by brute force, without the programme's table between.
    policy = solved(5.0, 0.15)
    problem, shocks = policy.problem, year_shocks(policy.problem, age=age)
    value = []
    share = policy.share(age=age, wealth_to_income=wealth)
    assert 0 < share < 1
    for tried in (share - 0.02, share, share + 0.02):
        returns = 1.01 + tried * shocks.excess
        cash = (wealth * returns / shocks.growth)[:, None] + shocks.incomes
        consumed = cash - policy.wealth_after_consumption(age=age + 1, cash_to_income=cash)
        marginal = (consumed * shocks.growth[:, None]) ** -problem.risk_aversion
        value.append(float(shocks.weights @ (marginal @ shocks.chances * shocks.excess)))
    assert value[0] > 0 > value[2]
    assert abs(value[1]) < 0.1 * min(value[0], -value[2])


def test_saving_is_such_that_a_yuan_is_worth_as_much_today_as_next_year() -> None:
    policy, age, wealth = solved(5.0), 45, 5.0
    problem, shocks = policy.problem, year_shocks(policy.problem, age=45)
    share = policy.share(age=age, wealth_to_income=wealth)
    returns = 1.01 + share * shocks.excess
    cash = (wealth * returns / shocks.growth)[:, None] + shocks.incomes
    consumed = cash - policy.wealth_after_consumption(age=age + 1, cash_to_income=cash)
    marginal = (consumed * shocks.growth[:, None]) ** -problem.risk_aversion @ shocks.chances
    tomorrow = 0.96 * problem.survival[age - 25] * float(shocks.weights @ (returns * marginal))
    on_hand = float(np.interp(wealth, policy.wealth, policy.cash[age - 25]))
    assert (on_hand - wealth) ** -problem.risk_aversion == pytest.approx(tomorrow, rel=2e-3)


# Shares of the reference table by risk aversion, correlation, age; wealth over income 2 to 30.
WEALTH = (2, 3, 5, 8, 12, 20, 30)
PUBLISHED: dict[tuple[float, float, int], tuple[float, ...]] = {
    (5, 0.0, 30): (1, 1, 0.968, 0.747, 0.608, 0.486, 0.419),
    (5, 0.0, 50): (1, 1, 0.778, 0.600, 0.495, 0.404, 0.354),
    (5, 0.0, 65): (1, 1, 0.981, 0.789, 0.652, 0.516, 0.434),
    (5, 0.15, 40): (0.965, 0.745, 0.562, 0.454, 0.391, 0.336, 0.307),
    (8, 0.15, 30): (0.330, 0.276, 0.231, 0.204, 0.188, 0.174, 0.166),
    (8, 0.15, 50): (0.291, 0.248, 0.211, 0.190, 0.177, 0.165, 0.159),
}


@pytest.mark.parametrize("row", PUBLISHED, ids=str)
def test_published_rows_of_the_chinese_calibration_are_found_again(
    row: tuple[float, float, int],
) -> None:
    gamma, correlation, age = row
    got = solved(gamma, correlation).shares_at(age=age, wealth_to_income=np.array(WEALTH, float))
    assert got == pytest.approx(np.array(PUBLISHED[row]), abs=0.0015)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the full reference table is not here")
def test_every_cell_of_the_reference_table_is_found_again() -> None:
    document = json.loads(REFERENCE.read_text())
    wealth, differences = np.array(document["WY"]), []
    for key, row in document["table"].items():
        correlation, gamma, age = (float(part) for part in key.split("|"))
        got = solved(gamma, correlation).shares_at(age=int(age), wealth_to_income=wealth)
        differences.append(np.abs(got - np.array(row["share"])))
    found = np.array(differences)
    assert found.size == 2 * 5 * 13 * 9
    assert found.max() < 0.006
    assert found.mean() < 0.0004


# Survival from 20 to 100 in the program that accompanies Cocco, Gomes and Maenhout (2005).
AMERICAN_SURVIVAL = (
    0.99845, 0.99839, 0.99833, 0.9983, 0.99827, 0.99826, 0.99824, 0.9982, 0.99813, 0.99804,
    0.99795, 0.99785, 0.99776, 0.99766, 0.99755, 0.99743, 0.9973, 0.99718, 0.99707, 0.99696,
    0.99685, 0.99672, 0.99656, 0.99635, 0.9961, 0.99579, 0.99543, 0.99504, 0.99463, 0.9942,
    0.9937, 0.99311, 0.99245, 0.99172, 0.99091, 0.99005, 0.98911, 0.98803, 0.9868, 0.98545,
    0.98409, 0.9827, 0.98123, 0.97961, 0.97786, 0.97603, 0.97414, 0.97207, 0.9697, 0.96699,
    0.96393, 0.96055, 0.9569, 0.9531, 0.94921, 0.94508, 0.94057, 0.9357, 0.93031, 0.92424,
    0.91717, 0.90922, 0.90089, 0.89282, 0.88503, 0.87622, 0.86576, 0.8544, 0.8423, 0.82942,
    0.8154, 0.80002, 0.78404, 0.76842, 0.75382, 0.73996, 0.72464, 0.71057, 0.6961, 0.6809,
)  # fmt: skip
# Shares by age at cash on hand of 3, 5, 8, 10, 15, 20, 30 incomes: another solver of the same
# problem, and HARK's, which has log-normal returns and shocks of mean one.
AMERICAN_CASH = (3, 5, 8, 10, 15, 20, 30)
AMERICAN: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
    25: (
        (1, 0.733, 0.533, 0.468, 0.381, 0.336, 0.287),
        (1, 0.734, 0.53, 0.465, 0.378, 0.333, 0.286),
    ),
    40: (
        (0.922, 0.62, 0.463, 0.411, 0.34, 0.302, 0.261),
        (0.92, 0.614, 0.456, 0.404, 0.335, 0.299, 0.261),
    ),
    50: (
        (0.918, 0.616, 0.459, 0.407, 0.337, 0.3, 0.26),
        (0.915, 0.61, 0.452, 0.4, 0.331, 0.295, 0.257),
    ),
    60: (
        (0.99, 0.671, 0.494, 0.434, 0.351, 0.309, 0.264),
        (0.978, 0.656, 0.483, 0.424, 0.344, 0.302, 0.26),
    ),
    70: (
        (1, 0.871, 0.641, 0.558, 0.437, 0.371, 0.301),
        (1, 0.881, 0.644, 0.56, 0.438, 0.371, 0.301),
    ),
    80: (
        (1, 0.772, 0.564, 0.486, 0.376, 0.32, 0.266),
        (1, 0.779, 0.566, 0.487, 0.376, 0.32, 0.266),
    ),
}


@functools.cache
def american_life() -> LifeCyclePolicy:
    a, b1, b2, b3 = -2.170042 + 2.700381, 0.16818, -0.0323371 / 10, 0.0019704 / 100
    wages = tuple(math.exp(a + b1 * n + b2 * n**2 + b3 * n**3) for n in range(20, 66))
    return solve(
        LifeCycleProblem(
            risk_aversion=10.0,
            first_age=20,
            last_age=100,
            income_path=wages,
            survival=AMERICAN_SURVIVAL,
            replacement=0.68212,
            permanent_variance=0.0106,
            transitory_variance=0.0738,
            correlation=0.0,
            discount_factor=0.96,
            riskless_rate=0.02,
            equity_premium=0.04,
            equity_volatility=0.157,
        )
    )


@pytest.mark.parametrize("age", AMERICAN)
def test_two_other_solvers_agree_on_an_american_life(age: int) -> None:
    policy, cash = american_life(), np.array(AMERICAN_CASH, dtype=np.float64)
    wealth = policy.wealth_after_consumption(age=age, cash_to_income=cash)
    got = policy.shares_at(age=age, wealth_to_income=wealth)
    same_problem, other_shocks = AMERICAN[age]
    assert got == pytest.approx(np.array(same_problem), abs=0.0065)
    assert got == pytest.approx(np.array(other_shocks), abs=0.0165)


def test_richer_people_hold_a_smaller_share_and_consume_more() -> None:
    policy = solved(8.0)
    inner = policy.wealth > 0
    assert (np.diff(policy.shares[:, inner], axis=1) <= 1e-6).all()
    consumption = policy.cash - policy.wealth
    assert (np.diff(consumption, axis=1) > 0).all()
    assert (np.diff(policy.cash, axis=1) > 0).all()


def test_income_that_moves_with_equities_lowers_the_share_of_workers_only() -> None:
    alone, moving = solved(8.0), solved(8.0, 0.15)
    last_wage = 63 - 25
    assert (moving.shares[:last_wage] <= alone.shares[:last_wage] + 1e-6).all()
    assert moving.shares[last_wage:] == pytest.approx(alone.shares[last_wage:], abs=1e-9)


def test_the_bounds_are_reached_exactly() -> None:
    # The poor hold everything; a wage that moves as equities do leaves no room for them.
    assert solved(5.0).share(age=30, wealth_to_income=0.5) == 1.0
    life = replace(
        chinese_life(8.0, 0.9), first_age=55, income_path=(1.0,) * 9, survival=(0.99,) * 45
    )
    assert solve(life).share(age=55, wealth_to_income=2.0) == 0.0


def test_only_the_shape_of_the_income_path_counts() -> None:
    problem = replace(
        chinese_life(5.0), first_age=55, income_path=(1.0, 1.1), survival=(0.99,) * 45
    )
    larger = replace(problem, income_path=(10.0, 11.0))
    assert solve(problem).shares == pytest.approx(solve(larger).shares, abs=1e-6)


def test_more_nodes_change_little() -> None:
    few = replace(
        chinese_life(5.0, 0.15), first_age=55, income_path=(1.0,) * 9, survival=(0.99,) * 45
    )
    many = replace(few, nodes=9)
    difference = np.abs(solve(few).shares - solve(many).shares)
    assert difference[:, 1:].max() < 0.002


def test_a_line_goes_on_with_its_last_slope() -> None:
    xs, ys = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 3.0])
    assert line(np.array([-1.0, 0.5, 4.0]), xs, ys) == pytest.approx([0.0, 1.0, 5.0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"survival": (1.0,)}, "survival probabilities"),
        ({"income_path": ()}, "wages"),
        ({"income_path": (0.0,) * 39}, "positive"),
        ({"replacement": 0.0}, "positive"),
        ({"survival": (0.0,) * 75}, "survival"),
        ({"risk_aversion": 1.0}, "risk_aversion"),
        ({"correlation": 1.5}, "correlation"),
        ({"permanent_variance": -0.1}, "variances"),
        ({"nodes": 15}, "use fewer nodes"),
    ],
)
def test_numbers_that_describe_no_life_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(chinese_life(5.0), **changes)


def test_ages_and_wealth_outside_the_solution_are_refused() -> None:
    policy = solved(5.0)
    for age in (24, 100):
        with pytest.raises(InputError, match="was not solved"):
            policy.share(age=age, wealth_to_income=1.0)
    with pytest.raises(InputError, match="must lie in"):
        policy.share(age=30, wealth_to_income=2000.0)
    with pytest.raises(InputError, match="no year follows"):
        year_shocks(policy.problem, age=100)
    with pytest.raises(InputError, match="positive"):
        discrete_time_share(
            risk_aversion=0.0, riskless_rate=0.01, equity_premium=0.04, equity_volatility=0.2
        )
