"""A client's own order in the browser: the list, the amount, the warning, the two ticks."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from page_world import PageWorld, hidden, open_world, send
from werkzeug.test import TestResponse

from allocator.product_classes import RiskLevel
from allocator.shelf import Regime, load_default_shelf
from api.callers import BANK, Role
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user
from api.store.records import AdviceKind
from api.texts import Texts

# C3, with 45,000 yuan in the account and 585,000 in all; not one of the clients of the world.
FAMILY = "civil-servant-family"
LIST = f"/clients/{FAMILY}/own-orders"
ABOVE, WITHIN = f"{LIST}/csi500-index-a", f"{LIST}/balanced-fund-40"


@pytest.fixture
def world(tmp_path: Path) -> PageWorld:
    made = open_world(tmp_path)
    (record,) = [r for r in load_sample_book(load_default_shelf()) if r.client_id == FAMILY]
    register_client(made.store, made.clock, None, record)
    tokens = {
        "family": add_user(made.store, made.clock, name="Sun", role=Role.CLIENT, client_id=FAMILY),
        "banker": add_user(made.store, made.clock, name="Bo", role=Role.ADVISOR, book=[FAMILY]),
    }
    made.tokens.update(tokens)
    response = made.app.test_client().post(
        f"/v1/clients/{FAMILY}/assessments",
        json={"answers": dict(record.answers or {})},
        headers={"Authorization": f"Bearer {tokens['family']}"},
    )
    assert (response.status_code, response.get_json()["level"]) == (201, "C3")
    return made


def ask(browser: FlaskClient, address: str = ABOVE, amount: str = "5,000") -> TestResponse:
    return send(browser, f"{address}?lang=en", page=browser.get(address), amount=amount)


def warning_page(browser: FlaskClient, address: str = ABOVE) -> tuple[str, TestResponse]:
    made = ask(browser, address)
    assert made.status_code == 303
    return made.location, browser.get(f"{made.location}?lang=en")


def press(browser: FlaskClient, where: str, page: TestResponse, **ticks: str) -> TestResponse:
    return send(
        browser,
        f"{where}/accept",
        page=page,
        proposal_hash=hidden(page, "proposal_hash"),
        idempotency_key=hidden(page, "idempotency_key"),
        **ticks,
    )


def order_count(world: PageWorld) -> int:
    with world.store.engine.connect() as connection:
        return int(connection.exec_driver_sql('select count(*) from "order"').scalar_one())


def test_what_is_above_the_level_stays_folded_and_apart(world: PageWorld) -> None:
    page = world.browser("family").get(f"{LIST}?lang=en").text
    open_part, folded = page.split("<details>")
    summary = folded.split("</summary>")[0]
    assert summary == f"<summary>{Texts('en').say('page.own_order.list_above')}"
    assert not re.search(r"\d|[Ss]how|[Ss]ee", summary)
    shelf, found = load_default_shelf(), re.compile(r"own-orders/([\w-]+)")
    within, above = set(found.findall(open_part)), set(found.findall(folded.split("</details>")[0]))
    assert {"balanced-fund-40", "wealth-plus-30d", "gold-accumulation"} <= within
    assert all(shelf[name].risk_level <= RiskLevel.R3 for name in within)
    assert "csi500-index-a" in above
    assert all(shelf[name].risk_level > RiskLevel.R3 for name in above)
    assert {shelf[name].regime for name in above} == {Regime.CSRC_FUND}
    # Private funds, trusts and policies are no choice; the account and what is suspended neither.
    closed = {"private-equity-long-fund", "collective-trust-2y", "pension-annuity"}
    closed |= {"demand-deposit", "sector-fund-new-energy"}
    assert not closed & (within | above)


def test_the_market_page_leads_a_client_to_the_list_and_nobody_else(world: PageWorld) -> None:
    assert f'href="{LIST}"' in world.browser("family").get("/market").text
    for user in ("banker", "quant"):
        browser = world.browser(user)
        assert "own-orders" not in browser.get("/market").text
        assert browser.get(LIST).status_code == 403


def test_the_warning_is_read_ticked_and_confirmed(world: PageWorld) -> None:
    browser = world.browser("family")
    where, page = warning_page(browser)
    assert "Special written warning" in page.text
    assert "We do not recommend this purchase" in page.text
    assert page.text.index("Special written warning") < page.text.index("accept")
    refused = press(browser, where, page, consent="yes")
    assert refused.status_code == 422
    assert "tick its box first" in refused.text
    refused = press(browser, where, page, warning_read="yes")
    assert refused.status_code == 422
    assert order_count(world) == 0
    pressed = press(browser, where, page, consent="yes", warning_read="yes")
    assert (pressed.status_code, order_count(world)) == (303, 1)
    assert "CSI 500" in browser.get(f"{pressed.location}?lang=en").text
    again = browser.get(where).text
    assert "accept" not in again


def test_a_product_within_the_level_shows_no_warning(world: PageWorld) -> None:
    browser = world.browser("family")
    where, page = warning_page(browser, WITHIN)
    assert "warning-card" not in page.text
    assert "warning_read" not in page.text
    assert press(browser, where, page, consent="yes").status_code == 303
    assert order_count(world) == 1


@pytest.mark.parametrize(
    ("amount", "said"),
    [("117,500", "beyond the limit"), ("45,000.01", "not enough"), ("5", "below the minimum")],
)
def test_a_refused_amount_stays_in_the_form_with_the_reason_and_the_products_name(
    world: PageWorld, amount: str, said: str
) -> None:
    page = ask(world.browser("family"), ABOVE, amount)
    assert page.status_code == 409
    assert said in page.text
    assert f'value="{amount}"' in page.text
    reasons = page.text.split('id="problems"')[1].split("</ul>")[0]
    assert "csi500-index-a" not in reasons
    assert "CSI 500" in reasons or said == "not enough"


@pytest.mark.parametrize("amount", ["", "much", "-5", "1e4", "NaN", "10.005"])
def test_an_amount_that_is_none_is_asked_for_again(world: PageWorld, amount: str) -> None:
    page = ask(world.browser("family"), ABOVE, amount)
    assert page.status_code == 422
    assert "Please enter an amount" in page.text
    with world.store.engine.connect() as connection:
        kept = connection.exec_driver_sql("select count(*) from advice").scalar_one()
    assert kept == 0


@pytest.mark.parametrize("product_id", ["private-equity-long-fund", "demand-deposit", "ghost"])
def test_a_product_that_is_no_choice_is_missing(world: PageWorld, product_id: str) -> None:
    browser = world.browser("family")
    assert browser.get(f"{LIST}/{product_id}").status_code == 404


def test_the_plan_tab_shows_the_banks_plan_and_never_an_own_order(world: PageWorld) -> None:
    browser = world.browser("family")
    warning_page(browser)
    tab = f"/clients/{FAMILY}/proposal"
    assert browser.get(tab).location == f"/clients/{FAMILY}"
    overview = browser.get(f"/clients/{FAMILY}")
    plan = send(browser, f"/clients/{FAMILY}/proposals", page=overview).location
    own, _ = warning_page(browser)
    assert browser.get(tab).location == plan != own
    with world.store.read() as uow:
        assert len(uow.advice.list(BANK, AdviceKind.PROPOSAL, FAMILY)) == 3


def test_an_advisor_reads_the_order_and_cannot_confirm_it(world: PageWorld) -> None:
    where, _ = warning_page(world.browser("family"))
    page = world.browser("banker").get(f"{where}?lang=en")
    assert page.status_code == 200
    assert "Special written warning" in page.text
    assert "/accept" not in page.text
