"""What wages and pension still to come do to the best allocation, and which limit stops them.

The growth share (the risky classes) of three optima of one mandate, without trading costs:

    share      as it is                                  human_capital_ratio x, income_beta
    alone      no income still to come                   x = 0
    sure       income that does not move with equities   income_beta = 0

    share - alone   what future income adds: it acts like a bond that is owned already
    share - sure    what it takes away again because it moves with equities

Of human capital H, only k A = H/(1+x) counts, and that is said with it: never more than wealth A.

A limit holds income back if, without it, either difference would be larger by a point or more. Of
the limits that the optimum leans on, the one is named that does so and whose removal lets the share
rise most; of those that let it rise alike, within a point, the first of `_ORDER`. Where income does
nothing and no limit hides it alone, those leaned on are dropped together, and those leaned on then,
until it shows; named is the one of the first whose removal alone lets the share rise most.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from allocator.life_cycle.human_capital import HumanCapital
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import TRAITS, ProductClass
from allocator.statements import Evidence, Statement
from risk_profiles.leaned_limits import leaned_limits
from risk_profiles.person import IncomeKind

# A growth share that moves by less than a point is not spoken of.
LEAST_EFFECT = 0.01
# Shares are told to a tenth of a per cent.
_DIGITS = 3
# What the profile decides, then what is owned and needed, then the rest.
_ORDER = (
    Limit.VOLATILITY,
    Limit.RISKY_SHARE,
    Limit.SUITABILITY,
    Limit.LOCKS,
    Limit.LIQUIDITY,
    Limit.STABLE,
    Limit.CLASS_CAPS,
    Limit.EQUITY_CAP,
    Limit.EQUITY_FLOOR,
    Limit.SHORTFALL,
    Limit.DESIRED_RETURN,
)
# Beyond what any weights reach; the widest a mandate takes.
_ANY_VOLATILITY = 10.0


@dataclass(frozen=True, slots=True)
class IncomeToCome:
    """What a client still earns or draws.

    Attributes:
        rule_share: Of financial wealth, by the life-cycle rule without any limit of the profile.
    """

    capital: HumanCapital
    kind: IncomeKind
    rule_share: float


@dataclass(frozen=True, slots=True)
class _Shares:
    """The growth shares of the module's docstring."""

    share: float
    alone: float
    sure: float

    @property
    def added(self) -> float:
        return self.share - self.alone

    @property
    def hedged(self) -> float:
        return self.share - self.sure

    @property
    def is_inert(self) -> bool:
        return max(abs(self.added), abs(self.hedged)) < LEAST_EFFECT

    def shows_less_than(self, other: "_Shares") -> bool:
        """Whether either difference is larger in `other` by a point or more."""
        return (
            abs(other.added) - abs(self.added) >= LEAST_EFFECT
            or abs(other.hedged) - abs(self.hedged) >= LEAST_EFFECT
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """The limit that holds income back, and the shares without what holds it."""

    limit: Limit
    free: _Shares


def life_cycle_reasons(
    best: Allocation, mandate: Mandate, market: MarketModel, *, income: IncomeToCome
) -> tuple[Statement, ...]:
    """Return what income to come does to the growth share, and the limit that stops it.

    Nothing is said where it does less than a point and no limit is the reason.

    Args:
        best: The optimum of the mandate without trading costs.
        mandate: Whose optimum it is.
        market: Beliefs it was found with.
        income: Of the same client.

    Raises:
        SolverError: one of the other optima could not be verified.
    """
    if not mandate.human_capital_ratio:
        return ()
    shares = _shares_around(growth_share(best), mandate, market)
    reasons = []
    total = income.capital.total
    if shares.added >= LEAST_EFFECT:
        evidence: dict[str, Evidence] = {
            "amount": Money.rounded(total),
            "counted": Money.rounded(total / (1 + mandate.human_capital_ratio)),
            "share": round(shares.share, _DIGITS),
            "alone": round(shares.alone, _DIGITS),
        }
        reasons.append(Statement("reason.life_cycle_more", evidence=evidence))
    if abs(shares.hedged) >= LEAST_EFFECT:
        evidence = {
            "kind": income.kind,
            "share": round(shares.share, _DIGITS),
            "sure": round(shares.sure, _DIGITS),
        }
        reasons.append(Statement("reason.income_like_equities", evidence=evidence))
    held = _held_back(best, shares, mandate, market)
    if held is not None:
        reasons.append(_limited(held, shares, income))
    return tuple(reasons)


def growth_share(allocation: Allocation) -> float:
    """Return the weight of the risky classes, a fraction."""
    return sum(w for c, w in allocation.weights.as_dict().items() if TRAITS[c].risky)


def without_limit(mandate: Mandate, limit: Limit) -> Mandate:
    """Return the mandate as if a limit had never been set.

    Of locks, the cash for everyday payments stays: it is no lock anybody waits for. Without the
    liquidity floor, the stable floor asks for what goals need and no more.
    """
    classes = mandate.classes
    match limit:
        case Limit.LOCKS:
            account = ProductClass.DEMAND_DEPOSIT
            pairs = zip(classes, mandate.fixed, strict=True)
            return replace(mandate, fixed=tuple(w if c is account else 0.0 for c, w in pairs))
        case Limit.SUITABILITY:
            return replace(mandate, buyable=(True,) * len(classes))
        case Limit.RISKY_SHARE:
            return replace(mandate, risky_share_cap=1.0)
        case Limit.VOLATILITY:
            return replace(mandate, volatility_cap=_ANY_VOLATILITY)
        case Limit.CLASS_CAPS:
            return replace(mandate, class_caps=(1.0,) * len(classes))
        case Limit.LIQUIDITY:
            for_goals = max(0.0, mandate.stable_floor - mandate.liquidity_floor)
            return replace(mandate, liquidity_floor=0.0, stable_floor=for_goals)
        case Limit.STABLE:
            return replace(mandate, stable_floor=mandate.liquidity_floor)
        case Limit.EQUITY_CAP:
            return replace(mandate, equity_cap=None)
        case Limit.EQUITY_FLOOR:
            return replace(mandate, equity_floor=None)
        case Limit.SHORTFALL:
            return replace(mandate, shortfall=None)
        case Limit.DESIRED_RETURN:
            return replace(mandate, desired_return=None)


def _limited(held: _Held, shares: _Shares, income: IncomeToCome) -> Statement:
    # The rule is spoken of only where it points the same way as the optimum without the limit.
    allows_more = held.free.added >= LEAST_EFFECT
    if allows_more and income.rule_share - shares.share >= LEAST_EFFECT:
        evidence: dict[str, Evidence] = {
            "rule": round(income.rule_share, _DIGITS),
            "share": round(shares.share, _DIGITS),
            "limit": held.limit,
        }
        return Statement("reason.life_cycle_limited", evidence=evidence)
    return Statement("reason.life_cycle_held", evidence={"limit": held.limit})


def _held_back(
    best: Allocation, shares: _Shares, mandate: Mandate, market: MarketModel
) -> _Held | None:
    leaned = leaned_limits(best)
    freed = {limit: without_limit(mandate, limit) for limit in _ORDER if limit in leaned}
    without = {
        limit: growth_share(optimize(one, market, with_costs=False)) for limit, one in freed.items()
    }
    rises = {limit: share - shares.share for limit, share in without.items()}
    for limit in _furthest_first(rises):
        if abs(rises[limit]) < LEAST_EFFECT:
            continue
        free = _shares_around(without[limit], freed[limit], market)
        if shares.shows_less_than(free):
            return _Held(limit, free)
    return _held_by_several(rises, mandate, market) if shares.is_inert else None


def _furthest_first(rises: Mapping[Limit, float]) -> Iterator[Limit]:
    """Give limits by how far the share rises without them; alike within a point, as they come."""
    left = dict(rises)
    while left:
        most = max(left.values())
        limit = next(one for one, rise in left.items() if rise > most - LEAST_EFFECT)
        del left[limit]
        yield limit


def _held_by_several(
    rises: Mapping[Limit, float], mandate: Mandate, market: MarketModel
) -> _Held | None:
    """Drop what is leaned on, and what is leaned on then, until income shows."""
    dropped: list[Limit] = []
    leaned: Sequence[Limit] = tuple(rises)
    while new := [limit for limit in leaned if limit not in dropped]:
        for limit in new:
            mandate = without_limit(mandate, limit)
        dropped += new
        best = optimize(mandate, market, with_costs=False)
        free = _shares_around(growth_share(best), mandate, market)
        if not free.is_inert:
            return _Held(next(_furthest_first(rises)), free)
        leaned = leaned_limits(best)
    return None


def _shares_around(share: float, mandate: Mandate, market: MarketModel) -> _Shares:
    """Return the growth shares beside one that is known."""
    bare = replace(mandate, human_capital_ratio=0.0)
    alone = growth_share(optimize(bare, market, with_costs=False))
    if not mandate.income_beta:
        return _Shares(share, alone, share)
    calm = replace(mandate, income_beta=0.0)
    return _Shares(share, alone, growth_share(optimize(calm, market, with_costs=False)))
