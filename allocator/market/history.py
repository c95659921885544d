"""Return histories: what product classes earned, period by period, with its window.

A history is a table of simple returns without gaps: one row a period, one column a class. Its
window is the span over which every class exists, and it travels with everything computed from it.

Columns of the embedded yearly file and the classes they stand for:

    money_fund                cash_management
    time_deposit              time_deposit
    bond_fund                 0.50 treasury + 0.50 corporate_bond
    wealth_fixed_income_plus  0.45 treasury + 0.45 corporate_bond + 0.10 a_share_equity
    balanced_fund             0.30 treasury + 0.30 corporate_bond + 0.40 a_share_equity
    a_share_equity_fund       a_share_equity
    overseas_equity_fund      us_equity_cny (one market stands for the class)
    gold                      gold_cny

Mixes are rebalanced yearly. wealth_fixed_income_plus and balanced_fund have no series of their own:
the mixes stand in for them, with the same parts as the volatility estimates of the shipped
assumptions. A manager's choices, and the smooth valuations of wealth products, are not in them.

Index and price series (bond_fund, both stand-ins, overseas_equity_fund, gold) are gross of fees, so
the back-test charges them the yearly fee of the shipped assumptions. The others are net already:
deposits and money funds quote net rates, and the A-share series is a fund's from 2013 on; before
that its missing dividends outweigh the fee. In the stand-ins that fund's own fee is paid twice,
which costs balanced_fund about 0.2 % a year.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pandas as pd

from allocator.errors import InputError
from allocator.market.assumptions import load_default_table
from allocator.market.model import Matrix
from allocator.product_classes import ProductClass

# Fractions of the columns that make up each class.
_MIXES: dict[ProductClass, dict[str, float]] = {
    ProductClass.MONEY_FUND: {"cash_management": 1.0},
    ProductClass.TIME_DEPOSIT: {"time_deposit": 1.0},
    ProductClass.BOND_FUND: {"treasury": 0.50, "corporate_bond": 0.50},
    ProductClass.WEALTH_FIXED_INCOME_PLUS: {
        "treasury": 0.45,
        "corporate_bond": 0.45,
        "a_share_equity": 0.10,
    },
    ProductClass.BALANCED_FUND: {"treasury": 0.30, "corporate_bond": 0.30, "a_share_equity": 0.40},
    ProductClass.A_SHARE_EQUITY_FUND: {"a_share_equity": 1.0},
    ProductClass.OVERSEAS_EQUITY_FUND: {"us_equity_cny": 1.0},
    ProductClass.GOLD: {"gold_cny": 1.0},
}
_NET_OF_FEES = frozenset(
    {ProductClass.MONEY_FUND, ProductClass.TIME_DEPOSIT, ProductClass.A_SHARE_EQUITY_FUND}
)


@dataclass(frozen=True, slots=True, eq=False)
class ReturnHistory:
    """Simple returns per period; row t is earned between `dates[t-1]` and `dates[t]`.

    Attributes:
        start: Date of the prices that the first return begins at.
        dates: Last day of each period, rising.
        returns: Shape (len(dates), len(classes)), read-only.
        periods_per_year: 1, 12, about 52, about 243 or 252 (trading days), or 365.
        annual_fees: Yearly fee by class still to be charged; 0 where returns are net of fees.
        source: Where the figures come from.
        left_out: Rows of the file outside the window in which every class exists.
    """

    classes: tuple[ProductClass, ...]
    start: date
    dates: tuple[date, ...]
    returns: Matrix
    periods_per_year: int
    annual_fees: tuple[float, ...]
    source: str
    left_out: int = 0

    def __post_init__(self) -> None:
        shape = (len(self.dates), len(self.classes))
        if self.returns.shape != shape or len(set(self.classes)) != len(self.classes):
            raise InputError(f"returns of shape {self.returns.shape} for a table of {shape}")
        if not self.classes or len(self.annual_fees) != len(self.classes):
            raise InputError("a history needs at least one class, and a fee for each")
        days = (self.start, *self.dates)
        if any(late <= early for early, late in pairwise(days)):
            raise InputError("the dates of a history must rise")
        if not np.isfinite(self.returns).all() or (self.returns <= -1).any():
            raise InputError("returns must be finite and above -100 %")
        if not all(0 <= fee < 0.2 for fee in self.annual_fees):
            raise InputError(f"yearly fees must lie in [0, 0.2), got {self.annual_fees}")
        # A private copy: what a policy was shown can neither change nor lead back to the whole.
        # One memory order, because numpy sums rows and columns in different orders and the last
        # bit of a policy's decision would hang on how the table was made.
        own = np.array(self.returns, dtype=np.float64, order="C")
        own.setflags(write=False)
        object.__setattr__(self, "returns", own)

    @property
    def end(self) -> date:
        """Last day of the window; `start` when there is no period yet."""
        return self.dates[-1] if self.dates else self.start

    @property
    def years(self) -> float:
        """Length in years, by counting periods."""
        return len(self.dates) / self.periods_per_year

    @property
    def content_hash(self) -> str:
        """SHA-256 of classes, dates, returns and fees."""
        lines = [",".join(self.classes), self.start.isoformat(), repr(self.annual_fees)]
        lines += [
            f"{day.isoformat()},{','.join(float(r).hex() for r in row)}"
            for day, row in zip(self.dates, self.returns, strict=True)
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def past(self, periods: int) -> "ReturnHistory":
        """Return the first `periods` rows: all that was known at the start of the next one."""
        return replace(self, dates=self.dates[:periods], returns=self.returns[:periods])

    def over(self, classes: Iterable[ProductClass]) -> "ReturnHistory":
        """Return the history of some of its classes, in the order given.

        Raises:
            InputError: a class is not in this history.
        """
        wanted = tuple(classes)
        missing = [c for c in wanted if c not in self.classes]
        if missing:
            raise InputError(f"the history has no {missing}; it has {list(self.classes)}")
        columns = [self.classes.index(c) for c in wanted]
        return replace(
            self,
            classes=wanted,
            returns=self.returns[:, columns],
            annual_fees=tuple(self.annual_fees[i] for i in columns),
        )


def load_default_history() -> ReturnHistory:
    """Return the embedded yearly history over the years in which every class exists (2011-2023)."""
    resource = files("allocator") / "market/data/calendar_year_returns.csv"
    with resource.open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, comment="#", index_col="year")
    mixed = pd.DataFrame(
        {
            c: sum(fraction * table[column] for column, fraction in mix.items())
            for c, mix in _MIXES.items()
        }
    )
    complete = mixed.dropna()
    years = [int(year) for year in complete.index]
    if years != list(range(years[0], years[-1] + 1)):
        raise InputError(f"the embedded history has a gap: {years}")
    fees = {row.product_class: row.fee for row in load_default_table().classes}
    return ReturnHistory(
        classes=tuple(_MIXES),
        start=date(years[0] - 1, 12, 31),
        dates=tuple(date(year, 12, 31) for year in years),
        returns=complete.to_numpy(dtype=np.float64),
        periods_per_year=1,
        annual_fees=tuple(0.0 if c in _NET_OF_FEES else fees[c] for c in _MIXES),
        source="calendar-year returns of Chinese asset classes, CNY, public series",
        left_out=len(mixed) - len(complete),
    )
