"""Findings of the balance sheet: what is strong, what is missing, with the numbers behind it.

One function a finding-maker; each returns statements and never a sentence.

Fees and whole lots of one plan leave a floor or a cap missed by a hair. What misses its need or its
limit by less than a thousandth of it (`SLACK`) is no warning.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, HeldAt, PolicyKind
from allocator.diagnosis.debt_findings import find_debts, find_debts_without_wealth
from allocator.diagnosis.index import Standing
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import ZERO, Money, total
from allocator.product_classes import TRAITS, Dimension, ProductClass, RiskLevel
from allocator.statements import Evidence, Severity, Statement

WARNING, NOTICE, STRENGTH = Severity.WARNING, Severity.NOTICE, Severity.STRENGTH

# Deposit Insurance Regulation (2015), article 5: per person and bank.
INSURED_DEPOSITS = Money(Decimal(500_000))
# A single risky position above this share of wealth is named; the fund-advice draft of 2023
# puts the limit for one fund in a client's portfolio at the same level.
CONCENTRATED_SHARE = 0.20
# The fees of a plan are a twentieth of a per cent of wealth or less in the sample book.
SLACK = 0.001
# A score above this is worth praising; a growth loss below 0.10 % a year is not worth a word.
STRONG_SCORE = 95.0
VISIBLE_LOSS = 0.001
# More than twice the emergency fund and more than this share of wealth lies idle.
IDLE_SHARE = 0.30


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a finding may look at."""

    balance_sheet: BalanceSheet
    mandate: Mandate
    market: MarketModel
    needs: Needs
    standing: Standing
    highest_risk_level: RiskLevel

    def share(self, amount: Money) -> float:
        """Return an amount as a fraction of investable wealth."""
        return float(amount.amount / self.balance_sheet.investable_wealth.amount)


def find(case: Case) -> tuple[Statement, ...]:
    """Return all findings, warnings first, in a fixed order."""
    found = [statement for maker in _MAKERS for statement in maker(case)]
    return _in_order(found)


def _in_order(found: Iterable[Statement]) -> tuple[Statement, ...]:
    order = [WARNING, NOTICE, STRENGTH]
    return tuple(sorted(found, key=lambda s: order.index(s.severity)))


def _is_short(amount: Money, need: Money) -> bool:
    """True if more of a need is missing than the slack of one plan."""
    return float(need - amount) > SLACK * float(need)


def find_without_wealth(balance_sheet: BalanceSheet, needs: Needs) -> tuple[Statement, ...]:
    """Return what can be said where there is nothing to weigh, warnings first."""
    need: dict[str, Evidence] = {"need": needs.emergency_fund}
    nothing = Statement("finding.no_wealth", WARNING, Dimension.LIQUIDITY, need)
    gaps = _protection_gaps(balance_sheet, needs)
    return _in_order([nothing, *gaps, *find_debts_without_wealth(balance_sheet)])


def _liquidity(case: Case) -> list[Statement]:
    sheet, needs, dimension = case.balance_sheet, case.needs, Dimension.LIQUIDITY
    liquid, need = sheet.liquid_assets, needs.emergency_fund
    if _is_short(liquid, need):
        months = Decimal(str(round(needs.emergency_months, 1)))
        gap: dict[str, Evidence] = {"liquid": liquid, "need": need, "gap": need - liquid}
        gap["months"] = months
        return [Statement("finding.liquidity_short", WARNING, dimension, gap)]
    idle = liquid - need - _liquid_for_goals(case)
    evidence: dict[str, Evidence]
    if idle > need and case.share(idle) > IDLE_SHARE:
        evidence = {"idle": idle, "share": case.share(idle)}
        return [Statement("finding.liquidity_excess", NOTICE, dimension, evidence)]
    if liquid < need:
        # Not short enough for a warning, and "enough" would be wrong to the fen.
        return []
    evidence = {"liquid": liquid, "need": need}
    return [Statement("finding.liquidity_ok", STRENGTH, dimension, evidence)]


def _liquid_for_goals(case: Case) -> Money:
    """Return what dated goals need of liquid money: what nothing else stable is free to pay."""
    sheet, needs = case.balance_sheet, case.needs
    other = sheet.stable_assets - sheet.liquid_assets
    missing = [needs.goals_reserve - other]
    for due in needs.reserved_until():
        missing.append(due.amount - (other - sheet.stable_locked_beyond(due.due)))
    return max(ZERO, *missing)


def _protection(case: Case) -> list[Statement]:
    return _protection_gaps(case.balance_sheet, case.needs)


def _protection_gaps(sheet: BalanceSheet, needs: Needs) -> list[Statement]:
    found = []

    def gap(kind: PolicyKind, need: Money) -> dict[str, Evidence] | None:
        cover = sheet.cover(kind)
        return {"cover": cover, "need": need, "gap": need - cover} if cover < need else None

    dimension = Dimension.PROTECTION
    if short := gap(PolicyKind.LIFE, needs.life_cover):
        found.append(Statement("finding.protection_life_gap", WARNING, dimension, short))
    if short := gap(PolicyKind.CRITICAL_ILLNESS, needs.critical_illness_cover):
        code = "finding.protection_critical_illness_gap"
        found.append(Statement(code, WARNING, dimension, short))
    if short := gap(PolicyKind.ACCIDENT, needs.accident_cover):
        found.append(Statement("finding.protection_accident_gap", WARNING, dimension, short))
    if sheet.cover(PolicyKind.MEDICAL) == ZERO:
        found.append(Statement("finding.protection_no_medical", WARNING, dimension))
    return found or [Statement("finding.protection_ok", STRENGTH, dimension)]


def _safety(case: Case) -> list[Statement]:
    standing, needs, dimension, found = case.standing, case.needs, Dimension.SAFETY, []
    risk: dict[str, Evidence] = {
        "volatility": standing.volatility,
        "cap": case.mandate.volatility_cap,
    }
    if standing.volatility > case.mandate.volatility_cap * (1 + SLACK):
        found.append(Statement("finding.safety_volatility_above_cap", WARNING, dimension, risk))
    found += _locked_past_goals(case)
    free = max(case.balance_sheet.stable_assets - needs.emergency_fund, ZERO)
    if _is_short(free, needs.goals_reserve):
        goals: dict[str, Evidence] = {"reserve": needs.goals_reserve, "stable": free}
        found.append(Statement("finding.safety_goals_short", WARNING, dimension, goals))
    if not found and standing.scores[dimension] >= STRONG_SCORE:
        found.append(Statement("finding.safety_ok", STRENGTH, dimension, risk))
    return found


def _locked_past_goals(case: Case) -> list[Statement]:
    """Name the first goal that stable money could pay for if it were not locked."""
    sheet, fund = case.balance_sheet, case.needs.emergency_fund
    for due in case.needs.reserved_until():
        locked = sheet.stable_locked_beyond(due.due)
        if locked and _is_short(sheet.stable_assets - locked - fund, due.amount):
            evidence: dict[str, Evidence] = {"amount": locked, "due": due.due}
            return [Statement("finding.locked_past_goal", WARNING, Dimension.SAFETY, evidence)]
    return []


def _growth(case: Case) -> list[Statement]:
    loss = case.standing.best_certainty_equivalent - case.standing.certainty_equivalent
    if loss <= VISIBLE_LOSS:
        return [Statement("finding.growth_ok", STRENGTH, Dimension.GROWTH)]
    yearly = case.balance_sheet.investable_wealth.scaled(Decimal(repr(loss)))
    evidence: dict[str, Evidence] = {"loss": loss, "amount": yearly}
    return [Statement("finding.growth_loss", WARNING, Dimension.GROWTH, evidence)]


def _concentration(case: Case) -> list[Statement]:
    positions: dict[str, Money] = {}
    classes: dict[str, ProductClass] = {}
    for holding in case.balance_sheet.holdings:
        if holding.risk_level >= RiskLevel.R3:
            key = holding.product_id or holding.id
            positions[key] = positions.get(key, ZERO) + holding.amount
            classes[key] = holding.product_class
    return [
        Statement(
            "finding.concentration",
            WARNING,
            Dimension.SAFETY,
            {
                "product_class": classes[key],
                "amount": amount,
                "share": case.share(amount),
                "limit": CONCENTRATED_SHARE,
            },
        )
        for key, amount in positions.items()
        if case.share(amount) > CONCENTRATED_SHARE * (1 + SLACK)
    ]


def _above_level(case: Case) -> list[Statement]:
    above = [h for h in case.balance_sheet.holdings if h.risk_level > case.highest_risk_level]
    if not above:
        return []
    amount = total(h.amount for h in above)
    evidence: dict[str, Evidence] = {
        "amount": amount,
        "share": case.share(amount),
        "level": case.highest_risk_level.name,
    }
    return [Statement("finding.above_level", WARNING, Dimension.SAFETY, evidence)]


def _debts(case: Case) -> list[Statement]:
    best = case.standing.best_certainty_equivalent
    return find_debts(case.balance_sheet, case.needs, best=best, safe=_best_safe_return(case))


def _best_safe_return(case: Case) -> float:
    """Return the highest net return of a stable class that the client may buy, per year."""
    mandate, returns = case.mandate, case.market.net_returns
    open_classes = (
        float(returns[place])
        for place, product_class in enumerate(mandate.classes)
        if TRAITS[product_class].stable and mandate.buyable[place]
    )
    return max(open_classes)


def _deposit_insurance(case: Case) -> list[Statement]:
    deposits = total(
        h.amount
        for h in case.balance_sheet.holdings
        if h.held_at is HeldAt.HERE
        and h.product_class in (ProductClass.DEMAND_DEPOSIT, ProductClass.TIME_DEPOSIT)
    )
    if deposits <= INSURED_DEPOSITS:
        return []
    evidence = {"deposits": deposits, "above": deposits - INSURED_DEPOSITS}
    evidence |= {"insured": INSURED_DEPOSITS}
    return [Statement("finding.deposit_insurance", NOTICE, Dimension.SAFETY, evidence)]


def _out_of_reach(case: Case) -> list[Statement]:
    sheet, found = case.balance_sheet, []
    away = total(h.amount for h in sheet.holdings if h.held_at is HeldAt.ELSEWHERE)
    if away > ZERO:
        evidence: dict[str, Evidence] = {"amount": away, "share": case.share(away)}
        found.append(Statement("finding.held_elsewhere", NOTICE, None, evidence))
    locked = [
        (h.locked_until, h.amount)
        for h in sheet.holdings
        if h.locked_until is not None and h.locked_until > sheet.as_of
    ]
    if locked:
        amount = total(amount for _, amount in locked)
        first = min(day for day, _ in locked)
        evidence = {"amount": amount, "share": case.share(amount), "until": first}
        found.append(Statement("finding.locked", NOTICE, None, evidence))
    return found


_MAKERS: tuple[Callable[[Case], list[Statement]], ...] = (
    _liquidity,
    _protection,
    _safety,
    _growth,
    _concentration,
    _above_level,
    _debts,
    _deposit_insurance,
    _out_of_reach,
)
