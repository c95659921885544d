"""Drift: how far weights have moved from their target.

drift = 1/2 sum |current - target|              a fraction of wealth
band  = max(1 pp, min(5 pp, 25 % of max(target, 4 %)))   per class
"""

import numpy as np

from allocator.market.model import Vector

SMALLEST_BAND, LARGEST_BAND = 0.01, 0.05
RELATIVE_BAND, SMALLEST_TARGET = 0.25, 0.04


def drift(current: Vector, target: Vector) -> Vector:
    """Return the drift over the last axis: one client (n,) or a whole book (clients, n).

    >>> float(drift(np.array([0.5, 0.5]), np.array([0.25, 0.75])))
    0.25
    """
    return np.asarray(np.abs(current - target).sum(axis=-1) / 2)


def tolerance_band(target: Vector) -> Vector:
    """Return how far each class may stray from its target, same shape.

    >>> tolerance_band(np.array([0.0, 0.10, 0.60])).tolist()
    [0.01, 0.025, 0.05]
    """
    relative = RELATIVE_BAND * np.maximum(target, SMALLEST_TARGET)
    return np.asarray(np.clip(relative, SMALLEST_BAND, LARGEST_BAND))


def is_outside_band(current: Vector, target: Vector) -> Vector:
    """Return per client whether any class has left its band, shape (...,)."""
    return np.asarray((np.abs(current - target) > tolerance_band(target)).any(axis=-1))
