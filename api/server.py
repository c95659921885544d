"""Serving: waitress with bounded requests, and the worker as a process of its own.

The worker sends orders and applies confirmations; it lives and dies with the server, and is started
again when it dies alone. Bodies,
headers, connections and idle time are bounded here as well as in the application, because a
request must not cost memory before the application has seen it.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore

from allocator.errors import InputError
from api.application import create_app
from api.resources.routing import LARGEST_BODY
from api.settings import Settings

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
PORT = 8000
THREADS = 8
# The application answers 413 in its own words up to here; beyond, the server cuts off.
LARGEST_BUFFERED_BODY = 4 * LARGEST_BODY
LARGEST_HEADER = 16 * 1024
CONNECTION_LIMIT = 200
IDLE_SECONDS = 30
WORKER_STOP_SECONDS = 10
WATCH_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


def serve(
    settings: Settings,
    *,
    host: str = HOST,
    port: int = PORT,
    app: Flask | None = None,
    with_worker: bool = True,
    once_bound: Callable[[], None] = lambda: None,
) -> None:
    """Serve until interrupted.

    Args:
        settings: Of this process; the worker reads the same environment.
        host: Address to listen on; loopback unless a proxy with TLS stands in front.
        port: Port to listen on.
        app: The application, or None to make one from `settings`.
        with_worker: Start `robo worker` beside the server.
        once_bound: Called when the port is ours and before anything is served.

    Raises:
        InputError: the address cannot be listened on (code cannot_listen).
    """
    server = make_server(app or create_app(settings), host=host, port=port)
    try:
        once_bound()
        with _worker(settings) if with_worker else nullcontext(), _ended_by_sigterm():
            try:
                server.run()
            except KeyboardInterrupt:
                return
    finally:
        server.close()


def make_server(app: Flask, *, host: str, port: int) -> Any:
    """Return a bound server that has not started; port 0 takes a free one.

    Raises:
        InputError: the address cannot be listened on (code cannot_listen).
    """
    opened: dict[int, Any] = {}
    try:
        return create_server(
            app,
            map=opened,
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
    # A name that does not resolve is a ValueError of the server's own.
    except (OSError, ValueError) as error:
        wasyncore.close_all(opened)
        why = getattr(error, "strerror", None) or str(error)
        message = f"cannot listen on {host}:{port}: {why}"
        raise InputError(message, code="cannot_listen") from None


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    environment = os.environ | {
        "ROBO_DATABASE_URL": settings.database_url,
        "ROBO_VENUE_URL": settings.venue_url,
        "ROBO_DEMO": str(int(settings.demo)),
    }
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_alive, args=(environment, stop), name="worker keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_alive(environment: Mapping[str, str], stop: threading.Event) -> None:
    program = "from api.commands import main; main()"
    command = [sys.executable, "-c", program, "worker", "--until-stdin-closes"]
    pause = SHORTEST_PAUSE_SECONDS
    while True:
        # Nothing is ever written: the pipe closes when this process is gone, however it went.
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)  # noqa: S603 # our own program
        lived = 0.0
        while process.poll() is None and not stop.wait(WATCH_SECONDS):
            lived += WATCH_SECONDS
        code = process.poll()
        _end(process)
        if stop.is_set():
            return
        if lived >= LONGEST_PAUSE_SECONDS:
            pause = SHORTEST_PAUSE_SECONDS
        logger.error("the worker ended with code %s; the next starts in %g s", code, pause)
        if stop.wait(pause):
            return
        pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)


def _end(process: subprocess.Popen[bytes]) -> None:
    # Leaving the block closes the pipe and waits for the process.
    with process:
        process.terminate()
        try:
            process.wait(WORKER_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


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
