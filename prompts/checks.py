"""Checks what can be heard before anybody hears it: every finding says where, what, and how to mend it."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from prompts.line import Line
from prompts.questionnaire import Questionnaire, read_questionnaire
from prompts.scripts import questions_in, sentences, words
from prompts.signatures import sign, unsigned
from prompts.wording import PLACEHOLDER, Wording

__all__ = ["Finding", "Requirement", "Spoken", "check_all", "sign", "unsigned", "without_voice"]

# Twilio's page on <Say> (error 13521): Polly takes 3000 characters, others 4096 and more, URL-encoded 4500.
MAX_POLLY_CHARACTERS = 3000
MAX_CHARACTERS = 4096
MAX_ENCODED_CHARACTERS = 4500
MAX_QUESTION_SECONDS = 25
MAX_PROMPT_SECONDS = 45
MAX_OPENING_SECONDS = 35  # from the first word to the key that leads to a person
MAX_WORDS = 20  # in a sentence
KEYLESS = ("greeting", "language_offer")  # each language names its own key, where there are several
LANGUAGE_PROMPTS = (*KEYLESS, "more_languages")  # said only where a line has several languages, or many
VARIANTS = ("silence", "silence2", "wrong_key")
COMMANDS = {"key_star", "key_hash", "key_0", "key_8", "key_9"}  # the same at every step of a call


@dataclass(frozen=True)
class Requirement:
    """A prompt that a call can say: the keys its wording must name, and whether other words must follow a silence."""

    prompt: str
    keys: tuple[str, ...] = ()
    heard: bool = False


@dataclass(frozen=True)
class Finding:
    """What is wrong with a prompt in a language, and how to mend it."""

    language: str
    prompt: str
    what: str
    mend: str


def check_all(
    line: Line,
    wording: Wording,
    requirements: Iterable[Requirement],
    questionnaire: Questionnaire | None = None,
) -> list[Finding]:
    """Return all that is wrong with the wording of a line; whether a reviewer signed it, `unsigned` tells."""
    questionnaire = questionnaire or read_questionnaire()
    asked = (Requirement(question.id, tuple(question.choices), heard=True) for question in questionnaire.questions)
    needed = tuple(dict.fromkeys((*requirements, *asked)))
    findings: list[Finding] = []
    for language in wording.languages:
        look = _Look(line, wording, language, questionnaire)
        findings += [*look.needed(needed), *look.never_said(needed), *look.every_text(), *look.questions()]
        findings += [
            *look.variants(needed),
            *look.opening(),
            *look.other_languages(),
            *look.sounds(),
            *look.categories(),
        ]
    return list(dict.fromkeys(findings))


@dataclass(frozen=True)
class Spoken:
    """How a language for which the carrier has no voice is spoken: by prompts."""

    missing: tuple[str, ...]  # no sound at all
    stand_in: tuple[str, ...]  # spoken by a voice of another language
    made: tuple[str, ...]  # spoken by a machine here

    @property
    def is_fit(self) -> bool:
        """Tell whether callers outside a demo may be met in it."""
        return not self.missing and not self.stand_in

    def told(self) -> str:
        """Say it in a few words."""
        parts = (
            (self.missing, "without a sound"),
            (self.stand_in, "by a stand-in's voice"),
            (self.made, "spoken by a machine"),
        )
        return ", ".join(f"{len(prompts)} {what}" for prompts, what in parts if prompts) or "all recorded"


def without_voice(wording: Wording) -> dict[str, Spoken]:
    """Return how those languages are spoken that the carrier has no voice for: what is not fit is refused."""
    return {language: _spoken(wording, language) for language in wording.languages if not wording.voice(language).voice}


def _spoken(wording: Wording, language: str) -> Spoken:
    sounds = wording.sounds(language)
    prompts = tuple(wording.texts[language])
    return Spoken(
        missing=tuple(prompt for prompt in prompts if prompt not in sounds),
        stand_in=tuple(prompt for prompt in prompts if prompt in sounds and sounds[prompt].is_stand_in),
        made=tuple(
            prompt
            for prompt in prompts
            if prompt in sounds and sounds[prompt].is_made and not sounds[prompt].is_stand_in
        ),
    )


@dataclass(frozen=True)
class _Look:
    """A look at one language; each method is one rule, or two that belong together."""

    line: Line
    wording: Wording
    language: str
    questionnaire: Questionnaire

    @property
    def texts(self) -> Mapping[str, str]:
        return self.wording.texts[self.language]

    def found(self, prompt: str, what: str, mend: str) -> Finding:
        return Finding(self.language, prompt, what, mend)

    def needed(self, needed: tuple[Requirement, ...]) -> Iterator[Finding]:
        for wanted in needed:
            if wanted.prompt not in self.texts:
                yield self.found(wanted.prompt, "nothing is said here", f"write it in {self.language}.toml")
                continue
            if wanted.heard and f"{wanted.prompt}.silence" not in self.texts:
                yield self.found(wanted.prompt, "there are no other words for a silence", "write its silence")
            named = _keys_in(self.texts[wanted.prompt])
            for key in wanted.keys:
                if _placeholder(key) not in named and wanted.prompt not in KEYLESS:
                    yield self.found(wanted.prompt, f"it does not say what {key} does", f"name {{{_placeholder(key)}}}")
        if _keys_in(self.texts.get("fallback_consent", "")):
            yield self.found(
                "fallback_consent", "it names a key, but Twilio alone cannot tell keys apart", "say: any key"
            )

    def never_said(self, needed: tuple[Requirement, ...]) -> Iterator[Finding]:
        said = {_base(wanted.prompt) for wanted in needed} | {*LANGUAGE_PROMPTS}
        for prompt in self.texts:
            if _base(prompt) not in said:
                yield self.found(prompt, "no call ever says it", "take it out, or mend its name")

    def every_text(self) -> Iterator[Finding]:
        for prompt, text in self.texts.items():
            yield from self._placeholders(prompt, text)
            yield from self._length(prompt, text)
            for word in self.wording.files[self.language].language.blaming:
                if re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE):
                    yield self.found(
                        prompt, f"it says {word!r}, which blames the caller", "say what can be done instead"
                    )

    def _placeholders(self, prompt: str, text: str) -> Iterator[Finding]:
        for name in PLACEHOLDER.findall(text):
            if name not in self.wording.values[self.language]:
                yield self.found(
                    prompt, f"{{{name}}} stands for nothing", "mend its name: docs/call-wording.md lists them"
                )
        bare = PLACEHOLDER.sub("", text)
        if "{" in bare or "}" in bare:
            yield self.found(prompt, "a brace stands alone", "write placeholders as {name}")
        if re.search(r"[0-9*#<>]", bare):
            yield self.found(
                prompt, "a figure or sign stands in it", "write it in words, or use a placeholder such as {key_1}"
            )

    def _length(self, prompt: str, text: str) -> Iterator[Finding]:
        said = self.wording.say(self.language, prompt)
        polly = self.wording.voice(self.language).voice.startswith("Polly.")
        most = MAX_POLLY_CHARACTERS if polly else MAX_CHARACTERS
        if len(said) > most or len(quote(said)) > MAX_ENCODED_CHARACTERS:
            yield self.found(prompt, "Twilio does not say so long a text", f"keep it well under {most} characters")
        limit = MAX_QUESTION_SECONDS if self._is_question(prompt) else MAX_PROMPT_SECONDS
        seconds = self.wording.seconds(self.language, said)
        if seconds > limit:
            yield self.found(prompt, f"it takes about {seconds:.0f} s to say", f"keep it under {limit} s")
        longest = max(words(sentence) for sentence in sentences(text))
        if longest > MAX_WORDS:
            yield self.found(prompt, f"a sentence has {longest} words", f"keep each under {MAX_WORDS} or cut it in two")

    def _is_question(self, prompt: str) -> bool:
        return _base(prompt) in self.wording.files[self.language].questions

    def questions(self) -> Iterator[Finding]:
        for prompt in self.wording.files[self.language].questions:
            text = self.texts[prompt]
            if questions_in(text) > 1:
                yield self.found(prompt, "it asks two questions", "ask one")
            if not _keys_in(sentences(text)[-1]):
                yield self.found(prompt, "it does not end with the key to press", "put the key last")

    def variants(self, needed: tuple[Requirement, ...]) -> Iterator[Finding]:
        taken = {wanted.prompt: {_placeholder(key) for key in wanted.keys} for wanted in needed if wanted.keys}
        for prompt, text in self.texts.items():
            extra = _keys_in(text) - taken.get(_base(prompt), _keys_in(text)) - COMMANDS
            for key in sorted(extra):
                yield self.found(prompt, f"it names {{{key}}}, which does nothing here", "take it out")
            others = [f"{prompt}.{variant}" for variant in VARIANTS if f"{prompt}.{variant}" in self.texts]
            if len({text, *(self.texts[other] for other in others)}) != 1 + len(others):
                yield self.found(prompt, "it says the same again after a silence or a wrong key", "use other words")
            for other in others:
                if len(self.texts[other]) > len(text):
                    yield self.found(other, "it is longer than what was said first", "make it shorter")

    def opening(self) -> Iterator[Finding]:
        """In the line's own language all that is said; in another what is said once it was chosen."""
        parts = [(self.language, prompt) for prompt in ("greeting", "safety", "promise_first")]
        if self.language == self.line.offers.own[0]:
            parts += [(other, "language_offer") for other, _ in self.line.offers.greeting]
            parts += [(self.language, "more_languages")] if self.line.offers.pages else []
        seconds = sum(self._seconds(language, self._said(language, prompt)) for language, prompt in parts)
        seconds += self._seconds(self.language, sentences(self._said(self.language, "main_menu"))[0])
        if seconds > MAX_OPENING_SECONDS:
            what = f"it takes about {seconds:.0f} s until a person is offered"
            yield self.found(
                "greeting", what, f"shorten the greeting, safety or promise to {MAX_OPENING_SECONDS} s in all"
            )

    def _seconds(self, language: str, said: str) -> float:
        return self.wording.seconds(language, said) if said else 0.0

    def _said(self, language: str, prompt: str) -> str:
        return self.wording.say(language, prompt) if self.wording.has(language, prompt) else ""

    def other_languages(self) -> Iterator[Finding]:
        for prompt in self.wording.texts[self.wording.languages[0]]:
            if prompt not in self.texts:
                yield self.found(prompt, "the line's own language says it, this one does not", "translate it")

    def sounds(self) -> Iterator[Finding]:
        for prompt, sound in self.wording.sounds(self.language).items():
            name = sound.path.name
            if prompt not in self.texts:
                yield self.found(prompt, f"{name} belongs to no prompt", "take it out, or mend its name")
                continue
            if not sound.words:
                yield self.found(prompt, f"nothing tells what {name} says", "take it in by `hotline prompts take-in`")
            elif not sound.says(self.wording.say(self.language, prompt)):
                yield self.found(prompt, f"the text has changed since {name} was recorded", "record it again")
            try:
                with wave.open(str(sound.path), "rb") as played:
                    seconds = played.getnframes() / played.getframerate()
            except (wave.Error, EOFError, OSError, ZeroDivisionError):
                yield self.found(
                    prompt, f"{name} is no sound that can be played", "save it as WAV, 16 bit, mono, 8 kHz"
                )
                continue
            if seconds > MAX_PROMPT_SECONDS:
                yield self.found(prompt, f"{name} lasts {seconds:.0f} s", f"keep it under {MAX_PROMPT_SECONDS} s")

    def categories(self) -> Iterator[Finding]:
        question = self.questionnaire.question("allegation")
        wanted = set(question.choices.values()) if question else set()
        stands = set(self.line.language(self.language).categories)
        for value in sorted(wanted ^ stands):
            what = "the line's file has no words for it" if value in wanted else "no choice of the question means it"
            yield self.found(f"category_{value}", what, f"mend categories of {self.language} in the line's file")


def _base(prompt: str) -> str:
    return prompt.partition(".")[0]


def _placeholder(key: str) -> str:
    return "key_" + {"*": "star", "#": "hash"}.get(key, key)


def _keys_in(text: str) -> set[str]:
    return {name for name in PLACEHOLDER.findall(text) if name.startswith("key_")}
