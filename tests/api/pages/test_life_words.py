"""Chances, their error, moves of the growth share and limits, in words that keep their bounds."""

from typing import Any

import pytest

from api.pages.life_words import (
    EVERYDAY_LIMITS,
    error_words,
    funding_words,
    in_language,
    limit_ages,
    probability_words,
    result_words,
    verdict,
)
from api.pages.what_if_words import moved_classes
from api.texts import Texts

ZH, EN = Texts("zh"), Texts("en")


def chance(estimate: float, *, low: float = 0.0, high: float = 0.0) -> dict[str, float]:
    return {"estimate": estimate, "low": low, "high": high}


@pytest.mark.parametrize(
    ("estimate", "zh", "en"),
    [
        (0.0, "2% 以下", "below 2%"),
        (0.0199, "2% 以下", "below 2%"),
        (0.02, "2%", "2%"),
        (0.854, "85%", "85%"),
        (0.98, "98%", "98%"),
        (0.9801, "98% 以上", "above 98%"),
        (1.0, "98% 以上", "above 98%"),
    ],
)
def test_a_chance_is_a_whole_per_cent_between_its_bounds(estimate: float, zh: str, en: str) -> None:
    assert probability_words(chance(estimate), ZH) == zh
    assert probability_words(chance(estimate), EN) == en


def test_the_error_is_that_of_the_least_certain_rounded_up() -> None:
    sure, unsure = chance(0.9, low=0.896, high=0.904), chance(0.5, low=0.478, high=0.522)
    assert "less than a point" in error_words([sure], EN)
    assert "3 points" in error_words([sure, unsure], EN)
    assert "±3 个百分点" in error_words([unsure], ZH)


@pytest.mark.parametrize(
    ("ratio", "zh", "en"),
    [
        (None, "", ""),
        (-9.86, "资金覆盖不了：更早的支出会先把钱用完", "not covered, earlier needs take all"),
        (0.0, "资金可覆盖 0%", "0% covered"),
        (0.8699, "资金可覆盖 86%", "86% covered"),
        (0.999, "资金可覆盖 99%", "99% covered"),
        (1.0, "资金足够且有余", "more than fully covered"),
        (35.0, "资金足够且有余", "more than fully covered"),
    ],
)
def test_what_safe_investments_would_cover_is_never_rounded_up_to_all(
    ratio: float | None, zh: str, en: str
) -> None:
    assert funding_words(ratio, ZH) == zh
    assert funding_words(ratio, EN) == en


def test_a_text_in_two_languages_is_shown_in_the_readers_and_in_the_one_there_is() -> None:
    both = {"table": "CL5 men", "table_zh": "养老类业务"}
    assert (in_language(both, "table", ZH), in_language(both, "table", EN)) == (
        "养老类业务",
        "CL5 men",
    )
    assert in_language({"table": "mine.csv"}, "table", ZH) == "mine.csv"


@pytest.mark.parametrize(
    ("estimate", "said"),
    [(0.8, "likely"), (0.799, "open"), (0.5, "open"), (0.499, "unlikely")],
)
def test_chances_are_spoken_of_as_in_the_findings(estimate: float, said: str) -> None:
    assert verdict(chance(estimate)) == said


@pytest.mark.parametrize(
    ("estimates", "key", "likely"),
    [
        ([0.9], "goal_likely", 1),
        ([0.1], "goal_open", 0),
        ([0.9, 0.8], "goals_all", 2),
        ([0.9, 0.1, 0.2], "goals_some", 1),
        ([0.1, 0.2], "goals_none", 0),
    ],
)
def test_goals_are_counted(estimates: list[float], key: str, likely: int) -> None:
    document = {
        "retirement": {"last_age": 95, "lasts": chance(0.9)},
        "goals": [{"met": chance(one)} for one in estimates],
        "findings": [],
    }
    counted = {} if len(estimates) == 1 else {"likely": likely, "count": len(estimates)}
    assert result_words(document, EN)[1] == EN.say(f"page.life.{key}", **counted)


def year(age: int, share: float, **more: Any) -> dict[str, Any]:
    usual = {"level": "C4", "limits": [], "wealth": "5.00", "human_capital_ratio": 1.0}
    return {
        "age": age,
        "day": f"{1990 + age}-01-01",
        "growth_share": share,
        "weights": {"gold": share},
        **usual,
        **more,
    }


def test_limits_come_with_the_spans_of_their_ages_the_longest_first() -> None:
    years = [
        year(40, 0.5, limits=["locks", "stable"]),
        year(41, 0.5, limits=["stable"]),
        year(42, 0.5, limits=[]),
        year(43, 0.5, limits=["stable"]),
    ]
    found = [(one.name, one.ages) for one in limit_ages({"years": years}, EN)]
    assert found == [(EN.say("limit.stable"), "40–41, 43"), (EN.say("limit.locks"), "40")]


def test_limits_can_be_listed_without_those_of_every_year() -> None:
    years = [year(40, 0.5, limits=["suitability", "class_caps", "stable"])]
    found = limit_ages({"years": years}, EN, without=EVERYDAY_LIMITS)
    assert [one.name for one in found] == [EN.say("limit.stable")]


def test_a_class_that_moves_by_less_than_a_point_is_left_out() -> None:
    answer = {
        "before": {"weights": {"gold": 0.100, "bond_fund": 0.5, "money_fund": 0.4}},
        "after": {
            "weights": {"gold": 0.109, "bond_fund": 0.3, "annuity": 0.191, "money_fund": 0.4}
        },
    }
    rows = {row.label: (row.before, row.after, row.change) for row in moved_classes(answer, EN)}
    assert rows == {
        EN.say("class.bond_fund"): ("50%", "30%", "−20 points"),
        EN.say("class.annuity"): ("0%", "19%", "+19 points"),
    }
