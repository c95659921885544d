"""Evidence about a form as one HTML file: its style and figures are in it, and nothing runs.

The file is opened from a disk or sent by mail, so it names no address and needs no server.
"""

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.documents import statement_document
from api.evidence_charts import stack, whisker
from api.texts import Language, Texts
from risk_profiles.evidence.estimates import Absent, Measured
from risk_profiles.evidence.evaluation import Evaluation
from risk_profiles.evidence.gates import THRESHOLDS, Gate
from risk_profiles.questionnaire import Questionnaire

SHARES = frozenset({Gate.OPTION_SHARE, Gate.RETEST})


def render_evidence_page(evaluation: Evaluation, form: Questionnaire, *, texts: Texts) -> str:
    """Return the page of an evaluation.

    Args:
        evaluation: What was found.
        form: The form it was found about; its questions are shown in full.
        texts: The reader's language.
    """
    environment = Environment(
        loader=PackageLoader("api", "reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    wording = EvidenceWording(texts)
    return environment.get_template("evidence.html").render(
        evaluation=evaluation,
        form=form,
        texts=texts,
        t=texts.say,
        language="zh-CN" if texts.language is Language.ZH else "en",
        wording=wording,
        whisker=whisker,
        stack=stack,
        thresholds=THRESHOLDS,
    )


class EvidenceWording:
    """How figures are written, at a terminal and on the page."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def share(self, figure: Measured) -> str:
        """Return a share with its interval in percent, or why it is absent."""
        if isinstance(figure, Absent):
            return self._reason(figure)
        value, low, high = (
            self.texts.percent(one, places=1) for one in (figure.value, figure.low, figure.high)
        )
        return self.texts.say("report.interval", value=value, low=low, high=high)

    def coefficient(self, figure: Measured) -> str:
        """Return a correlation or an alpha with its interval, or why it is absent."""
        if isinstance(figure, Absent):
            return self._reason(figure)
        value, low, high = (_coefficient(one) for one in (figure.value, figure.low, figure.high))
        return self.texts.say("report.interval", value=value, low=low, high=high)

    def at_gate(self, gate: Gate, figure: Measured) -> str:
        """Return a figure as its gate compares it."""
        return self.share(figure) if gate in SHARES else self.coefficient(figure)

    def requirement(self, gate: Gate) -> str:
        """Return what a gate asks for."""
        threshold = THRESHOLDS[gate]
        shown = self.texts.percent(threshold) if gate in SHARES else _coefficient(threshold)
        key = "report.at_most" if gate is Gate.OPTION_SHARE else "report.at_least"
        return self.texts.say(key, threshold=shown)

    def about(self, gate: Gate, about: str) -> str:
        """Return which question decides, where a gate looks at many."""
        is_about_questions = gate in (Gate.ITEM_TOTAL, Gate.OPTION_SHARE)
        return self.texts.say("report.decides", about=about) if is_about_questions else ""

    def _reason(self, figure: Absent) -> str:
        return self.texts.statement(statement_document(figure.reason))


def _coefficient(value: float) -> str:
    rounded = round(value, 2) + 0.0  # adding zero turns -0.0 into 0.0
    return f"{rounded:.2f}"
