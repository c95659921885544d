"""Policies: rules that see the past and say what to hold next."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from allocator.errors import InputError
from allocator.market.history import ReturnHistory
from allocator.weights import Weights


class Policy(Protocol):
    """Decides at the start of a period."""

    def decide(self, past: ReturnHistory, current: Weights | None) -> Weights | None:
        """Return the weights to trade to, or None to leave everything as it is.

        Args:
            past: The periods that have ended; it has no rows at the first decision.
            current: Weights as they have drifted; None before the first purchase, when the
                answer must be weights.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedTarget:
    """Holds `targets` and trades back to them once a class is more than `band` away.

    Attributes:
        band: Distance in weight (0.05 is five percentage points); 0 trades every period.
    """

    targets: Weights
    band: float

    def __post_init__(self) -> None:
        if not 0 <= self.band <= 1:
            raise InputError(f"the band is a distance in weight in [0, 1], got {self.band}")

    def decide(self, past: ReturnHistory, current: Weights | None) -> Weights | None:
        """Return the targets at the start and whenever the band is left."""
        if current is None:
            return self.targets
        distance = current.aligned_to(past.classes) - self.targets.aligned_to(past.classes)
        return self.targets if np.abs(distance).max() > self.band else None
