"""A stored document on its way out: with its sentences in the language asked for."""

from collections.abc import Mapping
from typing import Any, cast

from api.language import request_texts
from api.texts import localize


def spoken(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `document` with a text beside every code."""
    return cast(dict[str, Any], localize(document, request_texts()))
