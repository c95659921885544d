"""What version cn-2026-2 has said once it says for ever: fifty sheets and an independent reading.

The file of fifty is never edited. Who wants another profile of the same answers makes a new
version of the form.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from risk_profiles.profile import make_profile
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
GOLDEN = Path(__file__).parent / "golden_profiles_cn_2026_2.json"

RISING, FALLING = [0, 25, 50, 75, 100], [100, 75, 50, 25, 0]
CAPACITY = {
    "q2": (2, RISING), "q3": (2, RISING), "q4": (2, RISING), "q5": (2, FALLING),
    "q6": (1, [100, 70, 40, 10]), "q7": (3, RISING), "q8": (2, FALLING),
}  # fmt: skip
TOLERANCE = {
    "q9": (3, RISING), "q10": (2, RISING), "q11": (3, RISING), "q12": (2, RISING),
    "q13": (2, [0, 33, 67, 100]), "q14": (1, RISING),
}  # fmt: skip
RIGHT = {"q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    answers: dict[str, str]
    age: int
    level: str
    score: float
    risk_aversion: float
    reasons: list[str]


CASES = [Case(**row) for row in json.loads(GOLDEN.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=map(str, range(len(CASES))))
def test_a_sheet_of_this_version_keeps_its_profile_for_ever(case: Case) -> None:
    assert FORM.version == "cn-2026-2"
    random = np.random.default_rng(5)
    for _ in range(3):
        order = random.permutation(sorted(case.answers))
        shuffled = {str(name): case.answers[str(name)] for name in order}
        profile = make_profile(FORM, shuffled, age=case.age)
        assert profile.level == case.level
        assert profile.score == pytest.approx(case.score, rel=1e-12, abs=1e-12)
        assert profile.risk_aversion == pytest.approx(case.risk_aversion, rel=1e-12)
        assert [reason.code for reason in profile.reasons] == case.reasons


def test_the_fifty_reach_every_level_cap_and_contradiction() -> None:
    assert len(CASES) == 50
    assert {case.level for case in CASES} == {"C1", "C2", "C3", "C4", "C5"}
    told = {code for case in CASES for code in case.reasons}
    caps = ("cap_age", "cap_horizon", "cap_loss", "cap_experience")
    contradictions = [f"contradiction_k{number}" for number in (1, 2, 4, 5, 6, 7)]
    for code in ("capacity_binds", "tolerance_binds", *caps, *contradictions):
        assert f"profile.{code}" in told


def computed_by_hand(answers: dict[str, str], age: int) -> tuple[int, float, float]:
    """Return rank, score and risk aversion from the published table, without the form's file."""
    place = {name: "abcde".index(letter) for name, letter in answers.items()}
    read = dict(place)
    if place["q9"] == 4 and place["q10"] == 0:
        read["q9"] = 3
    read["q11"] = min(place["q11"], place["q12"] + 2, 2 if place["q9"] == 0 else 4)
    read["q12"] = min(place["q12"], place["q11"] + 2)
    right = sum(answers[name] == letter for name, letter in RIGHT.items())
    experience = 3 if place["q15"] == 4 and right < 2 else place["q15"]
    age_points = next(
        p for end, p in ((30, 100), (45, 85), (55, 65), (65, 40), (999, 15)) if age < end
    )
    capacity = 2 * age_points + sum(w * points[read[q]] for q, (w, points) in CAPACITY.items())
    tolerance = sum(w * points[read[q]] for q, (w, points) in TOLERANCE.items())
    score = min(capacity / 16, tolerance / 13)
    rank = 1 + sum(score >= edge for edge in (20, 38, 54, 68))
    age_cap = next(cap for end, cap in ((60, 5), (65, 4), (75, 3), (999, 2)) if age < end)
    rank = min(rank, read["q7"] + 1, read["q9"] + 1, min(experience + 2, 5), age_cap)
    capped = min(score, (20, 38, 54, 68, 100)[rank - 1])
    risk_aversion = math.exp(
        np.interp(capped, (10, 29, 46, 61, 84), np.log((20.0, 10.0, 5.0, 3.0, 2.0)))
    )
    return rank, score, risk_aversion


def test_profiles_agree_with_a_computation_from_the_published_table() -> None:
    random = np.random.default_rng(11)
    cases = [(case.answers, case.age) for case in CASES]
    for _ in range(1000):
        drawn = {q.id: q.options[random.integers(len(q.options))].id for q in FORM.questions}
        cases.append((drawn, int(random.integers(18, 96))))
    for answers, age in cases:
        profile = make_profile(FORM, answers, age=age)
        rank, score, risk_aversion = computed_by_hand(answers, age)
        assert profile.level.rank == rank
        assert profile.score == pytest.approx(score, rel=1e-12, abs=1e-12)
        assert profile.risk_aversion == pytest.approx(risk_aversion, rel=1e-12)
