"""What the bank earns in each try of the proof: the figures a shelf states, dealt anew.

Products that state nothing, and all twins (`api.revenue_twins`), get figures drawn at random. Try
by try, the same figures are dealt otherwise:

    1   every twin earns the bank more than its original; more, the later its id
    2   the other way round, so that of any two products each has once been the dearer one
    3   the bank earns nothing
    4+  by chance, margins apart from commissions; by turns one of the two is a thousand times as
        high and the other a thousandth

Margins and commissions go the same way in the first two tries: whatever weighs them, every tie
between a product and its twin is broken once this way and once that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.revenue import Revenue, parse_revenue, with_revenue
from api.revenue_twins import twin_of

# Drawn up to 3 % a year and 2 % once, in billionths: no two are likely to be the same.
BILLION = 10**9
LARGEST_MARGIN, LARGEST_COMMISSION = 3 * BILLION // 100, 2 * BILLION // 100
EXTREME = Decimal(1000)
NOTHING = Revenue(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Figures:
    """What the bank earns, from the lowest to the highest.

    Attributes:
        products: Ids of the originals, in order; each has a twin.
        margins, commissions: Two for each product, rising.
    """

    products: tuple[str, ...]
    margins: tuple[Decimal, ...]
    commissions: tuple[Decimal, ...]

    def dealt(self, number: int, *, dice: np.random.Generator) -> dict[str, Revenue]:
        """Return the figures of one try, by product id, originals and twins.

        Args:
            number: Of the try, from 1.
            dice: Used from the fourth try on.
        """
        ids = [*self.products, *map(twin_of, self.products)]
        match number:
            case 1:
                return _given(ids, self.margins, self.commissions)
            case 2:
                return _given(ids[::-1], self.margins, self.commissions)
            case 3:
                return dict.fromkeys(ids, NOTHING)
        up = EXTREME if number % 2 == 0 else 1 / EXTREME
        margins = [self.margins[n] * up for n in dice.permutation(len(ids))]
        commissions = [self.commissions[n] / up for n in dice.permutation(len(ids))]
        return _given(ids, margins, commissions)


def figures_of(text: str, products: Sequence[str], *, dice: np.random.Generator) -> Figures:
    """Return the figures to try: those a shelf states, and drawn ones for the rest.

    Args:
        text: Of the shelf.
        products: Ids of its products.
        dice: For what it does not state, and for the twins.

    Raises:
        InputError: code invalid_revenue; a figure cannot be read.
    """
    stated = parse_revenue(text)
    ids = sorted(products)
    found = [stated.get(product_id) or _drawn(dice) for product_id in ids]
    found += [_drawn(dice) for _ in ids]
    return Figures(
        products=tuple(ids),
        margins=tuple(sorted(one.margin for one in found)),
        commissions=tuple(sorted(one.commission for one in found)),
    )


def shelf_stating(text: str, revenue: Mapping[str, Revenue]) -> str:
    """Return a shelf that states exactly these figures and is otherwise the same.

    Raises:
        InputError: code invalid_revenue; the file is written in a way this cannot rewrite.
    """
    return with_revenue(text, revenue)


def _given(
    ids: Sequence[str], margins: Sequence[Decimal], commissions: Sequence[Decimal]
) -> dict[str, Revenue]:
    found = zip(ids, margins, commissions, strict=True)
    return {product_id: Revenue(margin, commission) for product_id, margin, commission in found}


def _drawn(dice: np.random.Generator) -> Revenue:
    margin, commission = (
        Decimal(int(dice.integers(1, largest, endpoint=True))) / BILLION
        for largest in (LARGEST_MARGIN, LARGEST_COMMISSION)
    )
    return Revenue(margin, commission)
