"""The checker against a second one, written from the rules as a table of conditions.

The reference works on plain numbers (fen, days, levels 1 to 5) and knows no type of ours, so that
the two can only agree by meaning the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from suitability_world import FACTS, product, profile

from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import Product, Regime, SettlementCycle, Shelf
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder, Side
from risk_profiles.overrides import ABOVE_LEVEL_WARNING, make_override
from risk_profiles.suitability import check_orders

AS_OF = date(2026, 11, 20)
Reasons = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Trade:
    """One order on the table: fen, and whether it buys."""

    product_id: str
    fen: int
    is_purchase: bool = True


@dataclass(frozen=True)
class Table:
    """One case on plain numbers."""

    level: int
    is_lowest: bool
    longest_lock: int
    age: int
    is_qualified: bool
    goal_days: int | None
    assessed_days_ago: int
    validity: int
    wealth: int
    held: Mapping[str, int]
    warned_days_ago: Mapping[str, int]
    trades: Sequence[Trade]

    def after(self, product_id: str) -> int:
        """Fen held once all trades are done, as the caller of the checker would count them."""
        mine = [t for t in self.trades if t.product_id == product_id]
        change = sum(t.fen if t.is_purchase else -t.fen for t in mine)
        return self.held.get(product_id, 0) + change


# id: class, regime, level, minimum and step in fen, lock, on sale, qualified, entry age, by policy
ROWS: dict[str, tuple[str, str, int, int, int, int, bool, bool, int | None, bool]] = {
    "money": ("money_fund", "csrc_fund", 1, 100, 1, 0, True, False, None, False),
    "bonds": ("bond_fund", "csrc_fund", 2, 1000, 1, 0, True, False, None, False),
    "mixed": ("balanced_fund", "csrc_fund", 3, 1000, 100, 180, True, False, None, False),
    "shares": ("a_share_equity_fund", "csrc_fund", 4, 1000, 1, 0, True, False, None, False),
    "sector": ("a_share_equity_fund", "csrc_fund", 5, 1000, 1, 0, True, False, None, False),
    "closed": ("overseas_equity_fund", "csrc_fund", 4, 1000, 1, 0, False, False, None, False),
    "private": (
        "private_fund_or_trust",
        "csrc_fund",
        5,
        10**8,
        10**7,
        700,
        True,
        True,
        None,
        False,
    ),
    "trust": ("private_fund_or_trust", "trust", 4, 10**8, 10**6, 730, True, True, None, False),
    "wealth": ("wealth_fixed_income_plus", "nfra_wealth", 3, 100, 1, 365, True, False, None, False),
    "deposit": ("time_deposit", "deposit", 1, 5000, 1, 91, True, False, None, False),
    "gold": ("gold", "metal", 3, 700, 700, 0, True, False, None, False),
    "annuity": ("annuity", "insurance", 2, 10**6, 10**5, 0, True, False, 60, True),
}
SHARES_OR_GOLD = {
    "balanced_fund", "a_share_equity_fund", "overseas_equity_fund", "gold", "private_fund_or_trust",
}  # fmt: skip


def reference(table: Table) -> Reasons:
    """Return (code, product) for every broken rule; the product of a rule about time is empty."""
    found = set()
    if table.assessed_days_ago < 0:
        found.add(("assessment_in_future", ""))
    if table.assessed_days_ago > table.validity:
        found.add(("assessment_expired", ""))
    for trade in table.trades:
        if not trade.is_purchase:
            continue
        if trade.product_id not in ROWS:
            found.add(("unknown_product", trade.product_id))
            continue
        broken = {code for code, is_broken in CONDITIONS.items() if is_broken(table, trade)}
        found |= {(code, trade.product_id) for code in broken}
    return frozenset(found)


def above(t: Table, o: Trade) -> bool:
    return ROWS[o.product_id][2] > (1 if t.is_lowest else t.level)


def bars_person(t: Table, o: Trade) -> bool:
    _, _, level, *_, qualified, entry, _ = ROWS[o.product_id]
    too_old = entry is not None and t.age > entry
    return (qualified and not t.is_qualified) or too_old or (t.age >= 65 and level >= 4)


def warned(t: Table, o: Trade) -> int | None:
    return t.warned_days_ago.get(o.product_id) if above(t, o) else None


def lifted(t: Table, o: Trade) -> bool:
    days = warned(t, o)
    return (
        days is not None
        and 0 <= days <= 7
        and ROWS[o.product_id][1] == "csrc_fund"
        and not t.is_lowest
        and not bars_person(t, o)
    )


def owes_minimum(t: Table, o: Trade) -> bool:
    return ROWS[o.product_id][1] == "deposit" or t.held.get(o.product_id, 0) <= 0


def least(t: Table, o: Trade) -> int:
    _, _, _, minimum, step, *_ = ROWS[o.product_id]
    return minimum if owes_minimum(t, o) else step


def crowds(t: Table, o: Trade) -> bool:
    product_class, regime, *_ = ROWS[o.product_id]
    bought = sum(b.fen for b in t.trades if b.is_purchase and b.product_id == o.product_id)
    after = max(bought, t.after(o.product_id))
    # 20 % of wealth, to the fen and with halves to even, as money is rounded everywhere.
    fifth = t.wealth // 5 + (t.wealth % 5 >= 3)
    return regime == "csrc_fund" and product_class in SHARES_OR_GOLD and after > fifth


CONDITIONS: dict[str, Callable[[Table, Trade], bool]] = {
    "lowest_class": lambda t, o: t.is_lowest and above(t, o),
    "above_level": lambda t, o: not t.is_lowest and above(t, o) and not lifted(t, o),
    "override_not_for_regime": lambda t, o: (
        warned(t, o) is not None and ROWS[o.product_id][1] != "csrc_fund"
    ),
    "override_lowest_class": lambda t, o: warned(t, o) is not None and t.is_lowest,
    "override_warning_in_future": lambda t, o: (warned(t, o) or 0) < 0,
    "override_warning_expired": lambda t, o: (warned(t, o) or 0) > 7,
    "qualified_only": lambda t, o: ROWS[o.product_id][7] and not t.is_qualified,
    "entry_age": lambda t, o: t.age > (ROWS[o.product_id][8] or 999),
    "special_care": lambda t, o: t.age >= 65 and ROWS[o.product_id][2] >= 4,
    "not_on_sale": lambda t, o: not ROWS[o.product_id][6],
    "needs_underwriting": lambda t, o: ROWS[o.product_id][9],
    "locked_past_horizon": lambda t, o: ROWS[o.product_id][5] > t.longest_lock,
    "locked_past_goal": lambda t, o: (
        ROWS[o.product_id][5] > 0
        and t.goal_days is not None
        and t.goal_days < 1825
        and ROWS[o.product_id][5] > t.goal_days
    ),
    "below_minimum": lambda t, o: o.fen < least(t, o),
    "off_step": lambda t, o: (
        o.fen >= least(t, o) and (o.fen - least(t, o)) % ROWS[o.product_id][4] != 0
    ),
    "concentration": crowds,
}


def shelved(name: str) -> Product:
    product_class, regime, level, minimum, step, lock, on_sale, qualified, entry, policy = ROWS[
        name
    ]
    return product(
        id=name,
        product_class=ProductClass(product_class),
        regime=Regime(regime),
        risk_level=RiskLevel(level),
        minimum=Money.from_minor(minimum),
        step=Money.from_minor(step),
        lock_up_days=lock,
        on_sale=on_sale,
        qualified_only=qualified,
        highest_entry_age=entry,
        settlement=SettlementCycle.POLICY if policy else SettlementCycle.NAV_T1,
    )


SHELF = Shelf("reference", "hash", {name: shelved(name) for name in ROWS})


def answer(table: Table) -> tuple[Statement, ...]:
    """Return what the real checker says."""
    orders = [
        PlannedOrder(
            line=line,
            side=Side.BUY if trade.is_purchase else Side.SELL,
            product_id=trade.product_id,
            product_class=ProductClass.MONEY_FUND,
            holding_id=None if trade.is_purchase else "held",
            amount=Money.from_minor(trade.fen),
            fee=ZERO,
        )
        for line, trade in enumerate(table.trades, start=1)
    ]
    goals = () if table.goal_days is None else (
        Goal("goal", Money.parse("1000"), AS_OF + timedelta(days=table.goal_days)),
    )  # fmt: skip
    traded = {trade.product_id for trade in table.trades} | set(table.held)
    return check_orders(
        orders,
        profile=replace(
            profile(f"C{table.level}", lowest=table.is_lowest),
            longest_lock_up_days=table.longest_lock,
        ),
        facts=replace(
            FACTS,
            birth_date=AS_OF.replace(year=AS_OF.year - table.age),
            is_qualified_investor=table.is_qualified,
            goals=goals,
        ),
        shelf=SHELF,
        wealth=Money.from_minor(table.wealth),
        holdings_after={name: Money.from_minor(table.after(name)) for name in traded},
        as_of=AS_OF,
        assessed_on=AS_OF - timedelta(days=table.assessed_days_ago),
        validity_days=table.validity,
        overrides=[
            make_override(
                product_id=name,
                warned_on=AS_OF - timedelta(days=days),
                warning=ABOVE_LEVEL_WARNING,
            )
            for name, days in table.warned_days_ago.items()
        ],
    )


def reasons(found: Sequence[Statement]) -> Reasons:
    return frozenset(
        (one.code.removeprefix("suitability."), str(one.evidence.get("product", "")))
        for one in found
    )


NAMES = [*ROWS, "ghost"]
FEN = st.one_of(
    st.sampled_from([1, 99, 100, 999, 1000, 1100, 1101, 5000, 700, 1400, 10**6, 10**8]),
    st.integers(1, 3 * 10**8),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    trades = draw(
        st.lists(st.builds(Trade, st.sampled_from(NAMES), FEN, st.booleans()), max_size=5)
    )
    traded = st.sampled_from([t.product_id for t in trades] or ["money"])
    return Table(
        level=draw(st.integers(1, 5)),
        is_lowest=draw(st.sampled_from([False, False, True])),
        longest_lock=draw(st.sampled_from([91, 92, 179, 180, 364, 365, 699, 700, 729, 730])),
        age=draw(st.sampled_from([30, 60, 61, 64, 65, 80])),
        is_qualified=draw(st.booleans()),
        goal_days=draw(st.sampled_from([None, 90, 91, 179, 180, 365, 1824, 1825, 3000])),
        assessed_days_ago=draw(st.sampled_from([-1, 0, 10, 364, 365, 366])),
        validity=draw(st.sampled_from([10, 365])),
        wealth=draw(st.one_of(st.integers(0, 10**9), st.sampled_from([0, 5000, 5002, 5003, 5007]))),
        held=draw(st.dictionaries(traded, st.integers(0, 10**8), max_size=2)),
        warned_days_ago=draw(
            st.dictionaries(traded, st.sampled_from([-1, 0, 1, 7, 8]), max_size=2)
        ),
        trades=trades,
    )


@settings(max_examples=3000)
@given(tables())
def test_the_checker_and_the_reference_give_the_same_reasons(table: Table) -> None:
    assert reasons(answer(table)) == reference(table)


@settings(max_examples=300)
@given(st.data())
def test_the_order_of_the_orders_never_changes_the_set_of_reasons(data: st.DataObject) -> None:
    table = data.draw(tables())
    shuffled = replace(table, trades=data.draw(st.permutations(table.trades)))
    assert reasons(answer(shuffled)) == reasons(answer(table))


@settings(max_examples=300)
@given(tables())
def test_an_override_takes_away_no_reason_but_the_level(table: Table) -> None:
    plain = reasons(answer(replace(table, warned_days_ago={})))
    insisted = reasons(answer(table))
    lifted_reasons = plain - insisted
    assert {code for code, _ in lifted_reasons} <= {"above_level"}
    assert all(code.startswith("override_") for code, _ in insisted - plain)


def test_every_rule_decides_some_of_the_cases_drawn() -> None:
    seen: set[str] = set()

    @settings(max_examples=1500, database=None)
    @given(tables())
    def look(table: Table) -> None:
        seen.update(code for code, _ in reference(table))

    look()
    of_time = {"assessment_in_future", "assessment_expired", "unknown_product"}
    assert seen == {*CONDITIONS, *of_time}
