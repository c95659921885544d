"""Who reads what the bank earns, and that nobody can read it unseen."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from allocator.shelf import load_default_shelf
from api.revenue_sources import (
    CHAIN,
    OTHER_MEANINGS,
    PACKAGES,
    Sources,
    is_of_revenue,
    package_folders,
    read_sources,
)

Bribe = Callable[[str, str], Sources]
ROOT = Path(__file__).resolve().parents[2]
IMPORT = "from allocator.revenue import parse_revenue\n"


@pytest.fixture
def bribed(tmp_path: Path) -> Bribe:
    """Return a look at copies of the chain and of one more module, which says something besides."""

    def read_with(name: str, more: str) -> Sources:
        links = [f"{link.replace('.', '/')}.py" for link in CHAIN]
        for file in {*links, name}:
            copy = tmp_path / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, copy)
        with (tmp_path / name).open("a", encoding="utf-8") as copied:
            copied.write(more)
        return read_sources([tmp_path / package for package in PACKAGES])

    return read_with


def test_only_the_chain_reads_what_the_bank_earns_in_all_modules_there_are() -> None:
    packages = [ROOT / "allocator", ROOT / "risk_profiles", ROOT / "api"]
    assert sorted(package_folders()) == sorted(packages)
    found = read_sources()
    files = sum(1 for folder in packages for _ in folder.rglob("*.py"))
    assert found.modules == files > 300
    assert found.strangers == ()
    assert found.names == ()
    assert set(found.readers) == set(CHAIN.values())


@pytest.mark.parametrize(
    ("file", "line", "module", "link"),
    [
        ("api/services/advice.py", IMPORT, "api.services.advice", "allocator.revenue"),
        ("allocator/optimizer/__init__.py", IMPORT, "allocator.optimizer", "allocator.revenue"),
        ("allocator/__init__.py", "from . import revenue\n", "allocator", "allocator.revenue"),
        (
            "allocator/shelf.py",
            "from .revenue import parse_revenue\n",
            "allocator.shelf",
            "allocator.revenue",
        ),
        (
            "allocator/trading/product_choice.py",
            "from ..revenue import parse_revenue\n",
            "allocator.trading.product_choice",
            "allocator.revenue",
        ),
        (
            "allocator/optimizer/__init__.py",
            "from .. import revenue\n",
            "allocator.optimizer",
            "allocator.revenue",
        ),
        (
            "api/reference_data.py",
            "def hidden() -> None:\n    import allocator.revenue\n",
            "api.reference_data",
            "allocator.revenue",
        ),
        (
            "api/workup.py",
            "from api.revenue_figures import parse_revenue\n",
            "api.workup",
            "api.revenue_figures",
        ),
        (
            "risk_profiles/situation.py",
            "from api import revenue_audit\n",
            "risk_profiles.situation",
            "api.revenue_audit",
        ),
        (
            "api/server.py",
            "from api.commands import audit\n",
            "api.server",
            "api.commands.audit",
        ),
        ("api/commands/advice.py", IMPORT, "api.commands.advice", "allocator.revenue"),
    ],
)
def test_a_module_that_imports_the_figures_is_a_stranger(
    bribed: Bribe, file: str, line: str, module: str, link: str
) -> None:
    found = bribed(file, line)
    assert found.strangers == (f"{module} imports {link}",)
    assert module in found.readers


@pytest.mark.parametrize(
    ("file", "line", "name"),
    [
        ("allocator/shelf.py", 'FIELDS = {"bank_margin"}\n', "bank_margin"),
        ("allocator/shelf.py", 'FIELDS = {"bank_kickback"}\n', "bank_kickback"),
        ("allocator/mandate.py", "class Bribed:\n    margin: float\n", "margin"),
        ("allocator/optimizer/inputs.py", "class Bribed:\n    revenue = 0\n", "revenue"),
        ("allocator/optimizer/lines.py", "def f(line: Line) -> None: line.revenue\n", "revenue"),
        ("allocator/trading/orders.py", "def f(commission: int) -> None: ...\n", "commission"),
        ("allocator/market/model.py", "print(bank_commission=0)\n", "bank_commission"),
        (
            "api/workup.py",
            'import_module("allocator.revenue")\n',
            "allocator.revenue",
        ),
        ("api/workup.py", "class B:\n    def yearly_margin(self): ...\n", "yearly_margin"),
        ("risk_profiles/situation.py", "menu.commissions\n", "commissions"),
        ("risk_profiles/person.py", "facts.margins\n", "margins"),
    ],
)
def test_a_name_after_what_the_bank_earns_is_found_in_any_module(
    bribed: Bribe, file: str, line: str, name: str
) -> None:
    module = file.removesuffix(".py").replace("/", ".")
    assert bribed(file, line).names == (f"{module}: {name}",)


@pytest.mark.parametrize("name", ["marginal", "emarginate", "bank_", "bankers", "commissioner"])
def test_words_that_only_look_alike_are_left_alone(name: str) -> None:
    assert not is_of_revenue(name)


def test_every_name_that_is_excused_is_still_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    excused = {f"{module}: {name}" for module, names in OTHER_MEANINGS.items() for name in names}
    for module in [*OTHER_MEANINGS]:
        monkeypatch.delitem(OTHER_MEANINGS, module)
    assert set(read_sources().names) == excused


def test_a_product_of_the_shelf_has_no_field_after_what_the_bank_earns() -> None:
    product = next(iter(load_default_shelf().products.values()))
    assert not any(is_of_revenue(name) for name in product.__slots__)
