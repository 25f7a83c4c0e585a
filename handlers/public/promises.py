"""What the line promises and what it does not, in plain words: the list of docs/threat-model.md, for everybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """One sentence of either list, and which words of the threat model it stands for."""

    title: str
    words: str
    stands_for: str


PROMISED: tuple[Said, ...] = (
    Said(
        "Your number is not kept",
        "It is dropped at the door. It is in no file, no log, no backup and on no screen of ours.",
        "The caller's number never reaches our storage, logs, backups or staff screens",
    ),
    Said(
        "What you say is locked at once",
        "The machine that takes your call cannot read what was kept before.",
        "Answers are sealed on arrival; the machine that takes calls cannot read stored ones",
    ),
    Said(
        "Two people decide what leaves",
        "One takes out what could point at you; another reads exactly the words that leave. The police get those "
        "words, and never your voice, your answers, or the day you rang.",
        "only sanitised text approved by two people reaches a force",
    ),
    Said(
        "Only your reference opens your replies",
        "Nobody hears a reply without it. What you told us is never read out, to anybody.",
        "Without the reference nobody hears replies by phone, and nobody hears the report",
    ),
    Said(
        "Your voice is destroyed",
        "As soon as it is written down, and after {sound_days} days at the latest.",
        "The voice is destroyed when its transcript is confirmed, or after 14 days",
    ),
    Said(
        "Deleted is deleted",
        "What is deleted cannot be brought back after seven days, from backups either.",
        "What is deleted is unrecoverable within seven days",
    ),
    Said(
        "What you told us is not lost",
        "Not by the crash of any one machine or program.",
        "What was accepted is not lost by any single crash",
    ),
)
NOT_PROMISED: tuple[Said, ...] = (
    Said(
        "Phone companies know that you rang",
        "Yours and ours see your number, the time and the length of the call. They can be ordered to tell. The company "
        "that carries our calls keeps it for up to 120 days, whatever we delete.",
        "The phone company and Twilio see the number, the time and the length of each call",
    ),
    Said(
        "Withholding your number changes little",
        "It hides your number from people, not from networks.",
        "Withholding the number hides it from people, not from networks",
    ),
    Said(
        "The call may stand on a bill or in your phone",
        "Delete it from your phone's own list. Do not ring from a phone that somebody else looks at or pays for.",
        "Bills and the handset's own list may show the call",
    ),
    Said(
        "A voice can be recognised",
        "Until it is destroyed. You can answer everything by keys instead.",
        "A voice can be recognised",
    ),
    Said(
        "What only you could know points at you",
        "We take out what we see. We cannot take out what we do not recognise.",
        "Facts that only one person knows point at that person",
    ),
    Said(
        "Times can be put together",
        "Somebody who sees when you rang and what happened then may guess.",
        "Times can be correlated by whoever sees",
    ),
    Said(
        "What is open can be seen",
        "If a machine of ours is seized while it runs, what somebody was reading at that moment can be read.",
        "A running desk that is seized shows what was open there",
    ),
    Said(
        "Force defeats every lock",
        "No software protects somebody who is made to tell, you or us.",
        "Nobody who is forced, caller or staff, is protected",
    ),
    Said(
        "A reference is like a key",
        "If you lose it, nobody can find it for you. Whoever finds it can use it.",
        "A lost reference cannot be recovered, and a found one can be used",
    ),
)
