"""Mandates over the nine classes drawn at random, contradictory ones among them."""

from dataclasses import replace

from hypothesis import strategies as st
from nine_classes import nine_class_mandate

from allocator.mandate import Mandate

BUY_COST = (0, 0, 0, 0.0008, 0.0015, 0.0015, 0.004, 0.01, 0)
SELL_COST = (0, 0.004, 0, 0.001, 0.005, 0.005, 0.004, 0.01, 0.03)


@st.composite
def mandates(draw: st.DrawFn) -> Mandate:
    """Draw a mandate without wishes whose hard limits can be met."""

    def simplex() -> tuple[float, ...]:
        raw = [draw(st.integers(0, 20)) for _ in range(9)]
        raw[0] += 1
        return tuple(x / sum(raw) for x in raw)

    current = simplex()
    locked = draw(st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0]), min_size=9, max_size=9))
    return nine_class_mandate(
        risk_aversion=draw(st.floats(1, 30)),
        volatility_cap=draw(st.floats(0.02, 0.3)),
        risky_share_cap=draw(st.floats(0.05, 1)),
        liquidity_floor=draw(st.floats(0, 1.2)),
        stable_floor=draw(st.floats(0, 1.2)),
        current=current,
        fixed=tuple(c * f for c, f in zip(current, locked, strict=True)),
        buyable=(True, *draw(st.lists(st.booleans(), min_size=8, max_size=8))),
        buy_cost=BUY_COST,
        sell_cost=SELL_COST,
        human_capital_ratio=draw(st.floats(0, 20)),
        income_beta=draw(st.floats(0, 0.5)),
    )


@st.composite
def wishful_mandates(draw: st.DrawFn) -> Mandate:
    """Draw a mandate with some wishes, reachable or not."""

    def maybe(low: float, high: float) -> float | None:
        return draw(st.one_of(st.none(), st.floats(low, high)))

    return replace(
        draw(mandates()),
        equity_cap=maybe(0, 0.8),
        equity_floor=maybe(0, 0.8),
        shortfall=maybe(-0.3, 0.03),
        shortfall_deviations=draw(st.floats(0.5, 3)),
        desired_return=maybe(0.005, 0.08),
    )
