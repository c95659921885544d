"""Diagnose a balance sheet: where it stands, and what is to be said about it."""

from dataclasses import dataclass

from allocator.balance_sheet import BalanceSheet
from allocator.diagnosis.findings import Case, find
from allocator.diagnosis.index import Standing, stand
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import Money
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import RiskLevel
from allocator.statements import Evidence, Severity, Statement


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """Scores, index and findings; `best` is the optimum the growth score is measured against."""

    standing: Standing
    findings: tuple[Statement, ...]
    best: Allocation


def diagnose(
    balance_sheet: BalanceSheet,
    mandate: Mandate,
    market: MarketModel,
    needs: Needs,
    *,
    highest_risk_level: RiskLevel,
) -> Diagnosis:
    """Diagnose a balance sheet with positive wealth.

    Raises:
        InputError: there is no wealth to diagnose.
        InfeasibleMandateError, SolverError: there is no verified optimum to compare with.
    """
    best = optimize(mandate, market, with_costs=False)
    standing = stand(
        balance_sheet,
        mandate,
        market,
        needs,
        best_certainty_equivalent=best.certainty_equivalent,
    )
    case = Case(balance_sheet, mandate, market, needs, standing, highest_risk_level)
    findings = find(case)
    if {relaxed.need for relaxed in best.relaxations} & {"risky_share", "volatility"}:
        # The best that locks allow is still too risky: being close to it deserves no praise.
        findings = tuple(f for f in findings if f.code != "finding.growth_ok")
    relaxed = relaxation_findings(best, wealth=balance_sheet.investable_wealth)
    return Diagnosis(standing, findings + relaxed, best)


def relaxation_findings(allocation: Allocation, *, wealth: Money) -> tuple[Statement, ...]:
    """Return a warning for each need that could not be met in full.

    Floors are said in money: a household with little has needs of many times its wealth.
    """

    def said(need: str, value: float) -> Evidence:
        in_money = need in ("liquidity", "stable")
        return Money.rounded(float(wealth) * value) if in_money else value

    return tuple(
        Statement(
            f"relaxed.{relaxation.need}",
            Severity.WARNING,
            None,
            {
                "wanted": said(relaxation.need, relaxation.wanted),
                "granted": said(relaxation.need, relaxation.granted),
            },
        )
        for relaxation in allocation.relaxations
    )
