import math
from collections.abc import Callable

import pytest

from allocator.errors import InputError
from allocator.life_cycle.annuity import growing_annuity
from allocator.life_cycle.human_capital import (
    HumanCapital,
    human_capital,
    income_beta,
    pension_discount_rate,
    wage_discount_rate,
)
from allocator.life_cycle.risky_share import (
    life_cycle_share,
    merton_share,
    unclipped_life_cycle_share,
)

RISKLESS, PREMIUM, SIGMA = 0.01, 0.045, 0.20
SHOCK_PRICE, PENSION_SPREAD, LAST_AGE = 0.55, 0.022, 100


def fading_growth(age: int) -> float:
    return max(-0.02, 0.05 - 0.002 * (age - 25))


def rule(
    *,
    age: int,
    wage: float,
    pension: float,
    risk_aversion: float,
    variance: float = 0.02,
    correlation: float = 0.0,
    growth: Callable[[int], float] = fading_growth,
) -> HumanCapital:
    beta = income_beta(shock_variance=variance, correlation=correlation, equity_volatility=SIGMA)
    rate = wage_discount_rate(
        riskless_rate=RISKLESS,
        equity_premium=PREMIUM,
        risk_aversion=risk_aversion,
        shock_variance=variance,
        beta=beta,
        shock_price=SHOCK_PRICE,
    )
    return human_capital(
        age=age,
        retirement_age=63,
        annual_wage=wage,
        annual_pension=pension,
        wage_growth=growth,
        wage_rate=rate,
        pension_rate=pension_discount_rate(RISKLESS, spread=PENSION_SPREAD),
        beta=beta,
        last_age=LAST_AGE,
    )


@pytest.mark.parametrize(
    ("age", "wealth", "wage", "pension", "gamma", "rho", "wages", "pensions", "raw", "share"),
    [
        (35, 8e5, 3e5, 1.2e5, 5, 0.0, 4_488_527.671611, 442_555.970335, 1.611867, 1.0),
        (35, 8e5, 3e5, 1.2e5, 5, 0.15, 4_277_739.257641, 390_473.749576, 0.919011, 0.919011),
        (50, 3e6, 3e5, 1.2e5, 5, 0.0, 2_469_448.937906, 1_138_183.592206, 0.495572, 0.495572),
        (68, 2e6, 0.0, 9.0e4, 10, 0.0, 0.0, 1_786_039.556284, 0.212965, 0.212965),
    ],
    ids=["LC-30", "LC-31", "LC-32", "LC-34"],
)
def test_human_capital_and_the_share_match_the_published_cases_to_six_digits(
    age: int, wealth: float, wage: float, pension: float, gamma: float, rho: float,
    wages: float, pensions: float, raw: float, share: float,
) -> None:  # fmt: skip
    capital = rule(age=age, wage=wage, pension=pension, risk_aversion=gamma, correlation=rho)
    merton = merton_share(risk_premium=PREMIUM, volatility=SIGMA, risk_aversion=gamma)
    assert round(capital.wages, 6) == wages
    assert round(capital.pension, 6) == pensions
    unclipped = unclipped_life_cycle_share(merton=merton, capital=capital, financial_wealth=wealth)
    clipped = life_cycle_share(merton=merton, capital=capital, financial_wealth=wealth)
    assert round(unclipped, 6) == raw
    assert round(clipped, 6) == share


def test_constant_growth_gives_the_annuity_in_closed_form() -> None:
    capital = human_capital(
        age=35,
        retirement_age=60,
        annual_wage=200_000 / 1.02,
        annual_pension=0.0,
        wage_growth=lambda age: 0.02,
        wage_rate=0.04,
        pension_rate=0.04,
        beta=0.0,
        last_age=LAST_AGE,
    )
    closed = growing_annuity(200_000, years=25, growth=0.02, discount_rate=0.04)
    assert capital.wages == pytest.approx(closed, rel=1e-12)
    assert round(closed, 2) == 3_845_811.26


def test_with_riskless_income_the_share_is_the_exact_multiple_of_the_limiting_share() -> None:
    # LC-20: risk aversion 8, riskless income exp(.05x - .001x^2), then 45 %; the yearly limiting
    # share is 0.141918. An exact dynamic programme gives 0.225881, 0.150312 and 0.152267.
    def income(age: int) -> float:
        x = age - 25
        return math.exp(0.05 * x - 0.001 * x * x)

    def share(age: int, wealth: float) -> float:
        capital = human_capital(
            age=age,
            retirement_age=63,
            annual_wage=income(age),
            annual_pension=0.45 * income(63),
            wage_growth=lambda a: income(a + 1) / income(a) - 1,
            wage_rate=0.01,
            pension_rate=0.01,
            beta=0.0,
            last_age=LAST_AGE,
        )
        return life_cycle_share(merton=0.141918, capital=capital, financial_wealth=wealth)

    assert share(35, 100) == pytest.approx(0.225881, abs=5e-5)
    assert share(35, 1000) == pytest.approx(0.150312, abs=5e-5)
    assert share(63, 300) == pytest.approx(0.152267, abs=5e-5)
    assert share(35, 100) == pytest.approx(0.225846, abs=2e-6)


def test_no_income_means_no_human_capital_and_no_exposure() -> None:
    capital = rule(age=40, wage=0.0, pension=0.0, risk_aversion=5, correlation=0.3)
    assert (capital.total, capital.exposed) == (0.0, 0.0)


def test_a_pension_already_paid_does_not_move_with_equities() -> None:
    capital = rule(age=70, wage=0.0, pension=60_000, risk_aversion=5, correlation=0.3)
    assert capital.total > 0
    assert capital.exposed == 0
    assert not capital.is_working


def test_past_the_last_age_nothing_is_left() -> None:
    assert rule(age=101, wage=0.0, pension=60_000, risk_aversion=5).total == 0


@pytest.mark.parametrize(
    ("wage", "pension", "age"), [(-1.0, 0.0, 30), (0.0, -1.0, 30), (0.0, 0.0, -1)]
)
def test_negative_amounts_and_ages_are_refused(wage: float, pension: float, age: int) -> None:
    with pytest.raises(InputError, match="non-negative"):
        rule(age=age, wage=wage, pension=pension, risk_aversion=5)


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="beta"):
        income_beta(shock_variance=0.02, correlation=1.5, equity_volatility=0.2)
    with pytest.raises(InputError, match="risk_aversion"):
        wage_discount_rate(
            riskless_rate=0.01,
            equity_premium=0.04,
            risk_aversion=0,
            shock_variance=0.02,
            beta=0,
            shock_price=SHOCK_PRICE,
        )


def test_a_pension_that_begins_after_work_ends_is_worth_what_is_paid_from_then_on() -> None:
    def pension(*, pension_age: int | None) -> float:
        return human_capital(
            age=40,
            retirement_age=50,
            annual_wage=0.0,
            annual_pension=60_000,
            wage_growth=lambda age: 0.0,
            wage_rate=0.06,
            pension_rate=0.03,
            beta=0.0,
            last_age=LAST_AGE,
            pension_age=pension_age,
        ).pension

    # Ten years of work at 6 %, ten of waiting at 3 %, then forty payments from age 61 to 100.
    paid = growing_annuity(60_000, years=40, growth=0.0, discount_rate=0.03)
    assert pension(pension_age=60) == pytest.approx(paid / 1.03**10 / 1.06**10, rel=1e-12)
    assert pension(pension_age=50) == pension(pension_age=None)
    assert pension(pension_age=45) == pension(pension_age=None)
