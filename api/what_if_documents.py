"""A what-if as a document: the plan as it is beside the plan with something changed.

Both sides are simulated with the same few paths, so that their difference is one of plans; their
probabilities carry larger errors than a stored life path's. Nothing of it is stored or hashed.
"""

from dataclasses import replace

from allocator.money import Money
from api.advice_parts import Document, amount_text, diagnose_workup
from api.documents import rate, score, weights_document
from api.life_path_documents import (
    goal_document,
    life_path_of,
    probability_document,
    rate_or_none,
)
from api.workup import Workup, work_up
from risk_profiles.life_path import LifePath
from risk_profiles.what_if import WhatIf, changed_facts

# The error of a probability is 1.6 points at most, and an answer comes while the client looks.
PATHS = 1_000


def what_if_document(workup: Workup, what_if: WhatIf) -> Document:
    """Return both sides.

    Raises:
        InputError: code invalid_what_if or invalid_facts; what is asked cannot be.
        SolverError: a year without a verified optimum.
    """
    before = life_path_of(workup, paths=PATHS)
    record = workup.record
    facts = changed_facts(
        record.facts,
        what_if,
        own_spending=Money.rounded(float(before.flows.own_spending[0])),
        planned_retirement_spending=before.retirement.own_spending,
    )
    changed = work_up(
        replace(record, facts=facts),
        assessed_on=workup.assessed_on,
        valid_until=workup.valid_until,
        reference=workup.reference,
        has_age_lift=workup.has_age_lift,
    )
    after = life_path_of(changed, paths=PATHS)
    return {
        "kind": "what_if",
        "client_id": record.client_id,
        "as_of": workup.as_of.isoformat(),
        "paths": PATHS,
        "before": _side(workup, before),
        "after": _side(changed, after),
    }


def _side(workup: Workup, path: LifePath) -> Document:
    index, weights = None, None
    if workup.mandate is not None:
        made = diagnose_workup(workup)
        index, weights = score(made.standing.index), made.best.weights
    retirement = path.retirement
    return {
        "index": index,
        "weights": {} if weights is None else weights_document(weights),
        "growth_share": rate(path.glide.points[0].growth_share),
        "monthly_saving": amount_text(Money.rounded(float(path.flows.net[0]))),
        "retirement": {
            "begins": retirement.begins.isoformat(),
            "spending": amount_text(retirement.spending),
            "pension": amount_text(retirement.pension),
            "funding_ratio": rate_or_none(retirement.funding.ratio),
            "lasts": probability_document(retirement.lasts),
            "last_age": retirement.last_age,
        },
        "goals": [goal_document(goal, None) for goal in path.goals],
        "years": [
            {
                "age": point.age,
                "growth_share": rate(point.growth_share),
                "wealth": amount_text(point.wealth),
            }
            for point in path.glide.points
        ],
    }
