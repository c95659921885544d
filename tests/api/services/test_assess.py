"""Answers become a profile: counted, dated, and the end of older proposals."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from api.errors import NotFoundError, TooManyRequestsError
from api.services.advice import get_proposal
from api.services.assess import current_profile, submit_answers


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    yield made
    made.close()


def test_answers_become_the_current_profile_valid_for_a_year(world: AdviceWorld) -> None:
    made = world.assess(RENTER)
    assert made["level"] == "C4"
    assert made["assessed_on"] == "2026-11-20"
    assert made["valid_until"] == "2027-11-20"
    shown = current_profile(world.store, world.clock, world.callers[RENTER], client_id=RENTER)
    assert shown == made | {"is_expired": False}
    with world.store.read() as uow:
        record = uow.clients.get(world.callers[RENTER], RENTER, as_of=FRIDAY.date())
    assert record.answers == BOOK[RENTER].answers


def test_a_profile_is_valid_on_its_last_day_and_expired_on_the_next(world: AdviceWorld) -> None:
    world.assess(RENTER)
    for days, is_expired in ((365, False), (366, True)):
        world.clock.set(FRIDAY + timedelta(days=days))
        caller = world.callers[RENTER]
        shown = current_profile(world.store, world.clock, caller, client_id=RENTER)
        assert shown["is_expired"] is is_expired


def test_a_third_assessment_on_one_shanghai_day_is_refused_and_changes_nothing(
    world: AdviceWorld,
) -> None:
    world.assess(RENTER)
    world.assess(RENTER)
    before = world.picture()
    with pytest.raises(TooManyRequestsError) as refusal:
        world.assess(RENTER)
    assert refusal.value.code == "assessments_per_day"
    assert world.picture() == before
    world.assess(FAN)  # the count is each client's own
    # 15:59 in London is a minute before midnight in Shanghai; 16:00 is another day.
    world.clock.set(FRIDAY.replace(hour=15, minute=59))
    with pytest.raises(TooManyRequestsError):
        world.assess(RENTER)
    world.clock.set(FRIDAY.replace(hour=16, minute=0))
    world.assess(RENTER)


def test_the_ninth_assessment_within_a_year_is_refused_and_changes_nothing(
    world: AdviceWorld,
) -> None:
    for week in range(8):
        world.clock.set(FRIDAY + timedelta(weeks=week))
        world.assess(RENTER)
    world.clock.set(FRIDAY + timedelta(days=364))
    before = world.picture()
    with pytest.raises(TooManyRequestsError) as refusal:
        world.assess(RENTER)
    assert refusal.value.code == "assessments_per_year"
    assert world.picture() == before
    world.clock.set(FRIDAY + timedelta(days=365, seconds=1))
    world.assess(RENTER)


def test_a_new_assessment_supersedes_the_open_proposal(world: AdviceWorld) -> None:
    world.assess(RENTER)
    proposal = world.propose(RENTER)
    world.assess(RENTER)
    caller = world.callers[RENTER]
    shown = get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
    assert shown["status"] == "superseded"


def test_bad_answers_are_refused_field_by_field_and_change_nothing(world: AdviceWorld) -> None:
    answers = dict(BOOK[RENTER].answers or {})
    wrong = {k: v for k, v in answers.items() if k != "q2"} | {"q3": "z", "q99": "a"}
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        world.assess(RENTER, wrong)
    fields = {problem.field for problem in refusal.value.problems}
    assert fields == {"/answers/q2", "/answers/q3", "/answers/q99"}
    assert world.picture() == before


def test_nobody_assesses_or_reads_a_foreign_client(world: AdviceWorld) -> None:
    world.assess(FAN)
    before = world.picture()
    for caller in (world.callers[RENTER], world.advisor, world.quant):
        before = world.picture()
        with pytest.raises(NotFoundError):
            submit_answers(
                world.store,
                world.clock,
                world.reference,
                world.settings,
                caller,
                client_id=FAN,
                answers=dict(BOOK[FAN].answers or {}),
            )
        with pytest.raises(NotFoundError):
            current_profile(world.store, world.clock, caller, client_id=FAN)
        assert world.picture() == before


def test_the_age_is_that_of_the_day_of_the_answers(world: AdviceWorld) -> None:
    # The retiree of 68 is capped by age; the same person seven years later is capped lower.
    world.add(BOOK["one-year-before-retirement"])
    now = world.assess("one-year-before-retirement")
    born = BOOK["one-year-before-retirement"].facts.birth_date
    seventy_five = date(born.year + 75, born.month, born.day) + timedelta(days=1)
    world.clock.set(FRIDAY.replace(year=seventy_five.year + 1))
    later = world.assess("one-year-before-retirement")
    assert later["level"] < now["level"]
    assert any(reason["code"] == "profile.cap_age" for reason in later["reasons"])
