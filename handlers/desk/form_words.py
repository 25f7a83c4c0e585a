"""What the form for staff says: its parts, what to ask at each question and what never to ask."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.desk.words import LANGUAGES, Reason

# How something came that was not a call. Outside the seal it is only "entered by staff".
WAYS_IT_CAME: tuple[Reason, ...] = (
    Reason("letter", "Letter", "By post, or pushed under a door"),
    Reason("email", "E-mail", "Take nothing over from its head: no address, no name, no time"),
    Reason("web", "Web", "A message through a web page of yours"),
    Reason("in_person", "In person", "Somebody told it to you, face to face"),
    Reason("other", "Another way"),
)
WAY_WORDS: dict[str, str] = {way.name: way.words for way in WAYS_IT_CAME}

# A part begins with this question and goes on to the next part.
PARTS: dict[str, str] = {
    "urgent": "Is somebody in danger?",
    "allegation": "What it is about, and who",
    "story": "What happened, when and where",
    "favours_for": "A little more on this kind of thing",
    "how_known": "How it is known, and what protects the caller",
}


@dataclass(frozen=True)
class Help:
    """What helps somebody to ask one question."""

    ask: str
    never: str = ""  # what not to ask, or not to write


HELP: dict[str, Help] = {
    "urgent": Help(
        "Yes and Not sure alert a supervisor as soon as the form is saved, and that cannot be taken back.",
        "Never weigh up whether it is true: if you are not sure, say so.",
    ),
    "at_risk": Help("One answer: whoever is in most danger.", "Never ask who they are to the caller."),
    "risk_story": Help("What could happen, where and when, and what would stop it."),
    "weapon": Help("At work or at home: a firearm, a Taser, a dog, a knife."),
    "allegation": Help("Up to three. Choose by what they did, not by how sure the caller is."),
    "who": Help(
        "Name, nickname, rank, shoulder number, station, unit, car. A part of it is enough.",
        "Never ask how the caller knows them.",
    ),
    "force": Help("Where they work now, if it is known."),
    "force_which": Help("Its name, or the place it looks after."),
    "role": Help("What they are in the police."),
    "looks": Help("What would help to find them: build, hair, voice, car, times they are on duty."),
    "story": Help(
        "What they did, in the order it happened. Keep to the words that were used, and leave the spelling as it is.",
        "Never what tells who saw it: “I was alone with him” becomes “one person saw it”.",
    ),
    "when": Help("The last time it happened."),
    "when_detail": Help(
        "How often, since when, at what time of day.",
        "Never ask for a minute that only one person could know, unless everything hangs on it.",
    ),
    "where": Help("Place, building, road, patrol car, online group.", "Never ask where the caller lives or works."),
    "ongoing": Help("Whether it may happen again this week."),
    "on_duty": Help("Uniform, police car or warrant card also count as on duty."),
    "favours_for": Help("What was bought, or given away."),
    "favours_group": Help("Other police, or people outside who pay."),
    "gain_how": Help("What of the job they use for themselves."),
    "sexual_whom": Help("One answer: towards whom it went.", "Never ask whether that is the caller."),
    "partner_job": Help("Threats with arrest, looking up the other person, friends at the station who look away."),
    "partner_children": Help("Whether children live there.", "Never ask for their names, ages or schools."),
    "partner_weapon": Help("At work or at home: a firearm, a Taser, a dog, a knife."),
    "hate_ground": Help("Whom it is aimed at, not who is right."),
    "hate_online": Help("A group chat, a post, a message."),
    "other_what": Help("One answer: the most serious."),
    "how_known": Help(
        "How good the information is. This is the whole question.",
        "Never ask who told them, or what the caller is to anybody.",
    ),
    "crowd": Help("How many people could have known this. It helps you to hide the caller among them."),
    "leave_out": Help(
        "What must not reach the police, because it would point to the caller. It never leaves the desk.",
        "Never ask why, or who the caller is.",
    ),
    "evidence": Help(
        "What there is and where: cameras, messages, records, other people. Leave it where it is.",
        "Never ask for it to be fetched, copied or photographed.",
    ),
    "others": Help("Others who were harmed, or may be next.", "Never ask about the caller's own family."),
    "told_before": Help("Whether anybody was told.", "Never ask whom."),
    "they_know": Help("If they know, look again at the first question: is somebody in danger?"),
    "questions_back": Help("Only where whoever gave this can be asked at all. For a letter, leave it open."),
}


def languages_first(of_the_line: tuple[str, ...]) -> dict[str, str]:
    """Return every language to choose from, the line's own first."""
    first = {code: LANGUAGES[code] for code in of_the_line if code in LANGUAGES}
    return first | {code: words for code, words in LANGUAGES.items() if code not in first}
