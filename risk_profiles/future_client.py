"""The client of a later year, as today's figures and the cash flows foresee it.

Facts, debts and holdings at an anniversary of the balance sheet, in today's money: the wage has
grown or ended, goals and dependants of the past are gone, debts are partly repaid and lighter by
inflation, and the wealth given lies in the classes given. Between the end of work and the first
pension nothing is earned and nothing paid: the income kind is then none. Policies stay as they are.
What is locked beyond that day, or lies elsewhere, stays where it is, up to the wealth there is.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, Debt, Holding
from allocator.life_cycle.amortization import balance_after
from allocator.money import LARGEST_AMOUNT, ZERO, Money, split_money, total
from allocator.product_classes import TRAITS, ProductClass
from allocator.shelf import Shelf
from allocator.weights import Weights
from risk_profiles.cash_flows import CashFlows
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import MONTHS_A_YEAR, months_later, months_until
from risk_profiles.person import ClientFacts, IncomeKind
from risk_profiles.working_life import pension_date_of, retirement_date_of


def future_facts(
    facts: ClientFacts, flows: CashFlows, *, years: int, parameters: LifeCycleParameters
) -> ClientFacts:
    """Return the facts after so many years; at least one year of flows must still follow.

    Goals due in the month that begins on that day are paid already, as in `cash_flows_of`.

    The same shares of support with debt service, and of the household's own spending, stay
    essential; the first is covered before the second.
    """
    start, month = flows.start, MONTHS_A_YEAR * years
    day = months_later(start, month)
    own, bound = _own_and_bound(flows, month)
    own_now, bound_now = _own_and_bound(flows, 0)
    essential_now = float(facts.essential_spending)
    essential_bound = min(1.0, essential_now / bound_now) if bound_now else 1.0
    beyond = max(0.0, essential_now - bound_now)
    essential_own = min(1.0, beyond / own_now) if own_now else 0.0
    return replace(
        facts,
        income_kind=_kind_on(day, facts, start, parameters),
        annual_income=Money.rounded(float(flows.wages[month : month + MONTHS_A_YEAR].sum())),
        spending=Money.rounded(own + bound),
        essential_spending=Money.rounded(essential_own * own + essential_bound * bound),
        dependants=tuple(d for d in facts.dependants if d.independent_on > day),
        goals=tuple(g for g in facts.goals if not years or months_until(start, g.due) > month),
    )


def future_balance_sheet(
    sheet: BalanceSheet,
    weights: Weights,
    *,
    years: int,
    wealth: Money,
    shelf: Shelf,
    parameters: LifeCycleParameters,
) -> BalanceSheet:
    """Return the balance sheet after so many years, with `wealth` in the classes of `weights`.

    Args:
        sheet: Today's.
        weights: How the wealth lies.
        years: From today.
        wealth: In today's money; positive.
        shelf: What is free lies in some product of its class, so that it can be sold.
        parameters: For inflation.
    """
    day = months_later(sheet.as_of, MONTHS_A_YEAR * years)
    worth = (1 + parameters.inflation) ** years
    stays = _what_stays(sheet, day, wealth)
    amounts = _amounts(weights, wealth, stays)
    free = tuple(
        Holding(
            id=f"free-{product_class}",
            product_class=product_class,
            amount=amount,
            risk_level=TRAITS[product_class].risk_level,
            product_id=next((p.id for p in shelf.of_class(product_class)), None),
        )
        for product_class, amount in amounts.items()
        if amount > ZERO
    )
    return replace(
        sheet,
        as_of=day,
        holdings=(*stays, *free),
        debts=tuple(_debt_after(debt, years, worth) for debt in sheet.debts),
    )


def _own_and_bound(flows: CashFlows, month: int) -> tuple[float, float]:
    bound = flows.support[month] + flows.debt_service[month]
    return float(flows.own_spending[month]), float(bound)


def _kind_on(
    day: date, facts: ClientFacts, start: date, parameters: LifeCycleParameters
) -> IncomeKind:
    if pension_date_of(facts, start, parameters=parameters) <= day:
        return IncomeKind.RETIRED
    is_over = retirement_date_of(facts, start, parameters=parameters) <= day
    return IncomeKind.NONE if is_over else facts.income_kind


def _what_stays(sheet: BalanceSheet, day: date, wealth: Money) -> tuple[Holding, ...]:
    stays = [h for h in sheet.holdings if not h.is_sellable(day)]
    held = total(h.amount for h in stays)
    if held <= wealth:
        return tuple(stays)
    # What is saved elsewhere has been drawn on, each holding in proportion.
    left = split_money(wealth, [h.amount.amount for h in stays])
    return tuple(
        replace(h, amount=amount) for h, amount in zip(stays, left, strict=True) if amount > ZERO
    )


def _amounts(
    weights: Weights, wealth: Money, stays: tuple[Holding, ...]
) -> Mapping[ProductClass, Money]:
    """Return what lies free in each class: what is missing to its weight, in proportion."""
    held: dict[ProductClass, Money] = dict.fromkeys(weights.classes, ZERO)
    for holding in stays:
        held[holding.product_class] += holding.amount
    missing = {c: max(0.0, float(wealth) * weights[c] - float(held[c])) for c in weights.classes}
    free = wealth - total(h.amount for h in stays)
    if free <= ZERO or not sum(missing.values()):
        return dict.fromkeys(weights.classes, ZERO) | {ProductClass.DEMAND_DEPOSIT: free}
    parts = split_money(free, [Decimal(repr(missing[c])) for c in weights.classes])
    return dict(zip(weights.classes, parts, strict=True))


def _debt_after(debt: Debt, years: int, worth: float) -> Debt:
    left = balance_after(
        MONTHS_A_YEAR * years,
        balance=float(debt.balance),
        annual_rate=float(debt.annual_rate),
        monthly_payment=float(debt.monthly_payment),
    )
    # A debt that never ends would outgrow what money can be written as.
    left = min(left, float(LARGEST_AMOUNT))
    return replace(
        debt,
        balance=Money.rounded(left / worth),
        monthly_payment=Money.rounded(float(debt.monthly_payment) / worth if left else 0.0),
    )
