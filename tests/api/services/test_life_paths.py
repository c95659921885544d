"""Life paths are stored with all they rest on and come out the same; a what-if leaves no trace."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from advice_world import BOOK, FAN, REFERENCE, RENTER, AdviceWorld
from sqlalchemy import select, update

from allocator.errors import InputError
from allocator.money import Money
from api.errors import ConflictError, NotFoundError
from api.reference_data import ReferenceData, load_reference_data
from api.services.life_paths import ask_what_if, get_life_path, make_life_path
from api.services.replay import replay
from api.store.tables import advice, artifact
from risk_profiles.what_if import GoalChange, WhatIf

LATER = WhatIf(retirement_age=60)
CASES = ("high-net-worth", "negative-savings", "retiree-68", RENTER)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path)
    made.assess(RENTER)
    yield made
    made.close()


def make(world: AdviceWorld, client_id: str = RENTER) -> dict[str, Any]:
    caller = world.callers[client_id]
    return make_life_path(world.store, world.clock, world.reference, caller, client_id=client_id)


def ask(world: AdviceWorld, what_if: WhatIf, client_id: str = RENTER) -> dict[str, Any]:
    return ask_what_if(
        world.store,
        world.clock,
        world.reference,
        world.callers[RENTER],
        client_id=client_id,
        what_if=what_if,
    )


def row_of(world: AdviceWorld, advice_id: str) -> Any:
    with world.store.engine.connect() as connection:
        return connection.execute(select(advice).where(advice.c.id == advice_id)).one()


def own_table(folder: Path) -> Path:
    """Write the mortality table that ships, with one rate changed."""
    text = (files("allocator") / "life_cycle" / "data" / "mortality_cn.csv").read_text("utf-8")
    lines = text.splitlines()
    # The last age of the table is certain death; the rates before it are free to move.
    for place in range(-20, -1):
        age, men, women = lines[place].split(",")
        lines[place] = f"{age},{0.9 * float(men):.6f},{0.9 * float(women):.6f}"
    path = folder / "own.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def with_own_table(folder: Path) -> ReferenceData:
    return load_reference_data(mortality=own_table(folder))


@pytest.mark.parametrize("client_id", CASES)
def test_a_stored_life_path_comes_out_the_same(tmp_path: Path, client_id: str) -> None:
    world = AdviceWorld(tmp_path, client_ids=[client_id])
    world.assess(client_id)
    made = make(world, client_id)
    found = get_life_path(world.store, world.callers[client_id], life_path_id=made["id"])
    assert found == made
    result = replay(world.store, world.quant, advice_id=made["id"])
    assert result.is_equal
    assert (result.kind, result.stored_hash) == ("life_path", made["hash"])
    world.close()


def test_every_text_it_rests_on_is_kept(world: AdviceWorld) -> None:
    made = make(world)
    row = row_of(world, made["id"])
    inputs = json.loads(row.inputs)
    assert inputs["mortality"] == REFERENCE.mortality_hash
    with world.store.engine.connect() as connection:
        kept = {r.hash: r.text for r in connection.execute(select(artifact))}
    assert kept[REFERENCE.mortality_hash] == REFERENCE.mortality_text
    assert kept[REFERENCE.life_cycle.content_hash] == REFERENCE.life_cycle_text
    for name in ("model_hash", "shelf_hash", "questionnaire_hash"):
        assert getattr(row, name) in kept


def test_another_mortality_table_is_another_life_path_and_replays_with_its_own(
    world: AdviceWorld, tmp_path: Path
) -> None:
    usual = make(world)
    world.reference = with_own_table(tmp_path)
    own = make(world)
    assert own["hash"] != usual["hash"]
    assert own["life_expectancy"] != usual["life_expectancy"]
    world.reference = REFERENCE
    for made in (usual, own):
        result = replay(world.store, world.quant, advice_id=made["id"])
        assert result.is_equal
        assert result.stored_hash == made["hash"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("client", "facts", "spending"), "7801.00"),
        (("client", "facts", "goals", 0, "due"), "2033-06-30"),
        (("client", "holdings", 0, "amount"), "52000.01"),
        (("assessed_on",), "2026-11-19"),
    ],
)
def test_tampering_with_what_it_rests_on_shows(
    world: AdviceWorld, path: tuple[str | int, ...], value: str
) -> None:
    made = make(world)
    inputs = json.loads(row_of(world, made["id"]).inputs)
    place = inputs
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    with world.store.engine.begin() as connection:
        changed = update(advice).where(advice.c.id == made["id"])
        connection.execute(changed.values(inputs=json.dumps(inputs)))
    assert not replay(world.store, world.quant, advice_id=made["id"]).is_equal


def test_each_making_is_kept_and_the_earlier_stays_as_it_was(world: AdviceWorld) -> None:
    first = make(world)
    second = make(world)
    assert first["id"] != second["id"]
    assert first["hash"] == second["hash"]
    caller = world.callers[RENTER]
    assert get_life_path(world.store, caller, life_path_id=first["id"]) == first


def test_a_foreign_one_is_missing(world: AdviceWorld) -> None:
    made = make(world)
    with pytest.raises(NotFoundError):
        get_life_path(world.store, world.callers[FAN], life_path_id=made["id"])
    with pytest.raises(NotFoundError):
        make_life_path(
            world.store, world.clock, world.reference, world.callers[FAN], client_id=RENTER
        )
    with pytest.raises(NotFoundError):
        ask(world, LATER, FAN)


def test_without_an_assessment_nothing_is_made_or_asked(tmp_path: Path) -> None:
    world = AdviceWorld(tmp_path)
    before = world.picture()
    with pytest.raises(ConflictError) as made:
        make(world)
    with pytest.raises(ConflictError) as asked:
        ask(world, LATER)
    assert made.value.code == asked.value.code == "not_assessed"
    assert world.picture() == before
    world.close()


@pytest.mark.parametrize(
    "what_if",
    [
        LATER,
        WhatIf(annual_income=Money.parse("200000")),
        WhatIf(monthly_saving=Money.parse("-500")),
        WhatIf(goals=(GoalChange(0, amount=Money.parse("300000")),)),
    ],
)
def test_a_what_if_is_answered_and_leaves_no_trace(world: AdviceWorld, what_if: WhatIf) -> None:
    before = world.picture()
    first, again = ask(world, what_if), ask(world, what_if)
    assert first == again
    assert first["before"] != first["after"]
    assert world.picture() == before


def test_the_side_as_it_is_agrees_with_the_stored_life_path(world: AdviceWorld) -> None:
    made, side = make(world), ask(world, LATER)["before"]
    assert [y["growth_share"] for y in side["years"]] == [y["growth_share"] for y in made["years"]]
    few, many = side["retirement"]["lasts"], made["retirement"]["lasts"]
    error = (few["standard_error"] ** 2 + many["standard_error"] ** 2) ** 0.5
    assert abs(few["estimate"] - many["estimate"]) < 4 * error
    assert few["standard_error"] > many["standard_error"]


def test_what_cannot_be_is_refused_and_leaves_no_trace(world: AdviceWorld) -> None:
    before = world.picture()
    for what_if, code in (
        (WhatIf(), "invalid_what_if"),
        (WhatIf(retirement_age=20), "invalid_facts"),
        (WhatIf(monthly_saving=Money.parse("90000")), "invalid_what_if"),
    ):
        with pytest.raises(InputError) as caught:
            ask(world, what_if)
        assert caught.value.code == code
    assert world.picture() == before


def test_without_wealth_a_life_path_is_made_and_the_index_is_left_out(tmp_path: Path) -> None:
    record = BOOK[RENTER]
    world = AdviceWorld(tmp_path, client_ids=())
    world.add(replace(record, balance_sheet=replace(record.balance_sheet, holdings=())))
    world.assess(RENTER)
    made = make(world)
    assert made["years"][0]["weights"] == {}
    assert replay(world.store, world.quant, advice_id=made["id"]).is_equal
    answer = ask(world, LATER)
    for side in ("before", "after"):
        assert answer[side]["index"] is None
        assert answer[side]["weights"] == {}
    world.close()
