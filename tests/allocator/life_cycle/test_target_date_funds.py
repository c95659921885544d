"""Published glide paths: what they say, between which years, and how well founded it is."""

import re
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.target_date_funds import (
    GlideBasis,
    TargetDateFund,
    load_default_target_date_funds,
    parse_target_date_funds,
)

FUNDS = {fund.fund_id: fund for fund in load_default_target_date_funds()}
TEXT = (files("allocator") / "life_cycle/data/target_date_funds.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fund_id", "years", "centre"),
    [
        ("e_fund_2050", 27, 0.67),
        ("e_fund_2050", 0, 0.34),
        ("e_fund_2045", 20, 0.62),
        ("e_fund_2045", 8, 0.50),
        ("e_fund_2045", 0, 0.34),
        ("huaxia_2060", 35, 0.70),
        ("huaxia_2060", 10, 0.45),
        ("huaxia_2060", 0, 0.15),
        ("vanguard_target_retirement", 40, 0.90),
    ],
)
def test_published_points_are_given_as_published(fund_id: str, years: float, centre: float) -> None:
    band = FUNDS[fund_id].band_at(years)
    assert band is not None
    assert band.centre == centre


def test_the_contract_s_tolerance_is_the_band() -> None:
    band = FUNDS["e_fund_2050"].band_at(27)
    assert band is not None
    assert (band.low, band.high) == pytest.approx((0.52, 0.77))
    assert band.basis is GlideBasis.PUBLISHED
    assert band.tolerance_basis is GlideBasis.PUBLISHED


def test_a_band_never_leaves_the_possible() -> None:
    points = tuple(
        replace(point, share=share)
        for point, share in zip(FUNDS["e_fund_2050"].points, (0.95, 0.5, 0.1), strict=True)
    )
    fund = replace(FUNDS["e_fund_2050"], points=points)
    early, late = fund.band_at(27), fund.band_at(0)
    assert early is not None
    assert late is not None
    assert (early.high, late.low) == (1.0, 0.0)


def test_between_two_points_the_centre_lies_on_the_line() -> None:
    band = FUNDS["e_fund_2045"].band_at(9)
    assert band is not None
    assert band.centre == pytest.approx(0.515)


def test_a_fund_without_a_published_tolerance_has_a_centre_and_no_band() -> None:
    band = FUNDS["vanguard_target_retirement"].band_at(11)
    assert band is not None
    assert (band.centre, band.low, band.high) == (0.69, None, None)
    assert band.tolerance_basis is None
    assert band.basis is GlideBasis.PUBLISHED


def test_a_centre_is_as_well_founded_as_the_weaker_point_and_a_tolerance_stands_alone() -> None:
    derived = FUNDS["e_fund_2050"].band_at(20)
    borrowed = FUNDS["e_fund_2045"].band_at(20)
    remembered = FUNDS["vanguard_target_retirement"].band_at(3)
    assert derived is not None
    assert borrowed is not None
    assert remembered is not None
    assert derived.basis is GlideBasis.DERIVED
    assert borrowed.basis is GlideBasis.PUBLISHED
    assert borrowed.tolerance_basis is GlideBasis.UNVERIFIED
    assert remembered.basis is GlideBasis.UNVERIFIED


@pytest.mark.parametrize("fund", FUNDS.values(), ids=lambda fund: fund.fund_id)
def test_nothing_is_said_where_the_fund_has_said_nothing(fund: TargetDateFund) -> None:
    assert fund.band_at(fund.points[0].years + 0.001) is None
    assert fund.band_at(fund.points[-1].years - 0.001) is None


@given(st.sampled_from(sorted(FUNDS)), st.floats(-10, 45), st.floats(-10, 45))
def test_no_published_path_rises_as_the_date_comes_closer(
    fund_id: str, one: float, other: float
) -> None:
    early, late = (FUNDS[fund_id].band_at(years) for years in (max(one, other), min(one, other)))
    if early is not None and late is not None:
        assert early.centre >= late.centre - 1e-12


def test_every_fund_says_where_its_figures_come_from_and_what_was_assumed() -> None:
    for fund in FUNDS.values():
        assert fund.source
        assert re.search(r"[\u4e00-\u9fff]", fund.source_zh)
        assert fund.note
        assert fund.as_of.year >= 2023


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("years = 22,", "years = 19,", "/fund/0/points"),
        ("years = 22,", "years = 20,", "/fund/0/points"),
        ("share = 0.63", "share = 63", "/fund/0/points/0/share"),
        ('share = 0.63, basis = "published"', 'share = 0.63, basis = "sure"', "/0/points/0/basis"),
        ("up = 0.10", "up = -0.10", "/fund/0/tolerance/up"),
        ("as_of = 2024-09-30", 'as_of = "2024"', "/fund/0/as_of"),
        ("source_zh =", "quelle =", "/fund/0/source_zh"),
        ('market = "cn"', 'markt = "cn"', "/fund/0/markt"),
        ('id = "e_fund_2050"', 'id = "e_fund_2045"', "/fund"),
    ],
)
def test_a_bad_file_is_refused_by_field(old: str, new: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_target_date_funds(TEXT.replace(old, new, 1))
    assert caught.value.code == "invalid_target_date_funds"
    assert any(problem.field.endswith(at) for problem in caught.value.problems)


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(InputError, match="not TOML"):
        parse_target_date_funds("[[fund")
