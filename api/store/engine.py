"""Engines. SQLite needs care that PostgreSQL does not.

A transaction that reads and then writes gets SQLITE_BUSY at once, whatever the timeout, when
another writer came between; so every transaction that may write begins with BEGIN IMMEDIATE and
waits its turn there. The driver's own idea of transactions is switched off for that.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from allocator.errors import InputError

# How long a writer waits for its turn: a person at a page must hear soon, a command may wait.
BUSY_SECONDS = 15
REQUEST_BUSY_SECONDS = 3
# An execution option: set on connections that only read.
READ_ONLY = "robo_read_only"


def make_engine(url: str, *, busy_seconds: int = BUSY_SECONDS) -> Engine:
    """Return an engine for `url`; an SQLite file and its folder are created when missing.

    Its errors never carry the values of a statement: those belong to clients.

    Args:
        url: SQLAlchemy URL.
        busy_seconds: Seconds to wait for a connection, and on SQLite for another writer.

    Raises:
        InputError: SQLite in memory: its connections would each see an empty database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_timeout=busy_seconds)
    if not parsed.database or parsed.database == ":memory:":
        raise InputError(f"{url} is not a file; use sqlite:///path", code="invalid_setting")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # Every request thread may hold one connection; the wait is at BEGIN, not at the pool.
    engine = create_engine(
        url, hide_parameters=True, pool_timeout=busy_seconds, pool_size=20, max_overflow=40
    )

    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        _prepare(connection, busy_seconds)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def let_references_rest(connection: Connection) -> None:
    """Stop SQLite from checking references on this connection, before its first transaction.

    Inside a transaction the setting would be ignored without a word.
    """
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()


def _prepare(connection: Any, busy_seconds: int) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {1000 * busy_seconds}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
