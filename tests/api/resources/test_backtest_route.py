"""POST /v1/backtests answers quants and advisors with the document of the service, in words."""

from pathlib import Path

import pytest
from bank_world import Bank, open_bank

from api.services.backtests import backtest_profile
from risk_profiles.levels import ProfileLevel


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


@pytest.mark.parametrize("user", ["quant", "advisor"])
def test_the_route_returns_what_the_service_computes_with_a_text_beside_every_code(
    bank: Bank, user: str
) -> None:
    before = bank.snapshot()
    answer = bank.call("POST", "/v1/backtests?lang=en", user=user, body={"profile": "C4"})
    assert answer.status_code == 200
    body = answer.get_json()
    texts = [note.pop("text") for note in body["notes"]]
    assert all(texts)
    assert body == backtest_profile(bank.reference, level=ProfileLevel.C4)
    assert bank.snapshot() == before
