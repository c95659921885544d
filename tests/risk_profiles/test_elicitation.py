import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from risk_profiles.elicitation import (
    portfolio_menu,
    risk_aversion_of_income_gamble,
    risk_aversion_of_wealth_gamble,
    switching_points,
)
from risk_profiles.questionnaire import Topic
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
MENU = portfolio_menu(
    lowest_mean=0.02,
    volatilities=(0.015, 0.03, 0.06, 0.10, 0.15),
    switching_points=switching_points(),
)


@pytest.mark.parametrize(
    ("cut", "risk_aversion"),
    [
        (1 / 10, 7.527221),
        (1 / 5, 3.763530),
        (1 / 3, 2.000000),
        (1 / 2, 1.000000),
        (3 / 4, 0.305758),
    ],
)
def test_the_income_gamble_has_its_published_risk_aversions(
    cut: float, risk_aversion: float
) -> None:
    found = risk_aversion_of_income_gamble(cut)
    assert round(found, 6) == risk_aversion
    if cut != 1 / 2:
        indifference = 0.5 * 2 ** (1 - found) + 0.5 * (1 - cut) ** (1 - found)
        assert indifference == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("gain", "loss", "risk_aversion"),
    [
        (0.20, 0.10, 4.9099),
        (0.10, 0.05, 9.7299),
        (0.30, 0.15, 3.2982),
        (0.50, 0.25, 2.0000),
        (0.25, 0.20, 1.0000),
        (0.10, 0.08, 2.4988),
    ],
)
def test_wealth_gambles_have_their_computed_risk_aversions(
    gain: float, loss: float, risk_aversion: float
) -> None:
    assert round(risk_aversion_of_wealth_gamble(gain=gain, loss=loss), 4) == risk_aversion


@given(st.floats(0.001, 0.98), st.floats(1.0001, 1.02))
def test_who_risks_a_larger_cut_is_less_averse(cut: float, factor: float) -> None:
    larger = min(cut * factor, 0.99)
    assert risk_aversion_of_income_gamble(larger) < risk_aversion_of_income_gamble(cut)


@pytest.mark.parametrize(
    ("gain", "loss"),
    [(0.1, 0.1), (0.1, 0.2), (0.1, 0.0), (2.0, 1.0), (float("inf"), 0.5), (0.5, float("nan"))],
)
def test_gambles_that_tell_nothing_are_refused(gain: float, loss: float) -> None:
    with pytest.raises(InputError, match=r"a (gain|loss)"):
        risk_aversion_of_wealth_gamble(gain=gain, loss=loss)


def test_people_switch_at_the_geometric_means_of_the_anchors() -> None:
    assert [round(point, 3) for point in switching_points()] == [14.142, 7.071, 3.873, 2.449]


def test_the_menu_has_its_computed_means_and_good_and_bad_years() -> None:
    assert [round(100 * one.mean, 2) for one in MENU] == [2.00, 2.48, 3.43, 4.67, 6.20]
    assert [round(100 * one.good_year, 1) for one in MENU] == [4.5, 7.4, 13.3, 21.1, 30.9]
    assert [round(100 * one.bad_year, 1) for one in MENU] == [-0.5, -2.5, -6.4, -11.8, -18.5]


def test_neighbours_of_the_menu_are_worth_the_same_at_their_switching_point() -> None:
    for (one, other), aversion in zip(pairwise(MENU), switching_points(), strict=True):
        slope = 2 * (other.mean - one.mean) / (other.volatility**2 - one.volatility**2)
        assert slope == pytest.approx(aversion, rel=1e-12)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_portfolios_that_clients_see_are_the_menu(language: str) -> None:
    question = FORM.find(Topic.PORTFOLIO_CHOICE)
    assert question is not None
    for option, portfolio in zip(question.options, MENU, strict=True):
        shown = [float(figure) for figure in re.findall(r"([+-]?[\d.]+)%", option.text[language])]
        year = (portfolio.mean, portfolio.good_year, portfolio.bad_year)
        assert shown == [round(100 * figure, 1) for figure in year]


def test_the_rationales_state_the_computed_risk_aversions() -> None:
    menu, gamble = FORM.find(Topic.PORTFOLIO_CHOICE), FORM.find(Topic.INCOME_GAMBLE)
    assert menu is not None
    assert gamble is not None
    stated = [float(figure) for figure in re.findall(r"\d+(?:\.\d)?", menu.rationale)]
    assert stated == [round(point, 1) for point in switching_points()]
    stated = [float(figure) for figure in re.findall(r"\d+(?:\.\d)?", gamble.rationale)]
    cuts = (1 / 10, 1 / 5, 1 / 3, 1 / 2)
    assert stated == [round(risk_aversion_of_income_gamble(cut), 1) for cut in cuts]
    words = ("one tenth", "one tenth", "one fifth", "one third", "one half")
    for option, word in zip(gamble.options, words, strict=True):
        assert word in option.text["en"]


@pytest.mark.parametrize(
    ("volatilities", "points", "match"),
    [
        ((0.01, 0.02), (3.0, 2.0), "one switching point"),
        ((0.02, 0.01), (3.0,), "must rise"),
        ((-0.01, 0.01), (3.0,), "must rise"),
        ((0.01, 0.02, 0.03), (2.0, 3.0), "must fall"),
    ],
)
def test_menus_that_offer_no_choice_are_refused(
    volatilities: tuple[float, ...], points: tuple[float, ...], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        portfolio_menu(lowest_mean=0.02, volatilities=volatilities, switching_points=points)
