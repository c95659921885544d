"""The back-test of a profile: a complete document, ordered by risk, honest about its window."""

from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.market.history import load_default_history
from allocator.market.price_file import read_price_csv
from api.documents import canonical_json
from api.reference_data import load_reference_data
from api.schemas.records import BacktestResultSchema
from api.services.backtests import backtest_profile
from api.texts import Language, Texts, localize
from risk_profiles.levels import LEVELS, ProfileLevel

REFERENCE = load_reference_data()


@cache
def backtest(level: ProfileLevel) -> dict[str, Any]:
    return dict(backtest_profile(REFERENCE, level=level))


def monthly_prices(*classes: str) -> str:
    """Three years of prices, each class rising by its own even step."""
    months = [date(2020 + month // 12, month % 12 + 1, 28) for month in range(37)]
    rows = [
        ",".join([day.isoformat(), *(f"{1.002 ** (t * (i + 1)):.8f}" for i in range(len(classes)))])
        for t, day in enumerate(months)
    ]
    return "\n".join([",".join(["date", *classes]), *rows])


@pytest.mark.parametrize("level", ProfileLevel)
def test_the_document_has_exactly_the_documented_fields(level: ProfileLevel) -> None:
    document = backtest(level)
    assert set(document) == set(BacktestResultSchema().fields)
    assert BacktestResultSchema().dump(document) == document
    assert document["profile"] == level
    assert (document["start"], document["end"]) == ("2010-12-31", "2023-12-31")
    assert set(document["targets"]) == set(load_default_history().classes)


def test_realised_volatility_and_the_deepest_fall_rise_with_the_level() -> None:
    figures = [backtest(level)["statistics"] for level in ProfileLevel]
    assert all(shyer["volatility"] < bolder["volatility"] for shyer, bolder in pairwise(figures))
    falls = [-figure["max_drawdown"] for figure in figures]
    assert falls == sorted(falls)


def test_no_level_was_more_volatile_than_its_cap_on_this_window() -> None:
    for level, limits in LEVELS.items():
        assert backtest(level)["statistics"]["volatility"] <= limits.volatility_cap


@pytest.mark.parametrize("level", ProfileLevel)
def test_the_figures_follow_from_the_value_path(level: ProfileLevel) -> None:
    document = backtest(level)
    path = np.array(document["value_path"])
    returns = path[1:] / path[:-1] - 1
    figures = document["statistics"]
    assert len(path) == len(document["dates"]) == 14
    assert figures["annual_return"] == pytest.approx(path[-1] ** (1 / 13) - 1, abs=2e-6)
    assert figures["volatility"] == pytest.approx(returns.std(ddof=1), abs=2e-6)
    assert figures["max_drawdown"] == pytest.approx(
        min(path[t] / path[: t + 1].max() - 1 for t in range(14)), abs=2e-6
    )
    for name, (low, high) in document["intervals"].items():
        assert low <= figures[name] <= high


def test_the_same_question_gets_the_same_bytes() -> None:
    again = backtest_profile(REFERENCE, level=ProfileLevel.C3)
    assert canonical_json(again) == canonical_json(backtest(ProfileLevel.C3))


@pytest.mark.parametrize("language", Language)
def test_every_remark_has_words(language: Language) -> None:
    spoken = localize(backtest(ProfileLevel.C5), Texts(language))
    assert isinstance(spoken, dict)
    assert {"backtest_window", "backtest_hindsight", "backtest_no_promise"} <= {
        note["code"] for note in spoken["notes"]
    }
    assert all(note["text"] for note in spoken["notes"])


def test_prices_of_a_user_take_the_place_of_the_embedded_history() -> None:
    history = read_price_csv(monthly_prices("money_fund", "bond_fund", "gold"))
    document = backtest_profile(REFERENCE, level=ProfileLevel.C3, history=history)
    assert set(document["targets"]) == {"money_fund", "bond_fund", "gold"}  # type: ignore[call-overload]
    assert (document["start"], document["end"]) == ("2020-01-28", "2023-01-28")
    assert document["history_hash"] == history.content_hash


def test_prices_without_a_liquid_class_are_refused_with_the_class_to_add() -> None:
    history = read_price_csv(monthly_prices("bond_fund", "gold"))
    with pytest.raises(InputError, match="add money_fund or demand_deposit"):
        backtest_profile(REFERENCE, level=ProfileLevel.C3, history=history)
