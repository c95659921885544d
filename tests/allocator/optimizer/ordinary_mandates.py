"""Random mandates over the shipped classes: ordinary holdings, locks, needs and wishes."""

from typing import Any

import numpy as np

from allocator.mandate import Mandate
from allocator.product_classes import CLASSES, TRAITS

# Risk aversion, volatility and risky share of the five profiles.
PROFILES = {
    1: (20.0, 0.02, 0.15),
    2: (10.0, 0.04, 0.30),
    3: (5.0, 0.08, 0.60),
    4: (3.0, 0.12, 0.85),
    5: (2.0, 0.18, 0.95),
}


def ordinary_mandate(seed: int) -> Mandate:
    """Return the mandate of a household with a thousand to ten million yuan."""
    dice = np.random.default_rng(seed)
    level = int(dice.integers(1, 6))
    risk_aversion, volatility, risky_share = PROFILES[level]
    shares = dice.dirichlet(np.full(13, 0.3))
    locked = shares * (dice.random(13) < dice.choice([0, 0.3, 0.7, 1.0]))
    if dice.random() < 0.3:
        locked *= dice.random(13)
    # Holdings are whole cents.
    current = np.round(shares * 10 ** dice.uniform(3, 7), 2)
    current /= current.sum()
    liquidity = float(dice.choice([0, dice.uniform(0, 0.5), dice.uniform(0, 3)]))
    wishes: dict[str, Any] = {}

    def one(*choices: float | None) -> float | None:
        return choices[dice.integers(len(choices))]

    if dice.random() < 0.3:
        wishes = {
            "equity_cap": one(None, 0.1, 0.3),
            "equity_floor": one(None, 0.2, 0.5),
            "shortfall": one(None, -0.1, 0.0, 0.02),
            "desired_return": one(None, 0.02, 0.05, 0.08),
        }
    return Mandate(
        classes=CLASSES,
        risk_aversion=risk_aversion,
        human_capital_ratio=float(dice.choice([0, 10 ** dice.uniform(-1, 2)])),
        income_beta=float(dice.choice([0, 0.1, 0.3])),
        volatility_cap=volatility,
        risky_share_cap=risky_share,
        liquidity_floor=liquidity,
        stable_floor=liquidity + float(dice.choice([0, dice.uniform(0, 1)])),
        current=tuple(current),
        fixed=tuple(np.minimum(locked, current)),
        class_caps=tuple(float(TRAITS[c].cap) for c in CLASSES),
        buyable=tuple(bool(TRAITS[c].risk_level <= level and dice.random() < 0.9) for c in CLASSES),
        buy_cost=tuple(dice.choice([0, 0.001, 0.0015], 13)),
        sell_cost=tuple(dice.choice([0, 0, 0.005, 0.015], 13)),
        **wishes,
    )
