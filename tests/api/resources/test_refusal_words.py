"""Refusals over HTTP say a sentence in the language asked for, beside what programs read."""

from pathlib import Path

import pytest
from bank_world import ZHAO, Bank, open_bank

from api.error_words import error_words
from api.texts import Language, Texts

PATH = f"/v1/clients/{ZHAO}/proposals"


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("user", "status", "code"),
    [("zhao", 409, "bundle_open"), ("lin", 404, "not_found"), ("quant", 403, "forbidden")],
)
def test_a_refusal_says_its_sentence_and_keeps_its_code_and_detail(
    bank: Bank, language: str, user: str, status: int, code: str
) -> None:
    problem = bank.call("POST", f"{PATH}?lang={language}", user=user).get_json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["text"] == error_words(code, Texts(language))
    assert problem["detail"].isascii()


def test_a_refusal_without_a_sentence_has_no_text(bank: Bank) -> None:
    problem = bank.call("POST", PATH, user="zhao", body={"lots": 1}).get_json()
    assert problem["status"] == 422
    assert "text" not in problem
