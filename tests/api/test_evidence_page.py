"""The page of evidence: everything found is on it, in both languages, and nothing runs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.evidence_charts import stack, whisker
from api.evidence_documents import evaluation_document
from api.evidence_page import EvidenceWording, render_evidence_page
from api.texts import Language, Texts, localize
from risk_profiles.evidence.estimates import Estimate, absent
from risk_profiles.evidence.evaluation import Evaluation, Figure, evaluate
from risk_profiles.evidence.gates import Gate, Verdict
from risk_profiles.evidence.simulated_answers import simulate_answers
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

API = Path(__file__).parents[2] / "api"
FORM = load_default_questionnaire()
SOURCES = (
    API / "reports/evidence.html",
    API / "evidence_page.py",
    API / "commands/evidence_tables.py",
)
ABSENCES = (
    "constant_item", "too_few_items", "too_few_respondents", "unstable", "no_variation",
    "no_second_round", "no_held_shares", "nobody_of_level",
)  # fmt: skip


class Visible(HTMLParser):
    """Collects the text of a page, its tags and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", [""], [("", "")]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def evaluation(rounds: int = 2) -> Evaluation:
    answers = simulate_answers(FORM, respondents=60, loading=0.6, rounds=rounds, seed=3)
    return evaluate(FORM, answers, draws=100)


def page(language: Language, found: Evaluation | None = None) -> str:
    return render_evidence_page(found or evaluation(), FORM, texts=Texts(language))


@pytest.mark.parametrize("language", Language)
def test_every_question_and_option_and_figure_is_on_the_page(language: Language) -> None:
    found = evaluation()
    text = " ".join(Visible(page(language, found)).text.split())
    wording = EvidenceWording(Texts(language))
    for question in FORM.questions:
        assert question.text[language] in text
        for option in question.options:
            assert option.text[language] in text
    for item in found.items:
        for share in item.option_shares.values():
            assert wording.share(share) in text
        if item.item_total is not None:
            assert wording.coefficient(item.item_total) in text
    for scale in found.scales:
        assert wording.coefficient(scale.alpha) in text
    for result in found.gates:
        assert Texts(language).say(f"report.verdict.{result.verdict}") in text


@pytest.mark.parametrize("language", Language)
def test_the_page_stands_alone_and_runs_nothing(language: Language) -> None:
    found = Visible(page(language))
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "style"]
    assert not [value for name, value in found.attributes if name in ("src", "href")]
    assert "url(" not in page(language)
    assert not re.search(r"\bnan\b|\binf\b|Estimate\(|Absent\(", page(language))


def test_the_words_of_a_form_are_shown_and_not_run() -> None:
    source = (API.parent / "risk_profiles/questionnaires/cn_2026_2.toml").read_text("utf-8")
    hostile = "<script>alert(1)</script>"
    form = parse_questionnaire(source.replace("Within 1 year", hostile))
    shown = render_evidence_page(evaluation(), form, texts=Texts("en"))
    assert hostile not in shown
    assert "&lt;script&gt;" in shown


def test_what_is_absent_is_said_in_words() -> None:
    for language in Language:
        text = Visible(page(language, evaluation(rounds=1))).text
        for code, about in (("no_second_round", "round"), ("no_held_shares", "held_equity_share")):
            assert Texts(language).say(f"evidence.{code}", about=about) in text


@pytest.mark.parametrize("language", Language)
def test_every_text_of_the_report_is_there_and_used(language: Language) -> None:
    named = {
        key
        for path in SOURCES
        for key in re.findall(r"report\.[\w.]*\w", path.read_text(encoding="utf-8"))
    }
    named |= {f"report.gate.{one}" for one in Gate}
    named |= {f"report.verdict.{one}" for one in Verdict}
    named |= {f"report.trait.{one}" for one in Trait}
    named |= {f"report.figure.{one}" for one in Figure}
    named |= {"report.gates", "report.requirement", "report.verdict", "report.result"}
    catalogue = API / f"locales/{language}/LC_MESSAGES/messages.po"
    keys = set(re.findall(r'^msgid "(report\.[\w.]+)"$', catalogue.read_text("utf-8"), re.M))
    assert keys - named == set()
    unfinished = {"report.gate", "report.trait", "report.figure"}
    assert named - keys <= unfinished


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", ABSENCES)
def test_every_absence_says_what_it_is_about_and_holds_no_number(
    language: Language, code: str
) -> None:
    text = EvidenceWording(Texts(language)).share(absent(code, "q4"))
    assert "q4" in text
    assert not re.search(r"\d", text.replace("q4", ""))


def test_figures_are_written_with_their_interval() -> None:
    wording = EvidenceWording(Texts("en"))
    figure = Estimate(0.7449, -0.0004, 0.9996, 1000)
    assert wording.coefficient(figure) == "0.74 (0.00 to 1.00)"
    assert wording.share(Estimate(0.251, 0.2, 0.3049, 1000)) == "25.1% (20% to 30.5%)"
    assert wording.requirement(Gate.OPTION_SHARE) == "at most 70%"
    assert wording.requirement(Gate.RETEST) == "at least 95%"
    assert wording.requirement(Gate.ITEM_TOTAL) == "at least 0.25"


def lines(chart: str, name: str) -> list[tuple[str, str]]:
    return re.findall(rf'<line class="{name}" x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"', chart)


def test_a_whisker_stands_where_its_figures_are() -> None:
    chart = whisker(Estimate(0.5, 0.25, 0.7, 100), low=-1.0, high=1.0, gate=0.0)
    assert lines(chart, "point") == [("75.00", "75.00")]
    reach = [("62.50", "85.00"), ("62.50", "62.50"), ("85.00", "85.00")]
    assert lines(chart, "reach") == reach
    assert lines(chart, "gate") == [("50.00", "50.00")]
    assert lines(chart, "zero") == [("50.00", "50.00")]


def test_what_lies_beyond_the_axis_is_drawn_at_its_end_and_nothing_where_absent() -> None:
    beyond = whisker(Estimate(-0.5, -0.6, 1.2, 100))
    assert lines(beyond, "point") == [("0.00", "0.00")]
    assert lines(beyond, "reach")[0] == ("0.00", "100.00")
    nothing = whisker(absent("unstable", "q4"), gate=0.7)
    assert lines(nothing, "point") == lines(nothing, "reach") == []
    assert lines(nothing, "gate") == [("70.00", "70.00")]


def test_a_stack_is_divided_by_shares() -> None:
    chart = stack([Estimate(share, 0, 1, 100) for share in (0.25, 0.0, 0.75)])
    found = re.findall(r'<rect class="(part-\d)" x="([\d.]+)" y="2" width="([\d.]+)"', chart)
    assert found == [
        ("part-0", "0.00", "25.00"), ("part-1", "25.00", "0.00"), ("part-2", "25.00", "75.00"),
    ]  # fmt: skip


def test_the_document_carries_every_figure_or_a_sentence() -> None:
    document = localize(evaluation_document(evaluation(rounds=1)), Texts("en"))
    assert isinstance(document, dict)
    assert document["retest"]["absent"]["text"].startswith("Nobody answered twice")
    assert set(document["levels"]) == {"C1", "C2", "C3", "C4", "C5"}
    assert set(document["levels"]["C1"]) == {"value", "low", "high", "draws"}
    assert [gate["gate"] for gate in document["gates"]] == list(Gate)
