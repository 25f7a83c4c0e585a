"""A conversation as text: what the caller does stands behind `>`, what is heard behind `<`.

> rings                                 (may stand first; playing begins with a call that rings)
< hears main_menu                       the step named by the next address
< hears "press 1"                       words, in any case and spacing
> presses 1
> presses the reference                 > presses last four of the reference
> says "It happened on a Tuesday."      > says nothing
> plays answers/one.wav
> notes the reference                   from the sound that was played
> waits                                 until the line loses its patience
> hangs up                              < ends
# a remark
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.ears import DigitEars
from ivr.simulator.moments import Moment, Played, Spoken

Speaker = Callable[[str, str], bytes]  # words and language -> a WAV of 8 kHz mono 16-bit PCM
REFERENCE_DIGITS = 16
MAX_SENTENCES = 50  # outside a Gather, before a caller who expects something is told that it did not come

Act = Literal[
    "rings", "hears step", "hears words", "presses", "presses reference", "presses last four", "says", "says nothing",
    "plays", "notes reference", "waits", "hangs up", "ends",
]  # fmt: skip

FORMS: tuple[tuple[str, Act], ...] = (
    (r"> rings", "rings"),
    (r'< hears "(?P<words>.+)"', "hears words"),
    (r"< hears (?P<words>[\w.-]+)", "hears step"),
    (r"> presses (?P<words>[0-9*#]+)", "presses"),
    (r"> presses the reference", "presses reference"),
    (r"> presses last four of the reference", "presses last four"),
    (r"> says nothing", "says nothing"),
    (r'> says "(?P<words>.+)"', "says"),
    (r"> plays (?P<words>\S.*)", "plays"),
    (r"> notes the reference", "notes reference"),
    (r"> waits", "waits"),
    (r"> hangs up", "hangs up"),
    (r"< ends", "ends"),
)


class NotUnderstood(Exception):
    """A line of a script has none of the known forms; only another script helps."""


class HeardSomethingElse(Exception):
    """The call did not go as the script says."""


@dataclass(frozen=True)
class Line:
    """One line of a script."""

    number: int
    text: str
    act: Act
    words: str = ""


def parse(text: str) -> tuple[Line, ...]:
    """Return a script's lines, or raise `NotUnderstood` with the line's number."""
    rows = ((number, row.strip()) for number, row in enumerate(text.splitlines(), 1))
    return tuple(_line(number, row) for number, row in rows if row and not row.startswith("#"))


def _line(number: int, row: str) -> Line:
    for form, act in FORMS:
        if found := re.fullmatch(form, row):
            return Line(number, row, act, found.groupdict().get("words", ""))
    raise NotUnderstood(f"line {number}: {row}")


def no_speaker(words: str, language: str) -> bytes:
    """Stand where nobody can speak: a script with spoken words needs a real speaker."""
    raise HeardSomethingElse(f"nobody here can speak ({len(words)} characters of {language})")


@dataclass
class ScriptedCaller:
    """Somebody who follows a script. `language` is what the speaker is asked to speak."""

    call: SimulatedCall
    speaker: Speaker = no_speaker
    ears: DigitEars | None = None
    language: str = "en"
    folder: Path = field(default_factory=Path)
    reference: str = ""
    _heard_from: int = 0
    _steps_from: int = 0

    def follow(self, script: str | Iterable[Line]) -> None:
        """Play a script to its end, or raise `HeardSomethingElse` at the first line that does not hold."""
        for line in parse(script) if isinstance(script, str) else script:
            try:
                self._do(line)
            except HeardSomethingElse as unlike:
                raise HeardSomethingElse(f"line {line.number}: {line.text}\n{unlike}") from None

    def _do(self, line: Line) -> None:
        if line.text.startswith("> ") and line.act not in ("rings", "notes reference"):
            self._must_be_there()
        match line.act:
            case "hears step" | "hears words" | "ends":
                self._listen(line)
            case "presses" | "presses reference" | "presses last four":
                self._press(line)
            case "says" | "plays":
                self._speak(line)
            case "says nothing":
                self._until_recording()
                self._mark()
                self.call.silence()
            case "notes reference":
                self.reference = self._reference()
            case "waits":
                self._mark()
                self.call.silence()
            case "hangs up":
                self._mark()
                self.call.hang_up()
            case "rings":
                pass

    def _press(self, line: Line) -> None:
        keys = {"presses": line.words, "presses reference": self.reference, "presses last four": self.reference[-4:]}
        if not keys[line.act]:
            raise HeardSomethingElse("no reference was noted before")
        self._mark()
        self.call.press(keys[line.act])

    def _speak(self, line: Line) -> None:
        self._until_recording()
        self._mark()
        if line.act == "plays":
            self.call.speak((self.folder / line.words).read_bytes(), file=line.words)
        else:
            self.call.speak(self.speaker(line.words, self.language), words=line.words)

    def _listen(self, line: Line) -> None:
        """A caller who listens has stopped speaking; what comes must come before they would act again."""
        for _ in range(MAX_SENTENCES):
            if self._holds(line):
                return
            if self.call.waiting_for == "nothing" or self._has_spoken():
                self.call.silence()
            else:
                break
        raise HeardSomethingElse(self._told())

    def _holds(self, line: Line) -> bool:
        match line.act:
            case "ends":
                return self.call.ended
            case "hears step":
                return line.words in self._steps()
            case _:
                return _plain(line.words) in _plain(" ".join(self._sentences()))

    def _has_spoken(self) -> bool:
        return self.call.waiting_for == "recording" and self.call.has_spoken

    def _until_recording(self) -> None:
        """Wait through the question that stands before a recording."""
        if self.call.waiting_for == "key":
            self.call.silence()
        if self.call.waiting_for != "recording":
            raise HeardSomethingElse(self._told())

    def _must_be_there(self) -> None:
        if self.call.ended:
            raise HeardSomethingElse("the call is over\n" + self._told())

    def _reference(self) -> str:
        if reference := reference_heard(self.call, self.ears):
            return reference
        raise HeardSomethingElse("no sound with a reference was heard")

    def _mark(self) -> None:
        """Forget what was heard before: the caller acts on what comes from now on."""
        self._heard_from, self._steps_from = len(self.call.heard), len(self.call.journal)

    def _sentences(self) -> list[str]:
        return [item.text for item in self.call.heard[self._heard_from :] if isinstance(item, Spoken)]

    def _steps(self) -> list[str]:
        """Return the steps since the caller last acted; without any, the step the call still stands at."""
        since = [moment.words for moment in self.call.journal[self._steps_from :] if moment.what == "heard"]
        return since or [self.call.step]

    def _told(self) -> str:
        return (
            f"at step {self.call.step or '(none)'}, waiting for {self.call.waiting_for}; steps since the caller acted: "
            f"{self._steps()}; heard since: {self._sentences()}"
        )


def reference_heard(call: SimulatedCall, ears: DigitEars | None) -> str:
    """Return what is read out in the last sound that holds a whole reference, however often it is repeated."""
    for item in reversed(call.heard):
        digits = ears.hear(item.sound) if isinstance(item, Played) and ears else ""
        if len(digits) >= REFERENCE_DIGITS:
            return digits[:REFERENCE_DIGITS]
    return ""


def written(call: SimulatedCall, reference: str = "") -> str:
    """Return the script that repeats a call. Keys that were the reference are written as such, not as digits."""
    lines, noted = ["> rings"], False
    for moment in _with_keys_together(call.journal):
        if reference and moment.what == "pressed" and moment.words in (reference, reference[-4:]):
            lines += [] if noted else ["> notes the reference"]
            noted = True
            whole = moment.words == reference
            lines.append("> presses the reference" if whole else "> presses last four of the reference")
        elif line := _told_as_line(moment):
            lines.append(line)
    return "\n".join([*lines, *(["< ends"] if call.ended else [])]) + "\n"


def _with_keys_together(journal: Iterable[Moment]) -> list[Moment]:
    """Join keys that were pressed one after another: a reference is keyed in digit by digit."""
    joined: list[Moment] = []
    for moment in journal:
        if joined and moment.what == joined[-1].what == "pressed":
            joined[-1] = Moment("pressed", joined[-1].words + moment.words)
        else:
            joined.append(moment)
    return joined


def _told_as_line(moment: Moment) -> str:
    match moment.what:
        case "heard":
            return f"< hears {moment.words}" if moment.words else ""
        case "pressed":
            return f"> presses {moment.words}"
        case "said":
            return f'> says "{moment.words}"'
        case "played":
            return f"> plays {moment.words or 'answer.wav'}"
        case "waited":
            return "> waits"
        case "hung up":
            return "> hangs up"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
