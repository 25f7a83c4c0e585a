"""Takes in what a person recorded in a studio: looks at every file, and keeps it as the telephone plays it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.digit_sounds import STAND_IN
from ivr.worker.levels import is_clipped, peak_dbfs, rms_dbfs, without_silence
from ivr.worker.speech import TELEPHONE_RATE, evenly_loud
from ivr.worker.wav import Heard, NotSound, at_rate, read_wav, write_wav
from prompts.sounds import Sound, hash_of, note_sounds
from prompts.wording import DIGIT, Wording

MARGIN_SECONDS = 0.15  # of silence left before and after the words
TOLD_SILENCE_SECONDS = 0.5
QUIETEST_DBFS, LOUDEST_DBFS = -34.0, -9.0  # mean loudness of speech that a telephone carries well: about -20
SHORTEST, LONGEST = 0.5, 2.0  # times the estimate
SLACK_SECONDS = 1.0
NUMBERED = re.compile(r"(?:[0-9]{1,4}[-_ ])?(.+)")  # 012-greeting.wav: the sheet's number may stand before the name
DIGITS = 10
SHEETS = {".html", ".csv", ".txt", ".md", ".pdf"}  # may lie beside the recordings


@dataclass(frozen=True)
class Take:
    """One recording that can be kept."""

    name: str  # of its file
    prompt: str
    heard: Heard  # for the telephone, without its silence
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One file that cannot be kept as it is."""

    name: str
    what: str
    mend: str


_SOME_DIGITS = ("not all ten digits are here that are good", "record all ten in one voice, and take them in together")


@dataclass(frozen=True)
class Session:
    """What a folder of recordings holds."""

    takes: tuple[Take, ...]
    faults: tuple[Fault, ...]
    missing: tuple[str, ...]  # prompts of which nothing was recorded


class _Unfit(Exception):
    """A file cannot be kept; says why and what helps."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def look_through(folder: Path, wording: Wording, language: str) -> Session:
    """Look at every file of a folder; nothing is kept yet."""
    takes: dict[str, Take] = {}
    faults: list[Fault] = []
    for path in sorted(_files(folder)):
        try:
            take = _looked_at(path, wording, language)
            if take.prompt in takes:
                first = takes[take.prompt].name
                raise _Unfit(f"{first} is a recording of {take.prompt} too", "leave the better one in the folder")
            takes[take.prompt] = take
        except _Unfit as why:
            faults.append(Fault(path.name, why.what, why.mend))
    recorded = [prompt for prompt in takes if prompt.startswith(DIGIT)]
    if recorded and len(recorded) < DIGITS:  # half of them would leave a reference to two voices
        faults += [Fault(takes.pop(prompt).name, *_SOME_DIGITS) for prompt in recorded]
    missing = tuple(prompt for prompt in wording.to_record(language) if prompt not in takes)
    return Session(tuple(takes.values()), tuple(faults), missing)


def keep(session: Session, wording: Wording, language: str, folder: Path, digits: Path | None) -> None:
    """Write the good takes into `folder` (one line's, one language's), bound to the words that they say now.

    Digits go into `digits` (one language's), all at one level, since a reference is put together from them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {}
    for take in session.takes:
        if take.prompt.startswith(DIGIT):
            if digits is not None:
                _keep_digit(take, digits)
            continue
        path = folder / f"{take.prompt}.wav"
        path.write_bytes(write_wav(take.heard))
        kept[take.prompt] = Sound(path, hash_of(wording.say(language, take.prompt)))
    note_sounds(folder, kept)


def _keep_digit(take: Take, digits: Path) -> None:
    digits.mkdir(parents=True, exist_ok=True)
    (digits / f"{take.prompt.removeprefix(DIGIT)}.wav").write_bytes(write_wav(evenly_loud(take.heard)))
    (digits / STAND_IN).unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in SHEETS:
            yield path


def _looked_at(path: Path, wording: Wording, language: str) -> Take:
    prompt = _prompt_of(path, wording, language)
    try:
        raw = read_wav(path.read_bytes())
    except OSError:
        raise _Unfit("it cannot be read", "look at its owner and mode") from None
    except NotSound as why:
        raise _Unfit(f"it cannot be used: {why}", "save it as WAV, 16 or 24 bit, 44.1 or 48 kHz") from None
    if raw.rate < TELEPHONE_RATE:
        raise _Unfit(f"it has only {raw.rate} samples a second", "record it at 44.1 or 48 kHz")
    if is_clipped(raw):
        raise _Unfit("it is cut off where it is loudest", "record it again, further from the microphone or less loud")
    heard = without_silence(at_rate(raw, TELEPHONE_RATE), MARGIN_SECONDS)
    _refuse_wrong_level(heard)
    _refuse_wrong_length(heard, wording.seconds(language, wording.to_record(language)[prompt]))
    return Take(path.name, prompt, heard, tuple(_remarks(raw, heard)))


def _prompt_of(path: Path, wording: Wording, language: str) -> str:
    if path.suffix.lower() != ".wav":
        raise _Unfit("it is no WAV file", "save it as WAV: other formats have lost part of the voice already")
    numbered = NUMBERED.fullmatch(path.stem)
    for name in (path.stem, numbered[1] if numbered else path.stem):
        if name in wording.to_record(language):
            return name
    raise _Unfit("no sentence has this name", "name it by the sheet: `hotline prompts script` makes one")


def _refuse_wrong_level(heard: Heard) -> None:
    loudness = rms_dbfs(heard)
    if not len(heard.samples):
        raise _Unfit("nothing can be heard in it", "record it again")
    if loudness < QUIETEST_DBFS:
        raise _Unfit(
            f"it is too quiet ({loudness:.0f} dBFS on average)", "record it nearer to the microphone, at -20 or so"
        )
    if loudness > LOUDEST_DBFS:
        raise _Unfit(f"it is too loud ({loudness:.0f} dBFS on average)", "record it with less gain, at -20 or so")


def _refuse_wrong_length(heard: Heard, expected: float) -> None:
    told = f"it lasts {heard.seconds:.1f} s, where about {expected:.1f} s are to be expected"
    if heard.seconds < expected * SHORTEST - SLACK_SECONDS / 2:
        raise _Unfit(told, "record the whole sentence, or give it the name of what it says")
    if heard.seconds > expected * LONGEST + SLACK_SECONDS:
        raise _Unfit(told, "record that sentence alone, or give it the name of what it says")


def _remarks(raw: Heard, heard: Heard) -> Iterator[str]:
    yield f"{heard.seconds:.1f} s, peak {peak_dbfs(raw):.0f} dBFS, average {rms_dbfs(heard):.0f} dBFS"
    if raw.seconds - heard.seconds > TOLD_SILENCE_SECONDS:
        yield f"{raw.seconds - heard.seconds:.1f} s of silence cut off"
