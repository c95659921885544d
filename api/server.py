"""Serving: waitress with bounded requests, and the worker as a process of its own.

The worker sends orders and applies confirmations; it lives and dies with the server. Bodies,
headers, connections and idle time are bounded here as well as in the application, because a
request must not cost memory before the application has seen it.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any

from flask import Flask
from waitress import create_server

from api.application import create_app
from api.resources.routing import LARGEST_BODY
from api.settings import Settings

HOST = "127.0.0.1"
PORT = 8000
THREADS = 8
# The application answers 413 in its own words up to here; beyond, the server cuts off.
LARGEST_BUFFERED_BODY = 4 * LARGEST_BODY
LARGEST_HEADER = 16 * 1024
CONNECTION_LIMIT = 200
IDLE_SECONDS = 30
WORKER_STOP_SECONDS = 10


def serve(
    settings: Settings,
    *,
    host: str = HOST,
    port: int = PORT,
    app: Flask | None = None,
    with_worker: bool = True,
) -> None:
    """Serve until interrupted.

    Args:
        settings: Of this process; the worker reads the same environment.
        host: Address to listen on; loopback unless a proxy with TLS stands in front.
        port: Port to listen on.
        app: The application, or None to make one from `settings`.
        with_worker: Start `robo worker` beside the server.
    """
    server = make_server(app or create_app(settings), host=host, port=port)
    with _worker(settings) if with_worker else nullcontext(), _ended_by_sigterm():
        try:
            server.run()
        except KeyboardInterrupt:
            return
        finally:
            server.close()


def make_server(app: Flask, *, host: str, port: int) -> Any:
    """Return a bound server that has not started; port 0 takes a free one."""
    return create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        ident="",
        max_request_body_size=LARGEST_BUFFERED_BODY,
        max_request_header_size=LARGEST_HEADER,
        connection_limit=CONNECTION_LIMIT,
        channel_timeout=IDLE_SECONDS,
        clear_untrusted_proxy_headers=True,
    )


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    program = "from api.commands import main; main()"
    environment = os.environ | {
        "ROBO_DATABASE_URL": settings.database_url,
        "ROBO_VENUE_URL": settings.venue_url,
        "ROBO_DEMO": str(int(settings.demo)),
    }
    command = [sys.executable, "-c", program, "worker"]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 # our own program
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(WORKER_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    # Without this a terminated server would leave its worker behind.
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
