"""What advice refers to besides the client: beliefs, products, questions, a life's figures.

Each part carries the hash of the text it was read from. Advice stores the hashes, the store keeps
the texts, and a replay reads them back: that is why the texts travel along.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from allocator.errors import InputError, Problem
from allocator.life_cycle.mortality import MortalityTable, parse_mortality_table
from allocator.market.assumptions import parse_assumptions
from allocator.market.model import MarketModel
from allocator.shelf import Shelf, parse_shelf
from api.settings import Settings
from risk_profiles.levels import ProfileLevel
from risk_profiles.life_cycle_parameters import (
    DEFAULT_LIFE_CYCLE,
    FIRST_LIFE_CYCLE,
    LifeCycleParameters,
    parse_life_cycle_parameters,
    read_life_cycle,
)
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import DEFAULT_QUESTIONNAIRE, parse_questionnaire
from risk_profiles.reachable_return import reachable_returns
from risk_profiles.rulebook import Rulebook

_MORTALITY = "life_cycle/data/mortality_cn.csv"


@dataclass(frozen=True)
class ReferenceData:
    """The five texts and what they mean.

    Attributes:
        life_cycle_text: None for advice made before its parameters were kept; the first edition
            says what it was made with.
    """

    market_text: str
    shelf_text: str
    questionnaire_text: str
    life_cycle_text: str | None
    mortality_text: str

    @cached_property
    def market(self) -> MarketModel:
        """The capital-market assumptions."""
        return parse_assumptions(self.market_text)

    @cached_property
    def shelf(self) -> Shelf:
        """The products on sale."""
        return parse_shelf(self.shelf_text)

    @cached_property
    def reachable_returns(self) -> Mapping[ProfileLevel, float]:
        """The highest expected return of each profile level, per year, net of fees."""
        return reachable_returns(self.market, self.shelf)

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """The risk questionnaire."""
        return parse_questionnaire(self.questionnaire_text)

    @cached_property
    def life_cycle(self) -> LifeCycleParameters:
        """The parameters of income, retirement and inflation."""
        if self.life_cycle_text is None:
            return parse_life_cycle_parameters(read_life_cycle(FIRST_LIFE_CYCLE))
        return parse_life_cycle_parameters(self.life_cycle_text)

    @cached_property
    def mortality(self) -> MortalityTable:
        """How long people live."""
        return parse_mortality_table(self.mortality_text, name="the mortality table")

    @cached_property
    def mortality_hash(self) -> str:
        """The SHA-256 of the table's text."""
        return hashlib.sha256(self.mortality_text.encode()).hexdigest()

    @cached_property
    def rulebook(self) -> Rulebook:
        """All of it, read."""
        return Rulebook(
            questionnaire=self.questionnaire,
            market=self.market,
            shelf=self.shelf,
            life_cycle=self.life_cycle,
            mortality=self.mortality,
        )

    def with_questionnaire(self, text: str) -> "ReferenceData":
        """Return the same reference data with another version of the questionnaire."""
        if text == self.questionnaire_text:
            return self
        return replace(self, questionnaire_text=text)


def reference_data_of(settings: Settings) -> ReferenceData:
    """Return what ships, with the files that the settings put in its place.

    Raises:
        InputError: see `load_reference_data`.
    """
    return load_reference_data(
        questionnaire=settings.questionnaire,
        assumptions=settings.assumptions,
        life_cycle=settings.life_cycle,
        mortality=settings.mortality,
    )


def load_reference_data(
    *,
    questionnaire: Path | None = None,
    assumptions: Path | None = None,
    life_cycle: Path | None = None,
    mortality: Path | None = None,
) -> ReferenceData:
    """Return the reference data that ships with the packages.

    Args:
        questionnaire: A form to ask in place of the one that ships.
        assumptions: A market model to advise with in place of the one that ships, such as
            `robo market build` writes.
        life_cycle: Life-cycle parameters in place of those that ship.
        mortality: A mortality table in place of the one that ships.

    Raises:
        InputError: code invalid_questionnaire, invalid_assumptions, invalid_life_cycle or
            invalid_mortality_table; the file cannot be read or used, and is named.
    """

    def read(package: str, path: str) -> str:
        return (files(package) / path).read_text(encoding="utf-8")

    return ReferenceData(
        market_text=read("allocator", "market/data/assumptions_cn.toml")
        if assumptions is None
        else _usable_assumptions(assumptions),
        shelf_text=read("allocator", "market/data/shelf.toml"),
        questionnaire_text=read("risk_profiles", DEFAULT_QUESTIONNAIRE)
        if questionnaire is None
        else _usable_form(questionnaire),
        life_cycle_text=read_life_cycle(DEFAULT_LIFE_CYCLE)
        if life_cycle is None
        else _usable_life_cycle(life_cycle),
        mortality_text=shipped_mortality() if mortality is None else _usable_mortality(mortality),
    )


def shipped_mortality() -> str:
    """Return the text of the mortality table that ships."""
    return (files("allocator") / _MORTALITY).read_text(encoding="utf-8")


def _usable_form(path: Path) -> str:
    """Return the text of a form; a service that could not ask it must not start."""
    remedy = "correct the file, or run without it to ask the form that ships"
    text = _text_of(path, what="the questionnaire", code="invalid_questionnaire", remedy=remedy)
    parse_questionnaire(text, name=str(path))
    return text


def _usable_assumptions(path: Path) -> str:
    """Return the text of a market model; a service that could not advise with it must not start."""
    code, remedy = "invalid_assumptions", "correct the file, or run without it to use what ships"
    text = _text_of(path, what="the market model", code=code, remedy=remedy)
    parse_assumptions(text, name=str(path))
    return text


def _usable_life_cycle(path: Path) -> str:
    """Return the text of life-cycle parameters; a service that cannot read them must not start."""
    code, remedy = "invalid_life_cycle", "correct the file, or run without it to use what ships"
    text = _text_of(path, what="the life-cycle parameters", code=code, remedy=remedy)
    parse_life_cycle_parameters(text, name=str(path))
    return text


def _usable_mortality(path: Path) -> str:
    """Return the text of a mortality table; a service that cannot read it must not start."""
    code, remedy = "invalid_mortality_table", "correct the file, or run without it"
    text = _text_of(path, what="the mortality table", code=code, remedy=remedy)
    parse_mortality_table(text, name=str(path))
    return text


def _text_of(path: Path, *, what: str, code: str, remedy: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        detail = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problem = Problem(str(path), f"cannot be read: {detail}", None, remedy)
        raise InputError(f"{what} cannot be read", code=code, problems=[problem]) from None
