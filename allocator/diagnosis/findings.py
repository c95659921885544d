"""Findings of the balance sheet: what is strong, what is missing, with the numbers behind it.

One function a finding-maker; each returns statements and never a sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, DebtKind, HeldAt, PolicyKind
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
    order = [WARNING, NOTICE, STRENGTH]
    return tuple(sorted(found, key=lambda s: order.index(s.severity)))


def find_without_wealth(balance_sheet: BalanceSheet, needs: Needs) -> tuple[Statement, ...]:
    """Return what can be said where there is nothing to weigh."""
    need: dict[str, Evidence] = {"need": needs.emergency_fund}
    nothing = Statement("finding.no_wealth", WARNING, Dimension.LIQUIDITY, need)
    return (nothing, *_protection_gaps(balance_sheet, needs))


def _liquidity(case: Case) -> list[Statement]:
    sheet, needs, dimension = case.balance_sheet, case.needs, Dimension.LIQUIDITY
    liquid, need = sheet.liquid_assets, needs.emergency_fund
    if liquid < need:
        months = Decimal(str(round(needs.emergency_months, 1)))
        gap: dict[str, Evidence] = {"liquid": liquid, "need": need, "gap": need - liquid}
        gap["months"] = months
        return [Statement("finding.liquidity_short", WARNING, dimension, gap)]
    idle = liquid - need
    evidence: dict[str, Evidence]
    if idle > need and case.share(idle) > IDLE_SHARE:
        evidence = {"idle": idle, "share": case.share(idle)}
        return [Statement("finding.liquidity_excess", NOTICE, dimension, evidence)]
    evidence = {"liquid": liquid, "need": need}
    return [Statement("finding.liquidity_ok", STRENGTH, dimension, evidence)]


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
    if standing.volatility > case.mandate.volatility_cap:
        found.append(Statement("finding.safety_volatility_above_cap", WARNING, dimension, risk))
    found += _locked_past_goals(case)
    free = max(case.balance_sheet.stable_assets - needs.emergency_fund, ZERO)
    if free < needs.goals_reserve:
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
        if locked and sheet.stable_assets - locked - fund < due.amount:
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
        if case.share(amount) > CONCENTRATED_SHARE
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
    """A debt dearer than the best certainty equivalent is the best investment there is.

    A mortgage need only be dearer than what is safe: what lies safe beyond all needs does more by
    repaying it. Goals of the next years come before a mortgage, and after other dear debts.
    """
    sheet, best, found = case.balance_sheet, case.standing.best_certainty_equivalent, []
    safe = _best_safe_return(case)
    spare = max(sheet.liquid_assets - case.needs.emergency_fund, ZERO)
    free = sheet.stable_assets - sheet.stable_locked_beyond(sheet.as_of)
    beyond_goals = max(free - case.needs.emergency_fund - case.needs.goals_reserve, ZERO)
    for debt in sorted(sheet.debts, key=lambda d: (-d.annual_rate, d.id)):
        rate, is_mortgage = float(debt.annual_rate), debt.kind is DebtKind.MORTGAGE
        hurdle = best if rate > best else safe
        if rate <= hurdle or (rate <= best and not is_mortgage) or debt.balance <= ZERO:
            continue
        repay = min(beyond_goals if is_mortgage else spare, debt.balance)
        spare, beyond_goals = max(spare - repay, ZERO), max(beyond_goals - repay, ZERO)
        saved, earned = repay.scaled(debt.annual_rate), repay.scaled(Decimal(repr(hurdle)))
        evidence: dict[str, Evidence] = {"rate": rate, "best": hurdle}
        if rate <= best:
            if repay:
                evidence |= {"amount": repay, "saved": saved, "earned": earned}
                found.append(Statement("finding.mortgage_over_safe", NOTICE, None, evidence))
            continue
        if not repay:
            evidence |= {"kind": debt.kind, "balance": debt.balance}
            found.append(Statement("finding.dear_debt", NOTICE, None, evidence))
            continue
        evidence |= {"amount": repay, "saved": saved, "earned": earned}
        if is_mortgage:
            found.append(Statement("finding.mortgage_dearer", NOTICE, None, evidence))
        else:
            evidence |= {"kind": debt.kind}
            found.append(Statement("finding.repay_debt", WARNING, None, evidence))
    # The home behind a mortgage is not on this balance sheet; nothing stands behind the others.
    others = total(d.balance for d in sheet.debts if d.kind is not DebtKind.MORTGAGE)
    if others > sheet.investable_wealth:
        evidence = {"debts": others, "wealth": sheet.investable_wealth}
        found.append(Statement("finding.debts_exceed_wealth", WARNING, None, evidence))
    return found


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
