"""Entries of the audit are found by what they are about."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this revision adds."""
    op.create_index("ix_audit_subject", "audit", ["subject"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_audit_subject", "audit")
