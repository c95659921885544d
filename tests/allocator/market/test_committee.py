"""A committee's views are read as they stand, limited in confidence, or refused by name."""

import re
from datetime import date
from pathlib import Path

import pytest

from allocator.errors import InputError
from allocator.market.committee import parse_committee
from allocator.product_classes import ProductClass

TEXT = """\
committee = "Investment committee"
met = 2026-11-20

[[view]]
weights = { a_share_equity_fund = 1.0, bond_fund = -1.0 }
net_return = 0.03
confidence = 0.5
reason = "valuations are low"

[[view]]
weights = { gold = 1 }
net_return = 0.02
confidence = 0.25
reason = "no yield"
"""


def refusal(text: str, *, highest: float = 0.5) -> str:
    with pytest.raises(InputError) as caught:
        parse_committee(text, highest_confidence=highest)
    assert caught.value.code == "invalid_views"
    return str(caught.value)


def test_views_are_read_with_their_reason() -> None:
    committee = parse_committee(TEXT)
    assert (committee.name, committee.met) == ("Investment committee", date(2026, 11, 20))
    first, second = committee.views
    assert first.weights == {ProductClass.A_SHARE_EQUITY_FUND: 1.0, ProductClass.BOND_FUND: -1.0}
    assert (first.net_return, first.confidence) == (0.03, 0.5)
    assert (second.weights, second.reason) == ({ProductClass.GOLD: 1.0}, "no yield")


def test_the_documented_example_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs/market_file.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    (view,) = parse_committee(found[1]).views
    assert view.weights == {ProductClass.A_SHARE_EQUITY_FUND: 1.0, ProductClass.BOND_FUND: -1.0}
    assert view.confidence == 0.4


def test_half_is_the_highest_confidence_unless_the_limit_is_raised() -> None:
    bold = TEXT.replace("confidence = 0.5", "confidence = 0.51")
    told = refusal(bold)
    assert "/view/0/confidence: must lie above 0 and at most at 0.5 (got 0.51)" in told
    assert parse_committee(bold, highest_confidence=0.6).views[0].confidence == 0.51
    assert "at most at 0.3 (got 0.5)" in refusal(TEXT, highest=0.3)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("confidence = 0.5", "confidence = 0.0", "/view/0/confidence: must lie above 0"),
        ("confidence = 0.5", "confidence = nan", "/view/0/confidence"),
        ("bond_fund = -1.0", "bond_fund = -0.5", "/view/0/weights: sum to 0.5"),
        ("{ gold = 1 }", "{ gold = 0 }", "/view/1/weights: sum to 0"),
        ("{ gold = 1 }", "{ silver = 1 }", "/view/1/weights/silver: is not a product class"),
        ("{ gold = 1 }", "1", "/view/1/weights: is not a table"),
        ("net_return = 0.03", 'net_return = "3 %"', "/view/0/net_return: must be a number"),
        ('reason = "no yield"', "", "/view/1/reason: must be a sentence"),
        ('reason = "no yield"', 'raeson = "no yield"', "/view/1/raeson: is not a known field"),
        ("met = 2026-11-20", "", "/met: must be a date"),
        ('committee = "Investment committee"', "", "/committee"),
        ("committee =", "comittee =", "/comittee: is not a known field"),
        ("[[view]]", "[[views]]", "/view: is missing"),
        ("met = ", "met", "not TOML"),
    ],
)
def test_a_bad_view_is_refused_by_its_number_field_and_value(old: str, new: str, told: str) -> None:
    assert old in TEXT
    assert told in refusal(TEXT.replace(old, new))


def test_a_committee_that_has_not_met_yet_is_refused() -> None:
    assert parse_committee(TEXT, today=date(2026, 11, 20)).met == date(2026, 11, 20)
    with pytest.raises(InputError) as caught:
        parse_committee(TEXT, today=date(2026, 11, 19))
    assert caught.value.code == "invalid_views"
    told = "/met: lies after today, 2026-11-19 (got '2026-11-20'). Remedy: write the day on which"
    assert told in str(caught.value)


def test_weights_may_miss_one_by_rounding_and_by_no_more() -> None:
    thirds = "weights = { gold = 0.3333333333, bond_fund = 0.6666666667 }"
    assert parse_committee(TEXT.replace("weights = { gold = 1 }", thirds)).views
    short = TEXT.replace("weights = { gold = 1 }", "weights = { gold = 0.9999 }")
    assert "/view/1/weights: sum to 0.9999" in refusal(short)
