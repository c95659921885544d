"""Assessments, drafts, reviews and age lifts: what is kept, who sees it, what is refused."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from assessment_world import ANN, BEN, BO, MEI, NOON, QUINN, STRANGERS, AssessmentWorld
from sqlalchemy.exc import IntegrityError

from api.callers import BANK, Caller
from api.errors import ConflictError, NotFoundError
from api.store.records import AgeLift, AnswerDraft, AssessmentReview, ReviewOutcome

DAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AssessmentWorld]:
    made = AssessmentWorld(tmp_path)
    yield made
    made.close()


def draft_of(world: AssessmentWorld, **answers: str) -> AnswerDraft:
    return AnswerDraft("mei", world.hash, answers, NOON, NOON)


def review_of(assessment_id: str, outcome: ReviewOutcome) -> AssessmentReview:
    return AssessmentReview(assessment_id, "ann", outcome, "we talked", NOON)


# ---- assessments -------------------------------------------------------------------------------


def test_what_was_asked_again_replaces_what_was_answered_first(world: AssessmentWorld) -> None:
    kept = world.assess(follow_up={"q2": "a"})
    assert kept.answers == {"q1": "a", "q2": "b"}
    assert kept.final_answers == {"q1": "a", "q2": "a"}


@pytest.mark.parametrize(
    "change",
    ["UPDATE assessment SET level = 'C5'", "DELETE FROM assessment"],
)
def test_an_assessment_can_be_neither_changed_nor_deleted(
    world: AssessmentWorld, change: str
) -> None:
    kept = world.assess()
    with (
        pytest.raises(IntegrityError, match="assessments are immutable"),
        world.store.engine.begin() as connection,
    ):
        connection.exec_driver_sql(change)
    with world.store.read() as uow:
        assert uow.assessments.list(BANK, "mei") == (kept,)


def test_an_assessment_cannot_be_replaced_either(world: AssessmentWorld) -> None:
    kept = world.assess()
    same = "client_id, assessed_at, valid_until, questionnaire_hash, answers, document"
    same += ", assessed_on, effective_at, follow_up, needs_review, of_day"
    for name in ("id", "'other'"):
        with (
            pytest.raises(IntegrityError, match="assessments are immutable"),
            world.store.engine.begin() as connection,
        ):
            connection.exec_driver_sql(
                f"INSERT OR REPLACE INTO assessment (id, level, {same}) "  # noqa: S608
                f"SELECT {name}, 'C5', {same} FROM assessment"
            )
    with world.store.read() as uow:
        assert uow.assessments.list(BANK, "mei") == (kept,)


def test_the_database_refuses_a_ninth_assessment_within_twelve_months(
    world: AssessmentWorld,
) -> None:
    for day in range(8):
        world.assess(assessed_at=NOON + timedelta(days=day))
    almost = NOON.replace(year=NOON.year + 1) - HOUR
    with pytest.raises(IntegrityError, match="eight assessments within twelve months"):
        world.assess(assessed_at=almost)
    world.assess("bo", assessed_at=almost)
    world.assess(assessed_at=NOON.replace(year=NOON.year + 1) + HOUR)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"of_day": 0}, "ck_assessment_of_day"),
        ({"of_day": 3}, "ck_assessment_of_day"),
        ({"of_day": None}, "ck_assessment_lift_of"),
        ({"of_day": 2, "lift_of": "mei-1"}, "ck_assessment_lift_of"),
        ({"of_day": None, "lift_of": "nobody"}, "FOREIGN KEY"),
        ({"of_day": 1}, "assessments are immutable"),
    ],
)
def test_the_database_counts_two_assessments_a_day_and_no_lift(
    world: AssessmentWorld, changes: dict[str, Any], constraint: str
) -> None:
    kept = world.assess()
    with pytest.raises(IntegrityError, match=constraint):
        world.assess(**changes)
    with world.store.read() as uow:
        assert uow.assessments.list(BANK, "mei") == (kept,)


def test_a_second_of_the_day_another_client_and_another_day_are_counted_apart(
    world: AssessmentWorld,
) -> None:
    first = world.assess()
    world.assess(of_day=2)
    world.assess("bo")
    # 16:00 in London is midnight in Shanghai.
    world.assess(assessed_at=NOON.replace(hour=16))
    for _ in range(2):
        assert world.assess(of_day=None, lift_of=first.id).lift_of == first.id
    with world.store.read() as uow:
        assert uow.assessments.count_on(MEI, "mei", DAY) == 2
        assert uow.assessments.count_on(MEI, "mei", DAY + timedelta(days=1)) == 1
        assert uow.assessments.count_on(MEI, "mei", DAY - timedelta(days=1)) == 0
        assert uow.assessments.count_on(BO, "bo", DAY) == 1


def test_age_lifts_are_left_out_of_the_times_counted(world: AssessmentWorld) -> None:
    first = world.assess()
    later = world.assess(assessed_at=NOON + timedelta(days=2))
    world.assess(assessed_at=NOON + timedelta(days=3), of_day=None, lift_of=first.id)
    with world.store.read() as uow:
        times = (first.assessed_at, later.assessed_at)
        assert uow.assessments.times(MEI, "mei", since=NOON) == times
        assert uow.assessments.times(MEI, "mei", since=NOON + HOUR) == times[1:]


def test_until_an_assessment_takes_effect_the_one_before_it_is_current(
    world: AssessmentWorld,
) -> None:
    with world.store.read() as uow, pytest.raises(NotFoundError):
        uow.assessments.newest(MEI, "mei")
    old = world.assess()
    tomorrow = NOON + timedelta(days=1)
    bolder = world.assess(of_day=2, effective_at=tomorrow)
    with world.store.read() as uow:
        assert uow.assessments.newest(MEI, "mei") == bolder
        assert uow.assessments.list(MEI, "mei") == (bolder, old)
        before = tomorrow - timedelta(microseconds=1)
        assert uow.assessments.current(MEI, "mei", at=before) == old
        assert uow.assessments.current(MEI, "mei", at=tomorrow) == bolder
        with pytest.raises(NotFoundError):
            uow.assessments.current(MEI, "mei", at=NOON - HOUR)


def test_an_assessment_made_while_another_cools_off_stays_the_newest(
    world: AssessmentWorld,
) -> None:
    world.assess()
    tomorrow = NOON + timedelta(days=1)
    world.assess(of_day=2, effective_at=tomorrow)
    lower = world.assess(assessed_at=NOON + timedelta(hours=13), level="C1")
    with world.store.read() as uow:
        assert uow.assessments.current(MEI, "mei", at=tomorrow) == lower


# ---- drafts ------------------------------------------------------------------------------------


def test_a_draft_is_kept_replaced_and_forgotten_by_its_client(world: AssessmentWorld) -> None:
    begun = draft_of(world, q1="a")
    more = replace(begun, answers={"q1": "b", "q2": "a"}, updated_at=NOON + HOUR)
    with world.store.begin() as uow:
        assert uow.drafts.get(MEI, "mei") is None
        uow.drafts.put(MEI, begun)
        assert uow.drafts.get(MEI, "mei") == begun
        uow.drafts.put(MEI, more)
        assert uow.drafts.get(MEI, "mei") == more
        uow.drafts.delete(MEI, "mei")
        assert uow.drafts.get(MEI, "mei") is None
        uow.drafts.delete(MEI, "mei")


def test_one_clients_draft_leaves_anothers_alone(world: AssessmentWorld) -> None:
    hers = draft_of(world, q1="a")
    his = replace(hers, client_id="bo", answers={"q1": "b"})
    with world.store.begin() as uow:
        uow.drafts.put(MEI, hers)
        uow.drafts.put(BO, his)
        uow.drafts.put(BO, replace(his, answers={}))
        uow.drafts.delete(BO, "bo")
        assert uow.drafts.get(MEI, "mei") == hers


@pytest.mark.parametrize("caller", [ANN, BANK, *STRANGERS])
def test_nobody_but_the_client_writes_a_draft(world: AssessmentWorld, caller: Caller) -> None:
    begun = draft_of(world, q1="a")
    with world.store.begin() as uow:
        uow.drafts.put(MEI, begun)
        with pytest.raises(NotFoundError):
            uow.drafts.put(caller, replace(begun, answers={}))
        with pytest.raises(NotFoundError):
            uow.drafts.delete(caller, "mei")
        assert uow.drafts.get(MEI, "mei") == begun


def test_what_staff_file_is_a_draft_that_takes_no_drafts_place(world: AssessmentWorld) -> None:
    filed = replace(draft_of(world, q1="a"), started_at=None)
    with world.store.begin() as uow:
        uow.drafts.file(filed)
        assert uow.drafts.get(MEI, "mei") == uow.drafts.get(ANN, "mei") == filed
        assert uow.drafts.get(BEN, "mei") is None
        uow.commit()
    with world.store.begin() as uow, pytest.raises(IntegrityError, match="UNIQUE"):
        uow.drafts.file(replace(filed, answers={"q1": "b"}))
    with world.store.read() as uow:
        assert uow.drafts.get(MEI, "mei") == filed
    assert (filed.is_filed, draft_of(world).is_filed) == (True, False)


# ---- reviews -----------------------------------------------------------------------------------


def test_a_review_is_given_once_and_stands(world: AssessmentWorld) -> None:
    kept = world.assess(needs_review=True)
    confirmed = review_of(kept.id, ReviewOutcome.CONFIRMED)
    with world.store.begin() as uow:
        assert uow.reviews.get(ANN, kept.id) is None
        uow.reviews.add(ANN, confirmed)
        with pytest.raises(ConflictError) as refusal:
            uow.reviews.add(ANN, review_of(kept.id, ReviewOutcome.ANSWER_AGAIN))
        assert refusal.value.code == "assessment_reviewed"
        assert uow.reviews.get(MEI, kept.id) == confirmed


def test_a_foreign_or_missing_assessment_cannot_be_reviewed(world: AssessmentWorld) -> None:
    kept = world.assess(needs_review=True)
    with world.store.begin() as uow:
        for caller, assessment_id in ((BEN, kept.id), (QUINN, kept.id), (ANN, "nothing")):
            with pytest.raises(NotFoundError):
                uow.reviews.add(caller, review_of(assessment_id, ReviewOutcome.CONFIRMED))
        assert uow.reviews.get(BANK, kept.id) is None


def test_pending_are_the_newest_flagged_ones_of_the_book_that_nobody_reviewed(
    world: AssessmentWorld,
) -> None:
    def pending(caller: Caller) -> list[str]:
        with world.store.read() as uow:
            return [one.id for one in uow.reviews.pending(caller)]

    world.assess(needs_review=True)
    his = world.assess("bo", needs_review=True)
    newest = world.assess(needs_review=True, of_day=2, effective_at=NOON + timedelta(days=1))
    assert pending(ANN) == [newest.id]
    assert pending(BANK) == [his.id, newest.id]
    assert pending(BEN) == pending(QUINN) == []
    with world.store.begin() as uow:
        uow.reviews.add(ANN, review_of(newest.id, ReviewOutcome.CONFIRMED))
        uow.commit()
    assert pending(BANK) == [his.id]
    world.assess("bo", of_day=2)
    assert pending(BANK) == []


# ---- age lifts ---------------------------------------------------------------------------------


def test_an_age_lift_is_offered_once_and_confirmed_once(world: AssessmentWorld) -> None:
    kept = world.assess()
    offer = AgeLift("lift", kept.id, "ann", NOON, "knows bonds well")
    with world.store.begin() as uow:
        assert uow.age_lifts.for_assessment(ANN, kept.id) is None
        uow.age_lifts.offer(ANN, offer)
        with pytest.raises(ConflictError) as offered:
            uow.age_lifts.offer(ANN, replace(offer, id="other"))
        assert offered.value.code == "age_lift_offered"
        assert uow.age_lifts.for_assessment(MEI, kept.id) == offer
        done = uow.age_lifts.confirm(MEI, "lift", at=NOON + HOUR)
        assert done == replace(offer, confirmed_by="mei", confirmed_at=NOON + HOUR)
        with pytest.raises(ConflictError) as confirmed:
            uow.age_lifts.confirm(MEI, "lift", at=NOON + 2 * HOUR)
        assert confirmed.value.code == "age_lift_confirmed"
        assert uow.age_lifts.get(ANN, "lift") == done


@pytest.mark.parametrize("caller", [ANN, BANK, *STRANGERS])
def test_nobody_but_the_client_confirms_an_age_lift(world: AssessmentWorld, caller: Caller) -> None:
    kept = world.assess()
    offer = AgeLift("lift", kept.id, "ann", NOON, "")
    with world.store.begin() as uow:
        uow.age_lifts.offer(ANN, offer)
        with pytest.raises(NotFoundError):
            uow.age_lifts.confirm(caller, "lift", at=NOON)
        assert uow.age_lifts.get(BANK, "lift") == offer


def test_an_age_lift_of_a_foreign_or_missing_assessment_is_not_offered(
    world: AssessmentWorld,
) -> None:
    kept = world.assess()
    with world.store.begin() as uow:
        for caller, assessment_id in ((BEN, kept.id), (QUINN, kept.id), (ANN, "nothing")):
            with pytest.raises(NotFoundError):
                uow.age_lifts.offer(caller, AgeLift("lift", assessment_id, "ben", NOON, ""))
        with pytest.raises(NotFoundError):
            uow.age_lifts.get(BANK, "lift")


# ---- who sees what -----------------------------------------------------------------------------


def everything_of_mei(world: AssessmentWorld, caller: Caller, at: datetime) -> list[object]:
    """Ask every repository for Mei's data; a refusal counts as nothing."""
    with world.store.read() as uow:
        asked: list[Callable[[], object]] = [
            lambda: uow.assessments.current(caller, "mei", at=at),
            lambda: uow.assessments.newest(caller, "mei"),
            lambda: uow.assessments.list(caller, "mei"),
            lambda: uow.assessments.get(caller, "mei-1"),
            lambda: uow.assessments.times(caller, "mei", since=at),
            lambda: uow.assessments.count_on(caller, "mei", DAY),
            lambda: uow.drafts.get(caller, "mei"),
            lambda: uow.reviews.get(caller, "mei-1"),
            lambda: uow.reviews.pending(caller),
            lambda: uow.age_lifts.get(caller, "lift"),
            lambda: uow.age_lifts.for_assessment(caller, "mei-1"),
        ]
        answers: list[object] = []
        for ask in asked:
            try:
                answers.append(ask())
            except NotFoundError:
                answers.append(None)
    return answers


def test_a_client_its_advisor_and_the_bank_see_everything_and_others_nothing(
    world: AssessmentWorld,
) -> None:
    first = world.assess(needs_review=True)
    world.assess(needs_review=True, of_day=2)
    with world.store.begin() as uow:
        uow.drafts.put(MEI, draft_of(world, q1="a"))
        uow.reviews.add(ANN, review_of(first.id, ReviewOutcome.CONFIRMED))
        uow.age_lifts.offer(ANN, AgeLift("lift", first.id, "ann", NOON, ""))
        uow.commit()
    for caller in (MEI, ANN, BANK):
        assert all(everything_of_mei(world, caller, NOON)), caller
    for caller in STRANGERS:
        assert not any(everything_of_mei(world, caller, NOON)), caller
