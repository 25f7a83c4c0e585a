"""How the application says in English what is stored as an id."""

from __future__ import annotations

ROLES: dict[str, str] = {"lead": "Lead", "assessor": "Assessor"}
ROLE_HINTS: dict[str, str] = {
    "assessor": "Reads what was released to the team, and answers.",
    "lead": "Does the same, invites people and lets them go, and sees the audit.",
}
ROLE_ARTICLES: dict[str, str] = {"lead": "a lead", "assessor": "an assessor"}
