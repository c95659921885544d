"""Latency of a proposal over HTTP, on a real server with the sample book.

The server runs as its own process on a loopback port and a temporary database. After a warm-up
every client of the book is proposed to in turn, one request at a time and then two at a time. A
request computes the profile, the diagnosis, the optimum, whole lots and the suitability check, and
commits the proposal durably. The table is the result; nothing is asserted.

Run with `make bench-api`.
"""

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

# Run as a script, this file would hide the package of the same name that it measures.
if Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    sys.path.pop(0)

from api.application import create_app
from api.callers import Role
from api.clock import SystemClock
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.server import make_server
from api.services.assess import submit_answers
from api.services.clients import register_client
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import make_store
from benchmarks.report.machine import machine

WARM_UP_ROUNDS = 2
ROUNDS = 8
ADVISOR_THREADS = 2


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{Path(folder) / 'robo.sqlite'}",
            venue_url=f"sqlite:///{Path(folder) / 'venue.sqlite'}",
        )
        token, client_ids = furnish(settings)
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        server = context.Process(target=serve, args=(settings, there), daemon=True)
        server.start()
        try:
            port = int(here.recv())
            measure(port, token, client_ids)
        finally:
            server.terminate()
            server.join()


def furnish(settings: Settings) -> tuple[str, list[str]]:
    """Fill a new database with the sample book, assessed, and return an advisor's token."""
    upgrade(settings)
    store, clock, reference = make_store(settings), SystemClock(), load_reference_data()
    records = load_sample_book(reference.shelf)
    client_ids = [record.client_id for record in records]
    for record in records:
        register_client(store, clock, None, record)
    token = add_user(store, clock, name="bench", role=Role.ADVISOR, book=client_ids)
    caller = authenticate(store, token)
    for record in records:
        submit_answers(
            store,
            clock,
            reference,
            settings,
            caller,
            client_id=record.client_id,
            answers=record.answers or {},
        )
    store.dispose()
    return token, client_ids


def serve(settings: Settings, ready: Connection) -> None:
    """Serve in this process and say on which port."""
    server = make_server(create_app(settings), host="127.0.0.1", port=0)
    ready.send(server.effective_port)
    server.run()


def measure(port: int, token: str, client_ids: Sequence[str]) -> None:
    """Time the requests and print the table."""
    local = threading.local()

    def propose(client_id: str) -> float:
        if not hasattr(local, "connection"):
            local.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection: HTTPConnection = local.connection
        started = time.perf_counter()
        connection.request(
            "POST",
            f"/v1/clients/{client_id}/proposals",
            headers={"Authorization": f"Bearer {token}"},
        )
        response = connection.getresponse()
        body = response.read()
        elapsed = time.perf_counter() - started
        if response.status != 201:
            raise SystemExit(f"{client_id}: {response.status} {json.loads(body)['detail']}")
        return elapsed

    started = time.perf_counter()
    for _ in range(WARM_UP_ROUNDS):
        for client_id in client_ids:
            propose(client_id)
    warm_up = time.perf_counter() - started
    work = [client_id for _ in range(ROUNDS) for client_id in client_ids]

    started = time.perf_counter()
    alone = [propose(client_id) for client_id in work]
    alone_seconds = time.perf_counter() - started
    started = time.perf_counter()
    with ThreadPoolExecutor(ADVISOR_THREADS) as pool:
        together = list(pool.map(propose, work))
    together_seconds = time.perf_counter() - started

    print(f"POST /v1/clients/{{id}}/proposals, {len(client_ids)} clients, ms")
    print(f"{'requests at a time':<20}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{'per s':>8}")
    for name, times, seconds in (
        ("1", alone, alone_seconds),
        (str(ADVISOR_THREADS), together, together_seconds),
    ):
        p50, p95, p99 = np.percentile(times, [50, 95, 99]) * 1000
        row = f"{p50:>8.0f}{p95:>8.0f}{p99:>8.0f}{max(times) * 1000:>8.0f}"
        print(f"{name:<20}{len(times):>6}{row}{len(times) / seconds:>8.1f}")
    print(f"warm-up of {WARM_UP_ROUNDS * len(client_ids)} requests: {warm_up:.1f} s")
    print(machine())


if __name__ == "__main__":
    main()
