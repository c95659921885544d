"""The rule against every cell of the reference table, and what the cap does to it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.life_cycle_problem import LifeCycleProblem
from allocator.life_cycle.mortality import load_default_mortality_table
from allocator.life_cycle.reference_life import reference_life
from allocator.life_cycle.risky_share import merton_share
from allocator.life_cycle.rule_accuracy import (
    RulePrices,
    accuracy,
    capital_over_income,
    capped_shares,
    rule_shares,
    yearly_share,
)

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "cn_lifecycle.json"
TABLE = load_default_mortality_table()
PRICES = RulePrices(shock_price=0.55, pension_spread=0.022)
AGES = (25, 30, 35, 40, 45, 50, 55, 60, 63, 65, 70, 75, 80)
GAMMAS, CORRELATIONS = (2, 3, 5, 8, 10), (0.0, 0.15)
WEALTH = np.array([0.5, 1, 2, 3, 5, 8, 12, 20, 30])


def life(gamma: float, correlation: float = 0.0) -> LifeCycleProblem:
    return reference_life(risk_aversion=gamma, mortality=TABLE, correlation=correlation)


def merton(problem: LifeCycleProblem) -> float:
    return merton_share(
        risk_premium=problem.equity_premium,
        volatility=problem.equity_volatility,
        risk_aversion=problem.risk_aversion,
    )


@pytest.mark.skipif(not REFERENCE.exists(), reason="the full reference table is not here")
@pytest.mark.parametrize("decides", ["at every instant", "once a year"])
def test_over_all_cells_the_uncapped_rule_is_as_close_as_promised(decides: str) -> None:
    document = json.loads(REFERENCE.read_text())["table"]
    rules, exact = [], []
    for gamma in GAMMAS:
        for correlation in CORRELATIONS:
            problem = life(gamma, correlation)
            share = yearly_share(problem) if decides == "once a year" else merton(problem)
            rules.append(
                rule_shares(problem, prices=PRICES, share=share, ages=AGES, wealth_to_income=WEALTH)
            )
            keys = [f"{correlation}|{gamma}|{age}" for age in AGES]
            exact.append([document[key]["share"] for key in keys])
    everything = accuracy(np.array(rules), np.array(exact))
    assert everything.cells == len(document) * 9 == 1170
    assert everything.root_mean_square <= 0.06
    assert abs(everything.bias) <= 0.02
    # Cells in which everything is held hide errors; the others alone keep the promise too.
    inner = np.array(exact) < 1
    unsaturated = accuracy(np.array(rules)[inner], np.array(exact)[inner])
    assert unsaturated.cells == 676
    assert unsaturated.root_mean_square <= 0.045
    assert abs(unsaturated.bias) <= 0.01
    for rule, row in zip(rules, exact, strict=True):
        one = accuracy(rule, np.array(row))
        assert one.root_mean_square <= 0.06
        assert abs(one.bias) <= 0.02
        assert abs(one.largest) <= 0.20


def test_the_rule_reaches_the_specification_s_case_at_fifty() -> None:
    # LC-32 in units of income, with the yearly wage growth of the case.
    wages = [1.0]
    for age in range(50, 63):
        wages.append(wages[-1] * (1 + max(-0.02, 0.05 - 0.002 * (age - 25))))
    problem = replace(
        life(5.0),
        first_age=50,
        income_path=tuple(wages),
        survival=(0.99,) * 50,
        replacement=0.4 / wages[-1],
    )
    capital = capital_over_income(problem, prices=PRICES, age=50)
    assert capital.wages * 300_000 == pytest.approx(2_469_448.937906, abs=1e-4)
    assert capital.pension * 300_000 == pytest.approx(1_138_183.592206, abs=1e-4)
    share = rule_shares(
        problem, prices=PRICES, share=0.225, ages=(50,), wealth_to_income=np.array([10.0])
    )
    assert round(float(share[0, 0]), 6) == 0.495572


@given(st.sampled_from(GAMMAS), st.floats(0.5, 60.0), st.sampled_from(CORRELATIONS))
def test_the_cap_never_adds_more_than_the_share_again(
    gamma: float, wealth: float, correlation: float
) -> None:
    problem = life(gamma, correlation)
    share = merton(problem)
    capped = capped_shares(
        problem, prices=PRICES, share=share, ages=AGES, wealth_to_income=np.array([wealth])
    )
    assert (capped <= min(1.0, 2 * share)).all()
    rule = rule_shares(
        problem, prices=PRICES, share=share, ages=AGES, wealth_to_income=np.array([wealth])
    )
    beta = correlation * np.sqrt(0.02) / 0.2
    if share > beta:
        assert (capped <= rule + 1e-12).all()


def test_a_pension_does_not_move_with_equities() -> None:
    for shares in (rule_shares, capped_shares):
        alone, moving = (
            shares(
                life(8.0, correlation),
                prices=PRICES,
                share=0.14,
                ages=(64, 70, 80),
                wealth_to_income=WEALTH,
            )
            for correlation in CORRELATIONS
        )
        assert alone.tolist() == moving.tolist()


def test_where_income_is_small_the_cap_and_the_rule_agree() -> None:
    problem = life(5.0)
    wealth = np.array([5_000.0])
    one, other = (
        shares(problem, prices=PRICES, share=0.225, ages=(60,), wealth_to_income=wealth)
        for shares in (rule_shares, capped_shares)
    )
    assert one == pytest.approx(other, abs=1e-5)


def test_from_birthday_to_birthday_the_share_moves_in_small_steps() -> None:
    problem = life(5.0)
    shares = []
    for age in range(25, 100):
        working = age <= problem.last_working_age
        income = problem.income_path[age - 25] if working else 0.45 * problem.income_path[-1]
        shares.append(
            rule_shares(
                problem,
                prices=PRICES,
                share=0.225,
                ages=(age,),
                wealth_to_income=np.array([30.0 / income]),
            )[0, 0]
        )
    assert np.abs(np.diff(shares)).max() < 0.02


def test_accuracy_counts_what_it_says() -> None:
    got = accuracy(np.array([[0.5, 0.9]]), np.array([[0.6, 0.7]]))
    assert got.cells == 2
    assert got.root_mean_square == pytest.approx(np.sqrt((0.01 + 0.04) / 2))
    assert got.bias == pytest.approx(0.05)
    assert got.largest == pytest.approx(0.2)


def test_tables_ages_and_wealth_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="equal tables"):
        accuracy(np.zeros((1, 2)), np.zeros((2, 1)))
    with pytest.raises(InputError, match="equal tables"):
        accuracy(np.zeros(0), np.zeros(0))
    for age in (24, 100):
        with pytest.raises(InputError, match="outside the problem"):
            capital_over_income(life(5.0), prices=PRICES, age=age)
    with pytest.raises(InputError, match="positive"):
        rule_shares(
            life(5.0), prices=PRICES, share=0.2, ages=(30,), wealth_to_income=np.array([0.0])
        )
