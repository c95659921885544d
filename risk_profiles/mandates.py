"""From a person to a mandate: profile, needs and life cycle become numbers and limits.

    liquidity floor = emergency fund / W
    stable floor    = liquidity floor + max over due dates of (R due by then + locked beyond) / W
    fixed           = what is locked or held elsewhere, and one month of essential spending in
                      the account: nobody pays the rent from a money fund that settles tomorrow
    class cap       = the class's own limit, or, where every product on the menu has a limit of its
                      own, what is held of the class and what these may still take, if that is less

R is what dated goals need in stable classes; money locked beyond a due date cannot pay for it.
The profile's level brings the volatility cap, the risky-share cap and the highest product level;
its score brings the risk aversion; human capital brings the rest (`allocator.mandate`).

A plan is made for what is left once debts dearer than the best certainty equivalent are repaid.
Until they are, what is set aside lies where it lay: where a plan leads is told on both together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, DebtKind, Holding
from allocator.life_cycle.human_capital import HumanCapital
from allocator.life_cycle.needs import Needs
from allocator.mandate import Mandate
from allocator.money import ZERO, Money, total
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.shelf import Shelf
from allocator.trading.product_choice import Menu, room_in
from allocator.weights import Weights
from risk_profiles.levels import LEVELS, SHORTEST_LOCK_UP_DAYS
from risk_profiles.profile import Profile

# One figure spreads one-off costs in the optimizer and in the reminder's gate.
COST_HORIZON_YEARS = 2.0
# At eighty care can be needed any month and a man of the shipped table has nine years left; at
# ninety he has fewer than five. A form may state ten years of horizon at any age.
AGE_OF_SHORT_LOCKS, AGE_WITHOUT_LOCKS = 80, 90
FEN = Money(Decimal("0.01"))
# Between an order and the first day of its lock lie weekends, holidays and the product's cycle.
SETTLEMENT_DAYS = 14
_LONG_HELD_DAYS = 3650


@dataclass(frozen=True, slots=True)
class PlanBasis:
    """The balance sheet a plan is made for: what is left once dear debts are repaid.

    Attributes:
        balance_sheet: Without the money that is to repay debts; the debts still stand.
        set_aside: That money: what each holding gives, under the holding's own id.
    """

    balance_sheet: BalanceSheet
    set_aside: tuple[Holding, ...]

    @property
    def repayment(self) -> Money:
        """What is set aside, wherever it lies at present."""
        return total(h.amount for h in self.set_aside)

    @property
    def kept_in_account(self) -> Money:
        """The part of it that lies in the account."""
        return self._aside_in(ProductClass.DEMAND_DEPOSIT)

    def whole(self, planned: BalanceSheet) -> BalanceSheet:
        """Return what is planned for and what is set aside together: the client's balance sheet.

        Args:
            planned: `balance_sheet` itself or what orders make of it.
        """
        back = {h.id: h for h in self.set_aside}
        kept = [
            replace(h, amount=h.amount + back.pop(h.id).amount) if h.id in back else h
            for h in planned.holdings
        ]
        return replace(planned, holdings=(*kept, *back.values()))

    def whole_weights(self, planned: Weights) -> Weights:
        """Return weights of what is planned for as weights of the whole."""
        if not self.set_aside:
            return planned
        kept, aside = float(self.balance_sheet.investable_wealth), float(self.repayment)
        return Weights(
            planned.classes,
            tuple(
                (weight * kept + float(self._aside_in(product_class))) / (kept + aside)
                for product_class, weight in planned.as_dict().items()
            ),
        )

    def _aside_in(self, product_class: ProductClass) -> Money:
        return total(h.amount for h in self.set_aside if h.product_class is product_class)


def everyday_cash(balance_sheet: BalanceSheet, needs: Needs) -> Money:
    """Return the cash that stays in the account: a month's essentials, or all there is."""
    return min(needs.monthly_essential, total(h.amount for h in _account(balance_sheet)))


def plan_basis(balance_sheet: BalanceSheet, needs: Needs, *, hurdle: float) -> PlanBasis:
    """Set aside, beyond the emergency fund, what repays debts dearer than `hurdle`.

    To invest beside such a debt is to borrow for it. A mortgage is named in the diagnosis but not
    set aside for: its contract and its home are not on this balance sheet.

    Args:
        balance_sheet: As it stands.
        needs: For the emergency fund and everyday cash.
        hurdle: The best certainty equivalent open to the client, per year.
    """
    account = _account(balance_sheet)
    funds = [
        h
        for h in balance_sheet.holdings
        if h.product_class is ProductClass.MONEY_FUND and h.is_sellable(balance_sheet.as_of)
    ]
    dear = total(
        d.balance
        for d in balance_sheet.debts
        if d.kind is not DebtKind.MORTGAGE and float(d.annual_rate) > hurdle
    )
    everyday = everyday_cash(balance_sheet, needs)
    at_hand = total(h.amount for h in (*account, *funds)) - everyday
    spare = max(balance_sheet.liquid_assets - needs.emergency_fund, ZERO)
    # One fen is left, so that there is a balance sheet to plan for.
    most = max(balance_sheet.investable_wealth - FEN, ZERO)
    repayment = min(dear, spare, at_hand, most)
    from_account = min(repayment, total(h.amount for h in account) - everyday)
    taken = _take(account, from_account) | _take(funds, repayment - from_account)
    given = [replace(h, amount=taken.get(h.id, ZERO)) for h in balance_sheet.holdings]
    left = [
        replace(h, amount=h.amount - part.amount)
        for h, part in zip(balance_sheet.holdings, given, strict=True)
    ]
    return PlanBasis(
        replace(balance_sheet, holdings=tuple(h for h in left if h.amount > ZERO)),
        tuple(h for h in given if h.amount > ZERO),
    )


def longest_lock_up(profile: Profile, needs: Needs, *, age: int, as_of: date) -> int:
    """Return for how many days the plan may lock money: by horizon, age and the nearest goal."""
    limits = [profile.longest_lock_up_days]
    if age >= AGE_OF_SHORT_LOCKS:
        limits.append(SHORTEST_LOCK_UP_DAYS if age < AGE_WITHOUT_LOCKS else 0)
    if needs.goal_reserves:
        until = (needs.goal_reserves[0].due - as_of).days
        limits.append(max(0, until - SETTLEMENT_DAYS))
    return min(limits)


def build_mandate(
    *,
    profile: Profile,
    needs: Needs,
    human_capital: HumanCapital,
    balance_sheet: BalanceSheet,
    menu: Menu,
    shelf: Shelf,
) -> Mandate:
    """Return the mandate of a client with positive investable wealth.

    Raises:
        InputError: there is no wealth to allocate.
    """
    limits = LEVELS[profile.level]
    weights = balance_sheet.weights(CLASSES)
    wealth = float(balance_sheet.investable_wealth)
    fixed = dict(zip(CLASSES, balance_sheet.fixed_weights(CLASSES), strict=True))
    fixed[ProductClass.DEMAND_DEPOSIT] += float(everyday_cash(balance_sheet, needs)) / wealth
    # Money locked beyond a goal's date cannot pay for it, so that much more has to be stable.
    for_goals = max(
        (
            due.amount + balance_sheet.stable_locked_beyond(due.due)
            for due in needs.reserved_until()
        ),
        default=needs.goals_reserve,
    )
    liquidity_floor = float(needs.emergency_fund) / wealth
    return Mandate(
        classes=CLASSES,
        risk_aversion=profile.risk_aversion,
        human_capital_ratio=human_capital.total / wealth,
        income_beta=human_capital.beta if human_capital.is_working else 0.0,
        volatility_cap=limits.volatility_cap,
        risky_share_cap=limits.risky_share_cap,
        liquidity_floor=liquidity_floor,
        stable_floor=liquidity_floor + float(for_goals) / wealth,
        current=weights.values,
        # A sum of two roundings may pass what is held by one part in 10^16.
        fixed=tuple(min(fixed[c], weights[c]) for c in CLASSES),
        class_caps=tuple(_class_cap(c, balance_sheet, menu) for c in CLASSES),
        buyable=tuple(c is ProductClass.DEMAND_DEPOSIT or bool(menu[c]) for c in CLASSES),
        buy_cost=tuple(float(menu[c][0].purchase_fee) if menu[c] else 0.0 for c in CLASSES),
        sell_cost=tuple(_sell_cost(c, balance_sheet, shelf) for c in CLASSES),
        cost_horizon_years=COST_HORIZON_YEARS,
    )


def _account(balance_sheet: BalanceSheet) -> list[Holding]:
    return [
        h
        for h in balance_sheet.holdings
        if h.product_class is ProductClass.DEMAND_DEPOSIT and h.is_sellable(balance_sheet.as_of)
    ]


def _take(holdings: Iterable[Holding], amount: Money) -> dict[str, Money]:
    """Return how much of `amount` each holding gives, in their order."""
    taken = {}
    for holding in holdings:
        taken[holding.id] = min(holding.amount, amount)
        amount -= taken[holding.id]
    return taken


def _class_cap(product_class: ProductClass, balance_sheet: BalanceSheet, menu: Menu) -> float:
    """Return the most a class can hold: its own limit, or all that its products may take.

    What is held may stay. Of a class with nothing on the menu nothing is bought anyway.
    """
    cap, wealth = TRAITS[product_class].cap, float(balance_sheet.investable_wealth)
    if not menu[product_class]:
        return cap
    reachable = balance_sheet.amount_in(product_class)
    for product in menu[product_class]:
        reachable += room_in(product, balance_sheet)
        # A few products take as much as the class may hold, and the rest need not be asked.
        if float(reachable) >= cap * wealth:
            return cap
    return float(reachable) / wealth


def _sell_cost(product_class: ProductClass, balance_sheet: BalanceSheet, shelf: Shelf) -> float:
    """Redemption fee of what could be sold in a class, weighted by value."""
    worth = fee = ZERO.amount
    for holding in balance_sheet.holdings:
        if holding.product_class is not product_class or holding.product_id is None:
            continue
        if not holding.is_sellable(balance_sheet.as_of):
            continue
        bought = holding.acquired_on
        held = (balance_sheet.as_of - bought).days if bought else _LONG_HELD_DAYS
        rate = shelf[holding.product_id].redemption_fee(held_days=held)
        worth += holding.amount.amount
        fee += holding.amount.amount * rate
    return float(fee / worth) if worth else 0.0
