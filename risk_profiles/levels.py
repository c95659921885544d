"""The five client levels and the limits each one puts on a mandate.

A score between 0 and 100 is cut at 20, 38, 54 and 68. Volatility caps are per year, shares are
fractions of investable wealth, risk aversion is the CRRA the optimizer uses. The bands sit around
the anchors of `scoring.risk_aversion_at`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from allocator.product_classes import RiskLevel

SCORE_EDGES: tuple[float, ...] = (20.0, 38.0, 54.0, 68.0)
HIGHEST_SCORE = 100.0


class ProfileLevel(StrEnum):
    """C1 (most cautious) to C5 (most enterprising)."""

    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"

    @property
    def rank(self) -> int:
        """1 for C1 to 5 for C5."""
        return int(self.value[1])


@dataclass(frozen=True, slots=True)
class LevelLimits:
    """What a mandate of this level starts from.

    Attributes:
        anchor_risk_aversion: CRRA at the middle of the level.
        volatility_cap: Highest standard deviation per year.
        risky_share_cap: Highest weight of the risky classes together.
        highest_risk_level: Riskiest product that may be bought.
    """

    anchor_risk_aversion: float
    volatility_cap: float
    risky_share_cap: float
    highest_risk_level: RiskLevel


LEVELS: dict[ProfileLevel, LevelLimits] = {
    ProfileLevel.C1: LevelLimits(20.0, 0.02, 0.15, RiskLevel.R1),
    ProfileLevel.C2: LevelLimits(10.0, 0.04, 0.30, RiskLevel.R2),
    ProfileLevel.C3: LevelLimits(5.0, 0.08, 0.60, RiskLevel.R3),
    ProfileLevel.C4: LevelLimits(3.0, 0.12, 0.85, RiskLevel.R4),
    ProfileLevel.C5: LevelLimits(2.0, 0.18, 0.95, RiskLevel.R5),
}


# From this age a riskier sale asks for special care, which only a person can give.
AGE_OF_SPECIAL_CARE = 65
# Money needed within a year may be locked for three months.
SHORTEST_LOCK_UP_DAYS = 92
_DAYS_A_YEAR = Decimal("365.25")


def lock_up_days(years: Decimal) -> int:
    """Return for how many days money may be locked that is not needed for so many years.

    >>> [lock_up_days(Decimal(years)) for years in (0, 1, 3, 5, 10)]
    [92, 365, 1095, 1826, 3652]
    """
    return max(SHORTEST_LOCK_UP_DAYS, int(years * _DAYS_A_YEAR))


def level_of_score(score: float, edges: tuple[float, ...] = SCORE_EDGES) -> ProfileLevel:
    """Return the level of a score cut at four rising edges; an edge belongs to the level above.

    >>> level_of_score(37.9), level_of_score(38.0)
    (<ProfileLevel.C2: 'C2'>, <ProfileLevel.C3: 'C3'>)
    """
    return tuple(ProfileLevel)[sum(score >= edge for edge in edges)]


def upper_edge(level: ProfileLevel) -> float:
    """Return the highest score that belongs to a level.

    >>> upper_edge(ProfileLevel.C3), upper_edge(ProfileLevel.C5)
    (54.0, 100.0)
    """
    return (*SCORE_EDGES, HIGHEST_SCORE)[level.rank - 1]
