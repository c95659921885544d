"""Column types the tables share."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, TypeDecorator

from api.clock import as_utc

# SQLite numbers rows by itself only when the key is spelled INTEGER.
NUMBER = BigInteger().with_variant(Integer, "sqlite")
MINOR = BigInteger()
ID = String(64)
CODE = String(32)
HASH = String(64)


class Instant(TypeDecorator[datetime]):
    """An aware instant. SQLite forgets the zone, so it is UTC on the way in and on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without a zone and store the rest as UTC."""
        return None if value is None else as_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
