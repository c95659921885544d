"""The versions that advice carries."""

from importlib.metadata import version

from api.software import software_versions


def test_every_library_that_figures_rest_on_is_named_with_its_installed_version() -> None:
    found = software_versions()
    assert set(found) == {"robo-allocator", "cvxpy", "clarabel", "numpy", "scipy", "pandas"}
    assert found == {name: version(name) for name in found}


def test_what_a_caller_does_to_the_versions_changes_nothing() -> None:
    software_versions()["numpy"] = "0"
    assert software_versions()["numpy"] == version("numpy")
