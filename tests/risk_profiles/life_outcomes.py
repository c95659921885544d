"""What the diagnosis, the proposal and the life path are made of, to see whether it moves."""

from functools import cache

from life_world import BOOK, REFERENCE, path_of, worked_up

from allocator.optimizer.solver import optimize
from api.client_file import ClientRecord
from api.reference_data import ReferenceData

Outcome = dict[str, object]


def outcome(record: ClientRecord, reference: ReferenceData = REFERENCE) -> Outcome:
    made = worked_up(record, reference)
    assert made.mandate is not None
    found = path_of(record, paths=100, reference=reference)
    points = found.glide.points
    best = optimize(made.mandate, made.market, with_costs=False)
    return {
        "needs": [float(made.needs.emergency_fund), float(made.needs.life_cover)],
        "reserve": [float(made.needs.goals_reserve), float(made.needs.critical_illness_cover)],
        "human_capital": [made.human_capital.wages, made.human_capital.pension],
        "floors": [made.mandate.liquidity_floor, made.mandate.stable_floor],
        "weights": [round(w, 5) for w in best.weights.values],
        "flows": [round(float(x), 2) for x in found.flows.net],
        "wealth": [float(p.wealth) for p in points],
        "growth": [round(p.growth_share, 4) for p in points],
        "levels": [p.level.value for p in points],
        "goals": [(g.met.estimate, g.funding.ratio) for g in found.goals],
        "retirement": [
            found.retirement.begins,
            found.retirement.pension_begins,
            found.retirement.last_age,
            found.retirement.lasts.estimate,
        ],
    }


@cache
def plain(client_id: str) -> Outcome:
    return outcome(BOOK[client_id])


def moved(after: Outcome, before: Outcome) -> set[str]:
    return {name for name in before if after[name] != before[name]}
