"""Contradictions: pairs of answers that one person can hardly mean at once.

    K1  accepts almost no loss               and chooses one of the two boldest portfolios
    K2  accepts the largest loss             and would sell everything after a fall
    K3  wants more per year                  than the level can reach by the optimizer's own account
    K4  has the least ready money            and invests the largest part of all there is
    K5  needs the money within a year        and wants more than 4 % a year
    K6  menu and income gamble lie three or more of four steps apart
    K7  has owned the riskiest products      and gets at most one of the plain questions right

One question is asked again, once: the one whose answer is in doubt. What contradicts even then is
read cautiously: the bolder answer counts as the boldest one that no longer contradicts the other.

    portfolio <= the third                        while almost no loss is accepted        K1
    loss      <= the one below the largest        while everything would be sold          K2
    portfolio <= gamble + 2, gamble <= portfolio + 2, in steps of the scale              K6
    experience <= the one below the riskiest      while fewer than two answers are right  K7

Each reading is a minimum of functions that rise with every answer, so a bolder answer still never
lowers a score (reading the bolder answer as the cautious one itself would break that: choosing E
beside a timid gamble would score less than choosing D). K4 leaves the scores, which count both
answers as zero already, and keeps the money free of lock-ups. K3 and K5 set a wish aside that no
score counts.

Sources: FINRA (2016) and ESMA35-43-869 (2018) ask for contradictions to be found and resolved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from risk_profiles.questionnaire import Question, Questionnaire, Rule, Topic

HIGHEST_ONE_YEAR_TARGET = Decimal("0.04")
ONE_YEAR = Decimal(1)
FEWEST_RIGHT = 2
# Boldness runs from 0 to 1; on a scale of five answers a step is a quarter.
BOLD_CHOICE = 0.75
THREE_STEPS = 0.75


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers that do not go together.

    Attributes:
        first, second: Ids of the questions; the same where one answer meets a computed figure.
        asks: Id of the one question to ask again.
        figures: What the rule compared, for those that compare figures.
    """

    rule: Rule
    first: str
    second: str
    asks: str
    figures: Mapping[str, float | int]


def find_contradictions(
    questionnaire: Questionnaire, answers: Mapping[str, str]
) -> tuple[Contradiction, ...]:
    """Return what K1, K2 and K4 to K7 find in a sheet that `check_answers` accepted."""
    found = []
    for rule, finder in _FINDERS.items():
        if questionnaire.asks_about(rule):
            contradiction = finder(questionnaire, answers)
            if contradiction is not None:
                found.append(contradiction)
    return tuple(found)


def find_unreachable_wish(
    questionnaire: Questionnaire, answers: Mapping[str, str], *, reachable_return: float
) -> Contradiction | None:
    """Return K3: even the lower end of the wished return lies above what the level can reach.

    Args:
        questionnaire: The form answered.
        answers: A sheet that `check_answers` accepted.
        reachable_return: Per year, net of fees: the most the level's limits allow.
    """
    wish = questionnaire.find(Topic.TARGET_RETURN)
    if wish is None:
        return None
    wanted = _start(wish, answers)
    if wanted <= reachable_return:
        return None
    figures = {"target_return": float(wanted), "reachable_return": reachable_return}
    return Contradiction(Rule.K3, wish.id, wish.id, wish.id, figures)


def cautious_reading(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the sheet as it is scored: without contradictions it is the sheet itself."""
    read = dict(answers)

    def bold(topic: Topic) -> float:
        question = questionnaire.find(topic)
        return 0.0 if question is None else question.boldness(answers[question.id])

    def hold_below(topic: Topic, bound: float) -> None:
        question = questionnaire.find(topic)
        if question is not None and question.boldness(read[question.id]) >= bound:
            read[question.id] = _boldest_below(question, bound)

    for contradiction in find_contradictions(questionnaire, answers):
        match contradiction.rule:
            case Rule.K1:
                hold_below(Topic.PORTFOLIO_CHOICE, BOLD_CHOICE)
            case Rule.K2:
                hold_below(Topic.LOSS, 1.0)
            case Rule.K6:
                hold_below(Topic.PORTFOLIO_CHOICE, bold(Topic.INCOME_GAMBLE) + THREE_STEPS)
                hold_below(Topic.INCOME_GAMBLE, bold(Topic.PORTFOLIO_CHOICE) + THREE_STEPS)
            case Rule.K7:
                hold_below(Topic.EXPERIENCE, 1.0)
            case _:
                pass
    return read


def _boldest_below(question: Question, bound: float) -> str:
    allowed = [option for option in question.options if question.boldness(option.id) < bound]
    return max(allowed, key=lambda option: option.points).id


def _start(question: Question, answers: Mapping[str, str]) -> Decimal:
    span = question.option(answers[question.id]).span
    if span is None:
        raise AssertionError(f"question {question.id} was read without spans")
    return span.start


Finder = Callable[[Questionnaire, Mapping[str, str]], Contradiction | None]


def _pair(
    questionnaire: Questionnaire, answers: Mapping[str, str], first: Topic, second: Topic
) -> tuple[Question, float, Question, float]:
    one, other = questionnaire.of_topic(first)[0], questionnaire.of_topic(second)[0]
    return one, one.boldness(answers[one.id]), other, other.boldness(answers[other.id])


def _k1(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    topics = (Topic.LOSS, Topic.PORTFOLIO_CHOICE)
    loss, accepted, menu, chosen = _pair(questionnaire, answers, *topics)
    if accepted > 0 or chosen < BOLD_CHOICE:
        return None
    return Contradiction(Rule.K1, loss.id, menu.id, menu.id, {})


def _k2(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    loss, accepted, reaction, kept = _pair(questionnaire, answers, Topic.LOSS, Topic.REACTION)
    if accepted < 1 or kept > 0:
        return None
    return Contradiction(Rule.K2, loss.id, reaction.id, loss.id, {})


def _k4(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    topics = (Topic.LIQUID_RESERVE, Topic.SHARE_OF_ASSETS)
    reserve, months, share, kept_out = _pair(questionnaire, answers, *topics)
    if months > 0 or kept_out > 0:
        return None
    return Contradiction(Rule.K4, reserve.id, share.id, reserve.id, {})


def _k5(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    horizon = questionnaire.of_topic(Topic.HORIZON)[0]
    wish = questionnaire.of_topic(Topic.TARGET_RETURN)[0]
    wanted = _start(wish, answers)
    if _start(horizon, answers) >= ONE_YEAR or wanted < HIGHEST_ONE_YEAR_TARGET:
        return None
    return Contradiction(Rule.K5, horizon.id, wish.id, wish.id, {"target_return": float(wanted)})


def _k6(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    topics = (Topic.PORTFOLIO_CHOICE, Topic.INCOME_GAMBLE)
    menu, chosen, gamble, risked = _pair(questionnaire, answers, *topics)
    if abs(chosen - risked) < THREE_STEPS:
        return None
    bolder = menu if chosen > risked else gamble
    return Contradiction(Rule.K6, menu.id, gamble.id, bolder.id, {})


def _k7(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Contradiction | None:
    experience = questionnaire.of_topic(Topic.EXPERIENCE)[0]
    items = questionnaire.of_topic(Topic.OBJECTIVE_ITEM)
    right = sum(item.boldness(answers[item.id]) == 1 for item in items)
    if experience.boldness(answers[experience.id]) < 1 or right >= FEWEST_RIGHT:
        return None
    return Contradiction(
        Rule.K7, experience.id, items[0].id, experience.id, {"right_answers": right}
    )


_FINDERS: dict[Rule, Finder] = {
    Rule.K1: _k1, Rule.K2: _k2, Rule.K4: _k4, Rule.K5: _k5, Rule.K6: _k6, Rule.K7: _k7,
}  # fmt: skip
