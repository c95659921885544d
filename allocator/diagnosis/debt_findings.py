"""Findings of debts: which are dearer than anything held could earn, and what could repay them."""

from collections.abc import Iterable
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind
from allocator.life_cycle.needs import Needs
from allocator.money import ZERO, total
from allocator.statements import Evidence, Severity, Statement

WARNING, NOTICE = Severity.WARNING, Severity.NOTICE


def find_debts(sheet: BalanceSheet, needs: Needs, *, best: float, safe: float) -> list[Statement]:
    """Return what is to be said of debts beside some wealth.

    A debt dearer than the best certainty equivalent is the best investment there is. A mortgage
    need only be dearer than what is safe: what lies safe beyond all needs does more by repaying
    it. Goals of the next years come before a mortgage, and after other dear debts.

    Args:
        sheet: With positive wealth.
        needs: Money they ask for repays nothing.
        best: The best certainty equivalent open to the client, per year.
        safe: The highest net return of a stable class the client may buy, per year.
    """
    found = []
    spare = max(sheet.liquid_assets - needs.emergency_fund, ZERO)
    free = sheet.stable_assets - sheet.stable_locked_beyond(sheet.as_of)
    beyond_goals = max(free - needs.emergency_fund - needs.goals_reserve, ZERO)
    for debt in _dearest_first(sheet.debts):
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
    return found + _debts_above_wealth(sheet)


def find_debts_without_wealth(sheet: BalanceSheet) -> list[Statement]:
    """Return what is to be said of debts where nothing is held.

    Each is named: without wealth there is no optimum that would tell which are dear.
    """
    named = [
        Statement(
            "finding.debt_without_wealth",
            NOTICE,
            None,
            {"kind": debt.kind, "balance": debt.balance, "rate": float(debt.annual_rate)},
        )
        for debt in _dearest_first(sheet.debts)
        if debt.balance > ZERO
    ]
    return _debts_above_wealth(sheet) + named


def _dearest_first(debts: Iterable[Debt]) -> list[Debt]:
    return sorted(debts, key=lambda d: (-d.annual_rate, d.id))


def _debts_above_wealth(sheet: BalanceSheet) -> list[Statement]:
    # The home behind a mortgage is not on this balance sheet; nothing stands behind the others.
    others = total(d.balance for d in sheet.debts if d.kind is not DebtKind.MORTGAGE)
    if others <= sheet.investable_wealth:
        return []
    evidence: dict[str, Evidence] = {"debts": others, "wealth": sheet.investable_wealth}
    return [Statement("finding.debts_exceed_wealth", WARNING, None, evidence)]
