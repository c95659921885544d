"""Assessments take effect, are counted by day and never change; drafts, reviews, age lifts."""

import json
from collections import Counter
from datetime import UTC, date

import sqlalchemy as sa
from alembic import op

from api.clock import shanghai_date

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ASSESSMENT = sa.table(
    "assessment",
    sa.column("number", sa.Integer()),
    sa.column("client_id", sa.String()),
    sa.column("assessed_at", sa.DateTime(timezone=True)),
    sa.column("document", sa.Text()),
    sa.column("assessed_on", sa.Date()),
    sa.column("of_day", sa.Integer()),
    sa.column("effective_at", sa.DateTime(timezone=True)),
    sa.column("follow_up", sa.Text()),
    sa.column("needs_review", sa.Boolean()),
)


def upgrade() -> None:
    op.add_column("assessment", sa.Column("assessed_on", sa.Date(), nullable=True))
    op.add_column("assessment", sa.Column("of_day", sa.Integer(), nullable=True))
    op.add_column(
        "assessment", sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("assessment", sa.Column("follow_up", sa.Text(), nullable=True))
    op.add_column("assessment", sa.Column("needs_review", sa.Boolean(), nullable=True))
    op.add_column("assessment", sa.Column("lift_of", sa.String(length=64), nullable=True))
    _fill()
    with op.batch_alter_table("assessment") as batch:
        batch.alter_column("assessed_on", existing_type=sa.Date(), nullable=False)
        batch.alter_column("effective_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.alter_column("follow_up", existing_type=sa.Text(), nullable=False)
        batch.alter_column("needs_review", existing_type=sa.Boolean(), nullable=False)
        batch.create_foreign_key(op.f("fk_assessment_lift_of"), "assessment", ["lift_of"], ["id"])
        batch.create_unique_constraint(
            op.f("uq_assessment_client_id_assessed_on_of_day"),
            ["client_id", "assessed_on", "of_day"],
        )
        batch.create_check_constraint(op.f("ck_assessment_of_day"), "of_day BETWEEN 1 AND 2")
        batch.create_check_constraint(
            op.f("ck_assessment_lift_of"), "(lift_of IS NULL) = (of_day IS NOT NULL)"
        )
    op.create_table(
        "answer_draft",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("questionnaire_hash", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_answer_draft_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_hash"],
            ["artifact.hash"],
            name=op.f("fk_answer_draft_questionnaire_hash"),
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_answer_draft")),
    )
    op.create_table(
        "asked_sheet",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("questionnaire_hash", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("assessment_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_asked_sheet_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_asked_sheet_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_hash"],
            ["artifact.hash"],
            name=op.f("fk_asked_sheet_questionnaire_hash"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_sheet")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_asked_sheet_assessment_id")),
    )
    op.create_index(
        op.f("ix_asked_sheet_client_id_asked_at"),
        "asked_sheet",
        ["client_id", "asked_at"],
        unique=False,
    )
    op.create_table(
        "assessment_review",
        sa.Column("assessment_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_review_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_assessment_review_user_id")
        ),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessment_review")),
    )
    op.create_table(
        "age_lift",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("assessment_id", sa.String(length=64), nullable=False),
        sa.Column("offered_by", sa.String(length=64), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_age_lift_confirmed")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_age_lift_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["user.id"], name=op.f("fk_age_lift_confirmed_by")
        ),
        sa.ForeignKeyConstraint(["offered_by"], ["user.id"], name=op.f("fk_age_lift_offered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_age_lift")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_age_lift_assessment_id")),
    )
    # Last: copying the table, which is how SQLite alters one, would have lost them.
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER assessment_no_{change} BEFORE {change.upper()} ON assessment "
                "BEGIN SELECT RAISE(ABORT, 'assessments are immutable'); END"
            )
        op.execute(
            "CREATE TRIGGER assessment_no_replace BEFORE INSERT ON assessment "
            "WHEN EXISTS (SELECT 1 FROM assessment WHERE id = NEW.id OR number = NEW.number "
            "OR (client_id = NEW.client_id AND assessed_on = NEW.assessed_on "
            "AND of_day = NEW.of_day)) "
            "BEGIN SELECT RAISE(ABORT, 'assessments are immutable'); END"
        )
        op.execute(
            "CREATE TRIGGER assessment_eight_a_year BEFORE INSERT ON assessment "
            "WHEN NEW.lift_of IS NULL AND (SELECT count(*) FROM assessment "
            "WHERE client_id = NEW.client_id AND lift_of IS NULL "
            "AND assessed_at >= strftime('%Y-%m-%d %H:%M:%f', NEW.assessed_at, '-1 year')) >= 8 "
            "BEGIN SELECT RAISE(ABORT, 'eight assessments within twelve months'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER assessment_eight_a_year")
        op.execute("DROP TRIGGER assessment_no_replace")
        op.execute("DROP TRIGGER assessment_no_delete")
        op.execute("DROP TRIGGER assessment_no_update")
    op.drop_table("age_lift")
    op.drop_table("assessment_review")
    op.drop_table("asked_sheet")
    op.drop_table("answer_draft")
    with op.batch_alter_table("assessment") as batch:
        batch.drop_constraint(op.f("ck_assessment_lift_of"), type_="check")
        batch.drop_constraint(op.f("ck_assessment_of_day"), type_="check")
        batch.drop_constraint(op.f("uq_assessment_client_id_assessed_on_of_day"), type_="unique")
        batch.drop_constraint(op.f("fk_assessment_lift_of"), type_="foreignkey")
        for name in (
            "lift_of",
            "needs_review",
            "follow_up",
            "effective_at",
            "of_day",
            "assessed_on",
        ):
            batch.drop_column(name)


def _fill() -> None:
    """Date and number the assessments there are; they took effect when they were made."""
    connection = op.get_bind()
    known = sa.select(
        ASSESSMENT.c.number,
        ASSESSMENT.c.client_id,
        ASSESSMENT.c.assessed_at,
        ASSESSMENT.c.document,
    ).order_by(ASSESSMENT.c.number)
    so_far: Counter[tuple[str, date]] = Counter()
    for row in connection.execute(known).all():
        at = row.assessed_at if row.assessed_at.tzinfo else row.assessed_at.replace(tzinfo=UTC)
        day = shanghai_date(at)
        so_far[row.client_id, day] += 1
        connection.execute(
            sa.update(ASSESSMENT)
            .where(ASSESSMENT.c.number == row.number)
            .values(
                assessed_on=day,
                of_day=so_far[row.client_id, day],
                effective_at=ASSESSMENT.c.assessed_at,
                follow_up="{}",
                needs_review=bool(json.loads(row.document).get("needs_review", False)),
            )
        )
