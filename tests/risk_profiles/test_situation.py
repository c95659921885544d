"""The situation of every sample client, put together once more from its parts."""

from dataclasses import replace
from datetime import date

import pytest
from life_world import AS_OF, BOOK, PARAMETERS, REFERENCE, RULEBOOK, with_wealth, worked_up

from allocator.life_cycle.risky_share import life_cycle_share, merton_share
from allocator.mandate import Mandate
from allocator.money import ZERO
from allocator.product_classes import CLASSES, TRAITS, ProductClass, RiskLevel
from allocator.trading.product_choice import build_menu, quoted_rates
from risk_profiles.income import human_capital_of, needs_of
from risk_profiles.levels import LEVELS
from risk_profiles.person import is_earning
from risk_profiles.situation import highest_buyable_level, situation_of


@pytest.mark.parametrize("client_id", BOOK)
def test_the_mandate_of_a_situation_is_the_one_its_parts_make(client_id: str) -> None:
    record = BOOK[client_id]
    facts, sheet = record.facts, record.balance_sheet
    made = worked_up(record)
    profile, wealth = made.profile, float(sheet.investable_wealth)
    found = situation_of(facts, sheet, profile=profile, rulebook=RULEBOOK)

    needs = needs_of(facts, sheet, parameters=PARAMETERS)
    days = profile.longest_lock_up_days
    if needs.goal_reserves:
        first = min(one.due for one in needs.goal_reserves)
        days = min(days, max(0, (first - sheet.as_of).days - 14))
    level = LEVELS[profile.level].highest_risk_level
    if facts.age_on(sheet.as_of) >= 65:
        level = min(level, RiskLevel.R3)
    menu = build_menu(
        REFERENCE.shelf,
        highest_risk_level=level,
        age=facts.age_on(sheet.as_of),
        is_qualified_investor=facts.is_qualified_investor,
        wealth=sheet.investable_wealth,
        cost_horizon_years=2.0,
        longest_lock_up_days=days,
    )
    market = REFERENCE.market.with_rates(quoted_rates(menu))
    rates = dict(zip(CLASSES, market.net_returns, strict=True))
    premium = rates[ProductClass.A_SHARE_EQUITY_FUND] - rates[ProductClass.MONEY_FUND]
    volatility = market.volatilities[CLASSES.index(ProductClass.A_SHARE_EQUITY_FUND)]
    capital = human_capital_of(
        facts,
        sheet.as_of,
        risk_aversion=profile.risk_aversion,
        equity_premium=float(premium),
        equity_volatility=float(volatility),
        parameters=PARAMETERS,
    )
    assert (found.needs, found.human_capital, found.menu) == (needs, capital, menu)
    merton = merton_share(
        risk_premium=float(premium),
        volatility=float(volatility),
        risk_aversion=profile.risk_aversion,
    )
    share = life_cycle_share(merton=merton, capital=capital, financial_wealth=wealth)
    assert found.risky_share == share
    assert found.mandate == made.mandate
    assert found.mandate is not None
    mandate, caps = found.mandate, LEVELS[profile.level]
    floor = float(needs.emergency_fund) / wealth
    expected = {
        "risk_aversion": profile.risk_aversion,
        "human_capital_ratio": capital.total / wealth,
        "income_beta": capital.beta if is_earning(facts.income_kind) else 0.0,
        "volatility_cap": caps.volatility_cap,
        "risky_share_cap": caps.risky_share_cap,
        "liquidity_floor": floor,
        "current": sheet.weights(CLASSES).values,
        "class_caps": tuple(TRAITS[c].cap for c in CLASSES),
        "buyable": tuple(c is ProductClass.DEMAND_DEPOSIT or bool(menu[c]) for c in CLASSES),
    }
    assert {name: getattr(mandate, name) for name in expected} == expected
    assert isinstance(mandate, Mandate)
    assert mandate.stable_floor >= floor + float(needs.goals_reserve) / wealth * (1 - 1e-12)


def test_without_wealth_there_is_everything_but_a_mandate() -> None:
    record = with_wealth(BOOK["young-renter"], ZERO)
    profile = worked_up(record).profile
    found = situation_of(record.facts, record.balance_sheet, profile=profile, rulebook=RULEBOOK)
    assert (found.mandate, found.risky_share) == (None, 0.0)
    assert found.human_capital.total > 0
    assert found.needs.emergency_fund > ZERO


def test_special_care_begins_on_the_sixty_fifth_birthday() -> None:
    record = BOOK["equity-fan"]
    profile = worked_up(record).profile
    facts = replace(record.facts, birth_date=date(1961, 11, 20))
    day_before = date(2026, 11, 19)
    assert highest_buyable_level(profile, facts, day_before) is RiskLevel.R5
    assert highest_buyable_level(profile, facts, AS_OF) is RiskLevel.R3
