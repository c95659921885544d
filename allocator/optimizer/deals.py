"""Deals: what may be traded in whole lots, what each adds to every class, and what it costs.

A deal is one product to buy or one holding to sell. Its fee is by a rate; a minimum, where there is
one, adds a surcharge g = max(least - rate x, 0) to a deal of amount x > 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.market.model import Matrix, Vector


@dataclass(frozen=True, slots=True)
class MinimumFee:
    """What one deal costs at least, if it is made.

    Attributes:
        deal: Its number.
        least: Share of wealth.
        payer: Index of the class that is the less for it: of a purchase its own, else the account.
    """

    deal: int
    least: float
    payer: int


@dataclass(frozen=True, slots=True, eq=False)
class Deals:
    """What may be traded; vectors have shape (d,), amounts are shares of wealth.

    Attributes:
        classes: Index of the class that a deal buys or sells.
        buys: Whether it buys.
        step: Increment of the amount; 0 where it may be any.
        least, most: The amount is 0 or between these.
        moves: What one unit of a deal adds to every class, shape (n, d); a column sums to minus
            the fee.
        sequences: Deals of one class and side in the order they are made. What comes after a
            deal waits until that one has reached its most, unless it is too small for it: below
            its step or, where it is not made, below its least.
        smallest_second: The least that may be bought after another purchase of a sequence.
        minimum_fees: What deals cost at least; of all others the fee is by the rate alone.
    """

    classes: tuple[int, ...]
    buys: tuple[bool, ...]
    step: Vector
    least: Vector
    most: Vector
    moves: Vector
    sequences: tuple[tuple[int, ...], ...] = ()
    smallest_second: float = 0.0
    minimum_fees: tuple[MinimumFee, ...] = ()

    @property
    def fee_rates(self) -> Vector:
        """Fee per unit of every deal, shape (d,)."""
        return np.asarray(-self.moves.sum(axis=0))

    def surcharges(self, amounts: Vector) -> Vector:
        """Return what each minimum adds to the fee by the rate."""
        rates = self.fee_rates
        added = [
            max(m.least - rates[m.deal] * amounts[m.deal], 0.0) if amounts[m.deal] > 0 else 0.0
            for m in self.minimum_fees
        ]
        return np.array(added)

    @property
    def surcharge_moves(self) -> Matrix:
        """What one unit of a surcharge takes from every class, shape (n, number of minimums)."""
        moves = np.zeros((len(self.moves), len(self.minimum_fees)))
        for number, minimum in enumerate(self.minimum_fees):
            moves[minimum.payer, number] = -1.0
        return moves

    def held(self, current: Vector, amounts: Vector) -> Vector:
        """Return what is held in every class after the deals."""
        surcharges = self.surcharge_moves @ self.surcharges(amounts)
        return np.asarray(current + self.moves @ amounts + surcharges)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """How a combination is judged besides its utility.

    Attributes:
        order_price: Utility per year that a deal must be worth.
        breach_price: Utility per unit by which a limit is missed; None: no limit may be missed.
        floor: The least that stays in every class, as a share of wealth before fees.
        spared: The limits judged as if the fees still lay in the account, as `objective` says.
        account: The account's index among the classes.
        surcharge_price: Utility per year lost for what minimum fees add, per unit of what is left.
    """

    order_price: float
    breach_price: float | None
    floor: Vector
    spared: NDArray[np.bool_]
    account: int = 0
    surcharge_price: float = 0.0
