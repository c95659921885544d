"""The highest return a profile level can reach, by the optimizer's own account.

    max  mu'w   under the level's volatility cap, risky-share cap and class caps, in classes of
                which the level may buy a product, with the liquid share of `target_weights`

mu is net of fees, per year, with the rates that the shelf quotes, as a plan counts them. It is what
a wish for return is compared with. The optimizer maximizes mu'w - g/2 w'Sigma w; at g = 1e-6 the
second term is below 2e-8 a year within the widest volatility cap, so its verified optimum is the
maximum to a thousandth of a basis point.

A higher level only adds room, so the figure never falls with the level. Products for qualified
investors and of any lock-up count: more than this is open to nobody of the level.
"""

from dataclasses import replace

from allocator.market.model import MarketModel
from allocator.optimizer.solver import optimize
from allocator.product_classes import ProductClass
from allocator.shelf import Shelf
from allocator.trading.product_choice import quoted_rates
from risk_profiles.levels import ProfileLevel
from risk_profiles.target_weights import mandate_of_level, menu_of_level

_NEXT_TO_NONE = 1e-6


def reachable_return(level: ProfileLevel, market: MarketModel, shelf: Shelf) -> float:
    """Return the highest expected return net of fees, per year, within a level's limits.

    Raises:
        InputError: the shelf quotes a rate for a class the market model knows nothing of.
        SolverError: no solver returned a verified optimum.
    """
    cash, menu = ProductClass.DEMAND_DEPOSIT, menu_of_level(level, shelf)
    # A deposit in the account can always be kept, whether or not the shelf lists one.
    buyable = {cash, *(c for c in market.classes if menu[c])}
    mandate = mandate_of_level(level, market.classes, buyable=buyable, cash=cash)
    quoted = market.with_rates(quoted_rates(menu))
    return optimize(replace(mandate, risk_aversion=_NEXT_TO_NONE), quoted).expected_return


def reachable_returns(market: MarketModel, shelf: Shelf) -> dict[ProfileLevel, float]:
    """Return the figure of every level."""
    return {level: reachable_return(level, market, shelf) for level in ProfileLevel}
