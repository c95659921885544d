"""Diagnose a balance sheet: where it stands, and what is to be said about it."""

from dataclasses import dataclass

from allocator.balance_sheet import BalanceSheet
from allocator.diagnosis.findings import Case, find
from allocator.diagnosis.index import Standing, stand
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import RiskLevel
from allocator.statements import Severity, Statement


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
    return Diagnosis(standing, find(case) + relaxation_findings(best), best)


def relaxation_findings(allocation: Allocation) -> tuple[Statement, ...]:
    """Return a warning for each need that could not be met in full."""
    return tuple(
        Statement(
            f"relaxed.{relaxation.need}",
            Severity.WARNING,
            None,
            {"wanted": relaxation.wanted, "granted": relaxation.granted},
        )
        for relaxation in allocation.relaxations
    )
