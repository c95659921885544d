"""Which assessment is in force, and that advice, purchase and scan all ask."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from advice_world import BOOK, FAN, FRIDAY, RENTER, AdviceWorld
from purchase_world import WEDNESDAY, World, buy, cash

from allocator.rebalancing.triggers import ReminderKind
from api.callers import BANK, Caller, Role
from api.clock import SHANGHAI
from api.errors import ConflictError, NotFoundError
from api.services.advice import recheck_suitability
from api.services.assess import current_profile
from api.services.in_force import assessment_in_force
from api.services.scan import ScanRow, scan
from api.store.records import Assessment, AssessmentReview, ReviewOutcome, User
from api.store.unit_of_work import Store
from api.workup import Workup, work_up

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
# The last instant of the last day on which the purchase world's assessments are valid.
LAST = datetime(2027, 9, 30, 23, 59, 59, 999999, SHANGHAI)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    advisor = User("ann", "Ann", Role.ADVISOR, None, WEDNESDAY)
    with made.store.begin() as uow:
        uow.users.add(advisor, token_hash="ann")
        uow.commit()
    yield made
    made.close()


@pytest.fixture
def ada(world: World) -> Caller:
    return world.add_client("ada", cash("1000.00"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(RENTER)
    yield made
    made.close()


def in_force(world: World, caller: Caller, *, now: datetime = WEDNESDAY) -> str:
    with world.store.read() as uow:
        return assessment_in_force(uow, caller, "ada", now=now).id


def refusal(world: World, caller: Caller, *, now: datetime = WEDNESDAY) -> ConflictError:
    with pytest.raises(ConflictError) as caught:
        in_force(world, caller, now=now)
    return caught.value


def follow(store: Store, client_id: str, **changes: Any) -> Assessment:
    """Store a further assessment, like the client's newest but for the changes."""
    with store.begin() as uow:
        newest = uow.assessments.newest(BANK, client_id)
        number = len(uow.assessments.list(BANK, client_id)) + 1
        about: dict[str, Any] = {"id": f"{client_id}-{number}", "of_day": number}
        new = replace(newest, **(about | changes))
        uow.assessments.add(new)
        uow.commit()
    return new


def review(
    store: Store,
    assessment_id: str,
    outcome: ReviewOutcome,
    *,
    user_id: str = "ann",
    at: datetime = WEDNESDAY,
) -> None:
    with store.begin() as uow:
        said = AssessmentReview(assessment_id, user_id, outcome, "we talked", at)
        uow.reviews.add(BANK, said)
        uow.commit()


def test_without_an_assessment_there_is_none_in_force(desk: AdviceWorld) -> None:
    with desk.store.read() as uow, pytest.raises(ConflictError) as caught:
        assessment_in_force(uow, desk.callers[FAN], FAN, now=FRIDAY)
    assert caught.value.code == "not_assessed"
    assert "answer it" in caught.value.message


def test_the_newest_that_has_taken_effect_is_in_force(world: World, ada: Caller) -> None:
    assert in_force(world, ada) == "assessment-1-ada"
    bolder = follow(world.store, "ada", effective_at=WEDNESDAY + DAY)
    assert in_force(world, ada, now=WEDNESDAY + DAY - MOMENT) == "assessment-1-ada"
    assert in_force(world, ada, now=WEDNESDAY + DAY) == bolder.id


def test_a_first_assessment_that_cools_off_says_when_it_takes_effect(
    world: World, ada: Caller
) -> None:
    error = refusal(world, ada, now=WEDNESDAY - MOMENT)
    assert error.code == "assessment_cooling_off"
    assert "2026-09-30 10:00 Shanghai time" in error.message


def test_an_assessment_is_in_force_through_its_last_day_in_shanghai(
    world: World, ada: Caller
) -> None:
    assert in_force(world, ada, now=LAST) == "assessment-1-ada"
    error = refusal(world, ada, now=LAST + MOMENT)
    assert error.code == "assessment_expired"
    assert "2027-09-30" in error.message


def test_an_assessment_that_an_advisor_confirmed_stays_in_force(world: World, ada: Caller) -> None:
    review(world.store, "assessment-1-ada", ReviewOutcome.CONFIRMED)
    assert in_force(world, ada) == "assessment-1-ada"


def test_an_assessment_set_aside_is_not_replaced_by_the_one_before_it(
    world: World, ada: Caller
) -> None:
    second = follow(world.store, "ada")
    review(world.store, second.id, ReviewOutcome.ANSWER_AGAIN)
    for now in (WEDNESDAY, LAST + MOMENT):
        assert refusal(world, ada, now=now).code == "assessment_set_aside"
    third = follow(world.store, "ada", assessed_on=date(2026, 10, 1), of_day=1)
    assert in_force(world, ada) == third.id


def test_an_assessment_set_aside_before_it_takes_effect_never_does(
    world: World, ada: Caller
) -> None:
    bolder = follow(world.store, "ada", effective_at=WEDNESDAY + DAY)
    review(world.store, bolder.id, ReviewOutcome.ANSWER_AGAIN)
    assert in_force(world, ada) == "assessment-1-ada"
    # The one before it was good, and stays.
    assert in_force(world, ada, now=WEDNESDAY + DAY) == "assessment-1-ada"


def test_what_cools_off_is_named_before_what_it_replaces(world: World, ada: Caller) -> None:
    review(world.store, "assessment-1-ada", ReviewOutcome.ANSWER_AGAIN)
    follow(world.store, "ada", effective_at=WEDNESDAY + DAY)
    assert refusal(world, ada).code == "assessment_cooling_off"


def test_a_lift_falls_with_the_assessment_it_lifts(world: World, ada: Caller) -> None:
    lifted = follow(world.store, "ada", of_day=None, lift_of="assessment-1-ada")
    assert in_force(world, ada) == lifted.id
    review(world.store, "assessment-1-ada", ReviewOutcome.ANSWER_AGAIN)
    assert refusal(world, ada).code == "assessment_set_aside"


def test_a_form_that_is_no_longer_read_supports_nothing(world: World, ada: Caller) -> None:
    with world.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE artifact SET text = 'of old' WHERE kind = 'questionnaire'"
        )
    assert refusal(world, ada).code == "questionnaire_retired"


def test_a_foreign_client_is_missing_and_not_unassessed(world: World, ada: Caller) -> None:
    bob = world.add_client("bob", cash("1.00"))
    for caller in (bob, Caller("q", Role.QUANT), Caller("ann", Role.ADVISOR)):
        with pytest.raises(NotFoundError):
            in_force(world, caller)
    assert in_force(world, BANK) == in_force(world, ada)


# ---- who asks ----------------------------------------------------------------------------------


def test_no_advice_rests_on_an_assessment_set_aside(desk: AdviceWorld) -> None:
    with desk.store.read() as uow:
        newest = uow.assessments.newest(BANK, RENTER)
    review(
        desk.store, newest.id, ReviewOutcome.ANSWER_AGAIN, user_id=desk.advisor.user_id, at=FRIDAY
    )
    before = desk.picture()
    for ask in (desk.diagnose, desk.propose):
        with pytest.raises(ConflictError) as caught:
            ask(RENTER)
        assert caught.value.code == "assessment_set_aside"
    assert desk.picture() == before


def test_advice_reads_the_answers_given_when_asked_again(desk: AdviceWorld) -> None:
    cautious = dict.fromkeys(BOOK[RENTER].answers or {}, "a")
    first = desk.diagnose(RENTER)["profile"]["level"]
    follow(desk.store, RENTER, follow_up=cautious)
    assert first > desk.diagnose(RENTER)["profile"]["level"] == "C1"


def test_a_proposal_is_not_kept_when_its_assessment_is_set_aside_meanwhile(
    desk: AdviceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.store.read() as uow:
        newest = uow.assessments.newest(BANK, RENTER)
    advisor = desk.advisor.user_id

    def work_up_while_the_advisor_reviews(*record: Any, **about: Any) -> Workup:
        review(desk.store, newest.id, ReviewOutcome.ANSWER_AGAIN, user_id=advisor, at=FRIDAY)
        return work_up(*record, **about)

    monkeypatch.setattr("api.services.advice.work_up", work_up_while_the_advisor_reviews)
    with pytest.raises(ConflictError) as caught:
        desk.propose(RENTER)
    assert caught.value.code == "assessment_set_aside"
    assert desk.picture()["advice"] == []


def test_while_a_bolder_assessment_cools_off_the_old_profile_is_shown(desk: AdviceWorld) -> None:
    caller = desk.callers[RENTER]
    follow(desk.store, RENTER, id="bolder", effective_at=FRIDAY + DAY)
    shown = current_profile(desk.store, desk.clock, caller, client_id=RENTER)
    assert shown["id"] != "bolder"
    desk.clock.set(FRIDAY + DAY)
    shown = current_profile(desk.store, desk.clock, caller, client_id=RENTER)
    assert shown["id"] == "bolder"


def test_a_purchase_waits_for_no_assessment_that_still_cools_off(world: World, ada: Caller) -> None:
    proposal = world.propose(ada, buy(1, "money", "600.00"))
    follow(world.store, "ada", effective_at=WEDNESDAY + timedelta(hours=1))
    world.clock.set(WEDNESDAY + timedelta(hours=1))
    with pytest.raises(ConflictError) as caught:
        world.press(ada, proposal)
    assert caught.value.code == "profile_changed"
    world.clock.set(WEDNESDAY + timedelta(hours=1) - MOMENT)
    assert world.press(ada, proposal).document["status"] == "created"


def test_a_purchase_on_an_assessment_set_aside_is_refused_and_changes_nothing(
    world: World, ada: Caller
) -> None:
    proposal = world.propose(ada, buy(1, "money", "600.00"))
    review(world.store, "assessment-1-ada", ReviewOutcome.ANSWER_AGAIN)
    before = world.picture()
    with pytest.raises(ConflictError) as caught:
        world.press(ada, proposal, recheck=recheck_suitability)
    assert caught.value.code == "assessment_set_aside"
    assert world.picture() == before


def scanned(desk: AdviceWorld, day: date) -> ScanRow:
    rows = scan(desk.store, desk.clock, desk.reference, as_of=day).rows
    return next(row for row in rows if row.client_id == RENTER)


def test_the_scan_judges_no_drift_from_a_profile_set_aside(desk: AdviceWorld) -> None:
    assert scanned(desk, FRIDAY.date()).drift is not None
    with desk.store.read() as uow:
        newest = uow.assessments.newest(BANK, RENTER)
    review(
        desk.store, newest.id, ReviewOutcome.ANSWER_AGAIN, user_id=desk.advisor.user_id, at=FRIDAY
    )
    row = scanned(desk, FRIDAY.date())
    assert (row.drift, row.error) == (None, None)


def test_the_scan_reads_the_answers_given_when_asked_again(desk: AdviceWorld) -> None:
    first = scanned(desk, FRIDAY.date()).drift
    follow(desk.store, RENTER, follow_up=dict.fromkeys(BOOK[RENTER].answers or {}, "a"))
    again = scanned(desk, FRIDAY.date()).drift
    assert first is not None
    assert again is not None
    assert again != pytest.approx(first, abs=0.01)


def test_the_scan_announces_the_end_of_an_assessment_that_is_no_longer_in_force(
    desk: AdviceWorld,
) -> None:
    row = scanned(desk, FRIDAY.date() + 366 * DAY)
    assert (row.drift, row.kinds) == (None, (ReminderKind.REASSESS,))


def test_the_scan_counts_what_takes_effect_during_its_day(desk: AdviceWorld) -> None:
    # A day in Shanghai ends at 16:00 in London.
    midnight = FRIDAY.replace(hour=16)
    soon = FRIDAY.date() + 10 * DAY
    follow(desk.store, RENTER, effective_at=midnight, valid_until=soon)
    assert ReminderKind.REASSESS not in scanned(desk, FRIDAY.date()).kinds
    assert ReminderKind.REASSESS in scanned(desk, FRIDAY.date() + DAY).kinds
