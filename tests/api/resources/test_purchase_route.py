"""The journey over HTTP: answers, diagnosis, proposal, one button; and every way to be refused."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bank_world import WIDOW, Bank, open_bank
from werkzeug.test import TestResponse

from api.callers import Role
from api.documents import canonical_json
from api.sample_book import load_sample_book
from api.services.advice import get_diagnosis, get_proposal
from api.services.scan import scan
from api.services.users import add_user, authenticate
from api.software import software_versions


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Open a bank where the widow has a user and no purchase under way."""
    bank = open_bank(tmp_path, tmp_path_factory)
    bank.tokens["widow"] = add_user(
        bank.store, bank.clock, name="Zhou", role=Role.CLIENT, client_id=WIDOW
    )
    return bank


def assess(bank: Bank) -> TestResponse:
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == WIDOW]
    path = f"/v1/clients/{WIDOW}/assessments"
    return bank.call("POST", path, user="widow", body={"answers": dict(record.answers or {})})


def propose(bank: Bank) -> dict[str, Any]:
    assert assess(bank).status_code == 201
    response = bank.call("POST", f"/v1/clients/{WIDOW}/proposals", user="widow")
    assert response.status_code == 201
    proposal: dict[str, Any] = response.get_json()
    return proposal


def accept(
    bank: Bank,
    proposal: dict[str, Any],
    *,
    key: str | None = "first-press",
    user: str = "widow",
    **changes: Any,
) -> TestResponse:
    body = {"proposal_hash": proposal["hash"], "consent": True} | changes
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"/v1/proposals/{proposal['id']}/accept"
    return bank.call("POST", path, user=user, body=body, headers=headers)


def test_answers_become_a_profile_that_is_read_back(bank: Bank) -> None:
    made = assess(bank).get_json()
    assert made["level"] == "C1"
    assert all(reason["text"] for reason in made["reasons"])
    read = bank.call("GET", f"/v1/clients/{WIDOW}/profile", user="advisor").get_json()
    assert {key: read[key] for key in made} == made
    assert read["is_expired"] is False


def test_advice_before_any_assessment_says_what_is_missing(bank: Bank) -> None:
    for kind in ("diagnoses", "proposals"):
        response = bank.call("POST", f"/v1/clients/{WIDOW}/{kind}", user="widow")
        assert (response.status_code, response.get_json()["code"]) == (409, "not_assessed")


def test_a_third_assessment_of_the_day_is_refused(bank: Bank) -> None:
    assert [assess(bank).status_code for _ in range(3)] == [201, 201, 429]


def test_a_diagnosis_is_stored_and_read_back_in_both_languages(bank: Bank) -> None:
    assess(bank)
    made = bank.call("POST", f"/v1/clients/{WIDOW}/diagnoses?lang=en", user="widow").get_json()
    path = f"/v1/diagnoses/{made['id']}"
    assert bank.call("GET", f"{path}?lang=en", user="widow").get_json() == made
    chinese = bank.call("GET", path, user="advisor").get_json()
    assert [f["code"] for f in chinese["findings"]] == [f["code"] for f in made["findings"]]
    assert chinese["findings"][0]["text"] != made["findings"][0]["text"]
    assert bank.call("GET", path, user="stranger").status_code == 404


def test_a_proposal_adds_up_to_the_cent(bank: Bank) -> None:
    proposal = propose(bank)
    fen = {
        name: round(float(proposal[name]) * 100)
        for name in ("cash_before", "cash_after", "total_sales", "total_purchases", "total_fees")
    }
    sale_fees = sum(
        round(float(order["fee"]) * 100) for order in proposal["orders"] if order["side"] == "sell"
    )
    flows = fen["total_sales"] - sale_fees - fen["total_purchases"]
    assert fen["cash_after"] == fen["cash_before"] + flows
    assert abs(sum(proposal["after"]["weights"].values()) - 1) < 1e-5


def test_one_press_makes_one_bundle_and_a_repeat_gets_the_same_bytes(bank: Bank) -> None:
    proposal = propose(bank)
    first = accept(bank, proposal)
    assert first.status_code == 202
    bundle = first.get_json()
    assert len(bundle["orders"]) == len(proposal["orders"])
    after_first = bank.snapshot()
    again = accept(bank, proposal)
    assert (again.status_code, again.get_data()) == (202, first.get_data())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert bank.snapshot() == after_first
    path = f"/v1/bundles/{bundle['bundle_id']}"
    read = bank.call("GET", path, user="widow").get_json()
    assert canonical_json(read) == canonical_json(bundle)
    listed = bank.call("GET", f"/v1/clients/{WIDOW}/bundles", user="advisor").get_json()
    assert listed == {"bundles": [bundle]}
    assert bank.call("GET", path, user="stranger").status_code == 404


def test_a_second_press_with_a_fresh_key_is_refused_and_changes_nothing(bank: Bank) -> None:
    proposal = propose(bank)
    accept(bank, proposal)
    before = bank.snapshot()
    response = accept(bank, proposal, key="second-press")
    assert (response.status_code, response.get_json()["code"]) == (409, "proposal_accepted")
    assert bank.snapshot() == before


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"consent": False}, 422, "consent_missing"),
        ({"proposal_hash": "0" * 64}, 409, "proposal_changed"),
        ({"key": None}, 422, "idempotency_key_missing"),
        ({"key": "with space"}, 422, "idempotency_key_missing"),
        ({"user": "advisor"}, 403, "forbidden"),
        ({"user": "quant"}, 403, "forbidden"),
        ({"user": "lin"}, 404, "not_found"),
    ],
)
def test_a_press_that_is_not_good_consent_is_refused_and_changes_nothing(
    bank: Bank, changes: dict[str, Any], status: int, code: str
) -> None:
    proposal = propose(bank)
    before = bank.snapshot()
    response = accept(bank, proposal, **changes)
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert bank.snapshot() == before


def test_an_expired_proposal_is_gone_and_changes_nothing(bank: Bank) -> None:
    proposal = propose(bank)
    bank.clock.advance(timedelta(hours=24))
    before = bank.snapshot()
    response = accept(bank, proposal)
    assert (response.status_code, response.get_json()["code"]) == (410, "proposal_expired")
    assert bank.snapshot() == before
    read = bank.call("GET", f"/v1/proposals/{proposal['id']}", user="widow").get_json()
    assert read["status"] == "expired"


def test_a_newer_proposal_takes_the_place_of_the_older(bank: Bank) -> None:
    old = propose(bank)
    bank.call("POST", f"/v1/clients/{WIDOW}/proposals", user="advisor")
    response = accept(bank, old)
    assert (response.status_code, response.get_json()["code"]) == (409, "proposal_superseded")


def test_replaying_advice_gives_the_same_hash_and_nothing_of_the_client(bank: Bank) -> None:
    proposal = propose(bank)
    for user in ("quant", "advisor"):
        response = bank.call("GET", f"/v1/advice/{proposal['id']}/replay", user=user)
        assert response.get_json() == {
            "advice_id": proposal["id"],
            "kind": "proposal",
            "stored_hash": proposal["hash"],
            "recomputed_hash": proposal["hash"],
            "is_equal": True,
            "software_then": proposal.get("software", {}),
            "software_now": software_versions(),
        }


def test_a_scan_leaves_reminders_that_the_advisor_and_the_client_read(bank: Bank) -> None:
    assess(bank)
    report = scan(bank.store, bank.clock, bank.reference, as_of=date(2027, 2, 16))
    assert report.failed == 0
    read = bank.call("GET", f"/v1/clients/{WIDOW}/reminders?lang=en", user="widow").get_json()
    assert "matured" in [reminder["kind"] for reminder in read["reminders"]]
    for reminder in read["reminders"]:
        assert reminder["day"] == "2027-02-16"
        assert reminder["status"] == "open"
        assert not re.search(r"[\u4e00-\u9fff]", reminder["statement"]["text"])
    book = bank.call("GET", "/v1/reminders?lang=en", user="advisor").get_json()["reminders"]
    assert all(reminder in book for reminder in read["reminders"])
    assert bank.call("GET", "/v1/reminders", user="stranger").get_json() == {"reminders": []}


def test_a_backtest_of_a_profile_shows_window_costs_and_remarks(bank: Bank) -> None:
    response = bank.call("POST", "/v1/backtests?lang=en", user="quant", body={"profile": "C3"})
    assert response.status_code == 200
    result = response.get_json()
    assert result["profile"] == "C3"
    assert abs(sum(result["targets"].values()) - 1) < 1e-5
    assert len(result["dates"]) == len(result["value_path"])
    assert result["value_path"][0] == 1
    assert result["start"] < result["end"]
    assert all(note["text"] for note in result["notes"])
    for low, high in result["intervals"].values():
        assert low <= high


def test_every_stored_field_of_advice_is_declared_and_so_leaves_the_service(bank: Bank) -> None:
    proposal = propose(bank)
    caller = authenticate(bank.store, bank.tokens["widow"])
    stored = get_proposal(bank.store, bank.clock, caller, proposal_id=proposal["id"])
    assert set(stored) == set(proposal)
    made = bank.call("POST", f"/v1/clients/{WIDOW}/diagnoses", user="widow").get_json()
    stored = get_diagnosis(bank.store, caller, diagnosis_id=made["id"])
    assert set(stored) == set(made)
    assert set(stored["profile"]) == set(made["profile"])
