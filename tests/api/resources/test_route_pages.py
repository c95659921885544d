"""Pages under the same rules as routes: who gets in, whose objects, which headers, which forms."""

from pathlib import Path

import pytest
from bank_world import MISSING_ID, ROUTE_IDS, WIDOW, Bank, open_bank
from markupsafe import escape
from route_inventory import SAMPLE_ANSWERS, Route, pages_of

from api.authorization import Policy, policy_of
from api.callers import Role
from api.sample_book import load_sample_book
from api.schemas.client_file import dump_client_file
from api.security_headers import HEADERS
from api.services.users import add_user

USERS = {Role.CLIENT: ("zhao", "lin"), Role.ADVISOR: ("advisor", "stranger")}


@pytest.fixture
def bank(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return open_bank(tmp_path, tmp_path_factory)


def policy(bank: Bank, page: Route) -> Policy:
    found = policy_of(bank.app.view_functions[page.endpoint])
    assert found is not None
    return found


def ids_for(page: Route) -> dict[str, str]:
    kinds = {"/proposals": "proposal", "/life-paths": "life-path"}
    kind = next((k for start, k in kinds.items() if page.rule.startswith(start)), "diagnosis")
    return ROUTE_IDS | {"advice_id": f"{kind}-zhao"}


def test_a_page_about_somebody_else_is_as_missing_as_one_about_nobody(bank: Bank) -> None:
    missing = dict.fromkeys(ROUTE_IDS, MISSING_ID)
    tried = 0
    for role, (_, stranger) in USERS.items():
        browser = bank.browser(stranger)
        before = bank.snapshot()
        for page in pages_of(bank.app):
            if not page.arguments or role not in policy(bank, page).roles:
                continue
            foreign = browser.get(page.path(ids_for(page)))
            absent = browser.get(page.path(missing))
            assert foreign.status_code == absent.status_code == 404, (page.rule, role)
            shown = foreign.get_data(as_text=True), absent.get_data(as_text=True)
            # The page offers itself in the other language and may name its own address.
            same = shown[0].replace(page.path(ids_for(page)), page.path(missing))
            assert same == shown[1], (page.rule, role)
            tried += 1
        assert bank.snapshot() == before
    assert tried >= 15


def advised_widow(bank: Bank) -> dict[str, str]:
    """Lead the widow through the whole journey and return the ids of what came of it."""
    bank.tokens["widow"] = add_user(
        bank.store, bank.clock, name="Zhou", role=Role.CLIENT, client_id=WIDOW
    )
    (record,) = [r for r in load_sample_book(bank.reference.shelf) if r.client_id == WIDOW]
    here = f"/v1/clients/{WIDOW}"
    answers = {"answers": dict(record.answers or {})}
    assert bank.call("POST", f"{here}/assessments", user="widow", body=answers).status_code == 201
    diagnosis = bank.call("POST", f"{here}/diagnoses", user="widow").get_json()
    proposal = bank.call("POST", f"{here}/proposals", user="widow").get_json()
    life_path = bank.call("POST", f"{here}/life-paths", user="widow").get_json()
    bundle = bank.call(
        "POST",
        f"/v1/proposals/{proposal['id']}/accept",
        user="widow",
        body={"proposal_hash": proposal["hash"], "consent": True},
        headers={"Idempotency-Key": "press"},
    ).get_json()
    return {
        "client_id": WIDOW,
        "/diagnoses": diagnosis["id"],
        "/proposals": proposal["id"],
        "/life-paths": life_path["id"],
        "bundle_id": bundle["bundle_id"],
    }


def test_the_own_pages_are_there_in_both_languages(bank: Bank) -> None:
    ids = advised_widow(bank)
    for role, user in ((Role.CLIENT, "widow"), (Role.ADVISOR, "advisor")):
        browser = bank.browser(user)
        for page in pages_of(bank.app):
            if not page.arguments or role not in policy(bank, page).roles:
                continue
            start = page.rule.split("<")[0].rstrip("/")
            path = page.path(ROUTE_IDS | ids | {"advice_id": ids.get(start, "")})
            for language in ("zh", "en"):
                response = browser.get(f"{path}?lang={language}", follow_redirects=True)
                assert response.status_code == 200, (page.rule, role)
                assert f'lang="{language}' in response.get_data(as_text=True)[:80]


def test_a_visitor_who_has_not_signed_in_is_asked_to(bank: Bank) -> None:
    for page in pages_of(bank.app):
        response = bank.app.test_client().get(page.path(ids_for(page)))
        if policy(bank, page).is_public:
            assert response.status_code in (200, 303), page.rule
        else:
            assert response.status_code == 401, page.rule
            assert 'name="token"' in response.get_data(as_text=True)


def test_a_role_without_the_right_is_refused(bank: Bank) -> None:
    for role, user in ((Role.CLIENT, "zhao"), (Role.ADVISOR, "advisor"), (Role.QUANT, "quant")):
        browser = bank.browser(user)
        for page in pages_of(bank.app):
            found = policy(bank, page)
            if found.is_public or role in found.roles:
                continue
            assert browser.get(page.path(ids_for(page))).status_code == 403, (page.rule, role)


def test_every_page_sends_the_security_headers(bank: Bank) -> None:
    browser = bank.browser("advisor")
    for page in pages_of(bank.app):
        response = browser.get(page.path(ids_for(page)))
        for name, value in HEADERS.items():
            assert response.headers.get(name) == value, (page.rule, name)
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({"Origin": "https://elsewhere.example"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({}, {}),
        ({"Origin": "http://localhost"}, {}),
        ({"Origin": "http://localhost"}, {"csrf": "0" * 64}),
    ],
)
def test_a_form_from_elsewhere_or_without_the_sessions_token_changes_nothing(
    bank: Bank, headers: dict[str, str], form: dict[str, str]
) -> None:
    browser = bank.browser("zhao")
    before = bank.snapshot()
    for rule in bank.app.url_map.iter_rules():
        is_form = "POST" in (rule.methods or set()) and not rule.rule.startswith("/v1/")
        if not is_form or rule.endpoint == "pages.login":
            continue
        page = Route("POST", rule.rule, rule.endpoint, frozenset(rule.arguments))
        response = browser.post(page.path(ids_for(page)), data=form, headers=headers)
        assert response.status_code == 403, (rule.rule, headers)
    assert bank.snapshot() == before


@pytest.mark.parametrize("user", ["zhao", "advisor", "quant"])
def test_asking_for_the_head_of_a_page_sends_no_form(bank: Bank, user: str) -> None:
    browser = bank.browser(user)
    form = SAMPLE_ANSWERS | {"token": bank.tokens[user]}
    before = bank.unread_snapshot()
    for page in pages_of(bank.app):
        path = page.path(ids_for(page))
        head = browser.head(path, data=form)
        assert head.status_code == browser.get(path).status_code, page.rule
        assert head.get_data() == b""
    assert bank.unread_snapshot() == before


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "{{ 7 * 7 }}"],
)
def test_a_name_is_shown_as_text_whatever_it_looks_like(bank: Bank, name: str) -> None:
    records = load_sample_book(bank.reference.shelf)
    (record,) = [r for r in records if r.client_id == "locked-deposit"]
    body = dump_client_file(record)
    body["facts"]["name"] = name
    body["facts"]["goals"] = [{"name": name, "amount": "1000", "due": "2030-01-01"}]
    assert bank.call("POST", "/v1/clients", user="advisor", body=body).status_code == 201
    browser = bank.browser("advisor")
    for path in ("/advisor", "/clients/locked-deposit", "/clients/locked-deposit/holdings"):
        page = browser.get(path).get_data(as_text=True)
        assert "alert(1)</script>" not in page
        assert "<img src=x" not in page
        assert str(escape(name)) in page, path
