"""What the bank earns on its products: written in the shelf file, read by no module that advises.

A [[product]] table of the shelf may state two figures of the bank's own, quoted like all fractions:

    bank_margin       per year of the amount held
    bank_commission   once, of the amount bought

`allocator.shelf` leaves out every field that begins with `bank_`, so a `Product` cannot carry them
and whatever works with products cannot see them. This module is the one that reads them, for the
proof that advice is the same whatever they say (`api.revenue_audit`).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from allocator.errors import InputError, Problem

MARGIN, COMMISSION = "bank_margin", "bank_commission"
_FIGURE = re.compile(r"^[ \t]*(?:bank_margin|bank_commission)[ \t]*=.*\n?", re.MULTILINE)
_ID = re.compile(r'^[ \t]*id[ \t]*=[ \t]*"([^"\n]+)".*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Revenue:
    """What the bank earns on one product, as fractions: per year of holdings, once of purchases."""

    margin: Decimal
    commission: Decimal


def parse_revenue(text: str) -> dict[str, Revenue]:
    """Return what a shelf file says the bank earns, by product id.

    A product that states one figure earns nothing of the other; one that states none is left out.

    Raises:
        InputError: not TOML, or a figure that is no quoted fraction of at least 0 (code
            invalid_revenue); the product and the field are named.
    """
    try:
        rows = tomllib.loads(text).get("product", [])
    except (ValueError, RecursionError) as error:
        raise InputError(f"the shelf is not TOML: {error}", code="invalid_shelf") from None
    found: dict[str, Revenue] = {}
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        figures = {}
        for field in (MARGIN, COMMISSION):
            value = row.get(field, "0")
            figure = _fraction(value)
            if figure is None:
                detail = f"{row.get('id')}: is no quoted fraction of at least 0"
                problems.append(
                    Problem(f"/product/{number}/{field}", detail, value, 'write "0.012"')
                )
            else:
                figures[field] = figure
        if (MARGIN in row or COMMISSION in row) and len(figures) == 2:
            found[str(row["id"])] = Revenue(figures[MARGIN], figures[COMMISSION])
    if problems:
        message = "the bank's figures cannot be read"
        raise InputError(message, code="invalid_revenue", problems=problems)
    return found


def with_revenue(text: str, revenue: Mapping[str, Revenue]) -> str:
    """Return a shelf file that states exactly these figures and is otherwise the same.

    Raises:
        InputError: the file is written in a way this cannot rewrite (code invalid_revenue).
    """

    def with_figures(found: re.Match[str]) -> str:
        one = revenue.get(found[1])
        if one is None:
            return found[0]
        return f'{found[0]}\n{MARGIN} = "{one.margin}"\n{COMMISSION} = "{one.commission}"'

    written = _ID.sub(with_figures, _FIGURE.sub("", text))
    if parse_revenue(written) != dict(revenue):
        raise InputError(
            "the bank's figures cannot be written: give every product its id on a line of its own",
            code="invalid_revenue",
        )
    return written


def _fraction(value: object) -> Decimal | None:
    try:
        figure = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return figure if figure is not None and figure.is_finite() and figure >= 0 else None
