"""Advice as language-free JSON documents: what is stored, hashed, replayed and localized.

Weights and yearly rates are rounded to six decimals and scores to two: what a document shows is
what a reader can check. The replay hash (`content_hash`) covers inputs, codes and whole lots,
never floats, so another processor's last bit cannot make honest advice look forged.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from allocator.balance_sheet import DebtKind
from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.product_classes import Dimension, ProductClass
from allocator.shelf import Regime
from allocator.statements import Evidence, Points, Statement
from allocator.weights import Weights
from risk_profiles.levels import ProfileLevel
from risk_profiles.person import IncomeKind

Document = dict[str, object]

# Where the glossary keeps the words of each closed set.
_TERM_PREFIXES: Mapping[type[StrEnum], str] = {
    ProductClass: "class",
    Dimension: "dimension",
    DebtKind: "debt_kind",
    ProfileLevel: "profile_level",
    IncomeKind: "income_kind",
    Regime: "regime",
    Limit: "limit",
}


def statement_document(statement: Statement) -> Document:
    """Return a statement with typed, language-free evidence."""
    return {
        "code": statement.code,
        "severity": statement.severity.value,
        "dimension": None if statement.dimension is None else statement.dimension.value,
        "evidence": {name: evidence_document(v) for name, v in statement.evidence.items()},
    }


def statement_documents(statements: Iterable[Statement]) -> list[Document]:
    """Return statements in their order."""
    return [statement_document(s) for s in statements]


def evidence_document(value: Evidence) -> Document:
    """Return one piece of evidence: its kind says how a sentence writes it."""
    match value:
        case Money():
            return {"kind": "money", "value": str(value.amount)}
        case StrEnum():
            return {"kind": "term", "value": f"{_TERM_PREFIXES[type(value)]}.{value.value}"}
        case bool() | int():
            return {"kind": "integer", "value": str(int(value))}
        case Points():
            return {"kind": "points", "value": f"{value:.6f}"}
        case float():
            return {"kind": "percent", "value": f"{value:.6f}"}
        case Decimal():
            return {"kind": "number", "value": str(value)}
        case date():
            return {"kind": "date", "value": value.isoformat()}
        case str():
            return {"kind": "text", "value": value}


def rate(value: float) -> float:
    """Return a weight or a yearly rate as a document shows it."""
    return round(value, 6) + 0.0  # adding zero turns -0.0 into 0.0


def score(value: float) -> float:
    """Return a score as a document shows it."""
    return round(value, 2)


def weights_document(weights: Weights) -> dict[str, float]:
    """Return weights by class name."""
    return {c.value: rate(w) for c, w in weights.as_dict().items()}


def scores_document(scores: Mapping[Dimension, float]) -> dict[str, float]:
    """Return scores by dimension name."""
    return {d.value: score(s) for d, s in scores.items()}


def canonical_json(document: object) -> str:
    """Return the one text a document has: sorted keys, no spaces, no NaN."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def content_hash(document: object) -> str:
    """Return the SHA-256 of a document's canonical text."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()
