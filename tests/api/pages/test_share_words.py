"""Why the growth share moves, what keeps it above its limit, and where its line is missing."""

from typing import Any

import pytest

from api.pages.life_words import funding_words
from api.pages.share_words import gap_words, share_limits_words, share_moves
from api.texts import Texts
from risk_profiles.levels import LEVELS, ProfileLevel

EN = Texts("en")
PAID: dict[str, Any] = {"met": {"estimate": 0.9}, "funding_ratio": 1.2}


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


def moves_of(*years: dict[str, Any], **document: Any) -> list[tuple[str, tuple[str, ...]]]:
    whole = {"years": years, "events": [], "goals": [], **document}
    return [(move.said, move.reasons) for move in share_moves(whole, EN)]


def test_years_that_move_the_same_way_are_told_together_and_small_ones_not_at_all() -> None:
    shares = [0.80, 0.79, 0.75, 0.70, 0.70, 0.74]
    years = [
        year(40 + n, share, human_capital_ratio=2.0 - n / 10) for n, share in enumerate(shares)
    ]
    assert moves_of(*years) == [
        ("From 41 to 43: from 79% to 70%.", (EN.say("page.life.why.wages"),))
    ]


def test_a_lower_level_retirement_and_a_goal_give_the_reasons() -> None:
    goal = {"name": "flat", "due": "2034-06-01", **PAID}
    events = [
        {"kind": "retirement", "day": "2031-06-01", "name": None},
        {"kind": "goal", "day": "2034-06-01", "name": "flat"},
    ]
    years = [
        year(40, 0.8),
        year(41, 0.6, level="C3"),
        year(42, 0.4, level="C3"),
        year(43, 0.2, level="C3", limits=["stable"]),
        year(44, 0.2, level="C3", limits=["stable"]),
        year(45, 0.5, level="C3"),
    ]
    down, up = moves_of(*years, events=events, goals=[goal])
    assert down == (
        "From 40 to 43: from 80% to 20%.",
        (
            EN.say("page.life.why.age", age="41", level=EN.say("profile_level.C3")),
            EN.say("page.life.why.retirement"),
            EN.say("page.life.why.goal", name="flat"),
        ),
    )
    assert up == (
        "From 44 to 45: from 20% to 50%.",
        (EN.say("page.life.why.goal_paid", name="flat"),),
    )


def test_running_out_of_money_is_no_move() -> None:
    assert moves_of(year(40, 0.8), year(41, 0.0, weights={})) == []


def test_a_level_that_may_buy_no_growth_is_said_once_with_its_ages() -> None:
    years = [
        year(63, 0.5, level="C3", limits=["suitability"]),
        year(64, 0.3, level="C2", limits=["liquidity"]),
        year(65, 0.3, level="C2", limits=["suitability"]),
        year(66, 0.3, level="C2", limits=["suitability"]),
        year(67, 0.3, level="C2"),
        year(68, 0.3, level="C2", limits=["suitability"]),
        year(69, 0.0, level="C1", limits=["suitability"]),
    ]
    cautious, careful = share_limits_words({"years": years}, EN)
    assert cautious.startswith("Age 65–66, 68: ")
    assert "up to R2" in cautious
    assert careful.startswith("Age 69: ")
    assert "up to R1" in careful
    assert share_limits_words({"years": years[:2]}, EN) == []


@pytest.mark.parametrize(
    ("chance", "ratio", "code"),
    [
        (0.5, 0.9, "goal_paid"),
        (0.49, 0.9, "goal_short"),
        (0.0, 0.0, "goal_short"),
        (0.0, -0.3, "goal_short"),
        (0.4, 1.2, "goal_unpaid"),
        (0.4, None, "goal_unpaid"),
    ],
)
def test_a_goal_is_paid_only_where_its_chance_is_a_half_or_more(
    chance: float, ratio: float | None, code: str
) -> None:
    goal = {"name": "fees", "due": "2030-06-01", "met": {"estimate": chance}}
    years = [year(40, 0.0, limits=["stable"]), year(41, 0.6)]
    event = {"kind": "goal", "day": "2030-06-01", "name": "fees"}
    ((_, reasons),) = moves_of(*years, events=[event], goals=[goal | {"funding_ratio": ratio}])
    key, name = f"page.life.why.{code}", "fees"
    said = EN.say(key, name=name, covered=funding_words(ratio, EN))
    assert reasons == (said,)
    assert ("is paid" in said) == (code == "goal_paid")


@pytest.mark.parametrize(("due", "is_named"), [("2035-12-20", True), ("2036-01-10", False)])
def test_a_goal_comes_closer_once_money_is_reserved_for_it(due: str, is_named: bool) -> None:
    # Five years before it is due the mandate begins to ask for stable assets.
    years = [year(40, 0.8), year(41, 0.6, limits=["stable"], human_capital_ratio=0.9)]
    goal = {"name": "flat", "due": due, **PAID}
    ((_, reasons),) = moves_of(*years, goals=[goal])
    why = EN.say("page.life.why.goal", name="flat") if is_named else EN.say("page.life.why.wages")
    assert reasons == (why,)


def test_goals_ahead_are_named_by_their_days() -> None:
    years = [year(40, 0.8), year(41, 0.6, limits=["stable"])]
    late, soon = (
        {"name": name, "due": due, **PAID}
        for name, due in (("late", "2034-01-01"), ("soon", "2032-01-01"))
    )
    ((_, reasons),) = moves_of(*years, goals=[late, soon])
    assert reasons == tuple(EN.say("page.life.why.goal", name=name) for name in ("soon", "late"))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (year(40, 0.2, limits=["liquidity"]), year(41, 0.5, wealth="6.00"), "wealth"),
        (year(40, 0.2), year(41, 0.5, wealth="6.00"), None),
        (year(40, 0.2, limits=["liquidity"]), year(41, 0.5), None),
        (year(40, 0.2), year(41, 0.5, wealth="4.00", human_capital_ratio=1.2), "income_more"),
        (year(40, 0.2), year(41, 0.5, wealth="4.00", limits=["locks"]), "locked_more"),
        (year(40, 0.2), year(41, 0.5, wealth="4.00"), None),
        (year(40, 0.5), year(41, 0.2, wealth="4.00", limits=["liquidity"]), "wealth_less"),
        (year(40, 0.5), year(41, 0.2, wealth="4.00"), None),
        (year(40, 0.5), year(41, 0.2, wealth="6.00", limits=["liquidity"]), None),
        (year(40, 1.0, limits=["locks"]), year(41, 0.8, wealth="6.00"), "locks"),
        (
            year(40, 1.0, limits=["locks"]),
            year(41, 0.9, wealth="6.00", limits=["locks"], human_capital_ratio=0.9),
            "locked_less",
        ),
    ],
)
def test_savings_are_a_reason_only_where_they_move_that_way(
    before: dict[str, Any], after: dict[str, Any], code: str | None
) -> None:
    ((_, reasons),) = moves_of(before, after)
    assert reasons == (() if code is None else (EN.say(f"page.life.why.{code}"),))


def test_a_share_above_its_limit_is_what_is_locked_and_no_goal_that_was_paid() -> None:
    goal = {"name": "car", "due": "2030-06-01", **PAID}
    event = {"kind": "goal", "day": "2030-06-01", "name": "car"}
    years = [
        year(40, 0.85, limits=["locks", "stable"]),
        year(41, 1.0, limits=["locks"], wealth="3.00"),
        year(42, 0.85, limits=["locks"]),
    ]
    up, _ = moves_of(*years, events=[event], goals=[goal])
    assert up[1] == (EN.say("page.life.why.locked_more"),)
    (said,) = share_limits_words({"years": years}, EN)
    limit = EN.percent(LEVELS[ProfileLevel.C4].risky_share_cap)
    level = EN.say("profile_level.C4")
    assert said == EN.say("page.life.share_is_locked", ages="41", level=level, limit=limit)


@pytest.mark.parametrize(
    ("has_wealth", "codes"),
    [
        ([True, True], []),
        ([True, False], ["nothing_left"]),
        ([False, True], ["nothing_yet"]),
        ([False, True, False], ["nothing_yet", "nothing_left"]),
        ([True, False, True], ["nothing_left"]),
        ([False, False], ["nothing_at_all"]),
    ],
)
def test_a_missing_line_says_which_part_of_it_is_missing(
    has_wealth: list[bool], codes: list[str]
) -> None:
    years = [
        year(40 + n, 0.5) if has else year(40 + n, 0.0, weights={})
        for n, has in enumerate(has_wealth)
    ]
    said = [EN.say(f"page.life.{code}", age="41") for code in codes]
    assert gap_words({"years": years}, EN) == said
