"""Contradictions: pairs of answers that one person can hardly mean at once.

    K1  accepts almost no loss                and chooses portfolio D or E
    K2  accepts a loss of 30 %                and would sell everything after a fall of 20 %
    K4  has less than a month of ready money  and invests more than three quarters of it all
    K5  needs the money within a year         and wants more than 4 % a year
    K6  menu and income gamble lie three or more bands apart
    K7  has owned shares or derivatives       and gets at most one of four plain questions right

A contradiction never changes a score. It is a warning, and a person or a follow-up question has
to settle it. Reading the bolder answer of K2 or K6 as the more cautious one would let one step of
the other answer move risk aversion by a factor of 1.5, and the promise that no single answer does
is worth more. In K1 and K5 the cautious reading rules already: those answers cap the level at C1.
"""

from collections.abc import Mapping
from decimal import Decimal

from allocator.statements import Severity, Statement
from risk_profiles.questionnaire import (
    EXPERIENCE,
    HORIZON,
    INCOME_GAMBLE,
    LIQUID_RESERVE,
    LOSS,
    OBJECTIVE_ITEMS,
    PORTFOLIO_CHOICE,
    REACTION,
    SHARE_OF_ASSETS,
    TARGET_RETURN,
    Questionnaire,
)

HIGHEST_ONE_YEAR_TARGET = Decimal("0.04")
_BOLD_CHOICE = 75.0
_THREE_BANDS = 75.0
_FEWEST_RIGHT = 2


def contradictions(
    questionnaire: Questionnaire, answers: Mapping[str, str]
) -> tuple[Statement, ...]:
    """Return one warning for each contradiction of a sheet that `check_answers` accepted.

    The evidence names the two questions; K5 adds the wanted return and K7 the right answers.
    """

    def points(question_id: str) -> float:
        return questionnaire[question_id].option(answers[question_id]).points

    right = sum(points(item) == 100 for item in OBJECTIVE_ITEMS)
    target = Decimal(questionnaire[TARGET_RETURN].option(answers[TARGET_RETURN]).value or "0")
    apart = abs(points(PORTFOLIO_CHOICE) - points(INCOME_GAMBLE))
    found: list[Statement] = []
    if points(LOSS) == 0 and points(PORTFOLIO_CHOICE) >= _BOLD_CHOICE:
        found.append(_warning("k1", LOSS, PORTFOLIO_CHOICE))
    if points(LOSS) == 100 and points(REACTION) == 0:
        found.append(_warning("k2", LOSS, REACTION))
    if points(LIQUID_RESERVE) == 0 and points(SHARE_OF_ASSETS) == 0:
        found.append(_warning("k4", LIQUID_RESERVE, SHARE_OF_ASSETS))
    if points(HORIZON) == 0 and target > HIGHEST_ONE_YEAR_TARGET:
        found.append(_warning("k5", HORIZON, TARGET_RETURN, target_return=float(target)))
    if apart >= _THREE_BANDS:
        found.append(_warning("k6", PORTFOLIO_CHOICE, INCOME_GAMBLE))
    if points(EXPERIENCE) == 100 and right < _FEWEST_RIGHT:
        found.append(_warning("k7", EXPERIENCE, OBJECTIVE_ITEMS[0], right_answers=right))
    return tuple(found)


def _warning(rule: str, first: str, second: str, **more: float | int) -> Statement:
    return Statement(
        f"profile.contradiction_{rule}",
        Severity.WARNING,
        evidence={"first_question": first, "second_question": second, **more},
    )
