"""What is said of exact lots at the terminal: gain and limits apart, every number as it is."""

import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from api.commands.tables import show_proposal
from api.texts import Language, Texts

SIDE: dict[str, Any] = {
    "scores": {"liquidity": 1.0, "protection": 1.0, "safety": 1.0, "growth": 1.0},
    "index": 1.0,
    "expected_return": 0.0,
    "volatility": 0.0,
    "weights": {},
}


def said(language: str, gain: float, closer: float) -> str:
    """Return the lines about exact lots of a proposal without orders, reasons and prices."""
    document: dict[str, Any] = {
        "client_id": "c",
        "as_of": "2026-11-20",
        "profile": {"level": "C3"},
        "before": SIDE,
        "after": SIDE,
        "orders": [],
        "reasons": [],
        "findings": [],
        "conflicts": [],
        "prices": [],
    }
    shown = []
    for exact in ({}, {"exact_lots": {"gain_bp": gain, "closer_bp": closer, "unproven_bp": 0.03}}):
        out = StringIO()
        show_proposal(Console(file=out, width=1000), document | exact, Texts(language))
        shown.append(out.getvalue())
    plain, full = shown
    return "\n".join(line for line in full.splitlines() if line not in plain.splitlines())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("gain", "closer", "keys"),
    [
        (0.16, 0.0, ["terminal.exact_lots"]),
        (0.0, 0.0, ["terminal.exact_lots"]),
        (-0.04, 0.33, ["terminal.exact_lots_loss", "exact_lots.closer"]),
        (0.52, 0.33, ["terminal.exact_lots", "exact_lots.closer"]),
        (27.5, -0.12, ["terminal.exact_lots", "exact_lots.farther"]),
    ],
)
def test_gain_and_limits_are_said_apart_and_their_numbers_can_be_read_back(
    language: str, gain: float, closer: float, keys: list[str]
) -> None:
    lines = [line.strip() for line in said(language, gain, closer).splitlines()]
    texts = Texts(language)
    numbers = [[float(n) for n in re.findall(r"\d+(?:\.\d+)?", line)] for line in lines]
    meant = [abs(gain), *([abs(closer)] if closer else []), 0.03]
    assert [found[0] for found in numbers] == meant
    keys = [*keys, "terminal.exact_lots_unproven"]
    names = ("gain", "loss", "points", "unproven")
    assert lines == [
        texts.say(key, **dict.fromkeys(names, f"{value:g}"))
        for key, value in zip(keys, meant, strict=True)
    ]
