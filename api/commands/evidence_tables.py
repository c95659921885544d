"""Evidence about a form as tables for people at a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.evidence_page import EvidenceWording
from api.texts import Texts
from risk_profiles.evidence.estimates import Absent, Measured
from risk_profiles.evidence.evaluation import Evaluation
from risk_profiles.evidence.gates import Verdict

_STYLES = {Verdict.MET: "green", Verdict.NOT_MET: "red", Verdict.UNDECIDED: "yellow"}


def show_evaluation(console: Console, evaluation: Evaluation, texts: Texts) -> None:
    """Print the verdicts and the figures; the shares of options are in the JSON and the page."""
    wording, say = EvidenceWording(texts), texts.say
    console.print(
        say(
            "report.lead",
            version=evaluation.form_version,
            respondents=texts.integer(evaluation.respondents),
            retested=texts.integer(evaluation.retested),
        )
    )
    if evaluation.is_weighted:
        console.print(
            say("report.weighted", effective=texts.integer(evaluation.effective_respondents))
        )
    headings = ("gates", "requirement", "verdict", "result")
    verdicts = Table(*(say(f"report.{c}") for c in headings), box=None)
    for result in evaluation.gates:
        decides = wording.about(result.gate, result.about)
        figure = wording.at_gate(result.gate, result.worst)
        verdicts.add_row(
            say(f"report.gate.{result.gate}"),
            wording.requirement(result.gate),
            f"[{_STYLES[result.verdict]}]{say(f'report.verdict.{result.verdict}')}[/]",
            escape(f"{figure}  {decides}".strip()),
        )
    console.print(verdicts)
    scales = [
        (
            say(
                "report.scale",
                trait=say(f"report.trait.{scale.trait}"),
                count=len(scale.questions),
            ),
            wording.coefficient(scale.alpha),
        )
        for scale in evaluation.scales
    ]
    console.print(_table(say("report.scales"), scales, texts))
    items = [
        (
            f"{item.question}  {say(f'report.trait.{item.trait}')}",
            wording.coefficient(item.item_total),
        )
        for item in evaluation.items
        if item.item_total is not None
    ]
    console.print(_table(say("report.item_total"), items, texts))
    shares: list[tuple[str, Measured]] = [
        (say(f"profile_level.{level}"), share) for level, share in evaluation.levels.items()
    ]
    shares.append((say("report.needs_review"), evaluation.needs_review))
    rows = [(name, wording.share(share)) for name, share in shares]
    console.print(_table(say("report.levels"), rows, texts))
    _show_retest(console, evaluation, wording)
    _show_validity(console, evaluation, wording)


def _show_retest(console: Console, evaluation: Evaluation, wording: EvidenceWording) -> None:
    agreement, say = evaluation.agreement, wording.texts.say
    if isinstance(agreement, Absent):
        console.print(escape(wording.share(agreement)))
        return
    rows = [
        (say("report.same_level"), wording.share(agreement.same_level)),
        (say("report.within_one"), wording.share(agreement.within_one)),
        (say("report.level_correlation"), wording.coefficient(agreement.level_correlation)),
        (say("report.score_correlation"), wording.coefficient(agreement.score_correlation)),
    ]
    console.print(_table(say("report.retest"), rows, wording.texts))


def _show_validity(console: Console, evaluation: Evaluation, wording: EvidenceWording) -> None:
    validity, say = evaluation.validity, wording.texts.say
    if isinstance(validity, Absent):
        console.print(escape(wording.share(validity)))
        return
    rows = [
        (say(f"report.figure.{figure}"), wording.coefficient(found))
        for figure, found in validity.rank_correlations.items()
    ]
    console.print(_table(say("report.validity"), rows, wording.texts))
    means = [
        (say(f"profile_level.{level}"), wording.share(share))
        for level, share in validity.mean_shares.items()
    ]
    console.print(_table(say("report.mean_shares"), means, wording.texts))


def _table(title: str, rows: Iterable[tuple[str, str]], texts: Texts) -> Table:
    table = Table(title, texts.say("report.result"), box=None)
    for name, figure in rows:
        table.add_row(escape(name), escape(figure))
    return table
