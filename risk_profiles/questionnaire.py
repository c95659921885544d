"""The questionnaire: what is asked, what an answer is worth, and which level it allows.

Two ways of scoring are known. `lower_of_traits` takes the weighted mean of each trait and lets the
lower of capacity and tolerance decide; `sum` adds the points of all questions, which may be
negative. Either way four edges cut the score into five levels, and the cap of an answer can only
lower the level: a cap on a single option is what banks call a forced class.

Rules beyond the score (contradictions, lock-ups, comparison with records) know a question by its
topic, never by its id, so a form may number and word its questions as it likes, and a rule whose
topics a form does not ask about stays silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from risk_profiles.levels import ProfileLevel

# Ids are words of programs: in answers, addresses and files.
QUESTION_ID = r"[a-z][a-z0-9_]{0,15}"
OPTION_ID = r"[a-z0-9]{1,3}"
# A sheet that is sent holds one answer a question; a terminal has 25 letters besides q, which
# leaves.
MOST_QUESTIONS = 60
MOST_OPTIONS = 25


class Scoring(StrEnum):
    """How answers become one score."""

    LOWER_OF_TRAITS = "lower_of_traits"
    SUM = "sum"


class Trait(StrEnum):
    """What a question measures; a need is asked and never scored."""

    CAPACITY = "capacity"
    TOLERANCE = "tolerance"
    KNOWLEDGE = "knowledge"
    NEED = "need"


class Topic(StrEnum):
    """What rules know a question as."""

    INCOME_STABILITY = "income_stability"
    MONTHLY_SURPLUS = "monthly_surplus"  # span: share of income that is left
    LIQUID_RESERVE = "liquid_reserve"  # span: months of essential spending
    DEBT_SERVICE = "debt_service"  # span: share of income that repays loans
    DEPENDANTS = "dependants"
    HORIZON = "horizon"  # span: years
    SHARE_OF_ASSETS = "share_of_assets"  # span: share of financial assets
    LOSS = "loss"  # span: share of the money that may be lost
    REACTION = "reaction"
    PORTFOLIO_CHOICE = "portfolio_choice"
    INCOME_GAMBLE = "income_gamble"
    EXPERIENCE = "experience"
    OBJECTIVE_ITEM = "objective_item"  # the one topic that several questions may share
    TARGET_RETURN = "target_return"  # span: return per year
    PURPOSE = "purpose"


# Questions on these topics state a span on every option, because a rule computes with it.
TOPICS_WITH_SPANS = frozenset(
    {
        Topic.MONTHLY_SURPLUS,
        Topic.LIQUID_RESERVE,
        Topic.DEBT_SERVICE,
        Topic.HORIZON,
        Topic.TARGET_RETURN,
    }
)


class Rule(StrEnum):
    """A contradiction that one more question can settle (`risk_profiles.contradictions`)."""

    K1 = "k1"
    K2 = "k2"
    K3 = "k3"
    K4 = "k4"
    K5 = "k5"
    K6 = "k6"
    K7 = "k7"


# A rule speaks when the form asks about both topics.
TOPICS_OF_RULES: dict[Rule, tuple[Topic, Topic]] = {
    Rule.K1: (Topic.LOSS, Topic.PORTFOLIO_CHOICE),
    Rule.K2: (Topic.LOSS, Topic.REACTION),
    Rule.K3: (Topic.TARGET_RETURN, Topic.TARGET_RETURN),
    Rule.K4: (Topic.LIQUID_RESERVE, Topic.SHARE_OF_ASSETS),
    Rule.K5: (Topic.HORIZON, Topic.TARGET_RETURN),
    Rule.K6: (Topic.PORTFOLIO_CHOICE, Topic.INCOME_GAMBLE),
    Rule.K7: (Topic.EXPERIENCE, Topic.OBJECTIVE_ITEM),
}


class CapReason(StrEnum):
    """Why an answer, or age, limits the level."""

    HORIZON = "cap_horizon"
    LOSS = "cap_loss"
    EXPERIENCE = "cap_experience"
    ANSWER = "cap_answer"  # one answer forces the class, whatever the rest says
    AGE = "cap_age"


class Purpose(StrEnum):
    """What the money is for; it explains advice and changes none."""

    RESERVE = "reserve"
    RETIREMENT = "retirement"
    GROWTH = "growth"
    DIVERSIFICATION = "diversification"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Span:
    """What an answer means in figures: from `start` up to `end`, which None leaves open."""

    start: Decimal
    end: Decimal | None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer.

    Attributes:
        text: What is shown, by language.
        points: What it is worth before the question's weight.
        cap: The highest level it allows; None allows all.
        span: What it means in figures, where a rule reads them.
        purpose: What the money is for, on the question that asks so.
        is_lowest_class: At level C1 it puts the client into the class to which nothing above the
            level may be sold, even when asked for.
    """

    id: str
    text: Mapping[str, str]
    points: float
    cap: ProfileLevel | None = None
    span: Span | None = None
    purpose: Purpose | None = None
    is_lowest_class: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One question; options stand in the order they are shown."""

    id: str
    trait: Trait
    weight: float
    text: Mapping[str, str]
    options: tuple[Option, ...]
    rationale: str
    source: str
    topic: Topic | None = None
    cap_reason: CapReason | None = None

    def option(self, option_id: str) -> Option:
        """Return one option of a sheet that `check_answers` accepted."""
        return next(option for option in self.options if option.id == option_id)

    @property
    def lowest_points(self) -> float:
        """Points of the most cautious answer."""
        return min(option.points for option in self.options)

    @property
    def highest_points(self) -> float:
        """Points of the boldest answer."""
        return max(option.points for option in self.options)

    def boldness(self, option_id: str) -> float:
        """Return where an answer stands between the most cautious (0) and the boldest (1)."""
        low, high = self.lowest_points, self.highest_points
        return (self.option(option_id).points - low) / (high - low) if high > low else 0.0


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Points and cap for ages below `below`; the last band has no end.

    `lifted_cap` takes the cap's place once a person of the bank and the client have confirmed it.
    """

    below: int | None
    points: float
    cap: ProfileLevel | None = None
    lifted_cap: ProfileLevel | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of a form. Age is a capacity item that is read, not asked.

    Attributes:
        edges: Four scores, in the form's own points, at which C2, C3, C4 and C5 begin.
        age_weight: Weight of the age band's points among the capacity items.
        lift_knowledge: Knowledge score from which a cap of age may be lifted; None: never.
        follow_ups: What is asked again when a rule finds a contradiction, by language.
    """

    version: str
    content_hash: str
    scoring: Scoring
    edges: tuple[float, ...]
    questions: tuple[Question, ...]
    age_weight: float
    age_bands: tuple[AgeBand, ...]
    lift_knowledge: float | None
    follow_ups: Mapping[Rule, Mapping[str, str]]

    def __getitem__(self, question_id: str) -> Question:
        return next(question for question in self.questions if question.id == question_id)

    def of_trait(self, trait: Trait) -> tuple[Question, ...]:
        """Return the questions that measure one trait."""
        return tuple(question for question in self.questions if question.trait is trait)

    def of_topic(self, topic: Topic) -> tuple[Question, ...]:
        """Return the questions on a topic, in the order they are asked."""
        return tuple(question for question in self.questions if question.topic is topic)

    def find(self, topic: Topic) -> Question | None:
        """Return the first question on a topic, or None when the form does not ask."""
        return next(iter(self.of_topic(topic)), None)

    def asks_about(self, rule: Rule) -> bool:
        """Return whether the form asks what a rule compares."""
        return all(self.find(topic) is not None for topic in TOPICS_OF_RULES[rule])

    def age_band(self, age: int) -> AgeBand:
        """Return the band of an age in completed years."""
        return next(b for b in self.age_bands if b.below is None or age < b.below)
