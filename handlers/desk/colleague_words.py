"""What the pages of supervisors, colleagues and practice calls say about a live call."""

from __future__ import annotations

from dataclasses import dataclass

from storage.live.queue import ASIDE, JOINING, OFFERED, OVER, TALKING, WAITING
from storage.live.rooms import CONSULT, JOIN, LISTEN, TALK_ROLE, WHISPER

CALL_STATES: dict[str, str] = {
    WAITING: "Waiting",
    OFFERED: "Being offered",
    JOINING: "Being connected",
    TALKING: "Talking",
    ASIDE: "With the line's own voice",
    OVER: "Over",
}
HELD = "On hold"
LOST = "Waiting: their handler's line broke"


@dataclass(frozen=True)
class Part:
    """One way to be in somebody else's call."""

    name: str
    words: str
    hint: str
    now: str  # said when one is in the call like this


PARTS = (
    Part(LISTEN, "Listen", "You hear both. Nobody hears you.", "You listen. Nobody hears you."),
    Part(WHISPER, "Whisper", "The handler hears you. The caller does not.", "You whisper. Only the handler hears you."),
    Part(JOIN, "Join", "Both hear you. Say who you are.", "You have joined. The caller hears you too."),
)
PART_NOW: dict[str, str] = {one.name: one.now for one in PARTS} | {
    CONSULT: "You are with your colleague. While the caller is on hold, they hear music and neither of you.",
    TALK_ROLE: "This caller is yours now.",
}
SITS_BESIDE = frozenset((LISTEN, WHISPER, JOIN, CONSULT))

NOT_THIS_CALL = "This call is over, or it cannot be listened to now. Look at the list again."
BUSY_YOURSELF = "You are in another call already. Leave that one first."
TOO_LATE = "Your colleague asks no longer, or the call is over."
CHANGED = "Done."
LEFT = "You left the call."
SAID_NO = "Your colleague is told that you cannot come now."

# ---- asking a colleague --------------------------------------------------------------------------------------------

ASKED = "{alias} is asked. The caller is on hold and hears music. Take them back at any moment."
COLLEAGUE_TAKEN = "They are with somebody else at this moment. The caller is not on hold. Ask another colleague."
SOMEBODY_SITS = "A colleague is with you already. End that first."
NOBODY_CHOSEN = "Choose a colleague out of the list. It changes as they come and go."
CONSULT_OVER = "The consultation is over. The caller hears you."
HANDED_OVER = "{alias} has the caller and the form now. Your part of this call is over."
NOT_HANDED = (
    "Nothing was handed over: they are not in the call any more, or they cannot take it. The caller is with you."
)
INTERPRETER_RUNG = "{name} is being rung, by the line and not by you. It can take half a minute."
INTERPRETER_SITS = "This interpreter is in the call, or is being rung."
INTERPRETERS_ENOUGH = "Interpreters were rung so often in this call that no other is. Ask a supervisor to help."
NO_INTERPRETER = "Choose an interpreter out of the list. Whoever runs the line keeps it in the line's file."
INTERPRETER_GONE = "The interpreter's line is ended."
PRACTICE_RINGS_NOBODY = "In practice nobody outside is rung. In a call the line would ring the interpreter now."

# ---- practice ------------------------------------------------------------------------------------------------------

CHOOSE_SCRIPT = "Choose a caller to play"
NOT_FREE = "They are not available at this moment: a real caller was quicker, or they left the page. Choose again."
RINGING, NOBODY_TOOK_IT, PRACTICE_OVER = (
    "It is offered to them. Stay on the line.",
    "They gave it back, or did not answer. Nothing of it is kept.",
    "The practice call is over. Talk about it now, while it is fresh: nothing of it is kept.",
)
PRACTICE_WORDS: dict[str, str] = {
    OFFERED: RINGING,
    JOINING: "They have accepted, and are being connected.",
    TALKING: "You hear each other. Begin.",
    ASIDE: "The handler let the line's own voice ask you something.",
    OVER: PRACTICE_OVER,
}
ASIDE_WORDS: dict[str, str] = {
    "reference": "You would hear a reference now, and key its last digits in. Press Come back when you have.",
    "silent_danger": "You hear: Are you in danger now? Press 1 for yes, 2 for no.",
    "silent_overheard": "You hear: Can somebody hear you? Press 1 for yes, 2 for no.",
    "silent_keys": "You hear: Would you rather use the keys? Press 1 for yes, 2 for no.",
    "silent_stay": "You hear: Shall the handler stay on the line? Press 1 for yes, 2 for no.",
}
