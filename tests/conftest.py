"""Rules for the whole suite: hypothesis runs the same way everywhere, and CI allows no skips."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# Shared machines stall now and then; a slow example is not a wrong one. The same examples are
# drawn at every run, so that a change and not a die decides whether the suite passes.
settings.register_profile("suite", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("suite")

FORBID_SKIPS = os.environ.get("ROBO_FORBID_SKIPS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is installed and nothing may be skipped."""
    report = yield
    if FORBID_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipping is forbidden here: {report.longrepr}"
    return report
