"""A sheet on its way: kept answer by answer, resumed anywhere, submitted once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld

from allocator.errors import InputError
from api.errors import ConflictError, NotFoundError, TooManyRequestsError
from api.services.assess import list_assessments
from api.services.drafts import discard_draft, get_draft, save_answers, submit_draft
from api.services.follow_ups import FollowUpNeededError

ANSWERS = dict(BOOK[RENTER].answers or {})
SLOWLY = timedelta(minutes=5)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    yield made
    made.close()


def save(world: AdviceWorld, answers: dict[str, str]) -> dict[str, object]:
    return save_answers(
        world.store,
        world.clock,
        world.reference,
        world.callers[RENTER],
        client_id=RENTER,
        answers=answers,
    )


def draft(world: AdviceWorld) -> dict[str, object] | None:
    return get_draft(world.store, world.reference, world.callers[RENTER], client_id=RENTER)


def submit(world: AdviceWorld, follow_up: dict[str, str] | None = None) -> dict[str, object]:
    return submit_draft(
        world.store,
        world.clock,
        world.reference,
        world.settings,
        world.callers[RENTER],
        client_id=RENTER,
        follow_up=follow_up,
    )


def test_answers_are_kept_one_by_one_and_the_last_word_counts(world: AdviceWorld) -> None:
    assert draft(world) is None
    save(world, {"q2": "a"})
    world.clock.set(FRIDAY + timedelta(days=3))
    save(world, {"q2": "b", "q3": "c"})
    kept = draft(world)
    assert kept is not None
    assert kept["answers"] == {"q2": "b", "q3": "c"}
    assert (kept["answered"], kept["questions"]) == (
        2,
        len(world.reference.questionnaire.questions),
    )
    assert kept["started_at"] == FRIDAY.isoformat()
    assert kept["updated_at"] == (FRIDAY + timedelta(days=3)).isoformat()


def test_a_whole_draft_becomes_an_assessment_and_is_gone(world: AdviceWorld) -> None:
    for question, answer in ANSWERS.items():
        save(world, {question: answer})
    world.clock.set(FRIDAY + SLOWLY)
    made = submit(world)
    assert made["level"] == "C4"
    assert made["flags"] == []
    assert draft(world) is None
    with pytest.raises(InputError) as refusal:
        submit(world)
    assert refusal.value.code == "no_draft"


def test_a_sheet_filled_in_faster_than_it_can_be_read_is_flagged(world: AdviceWorld) -> None:
    save(world, ANSWERS)
    world.clock.set(FRIDAY + timedelta(seconds=59))
    made = submit(world)
    assert [flag["code"] for flag in made["flags"]] == ["review.k9_fast"]  # type: ignore[attr-defined]
    assert made["needs_review"]


def test_what_is_refused_leaves_the_draft_as_it_was(world: AdviceWorld) -> None:
    partial = {question: ANSWERS[question] for question in list(ANSWERS)[:5]}
    save(world, partial)
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        submit(world)
    missing = {problem.field.removeprefix("/answers/") for problem in refusal.value.problems}
    assert missing == set(ANSWERS) - set(partial)
    assert world.picture() == before
    save(world, ANSWERS | {"q9": "a", "q11": "e", "q19": "a"})
    with pytest.raises(FollowUpNeededError):
        submit(world)
    kept = draft(world)
    assert kept is not None
    assert kept["answered"] == len(ANSWERS)
    assert submit(world, {"q11": "b"})["level"] == "C1"


def test_a_draft_beyond_the_limit_of_a_day_waits(world: AdviceWorld) -> None:
    world.assess(RENTER)
    world.assess(RENTER)
    save(world, ANSWERS)
    with pytest.raises(TooManyRequestsError):
        submit(world)
    world.clock.set(FRIDAY + timedelta(days=1))
    submit(world)
    assert len(list_assessments(world.store, world.callers[RENTER], client_id=RENTER)) == 3


@pytest.mark.parametrize("answers", [{"q99": "a"}, {"q2": "z"}])
def test_an_answer_that_cannot_be_is_not_kept(world: AdviceWorld, answers: dict[str, str]) -> None:
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        save(world, answers)
    assert refusal.value.code == "invalid_answers"
    assert world.picture() == before


def test_a_draft_of_an_earlier_form_is_begun_again_and_never_carried_over(
    world: AdviceWorld,
) -> None:
    save(world, {"q2": "a"})
    text = world.reference.questionnaire_text.replace('version = "', 'version = "next-')
    world.reference = replace(world.reference, questionnaire_text=text)
    outdated = draft(world)
    assert outdated is not None
    assert outdated["is_outdated"]
    assert outdated["answered"] == 0
    with pytest.raises(ConflictError) as refusal:
        save(world, {"q3": "a"})
    assert refusal.value.code == "draft_outdated"
    with pytest.raises(ConflictError) as refusal:
        submit(world)
    assert refusal.value.code == "draft_outdated"
    discard_draft(world.store, world.callers[RENTER], client_id=RENTER)
    assert save(world, {"q3": "a"})["answers"] == {"q3": "a"}


def test_nobody_writes_or_reads_the_draft_of_another(world: AdviceWorld) -> None:
    save(world, {"q2": "a"})
    before = world.picture()
    for caller in (world.callers[FAN], world.quant):
        with pytest.raises(NotFoundError):
            get_draft(world.store, world.reference, caller, client_id=RENTER)
    # The advisor of the book may see how far the client is, and write nothing.
    assert get_draft(world.store, world.reference, world.advisor, client_id=RENTER)
    for caller in (world.callers[FAN], world.advisor):
        before = world.picture()
        with pytest.raises(NotFoundError):
            save_answers(
                world.store,
                world.clock,
                world.reference,
                caller,
                client_id=RENTER,
                answers={"q2": "e"},
            )
        with pytest.raises(NotFoundError):
            discard_draft(world.store, caller, client_id=RENTER)
        assert world.picture() == before
