"""Templates: every text they name exists, and nothing in them runs or styles inline."""

import re
from pathlib import Path

import pytest

from api.texts import Language

PAGES = Path(__file__).parents[3] / "api" / "pages"
TEMPLATES = sorted((PAGES / "templates").glob("*.html"))
SOURCES = [*TEMPLATES, *sorted(PAGES.rglob("*.py"))]
NAMED = re.compile(r"""["'](page\.[\w.]+)["']""")


def keys_of(language: str) -> list[str]:
    path = PAGES.parent / "locales" / language / "LC_MESSAGES" / "messages.po"
    return re.findall(r'^msgid "(page\.[\w.]+)"$', path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PAGES)))
def test_every_text_a_page_names_exists_in_both_languages(path: Path) -> None:
    for key in NAMED.findall(path.read_text(encoding="utf-8")):
        if key.endswith("."):
            continue  # the beginning of a key that is completed at run time
        for language in Language:
            assert key in keys_of(language), f"{path.name} names {key}"


def test_every_text_of_the_pages_is_used() -> None:
    whole = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    named = set(NAMED.findall(whole))
    beginnings = tuple(re.findall(r"""["'](page\.(?:\w+\.)+)["'{]""", whole))
    beginnings += tuple(re.findall(r"""["'](page\.[\w.]*)\{""", whole))
    unused = [k for k in keys_of(Language.EN) if k not in named and not k.startswith(beginnings)]
    assert unused == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_runs_or_styles_inline_or_reaches_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_the_form_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form method=\"post\".*?</form>", text, re.DOTALL):
        is_login = "url_for('pages.login')" in form
        assert is_login or "csrf" in form, form
