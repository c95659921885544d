"""The shipped table against figures computed elsewhere; replacing it; refusing a bad one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.mortality import (
    MortalityTable,
    Sex,
    TableStatus,
    load_default_mortality_table,
    parse_mortality_table,
)

TABLE = load_default_mortality_table()
GOOD = "age,men,women\n18,0.1,0.05\n19,0.2,0.1\n20,1,1\n"


def test_the_shipped_table_says_that_nobody_has_compared_it_with_the_print() -> None:
    assert TABLE.status is TableStatus.UNVERIFIED
    assert "保监发〔2016〕107号" in TABLE.note
    assert "CL5" in TABLE.name
    assert TABLE.name_zh == "中国人身保险业经验生命表（2010-2013）养老类业务 CL5/CL6"
    assert (TABLE.first_age, TABLE.last_age) == (0, 105)


@pytest.mark.parametrize(
    ("age", "rate", "value"),
    [(60, 0.02, 19.932390), (63, 0.02, 18.321546), (65, 0.03, 15.581912)],
)
def test_annuities_of_the_men_match_figures_computed_elsewhere(
    age: int, rate: float, value: float
) -> None:
    assert round(TABLE.annuity_due(Sex.MEN, age=age, rate=rate), 6) == value


def test_the_life_expectancy_of_men_is_the_published_one() -> None:
    assert round(TABLE.life_expectancy(Sex.MEN, age=0), 2) == 83.13


def test_women_live_longer_at_every_age() -> None:
    # Nothing published was at hand to compare the women with; this would catch swapped columns.
    for age in range(TABLE.last_age):
        men, women = (TABLE.death_probability(sex, age=age) for sex in Sex)
        assert women < men
    assert round(TABLE.life_expectancy(Sex.WOMEN, age=0), 2) == 88.13


@pytest.mark.parametrize("sex", list(Sex))
def test_mortality_rises_with_age_from_the_thirties_on(sex: Sex) -> None:
    chances = [TABLE.death_probability(sex, age=age) for age in range(30, TABLE.last_age + 1)]
    assert chances == sorted(chances)
    assert chances[-1] == 1


@given(st.sampled_from(Sex), st.integers(0, 104))
def test_a_year_lived_is_one_step_of_survival(sex: Sex, age: int) -> None:
    today = TABLE.survival_probabilities(sex, age=age)
    later = TABLE.survival_probabilities(sex, age=age + 1)
    first = 1 - TABLE.death_probability(sex, age=age)
    assert today[1:] == pytest.approx([first * chance for chance in later], rel=1e-12)


@given(st.sampled_from(Sex), st.integers(0, 104), st.floats(-0.02, 0.1))
def test_an_annuity_is_one_payment_and_the_annuity_of_those_who_live(
    sex: Sex, age: int, rate: float
) -> None:
    first = 1 - TABLE.death_probability(sex, age=age)
    later = TABLE.annuity_due(sex, age=age + 1, rate=rate)
    expected = 1 + first * later / (1 + rate)
    assert TABLE.annuity_due(sex, age=age, rate=rate) == pytest.approx(expected)


def test_an_annuity_without_interest_is_the_expectancy_and_half_a_year() -> None:
    annuity = TABLE.annuity_due(Sex.WOMEN, age=70, rate=0.0)
    assert annuity == pytest.approx(TABLE.life_expectancy(Sex.WOMEN, age=70) + 0.5)


def test_a_constant_mortality_gives_the_geometric_annuity() -> None:
    rows = "\n".join(f"{age},0.02,0.01" for age in range(100))
    table = parse_mortality_table(f"age,men,women\n{rows}\n100,1,1\n", name="constant")
    ratio = 0.98 / 1.03
    closed_form = (1 - ratio**101) / (1 - ratio)
    assert table.annuity_due(Sex.MEN, age=0, rate=0.03) == pytest.approx(closed_form, rel=1e-12)


def test_a_user_s_table_replaces_it_and_is_unverified_unless_it_says_otherwise() -> None:
    table = parse_mortality_table(GOOD, name="mine.csv")
    assert (table.name, table.name_zh) == ("mine.csv", "")
    assert table.status is TableStatus.UNVERIFIED
    assert table.source == "not given"
    assert table.survival_probabilities(Sex.MEN, age=18) == pytest.approx((1, 0.9, 0.72))
    assert table.life_expectancy(Sex.MEN, age=18) == pytest.approx(0.5 + 0.9 + 0.72)
    told = "# name: ours\n# status: verified\n# source: the print\n\n" + GOOD
    table = parse_mortality_table(told, name="mine.csv")
    assert (table.name, table.status, table.source) == ("ours", TableStatus.VERIFIED, "the print")


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        (GOOD.replace("women", "females"), "/header", "age,men,females"),
        ("", "/header", ""),
        ("age,men,women\n", "/rows", None),
        (GOOD.replace("19,", "21,"), "/lines/3/age", "21"),
        (GOOD.replace("18,", "17,"), "/lines/2/age", "17"),
        (GOOD.replace("0.05", "0"), "/lines/2/women", "0"),
        (GOOD.replace("0.2", "1.2"), "/lines/3/men", "1.2"),
        (GOOD.replace("0.2", "1"), "/lines/3/men", "1"),
        (GOOD.replace("0.2", "nan"), "/lines/3/men", "nan"),
        (GOOD.replace("0.2", "-0.2"), "/lines/3/men", "-0.2"),
        (GOOD.replace("20,1,1", "20,0.9,1"), "/lines/4/men", "0.9"),
        (GOOD.replace("0.2,0.1", "0.2"), "/lines/3", "19,0.2"),
        ("# status: perfect\n" + GOOD, "/status", "perfect"),
    ],
)
def test_a_bad_table_is_refused_by_line_with_a_remedy(
    text: str, at: str, value: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        parse_mortality_table(text, name="mine.csv")
    assert caught.value.code == "invalid_mortality_table"
    problem = next(one for one in caught.value.problems if one.field == at)
    assert problem.value == value
    assert problem.remedy


def test_every_bad_row_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_mortality_table("age,men,women\n0,2,0.1\n1,0.1,0\n2,1,1\n", name="mine.csv")
    assert [one.field for one in caught.value.problems] == ["/lines/2/men", "/lines/3/women"]


def test_ages_and_rates_outside_the_table_are_refused() -> None:
    with pytest.raises(InputError, match="covers ages 0 to 105"):
        TABLE.life_expectancy(Sex.MEN, age=106)
    with pytest.raises(InputError, match="covers ages"):
        TABLE.death_probability(Sex.MEN, age=-1)
    for rate in (-1.0, math.inf):
        with pytest.raises(InputError, match="rate"):
            TABLE.annuity_due(Sex.MEN, age=60, rate=rate)


def test_a_table_cannot_be_built_with_gaps_in_its_figures() -> None:
    with pytest.raises(InputError, match="same ages"):
        MortalityTable("t", TableStatus.UNVERIFIED, "s", "", 0, (0.1, 1.0), (1.0,))
    with pytest.raises(InputError, match="only the last"):
        MortalityTable("t", TableStatus.UNVERIFIED, "s", "", 0, (0.1, 0.9), (0.1, 1.0))
