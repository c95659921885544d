"""Flags that a person reviews: answers against records, the sitting, the history of tests.

K8 compares three answers with what is recorded. An answer means a span, the record turns the span
into an interval of the recorded figure, and a record more than half outside it is flagged:

    flag  <=>  recorded < (1 - 1/2) * low   or   recorded > (1 + 1/2) * high

    income   share s left over, from s0 to s1       low = S/(1 - s0), high = S/(1 - s1)
    debts    share d that repays loans, d0 to d1    low = d0 I,       high = d1 I
    reserve  months m of ready money, m0 to m1      low = m0,         high = m1

S is monthly spending and I monthly income, which is the pension of those who no longer earn; the
reserve is liquid assets over monthly essential spending. An open span has no high. Whoever draws on
savings (s0 < 0) may have any lower income, none at all included, so low is then zero. Without
spending there is nothing to compare income or a reserve with; without income a share of it means
nothing, and only "no loans" is compared with the payments.

K9  the sheet took less than 60 seconds, or 12 answers or more stand at one position. Positions are
    counted as shown, over questions with at least four options: on a shorter list many honest
    answers share a place.
K10 the third test within 365 days, or two levels or more above any test of the last 30 days, so
    that two small steps count as the one large step they make. Such a rise waits for 24 hours.

A flag is no verdict: it changes no score and asks a person to look.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet
from allocator.money import ZERO, Money, total
from allocator.statements import Evidence, Severity, Statement
from risk_profiles.income import monthly_income
from risk_profiles.levels import ProfileLevel
from risk_profiles.person import ClientFacts
from risk_profiles.questionnaire import Questionnaire, Span, Topic

LARGEST_DEVIATION = Decimal("0.5")
SHORTEST_SITTING_SECONDS = 60
MOST_AT_ONE_POSITION = 11
FEWEST_OPTIONS_COUNTED = 4
YEAR = timedelta(days=365)
MOST_TESTS_A_YEAR = 2
MONTH = timedelta(days=30)
LARGEST_RISE = 1
COOLING_OFF = timedelta(hours=24)

_THIRD_TEST, _JUMP = "review.k10_third_test", "review.k10_jump"


@dataclass(frozen=True, slots=True)
class PastAssessment:
    """When a client was assessed, and what came out."""

    at: datetime
    level: ProfileLevel


def flag_records(
    questionnaire: Questionnaire,
    answers: Mapping[str, str],
    *,
    facts: ClientFacts,
    balance_sheet: BalanceSheet,
) -> tuple[Statement, ...]:
    """Return K8: answers that deviate by more than half from what is recorded.

    Evidence: `recorded`, the nearest figure that the answer `means`, the `question`, the `limit`.
    """
    flags = []
    income, spending = monthly_income(facts), facts.spending
    if (given := _span(questionnaire, answers, Topic.MONTHLY_SURPLUS)) and spending > ZERO:
        question, share = given
        low = Decimal(0) if share.start < 0 else _income_at(spending, share.start)
        high = None if share.end is None or share.end >= 1 else _income_at(spending, share.end)
        if (nearest := _missed(income.amount, low, high)) is not None:
            evidence = _evidence(question, income, Money.rounded(nearest))
            flags.append(Statement("review.k8_income", Severity.WARNING, evidence=evidence))
    if given := _span(questionnaire, answers, Topic.LIQUID_RESERVE):
        question, months = given
        monthly, liquid = facts.essential_spending.amount, balance_sheet.liquid_assets.amount
        nearest = _missed(liquid / monthly, months.start, months.end) if monthly else None
        if nearest is not None:
            evidence = _evidence(question, round(liquid / monthly, 1), nearest)
            flags.append(Statement("review.k8_reserve", Severity.WARNING, evidence=evidence))
    if given := _span(questionnaire, answers, Topic.DEBT_SERVICE):
        question, share = given
        payments = total(debt.monthly_payment for debt in balance_sheet.debts)
        high = None if share.end is None else share.end * income.amount
        if income <= ZERO and share.end != 0:
            high = None
        if (nearest := _missed(payments.amount, share.start * income.amount, high)) is not None:
            evidence = _evidence(question, payments, Money.rounded(nearest))
            flags.append(Statement("review.k8_debts", Severity.WARNING, evidence=evidence))
    return tuple(flags)


def flag_sitting(
    questionnaire: Questionnaire, answers: Mapping[str, str], *, seconds: float | None
) -> tuple[Statement, ...]:
    """Return K9: a sheet filled in faster than it can be read, or down one column.

    Args:
        questionnaire: The form answered.
        answers: A sheet that `check_answers` accepted.
        seconds: From the first page to the last answer; None where nobody measured.
    """
    flags = []
    if seconds is not None and seconds < SHORTEST_SITTING_SECONDS:
        flags.append(
            Statement(
                "review.k9_fast",
                Severity.WARNING,
                evidence={"seconds": int(seconds), "limit": SHORTEST_SITTING_SECONDS},
            )
        )
    positions = Counter(
        [option.id for option in question.options].index(answers[question.id]) + 1
        for question in questionnaire.questions
        if len(question.options) >= FEWEST_OPTIONS_COUNTED
    )
    # Of two positions with the same count the upper one is named.
    position, count = max(positions.items(), key=lambda one: (one[1], -one[0]), default=(0, 0))
    if count > MOST_AT_ONE_POSITION:
        flags.append(
            Statement(
                "review.k9_same_position",
                Severity.WARNING,
                evidence={"count": count, "position": position},
            )
        )
    return tuple(flags)


def flag_history(
    *, level: ProfileLevel, now: datetime, earlier: Sequence[PastAssessment]
) -> tuple[Statement, ...]:
    """Return K10: many tests within a year, or a rise of several levels within a month."""
    flags = []
    this_year = 1 + sum(now - past.at <= YEAR for past in earlier)
    if this_year > MOST_TESTS_A_YEAR:
        flags.append(
            Statement(
                "review.k10_third_test",
                Severity.WARNING,
                evidence={"count": this_year, "days": YEAR.days},
            )
        )
    recent = [past.level for past in earlier if now - past.at <= MONTH]
    lowest = min(recent, key=lambda one: one.rank, default=level)
    if level.rank - lowest.rank > LARGEST_RISE:
        flags.append(
            Statement(
                "review.k10_jump",
                Severity.WARNING,
                evidence={"before": lowest, "after": level, "days": MONTH.days},
            )
        )
    return tuple(flags)


def takes_effect_at(
    level: ProfileLevel,
    *,
    now: datetime,
    in_force: ProfileLevel | None,
    flags: Sequence[Statement],
) -> datetime:
    """Return the instant from which a new level holds: 24 hours on for a suspicious rise.

    A jump waits even where nothing is in force, or setting an assessment aside would be the way
    round it. A third test waits only if the level rises above the one that holds.

    Args:
        level: What came out now.
        now: The instant of the assessment.
        in_force: The level that holds at present; None if there is none.
        flags: What was found; only those of K10 delay anything.
    """
    codes = {flag.code for flag in flags}
    rises = in_force is not None and level.rank > in_force.rank
    holds_lower = in_force is None or rises
    if (_JUMP in codes and holds_lower) or (_THIRD_TEST in codes and rises):
        return now + COOLING_OFF
    return now


def _span(
    questionnaire: Questionnaire, answers: Mapping[str, str], topic: Topic
) -> tuple[str, Span] | None:
    """Return the question on a topic and what its answer means, if the form asks."""
    question = questionnaire.find(topic)
    span = None if question is None else question.option(answers[question.id]).span
    return None if question is None or span is None else (question.id, span)


def _income_at(spending: Money, share_left: Decimal) -> Decimal:
    return spending.amount / (1 - share_left)


def _missed(recorded: Decimal, low: Decimal, high: Decimal | None) -> Decimal | None:
    """Return the end of the interval that a record misses by more than half of it."""
    if recorded < low * (1 - LARGEST_DEVIATION):
        return low
    if high is not None and recorded > high * (1 + LARGEST_DEVIATION):
        return high
    return None


def _evidence(
    question: str, recorded: Money | Decimal, means: Money | Decimal
) -> dict[str, Evidence]:
    limit = float(LARGEST_DEVIATION)
    return {"question": question, "recorded": recorded, "means": means, "limit": limit}
