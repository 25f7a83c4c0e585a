"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this revision adds."""
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_action", ["action", "sequence"], unique=False)
        batch_op.create_index("ix_audit_person", ["person", "sequence"], unique=False)
        batch_op.create_index("ix_audit_subject", ["subject", "sequence"], unique=False)

    op.create_table(
        "beats",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "call_log",
        sa.Column("log_id", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("band", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("length", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("wait", sa.String(length=12), nullable=False),
        sa.Column("answered_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_call_log")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("call_log", schema=None) as batch_op:
        batch_op.create_index("ix_call_log_language", ["language", "week", "log_id"], unique=False)
        batch_op.create_index("ix_call_log_outcome", ["outcome", "week", "log_id"], unique=False)
        batch_op.create_index("ix_call_log_path", ["path", "week", "log_id"], unique=False)
        batch_op.create_index("ix_call_log_stage", ["stage", "week", "log_id"], unique=False)
        batch_op.create_index("ix_call_log_wait", ["wait", "week", "log_id"], unique=False)
        batch_op.create_index("ix_call_log_week", ["week", "log_id"], unique=False)

    op.create_table(
        "calls",
        sa.Column("call_key", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("slow", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("path", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("leg", sa.String(length=8), nullable=False),
        sa.Column("sid_for_worker", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_key", name=op.f("pk_calls")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("ix_calls_lease_until", ["lease_until"], unique=False)

    op.create_table(
        "counts",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "name", name=op.f("pk_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "intents",
        sa.Column("intent_id", sa.String(length=32), nullable=False),
        sa.Column("call_key", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recording_key", sa.String(length=32), nullable=True),
        sa.Column("recording_for_worker", sa.LargeBinary(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=True),
        sa.Column("item_hash", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_intents")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.create_index("ix_intents_call_key", ["call_key"], unique=False)
        batch_op.create_index("ix_intents_lease_until", ["lease_until"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_kind_due_at", ["kind", "due_at"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("vouched", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member", "audience", "epoch", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "admissions",
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("approver", sa.String(length=32), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member", "audience", "epoch", name=op.f("pk_admissions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "once_audio",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("fetches_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_once_audio")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("sign_in_name", sa.String(length=80), nullable=False),
        sa.Column("alias", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("left_in_epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_people_sign_in_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitations",
        sa.Column("invitation_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("sign_in_name", sa.String(length=80), nullable=False),
        sa.Column("alias", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=30), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("person_id", name=op.f("uq_invitations_person_id")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_invitations_sign_in_name")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("case_number", sa.String(length=12), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("urgent", sa.String(length=8), nullable=False),
        sa.Column("urgent_due", sa.BigInteger(), nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("substance", sa.Boolean(), nullable=False),
        sa.Column("reference_heard", sa.Boolean(), nullable=False),
        sa.Column("added_to", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("held", sa.String(length=16), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("released", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reports")),
        sa.UniqueConstraint("case_number", name=op.f("uq_reports_case_number")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reports_held",
            ["week", "report_id"],
            unique=False,
            sqlite_where=sa.text("held <> ''"),
            postgresql_where=sa.text("held <> ''"),
        )
        no_word = sa.text(
            "status = 'received' AND reference_heard "
            "AND state NOT IN ('writing', 'arriving', 'not_a_report', 'released')"
        )
        batch_op.create_index(
            "ix_reports_no_word", ["week", "report_id"], unique=False, sqlite_where=no_word, postgresql_where=no_word
        )
        batch_op.create_index("ix_reports_claimed_by", ["claimed_by", "state", "week", "report_id"], unique=False)
        batch_op.create_index("ix_reports_released", ["state", "released", "report_id"], unique=False)
        batch_op.create_index("ix_reports_state", ["state", "week", "report_id"], unique=False)
        batch_op.create_index("ix_reports_urgent", ["urgent", "week", "report_id"], unique=False)
        batch_op.create_index("ix_reports_urgent_due", ["urgent_due"], unique=False)
        batch_op.create_index("ix_reports_week", ["week", "report_id"], unique=False)

    op.create_table(
        "second_factors",
        sa.Column("factor_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_second_factors")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("second_factors", schema=None) as batch_op:
        batch_op.create_index("ix_second_factors_person_id", ["person_id"], unique=False)

    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "welfare",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("seen_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_welfare")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wraps",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "audience", "epoch", name=op.f("pk_wraps")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("wraps", schema=None) as batch_op:
        batch_op.create_index("ix_wraps_epoch", ["audience", "epoch", "item_id"], unique=False)

    op.create_table(
        "items",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_items_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_items")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index("ix_items_report_id", ["report_id"], unique=False)

    op.create_table(
        "mailboxes",
        sa.Column("lookup_id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("reply_key", sa.LargeBinary(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_mailboxes_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lookup_id", name=op.f("pk_mailboxes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        batch_op.create_index("ix_mailboxes_report_id", ["report_id"], unique=False)

    op.create_table(
        "exports",
        sa.Column("export_id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("from_week", sa.String(length=8), nullable=False),
        sa.Column("to_week", sa.String(length=8), nullable=False),
        sa.Column("narrowed", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_exports")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.create_index("ix_exports_asked_at", ["asked_at"], unique=False)

    op.create_table(
        "skills",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("until", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "skill", name=op.f("pk_skills")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("skills", schema=None) as batch_op:
        batch_op.create_index("ix_skills_until", ["until"], unique=False)

    op.create_table(
        "holds",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("held_by", sa.String(length=32), nullable=False),
        sa.Column("since", sa.String(length=7), nullable=False),
        sa.Column("review", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_holds_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_holds")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index("ix_holds_review", ["review", "report_id"], unique=False)
    _make_what_staff_add()
    _add_live_calls()


def _make_what_staff_add() -> None:
    op.create_table(
        "desk_secrets",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("secret_id", sa.String(length=32), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", "epoch", name=op.f("pk_desk_secrets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interests",
        sa.Column("interest_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("interest_id", name=op.f("pk_interests")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_tokens",
        sa.Column("token", sa.String(length=4), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_search_tokens_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "report_id", name=op.f("pk_search_tokens")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("search_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_search_tokens_report_id", ["report_id"], unique=False)

    op.create_table(
        "blocks",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("unseen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.report_id"], name=op.f("fk_blocks_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "report_id", name=op.f("pk_blocks")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("blocks", schema=None) as batch_op:
        batch_op.create_index("ix_blocks_report_id", ["report_id"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index("ix_holds_review")

    op.drop_table("holds")
    with op.batch_alter_table("skills", schema=None) as batch_op:
        batch_op.drop_index("ix_skills_until")

    op.drop_table("skills")
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.drop_index("ix_exports_asked_at")

    op.drop_table("exports")
    _drop_live_calls()
    _drop_what_staff_add()
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        batch_op.drop_index("ix_mailboxes_report_id")

    op.drop_table("mailboxes")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index("ix_items_report_id")

    op.drop_table("items")
    with op.batch_alter_table("wraps", schema=None) as batch_op:
        batch_op.drop_index("ix_wraps_epoch")

    op.drop_table("wraps")
    op.drop_table("welfare")
    op.drop_table("switches")
    with op.batch_alter_table("second_factors", schema=None) as batch_op:
        batch_op.drop_index("ix_second_factors_person_id")

    op.drop_table("second_factors")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reports_week")
        batch_op.drop_index("ix_reports_urgent_due")
        batch_op.drop_index("ix_reports_urgent")
        batch_op.drop_index("ix_reports_state")
        batch_op.drop_index("ix_reports_held")
        batch_op.drop_index("ix_reports_claimed_by")

    op.drop_table("reports")
    op.drop_table("invitations")
    op.drop_table("people")
    op.drop_table("once_audio")
    op.drop_table("admissions")
    op.drop_table("memberships")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_kind_due_at")

    op.drop_table("jobs")
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.drop_index("ix_intents_lease_until")
        batch_op.drop_index("ix_intents_call_key")

    op.drop_table("intents")
    op.drop_table("counts")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index("ix_calls_lease_until")

    op.drop_table("calls")
    with op.batch_alter_table("call_log", schema=None) as batch_op:
        batch_op.drop_index("ix_call_log_week")
        batch_op.drop_index("ix_call_log_wait")
        batch_op.drop_index("ix_call_log_stage")
        batch_op.drop_index("ix_call_log_path")
        batch_op.drop_index("ix_call_log_outcome")
        batch_op.drop_index("ix_call_log_language")

    op.drop_table("call_log")
    op.drop_table("beats")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_person")
        batch_op.drop_index("ix_audit_action")
        batch_op.drop_index("ix_audit_subject")

    op.drop_table("audit")


def _drop_what_staff_add() -> None:
    for table in ("blocks", "search_tokens"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(f"ix_{table}_report_id")

        op.drop_table(table)
    op.drop_table("interests")
    op.drop_table("desk_secrets")


def _add_live_calls() -> None:
    op.create_table(
        "talks",
        sa.Column("talk_id", sa.String(length=32), nullable=False),
        sa.Column("call_key", sa.String(length=32), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("needs", sa.String(length=80), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=True),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("refused_by", sa.Text(), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("begun_report", sa.String(length=32), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("ending", sa.String(length=12), nullable=False),
        sa.Column("out_since", sa.BigInteger(), nullable=True),
        sa.Column("moved_for", sa.String(length=24), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("talk_id", name=op.f("pk_talks")),
        sa.UniqueConstraint("call_key", name=op.f("uq_talks_call_key")),
        sqlite_with_rowid=False,
    )
    taken = sa.text("state IN ('offered', 'joining', 'talking', 'aside') AND person_id <> ''")
    with op.batch_alter_table("talks", schema=None) as batch_op:
        batch_op.create_index("ix_talks_state", ["state", "language", "since"], unique=False)
        batch_op.create_index(
            "uq_talks_person_id", ["person_id"], unique=True, sqlite_where=taken, postgresql_where=taken
        )

    op.create_table(
        "seats",
        sa.Column("seat_id", sa.String(length=64), nullable=False),
        sa.Column("talk_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("call_key", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.talk_id"], name=op.f("fk_seats_talk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_seats")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        for column in ("call_key", "person_id", "talk_id"):
            batch_op.create_index(f"ix_seats_{column}", [column], unique=False)

    op.create_table(
        "shifts",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_shifts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passes",
        sa.Column("pass_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pass_id", name=op.f("pk_passes")),
        sqlite_with_rowid=False,
    )


def _drop_live_calls() -> None:
    op.drop_table("passes")
    op.drop_table("shifts")
    with op.batch_alter_table("seats", schema=None) as batch_op:
        for column in ("call_key", "person_id", "talk_id"):
            batch_op.drop_index(f"ix_seats_{column}")

    op.drop_table("seats")
    with op.batch_alter_table("talks", schema=None) as batch_op:
        batch_op.drop_index("uq_talks_person_id")
        batch_op.drop_index("ix_talks_state")

    op.drop_table("talks")
