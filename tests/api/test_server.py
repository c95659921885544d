"""The server over a real socket: bounded, and quiet about itself."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask, request

from api.server import LARGEST_HEADER, make_server


@pytest.fixture
def port() -> Iterator[int]:
    app = Flask(__name__, static_folder=None)

    @app.route("/", methods=["GET", "POST"])
    def echo() -> str:
        return str(len(request.get_data()))

    server = make_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.close()
    thread.join(5)


def exchange(port: int, method: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request(method, "/", headers=headers | {"Connection": "close"})
        with connection.getresponse() as response:
            response.read()
            return response.status, dict(response.getheaders())


def test_the_server_does_not_name_itself(port: int) -> None:
    status, headers = exchange(port, "GET", {})
    assert status == 200
    shown = " ".join(headers.values()).lower()
    assert "Server" not in headers
    assert "waitress" not in shown
    assert "werkzeug" not in shown


def test_a_huge_header_is_refused(port: int) -> None:
    status, _ = exchange(port, "GET", {"X-Big": "a" * LARGEST_HEADER})
    assert status == 431


def test_a_huge_body_is_cut_off_by_its_announced_length(port: int) -> None:
    status, _ = exchange(port, "POST", {"Content-Length": str(10**9)})
    assert status == 413
