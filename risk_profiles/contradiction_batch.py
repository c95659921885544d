"""Contradictions and cautious readings of many sheets at once.

A rule reads few questions, so each combination of their answers that occurs is shown once to the
functions that read one sheet, and the sheets look their own combination up. Rules that share a
question are looked at together, because their readings of it meet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from risk_profiles.contradictions import cautious_reading, find_contradictions
from risk_profiles.questionnaire import TOPICS_OF_RULES, Question, Questionnaire, Rule, Topic

Integers = NDArray[np.integer]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class CautiousReadings:
    """Sheets as they are scored.

    Attributes:
        answers: By question id, the position of each sheet's answer as it is read.
        contradictions: Which sheets a rule marks, for the rules the form asks about.
    """

    answers: Mapping[str, Integers]
    contradictions: Mapping[Rule, Booleans]


def read_cautiously(
    questionnaire: Questionnaire, answers: Mapping[str, Integers]
) -> CautiousReadings:
    """Return what `find_contradictions` and `cautious_reading` say of each sheet.

    Args:
        questionnaire: The form answered.
        answers: By question id, positions among the options; of all questions, equally many.
    """
    read = dict(answers)
    found: dict[Rule, Booleans] = {}
    for rules, questions in _parts(questionnaire):
        part = replace(questionnaire, questions=questions)
        # Options worth and meaning the same are one to a rule, which keeps combinations few.
        kinds = {question.id: _kinds(question) for question in questions}
        codes = np.zeros(len(answers[questions[0].id]), np.int64)
        for question in questions:
            codes *= len(question.options)
            codes += kinds[question.id][answers[question.id]]
        distinct, places = np.unique(codes, return_inverse=True)
        sizes = [len(question.options) for question in questions]
        combinations = np.array(np.unravel_index(distinct, sizes)).T
        marks = np.zeros((len(rules), len(distinct)), np.bool_)
        readings = combinations.copy()
        for row, combination in enumerate(combinations):
            sheet = {q.id: q.options[at].id for q, at in zip(questions, combination, strict=True)}
            for contradiction in find_contradictions(part, sheet):
                marks[rules.index(contradiction.rule), row] = True
            cautious = cautious_reading(part, sheet)
            readings[row] = [q.options.index(q.option(cautious[q.id])) for q in questions]
        found |= {rule: marks[place][places] for place, rule in enumerate(rules)}
        for column, question in enumerate(questions):
            is_read_otherwise = (readings[:, column] != combinations[:, column])[places]
            if is_read_otherwise.any():
                read[question.id] = np.where(
                    is_read_otherwise, readings[places, column], answers[question.id]
                )
    return CautiousReadings(answers=read, contradictions=found)


def _parts(
    questionnaire: Questionnaire,
) -> list[tuple[list[Rule], tuple[Question, ...]]]:
    """Return rules together with all questions they read; no question is in two parts."""
    parts: list[tuple[list[Rule], set[Topic]]] = []
    for rule, topics in TOPICS_OF_RULES.items():
        # A wish is compared with the reachable return, which no profile reads.
        if rule is Rule.K3 or not questionnaire.asks_about(rule):
            continue
        joined = [part for part in parts if part[1] & set(topics)]
        parts = [part for part in parts if part not in joined]
        rules = [*(one for part in joined for one in part[0]), rule]
        parts.append((rules, set(topics).union(*(part[1] for part in joined))))
    return [
        (rules, tuple(q for q in questionnaire.questions if q.topic in topics))
        for rules, topics in parts
    ]


def _kinds(question: Question) -> Integers:
    """Return, for each option, the position of the first that no rule can tell from it."""
    seen = [(option.points, option.span) for option in question.options]
    return np.array([seen.index(one) for one in seen])
