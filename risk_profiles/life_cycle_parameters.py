"""Parameters of the life cycle: how incomes move, what money loses, when work ends.

One TOML file holds all of them under a version, and beside each figure its status and what it
rests on, so that a person can disagree with a single number and put another file in its place:

    law          a text in force, which the source names
    assumption   our own judgement; the basis says what it leans on
    unverified   taken over from elsewhere and not yet compared with its source

    growth(kind, age) = max(lowest_growth, early_growth[kind] - yearly_fade * (age - growth_age))

Rates are per year; all but inflation are real. Advice stores the text, and a replay reads it back.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files

from allocator.errors import InputError
from allocator.life_cycle.needs import GoalKind
from allocator.market.field_reader import FieldReader
from risk_profiles.person import IncomeKind, WorkCategory

DEFAULT_LIFE_CYCLE = "parameters/life_cycle_cn_2026_2.toml"
# Advice from before its parameters were kept rests on this edition, which stays as it is.
FIRST_LIFE_CYCLE = "parameters/life_cycle_cn_2026_1.toml"
_OLDEST = 130


class FigureStatus(StrEnum):
    """How well founded a figure is."""

    LAW = "law"
    ASSUMPTION = "assumption"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class FigureBasis:
    """What a figure rests on; a law has a source, the others may."""

    status: FigureStatus
    basis: str
    source: str | None


@dataclass(frozen=True, slots=True)
class IncomeRisk:
    """Parameters of one kind of income.

    Attributes:
        shock_variance: Of permanent log-income shocks, per year.
        correlation: Of those shocks with A-share equities.
        early_growth: Real growth of the wage at `growth_age`, per year.
        uncertainty: 0 (safe) to 1, for the emergency fund of a household with two incomes.
        extra_months: Emergency months added to that.
    """

    shock_variance: float
    correlation: float
    early_growth: float
    uncertainty: float
    extra_months: float


@dataclass(frozen=True, slots=True)
class RetirementReform:
    """How the statutory age of one work category rises month by month.

    Attributes:
        base_age: Age in years before the reform.
        cap_months: Longest delay.
        step_months: Months of birth that share one month of delay.
    """

    base_age: int
    cap_months: int
    step_months: int


@dataclass(frozen=True, slots=True)
class LifeCycleParameters:
    """The whole file, checked.

    Attributes:
        incomes: One row for every kind of income.
        inflation: Of consumer prices, per year.
        real_riskless_rate: Per year.
        yearly_fade_of_growth: By how much the growth of a wage falls with each year of age.
        lowest_growth: Where that fall ends, per year.
        growth_age: Age at which a wage grows by `early_growth`.
        single_income_uncertainty: Added for a household with fewer than two incomes.
        shock_price: Rise of the wage discount rate per unit of risk aversion and shock variance.
        pension_spread: Of the pension discount rate above the riskless rate, per year.
        retirement_spending: Share of one's own spending that goes on in retirement.
        last_age: Age of the last pension.
        planning_age: Age until which money has to last.
        flexible_months: By how much a person may retire before or after the statutory age.
        lowest_contribution_months: Of the pension scheme until `contribution_rise_from`.
        highest_contribution_months: Where the rise ends.
        contribution_rise_from: The first year with more.
        contribution_step_months: The rise with each year.
        goals_that_outlive: Kinds of goals that survivors still have to pay.
        income_needs_an_end: Facts are refused when an income outlasts the statutory age and no
            planned age ends it.
        retirement: One row for every work category.
        bases: What each figure rests on: by its name, or "income.KIND" and "retirement.CATEGORY".
    """

    version: str
    as_of: date
    content_hash: str
    incomes: Mapping[IncomeKind, IncomeRisk]
    inflation: float
    real_riskless_rate: float
    yearly_fade_of_growth: float
    lowest_growth: float
    growth_age: int
    single_income_uncertainty: float
    shock_price: float
    pension_spread: float
    retirement_spending: float
    last_age: int
    planning_age: int
    flexible_months: int
    lowest_contribution_months: int
    highest_contribution_months: int
    contribution_rise_from: int
    contribution_step_months: int
    goals_that_outlive: frozenset[GoalKind]
    income_needs_an_end: bool
    retirement: Mapping[WorkCategory, RetirementReform]
    bases: Mapping[str, FigureBasis]

    def growth_at(self, age: int, *, kind: IncomeKind) -> float:
        """Return the real growth of a wage in the year that starts at `age`."""
        fade = self.yearly_fade_of_growth * (age - self.growth_age)
        return max(self.lowest_growth, self.incomes[kind].early_growth - fade)


def read_life_cycle(edition: str) -> str:
    """Return the text of an edition that ships with the package."""
    return (files("risk_profiles") / edition).read_text(encoding="utf-8")


def load_default_life_cycle_parameters() -> LifeCycleParameters:
    """Return the parameters that ship with the package."""
    return parse_life_cycle_parameters(read_life_cycle(DEFAULT_LIFE_CYCLE), name=DEFAULT_LIFE_CYCLE)


def parse_life_cycle_parameters(
    text: str, *, name: str = "the life-cycle parameters"
) -> LifeCycleParameters:
    """Read life-cycle parameters from TOML text.

    Args:
        text: The file's content.
        name: What errors call the file.

    Raises:
        InputError: code invalid_life_cycle; unreadable TOML, or a figure that is missing, unknown,
            of another type, out of range or without a basis, one problem each.
    """
    try:
        # Some editors begin a UTF-8 file with a byte order mark.
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}", code="invalid_life_cycle") from None
    return _Parser(FieldReader(f"{name} cannot be used", "invalid_life_cycle"), document).parse(
        content_hash=hashlib.sha256(text.encode()).hexdigest()
    )


class _Parser:
    """Reads one document; the reader gathers what is wrong with it."""

    def __init__(self, reader: FieldReader, document: Mapping[str, object]) -> None:
        self._reader, self._document = reader, document
        self._figures = reader.table(document, "figure", at="")
        self._bases: dict[str, FigureBasis] = {}

    def parse(self, *, content_hash: str) -> LifeCycleParameters:
        reader = self._reader
        reader.only(self._document, {"version", "as_of", "figure", "income", "retirement"}, at="")
        found = LifeCycleParameters(
            version=reader.words(self._document, "version", at=""),
            as_of=reader.day(self._document, "as_of", at=""),
            content_hash=content_hash,
            incomes=self._incomes(),
            inflation=self._number("inflation", -0.1, 0.3),
            real_riskless_rate=self._number("real_riskless_rate", -0.1, 0.2),
            yearly_fade_of_growth=self._number("yearly_fade_of_growth", 0, 0.05),
            lowest_growth=self._number("lowest_growth", -0.2, 0.2),
            growth_age=self._count("growth_age", 0, _OLDEST),
            single_income_uncertainty=self._number("single_income_uncertainty", 0, 1),
            shock_price=self._number("shock_price", 0, 5),
            pension_spread=self._number("pension_spread", -0.05, 0.2),
            retirement_spending=self._number("retirement_spending", 0, 2),
            last_age=self._count("last_age", 80, _OLDEST),
            planning_age=self._count("planning_age", 70, _OLDEST),
            flexible_months=self._count("flexible_months", 0, 120),
            lowest_contribution_months=self._count("lowest_contribution_months", 0, 600),
            highest_contribution_months=self._count("highest_contribution_months", 0, 600),
            contribution_rise_from=self._count("contribution_rise_from", 2000, 2100),
            contribution_step_months=self._count("contribution_step_months", 1, 120),
            goals_that_outlive=self._goal_kinds("goals_that_outlive"),
            income_needs_an_end=self._flag("income_needs_an_end"),
            retirement=self._retirement(),
            bases=self._bases,
        )
        reader.only(self._figures, set(self._bases), at="/figure")
        if found.planning_age > found.last_age:
            detail = f"lies above last_age, {found.last_age}"
            remedy = "lower it, or raise last_age"
            reader.refuse("/figure/planning_age/value", detail, found.planning_age, remedy)
        if found.lowest_contribution_months > found.highest_contribution_months:
            at, lowest = "/figure/lowest_contribution_months", found.lowest_contribution_months
            reader.refuse(f"{at}/value", "lies above the highest", lowest, "lower it")
        reader.finish()
        return found

    def _number(self, name: str, low: float, high: float) -> float:
        return self._reader.number(self._figure(name), "value", f"/figure/{name}", low, high)

    def _count(self, name: str, low: int, high: int) -> int:
        return self._reader.count(self._figure(name), "value", f"/figure/{name}", low, high)

    def _flag(self, name: str) -> bool:
        value = self._figure(name).get("value")
        if not isinstance(value, bool):
            at, remedy = f"/figure/{name}/value", "write one of the two without quotes"
            self._reader.refuse(at, "must be true or false", value, remedy)
        return value is True

    def _goal_kinds(self, name: str) -> frozenset[GoalKind]:
        value = self._figure(name).get("value")
        known = [kind.value for kind in GoalKind]
        kinds = value if isinstance(value, list) and all(one in known for one in value) else None
        if kinds is None:
            at, detail = f"/figure/{name}/value", f"must be a list of {', '.join(known)}"
            self._reader.refuse(at, detail, value, "list the kinds in quotes, or none")
        return frozenset(GoalKind(one) for one in kinds or ())

    def _figure(self, name: str) -> Mapping[str, object]:
        at = f"/figure/{name}"
        row = self._reader.table(self._figures, name, at="/figure")
        self._reader.only(row, {"value", "status", "basis", "source"}, at=at)
        self._bases[name] = self._basis(row, at=at)
        return row

    def _basis(self, row: Mapping[str, object], *, at: str) -> FigureBasis:
        reader, status = self._reader, FigureStatus.ASSUMPTION
        try:
            status = FigureStatus(str(row.get("status")))
        except ValueError:
            known = ", ".join(FigureStatus)
            detail = f"must be one of {known}"
            reader.refuse(f"{at}/status", detail, row.get("status"), "say how sure it is")
        basis = reader.words(row, "basis", at=at)
        has_source = "source" in row or status is FigureStatus.LAW
        source = reader.words(row, "source", at=at) if has_source else None
        return FigureBasis(status, basis, source)

    def _incomes(self) -> dict[IncomeKind, IncomeRisk]:
        reader = self._reader
        found: dict[IncomeKind, IncomeRisk] = {}
        for name, row in self._rows("income", {kind.value for kind in IncomeKind}).items():
            at = f"/income/{name}"
            figures = {"shock_variance", "correlation", "early_growth", "uncertainty"}
            reader.only(row, figures | {"extra_months", "status", "basis", "source"}, at=at)
            found[IncomeKind(name)] = IncomeRisk(
                shock_variance=reader.number(row, "shock_variance", at, 0, 0.25),
                correlation=reader.number(row, "correlation", at, -1, 1),
                early_growth=reader.number(row, "early_growth", at, -0.1, 0.2),
                uncertainty=reader.number(row, "uncertainty", at, 0, 1),
                extra_months=reader.number(row, "extra_months", at, 0, 6),
            )
            self._bases[f"income.{name}"] = self._basis(row, at=at)
        return found

    def _retirement(self) -> dict[WorkCategory, RetirementReform]:
        reader = self._reader
        found: dict[WorkCategory, RetirementReform] = {}
        for name, row in self._rows("retirement", {one.value for one in WorkCategory}).items():
            at = f"/retirement/{name}"
            figures = {"base_age", "cap_months", "step_months"}
            reader.only(row, figures | {"status", "basis", "source"}, at=at)
            found[WorkCategory(name)] = RetirementReform(
                base_age=reader.count(row, "base_age", at, 40, 80),
                cap_months=reader.count(row, "cap_months", at, 1, 240),
                step_months=reader.count(row, "step_months", at, 1, 12),
            )
            self._bases[f"retirement.{name}"] = self._basis(row, at=at)
        return found

    def _rows(self, table: str, names: set[str]) -> dict[str, Mapping[str, object]]:
        """Return the rows of a table by name, those of `names` alone; each must be there."""
        rows = self._reader.table(self._document, table, at="")
        self._reader.only(rows, names, at=f"/{table}")
        return {name: self._reader.table(rows, name, at=f"/{table}") for name in sorted(names)}
