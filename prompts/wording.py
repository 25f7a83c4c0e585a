"""What is said, in every language of a line: read from one file a language, filled with the line's own names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prompts.line import Language, Line
from prompts.mistakes import FileMistakes, Mistake, mistakes_of, read_toml
from prompts.scripts import comma_of, seconds_of
from prompts.sounds import Sound, read_sounds

FOLDER = Path(__file__).parent
AUDIO_FOLDER = FOLDER / "audio"  # <line>/<language>/<prompt>.wav
DIGIT = "digit_"  # before a digit: the name of its recording
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
UNHEARD = {"blaming", "characters_a_second", "stand_in"}  # of a language: what no caller hears
_SENTENCE_START = re.compile(r"(?:^|[.?!]\s+)\w")

Said = Annotated[str, Field(min_length=1)]


class WordingMistakes(FileMistakes):
    """A file of wording cannot be used; trying again helps only after it was mended."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Voice(_Part):
    name: Said
    voice: str = Field(pattern=r"^((Polly|Google)\.[A-Za-z0-9.-]+)?$")  # empty where Twilio has none: sounds are played
    tag: str = Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")
    blaming: Annotated[
        tuple[Said, ...], Field(min_length=3)
    ]  # beginnings of words never said: callers do nothing wrong
    characters_a_second: Annotated[float, Field(gt=2, lt=40)] | None = None  # as its voice speaks; else by its script
    stand_in: str = Field(default="", pattern=r"^([a-z]{2,3})?$")  # whose voice speaks it in the demo, where none does


class _Phrases(_Part):
    joined_by_or: Said  # between the last two of a list
    silent_help: Said
    crisis_line: Said


class _Said(_Part):
    says: Said
    silence: str = ""
    silence2: str = ""
    wrong_key: str = ""
    more: str = ""


class _Tapering(_Part):
    silence2: Said
    wrong_key: Said


class WordingFile(_Part):
    """The file of one language as it is written."""

    language: _Voice
    digits: tuple[Said, ...] = Field(min_length=10, max_length=10)
    keys: Mapping[str, Said]
    phrases: _Phrases
    tapering: _Tapering
    prompts: Mapping[str, Said | _Said]
    questions: Mapping[str, _Said]

    def texts(self) -> dict[str, str]:
        """Return every prompt and variant by id, unfilled; a question without its own variants gets the common ones."""
        texts: dict[str, str] = {}
        for prompt, said in (*self.prompts.items(), *self.questions.items()):
            if isinstance(said, str):
                texts[prompt] = said
                continue
            variants = said.model_dump()
            if prompt in self.questions:
                variants = {**variants, **{k: v or variants[k] for k, v in _common(self.tapering, said).items()}}
            texts[prompt] = variants.pop("says")
            texts.update({f"{prompt}.{variant}": text for variant, text in variants.items() if text})
        return {prompt: " ".join(text.split()) for prompt, text in texts.items()}

    def fingerprint(self) -> str:
        """Return the hash of everything in the file that can be heard; comments and layout do not change it."""
        heard = self.model_dump(mode="json", exclude={"language": UNHEARD})
        written = json.dumps(heard, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()


def _common(tapering: _Tapering, said: _Said) -> dict[str, str]:
    return {"silence2": said.silence2 or tapering.silence2, "wrong_key": said.wrong_key or tapering.wrong_key}


@dataclass(frozen=True)
class Voice:
    """A synthetic voice of Twilio, with the language tag that goes with it."""

    voice: str
    tag: str


@dataclass(frozen=True)
class Wording:
    """All that a line can say. Everything is filled when it is read, so that saying is one look-up."""

    languages: tuple[str, ...]
    files: Mapping[str, WordingFile] = field(repr=False)
    texts: Mapping[str, Mapping[str, str]] = field(repr=False)  # by language and prompt, placeholders unfilled
    values: Mapping[str, Mapping[str, str]] = field(repr=False)  # what each placeholder stands for, by language
    _said: Mapping[tuple[str, str], str] = field(repr=False)
    _sounds: Mapping[tuple[str, str], Sound] = field(repr=False)
    _versions: Mapping[str, str] = field(repr=False)

    def say(self, language: str, prompt: str) -> str:
        """Return what is said; `KeyError` where nothing is, which `hotline prompts check` finds before a call."""
        return self._said[(language, prompt)]

    def has(self, language: str, prompt: str) -> bool:
        """Say whether there is wording for a prompt or variant in a language."""
        return (language, prompt) in self._said

    def version(self, language: str) -> str:
        """Return a short hash of all that can be heard in a language: what a caller's consent refers to."""
        return self._versions[language]

    def voice(self, language: str) -> Voice:
        """Return the synthetic voice of a language."""
        spoken = self.files[language].language
        return Voice(spoken.voice, spoken.tag)

    def seconds(self, language: str, said: str) -> float:
        """Estimate how long a text takes to say in a language."""
        return seconds_of(said, self.files[language].language.characters_a_second)

    def sound(self, language: str, prompt: str) -> Path | None:
        """Return the file of a prompt that is played, or None where it is to be synthesised by the carrier."""
        sound = self._sounds.get((language, prompt))
        return sound.path if sound else None

    def sounds(self, language: str) -> Mapping[str, Sound]:
        """Return all sounds of a language by prompt."""
        return {prompt: sound for (of, prompt), sound in self._sounds.items() if of == language}

    def to_record(self, language: str) -> Mapping[str, str]:
        """Return all that a person records in a language: what is said, by prompt, and the digits as `digit_0` to 9."""
        said = {prompt: self._said[(language, prompt)] for prompt in self.texts[language]}
        return said | {f"{DIGIT}{digit}": word for digit, word in enumerate(self.files[language].digits)}

    def digit_words(self, language: str) -> tuple[str, ...]:
        """Return the words for 0 to 9."""
        return self.files[language].digits


def read_wording(
    line: Line, *, folder: Path = FOLDER, audio_folder: Path = AUDIO_FOLDER, made_folder: Path | None = None
) -> Wording:
    """Read the wording of all languages of a line, or raise `WordingMistakes`.

    What a person recorded (`audio_folder`) goes before what a machine here spoke (`made_folder`).
    """
    files = {language.code: read_wording_file(language.code, folder) for language in line.languages}
    texts = {code: file.texts() for code, file in files.items()}
    values = {language.code: line_values(line, language, files[language.code]) for language in line.languages}
    said = {(code, prompt): spoken(text, values[code]) for code in files for prompt, text in texts[code].items()}
    sounds = {(code, prompt): sound for code in files for prompt, sound in _sounds(line, code, made_folder).items()}
    # Of other words than the text's it would say what nobody reviewed: then it is as if there were none.
    sounds = {key: sound for key, sound in sounds.items() if key in said and sound.says(said[key])}
    sounds |= {(code, prompt): sound for code in files for prompt, sound in _sounds(line, code, audio_folder).items()}
    versions = {code: _version({p: text for (of, p), text in said.items() if of == code}) for code in files}
    return Wording(tuple(files), files, texts, values, said, sounds, versions)


def read_wording_file(language: str, folder: Path = FOLDER) -> WordingFile:
    """Read the file of one language, or raise `WordingMistakes` with all that is wrong."""
    path = folder / f"{language}.toml"
    raw = read_toml(path, WordingMistakes)
    try:
        file = WordingFile.model_validate(raw)
    except ValidationError as error:
        raise WordingMistakes(path, mistakes_of(error)) from None
    mistakes = [
        Mistake(f"questions.{prompt}", "it stands among the prompts too", "keep it in one of the two")
        for prompt in sorted(set(file.prompts) & set(file.questions))
    ]
    wanted = {*"0123456789", "star", "hash"}
    if set(file.keys) != wanted:
        mistakes.append(Mistake("keys", "it does not name every key once", "name 0 to 9, star and hash"))
    if mistakes:
        raise WordingMistakes(path, mistakes)
    return file


def digit_words(language: str, folder: Path = FOLDER) -> tuple[str, ...]:
    """Return a language's words for 0 to 9, to record or synthesise them."""
    return read_wording_file(language, folder).digits


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; one that is not known stays as it is, for the checks to find."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def spoken(text: str, values: Mapping[str, str]) -> str:
    """Return a text as it is said and shown: filled, every sentence with a capital."""
    return _SENTENCE_START.sub(lambda found: found[0].upper(), fill(text, values).strip())


def line_values(line: Line, language: Language, file: WordingFile) -> dict[str, str]:
    """Return what each placeholder stands for in one language of a line."""
    digits = file.digits
    values = {f"key_{key}": word for key, word in file.keys.items()}
    values |= {f"category_{value}": said for value, said in language.categories.items()}
    values |= {
        "name": language.line_name or line.name,
        "operator": language.operator or line.operator,
        "emergency": spoken_number(line.emergency.number, digits),
        "silent_code": spoken_number(line.emergency.silent_code, digits),
        "forces": _listed(language.forces or line.forces, file.phrases.joined_by_or),
        "categories": _listed(tuple(language.categories.values()), file.phrases.joined_by_or),
        "sound_kept": language.sound_kept,
        "reply_after": language.reply_after,
        "key_language": file.keys[line.offers.key_of(language.code)],
        "doors": " ".join(
            fill(door.say[language.code], {"number": spoken_number(door.number or "", digits)}) for door in line.doors
        ),
        "crisis_lines": " ".join(
            fill(file.phrases.crisis_line, {"crisis_name": crisis.name, "number": spoken_number(crisis.number, digits)})
            for crisis in line.crisis_lines
        ),
    }
    values["silent_help"] = fill(file.phrases.silent_help, values) if line.emergency.silent_code else ""
    return values


def spoken_number(number: str, digits: Sequence[str]) -> str:
    """Return a number as it is spoken: digit by digit, with a breath between groups."""
    groups = number.replace("+", "").split()
    return comma_of(digits[0]).join(" ".join(digits[int(digit)] for digit in group) for group in groups)


def _listed(items: tuple[str, ...], joined_by_or: str) -> str:
    listed = comma_of(joined_by_or).join(items[:-1])
    return f"{listed} {joined_by_or} {items[-1]}" if listed else items[-1]


def _sounds(line: Line, language: str, folder: Path | None) -> Mapping[str, Sound]:
    return read_sounds(folder / line.id / language) if folder else {}


def _version(said: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
