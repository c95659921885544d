"""A client's situation at one date: profile, needs, human capital and menu become a mandate.

The same function serves today's client and the one of a later year (`risk_profiles.glide_path`):
what is advised in twenty years follows from the rules of today, on the figures of then.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from allocator.balance_sheet import BalanceSheet
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Needs
from allocator.life_cycle.risky_share import life_cycle_share, merton_share
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.money import ZERO
from allocator.product_classes import ProductClass, RiskLevel
from allocator.trading.product_choice import Menu, build_menu, quoted_rates
from risk_profiles.income import human_capital_of, needs_of
from risk_profiles.levels import AGE_OF_SPECIAL_CARE, LEVELS
from risk_profiles.mandates import COST_HORIZON_YEARS, build_mandate, longest_lock_up
from risk_profiles.person import ClientFacts
from risk_profiles.profile import Profile
from risk_profiles.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules make of a client's figures.

    Attributes:
        risky_share: Of financial wealth, by the life-cycle rule without any limit of the profile;
            zero without wealth.
        market: The assumptions, with the rates that this client is quoted.
        mandate: None when there is no wealth to allocate.
    """

    needs: Needs
    human_capital: HumanCapital
    risky_share: float
    menu: Menu
    market: MarketModel
    mandate: Mandate | None


def situation_of(
    facts: ClientFacts,
    balance_sheet: BalanceSheet,
    *,
    profile: Profile,
    rulebook: Rulebook,
) -> Situation:
    """Return the situation of a client at the balance sheet's date."""
    shelf, parameters = rulebook.shelf, rulebook.life_cycle
    as_of, wealth = balance_sheet.as_of, balance_sheet.investable_wealth
    needs = needs_of(facts, balance_sheet, parameters=parameters)
    menu = build_menu(
        shelf,
        highest_risk_level=highest_buyable_level(profile, facts, as_of),
        age=facts.age_on(as_of),
        is_qualified_investor=facts.is_qualified_investor,
        wealth=wealth,
        cost_horizon_years=COST_HORIZON_YEARS,
        longest_lock_up_days=longest_lock_up(profile, needs, age=facts.age_on(as_of), as_of=as_of),
    )
    # A deposit pays what its own contract says, not what the class says on average.
    quoted = _market_quoting(rulebook.market, tuple(quoted_rates(menu).items()))
    equity = quoted.index(ProductClass.A_SHARE_EQUITY_FUND)
    safe = quoted.index(ProductClass.MONEY_FUND)
    premium = float(quoted.net_returns[equity] - quoted.net_returns[safe])
    volatility = float(quoted.volatilities[equity])
    capital = human_capital_of(
        facts,
        as_of,
        risk_aversion=profile.risk_aversion,
        equity_premium=premium,
        equity_volatility=volatility,
        parameters=parameters,
    )
    mandate, share = None, 0.0
    if wealth > ZERO:
        merton = merton_share(
            risk_premium=premium, volatility=volatility, risk_aversion=profile.risk_aversion
        )
        share = life_cycle_share(merton=merton, capital=capital, financial_wealth=float(wealth))
        mandate = build_mandate(
            profile=profile,
            needs=needs,
            human_capital=capital,
            balance_sheet=balance_sheet,
            menu=menu,
            shelf=shelf,
        )
    return Situation(needs, capital, share, menu, quoted, mandate)


# A life path asks for the same few markets year after year, and each is checked when it is made.
@lru_cache(maxsize=64)
def _market_quoting(
    market: MarketModel, rates: tuple[tuple[ProductClass, float], ...]
) -> MarketModel:
    return market.with_rates(dict(rates))


def highest_buyable_level(profile: Profile, facts: ClientFacts, on: date) -> RiskLevel:
    """Return the riskiest product the button may sell to a client.

    Products above R3 need a person's word from the age of special care on, not the button.
    """
    highest = LEVELS[profile.level].highest_risk_level
    return min(highest, RiskLevel.R3) if facts.age_on(on) >= AGE_OF_SPECIAL_CARE else highest
