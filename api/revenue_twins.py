"""Twins: a second product to every product, and a second holding to every holding.

A shelf without two equal products never shows how a tie is broken. Beside every product stands one
of the same terms and another id, and every holding is halved: one half stays as it was, the other
is of the twin. What is bought first, what is sold first and which product is the second one is
then decided between equals, for every client and every class.
"""

import re
from dataclasses import replace

from allocator.balance_sheet import Holding
from allocator.errors import InputError
from allocator.money import ZERO, Money
from allocator.shelf import parse_shelf
from api.client_file import ClientRecord

_ROW = re.compile(r"^(?=[ \t]*\[\[product\]\])", re.MULTILINE)
_ID = re.compile(r'^([ \t]*id[ \t]*=[ \t]*")([^"\n]+)"', re.MULTILINE)


def twin_of(name: str) -> str:
    """Return the id of a product's or a holding's twin."""
    return f"{name}-twin"


def with_twins(text: str) -> str:
    """Return a shelf with a twin to every product.

    Raises:
        InputError: the file is written in a way this cannot copy (code invalid_shelf).
    """
    head, *rows = _ROW.split(text)
    twins = [_ID.sub(lambda found: f'{found[1]}{twin_of(found[2])}"', row) for row in rows]
    written = "".join([head, *(f"{row.rstrip()}\n\n" for row in (*rows, *twins))])
    products = parse_shelf(text).products
    wanted = products | {
        twin_of(name): replace(product, id=twin_of(name)) for name, product in products.items()
    }
    if parse_shelf(written).products != wanted:
        raise InputError(
            "the shelf's products cannot be copied: write each as a table that begins with "
            "[[product]] on a line of its own, its id on another",
            code="invalid_shelf",
        )
    return written


def with_twin_holdings(record: ClientRecord) -> ClientRecord:
    """Return a client with half of every holding in its twin; an odd fen is left out."""
    held = [half for h in record.balance_sheet.holdings for half in _halves(h)]
    return replace(record, balance_sheet=replace(record.balance_sheet, holdings=tuple(held)))


def _halves(holding: Holding) -> tuple[Holding, ...]:
    half = Money.from_minor(holding.amount.minor // 2)
    if half == ZERO:
        return (holding,)
    product = None if holding.product_id is None else twin_of(holding.product_id)
    twin = replace(holding, id=twin_of(holding.id), amount=half, product_id=product)
    return replace(holding, amount=half), twin
