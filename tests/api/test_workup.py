"""The workup: feasible for the whole book, pure, and refusing what it cannot use."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from allocator.balance_sheet import BalanceSheet
from allocator.errors import InputError
from allocator.money import ZERO
from allocator.optimizer.solver import optimize
from allocator.optimizer.verification import KKT_TOLERANCE
from allocator.product_classes import TRAITS
from api.client_file import ClientRecord
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.workup import Workup, work_up
from risk_profiles.levels import LEVELS

REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}


def worked_up(record: ClientRecord) -> Workup:
    day = record.balance_sheet.as_of
    return work_up(
        record, assessed_on=day, valid_until=day + timedelta(days=365), reference=REFERENCE
    )


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_every_sample_client_has_a_verified_optimum_within_the_own_limits(client_id: str) -> None:
    made = worked_up(BOOK[client_id])
    mandate = made.mandate
    assert mandate is not None
    found = optimize(mandate, REFERENCE.market)
    assert found.residual <= KKT_TOLERANCE
    weights = found.weights.as_dict()
    gave = {relaxation.need for relaxation in found.relaxations}
    # What locks leave possible: two clients cannot reach their floors, and it is said.
    assert gave <= {"liquidity", "stable"}
    liquid = sum(w for c, w in weights.items() if TRAITS[c].liquid)
    if "liquidity" not in gave:
        assert liquid >= mandate.liquidity_floor - 1e-6
    risky = sum(w for c, w in weights.items() if TRAITS[c].risky)
    assert risky <= mandate.risky_share_cap + 1e-6
    assert found.volatility <= mandate.volatility_cap + 1e-6
    assert all(w >= f - 1e-6 for w, f in zip(weights.values(), mandate.fixed, strict=True))
    for (_, w), buyable, now in zip(weights.items(), mandate.buyable, mandate.current, strict=True):
        assert buyable or w <= now + 1e-6


def test_the_same_record_gives_the_same_workup() -> None:
    for record in BOOK.values():
        assert worked_up(record).mandate == worked_up(record).mandate


def test_the_level_sets_the_riskiest_product() -> None:
    for record in BOOK.values():
        made = worked_up(record)
        assert made.highest_risk_level is LEVELS[made.profile.level].highest_risk_level
        assert all(
            product.risk_level <= made.highest_risk_level
            for products in made.menu.values()
            for product in products
        )


def test_without_answers_there_is_no_profile() -> None:
    with pytest.raises(InputError) as refusal:
        worked_up(replace(BOOK["young-renter"], answers=None))
    assert refusal.value.code == "not_assessed"
    assert refusal.value.problems[0].field == "/answers"


def test_facts_that_time_has_overtaken_are_refused_by_name() -> None:
    couple = BOOK["couple-saving-for-a-house"]
    later = replace(couple.balance_sheet, as_of=date(2040, 1, 1))
    with pytest.raises(InputError) as refusal:
        worked_up(replace(couple, balance_sheet=later))
    assert "/facts/goals/0/due" in {problem.field for problem in refusal.value.problems}


def test_without_wealth_there_are_needs_and_a_profile_and_no_mandate() -> None:
    record = BOOK["young-renter"]
    made = worked_up(replace(record, balance_sheet=BalanceSheet(record.balance_sheet.as_of, ())))
    assert made.mandate is None
    assert made.risky_share == 0
    assert made.needs.emergency_fund > ZERO
    assert made.profile == worked_up(record).profile


def test_the_profile_takes_the_age_of_the_assessment_and_the_menu_that_of_the_day() -> None:
    record = BOOK["one-year-before-retirement"]
    day = record.balance_sheet.as_of
    young = work_up(
        record,
        assessed_on=day - timedelta(days=40 * 365),
        valid_until=day,
        reference=REFERENCE,
    )
    assert young.profile.capacity > worked_up(record).profile.capacity
    assert young.human_capital == worked_up(record).human_capital
