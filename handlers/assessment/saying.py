"""What a team says of a release goes one way, from a page and from its own system: audited, sealed, kept once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from handlers.releasing.teams import audience_of
from prompts.teams import Team
from storage import audit, contents, team_answers
from storage.clock import Clock, month_of
from storage.database import Database
from storage.handed import Handed, handed_one, receive
from storage.keys import Audience, Secret, derived
from storage.sealing import seal_item
from storage.team_answers import NotTheirs, Said

NOT_THERE = "release-not-there"


@dataclass(frozen=True)
class Means:
    """What saying something needs: both databases, and to whom it is sealed. None of it opens anything."""

    clock: Clock
    line: Database  # of the line: what was handed over, and what teams say
    own: Database  # of the assessment application: its audit
    desk: Audience
    once_key: Secret


@dataclass(frozen=True)
class Speaker:
    """Who acts for a team: a person of it, or its own system by a token."""

    team: Team
    actor: str  # the person_id or token_id that the audit names
    person: str = ""  # "" for a system


def once_key_of(pepper: Secret) -> Secret:
    """Return the key under which it is remembered what was sent already."""
    return derived(pepper, "team answers")


def find(means: Means, speaker: Speaker, release_id: str) -> Handed:
    """Return a release of this team; raises `NotTheirs` for another team's as for none, and audits that."""
    with means.line.read() as connection:
        handed = handed_one(connection, release_id, speaker.team.id)
    if handed is None:
        note(means, speaker, NOT_THERE, release_id)
        raise NotTheirs
    return handed


def take(means: Means, speaker: Speaker, handed: Handed, action: str) -> bool:
    """Audit that a release is about to be shown, and then note its receipt; return whether this is the first time."""
    note(means, speaker, action, handed.release_id)
    return received(means, speaker, handed.release_id)


def received(means: Means, speaker: Speaker, release_id: str) -> bool:
    """Note the receipt of what was audited and opened; return whether this is the first time."""
    with means.line.write() as connection:
        return receive(connection, release_id, speaker.team.id)


def note(means: Means, speaker: Speaker, action: str, subject: str, detail: str = "") -> None:
    """Write one entry into the application's own audit: ids and choices, never words."""
    with means.own.write() as connection:
        audit.record(
            connection, at=means.clock.now(), person=speaker.actor, action=action, subject=subject, detail=detail
        )


def give_outcome(
    means: Means,
    speaker: Speaker,
    release_id: str,
    outcome: contents.Outcome,
    *,
    sent_as: str,
    seen: int | None = None,
) -> Said:
    """Keep what a team decided. Whatever the outcome holds of who and when is written anew.

    Raises what `storage.team_answers.add_answer` raises. It is audited first: that is another database, and what is
    not audited must not happen.
    """
    whole = replace(outcome, by=speaker.person, at=means.clock.now())
    return _say(means, speaker, release_id, whole, sent_as=sent_as, seen=seen)


def ask_question(means: Means, speaker: Speaker, release_id: str, text: str, *, sent_as: str) -> Said:
    """Keep what a team asks; raises what `storage.team_answers.add_answer` raises."""
    whole = contents.Question(text, by=speaker.person, at=means.clock.now())
    return _say(means, speaker, release_id, whole, sent_as=sent_as)


def _say(
    means: Means,
    speaker: Speaker,
    release_id: str,
    said: contents.Outcome | contents.Question,
    *,
    sent_as: str,
    seen: int | None = None,
) -> Said:
    kind, disposition = _kind(said)
    find(means, speaker, release_id)
    once = team_answers.once(
        means.once_key,
        team=speaker.team.id,
        release_id=release_id,
        kind=kind,
        sent_as=sent_as,
        body=_words(said),
    )
    item = seal_item(
        said.packed(),
        report_id=release_id,
        kind=kind,
        audiences=[means.desk, audience_of(speaker.team)],
        item_id=once.name[:32],  # the same when it is sent again, so that the audit names what is kept
    )
    note(means, speaker, f"{kind}-sent", release_id, f"{item.item_id} {disposition}".strip())
    with means.line.write() as connection:
        return team_answers.add_answer(
            connection,
            item,
            team=speaker.team.id,
            once=once,
            month=month_of(means.clock.now()),
            outcome=disposition,
            seen=seen,
        )


def _kind(said: contents.Outcome | contents.Question) -> tuple[str, str]:
    if isinstance(said, contents.Outcome):
        return team_answers.OUTCOME, said.disposition
    return team_answers.QUESTION, ""


def _words(said: contents.Outcome | contents.Question) -> bytes:
    """Return what must be the same when it is sent again: not who sends it, nor when."""
    return json.dumps({**vars(said), "by": "", "at": 0}, sort_keys=True).encode()
