"""Replay: the same hash from the stored texts, and another one if anything was touched."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from advice_world import BOOK, FAN, REFERENCE, RENTER, AdviceWorld
from sqlalchemy import update

from allocator.errors import InputError
from allocator.life_cycle.needs import GoalKind
from api.errors import NotFoundError
from api.services.replay import replay
from api.software import software_versions
from api.store.tables import advice


@pytest.fixture(scope="module")
def whole_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path_factory.mktemp("replay"), client_ids=sorted(BOOK))
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(RENTER)
    yield made
    made.close()


@pytest.mark.parametrize("client_id", sorted(BOOK))
def test_the_whole_sample_book_replays_to_equal_hashes(
    whole_book: AdviceWorld, client_id: str
) -> None:
    whole_book.assess(client_id)
    for made in (whole_book.diagnose(client_id), whole_book.propose(client_id)):
        for caller in (whole_book.quant, whole_book.callers[client_id]):
            result = replay(whole_book.store, caller, advice_id=made["id"])
            assert result.is_equal
            assert result.stored_hash == result.recomputed_hash == made["hash"]
            assert result.kind == made["kind"]


def tamper(world: AdviceWorld, advice_id: str, *path: str | int, value: object) -> None:
    """Write one value into the stored inputs of a piece of advice."""
    with world.store.engine.begin() as connection:
        row = connection.execute(advice.select().where(advice.c.id == advice_id)).one()
        inputs = json.loads(row.inputs)
        place = inputs
        for step in path[:-1]:
            place = place[step]
        assert place[path[-1]] != value
        place[path[-1]] = value
        connection.execute(
            update(advice).where(advice.c.id == advice_id).values(inputs=json.dumps(inputs))
        )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("client", "holdings", 0, "amount"), "52000.01"),
        (("client", "facts", "annual_income"), "1.00"),
        (("client", "answers", "q6"), "d"),
        (("assessed_on",), "2026-11-19"),
        (("valid_until",), "2027-11-21"),
        (("life_cycle",), None),
    ],
)
def test_tampering_with_any_stored_input_shows(
    world: AdviceWorld, path: tuple[str | int, ...], value: object
) -> None:
    for made in (world.diagnose(RENTER), world.propose(RENTER)):
        tamper(world, made["id"], *path, value=value)
        result = replay(world.store, world.quant, advice_id=made["id"])
        assert not result.is_equal
        assert result.stored_hash == made["hash"]


def test_advice_replays_after_market_shelf_and_questionnaire_have_changed(
    world: AdviceWorld,
) -> None:
    proposal = world.propose(RENTER)
    world.reference = replace(
        REFERENCE,
        market_text=REFERENCE.market_text + "\n# another edition\n",
        shelf_text=REFERENCE.shelf_text.replace(
            'id = "money-fund-wallet"', 'id = "money-fund-purse"'
        ),
        questionnaire_text=REFERENCE.questionnaire_text + "\n# another edition\n",
        life_cycle_text=(REFERENCE.life_cycle_text or "") + "\n# another edition\n",
    )
    later = world.propose(RENTER)
    assert later["model"]["content_hash"] != proposal["model"]["content_hash"]
    assert later["shelf"]["content_hash"] != proposal["shelf"]["content_hash"]
    # The answers are still read with the form they were given to.
    assert later["questionnaire"] == proposal["questionnaire"]
    for made in (proposal, later):
        assert replay(world.store, world.quant, advice_id=made["id"]).is_equal


def inputs_of(world: AdviceWorld, advice_id: str) -> dict[str, Any]:
    """Return the stored inputs of a piece of advice."""
    with world.store.engine.connect() as connection:
        row = connection.execute(advice.select().where(advice.c.id == advice_id)).one()
    inputs: dict[str, Any] = json.loads(row.inputs)
    return inputs


def test_advice_keeps_the_life_cycle_parameters_it_was_made_with(world: AdviceWorld) -> None:
    kept = REFERENCE.life_cycle_text or ""
    raised = kept.replace("base_age = 55", "base_age = 60")
    for text in (kept, raised):
        world.reference = replace(REFERENCE, life_cycle_text=text)
        made = world.diagnose(RENTER)
        address = inputs_of(world, made["id"])["life_cycle"]
        assert address == world.reference.life_cycle.content_hash
        with world.store.read() as uow:
            assert uow.artifacts.get(address) == text
        assert replay(world.store, world.quant, advice_id=made["id"]).is_equal
    assert made["life_cycle"]["retirement_age"] == 63


def test_advice_from_before_parameters_were_kept_replays_with_the_rules_of_then(
    world: AdviceWorld,
) -> None:
    world.reference = replace(REFERENCE, life_cycle_text=None)
    # A goal without a kind, and an income past the statutory age: neither was refused or judged.
    family = BOOK["civil-servant-family"]
    goals = tuple(replace(goal, kind=GoalKind.OTHER) for goal in family.facts.goals)
    facts = replace(family.facts, birth_date=date(1962, 3, 2), goals=goals)
    world.add(replace(family, facts=facts))
    world.assess(family.client_id)
    made = world.diagnose(family.client_id)
    inputs = inputs_of(world, made["id"])
    # To the letter what was stored then; the hash covers it.
    known = {"client", "assessed_on", "valid_until", "model", "shelf", "questionnaire"}
    assert set(inputs) == known
    assert set(inputs["client"]["facts"]["goals"][0]) == {"name", "amount", "due"}
    assert "retirement_spending" not in inputs["client"]["facts"]
    world.reference = REFERENCE
    assert replay(world.store, world.quant, advice_id=made["id"]).is_equal
    with pytest.raises(InputError) as refusal:
        world.diagnose(family.client_id)
    assert refusal.value.code == "invalid_facts"


def record_software(world: AdviceWorld, advice_id: str, software: object) -> None:
    """Write versions into the stored document of a piece of advice, or take them out."""
    with world.store.engine.begin() as connection:
        row = connection.execute(advice.select().where(advice.c.id == advice_id)).one()
        document = {**json.loads(row.document), "software": software}
        if software is None:
            del document["software"]
        connection.execute(
            update(advice).where(advice.c.id == advice_id).values(document=json.dumps(document))
        )


@pytest.mark.parametrize(("recorded", "then"), [({"cvxpy": "0.9"}, {"cvxpy": "0.9"}), (None, {})])
def test_a_replay_names_the_software_of_then_and_now_and_no_hash_covers_it(
    world: AdviceWorld, recorded: object, then: dict[str, str]
) -> None:
    for made in (world.diagnose(RENTER), world.propose(RENTER)):
        record_software(world, made["id"], recorded)
        result = replay(world.store, world.quant, advice_id=made["id"])
        assert result.software_then == then
        assert result.software_now == software_versions()
        assert result.is_equal


def test_only_advice_of_the_own_book_can_be_replayed_and_quants_see_no_client(
    world: AdviceWorld,
) -> None:
    world.assess(FAN)
    made = world.propose(FAN)
    for caller in (world.advisor, world.callers[RENTER]):
        with pytest.raises(NotFoundError):
            replay(world.store, caller, advice_id=made["id"])
    with pytest.raises(NotFoundError):
        replay(world.store, world.quant, advice_id="nothing")
    result = replay(world.store, world.quant, advice_id=made["id"])
    assert FAN not in str(result)
