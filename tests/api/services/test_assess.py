"""Answers become a profile: counted, dated, and the end of older proposals."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from api.callers import BANK
from api.errors import NotFoundError, TooManyRequestsError
from api.services.advice import get_proposal
from api.services.assess import current_profile, list_assessments, submit_answers
from api.services.clients import onboard_client
from api.services.follow_ups import FollowUpNeededError

ANSWERS = dict(BOOK[RENTER].answers or {})
# Accepts almost no loss and chooses the boldest portfolio: K1.
TORN = ANSWERS | {"q9": "a", "q11": "e", "q19": "a"}
TIMID = ANSWERS | {"q9": "a", "q11": "a", "q12": "a", "q19": "a"}
BOLD = ANSWERS
THREADS = 32


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
    in_force = {"state": "in_force", "is_expired": False, "review": None, "pending": None}
    assert shown == made | in_force
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


def profile(world: AdviceWorld) -> dict[str, object]:
    return current_profile(world.store, world.clock, world.callers[RENTER], client_id=RENTER)


def submit(
    world: AdviceWorld, answers: dict[str, str], follow_up: dict[str, str] | None
) -> dict[str, object]:
    return submit_answers(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        world.callers[RENTER],
        client_id=RENTER,
        answers=answers,
        follow_up=follow_up,
    )


def test_contradictory_answers_are_asked_again_and_no_assessment_is_made(
    world: AdviceWorld,
) -> None:
    before = world.picture()
    with pytest.raises(FollowUpNeededError) as refusal:
        world.assess(RENTER, TORN)
    (asked,) = refusal.value.follow_ups
    assert (asked.question_id, asked.earlier_answer) == ("q11", "e")
    assert [rule.value for rule in asked.rules] == ["k1"]
    after = world.picture()
    # The sheet is kept, so that it counts as a test; the form it answers comes with it.
    assert len(after.pop("asked_sheet")) == 1
    known = ("artifact", "asked_sheet")
    assert {k: v for k, v in after.items() if k not in known} == {
        k: v for k, v in before.items() if k not in known
    }


def test_a_follow_up_that_settles_it_counts_and_leaves_no_flag(world: AdviceWorld) -> None:
    made = submit(world, TORN, {"q11": "b"})
    assert made["level"] == "C1"
    assert made["follow_ups"] == [{"question": "q11", "rules": ["k1"], "before": "e", "after": "b"}]
    assert not made["needs_review"]
    with world.store.read() as uow:
        kept = uow.assessments.newest(world.callers[RENTER], RENTER)
    assert kept.answers == TORN
    assert kept.final_answers == TORN | {"q11": "b"}
    with world.store.read() as uow:
        record = uow.clients.get(world.callers[RENTER], RENTER, as_of=FRIDAY.date())
    assert record.answers == TORN | {"q11": "b"}
    # Advice rests on what was settled, and the same sheet sent whole gives the same profile.
    again = submit(world, TORN | {"q11": "b"}, None)
    assert (again["score"], again["risk_aversion"]) == (made["score"], made["risk_aversion"])


def test_who_insists_is_read_cautiously_and_reviewed(world: AdviceWorld) -> None:
    insisting = submit(world, TORN, {"q11": "e"})
    assert insisting["needs_review"]
    codes = [reason["code"] for reason in insisting["reasons"]]  # type: ignore[attr-defined]
    assert "profile.contradiction_k1" in codes
    moderate = submit(world, TORN | {"q11": "c"}, None)
    assert insisting["tolerance"] == moderate["tolerance"]
    with world.store.read() as uow:
        first, second = reversed(uow.assessments.list(world.callers[RENTER], RENTER))
    assert (first.needs_review, second.needs_review) == (True, False)


def test_a_client_file_that_contradicts_itself_is_read_cautiously_and_reviewed(
    world: AdviceWorld,
) -> None:
    # The bank files it, so there is nobody to ask.
    record = replace(BOOK[RENTER], client_id="filed", answers=TORN)
    onboard_client(world.store, world.clock, world.reference, world.settings, BANK, record)
    with world.store.read() as uow:
        (waiting,) = uow.reviews.pending(BANK)
    assert (waiting.client_id, waiting.level) == ("filed", "C1")
    assert waiting.final_answers == TORN


@pytest.mark.parametrize(
    ("follow_up", "field"),
    [
        ({}, "/follow_up/q11"),
        ({"q11": "z"}, "/follow_up/q11"),
        ({"q11": "b", "q9": "b"}, "/follow_up/q9"),
    ],
)
def test_a_follow_up_answers_exactly_what_was_asked(
    world: AdviceWorld, follow_up: dict[str, str], field: str
) -> None:
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        submit(world, TORN, follow_up)
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert refusal.value.code == "invalid_follow_up"
    assert world.picture() == before


def test_what_is_asked_again_counts_as_a_test_whether_it_is_finished_or_not(
    world: AdviceWorld,
) -> None:
    other = TORN | {"q14": "a"}
    for sheet in (TORN, TORN, other):  # the same sheet again is the same test
        with pytest.raises(FollowUpNeededError):
            submit(world, sheet, None)
    # Trying a third sheet, or a calm one, to see what it gives is one test too many.
    for sheet in (TORN | {"q14": "b"}, ANSWERS):
        with pytest.raises(TooManyRequestsError) as refusal:
            submit(world, sheet, None)
        assert refusal.value.code == "assessments_per_day"
    # Each of the two may be finished, once.
    submit(world, TORN, {"q11": "b"})
    with pytest.raises(TooManyRequestsError):
        submit(world, TORN, {"q11": "c"})
    submit(world, other, {"q11": "b"})
    with pytest.raises(TooManyRequestsError):
        submit(world, other, {"q11": "b"})


def test_unfinished_tests_count_within_the_year(world: AdviceWorld) -> None:
    for week in range(8):
        world.clock.set(FRIDAY + timedelta(weeks=week))
        with pytest.raises(FollowUpNeededError):
            submit(world, TORN | {"q14": "abcde"[week % 5], "q13": "abcd"[week % 4]}, None)
    world.clock.set(FRIDAY + timedelta(weeks=9))
    with pytest.raises(TooManyRequestsError) as refusal:
        world.assess(RENTER)
    assert refusal.value.code == "assessments_per_year"
    assert "2027-11-20" in refusal.value.message


def test_twelve_months_include_the_day_that_a_leap_year_adds(world: AdviceWorld) -> None:
    start = FRIDAY.replace(year=2027, month=6, day=1)
    for week in range(8):
        world.clock.set(start + timedelta(weeks=week))
        world.assess(RENTER)
    world.clock.set(FRIDAY.replace(year=2028, month=5, day=31, hour=23))
    with pytest.raises(TooManyRequestsError):
        world.assess(RENTER)
    world.clock.set(FRIDAY.replace(year=2028, month=6, day=2))
    world.assess(RENTER)


def test_a_follow_up_nobody_asked_for_is_refused(world: AdviceWorld) -> None:
    with pytest.raises(InputError, match="/follow_up/q11"):
        submit(world, ANSWERS, {"q11": "b"})


def test_a_wish_beyond_the_levels_reach_is_asked_again_with_the_figure(
    world: AdviceWorld,
) -> None:
    dreaming = TIMID | {"q19": "e"}
    with pytest.raises(FollowUpNeededError) as refusal:
        submit(world, dreaming, None)
    (asked,) = refusal.value.follow_ups
    assert asked.question_id == "q19"
    assert 0.01 < asked.figures["reachable_return"] < 0.08
    insisting = submit(world, dreaming, {"q19": "e"})
    assert insisting["needs_review"]
    assert [flag["code"] for flag in insisting["flags"]] == [  # type: ignore[attr-defined]
        "profile.contradiction_k3"
    ]
    modest = submit(world, dreaming, {"q19": "a"})
    assert modest["flags"] == []
    assert modest["risk_aversion"] == insisting["risk_aversion"]


def test_a_jump_up_within_a_month_takes_effect_a_day_later(world: AdviceWorld) -> None:
    timid = world.assess(RENTER, TIMID)
    proposal = world.propose(RENTER)
    world.clock.set(FRIDAY + timedelta(days=20))
    bold = world.assess(RENTER, BOLD)
    assert (timid["level"], bold["level"]) == ("C1", "C4")
    assert [flag["code"] for flag in bold["flags"]] == ["review.k10_jump"]
    waiting = profile(world)
    assert (waiting["level"], waiting["state"]) == ("C1", "in_force")
    assert waiting["pending"] == {"level": "C4", "effective_at": bold["effective_at"]}
    # Nothing that rests on the old profile ends before it does.
    caller = world.callers[RENTER]
    shown = get_proposal(world.store, world.clock, caller, proposal_id=proposal["id"])
    assert shown["status"] == "expired"
    assert world.diagnose(RENTER)["profile"]["level"] == "C1"
    world.clock.set(FRIDAY + timedelta(days=21))
    assert (profile(world)["level"], profile(world)["pending"]) == ("C4", None)
    assert world.diagnose(RENTER)["profile"]["level"] == "C4"


def test_a_step_down_takes_effect_at_once(world: AdviceWorld) -> None:
    world.assess(RENTER, BOLD)
    world.clock.set(FRIDAY + timedelta(days=2))
    world.assess(RENTER, TIMID)
    assert (profile(world)["level"], profile(world)["pending"]) == ("C1", None)


def test_the_history_lists_every_assessment_newest_first(world: AdviceWorld) -> None:
    world.assess(RENTER, BOLD)
    world.assess(RENTER, TIMID)
    found = list_assessments(world.store, world.callers[RENTER], client_id=RENTER)
    assert [one["level"] for one in found] == ["C1", "C4"]
    with pytest.raises(NotFoundError):
        list_assessments(world.store, world.callers[FAN], client_id=RENTER)


def submit_at_once(world: AdviceWorld, submit_one: Callable[[], object]) -> Counter[str]:
    """Let 32 threads submit at the same moment and count what each was told."""
    start = Barrier(THREADS)

    def submit_alone(_: int) -> str:
        start.wait()
        try:
            submit_one()
        except TooManyRequestsError as refusal:
            return refusal.code
        return "assessed"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(submit_alone, range(THREADS)))


def test_of_thirty_two_submissions_at_once_two_a_day_succeed(world: AdviceWorld) -> None:
    told = submit_at_once(world, lambda: world.assess(RENTER))
    assert told == {"assessed": 2, "assessments_per_day": 30}
    assert len(list_assessments(world.store, world.callers[RENTER], client_id=RENTER)) == 2


def test_of_thirty_two_submissions_at_once_the_eighth_of_a_year_succeeds_alone(
    world: AdviceWorld,
) -> None:
    for week in range(7):
        world.clock.set(FRIDAY + timedelta(weeks=week))
        world.assess(RENTER)
    world.clock.set(FRIDAY + timedelta(weeks=30))
    told = submit_at_once(world, lambda: world.assess(RENTER))
    assert told == {"assessed": 1, "assessments_per_year": 31}
