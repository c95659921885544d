"""Where a product's fees are shown, its smallest purchase fee is shown beside them."""

from dataclasses import replace
from pathlib import Path

import pytest
from page_world import open_world

from allocator.shelf import load_default_shelf
from api.callers import Role
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user
from api.texts import Texts

FAMILY, PRODUCT = "civil-servant-family", "balanced-fund-40"
LIST = f"/clients/{FAMILY}/own-orders"


@pytest.mark.parametrize(("fee", "is_shown"), [("0.00", False), ("0.65", True)])
def test_the_smallest_purchase_fee_is_on_the_list_the_form_and_the_interface(
    tmp_path: Path, fee: str, is_shown: bool
) -> None:
    world = open_world(tmp_path)
    (record,) = [r for r in load_sample_book(load_default_shelf()) if r.client_id == FAMILY]
    register_client(world.store, world.clock, None, record)
    token = add_user(world.store, world.clock, name="Sun", role=Role.CLIENT, client_id=FAMILY)
    world.tokens["family"] = token
    headers = {"Authorization": f"Bearer {token}"}
    api = world.app.test_client()
    answers = {"answers": dict(record.answers or {})}
    made = api.post(f"/v1/clients/{FAMILY}/assessments", json=answers, headers=headers)
    assert made.status_code == 201

    here = world.app.extensions["robo"]
    row = f'id = "{PRODUCT}"\n'
    text = here.reference.shelf_text.replace(row, f'{row}minimum_purchase_fee = "{fee}"\n')
    world.app.extensions["robo"] = replace(here, reference=replace(here.reference, shelf_text=text))
    rows = api.get("/v1/products", headers=headers).get_json()["products"]
    (product,) = [one for one in rows if one["id"] == PRODUCT]
    assert (product["minimum_purchase_fee"], product["minimum_redemption_fee"]) == (fee, "0.00")

    browser, label = world.browser("family"), Texts("en").say("page.own_order.minimum_fee")
    for address in (LIST, f"{LIST}/{PRODUCT}"):
        page = browser.get(f"{address}?lang=en").text
        assert (label in page) is is_shown
        assert ("0.65" in page) is is_shown
