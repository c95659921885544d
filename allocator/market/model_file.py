"""Writes a table of assumptions as the text that `parse_table` reads back, digit for digit.

The content hash of a model is that of this text, so two builds from the same inputs are one file.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date

from allocator.market.assumptions import AssumptionTable, ClassAssumption, PairAssumption
from allocator.market.committee import Committee, CommitteeView
from allocator.market.provenance import Provenance
from allocator.product_classes import CLASSES, ProductClass

_Value = (
    str | float | int | date | Sequence[str] | Mapping[str, float] | Mapping[ProductClass, float]
)


def write_assumptions(table: AssumptionTable, *, remarks: Sequence[str]) -> str:
    """Return the file's text; `remarks` stand as comments at its head.

    The table's own content hash is not used: the text has one once it is written.
    """
    parts = ["\n".join(f"# {_one_line(remark)}".rstrip() for remark in remarks) + "\n"]
    parts.append(_fields({"version": table.version, "as_of": table.as_of}))
    rows = ",\n  ".join(_inline(_pair_fields(pair)) for pair in table.pairs)
    parts.append(f"correlations = [\n  {rows},\n]\n")
    if table.provenance is not None:
        parts += _provenance_parts(table.provenance)
    parts += [_class_part(row) for row in table.classes]
    return "\n".join(parts)


def _pair_fields(pair: PairAssumption) -> dict[str, _Value]:
    fields: dict[str, _Value] = {
        "pair": sorted(pair.pair, key=CLASSES.index),
        "value": pair.correlation,
    }
    if pair.estimate is not None:
        fields |= {"estimate": pair.estimate, "window": pair.window, "months": pair.months}
    if pair.basis:
        fields["basis"] = pair.basis
    return fields


def _class_part(row: ClassAssumption) -> str:
    text = "[[class]]\n" + _fields(
        {
            "name": row.product_class,
            "expected_return": row.expected_return,
            "fee": row.fee,
            "volatility": row.volatility,
            "range": row.range,
            "source": row.source,
            "seen": row.seen,
            "volatility_basis": row.volatility_basis,
        }
    )
    if row.panel is None:
        return text
    return f"{text}[class.panel]\n" + _fields(
        {
            "series": row.panel.series,
            "window": row.panel.window,
            "months": row.panel.months,
            "volatility": row.panel.volatility,
        }
    )


def _provenance_parts(origin: Provenance) -> list[str]:
    parts = [
        "[provenance]\n"
        + _fields(
            {
                "prices_hash": origin.prices_hash,
                "start": origin.start,
                "end": origin.end,
                "periods": origin.periods,
                "periods_per_year": origin.periods_per_year,
                "shrinkage": origin.shrinkage,
                "prior_version": origin.prior_version,
                "prior_hash": origin.prior_hash,
                "prior_years": origin.prior_years,
                "largest_shift": origin.largest_shift,
                "lowest_before": origin.lowest_before,
                "lowest_after": origin.lowest_after,
            }
        )
    ]
    parts += [
        "[[provenance.series]]\n"
        + _fields(
            {
                "product_class": series.product_class,
                "column": series.column,
                "mean": series.mean,
                "volatility": series.volatility,
            }
        )
        for series in origin.series
    ]
    if origin.committee is not None:
        parts += _committee_parts(origin.committee)
    return parts


def _committee_parts(committee: Committee) -> list[str]:
    head = _fields({"committee": committee.name, "met": committee.met})
    return [f"[provenance.committee]\n{head}", *map(_view_part, committee.views)]


def _view_part(view: CommitteeView) -> str:
    return "[[provenance.committee.view]]\n" + _fields(
        {
            "weights": view.weights,
            "net_return": view.net_return,
            "confidence": view.confidence,
            "reason": view.reason,
        }
    )


def _fields(fields: Mapping[str, _Value]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in fields.items())


def _inline(fields: Mapping[str, _Value]) -> str:
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in fields.items()) + " }"


def _value(value: _Value) -> str:
    match value:
        case str():
            return _string(value)
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case float():
            # The shortest digits that give the same float back; numpy writes its own differently.
            return repr(float(value))
        case Mapping():
            return _inline({_string(name): part for name, part in value.items()})
        case _:
            return f"[{', '.join(map(_string, value))}]"


def _string(text: str) -> str:
    # JSON escapes all that a TOML string must, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
