"""The tables. Portable SQL only: the embedded SQLite today, PostgreSQL without a change.

Uniqueness is where exactly-once lives: one consent a proposal, one bundle a consent, one order a
(bundle, line), one execution an id of the venue, one open bundle a client, one reminder a (client,
day, kind). Money would still add up after a purchase made twice; these constraints would not. The
law's two assessments a day are numbered the same way, and a trigger keeps what was assessed.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from api.store.columns import CODE, HASH, ID, MINOR, NUMBER, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# ---- people -----------------------------------------------------------------------------------

client = Table(
    "client",
    metadata,
    Column("id", ID, primary_key=True),
    Column("facts", Text, nullable=False),  # JSON: facts, debts and policies
    Column("answers", Text),  # JSON, or null before the first assessment
    Column("created_at", Instant, nullable=False),
)
holding = Table(
    "holding",
    metadata,
    Column("client_id", ForeignKey("client.id"), primary_key=True),
    Column("id", ID, primary_key=True),
    Column("product_id", ID),
    Column("product_class", CODE, nullable=False),
    Column("risk_level", Integer, nullable=False),
    Column("amount_minor", MINOR, nullable=False),
    Column("held_at", CODE, nullable=False),
    Column("locked_until", Date),
    Column("acquired_on", Date),
    CheckConstraint("amount_minor >= 0", "amount_minor"),
)
user = Table(
    "user",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", CODE, nullable=False),
    Column("client_id", ForeignKey("client.id")),
    Column("token_hash", HASH, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
advisor_client = Table(
    "advisor_client",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True),
    Column("client_id", ForeignKey("client.id"), primary_key=True),
    Index(None, "client_id"),
)
web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("csrf_hash", HASH, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "user_id"),
)

# ---- advice -----------------------------------------------------------------------------------

# Content-addressed texts: the market model, shelf and questionnaire that advice was based on.
artifact = Table(
    "artifact",
    metadata,
    Column("hash", HASH, primary_key=True),
    Column("kind", CODE, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
assessment = Table(
    "assessment",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("assessed_at", Instant, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("level", CODE, nullable=False),
    Column("questionnaire_hash", ForeignKey("artifact.hash"), nullable=False),
    Column("answers", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("assessed_on", Date, nullable=False),  # the day of assessed_at in Shanghai
    Column("of_day", Integer),  # the first or second of that day; null for an age lift
    Column("effective_at", Instant, nullable=False),
    Column("follow_up", Text, nullable=False),  # JSON: what was asked again, and the answer
    Column("needs_review", Boolean, nullable=False),
    Column("lift_of", ForeignKey("assessment.id")),
    UniqueConstraint("client_id", "assessed_on", "of_day"),
    CheckConstraint("of_day BETWEEN 1 AND 2", "of_day"),
    CheckConstraint("(lift_of IS NULL) = (of_day IS NOT NULL)", "lift_of"),
    Index(None, "client_id", "number"),
)


@event.listens_for(assessment, "after_create")
def keep_assessments(_table: Table, connection: Connection, **_options: object) -> None:
    """Make SQLite refuse to change, delete or replace an assessment, and a ninth of a year."""
    if connection.dialect.name != "sqlite":
        return
    for change in ("update", "delete"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER assessment_no_{change} BEFORE {change.upper()} ON assessment "
            "BEGIN SELECT RAISE(ABORT, 'assessments are immutable'); END"
        )
    # INSERT OR REPLACE deletes without the trigger on deletion.
    connection.exec_driver_sql(
        "CREATE TRIGGER assessment_no_replace BEFORE INSERT ON assessment "
        "WHEN EXISTS (SELECT 1 FROM assessment WHERE id = NEW.id OR number = NEW.number "
        "OR (client_id = NEW.client_id AND assessed_on = NEW.assessed_on "
        "AND of_day = NEW.of_day)) "
        "BEGIN SELECT RAISE(ABORT, 'assessments are immutable'); END"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER assessment_eight_a_year BEFORE INSERT ON assessment "
        "WHEN NEW.lift_of IS NULL AND (SELECT count(*) FROM assessment "
        "WHERE client_id = NEW.client_id AND lift_of IS NULL "
        "AND assessed_at >= strftime('%Y-%m-%d %H:%M:%f', NEW.assessed_at, '-1 year')) >= 8 "
        "BEGIN SELECT RAISE(ABORT, 'eight assessments within twelve months'); END"
    )


# An answer sheet begun and not yet submitted.
answer_draft = Table(
    "answer_draft",
    metadata,
    Column("client_id", ForeignKey("client.id"), primary_key=True),
    Column("questionnaire_hash", ForeignKey("artifact.hash"), nullable=False),
    Column("answers", Text, nullable=False),
    Column("started_at", Instant),  # null where staff filed the answers
    Column("updated_at", Instant, nullable=False),
)
# A sheet whose contradictions were asked again: a test like any other, finished or not.
asked_sheet = Table(
    "asked_sheet",
    metadata,
    Column("id", ID, primary_key=True),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("questionnaire_hash", ForeignKey("artifact.hash"), nullable=False),
    Column("answers", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_on", Date, nullable=False),  # the day of asked_at in Shanghai
    Column("assessment_id", ForeignKey("assessment.id"), unique=True),  # null while it is open
    Index(None, "client_id", "asked_at"),
)
assessment_review = Table(
    "assessment_review",
    metadata,
    Column("assessment_id", ForeignKey("assessment.id"), primary_key=True),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("outcome", CODE, nullable=False),
    Column("note", Text, nullable=False),
    Column("reviewed_at", Instant, nullable=False),
)
age_lift = Table(
    "age_lift",
    metadata,
    Column("id", ID, primary_key=True),
    Column("assessment_id", ForeignKey("assessment.id"), nullable=False, unique=True),
    Column("offered_by", ForeignKey("user.id"), nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("confirmed_by", ForeignKey("user.id")),
    Column("confirmed_at", Instant),
    CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", "confirmed"),
)
advice = Table(
    "advice",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("kind", CODE, nullable=False),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("assessment_id", ForeignKey("assessment.id")),
    Column("status", CODE),
    Column("hash", HASH, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("document", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("model_hash", ForeignKey("artifact.hash"), nullable=False),
    Column("shelf_hash", ForeignKey("artifact.hash"), nullable=False),
    Column("questionnaire_hash", ForeignKey("artifact.hash"), nullable=False),
    CheckConstraint(
        "kind <> 'proposal' OR "
        "(status IS NOT NULL AND expires_at IS NOT NULL AND assessment_id IS NOT NULL)",
        "proposal",
    ),
    Index(None, "client_id", "kind", "number"),
)
reminder = Table(
    "reminder",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("status", CODE, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("client_id", "day", "kind"),
)

# ---- purchases --------------------------------------------------------------------------------

consent = Table(
    "consent",
    metadata,
    Column("id", ID, primary_key=True),
    Column("proposal_id", ForeignKey("advice.id"), nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("user_id", ForeignKey("user.id"), nullable=False),
    Column("assessment_id", ForeignKey("assessment.id"), nullable=False),
    Column("proposal_hash", HASH, nullable=False),
    Column("given_at", Instant, nullable=False),
)
bundle = Table(
    "bundle",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("consent_id", ForeignKey("consent.id"), nullable=False, unique=True),
    Column("proposal_id", ForeignKey("advice.id"), nullable=False, unique=True),
    Column("client_id", ForeignKey("client.id"), nullable=False),
    Column("status", CODE, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "client_id", "number"),
)
Index(
    "uq_bundle_open_client",
    bundle.c.client_id,
    unique=True,
    sqlite_where=text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
    postgresql_where=text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
)
order = Table(
    "order",
    metadata,
    Column("client_order_id", ID, primary_key=True),
    Column("bundle_id", ForeignKey("bundle.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("side", CODE, nullable=False),
    Column("product_id", ID, nullable=False),
    Column("product_class", CODE, nullable=False),
    Column("risk_level", Integer, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("holding_id", ID, nullable=False),  # sold from, or bought into
    Column("amount_minor", MINOR, nullable=False),
    Column("fee_minor", MINOR, nullable=False),
    Column("settlement", CODE, nullable=False),
    Column("redemption_days", Integer, nullable=False),
    Column("lock_up_days", Integer, nullable=False),
    Column("status", CODE, nullable=False),
    Column("reason", CODE),
    Column("reserved_minor", MINOR, nullable=False),
    Column("confirmed_minor", MINOR, nullable=False),
    Column("trade_date", Date),  # set once
    Column("confirm_date", Date),  # set once, with the trade date
    Column("ended_as", CODE),  # what the venue said last, and what it had filled by then
    Column("ended_minor", MINOR),
    UniqueConstraint("bundle_id", "line"),
    CheckConstraint("fee_minor >= 0 AND fee_minor <= amount_minor", "fee_minor"),
    CheckConstraint("reserved_minor >= 0", "reserved_minor"),
    CheckConstraint("confirmed_minor >= 0 AND confirmed_minor <= amount_minor", "confirmed_minor"),
)
execution = Table(
    "execution",
    metadata,
    Column("venue", CODE, primary_key=True),
    Column("exec_id", ID, primary_key=True),
    Column("client_order_id", ForeignKey("order.client_order_id"), nullable=False),
    Column("amount_minor", MINOR, nullable=False),
    Column("fee_minor", MINOR, nullable=False),
    Column("business_date", Date, nullable=False),
    Index(None, "client_order_id"),
)

# ---- money ------------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("owner_id", ID, primary_key=True),  # a client's id, or "bank"
    Column("kind", CODE, primary_key=True),
    Column("balance_minor", MINOR, nullable=False),
    CheckConstraint("balance_minor >= 0 OR kind = 'external'", "balance_minor"),
)
journal = Table(
    "journal",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("kind", CODE, nullable=False),
    Column("reference", Text, nullable=False),
    Column("posted_at", Instant, nullable=False),
    Column("business_date", Date, nullable=False),
    UniqueConstraint("kind", "reference"),
)
posting = Table(
    "posting",
    metadata,
    Column("entry_id", ForeignKey("journal.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("owner_id", ID, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("amount_minor", MINOR, nullable=False),
    ForeignKeyConstraint(["owner_id", "kind"], ["account.owner_id", "account.kind"]),
    Index(None, "owner_id", "kind"),
)

# ---- requests, messages and traces -------------------------------------------------------------

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("caller_id", ID, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", HASH, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("client_order_id", ForeignKey("order.client_order_id"), nullable=False, unique=True),
    Column("available_at", Instant),  # null while a purchase waits for the proceeds of sales
    Column("lease_owner", ID),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False),
    Column("done_at", Instant),
    Index(None, "done_at", "available_at"),
)
inbox = Table(
    "inbox",
    metadata,
    Column("venue", CODE, primary_key=True),
    Column("event_id", ID, primary_key=True),
    Column("happened_at", Instant, nullable=False),
    Column("payload", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("problem", Text),  # why it could not be applied: a person must look
    Index(None, "applied_at"),
)
audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", ID, nullable=False),
    Column("object_kind", CODE, nullable=False),
    Column("object_id", ID, nullable=False),
    Column("before", CODE),
    Column("after", CODE, nullable=False),
    Column("reason", Text),
    Index(None, "object_kind", "object_id"),
)
demo_clock = Table(
    "demo_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("offset_days", Integer, nullable=False),
    CheckConstraint("id = 1", "one_row"),
)
