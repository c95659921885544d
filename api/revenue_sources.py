"""Who could know what the bank earns, read from the source of every module.

    readers     a module that imports `allocator.revenue`, or one that passes its figures on. They
                are a chain of four, the proof itself; whoever else imports a link is a stranger
    names       a field, an attribute, a parameter or a key that is called after what the bank
                earns, anywhere but in the chain

Every module of the packages is looked at, `__init__` too: importing one runs the packages above it.
What is imported is resolved as Python does, relative or not. No import here is followed: each
module is judged by what it says itself, so none can hide behind another.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("allocator", "risk_profiles", "api")
# Who may import each module that holds the figures or passes them on.
CHAIN = {
    "allocator.revenue": "api.revenue_figures",
    "api.revenue_figures": "api.revenue_audit",
    "api.revenue_audit": "api.commands.audit",
    "api.commands.audit": "api.commands.group",
}
WORDS_OF_REVENUE = ("margin", "commission", "revenue")
# The shelf's fields of the bank's own begin so (`allocator.shelf`).
_THE_BANKS_OWN = "bank_"
# Names that mean something else: how far a limit is from binding, and how a client earns.
OTHER_MEANINGS = {
    "allocator.optimizer.price_ranges": {"margins"},
    "risk_profiles.person": {"commission", "COMMISSION"},
}
_KEY = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True, slots=True)
class Sources:
    """What the source of all modules says.

    Attributes:
        modules: How many were looked at.
        readers: Modules that import a link of the chain.
        strangers: Imports of a link by a module that may not, such as "api.x imports api.y".
        names: Names after what the bank earns outside the chain, such as "api.x: bank_margin".
    """

    modules: int
    readers: tuple[str, ...]
    strangers: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Module:
    name: str
    is_package: bool
    tree: ast.Module


def read_sources(folders: Sequence[Path] | None = None) -> Sources:
    """Look at every module.

    Args:
        folders: Of the packages; None for those that are installed.
    """
    modules = [*_modules(package_folders() if folders is None else folders)]
    links = [(m.name, link) for m in modules for link in sorted(_imported(m) & CHAIN.keys())]
    return Sources(
        modules=len(modules),
        readers=tuple(sorted({name for name, _ in links})),
        strangers=tuple(
            sorted(f"{name} imports {link}" for name, link in links if name != CHAIN[link])
        ),
        names=tuple(
            f"{module.name}: {name}"
            for module in modules
            # This module names what it looks for.
            if module.name not in (*CHAIN, __name__)
            for name in sorted(set(_names(module.tree)) - OTHER_MEANINGS.get(module.name, set()))
            if is_of_revenue(name)
        ),
    )


def package_folders() -> list[Path]:
    """Return the folders of the installed packages."""
    specs = [find_spec(package) for package in PACKAGES]
    return [Path(at) for spec in specs for at in (spec and spec.submodule_search_locations) or ()]


def is_of_revenue(name: str) -> bool:
    """Return whether a name, dotted or not, is called after what the bank earns.

    >>> is_of_revenue("bank_margin"), is_of_revenue("commissions"), is_of_revenue("marginal")
    (True, True, False)
    """
    words = re.split(r"[._]", name.lower())
    is_the_banks_own = name.startswith(_THE_BANKS_OWN) and name != _THE_BANKS_OWN
    return is_the_banks_own or any(word.removesuffix("s") in WORDS_OF_REVENUE for word in words)


def _modules(folders: Sequence[Path]) -> Iterator[_Module]:
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            yield _Module(name, is_package, ast.parse(path.read_text(encoding="utf-8")))


def _imported(module: _Module) -> set[str]:
    """Return the absolute names of all that a module imports, at any depth of it."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            # A name taken from a package may be a module of it.
            found |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return found


def _origin(module: _Module, node: ast.ImportFrom) -> str:
    """Return what is imported from; each dot after the first goes one package up."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - module.is_package
    above = parts[: len(parts) - up]
    return ".".join([*above, *([node.module] if node.module else [])])


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield what can be asked of an object or a mapping: attributes, fields, parameters, keys."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.ClassDef(body=body):
                yield from _fields(body)
            case ast.Constant(value=str(text)) if _KEY.fullmatch(text):
                yield text


def _fields(body: Sequence[ast.stmt]) -> Iterator[str]:
    for line in body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
