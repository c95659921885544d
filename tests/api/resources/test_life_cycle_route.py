"""What income to come does goes out over HTTP, with its sentence in the language asked for."""

from pathlib import Path

import pytest
from bank_world import WIDOW, open_bank

from api.callers import Role
from api.sample_book import load_sample_book
from api.services.users import add_user


def test_a_diagnosis_carries_what_income_does_in_both_languages(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bank = open_bank(tmp_path, tmp_path_factory)
    bank.tokens["widow"] = add_user(
        bank.store, bank.clock, name="Zhou", role=Role.CLIENT, client_id=WIDOW
    )
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == WIDOW]
    home, sheet = f"/v1/clients/{WIDOW}", {"answers": dict(record.answers or {})}
    assert bank.call("POST", f"{home}/assessments", user="widow", body=sheet).status_code == 201
    made = bank.call("POST", f"{home}/diagnoses?lang=en", user="widow").get_json()
    (reason,) = made["life_cycle"]["reasons"]
    assert reason["code"] == "reason.life_cycle_limited"
    assert reason["evidence"]["limit"] == {"kind": "term", "value": "limit.suitability"}
    assert reason["text"].endswith("What holds it back: Products of your level.")
    chinese = bank.call("GET", f"/v1/diagnoses/{made['id']}?lang=zh", user="widow").get_json()
    assert chinese["life_cycle"]["reasons"][0]["text"].endswith("受限于：产品风险等级。")
