"""What the live pages say: states, reasons, who is in the room, and the words that handlers speak themselves."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.live import Decline, Stage
from storage.live.conduct import ABUSIVE, FINISHED, REFERENCE, TEST, WRONG_NUMBER, Seat
from storage.live.rooms import CALLER, CONSULT, INTERPRETER, JOIN, LEAVING, LISTEN, TALK_ROLE, WHISPER
from storage.live.shifts import AVAILABLE, AWAY, BREAK, ON_CALL, WRAP_UP


@dataclass(frozen=True)
class Choice:
    """Something to choose, under the name that the page sends back."""

    name: str
    words: str
    hint: str = ""


SHIFT_WORDS: dict[str, str] = {
    AVAILABLE: "Available",
    ON_CALL: "On a call",
    WRAP_UP: "Writing up",
    BREAK: "On a break",
    AWAY: "Away",
}
SHIFT_HINTS: dict[str, str] = {
    AVAILABLE: "The next caller whom you can help is offered to you. Keep this page open: it may be in another tab.",
    ON_CALL: "No other caller is offered to you.",
    WRAP_UP: "Finish your form. No caller is offered to you until you say that you are available.",
    BREAK: "No caller is offered to you.",
    AWAY: "No caller is offered to you. Come in when your shift begins.",
}
BECOME: dict[str, str] = {
    AVAILABLE: "I am available",
    BREAK: "Take a break",
    AWAY: "End my shift",
}
DECLINES: tuple[Choice, ...] = (
    Choice(Decline.BUSY, "Still writing", "You are then writing up, until you say that you are available"),
    Choice(Decline.NOT_TRAINED, "Not trained for this", "You stay available"),
    Choice(Decline.BREAK, "I need a break", "You are then on a break"),
    Choice(Decline.TECHNICAL, "Something does not work", "You are then away; check your headset"),
)
DECLINED: dict[Decline, str] = {
    Decline.BUSY: "Given back: the caller keeps their place. Take the time that your form needs.",
    Decline.NOT_TRAINED: "Given back: the caller keeps their place. You are still available.",
    Decline.BREAK: "Given back: the caller keeps their place. Have your break.",
    Decline.TECHNICAL: "Given back: the caller keeps their place. Check your headset before you come in again.",
}
NO_REASON = "Choose why you give the call back"
TOO_LATE = "This caller hung up, left the queue, or was offered to somebody else. Nothing is expected of you."
NOT_TRAINED = "You are not trained for this call: somebody changed that, or a qualification ended. It was not taken."
NO_SOFTPHONE = (
    "This desk takes no live calls: no softphone is set up on it. Whoever runs the desk sets SOFTPHONE; until then "
    "callers are led to the recorder."
)
NO_SKILLS = (
    "No language is written down for you, or your qualifications have ended, so no call can be offered to you. Ask a "
    "supervisor; they write it down under Training."
)
CHECK_FIRST = "Check your headset first, then say so here"
ON_CALL_NOW = "You are on a call. End it first: the caller hears closing words."
NO_STATE = "Choose one of the buttons of this page"
STATE_SET: dict[str, str] = {
    AVAILABLE: "You are available.",
    BREAK: "You are on a break. No caller is offered to you.",
    AWAY: "Your shift is over. Thank you.",
}
STILL_OPEN = "Your form {case} is not finished. Nobody else can read it until it is."
NEEDS_WORDS: dict[str, str] = {
    "general": "",
    "safeguarding": "Somebody may be at risk",
    "sexual_offences": "Sexual offences",
    "child": "A child, or about a child",
    "interpreter": "With an interpreter",
}

# ---- during a call -------------------------------------------------------------------------------------------------

STAGE_WORDS: dict[Stage, str] = {
    Stage.OFFERED: "This call is offered to you.",
    Stage.JOINING: "The caller is told that somebody is there. Stay: they come in a moment.",
    Stage.TALKING: "You and the caller hear each other.",
    Stage.ASIDE: "The caller hears the line's own voice. You hear them again when they are back.",
    Stage.ENDING: "The caller hears the closing words.",
    Stage.LOST: "The line to you broke. The caller was told, hears music, and is the next to be answered.",
    Stage.OVER: "This call is over.",
    Stage.ELSEWHERE: "This call is not yours.",
}
HELD_WORDS = "On hold: the caller hears music, and you cannot hear each other."
ROLE_WORDS: dict[str, str] = {
    TALK_ROLE: "talks with the caller",
    CONSULT: "is with you and the caller",
    LISTEN: "listens: hears you both, and nobody hears them",
    WHISPER: "whispers: only you hear them",
    JOIN: "has joined: you and the caller hear them",
    CALLER: "plays the caller",
    INTERPRETER: "interprets",
}
IS_LEAVING = "is leaving, and may hear you until they are gone"
AN_INTERPRETER = "An interpreter"
ENDINGS: tuple[Choice, ...] = (
    Choice(FINISHED, "We have finished", "They hear a thank-you"),
    Choice(TEST, "A test call"),
    Choice(WRONG_NUMBER, "A wrong number"),
    Choice(ABUSIVE, "Abusive", "They hear that the line cannot go on with this call"),
)
NO_ENDING = "Choose why the call ends"
NOT_CERTAIN = "Say that you are sure: an abusive caller hears that the call is over, and cannot answer"
NOT_NOW = "That cannot be done at this moment: the call has moved on. Look at its state and try again."
NO_ASIDE = "The form beside this call is finished, so there is nothing that a reference could lead to."
ENDED = "The caller hears the closing words. Then finish your form."
ENDED_AFTER_ASIDE = "The caller hears the line's own voice to its end, then the closing words. Then finish your form."
ALERTED = "Supervisors are alerted. If nobody answers within minutes, ring the one on duty."
ALERTED_BEFORE = "Supervisors were alerted before, and nobody acknowledged yet. Ring the one on duty."
ALERT_GONE = "There is no form beside this call to raise the alert on. Ring the supervisor on duty."
PRACTICE_ALERT = "In practice nobody is alerted. In a call this alerts every supervisor at once."
SAID = "Noted."
HOLDS = {True: "The caller is on hold and hears music.", False: "The caller hears you again in a moment."}
WORD = "Thank you for saying so. Supervisors see that you would like a word, and not which call it was."

ASKED_REFERENCE = Choice(
    REFERENCE,
    "Give them a reference",
    "The line's own voice says it and has it keyed in. You hear and see nothing of it. Then they are back.",
)
SILENT: tuple[Choice, ...] = (
    Choice("silent_danger", "Are you in danger now?"),
    Choice("silent_overheard", "Can somebody hear you?"),
    Choice("silent_keys", "Would you rather use the keys?"),
    Choice("silent_stay", "Shall I stay on the line?"),
)
ASKED_WORDS: dict[str, str] = {one.name: one.words for one in (ASKED_REFERENCE, *SILENT)}
ASKING: dict[str, str] = {
    REFERENCE: "The caller is given their reference.",
    **{one.name: f"The caller is asked by the line's own voice: {one.words}" for one in SILENT},
}
ANSWERS: dict[str, str] = {"yes": "Yes", "no": "No", "none": "No key was pressed"}


@dataclass(frozen=True)
class Reminder:
    """Something that must be said, and the words with which to say it."""

    name: str
    title: str
    when: str
    say: str


REMINDERS: tuple[Reminder, ...] = (
    Reminder(
        "anonymity",
        "They could be known by it",
        "Before they tell what only a few people can know, or begin to say who they are.",
        "I do not need your name, and please do not tell me. If only one or two people could know this, whoever reads "
        "it may guess that it was you. Tell me what I should leave out.",
    ),
    Reminder(
        "duty",
        "A risk must be passed on",
        "Before they tell of a child, or of somebody who may be hurt or killed.",
        "If you tell me that a child or somebody else is in serious danger, we may have to pass that on, so that they "
        "can be protected. I will tell you if we do. We still do not know who you are.",
    ),
)
SILENT_STEPS: tuple[str, ...] = (
    "Say: “If it is not safe to speak, you need not. I will ask you things that you answer with a key.”",
    "Ask by the buttons below. The line's own voice asks; the answer stands here, large.",
    "When they are in danger now: alert the supervisor, and say that 999 and then 55 reaches the police from a mobile.",
    "No answer twice: say that you stay for a minute, and that they can ring again at any hour. Then end the call.",
)


def opening_words(line: str, alias: str) -> tuple[str, ...]:
    """Return the words with which a handler begins."""
    return (
        f"“Hello, this is {line}. You are speaking with a person; call me {alias}.”",
        "“I cannot see your number, and nothing we say is recorded. Please do not tell me who you are.”",
        "“Is it safe for you to talk now?”",
    )


def seat_words(seat: Seat) -> str:
    """Return what somebody does in a call, as those see it who are in it: who can hear them is never left out."""
    return IS_LEAVING if seat.state == LEAVING else ROLE_WORDS[seat.role]


# ---- numbers in words ----------------------------------------------------------------------------------------------


def minutes_words(seconds: int) -> str:
    """Return how long something has lasted, as staff see it beside a state."""
    minutes = max(0, seconds) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min"


def waited_words(seconds: int) -> str:
    """Return how long a caller has waited, rounded: nobody needs the second at which they rang."""
    minutes = (max(0, seconds) + 30) // 60
    if minutes < 1:
        return "less than a minute"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def needs_words(needs: str) -> tuple[str, ...]:
    """Return what a call asks for, in words; what is not known here is said by its own name."""
    named = (NEEDS_WORDS.get(name, name) for name in needs.split(",") if name)
    return tuple(words for words in named if words)
