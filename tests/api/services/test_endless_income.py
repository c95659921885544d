"""An income that outlasts the statutory age stops advice until the client says when it ends."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from advice_world import BOOK, AdviceWorld

from allocator.errors import InputError
from api.callers import BANK
from api.client_file import Renewal
from api.services.clients import get_client, renew_facts
from api.services.scan import scan
from api.store.records import Reminder, ReminderStatus
from risk_profiles.person import IncomeKind

# A man born in October 1966 reaches the statutory age, 60 years and six months, in April 2027.
CLIENT = "civil-servant-family"
BORN = date(1966, 10, 5)
STATUTORY = date(2027, 4, 1)
TODAY = date(2026, 11, 20)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path, client_ids=())
    record = BOOK[CLIENT]
    made.add(replace(record, facts=replace(record.facts, birth_date=BORN)))
    made.assess(CLIENT)
    yield made
    made.close()


def pass_the_statutory_age(world: AdviceWorld) -> None:
    world.clock.advance(timedelta(days=(STATUTORY - TODAY).days))


def calls_to_renew(world: AdviceWorld) -> list[Reminder]:
    with world.store.read() as uow:
        found = uow.reminders.list(BANK, client_id=CLIENT)
    return [one for one in found if one.kind == "facts"]


def renew(world: AdviceWorld, **changes: object) -> None:
    record = get_client(world.store, world.clock, BANK, client_id=CLIENT)
    facts = replace(record.facts, **changes)  # type: ignore[arg-type]
    renewal = Renewal(facts, record.balance_sheet.debts, record.balance_sheet.policies)
    renew_facts(world.store, world.clock, world.reference, BANK, client_id=CLIENT, renewal=renewal)


def test_advice_is_given_until_the_month_of_the_statutory_age_and_refused_from_then_on(
    world: AdviceWorld,
) -> None:
    world.clock.advance(timedelta(days=(STATUTORY - TODAY).days - 1))
    assert world.diagnose(CLIENT)["id"]
    world.clock.advance(timedelta(days=1))
    before = world.picture()
    for ask in (world.diagnose, world.propose):
        with pytest.raises(InputError) as refusal:
            ask(CLIENT)
        assert refusal.value.code == "invalid_facts"
        (problem,) = refusal.value.problems
        assert (problem.field, problem.value) == ("/facts/retirement_age", None)
    assert world.picture() == before


def test_the_nightly_scan_calls_for_it_on_that_day_and_the_answer_ends_the_call(
    world: AdviceWorld,
) -> None:
    scan(world.store, world.clock, world.reference, as_of=STATUTORY - timedelta(days=1))
    assert calls_to_renew(world) == []
    pass_the_statutory_age(world)
    scan(world.store, world.clock, world.reference, as_of=STATUTORY)
    (call,) = calls_to_renew(world)
    assert call.status is ReminderStatus.OPEN
    renew(world, retirement_age=63)
    (ended,) = calls_to_renew(world)
    assert ended.status is not ReminderStatus.OPEN
    assert world.diagnose(CLIENT)["life_cycle"]["retirement_age"] == 63


def test_a_renewal_that_leaves_the_income_without_end_is_refused_and_changes_nothing(
    world: AdviceWorld,
) -> None:
    pass_the_statutory_age(world)
    before = world.picture()
    with pytest.raises(InputError) as refusal:
        renew(world, name="another name")
    assert [p.field for p in refusal.value.problems] == ["/facts/retirement_age"]
    assert world.picture() == before
    renew(world, income_kind=IncomeKind.RETIRED)
    assert world.diagnose(CLIENT)["id"]
