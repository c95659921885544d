"""The life path as a document: years, goals, retirement, what changes on the way.

Amounts are in today's yuan. Shares, rates and probabilities are rounded to six decimals; the hash
covers inputs and the codes of the findings, never the simulated figures.
"""

from allocator.life_cycle.mortality import Sex
from allocator.life_cycle.needs import years_between
from allocator.life_cycle.simulated_figures import Probability, WealthPercentile
from allocator.life_cycle.target_date_funds import TargetDateFund, load_default_target_date_funds
from allocator.market.model import Vector
from allocator.money import Money
from allocator.product_classes import TRAITS, Dimension
from api.advice_parts import Document, amount_text, inputs_document, replay_hash, versions_document
from api.documents import rate, statement_documents, weights_document
from api.workup import Workup
from risk_profiles.cash_flows import CashFlows, LifeEvent, LifeEventKind
from risk_profiles.glide_path import GlideYear
from risk_profiles.goal_saving import LIKELY, SavingWanted, saving_wanted
from risk_profiles.life_path import STATED_PATHS, GoalOutlook, LifePath, life_path
from risk_profiles.life_path_findings import LifeCase, find_of_life
from risk_profiles.months import MONTHS_A_YEAR
from risk_profiles.person import WorkCategory
from risk_profiles.retirement_notes import find_of_planned_age


def life_path_of(workup: Workup, *, paths: int = STATED_PATHS) -> LifePath:
    """Return the life path of a worked-up client."""
    record = workup.record
    return life_path(
        record.facts,
        record.balance_sheet,
        answers=record.answers or {},
        profile=workup.profile,
        assessed_on=workup.assessed_on,
        rulebook=workup.reference.rulebook,
        paths=paths,
    )


def life_path_document(workup: Workup) -> Document:
    """Return the life path of a client, with or without wealth."""
    record, found = workup.record, life_path_of(workup)
    facts, sheet, life_cycle = record.facts, record.balance_sheet, workup.reference.life_cycle
    wealth = float(sheet.investable_wealth)
    wanted = tuple(
        saving_wanted(found, facts, wealth=wealth, goal=place)
        if goal.met.estimate < LIKELY
        else None
        for place, goal in enumerate(found.goals)
    )
    findings = (
        *find_of_life(LifeCase(facts, sheet, found, wanted)),
        *find_of_planned_age(facts, parameters=life_cycle),
    )
    simulation, retirement = found.simulation, found.retirement
    age = facts.age_on(workup.as_of)
    document: Document = {
        "kind": "life_path",
        "client_id": record.client_id,
        "as_of": workup.as_of.isoformat(),
        "level": workup.profile.level.value,
        "age": age,
        "paths": simulation.paths,
        "seed": simulation.seed,
        "inflation": rate(life_cycle.inflation),
        "safe_rate": rate(life_cycle.real_riskless_rate),
        "retirement": {
            "begins": retirement.begins.isoformat(),
            "pension_begins": retirement.pension_begins.isoformat(),
            "spending": amount_text(retirement.spending),
            "pension": amount_text(retirement.pension),
            "funding_ratio": rate_or_none(retirement.funding.ratio),
            "lasts": probability_document(retirement.lasts),
            "outlasts_life": rate(retirement.outlasts_life),
            "last_age": retirement.last_age,
        },
        "goals": [
            goal_document(goal, want) for goal, want in zip(found.goals, wanted, strict=True)
        ],
        "years": [_year(point, found.flows) for point in found.glide.points],
        "wealth": [
            {
                "age": age + end.year,
                "lasted": rate(end.lasted.estimate),
                "percentiles": {str(p.percent): _percentile(p) for p in end.wealth},
            }
            for end in simulation.year_ends
        ],
        "events": [_event(event, workup) for event in found.flows.events],
        "life_expectancy": _life_expectancy(workup, age),
        "target_date_funds": _funds(found),
        "findings": statement_documents(findings),
        **versions_document(workup),
        "life_cycle": {
            "version": life_cycle.version,
            "as_of": life_cycle.as_of.isoformat(),
            "content_hash": life_cycle.content_hash,
        },
    }
    codes = [[f.code, f.severity.value] for f in findings]
    outcome = {"kind": "life_path", "findings": codes}
    document["hash"] = replay_hash(inputs=life_path_inputs(workup), outcome=outcome)
    return document


def life_path_inputs(workup: Workup) -> Document:
    """Return all that went in: what other advice rests on, and how long people live."""
    return inputs_document(workup) | {"mortality": workup.reference.mortality_hash}


def goal_document(outlook: GoalOutlook, wanted: SavingWanted | None) -> Document:
    """Return a goal, how likely it is, and what more would have to be saved for it."""
    goal = outlook.goal
    saving = None
    if wanted is not None:
        saving = {"monthly": amount_text(wanted.monthly), "probability": rate(wanted.probability)}
    return {
        "name": goal.name,
        "kind": goal.kind.value,
        "amount": amount_text(goal.amount),
        "due": goal.due.isoformat(),
        "met": probability_document(outlook.met),
        "funding_ratio": rate_or_none(outlook.funding.ratio),
        "saving": saving,
    }


def _year(point: GlideYear, flows: CashFlows) -> Document:
    first = MONTHS_A_YEAR * point.years
    months = slice(first, first + MONTHS_A_YEAR)

    def yearly(flow: Vector) -> str:
        return amount_text(Money.rounded(float(flow[months].sum())))

    weights = point.weights
    by_dimension = {d.value: 0.0 for d in Dimension}
    if weights is not None:
        for product_class, weight in weights.as_dict().items():
            by_dimension[TRAITS[product_class].dimension.value] += weight
    return {
        "years": point.years,
        "day": point.day.isoformat(),
        "age": point.age,
        "level": point.level.value,
        "wages": yearly(flows.wages),
        "pension": yearly(flows.pension),
        "spending": yearly(flows.own_spending + flows.support),
        "debt_service": yearly(flows.debt_service),
        "saving": yearly(flows.net),
        "wealth": amount_text(point.wealth),
        "human_capital_ratio": rate(point.human_capital_ratio),
        "growth_share": rate(point.growth_share),
        "weights": {} if weights is None else weights_document(weights),
        "dimensions": {name: rate(share) for name, share in by_dimension.items()},
        "real_return": rate(point.real_return),
        "real_volatility": rate(point.real_volatility),
        "limits": [limit.value for limit in point.limits],
    }


def _event(event: LifeEvent, workup: Workup) -> Document:
    born = workup.record.facts.birth_date
    age = workup.record.facts.age_on(event.day)
    if event.kind in (LifeEventKind.RETIREMENT, LifeEventKind.PENSION):
        # The law counts the age that is reached in that month, whatever the day.
        age = (event.day.year - born.year) - (event.day.month < born.month)
    return {
        "kind": event.kind.value,
        "day": event.day.isoformat(),
        "age": age,
        "amount": amount_text(event.amount),
        "name": event.name,
    }


def _life_expectancy(workup: Workup, age: int) -> Document:
    table = workup.reference.mortality
    sex = Sex.MEN if workup.record.facts.work_category is WorkCategory.MAN else Sex.WOMEN
    years = table.life_expectancy(sex, age=min(age, table.last_age))
    return {
        "age": round(age + years, 1),
        "table": table.name,
        "table_zh": table.name_zh or table.name,
        "status": table.status.value,
        "source": table.source,
    }


def _funds(found: LifePath) -> list[Document]:
    """Return what Chinese target-date funds hold so many years before the same retirement."""
    retires = found.retirement.begins
    years = [(p.age, years_between(p.day, retires)) for p in found.glide.points]
    funds = [f for f in load_default_target_date_funds() if f.market == "cn"]
    return [document for fund in funds if (document := _fund(fund, years))["points"]]


def _fund(fund: TargetDateFund, years: list[tuple[int, float]]) -> Document:
    points = [(age, fund.band_at(to_go)) for age, to_go in years]
    return {
        "fund_id": fund.fund_id,
        "name": fund.name,
        "as_of": fund.as_of.isoformat(),
        "source": fund.source,
        "source_zh": fund.source_zh,
        "points": [
            {
                "age": age,
                "centre": rate(band.centre),
                "low": rate_or_none(band.low),
                "high": rate_or_none(band.high),
                "basis": band.basis.value,
            }
            for age, band in points
            if band is not None
        ],
    }


def probability_document(value: Probability) -> Document:
    """Return a probability with its error and interval."""
    return {
        "estimate": rate(value.estimate),
        "standard_error": rate(value.standard_error),
        "low": rate(value.low),
        "high": rate(value.high),
    }


def _percentile(value: WealthPercentile) -> Document:
    amounts = {"estimate": value.estimate, "low": value.low, "high": value.high}
    return {name: amount_text(Money.rounded(amount)) for name, amount in amounts.items()}


def rate_or_none(value: float | None) -> float | None:
    """Return a ratio as a document shows it, or None."""
    return None if value is None else rate(value)
