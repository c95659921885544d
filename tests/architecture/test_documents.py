"""The documents keep up with the code: links resolve, terms are defined, folders are named."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

import pytest

from allocator.market.assumptions import load_default_table
from allocator.product_classes import TRAITS, Dimension, ProductClass, RiskLevel
from allocator.rebalancing.triggers import (
    FLOOR_TOLERANCE,
    LARGEST_YEARLY_COUNT,
    QUIET_DAYS,
    SMALLEST_GAIN,
    SMALLEST_GAIN_SHARE,
    VOLATILITY_ALARM,
    ReminderKind,
)
from allocator.shelf import Regime, SettlementCycle
from allocator.trading.product_choice import SINGLE_FUND_CAP
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.commands.group import robo
from api.store.records import ReminderStatus
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters
from risk_profiles.mandates import COST_HORIZON_YEARS
from risk_profiles.person import is_earning

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("allocator", "risk_profiles", "api")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CLOSED_SETS: tuple[type[Enum], ...] = (
    ProductClass,
    Dimension,
    RiskLevel,
    ProfileLevel,
    Regime,
    SettlementCycle,
    ReminderKind,
    ReminderStatus,
    ProposalStatus,
    BundleStatus,
    OrderStatus,
)

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_NAMED_PATH = re.compile(
    r"`((?:allocator|risk_profiles|api|tests|docs|notebooks|benchmarks)/[^`]*)`"
)
_PLAIN_PATH = re.compile(r"[\w./-]+")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links(path: Path) -> Iterator[str]:
    """Yield the targets of every link outside code blocks that stays in the project."""
    for target in _LINK.findall(_FENCE.sub("", text_of(path))):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(path: Path) -> set[str]:
    """Return the anchors a reader's browser gives to the headings of a document."""
    headings = _HEADING.findall(_FENCE.sub("", text_of(path)))
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {word.replace(" ", "-") for word in words}


def broken(path: Path, target: str) -> bool:
    file, _, anchor = unquote(target).partition("#")
    found = (path.parent / file).resolve() if file else path
    if not found.exists() or not found.is_relative_to(ROOT):
        return True
    return bool(anchor) and found.suffix == ".md" and anchor not in anchors(found)


def packaged(package: str) -> list[str]:
    """Return the modules and folders directly in a package, as `package/name`."""
    children = (ROOT / package).iterdir()
    names = {
        child.name
        for child in children
        if (child.suffix == ".py" and child.name != "__init__.py")
        or (child.is_dir() and not child.name.startswith(("_", ".")))
    }
    return sorted(f"{package}/{name}" for name in names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(path: Path) -> None:
    assert [target for target in links(path) if broken(path, target)] == []


def test_a_link_to_a_missing_file_or_heading_is_noticed(tmp_path: Path) -> None:
    assert broken(ROOT / "README.md", "docs/no-such-file.md")
    assert broken(ROOT / "README.md", "docs/glossary.md#no-such-heading")
    assert broken(ROOT / "README.md", tmp_path.as_posix())


@pytest.mark.parametrize("closed_set", CLOSED_SETS, ids=lambda one: one.__name__)
def test_every_value_of_a_closed_set_stands_in_the_glossary(closed_set: type[Enum]) -> None:
    glossary = text_of(ROOT / "docs/glossary.md")
    shown = (one.value if isinstance(one.value, str) else one.name for one in closed_set)
    assert [value for value in shown if f"`{value}`" not in glossary] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_packaged_module_and_folder_is_named_in_the_architecture(package: str) -> None:
    architecture = text_of(ROOT / "docs/architecture.md")
    found = packaged(package)
    assert len(found) > 3
    missing = [
        name for name in found if not re.search(rf"`{re.escape(name)}(?:/[^`]*)?`", architecture)
    ]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_a_document_names_exists(path: Path) -> None:
    named = _NAMED_PATH.findall(text_of(path))
    plain = [name for name in named if _PLAIN_PATH.fullmatch(name)]
    assert [name for name in plain if not (ROOT / name).exists()] == []


def test_the_readme_shows_every_command_and_no_other() -> None:
    shown = set(re.findall(r"^robo (\w+)", text_of(ROOT / "README.md"), re.MULTILINE))
    assert shown == set(robo.commands)


def rows(name: str) -> dict[str, list[str]]:
    """Return every table row of a document by its first cell, without code marks."""
    found: dict[str, list[str]] = {}
    for line in text_of(ROOT / "docs" / name).splitlines():
        if line.startswith("| "):
            first, *rest = [cell.strip(" `") for cell in line.strip("|").split("|")]
            found.setdefault(first, rest)
    return found


def percent(cell: str) -> float:
    return float(cell.removesuffix("%")) / 100


def test_the_model_states_the_assumptions_in_use() -> None:
    table, stated = load_default_table(), rows("model.md")
    assert table.version in text_of(ROOT / "docs/model.md")
    for one in table.classes:
        cells = [percent(cell) for cell in stated[one.product_class][:4]]
        figures = [one.expected_return, one.fee, one.net_return, one.volatility]
        assert cells == pytest.approx(figures, abs=1e-9), one.product_class


def test_the_model_states_the_limits_of_the_levels_in_use() -> None:
    stated = rows("model.md")
    for level, limits in LEVELS.items():
        aversion, volatility, share, riskiest, _ = stated[level]
        assert float(aversion) == limits.anchor_risk_aversion
        assert percent(volatility) == pytest.approx(limits.volatility_cap)
        assert percent(share) == pytest.approx(limits.risky_share_cap)
        assert riskiest == limits.highest_risk_level.name


def test_the_model_states_the_income_parameters_in_use() -> None:
    stated = rows("model.md")
    for kind, risk in load_default_life_cycle_parameters().incomes.items():
        variance, correlation, growth, uncertainty, months = stated[kind]
        assert (float(uncertainty), float(months)) == (risk.uncertainty, risk.extra_months)
        if is_earning(kind):
            assert (float(variance), float(correlation)) == (risk.shock_variance, risk.correlation)
            assert percent(growth) == pytest.approx(risk.early_growth)


def test_the_model_states_the_constants_of_reminders_and_lots_in_use() -> None:
    model = " ".join(text_of(ROOT / "docs/model.md").split())
    quiet = f"| quiet time, yearly count | {QUIET_DAYS.days} days, {LARGEST_YEARLY_COUNT} |"
    assert quiet in model
    smallest = (
        f"| {SMALLEST_GAIN.amount:.0f} yuan and {SMALLEST_GAIN_SHARE * 100:.2f} % of wealth |"
    )
    assert f"| smallest gain {smallest}" in model
    assert f"volatility above {VOLATILITY_ALARM} times its cap" in model
    assert model.count(f"by more than {FLOOR_TOLERANCE * 100:g} points") == 2
    assert f"`cost_horizon_years` = {COST_HORIZON_YEARS:g}" in model
    assert f"| largest share in one public fund | {SINGLE_FUND_CAP * 100:.0f} %" in model


def test_the_glossary_states_the_traits_of_the_classes_in_use() -> None:
    stated = rows("glossary.md")
    for product_class, traits in TRAITS.items():
        _, dimension, level, cap = stated[product_class]
        assert (dimension, level) == (traits.dimension.value, traits.risk_level.name)
        assert float(cap.split(",")[0]) == traits.cap
        assert ("qualified" in cap) == traits.qualified_only


def test_decisions_are_numbered_without_a_gap_and_keep_their_shape() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{n + 1:04}" for n in range(len(decisions))]
    parts = ["## Context", "## Decision", "## Alternatives", "## Consequences"]
    for path in decisions:
        headings = re.findall(r"^## .+$", text_of(path), re.MULTILINE)
        assert headings == parts, path.name
