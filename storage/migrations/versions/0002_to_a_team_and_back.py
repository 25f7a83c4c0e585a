"""The way of a report to a team, and back: reviews, releases, handovers, replies, escalations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this revision adds."""
    op.create_table(
        "reviews",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reviewer", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_reviews_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reviews")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_reviewer", ["reviewer", "state", "urgent", "week", "report_id"], unique=False)
        batch_op.create_index("ix_reviews_state", ["state", "urgent", "week", "report_id"], unique=False)
        batch_op.create_index("ix_reviews_team", ["team", "state", "urgent", "week", "report_id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("author_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("approver", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_releases_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_releases")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index("ix_releases_report_id", ["report_id"], unique=False)
        batch_op.create_index("ix_releases_state", ["state", "week", "release_id"], unique=False)
        batch_op.create_index(
            "uq_releases_report_id",
            ["report_id"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "handovers",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("acknowledge_by", sa.String(length=8), nullable=False),
        sa.Column("feedback_by", sa.String(length=8), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_handovers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_handovers_receipt",
            ["acknowledge_by", "release_id"],
            unique=False,
            sqlite_where=sa.text("state = 'sent'"),
            postgresql_where=sa.text("state = 'sent'"),
        )
        batch_op.create_index(
            "ix_handovers_answer",
            ["feedback_by", "release_id"],
            unique=False,
            sqlite_where=sa.text("state <> 'decided'"),
            postgresql_where=sa.text("state <> 'decided'"),
        )
        batch_op.create_index("ix_handovers_month", ["team", "month", "release_id"], unique=False)
        batch_op.create_index("ix_handovers_team", ["team", "state", "month", "release_id"], unique=False)

    op.create_table(
        "team_items",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["handovers.release_id"], name=op.f("fk_team_items_release_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_team_items")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("team_items", schema=None) as batch_op:
        batch_op.create_index("ix_team_items_release_id", ["release_id"], unique=False)
        batch_op.create_index("ix_team_items_state", ["kind", "state", "month", "item_id"], unique=False)
        batch_op.create_index("uq_team_items_once", ["once"], unique=True)

    op.create_table(
        "team_wraps",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "audience", "epoch", name=op.f("pk_team_wraps")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "packages",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["handovers.release_id"], name=op.f("fk_packages_release_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_packages")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "api_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=32), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("until", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_id", name=op.f("uq_api_tokens_token_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_api_tokens_team", ["team", "token_id"], unique=False)

    op.create_table(
        "replies",
        sa.Column("reply_id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("asked_in", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_replies_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_replies")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index("ix_replies_report_id", ["report_id"], unique=False)

    op.create_table(
        "escalations",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_escalations_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_escalations")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.create_index("ix_escalations_next_at", ["next_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("escalations")
    op.drop_table("replies")
    op.drop_table("api_tokens")
    op.drop_table("packages")
    op.drop_table("team_wraps")
    op.drop_table("team_items")
    op.drop_table("handovers")
    op.drop_table("releases")
    op.drop_table("reviews")
