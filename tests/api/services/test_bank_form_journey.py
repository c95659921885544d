"""A bank's own form, from its answers to the button, and computed again to the same hash."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from advice_world import FAN, RENTER, AdviceWorld

from api.reference_data import load_reference_data
from api.services.replay import replay

BANK = Path(__file__).parents[2] / "risk_profiles" / "fixtures" / "bank_sum.toml"
REFERENCE = load_reference_data(questionnaire=BANK)
HIGHEST = {
    question.id: max(question.options, key=lambda option: option.points).id
    for question in REFERENCE.questionnaire.questions
}
FORCED = HIGHEST | {"safety_first": "a"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AdviceWorld]:
    made = AdviceWorld(tmp_path, reference=REFERENCE)
    yield made
    made.close()


@pytest.mark.parametrize(("answers", "level"), [(HIGHEST, "C5"), (FORCED, "C1")])
def test_answers_to_a_bank_form_become_advice_that_replays(
    world: AdviceWorld, answers: dict[str, str], level: str
) -> None:
    for client_id in (RENTER, FAN):
        assert world.assess(client_id, answers)["level"] == level
        for made in (world.diagnose(client_id), world.propose(client_id)):
            assert made["profile"]["level"] == level
            assert made["profile"]["questionnaire_version"] == "bank-sum-1"
            again = replay(world.store, world.callers[client_id], advice_id=made["id"])
            assert again.is_equal
