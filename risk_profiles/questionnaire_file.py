"""Reading a questionnaire: a TOML file that a compliance officer can edit becomes types.

A malformed file is refused whole. Each problem names the question and the option it stands in:
/question/q4/options/b/points. The format is described in docs/questionnaire.md.
"""

import hashlib
import tomllib
from decimal import Decimal, InvalidOperation
from importlib.resources import files

from allocator.errors import InputError
from risk_profiles.form_fields import FieldReader, is_number, is_printed, name_of
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    OPTION_ID,
    QUESTION_ID,
    TOPICS_OF_RULES,
    TOPICS_WITH_SPANS,
    AgeBand,
    CapReason,
    Option,
    Purpose,
    Question,
    Questionnaire,
    Rule,
    Scoring,
    Span,
    Topic,
    Trait,
)
from risk_profiles.scoring import SCORED, score_range, sum_range

DEFAULT_QUESTIONNAIRE = "questionnaires/cn_2026_2.toml"
LANGUAGES = ("zh", "en")
# The wording of K3 states the figure the wish was compared with.
FIGURE_OF_WISH = "{reachable_return}"
EDGE_COUNT = len(ProfileLevel) - 1
_HIGHEST_WEIGHT = 100.0
_HIGHEST_AGE = 150
_LONGEST_VERSION = 40
# A mean of traits lies between 0 and 100; a sum may count in any points, negative ones too.
_POINTS = {Scoring.LOWER_OF_TRAITS: (0.0, 100.0), Scoring.SUM: (-1000.0, 1000.0)}

_FORM_FIELDS = {
    "version", "scoring", "edges", "age_weight", "lift_knowledge", "age_band", "question",
    "follow_up",
}  # fmt: skip
_QUESTION_FIELDS = {
    "id", "trait", "topic", "weight", "zh", "en", "rationale", "source", "cap_reason", "options",
}  # fmt: skip
_OPTION_FIELDS = {"id", "points", "cap", "from", "to", "purpose", "lowest_class", "zh", "en"}


def load_default_questionnaire() -> Questionnaire:
    """Return the questionnaire that ships with the package."""
    text = (files("risk_profiles") / DEFAULT_QUESTIONNAIRE).read_text(encoding="utf-8")
    return parse_questionnaire(text, name=DEFAULT_QUESTIONNAIRE)


def parse_questionnaire(text: str, *, name: str = "the questionnaire") -> Questionnaire:
    """Read a questionnaire from TOML text.

    Args:
        text: The file's content.
        name: What errors call the file.

    Raises:
        InputError: code invalid_questionnaire; unreadable TOML, or questions, options, edges or
            age bands that cannot be used, one problem each.
    """
    document = _document(text, name=name)
    reader = _Reader()
    questionnaire = reader.form(document, hashlib.sha256(text.encode()).hexdigest())
    if not reader.problems:
        reader.check_whole(questionnaire)
    if reader.problems:
        raise InputError(
            f"{name} cannot be used", code="invalid_questionnaire", problems=reader.problems
        )
    return questionnaire


def _document(text: str, *, name: str) -> dict[str, object]:
    try:
        # Some editors begin a UTF-8 file with a byte order mark.
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        detail = str(error)
    except (ValueError, InvalidOperation):
        detail = "a number in it is too long"
    except RecursionError:
        detail = "it is nested too deeply"
    raise InputError(f"{name} is not TOML: {detail}", code="invalid_questionnaire")


class _Reader(FieldReader):
    """Reads a form part by part; placeholders never leave `parse`."""

    def __init__(self) -> None:
        super().__init__()
        self.points_range = _POINTS[Scoring.LOWER_OF_TRAITS]

    # ---- the form and its parts ----------------------------------------------------------------

    def form(self, document: dict[str, object], content_hash: str) -> Questionnaire:
        self.refuse_unknown(document, _FORM_FIELDS, "")
        scoring = self.member(document, "scoring", "", Scoring, required=True)
        self.points_range = _POINTS[scoring or Scoring.LOWER_OF_TRAITS]
        knows_lift = "lift_knowledge" in document
        return Questionnaire(
            version=self.version(document),
            content_hash=content_hash,
            scoring=scoring or Scoring.LOWER_OF_TRAITS,
            edges=self.edges(document),
            questions=tuple(
                self.question(row, f"/question/{name_of(row, 'id', place)}")
                for place, row in enumerate(self.tables(document, "question", ""))
            ),
            age_weight=self.quarters(document, "age_weight", "", highest=_HIGHEST_WEIGHT),
            age_bands=tuple(
                self.age_band(row, f"/age_band/{place}")
                for place, row in enumerate(self.tables(document, "age_band", ""))
            ),
            lift_knowledge=self.number(document, "lift_knowledge", "", highest=100.0)
            if knows_lift
            else None,
            follow_ups=self.follow_ups(document),
        )

    def version(self, document: dict[str, object]) -> str:
        found = self.text(document, "version", "")
        if len(found) > _LONGEST_VERSION or not is_printed(found):
            self.complain(
                "/version", f"must be at most {_LONGEST_VERSION} visible characters", found
            )
        return found

    def edges(self, document: dict[str, object]) -> tuple[float, ...]:
        found = document.get("edges")
        if isinstance(found, list) and len(found) == EDGE_COUNT and all(map(is_number, found)):
            edges = tuple(float(str(edge)) for edge in found)
            if list(edges) == sorted(set(edges)):
                return edges
        self.complain("/edges", f"must be {EDGE_COUNT} rising numbers", found)
        return tuple(float(place) for place in range(EDGE_COUNT))

    def question(self, row: dict[str, object], field: str) -> Question:
        self.refuse_unknown(row, _QUESTION_FIELDS, field)
        topic = self.member(row, "topic", field, Topic)
        options = tuple(
            self.option(one, f"{field}/options/{name_of(one, 'id', place)}", topic)
            for place, one in enumerate(self.tables(row, "options", field))
        )
        if len(options) < 2 or len({option.id for option in options}) != len(options):
            self.complain(f"{field}/options", "must be two or more with different ids")
        if len(options) > MOST_OPTIONS:
            self.complain(f"{field}/options", f"must be at most {MOST_OPTIONS}", len(options))
        reason = self.member(row, "cap_reason", field, CapReason)
        if any(option.cap is not None for option in options) != (reason is not None):
            self.complain(f"{field}/cap_reason", "goes together with a cap on some option")
        trait = self.member(row, "trait", field, Trait, required=True) or Trait.NEED
        weight = self.quarters(row, "weight", field, highest=_HIGHEST_WEIGHT)
        if (weight > 0) == (trait is Trait.NEED):
            detail = "must be 0 for a need and above 0 otherwise"
            self.complain(f"{field}/weight", detail, weight)
        return Question(
            id=self.id(row, field, QUESTION_ID),
            trait=trait,
            weight=weight,
            text={language: self.text(row, language, field) for language in LANGUAGES},
            options=options,
            rationale=self.text(row, "rationale", field),
            source=self.text(row, "source", field),
            topic=topic,
            cap_reason=reason,
        )

    def option(self, row: dict[str, object], field: str, topic: Topic | None) -> Option:
        self.refuse_unknown(row, _OPTION_FIELDS, field)
        lowest, highest = self.points_range
        purpose = self.member(row, "purpose", field, Purpose, required=topic is Topic.PURPOSE)
        if purpose is not None and topic is not Topic.PURPOSE:
            self.complain(f"{field}/purpose", "belongs to the question on purpose only", purpose)
        if topic in TOPICS_WITH_SPANS and "from" not in row:
            self.complain(f"{field}/from", f"is missing and rules on {topic} read it")
        lowest_class = row.get("lowest_class", False)
        if not isinstance(lowest_class, bool):
            self.complain(f"{field}/lowest_class", "must be true or false", lowest_class)
        return Option(
            id=self.id(row, field, OPTION_ID),
            text={language: self.text(row, language, field) for language in LANGUAGES},
            points=self.quarters(row, "points", field, lowest=lowest, highest=highest),
            cap=self.member(row, "cap", field, ProfileLevel),
            span=self.span(row, field),
            purpose=purpose,
            is_lowest_class=lowest_class is True,
        )

    def span(self, row: dict[str, object], field: str) -> Span | None:
        if "from" not in row:
            if "to" in row:
                self.complain(f"{field}/to", "needs a `from`", row["to"])
            return None
        start = self.figure(row, "from", field)
        end = self.figure(row, "to", field) if "to" in row else None
        if end is not None and end < start:
            self.complain(f"{field}/to", f"must not lie below {start}", row["to"])
        return Span(start, end)

    def age_band(self, row: dict[str, object], field: str) -> AgeBand:
        self.refuse_unknown(row, {"below", "points", "cap", "lifted_cap"}, field)
        below = None
        if "below" in row:
            below = self.whole(row, "below", field, lowest=1, highest=_HIGHEST_AGE)
        lowest, highest = self.points_range
        cap = self.member(row, "cap", field, ProfileLevel)
        lifted = self.member(row, "lifted_cap", field, ProfileLevel)
        if lifted is not None and (cap is None or lifted.rank <= cap.rank):
            self.complain(f"{field}/lifted_cap", "must lie above the band's cap", lifted)
        points = self.quarters(row, "points", field, lowest=lowest, highest=highest)
        return AgeBand(below, points, cap, lifted)

    def follow_ups(self, document: dict[str, object]) -> dict[Rule, dict[str, str]]:
        found: dict[Rule, dict[str, str]] = {}
        rows = self.tables(document, "follow_up", "") if "follow_up" in document else []
        for place, row in enumerate(rows):
            field = f"/follow_up/{name_of(row, 'rule', place)}"
            self.refuse_unknown(row, {"rule", *LANGUAGES}, field)
            rule = self.member(row, "rule", field, Rule, required=True)
            if rule in found:
                self.complain(f"{field}/rule", "is used twice", rule)
            if rule is not None:
                found[rule] = {language: self.text(row, language, field) for language in LANGUAGES}
        return found

    # ---- the form as a whole -------------------------------------------------------------------

    def check_whole(self, form: Questionnaire) -> None:
        ids = [question.id for question in form.questions]
        if len(ids) > MOST_QUESTIONS:
            self.complain("/question", f"must be asked at most {MOST_QUESTIONS} times", len(ids))
        for question_id in sorted({one for one in ids if ids.count(one) > 1}):
            self.complain(f"/question/{question_id}/id", "is used twice", question_id, "rename one")
        for trait in SCORED:
            low, high = sum_range(form, trait)
            if not form.of_trait(trait):
                self.complain("/question", f"asks nothing about {trait}", None, "add a question")
            elif low == high:
                remedy = "give the options different points"
                self.complain("/question", f"tells nobody apart by {trait}", low, remedy)
        for topic in set(Topic) - {Topic.OBJECTIVE_ITEM}:
            for other in form.of_topic(topic)[1:]:
                self.complain(f"/question/{other.id}/topic", "is asked about twice", topic)
        ends = [band.below for band in form.age_bands]
        inner = [end for end in ends[:-1] if end is not None]
        if ends[-1:] != [None] or len(inner) != len(ends) - 1 or inner != sorted(set(inner)):
            self.complain("/age_band", "must rise in `below`, and only the last has none")
        lowest, highest = score_range(form)
        if not lowest < form.edges[0] or not form.edges[-1] <= highest:
            detail = f"must lie above {lowest:g} and reach no further than {highest:g}"
            self.complain("/edges", f"{detail}, the scores this form can give", list(form.edges))
        self.check_follow_ups(form)

    def check_follow_ups(self, form: Questionnaire) -> None:
        for rule in Rule:
            topics = " and ".join(dict.fromkeys(TOPICS_OF_RULES[rule]))
            field = f"/follow_up/{rule}"
            if form.asks_about(rule) and rule not in form.follow_ups:
                self.complain(field, f"is missing, and the form asks about {topics}")
            for language, text in form.follow_ups.get(rule, {}).items():
                figure = FIGURE_OF_WISH if rule is Rule.K3 else ""
                if figure not in text:
                    self.complain(f"{field}/{language}", f"must name {figure}", text)
                if set("{}") & set(text.replace(figure, "") if figure else text):
                    known = f"no braces but {figure}" if figure else "no braces"
                    self.complain(f"{field}/{language}", f"must hold {known}", text)
            if rule in form.follow_ups and not form.asks_about(rule):
                self.complain(field, f"can never be asked: the form asks nothing about {topics}")
