"""The server over a real socket: bounded, quiet about itself, gone with its worker."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from allocator.errors import InputError
from api.server import LARGEST_HEADER, make_server
from api.settings import Settings
from api.store.migrate import upgrade

PROGRAM = """
from api.server import serve
from api.settings import Settings
serve(Settings.from_environment(), port={port}, with_worker={with_worker})
"""


@contextmanager
def running_server(
    folder: Path, *, with_worker: bool
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Serve a new store in a process of its own and yield the process and its port."""
    settings = Settings(database_url=f"sqlite:///{folder / 'robo.sqlite'}")
    upgrade(settings)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {
        "ROBO_DATABASE_URL": settings.database_url,
        "ROBO_VENUE_URL": f"sqlite:///{folder / 'venue.sqlite'}",
    }
    program = PROGRAM.format(port=port, with_worker=with_worker)
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as server:
        try:
            eventually(lambda: is_answering(port))
            yield server, port
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_server(tmp_path_factory.mktemp("server"), with_worker=False) as (_, port):
        yield port


def test_the_server_does_not_name_itself(port: int) -> None:
    status, headers = exchange(port, "GET", "/login")
    assert status == 200
    shown = " ".join(headers.values()).lower()
    assert "Server" not in headers
    assert "waitress" not in shown
    assert "werkzeug" not in shown


def test_a_huge_header_is_refused(port: int) -> None:
    status, _ = exchange(port, "GET", "/login", {"X-Big": "a" * LARGEST_HEADER})
    assert status == 431


def test_a_huge_body_is_cut_off_by_its_announced_length(port: int) -> None:
    status, _ = exchange(port, "POST", "/login", {"Content-Length": str(10**9)})
    assert status == 413


def test_a_terminated_server_takes_its_worker_along(tmp_path: Path) -> None:
    with running_server(tmp_path, with_worker=True) as (server, _):
        worker = the_worker(server)
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        eventually(lambda: not is_alive(worker))


def test_a_killed_server_takes_its_worker_along(tmp_path: Path) -> None:
    with running_server(tmp_path, with_worker=True) as (server, _):
        worker = the_worker(server)
        server.kill()
        server.wait(20)
        eventually(lambda: not is_alive(worker))


def test_a_worker_that_dies_is_replaced_and_the_operator_reads_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_server(tmp_path, with_worker=True) as (server, _):
        first = the_worker(server)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: bool(children(server.pid)) and children(server.pid) != [first])
    assert "the worker ended with code -9; the next starts in 1 s" in capfd.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_an_address_that_cannot_be_listened_on_is_named(host: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(InputError, match=f"{host}:{port}") as caught:
            make_server(Flask("nobody"), host=host, port=port)
    assert caught.value.code == "cannot_listen"


def exchange(
    port: int, method: str, path: str, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request(method, path, headers={"Connection": "close"} | (headers or {}))
        with connection.getresponse() as response:
            response.read()
            return response.status, dict(response.getheaders())


def is_answering(port: int) -> bool:
    try:
        return exchange(port, "GET", "/login")[0] == 200
    except OSError:
        return False


def the_worker(server: subprocess.Popen[bytes]) -> int:
    eventually(lambda: len(children(server.pid)) == 1)
    return children(server.pid)[0]


def children(pid: int) -> list[int]:
    # Every thread has its own.
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for found in lists for one in found.read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        # Where nobody collects orphans, a dead one stays as a zombie.
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
