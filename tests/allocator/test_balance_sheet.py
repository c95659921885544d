"""The balance sheet: what counts as wealth, as liquid, as stable and as sellable."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from allocator.balance_sheet import (
    BalanceSheet,
    Debt,
    DebtKind,
    HeldAt,
    Holding,
    Policy,
    PolicyKind,
)
from allocator.errors import InputError
from allocator.money import ZERO, Money
from allocator.product_classes import CLASSES, ProductClass, RiskLevel

TODAY = date(2026, 11, 20)
money = Money.parse
CASH = Holding("cash", ProductClass.DEMAND_DEPOSIT, money("100.10"), RiskLevel.R1)
TERM = Holding(
    "term",
    ProductClass.TIME_DEPOSIT,
    money("200.20"),
    RiskLevel.R1,
    "t",
    locked_until=TODAY + timedelta(days=1),
)
FUND = Holding("fund", ProductClass.MONEY_FUND, money("300.30"), RiskLevel.R1, "m")
SHARES = Holding(
    "s", ProductClass.A_SHARE_EQUITY_FUND, money("400.40"), RiskLevel.R4, "s", HeldAt.ELSEWHERE
)
LOAN = Debt("loan", DebtKind.MORTGAGE, money("5000.00"), Decimal("0.03"), money("50"))
COVER = tuple(
    Policy(f"p{n}", kind, money("10"), ZERO)
    for n, kind in enumerate((PolicyKind.LIFE, PolicyKind.LIFE, PolicyKind.MEDICAL))
)
SHEET = BalanceSheet(TODAY, (CASH, TERM, FUND, SHARES), (LOAN,), COVER)


def test_wealth_is_all_holdings_and_debts_are_kept_beside_it() -> None:
    assert SHEET.investable_wealth == money("1001.00")
    assert SHEET.net_worth == money("-3999.00")
    assert SHEET.amount_in(ProductClass.TIME_DEPOSIT) == money("200.20")
    assert SHEET.amount_in(ProductClass.GOLD) == ZERO


def test_liquid_and_stable_money_differ_by_the_lock() -> None:
    assert SHEET.liquid_assets == money("400.40")
    assert SHEET.stable_assets == money("600.60")
    locked = replace(FUND, locked_until=TODAY + timedelta(days=1))
    sheet = replace(SHEET, holdings=(CASH, locked))
    assert sheet.liquid_assets == money("100.10")
    assert sheet.stable_assets == money("400.40")


@pytest.mark.parametrize(
    ("holding", "sellable"),
    [
        (CASH, True),  # the account needs no product
        (FUND, True),
        (TERM, False),
        (replace(TERM, locked_until=TODAY), True),
        (SHARES, False),
        (replace(FUND, product_id=None), False),  # nothing of ours
        (replace(CASH, held_at=HeldAt.ELSEWHERE), False),
    ],
)
def test_only_what_is_ours_here_and_free_can_be_sold(holding: Holding, sellable: bool) -> None:
    assert holding.is_sellable(TODAY) is sellable


def test_weights_and_fixed_weights_are_fractions_of_all_wealth() -> None:
    weights = SHEET.weights(CLASSES)
    assert weights[ProductClass.DEMAND_DEPOSIT] == pytest.approx(0.1)
    assert sum(weights.values) == pytest.approx(1)
    fixed = dict(zip(CLASSES, SHEET.fixed_weights(CLASSES), strict=True))
    assert fixed[ProductClass.TIME_DEPOSIT] == weights[ProductClass.TIME_DEPOSIT]
    assert fixed[ProductClass.A_SHARE_EQUITY_FUND] == pytest.approx(0.4)
    assert fixed[ProductClass.MONEY_FUND] == 0


def test_there_are_no_weights_without_wealth_or_without_the_class() -> None:
    with pytest.raises(InputError) as refusal:
        BalanceSheet(TODAY, ()).weights(CLASSES)
    assert refusal.value.code == "no_wealth"
    with pytest.raises(InputError, match="not modelled"):
        SHEET.weights((ProductClass.DEMAND_DEPOSIT, ProductClass.GOLD))


def test_cover_adds_up_by_kind() -> None:
    assert SHEET.cover(PolicyKind.LIFE) == money("20")
    assert SHEET.cover(PolicyKind.MEDICAL) == money("10")
    assert SHEET.cover(PolicyKind.ACCIDENT) == ZERO
