"""Users and tokens: shown once, stored hashed, gone when revoked."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from allocator.errors import InputError
from allocator.shelf import load_default_shelf
from api.callers import Role
from api.clock import FixedClock
from api.errors import UnauthorizedError
from api.sample_book import load_sample_book
from api.services.clients import register_client
from api.services.users import add_user, authenticate, revoke, without_tokens
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.tables import metadata
from api.store.unit_of_work import Store, make_store

CLOCK = FixedClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'robo.sqlite'}")
    upgrade(settings)
    store = make_store(settings)
    for record in load_sample_book(load_default_shelf()):
        if record.client_id in ("widow-76", "equity-fan"):
            register_client(store, CLOCK, None, record)
    return store


def user_rows(store: Store) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(metadata.tables["user"]))]


def test_a_token_names_its_user_role_and_client(store: Store) -> None:
    token = add_user(store, CLOCK, name="Zhou", role=Role.CLIENT, client_id="widow-76")
    caller = authenticate(store, token)
    assert (caller.role, caller.client_id) == (Role.CLIENT, "widow-76")
    assert not caller.sees_everyone


def test_an_advisor_gets_the_book_named(store: Store) -> None:
    token = add_user(store, CLOCK, name="Ann", role=Role.ADVISOR, book=["widow-76"])
    caller = authenticate(store, token)
    with store.read() as uow:
        assert uow.users.book(caller.user_id) == ("widow-76",)
        assert uow.clients.ids(caller) == ("widow-76",)


def test_tokens_are_long_random_and_never_stored(store: Store) -> None:
    tokens = {add_user(store, CLOCK, name=f"q{i}", role=Role.QUANT) for i in range(20)}
    assert len(tokens) == 20
    assert all(re.fullmatch(r"robo_[A-Za-z0-9_-]{43}", token) for token in tokens)
    stored = repr(user_rows(store))
    assert not [token for token in tokens if token in stored or token[5:] in stored]


@pytest.mark.parametrize(
    "token", ["", "robo_", "robo_" + "a" * 43, "a" * 48, "robo_" + "a" * 4000, "robo_é" + "a" * 42]
)
def test_what_is_not_a_token_is_nobody(store: Store, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        authenticate(store, token)


def test_a_revoked_token_is_nobody_and_others_still_work(store: Store) -> None:
    gone = add_user(store, CLOCK, name="a", role=Role.QUANT)
    stays = add_user(store, CLOCK, name="b", role=Role.QUANT)
    user_id = authenticate(store, gone).user_id
    revoke(store, CLOCK, user_id=user_id)
    revoke(store, CLOCK, user_id=user_id)
    with pytest.raises(UnauthorizedError):
        authenticate(store, gone)
    assert authenticate(store, stays).role is Role.QUANT


@pytest.mark.parametrize(
    ("role", "client_id", "book", "field"),
    [
        (Role.CLIENT, None, [], "client_id"),
        (Role.ADVISOR, "widow-76", [], "client_id"),
        (Role.QUANT, "widow-76", [], "client_id"),
        (Role.CLIENT, "nobody", [], "client_id"),
        (Role.ADVISOR, None, ["nobody"], "client_id"),
        (Role.CLIENT, "widow-76", ["equity-fan"], "book"),
        (Role.QUANT, None, ["widow-76"], "book"),
    ],
)
def test_a_user_whose_role_client_and_book_do_not_fit_is_refused_and_not_stored(
    store: Store, role: Role, client_id: str | None, book: list[str], field: str
) -> None:
    with pytest.raises(InputError) as refused:
        add_user(store, CLOCK, name="x", role=role, client_id=client_id, book=book)
    assert refused.value.code == "invalid_user"
    assert {problem.field for problem in refused.value.problems} == {field}
    assert user_rows(store) == []


@pytest.mark.parametrize(
    "name", ["", " ", "\x1b[31mAnn", "Ann\n", "\u202eAnn", "A\u200bnn", "x" * 81, "\udcff"]
)
def test_a_user_needs_a_name_that_people_can_read(store: Store, name: str) -> None:
    with pytest.raises(InputError) as refused:
        add_user(store, CLOCK, name=name, role=Role.QUANT)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("name", name)
    assert problem.remedy
    assert user_rows(store) == []


@pytest.mark.parametrize("around", ["{}", "Bearer {}", "{} {}", "x{}x", '"{}"'])
def test_whatever_looks_like_a_token_is_covered(around: str) -> None:
    token = "robo_" + "aB3-_" * 8 + "xyz"
    shown = without_tokens(around.replace("{}", token))
    assert "aB3" not in shown
    assert "robo_***" in shown
    assert without_tokens("robo_allocator says hello") == "robo_allocator says hello"
