"""The rule against an exact dynamic programme of saving under income risk."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from allocator.life_cycle.human_capital import (
    human_capital,
    income_beta,
    pension_discount_rate,
    wage_discount_rate,
)
from allocator.life_cycle.risky_share import life_cycle_share, merton_share

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "cn_lifecycle.json"

# Optimal shares by risk aversion, correlation, age, and wealth over income (over the pension when
# retired). Calibration: riskless 1 %, premium 4.5 %, volatility 20 %, income
# exp(.05x - .001x^2) with x = age - 25, last wage at 63, pension 45 % of it, shock variance .02.
WEALTH_TO_INCOME = (2, 3, 5, 8, 12, 20, 30)
EXACT = {
    (5, 0.0, 30): (1, 1, 0.968, 0.747, 0.608, 0.486, 0.419),
    (5, 0.0, 40): (1, 1, 0.866, 0.665, 0.544, 0.44, 0.382),
    (5, 0.0, 50): (1, 1, 0.778, 0.6, 0.495, 0.404, 0.354),
    (5, 0.0, 60): (1, 0.956, 0.714, 0.561, 0.466, 0.381, 0.334),
    (5, 0.0, 65): (1, 1, 0.981, 0.789, 0.652, 0.516, 0.434),
    (5, 0.0, 75): (1, 1, 0.871, 0.699, 0.579, 0.462, 0.391),
    (8, 0.0, 30): (0.912, 0.692, 0.508, 0.398, 0.332, 0.274, 0.242),
    (8, 0.0, 40): (0.817, 0.623, 0.461, 0.363, 0.305, 0.254, 0.225),
    (8, 0.0, 50): (0.754, 0.576, 0.428, 0.339, 0.286, 0.239, 0.213),
    (8, 0.0, 60): (0.793, 0.609, 0.449, 0.349, 0.288, 0.235, 0.206),
    (8, 0.0, 65): (1, 0.941, 0.723, 0.561, 0.45, 0.343, 0.28),
    (8, 0.0, 75): (1, 0.825, 0.63, 0.489, 0.392, 0.298, 0.246),
    (3, 0.0, 30): (1, 1, 1, 1, 1, 0.853, 0.736),
    (3, 0.0, 40): (1, 1, 1, 1, 0.95, 0.769, 0.662),
    (3, 0.0, 50): (1, 1, 1, 1, 0.85, 0.69, 0.6),
    (3, 0.0, 60): (1, 1, 1, 0.881, 0.745, 0.62, 0.55),
    (3, 0.0, 65): (1, 1, 1, 1, 0.939, 0.775, 0.672),
    (3, 0.0, 75): (1, 1, 1, 0.994, 0.853, 0.708, 0.619),
    (5, 0.15, 30): (1, 0.838, 0.624, 0.498, 0.424, 0.36, 0.325),
    (5, 0.15, 40): (0.965, 0.745, 0.562, 0.454, 0.391, 0.336, 0.307),
    (5, 0.15, 50): (0.865, 0.673, 0.514, 0.421, 0.366, 0.318, 0.292),
    (5, 0.15, 60): (0.763, 0.614, 0.484, 0.403, 0.353, 0.308, 0.283),
    (8, 0.15, 30): (0.33, 0.276, 0.231, 0.204, 0.188, 0.174, 0.166),
    (8, 0.15, 50): (0.291, 0.248, 0.211, 0.19, 0.177, 0.165, 0.159),
}


def income_profile(age: int) -> float:
    x = age - 25
    return math.exp(0.05 * x - 0.001 * x * x)


def rule_share(*, age: int, gamma: float, rho: float, wealth_to_income: float) -> float:
    """Return the rule's share in the calibration of the dynamic programme."""
    retired = age > 63
    beta = income_beta(shock_variance=0.02, correlation=rho, equity_volatility=0.2)
    rate = wage_discount_rate(
        riskless_rate=0.01,
        equity_premium=0.045,
        risk_aversion=gamma,
        shock_variance=0.02,
        beta=beta,
        shock_price=0.55,
    )
    pension = 1.0 if retired else 0.45 * income_profile(63) / income_profile(age)
    capital = human_capital(
        age=age,
        retirement_age=63,
        annual_wage=0.0 if retired else 1.0,
        annual_pension=pension,
        wage_growth=lambda a: income_profile(a + 1) / income_profile(a) - 1,
        wage_rate=rate,
        pension_rate=pension_discount_rate(0.01, spread=0.022),
        beta=beta,
        last_age=100,
    )
    merton = merton_share(risk_premium=0.045, volatility=0.2, risk_aversion=gamma)
    return life_cycle_share(merton=merton, capital=capital, financial_wealth=wealth_to_income)


def test_the_rule_stays_close_to_an_exact_dynamic_programme() -> None:
    errors = np.array(
        [
            rule_share(age=age, gamma=gamma, rho=rho, wealth_to_income=ratio) - exact
            for (gamma, rho, age), row in EXACT.items()
            for ratio, exact in zip(WEALTH_TO_INCOME, row, strict=True)
        ]
    )
    assert math.sqrt((errors**2).mean()) <= 0.06
    assert abs(errors.mean()) <= 0.02


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="the full reference table is not on this machine"
)
def test_the_rule_stays_close_to_the_full_reference_table() -> None:
    document = json.loads(REFERENCE.read_text())
    errors = []
    for key, row in document["table"].items():
        rho, gamma, age = (float(part) for part in key.split("|"))
        if gamma < 3 or not 30 <= age <= 80:
            continue
        for ratio, exact in zip(document["WY"], row["share"], strict=True):
            share = rule_share(age=int(age), gamma=gamma, rho=rho, wealth_to_income=ratio)
            errors.append(share - exact)
    assert len(errors) == 2 * 4 * 12 * 9
    assert math.sqrt(float(np.mean(np.square(errors)))) <= 0.06
    assert abs(float(np.mean(errors))) <= 0.02
