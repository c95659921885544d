"""Facts age and are renewed: advice stops when a goal comes due, and goes on after."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bank_world import ZHAO, Bank, open_bank
from werkzeug.test import TestResponse

from api.callers import Role
from api.sample_book import load_sample_book
from api.schemas.client_file import dump_client_file
from api.services.scan import scan
from api.services.users import add_user

COUPLE = "couple-saving-for-a-house"
HOME = f"/v1/clients/{COUPLE}"
GOAL = {"name": "首付", "amount": "100000.00", "due": "2026-12-01"}


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


def client_file(bank: Bank, client_id: str = COUPLE) -> dict[str, Any]:
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == client_id]
    return dump_client_file(record)


def renewal_of(file: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {
        "facts": file["facts"] | facts,
        "debts": file["debts"],
        "policies": file["policies"],
    }


@pytest.fixture
def filed(bank: Bank) -> dict[str, Any]:
    """Add a couple whose goal comes due in eleven days, with a user that did nothing yet."""
    sent = client_file(bank)
    sent["facts"]["goals"] = [GOAL]
    assert bank.call("POST", "/v1/clients", user="advisor", body=sent).status_code == 201
    bank.tokens["couple"] = add_user(
        bank.store, bank.clock, name="Couple", role=Role.CLIENT, client_id=COUPLE
    )
    return sent


@pytest.fixture
def file(bank: Bank, filed: dict[str, Any]) -> dict[str, Any]:
    """Let the couple submit the answers that were filed."""
    sent = bank.call("POST", f"{HOME}/answer-draft/submit", user="couple", body={})
    assert sent.status_code == 201
    return filed


def renew(bank: Bank, body: dict[str, Any], *, user: str = "couple") -> TestResponse:
    return bank.call("PUT", f"{HOME}/facts", user=user, body=body)


def pointers(response: TestResponse) -> list[str]:
    return [error["pointer"] for error in response.get_json()["errors"]]


def test_answers_an_advisor_sends_are_the_clients_draft_and_no_assessment(
    bank: Bank, filed: dict[str, Any]
) -> None:
    for user in ("couple", "advisor"):
        for advice in ("diagnoses", "proposals"):
            refused = bank.call("POST", f"{HOME}/{advice}", user=user)
            assert (refused.status_code, refused.get_json()["code"]) == (409, "not_assessed")
        assert bank.call("GET", f"{HOME}/profile", user=user).status_code == 404
        assert "answers" not in bank.call("GET", HOME, user=user).get_json()
        draft = bank.call("GET", f"{HOME}/answer-draft", user=user).get_json()["draft"]
        assert (draft["answers"], draft["is_filed"]) == (filed["answers"], True)
        assert draft["started_at"] is None
    listed = bank.call("GET", "/v1/clients", user="advisor").get_json()["clients"]
    assert [one["is_assessed"] for one in listed if one["client_id"] == COUPLE] == [False]


def test_what_is_returned_of_a_client_file_leaves_the_answers_out(bank: Bank) -> None:
    sent = client_file(bank)
    shown = bank.call("POST", "/v1/clients", user="advisor", body=sent).get_json()
    assert shown == {key: value for key, value in sent.items() if key != "answers"}


def test_an_advisor_can_neither_change_nor_submit_what_was_filed(
    bank: Bank, filed: dict[str, Any]
) -> None:
    before = bank.snapshot()
    for method, path, body in (
        ("POST", "answer-draft/submit", {}),
        ("PUT", "answer-draft", {"answers": {"q2": "a"}}),
        ("DELETE", "answer-draft", None),
        ("POST", "assessments", {"answers": filed["answers"]}),
    ):
        refused = bank.call(method, f"{HOME}/{path}", user="advisor", body=body)
        assert refused.status_code == 403, path
    assert bank.snapshot() == before


def test_once_the_client_submits_what_was_filed_it_is_assessed_and_can_be_advised(
    bank: Bank, file: dict[str, Any]
) -> None:
    profile = bank.call("GET", f"{HOME}/profile", user="advisor").get_json()
    assert profile["assessed_on"] == "2026-11-20"
    assert bank.call("GET", HOME, user="couple").get_json()["answers"] == file["answers"]
    assert bank.call("POST", f"{HOME}/diagnoses", user="advisor").status_code == 201


def test_a_client_added_without_answers_is_not_assessed(bank: Bank) -> None:
    sent = {key: value for key, value in client_file(bank).items() if key != "answers"}
    assert bank.call("POST", "/v1/clients", user="advisor", body=sent).status_code == 201
    assert bank.call("GET", f"{HOME}/profile", user="advisor").status_code == 404


def test_a_file_with_bad_answers_registers_nobody(bank: Bank) -> None:
    sent = client_file(bank)
    sent["answers"] = {k: v for k, v in sent["answers"].items() if k != "q2"} | {"q3": "z"}
    before = bank.snapshot()
    response = bank.call("POST", "/v1/clients", user="advisor", body=sent)
    assert (response.status_code, pointers(response)) == (422, ["/answers/q2", "/answers/q3"])
    assert bank.snapshot() == before


def test_advice_stops_when_a_goal_comes_due_and_goes_on_once_facts_are_renewed(
    bank: Bank, file: dict[str, Any]
) -> None:
    bank.clock.advance(timedelta(days=11))
    refused = bank.call("POST", f"{HOME}/diagnoses", user="couple")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "invalid_facts")
    assert pointers(refused) == ["/facts/goals/0/due"]
    profile = bank.call("GET", f"{HOME}/profile", user="couple").get_json()

    later = GOAL | {"due": "2029-12-01"}
    debt = {
        "id": "card-9",
        "kind": "credit_card",
        "balance": "1200.50",
        "annual_rate": "0.18",
        "monthly_payment": "100.00",
    }
    body = renewal_of(file, goals=[later]) | {"debts": [debt], "policies": []}
    renewed = renew(bank, body)
    assert renewed.status_code == 200
    shown = renewed.get_json()
    assert bank.call("GET", HOME, user="advisor").get_json() == shown
    assert shown["facts"] == file["facts"] | {"goals": [later]}
    assert (shown["debts"], shown["policies"]) == ([debt], [])
    assert (shown["as_of"], shown["answers"]) == ("2026-12-01", file["answers"])

    assert bank.call("POST", f"{HOME}/diagnoses", user="couple").status_code == 201
    assert bank.call("GET", f"{HOME}/profile", user="couple").get_json() == profile


def test_a_renewal_answers_the_reminder_that_asked_for_it(bank: Bank, file: dict[str, Any]) -> None:
    bank.clock.advance(timedelta(days=11))
    path = f"{HOME}/reminders"

    def statuses() -> list[tuple[str, str]]:
        found = bank.call("GET", path, user="couple").get_json()["reminders"]
        return [(reminder["kind"], reminder["status"]) for reminder in found]

    scan(bank.store, bank.clock, bank.reference, as_of=bank.clock.now().date())
    assert statuses() == [("facts", "open")]
    assert renew(bank, renewal_of(file, goals=[])).status_code == 200
    assert statuses() == [("facts", "dismissed")]


def test_a_proposal_made_before_a_renewal_cannot_be_accepted(
    bank: Bank, file: dict[str, Any]
) -> None:
    proposal = bank.call("POST", f"{HOME}/proposals", user="couple").get_json()
    assert renew(bank, renewal_of(file, goals=[])).status_code == 200
    before = bank.snapshot()
    response = bank.call(
        "POST",
        f"/v1/proposals/{proposal['id']}/accept",
        user="couple",
        body={"proposal_hash": proposal["hash"], "consent": True},
        headers={"Idempotency-Key": "press"},
    )
    assert (response.status_code, response.get_json()["code"]) == (409, "proposal_superseded")
    assert bank.snapshot() == before


@pytest.mark.parametrize(
    ("user", "facts", "expected"),
    [
        ("couple", {"birth_date": "1990-01-01"}, ["/facts/birth_date"]),
        ("advisor", {"birth_date": "1990-01-01"}, ["/facts/birth_date"]),
        ("couple", {"name": "Somebody Else"}, ["/facts/name"]),
        ("couple", {"is_qualified_investor": True}, ["/facts/is_qualified_investor"]),
        ("advisor", {"goals": [GOAL | {"due": "2026-11-20"}]}, ["/facts/goals/0/due"]),
        (
            "couple",
            {"name": "x", "retirement_age": 20, "spending": "0"},
            ["/facts/name", "/facts/essential_spending", "/facts/retirement_age"],
        ),
        ("couple", {"nickname": "x"}, ["/facts/nickname"]),
        ("couple", {"annual_income": 5}, ["/facts/annual_income"]),
    ],
)
def test_a_renewal_that_cannot_be_is_refused_field_by_field_and_changes_nothing(
    bank: Bank, file: dict[str, Any], user: str, facts: dict[str, Any], expected: list[str]
) -> None:
    before = bank.snapshot()
    response = renew(bank, renewal_of(file, **facts), user=user)
    assert (response.status_code, pointers(response)) == (422, expected)
    assert all(error["remedy"] for error in response.get_json()["errors"])
    assert bank.snapshot() == before


def test_an_id_used_twice_is_refused_in_a_renewal(bank: Bank, file: dict[str, Any]) -> None:
    policy = {"id": "p", "kind": "life", "cover": "1.00", "annual_premium": "1.00"}
    before = bank.snapshot()
    response = renew(bank, renewal_of(file) | {"policies": [policy, policy]})
    assert (response.status_code, pointers(response)) == (422, ["/policies/1/id"])
    assert bank.snapshot() == before


def test_an_advisor_may_change_the_name_and_record_evidence_of_qualification(
    bank: Bank, file: dict[str, Any]
) -> None:
    body = renewal_of(file, name="新名字", is_qualified_investor=True)
    shown = renew(bank, body, user="advisor").get_json()["facts"]
    assert (shown["name"], shown["is_qualified_investor"]) == ("新名字", True)


def test_a_foreign_client_cannot_be_renewed_even_with_facts_that_are_wrong(bank: Bank) -> None:
    body = renewal_of(client_file(bank, ZHAO), birth_date="1990-01-01")
    before = bank.snapshot()
    for user in ("lin", "stranger"):
        foreign = bank.call("PUT", f"/v1/clients/{ZHAO}/facts", user=user, body=body)
        missing = bank.call("PUT", "/v1/clients/nobody/facts", user=user, body=body)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.get_data() == missing.get_data()
    assert bank.snapshot() == before


def test_the_kind_of_a_goal_and_a_retirement_budget_come_back_as_sent(
    bank: Bank, filed: dict[str, Any]
) -> None:
    goals = [GOAL | {"kind": "education"}, GOAL]
    sent = renewal_of(filed, goals=goals, retirement_spending="6000.00")
    shown = renew(bank, sent).get_json()
    assert bank.call("GET", HOME, user="advisor").get_json() == shown
    assert shown["facts"]["goals"] == goals
    assert shown["facts"]["retirement_spending"] == "6000.00"


def test_an_income_past_the_statutory_age_needs_an_end_and_a_client_of_that_kind_is_not_added(
    bank: Bank,
) -> None:
    sent = client_file(bank)
    sent["facts"] |= {"birth_date": "1962-01-24", "retirement_age": None}
    before = bank.snapshot()
    refused = bank.call("POST", "/v1/clients", user="advisor", body=sent)
    assert (refused.status_code, pointers(refused)) == (422, ["/facts/retirement_age"])
    assert bank.snapshot() == before
    sent["facts"] |= {"retirement_age": 66}
    assert bank.call("POST", "/v1/clients", user="advisor", body=sent).status_code == 201
