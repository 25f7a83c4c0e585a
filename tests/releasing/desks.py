"""A line with two teams, and a release to one of them, as a desk would make it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pyrage.x25519 import Identity

import prompts
from handlers.releasing import content, package
from handlers.releasing.classification import Category, Handling, Information, Source
from handlers.releasing.document import document_of
from prompts.line import Line, read_line
from prompts.teams import Team
from storage.keys import Secret, new_private_key, public_half
from storage.signing import verifying_half, verifying_pem

EXAMPLE = Path(prompts.__file__).parent / "lines" / "example.toml"
NORTH, SOUTH = "Northshire Police", "Southshire Constabulary"
TEXT = "Sergeant Wren sells cannabis that was seized.\n\nIt is kept in a locker."


@dataclass(frozen=True)
class Squad:
    """A team with its private keys, which no desk ever holds."""

    team: Team
    identity: Secret
    group: Secret

    def key_file(self, folder: Path) -> Path:
        """Write the team's private key as `age-keygen` does."""
        path = folder / f"{self.team.id}.txt"
        path.write_text(f"# created: 2026-11-26T10:00:00Z\n# public key: {self.team.age}\n{self.identity.decode()}\n")
        return path


def squad(team_id: str, force: str = NORTH, **more: Any) -> Squad:
    """Return a team that made its own keys."""
    identity, group = Identity.generate(), new_private_key()
    keys = {"age": str(identity.to_public()), "group_key": public_half(group).hex()}
    team = Team(**{"id": team_id, "name": f"{force} {team_id}", "force": force, **keys, **more})
    return Squad(team, Secret(str(identity).encode()), group)


def line_with(*teams: Team) -> Line:
    """Return the example line with these teams."""
    return read_line(EXAMPLE).model_copy(update={"teams": teams})


@dataclass(frozen=True)
class Signer:
    """The line's signing key with its public half."""

    private: Secret
    public: bytes

    def key_file(self, folder: Path) -> Path:
        path = folder / "release-signing.pem"
        path.write_bytes(verifying_pem(self.public))
        return path


def signer() -> Signer:
    private = Secret(secrets.token_bytes(32))
    return Signer(private, verifying_half(private))


def release_to(team: Team, **changed: Any) -> content.Release:
    """Return a release, with some fields changed."""
    plain: dict[str, Any] = {
        "release": "5f" * 16,
        "line": "Integrity Line",
        "to": content.recipient_of(team),
        "purpose": content.Purpose.FULL,
        "month": "2026-11",
        "categories": (Category.DRUGS,),
        "grade": content.Grade(source=Source.UNTESTED, information=Information.UNKNOWN, handling=Handling.PERMITTED),
        "subjects": (content.About(what="officer", name="Tom Wren", rank="Sergeant", force=NORTH),),
        "when": "in the autumn",
        "where": "the north of the county",
        "text": TEXT,
    }
    return content.Release(**{**plain, **changed})


@dataclass(frozen=True)
class Sent:
    """What one team was sent."""

    to: Squad
    by: Signer
    release: content.Release
    file: bytes


@cache
def sent() -> Sent:
    """Return one package, made once: to seal it again and again is not what the tests are about."""
    team, key = squad("standards"), signer()
    release = release_to(team.team)
    report = release.packed()
    return Sent(team, key, release, package.packed(report, document_of(release), private=key.private))
