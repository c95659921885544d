"""The sample book in the store: fictional clients, assessed, with a sign-in for each role.

Most clients are diagnosed and the book is scanned, so an advisor finds work to do.
Filling a store that has them already adds nothing. Sign-ins are drawn anew at each start, because
only hashes of tokens are kept; the ones before stop working.
"""

from dataclasses import dataclass

from api.callers import BANK, Role
from api.clock import Clock, shanghai_date
from api.reference_data import ReferenceData
from api.sample_book import load_sample_book
from api.services.advice import diagnose
from api.services.clients import onboard_client
from api.services.scan import scan
from api.services.users import add_user, revoke
from api.settings import Settings
from api.store.unit_of_work import Store

SAMPLE_CLIENTS = ("young-renter", "civil-servant-family", "equity-fan", "retiree-68")
SAMPLE_PREFIX = "sample "


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in to print once."""

    role: Role
    name: str
    token: str


def restart_demo_clock(store: Store) -> None:
    """Let the demonstration begin at today again, unless orders wait for the days it reached."""
    with store.begin() as uow:
        if not uow.bundles.list(BANK, only_open=True):
            uow.demo_clock.set_offset_days(0)
            uow.commit()


def load_sample_data(
    store: Store, clock: Clock, reference: ReferenceData, settings: Settings
) -> tuple[Login, ...]:
    """Fill the store with the sample book and return fresh sign-ins."""
    with store.read() as uow:
        present = set(uow.clients.ids(BANK))
        former = [one for one in uow.users.all() if one.name.startswith(SAMPLE_PREFIX)]
    records = load_sample_book(reference.shelf)
    for record in records:
        if record.client_id in present:
            continue
        onboard_client(store, clock, reference, settings, BANK, record)
    fresh = [record.client_id for record in records if record.client_id not in present]
    for client_id in fresh:
        # The clients with a sign-in are left to walk the journey themselves.
        if client_id not in SAMPLE_CLIENTS:
            diagnose(store, clock, reference, BANK, client_id=client_id)
    if fresh:
        scan(store, clock, reference, as_of=shanghai_date(clock.now()))
    for one in former:
        if one.revoked_at is None:
            revoke(store, clock, user_id=one.id)
    book = [record.client_id for record in records]
    logins = []
    for client_id in SAMPLE_CLIENTS:
        name = f"{SAMPLE_PREFIX}{client_id}"
        token = add_user(store, clock, name=name, role=Role.CLIENT, client_id=client_id)
        logins.append(Login(Role.CLIENT, client_id, token))
    for role, clients in ((Role.ADVISOR, book), (Role.QUANT, [])):
        token = add_user(store, clock, name=f"{SAMPLE_PREFIX}{role}", role=role, book=clients)
        logins.append(Login(role, f"{len(clients)} clients" if clients else "no clients", token))
    return tuple(logins)
