"""What a member of staff may be, and which of them read reports."""

from __future__ import annotations

ROLES = ("handler", "supervisor", "administrator", "auditor")
READING_ROLES = ("handler", "supervisor")
