"""The shape of the project, read from its source: a renamed folder does not pass in silence."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each package may import itself and those before it.
LINE = ("allocator", "risk_profiles", "api")
# Run from a checkout and in no wheel.
NOT_SHIPPED = {"benchmarks"}
# What the shell alone may use.
SHELL_ONLY = {"flask", "flask_smorest", "marshmallow", "sqlalchemy", "alembic", "click", "rich"}
CLOCK_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}


@dataclass(frozen=True)
class Source:
    """One shipped module."""

    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def package(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    def imports(self) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """Yield every imported module, the names taken from it and the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, (), node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names = tuple(alias.name for alias in node.names)
                yield node.module or "", names, node.lineno
                assert node.level == 0, f"{self.name}:{node.lineno} imports relatively"


def sources() -> list[Source]:
    return [
        Source(path, ast.parse(path.read_text(encoding="utf-8")))
        for package in LINE
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


SOURCES = sources()


def offences(found: Iterator[str]) -> None:
    listed = list(found)
    assert not listed, "\n".join(listed)


def test_exactly_the_three_packages_exist_and_each_has_modules() -> None:
    packages = {
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if not path.parent.name.startswith(".")
    }
    assert packages - NOT_SHIPPED == set(LINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(wheel["packages"]) == sorted(LINE)
    for package in LINE:
        assert sum(source.package == package for source in SOURCES) > 3, package
    optimizer = [s for s in SOURCES if s.name.startswith("allocator/optimizer/")]
    services = [s for s in SOURCES if s.name.startswith("api/services/")]
    assert optimizer
    assert services


def test_imports_go_one_way_along_the_line() -> None:
    def wrong() -> Iterator[str]:
        for source in SOURCES:
            allowed = LINE[: LINE.index(source.package) + 1]
            for module, _, line in source.imports():
                top = module.split(".")[0]
                if top in LINE and top not in allowed:
                    yield f"{source.name}:{line} imports {module}"

    offences(wrong())


def test_the_domain_knows_neither_the_web_nor_the_database() -> None:
    offences(
        f"{source.name}:{line} imports {module}"
        for source in SOURCES
        if source.package != "api"
        for module, _, line in source.imports()
        if module.split(".")[0] in SHELL_ONLY
    )


def test_cvxpy_lives_in_the_optimizer_alone() -> None:
    users = {
        source.name
        for source in SOURCES
        for module, _, _ in source.imports()
        if module.split(".")[0] == "cvxpy"
    }
    assert users, "nobody imports cvxpy: was the optimizer renamed?"
    offences(
        f"{name} imports cvxpy"
        for name in sorted(users)
        if not name.startswith("allocator/optimizer/")
    )


@pytest.mark.parametrize("library", ["flask", "flask_smorest", "sqlalchemy", "alembic"])
def test_services_know_neither_flask_nor_sql(library: str) -> None:
    offences(
        f"{source.name}:{line} imports {module}"
        for source in SOURCES
        if source.name.startswith("api/services/")
        for module, _, line in source.imports()
        if module.split(".")[0] == library or module in {"api.store.tables", "api.store.engine"}
    )


def test_only_the_clock_reads_the_clock() -> None:
    def reads() -> Iterator[tuple[str, int]]:
        for source in SOURCES:
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Attribute):
                    owner = node.value
                    name = owner.attr if isinstance(owner, ast.Attribute) else None
                    name = owner.id if isinstance(owner, ast.Name) else name
                    if (name, node.attr) in CLOCK_CALLS:
                        yield source.name, node.lineno

    def hidden() -> Iterator[str]:
        # Under another name a reading of the clock would escape the search above.
        for source in SOURCES:
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ImportFrom) and node.module in {"datetime", "time"}:
                    names = [(alias.name, alias.asname) for alias in node.names]
                    if node.module == "time" and any(
                        ("time", name) in CLOCK_CALLS for name, _ in names
                    ):
                        yield f"{source.name}:{node.lineno} imports the clock"
                    if any(asname for _, asname in names):
                        yield f"{source.name}:{node.lineno} renames a part of {node.module}"

    offences(hidden())
    found = list(reads())
    assert any(name == "api/clock.py" for name, _ in found), "was the clock renamed?"
    offences(f"{name}:{line} reads the clock" for name, line in found if name != "api/clock.py")


def test_shipped_code_asserts_nothing() -> None:
    offences(
        f"{source.name}:{node.lineno} asserts"
        for source in SOURCES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    )


def test_nobody_imports_a_private_name_of_another_module() -> None:
    offences(
        f"{source.name}:{line} imports {name} of {module}"
        for source in SOURCES
        for module, names, line in source.imports()
        for name in names
        if module.split(".")[0] in LINE and name.startswith("_")
    )
