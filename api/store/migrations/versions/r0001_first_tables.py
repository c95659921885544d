"""The first tables: people, advice, purchases, money, messages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "balance_minor >= 0 OR kind = 'external'", name=op.f("ck_account_balance_minor")
        ),
        sa.PrimaryKeyConstraint("owner_id", "kind", name=op.f("pk_account")),
    )
    op.create_table(
        "artifact",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_artifact")),
    )
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(
        op.f("ix_audit_object_kind_object_id"), "audit", ["object_kind", "object_id"], unique=False
    )
    op.create_table(
        "client",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("caller_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "inbox",
        sa.Column("venue", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("venue", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_applied_at"), "inbox", ["applied_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_journal_kind_reference")),
    )
    op.create_table(
        "assessment",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("questionnaire_hash", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_assessment_client_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_hash"], ["artifact.hash"], name=op.f("fk_assessment_questionnaire_hash")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_assessment")),
        sa.UniqueConstraint("id", name=op.f("uq_assessment_id")),
    )
    op.create_index(
        op.f("ix_assessment_client_id_number"), "assessment", ["client_id", "number"], unique=False
    )
    op.create_table(
        "holding",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=True),
        sa.Column("product_class", sa.String(length=32), nullable=False),
        sa.Column("risk_level", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.String(length=32), nullable=False),
        sa.Column("locked_until", sa.Date(), nullable=True),
        sa.Column("acquired_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_holding_amount_minor")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_holding_client_id")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_holding")),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["journal.id"], name=op.f("fk_posting_entry_id")),
        sa.ForeignKeyConstraint(
            ["owner_id", "kind"],
            ["account.owner_id", "account.kind"],
            name=op.f("fk_posting_owner_id_kind"),
        ),
        sa.PrimaryKeyConstraint("entry_id", "line", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_owner_id_kind"), "posting", ["owner_id", "kind"], unique=False)
    op.create_table(
        "reminder",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_reminder_client_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "client_id", "day", "kind", name=op.f("uq_reminder_client_id_day_kind")
        ),
        sa.UniqueConstraint("id", name=op.f("uq_reminder_id")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_user_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_token_hash")),
    )
    op.create_table(
        "advice",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("assessment_id", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("model_hash", sa.String(length=64), nullable=False),
        sa.Column("shelf_hash", sa.String(length=64), nullable=False),
        sa.Column("questionnaire_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind <> 'proposal' OR "
            "(status IS NOT NULL AND expires_at IS NOT NULL AND assessment_id IS NOT NULL)",
            name=op.f("ck_advice_proposal"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_advice_assessment_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_advice_client_id")),
        sa.ForeignKeyConstraint(
            ["model_hash"], ["artifact.hash"], name=op.f("fk_advice_model_hash")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_hash"], ["artifact.hash"], name=op.f("fk_advice_questionnaire_hash")
        ),
        sa.ForeignKeyConstraint(
            ["shelf_hash"], ["artifact.hash"], name=op.f("fk_advice_shelf_hash")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_advice")),
        sa.UniqueConstraint("id", name=op.f("uq_advice_id")),
    )
    op.create_index(
        op.f("ix_advice_client_id_kind_number"),
        "advice",
        ["client_id", "kind", "number"],
        unique=False,
    )
    op.create_table(
        "advisor_client",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_advisor_client_client_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_advisor_client_user_id")),
        sa.PrimaryKeyConstraint("user_id", "client_id", name=op.f("pk_advisor_client")),
    )
    op.create_index(
        op.f("ix_advisor_client_client_id"), "advisor_client", ["client_id"], unique=False
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("csrf_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_web_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("proposal_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("assessment_id", sa.String(length=64), nullable=False),
        sa.Column("proposal_hash", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_consent_assessment_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_consent_client_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["advice.id"], name=op.f("fk_consent_proposal_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_consent_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_consent_proposal_id")),
    )
    op.create_table(
        "bundle",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("consent_id", sa.String(length=64), nullable=False),
        sa.Column("proposal_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_bundle_client_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_bundle_consent_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["advice.id"], name=op.f("fk_bundle_proposal_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bundle")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_bundle_consent_id")),
        sa.UniqueConstraint("id", name=op.f("uq_bundle_id")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_bundle_proposal_id")),
    )
    op.create_index(
        op.f("ix_bundle_client_id_number"), "bundle", ["client_id", "number"], unique=False
    )
    op.create_index(
        "uq_bundle_open_client",
        "bundle",
        ["client_id"],
        unique=True,
        sqlite_where=sa.text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
        postgresql_where=sa.text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
    )
    op.create_table(
        "order",
        sa.Column("client_order_id", sa.String(length=64), nullable=False),
        sa.Column("bundle_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.String(length=64), nullable=False),
        sa.Column("product_class", sa.String(length=32), nullable=False),
        sa.Column("risk_level", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("holding_id", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("settlement", sa.String(length=32), nullable=False),
        sa.Column("redemption_days", sa.Integer(), nullable=False),
        sa.Column("lock_up_days", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=False),
        sa.Column("trade_date", sa.Date(), nullable=True),
        sa.Column("confirm_date", sa.Date(), nullable=True),
        sa.Column("ended_as", sa.String(length=32), nullable=True),
        sa.Column("ended_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "confirmed_minor >= 0 AND confirmed_minor <= amount_minor",
            name=op.f("ck_order_confirmed_minor"),
        ),
        sa.CheckConstraint(
            "fee_minor >= 0 AND fee_minor <= amount_minor", name=op.f("ck_order_fee_minor")
        ),
        sa.CheckConstraint("reserved_minor >= 0", name=op.f("ck_order_reserved_minor")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundle.id"], name=op.f("fk_order_bundle_id")),
        sa.PrimaryKeyConstraint("client_order_id", name=op.f("pk_order")),
        sa.UniqueConstraint("bundle_id", "line", name=op.f("uq_order_bundle_id_line")),
    )
    op.create_table(
        "execution",
        sa.Column("venue", sa.String(length=32), nullable=False),
        sa.Column("exec_id", sa.String(length=64), nullable=False),
        sa.Column("client_order_id", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_order_id"],
            ["order.client_order_id"],
            name=op.f("fk_execution_client_order_id"),
        ),
        sa.PrimaryKeyConstraint("venue", "exec_id", name=op.f("pk_execution")),
    )
    op.create_index(
        op.f("ix_execution_client_order_id"), "execution", ["client_order_id"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("client_order_id", sa.String(length=64), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_order_id"], ["order.client_order_id"], name=op.f("fk_outbox_client_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("client_order_id", name=op.f("uq_outbox_client_order_id")),
    )
    op.create_index(
        op.f("ix_outbox_done_at_available_at"), "outbox", ["done_at", "available_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_done_at_available_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_execution_client_order_id"), table_name="execution")
    op.drop_table("execution")
    op.drop_table("order")
    op.drop_index(
        "uq_bundle_open_client",
        table_name="bundle",
        sqlite_where=sa.text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
        postgresql_where=sa.text("status NOT IN ('completed', 'completed_with_changes', 'failed')"),
    )
    op.drop_index(op.f("ix_bundle_client_id_number"), table_name="bundle")
    op.drop_table("bundle")
    op.drop_table("consent")
    op.drop_index(op.f("ix_web_session_user_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(op.f("ix_advisor_client_client_id"), table_name="advisor_client")
    op.drop_table("advisor_client")
    op.drop_index(op.f("ix_advice_client_id_kind_number"), table_name="advice")
    op.drop_table("advice")
    op.drop_table("user")
    op.drop_table("reminder")
    op.drop_index(op.f("ix_posting_owner_id_kind"), table_name="posting")
    op.drop_table("posting")
    op.drop_table("holding")
    op.drop_index(op.f("ix_assessment_client_id_number"), table_name="assessment")
    op.drop_table("assessment")
    op.drop_table("journal")
    op.drop_index(op.f("ix_inbox_applied_at"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("idempotency_key")
    op.drop_table("demo_clock")
    op.drop_table("client")
    op.drop_index(op.f("ix_audit_object_kind_object_id"), table_name="audit")
    op.drop_table("audit")
    op.drop_table("artifact")
    op.drop_table("account")
