"""Monthly returns drawn from a market whose truth is known.

    r_t = mu/12 + sqrt((nu - 2) / chi2_t) * F'z_t / sqrt(12),    F'F = Sigma

z_t is standard normal, and chi2_t, with nu degrees of freedom, is one number for all classes in a
month: a bad month is bad everywhere. r_t is then multivariate Student-t with mean mu/12 and
covariance Sigma/12: without the factor nu - 2, in place of the usual nu, it would be nu/(nu - 2)
times as large. Months are independent of each other.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from allocator.errors import InputError
from allocator.market.estimation import MONTHS_PER_YEAR
from allocator.market.model import MarketModel, Matrix
from allocator.product_classes import ProductClass

# Monthly returns of shares have tails about this heavy.
DEGREES_OF_FREEDOM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Monthly simple returns net of fees, one row a month, one column a class.

    Attributes:
        version, as_of: Of the market model they were drawn from.
        seed: Where a method that draws for itself begins: the same for all, so that what one
            method finds does not depend on which others were asked.
    """

    classes: tuple[ProductClass, ...]
    returns: Matrix
    version: str
    as_of: date
    seed: int

    @property
    def years(self) -> float:
        """Length of the panel."""
        return len(self.returns) / MONTHS_PER_YEAR

    def last(self, months: int) -> "Panel":
        """Return the newest months.

        Raises:
            InputError: not that many months, or none wanted.
        """
        if not 0 < months <= len(self.returns):
            raise InputError(f"a panel of {len(self.returns)} months has no last {months}")
        return replace(self, returns=self.returns[-months:])


def draw_panel(
    truth: MarketModel,
    *,
    months: int,
    generator: np.random.Generator,
    degrees_of_freedom: float = DEGREES_OF_FREEDOM,
) -> Panel:
    """Draw a panel from a market's net returns and covariance.

    Args:
        truth: The market as it is; nobody who estimates it sees it.
        months: Length, positive.
        generator: Source of chance, moved on by the draw.
        degrees_of_freedom: nu, above 2; infinite for normal returns.

    Raises:
        InputError: no month, or so heavy a tail that there is no variance.
    """
    if months < 1 or not degrees_of_freedom > 2:
        raise InputError(f"need a month and a variance, got {months=} and {degrees_of_freedom=}")
    seed = int(generator.integers(2**63))
    scale = np.ones(months)
    if np.isfinite(degrees_of_freedom):
        shocks = generator.chisquare(degrees_of_freedom, size=months)
        scale = np.sqrt((degrees_of_freedom - 2) / shocks)
    normal = generator.standard_normal((months, len(truth.classes)))
    surprise = scale[:, None] * (normal @ truth.factor) / np.sqrt(MONTHS_PER_YEAR)
    return Panel(
        classes=truth.classes,
        returns=truth.net_returns / MONTHS_PER_YEAR + surprise,
        version=truth.version,
        as_of=truth.as_of,
        seed=seed,
    )
