"""Every figure that a test takes from elsewhere has its source in the README beside this file."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
LISTED = set(
    re.findall(r"`([\w/]+\.py)`", Path(__file__).with_name("README.md").read_text(encoding="utf-8"))
)
# A test compared with a figure from elsewhere says so in its name, or keeps it in such a constant.
FROM_ELSEWHERE = re.compile(
    r"^def test_\w*(published|the_worked|in_the_worked|computed_elsewhere)|^PUBLISHED\b", re.M
)
# Publishing is what the funds do there, and the figure is drawn.
OTHER_MEANINGS = {"api/commands/test_lifecycle.py"}


def test_every_listed_test_exists() -> None:
    assert len(LISTED) > 20
    assert [path for path in sorted(LISTED) if not (TESTS / path).is_file()] == []


def test_every_test_with_a_figure_from_elsewhere_is_listed() -> None:
    found = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("test_*.py")
        if FROM_ELSEWHERE.search(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 10
    assert found - LISTED == OTHER_MEANINGS
