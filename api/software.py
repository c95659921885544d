"""The software advice is computed with: one reason why a replay may come out differently."""

from functools import cache
from importlib.metadata import version
from types import MappingProxyType

DISTRIBUTIONS = ("robo-allocator", "cvxpy", "clarabel", "numpy", "scipy", "pandas")


def software_versions() -> dict[str, str]:
    """Return the installed version of this program and of all that its figures rest on.

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed.
    """
    return dict(_versions())


@cache
def _versions() -> MappingProxyType[str, str]:
    return MappingProxyType({name: version(name) for name in DISTRIBUTIONS})
