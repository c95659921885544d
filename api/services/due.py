"""What a client is to be told of today, apart from whether it was told too recently."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.errors import InputError
from allocator.money import ZERO, total
from allocator.rebalancing.triggers import Benefit, Condition, ReminderKind
from allocator.statements import Evidence, Severity, Statement
from api.basis_documents import read_basis
from api.errors import ConflictError
from api.store.records import Assessment
from risk_profiles.assessment_basis import basis_of, changes_since
from risk_profiles.person import ClientFacts
from risk_profiles.questionnaire import Questionnaire

# A deposit that came due within this span is spoken of; an assessment is announced as early.
MATURED_WITHIN = timedelta(days=7)
EXPIRES_WITHIN = timedelta(days=30)
_NO_BENEFIT = Benefit(gain=ZERO, cost=ZERO, wealth=ZERO)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: why, and what acting is worth and costs."""

    kind: ReminderKind
    statement: Statement
    benefit: Benefit = _NO_BENEFIT


def assessment_due(assessment: Assessment, as_of: date) -> list[Due]:
    """Return the call for a new assessment when the old one has expired or soon will."""
    if as_of <= assessment.valid_until - EXPIRES_WITHIN:
        return []
    statement = Statement("reminder.reassess", evidence={"valid_until": assessment.valid_until})
    return [Due(ReminderKind.REASSESS, statement)]


def answers_due(assessment: Assessment, refusal: ConflictError) -> list[Due]:
    """Return the call for new answers when an assessment is refused, by the refusal's code."""
    match refusal.code:
        case "assessment_expired":
            evidence: dict[str, Evidence] = {"valid_until": assessment.valid_until}
            return [Due(ReminderKind.REASSESS, Statement("reminder.reassess", evidence=evidence))]
        case "assessment_set_aside" | "questionnaire_retired":
            statement = Statement(f"reminder.reassess_{refusal.code}", Severity.WARNING)
            return [Due(ReminderKind.REASSESS, statement)]
        case _:
            return []


def changed_facts(
    assessment: Assessment, facts: ClientFacts, balance_sheet: BalanceSheet, form: Questionnaire
) -> list[Due]:
    """Return the call for a new assessment when the facts of its day no longer hold.

    The weightiest change is told; the others come up when the client answers again. An assessment
    made before bases were kept calls for nothing.

    Args:
        assessment: The client's newest.
        facts, balance_sheet: As they stand today.
        form: The questionnaire it was answered on.
    """
    basis = json.loads(assessment.document).get("basis")
    if basis is None:
        return []
    changes = changes_since(
        read_basis(basis),
        basis_of(facts, balance_sheet),
        form,
        valid_until=assessment.valid_until,
    )
    return [Due(ReminderKind.REASSESS, statement) for statement in changes[:1]]


def outdated_facts(error: InputError) -> list[Due]:
    """Return the call to renew facts that time has overtaken."""
    evidence: dict[str, Evidence] = {"count": len(error.problems)}
    return [Due(ReminderKind.FACTS, Statement("reminder.facts", Severity.WARNING, None, evidence))]


def matured_holdings(holdings: tuple[Holding, ...], as_of: date) -> list[Due]:
    """Return the news that money came free within the last days."""
    came_due = [
        h for h in holdings if h.locked_until and as_of - MATURED_WITHIN < h.locked_until <= as_of
    ]
    if not came_due:
        return []
    amount = total(h.amount for h in came_due)
    day = max(h.locked_until for h in came_due if h.locked_until)
    statement = Statement("reminder.matured", evidence={"amount": amount, "day": day})
    return [Due(ReminderKind.MATURED, statement)]


def trade_statement(
    kind: ReminderKind, condition: Condition, benefit: Benefit, moved: float
) -> Statement:
    """Return the words for a reminder to trade."""
    match kind:
        case ReminderKind.LIQUIDITY:
            return Statement(
                "reminder.liquidity",
                Severity.WARNING,
                evidence={
                    "share": condition.liquid_share,
                    "needed": condition.liquidity_reachable,
                },
            )
        case ReminderKind.RISK:
            return Statement(
                "reminder.risk",
                Severity.WARNING,
                evidence={"volatility": condition.volatility, "cap": condition.volatility_cap},
            )
        case ReminderKind.GOALS:
            return Statement(
                "reminder.goals",
                Severity.WARNING,
                evidence={"share": condition.stable_share, "needed": condition.stable_reachable},
            )
        case _:
            return Statement(
                "reminder.drift",
                Severity.NOTICE,
                evidence={"drift": moved, "gain": benefit.gain, "cost": benefit.cost},
            )
