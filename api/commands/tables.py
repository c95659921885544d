"""Documents as tables for people at a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from allocator.product_classes import Dimension
from api.commands.sentences import Sentence
from api.limit_documents import said_below_findings
from api.texts import Texts


def show_diagnosis(console: Console, document: Mapping[str, Any], texts: Texts) -> None:
    """Print index, scores, weights, findings and what income to come does."""
    level = texts.say(f"profile_level.{document['profile']['level']}")
    console.print(f"[bold]{document['client_id']}[/bold]  {level}  {document['as_of']}")
    console.print(_scores({"": document}, texts))
    console.print(_weights({"": document["weights"]}, texts))
    show_statements(console, document["findings"], said_below_findings(document["conflicts"]))
    if document["life_cycle"]["reasons"]:
        console.print(Sentence(texts.say("terminal.life_cycle"), style="bold"))
        show_statements(console, document["life_cycle"]["reasons"])


def show_proposal(console: Console, document: Mapping[str, Any], texts: Texts) -> None:
    """Print before and after, the orders and the reasons."""
    before, after = document["before"], document["after"]
    level = texts.say(f"profile_level.{document['profile']['level']}")
    console.print(f"[bold]{document['client_id']}[/bold]  {level}  {document['as_of']}")
    sides = {texts.say("terminal.before"): before, texts.say("terminal.after"): after}
    console.print(_scores(sides, texts))
    console.print(_weights({name: side["weights"] for name, side in sides.items()}, texts))
    orders = Table(
        "#", *(texts.say(f"terminal.{c}") for c in ("side", "product")), title=None, box=None
    )
    for column in ("amount", "fee"):
        orders.add_column(texts.say(f"terminal.{column}"), justify="right")
    for order in document["orders"]:
        orders.add_row(
            str(order["line"]),
            texts.say(f"side.{order['side']}"),
            f"{order['risk_level']} {order[f'name_{texts.language}']}",
            texts.money(order["amount"]),
            texts.money(order["fee"]),
        )
    console.print(orders)
    if "exact_lots" in document:
        for sentence in _exact_lots(document["exact_lots"], texts):
            console.print(Sentence(sentence))
    show_statements(
        console,
        [*document.get("notices", ()), *document["reasons"], *document["findings"]],
        said_below_findings(document["conflicts"]),
    )
    if document["prices"]:
        console.print(Sentence(texts.say("terminal.prices"), style="bold"))
        show_statements(console, [s for price in document["prices"] for s in price["statements"]])


def show_statements(
    console: Console,
    statements: Sequence[Mapping[str, Any]],
    below: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> None:
    """Print statements, one a line, marked by severity; `below` a code, what else is said of it."""
    marks = {"warning": "[red]![/red]", "notice": "·", "strength": "[green]✓[/green]"}
    rows = Table.grid(padding=(0, 1))
    for statement in statements:
        rows.add_row("", marks[statement["severity"]], Sentence(statement["text"]))
        for further in (below or {}).get(statement["code"], ()):
            rows.add_row("", "", Sentence(further["text"]))
    console.print(rows)


def _exact_lots(exact: Mapping[str, float], texts: Texts) -> Iterator[str]:
    """Say what exact lots gain or cost, how limits fare by them, and what is unproven."""
    gain, closer, unproven = exact["gain_bp"], exact["closer_bp"], exact["unproven_bp"]
    points, nearness = (texts.decimal(abs(value), places=2) for value in (gain, closer))
    if gain < 0:
        yield texts.say("terminal.exact_lots_loss", loss=points)
    else:
        yield texts.say("terminal.exact_lots", gain=points)
    if closer > 0:
        yield texts.say("exact_lots.closer", points=nearness)
    elif closer < 0:
        yield texts.say("exact_lots.farther", points=nearness)
    yield texts.say("terminal.exact_lots_unproven", unproven=texts.decimal(unproven, places=2))


def _scores(sides: Mapping[str, Mapping[str, Any]], texts: Texts) -> Table:
    table = Table(box=None)
    table.add_column("")
    for column in (*(f"dimension.{d}" for d in Dimension), "terminal.index"):
        table.add_column(texts.say(column), justify="right")
    for column in ("expected_return", "volatility"):
        table.add_column(texts.say(f"terminal.{column}"), justify="right")
    for name, side in sides.items():
        table.add_row(
            name,
            *(texts.number(side["scores"][d]) for d in Dimension),
            f"[bold]{texts.number(side['index'])}[/bold]",
            texts.percent(side["expected_return"]),
            texts.percent(side["volatility"]),
        )
    return table


def _weights(sides: Mapping[str, Mapping[str, float]], texts: Texts) -> Table:
    table = Table(box=None)
    table.add_column(texts.say("terminal.product_class"))
    for name in sides:
        table.add_column(name, justify="right")
    classes = dict.fromkeys(c for weights in sides.values() for c in weights)
    for product_class in classes:
        values = [weights.get(product_class, 0.0) for weights in sides.values()]
        if max(values) >= 0.0005:
            shares = [texts.percent(value, places=1) for value in values]
            table.add_row(texts.say(f"class.{product_class}"), *shares)
    return table
