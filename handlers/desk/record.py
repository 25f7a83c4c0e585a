"""One report as staff read it: sealed items opened and put in the order of the questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.desk.unsealing import Opened
from handlers.desk.words import NEVER_LEAVES, answer_words, question_words
from storage.contents import Answer, Given, Note, Received, Sound, Transcript, Written
from storage.statuses import ANSWERS

ALERTING = frozenset({"yes", "unsure"})


@dataclass(frozen=True)
class Clip:
    """One recorded answer: a machine's draft beside the sound, or a person's transcript in place of both."""

    item_id: str
    question: str
    place: int
    language: str
    has_sound: bool
    draft: str  # "" when no machine wrote one
    transcript: Transcript | None
    at: int
    forged: tuple[Transcript, ...] = ()  # said to be confirmed, but nobody here did it: hides nothing
    is_kept: bool = True  # its sound or its draft still exists


@dataclass(frozen=True)
class Typed:
    """Words that a member of staff typed to one question."""

    text: str
    language: str
    by: str


@dataclass(frozen=True)
class Answered:
    """One question with all that was said or keyed to it."""

    question: str
    heading: str
    never_leaves: bool
    keyed: tuple[str, ...]  # in words; empty when skipped or answered by voice
    before: tuple[str, ...]  # what was keyed first, where the caller changed it
    clips: tuple[Clip, ...]
    typed: tuple[Typed, ...] = ()
    was_asked: bool = True  # else it was typed though the other answers did not call for it
    values: tuple[str, ...] = ()  # what was keyed, as the questionnaire names it


@dataclass(frozen=True)
class ForgedForm:
    """Answers that are said to be typed here, but nobody here did it."""

    lines: tuple[tuple[str, str], ...]  # heading and answer


@dataclass(frozen=True)
class Record:
    """A report, opened."""

    received: Received | None
    answered: tuple[Answered, ...]
    skipped: tuple[str, ...]  # headings
    unreadable: int = 0  # parts that do not open
    says_urgent: bool = False  # whatever stands outside the seal
    notes: tuple[tuple[str, Note], ...] = ()  # with their ids; what the audit says of them stands in the timeline
    written_by: tuple[str, ...] = ()  # the person's id, where staff typed it
    forged_forms: tuple[ForgedForm, ...] = ()

    @property
    def clips(self) -> tuple[Clip, ...]:
        """Return every clip in the order of the page."""
        return tuple(clip for answered in self.answered for clip in answered.clips)

    def number(self, clip: Clip) -> int:
        """Return a clip's place on the page, from 1."""
        return self.clips.index(clip) + 1

    @property
    def replies(self) -> dict[str, tuple[str, ...]]:
        """Return what the caller answered to each message that was left for them, by its id."""
        return {
            one.question.removeprefix(ANSWERS): (*one.keyed, *(_told(clip) for clip in one.clips))
            for one in self.answered
            if one.question.startswith(ANSWERS)
        }

    @property
    def waiting(self) -> tuple[Clip, ...]:
        """Return the clips whose words nobody confirmed yet."""
        return tuple(clip for clip in self.clips if clip.transcript is None and clip.is_kept)


def assemble(
    texts: Opened,
    sounds: Iterable[str],
    bare: Sequence[tuple[str, Sound]],
    order: Sequence[str],
    categories: Mapping[str, str],
) -> Record:
    """Put a report together; `bare` are clips without a draft, opened to learn what they answer."""
    clips = _clips(texts, frozenset(sounds), bare)
    chosen = [answer for form in texts.written for answer in _chosen(form)]
    keyed = sorted([*texts.answers, *chosen], key=lambda answer: (answer.at, answer.order))
    typed = [(form, one) for form in texts.written for one in form.given if one.text]
    asked = {answer.question for answer in keyed} | {clip.question for clip in clips} | {g.question for _, g in typed}
    in_order = [*(name for name in order if name in asked), *sorted(asked - set(order))]
    answered = [_with_typed(_answered(name, keyed, clips, categories), texts.written) for name in in_order]
    given = tuple(one for one in answered if one.keyed or one.clips or one.typed)
    received = min(texts.received, key=lambda one: one.at, default=None)
    urgent = any(set(answer.values) & ALERTING for answer in keyed if answer.question == "urgent")
    skipped = tuple(one.heading for one in answered if one not in given)
    writers = tuple(dict.fromkeys(form.by for form in texts.written))
    forged = tuple(_forged(form, categories) for form in texts.forged_forms)
    return Record(received, given, skipped, texts.unreadable, urgent, texts.notes, writers, forged)


def _told(clip: Clip) -> str:
    return clip.transcript.text if clip.transcript else "Spoken: listen to it and confirm it on the report."


def _chosen(form: Written) -> list[Answer]:
    return [
        Answer(one.question, one.values, order, form.at, form.language, form.part)
        for order, one in enumerate(form.given)
        if one.values
    ]


def _with_typed(answered: Answered, forms: Sequence[Written]) -> Answered:
    # What is kept though the other answers do not call for it says so: else it would pass for an answer to a question.
    name = answered.question
    typed = tuple(
        Typed(one.text, form.language, form.by)
        for form in forms
        for one in form.given
        if one.question == name and one.text
    )
    return replace(answered, typed=typed, was_asked=all(name not in form.unasked for form in forms))


def _forged(form: Written, categories: Mapping[str, str]) -> ForgedForm:
    def said(one: Given) -> str:
        return one.text or ", ".join(answer_words(one.question, one.values, categories))

    return ForgedForm(tuple((question_words(one.question), said(one)) for one in form.given))


def _answered(question: str, keyed: Sequence[Answer], clips: Sequence[Clip], categories: Mapping[str, str]) -> Answered:
    mine = [answer for answer in keyed if answer.question == question]
    # What callers of merged reports keyed stands together: none of them changed what another said.
    turns = [_turns(mine, part) for part in dict.fromkeys(answer.part for answer in mine)]
    last, before = (tuple(dict.fromkeys(value for turn in turns for value in turn[place])) for place in (0, 1))
    return Answered(
        question=question,
        heading=question_words(question),
        never_leaves=question in NEVER_LEAVES,
        keyed=answer_words(question, last, categories),
        before=answer_words(question, before, categories),
        clips=tuple(clip for clip in clips if clip.question == question),
        values=last,
    )


def _turns(answers: Sequence[Answer], part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what one caller keyed last, and what they keyed before where that differs."""
    keyed = [answer.values for answer in answers if answer.part == part]
    return keyed[-1], next((values for values in reversed(keyed) if values and values != keyed[-1]), ())


def _clips(texts: Opened, sounds: frozenset[str], bare: Sequence[tuple[str, Sound]]) -> tuple[Clip, ...]:
    # What still sounds is never hidden behind words, whoever is said to have confirmed them.
    found = {t.sound: _of_words(t, transcript=t) for t in texts.transcripts if t.sound not in sounds}
    for draft in texts.drafts:
        found.setdefault(draft.sound, _of_words(draft, has_sound=draft.sound in sounds, draft=draft.text, is_kept=True))
    for item_id, sound in bare:
        found.setdefault(item_id, Clip(item_id, sound.question, sound.place, sound.language, True, "", None, sound.at))
    for words in texts.forged:
        clip = found.get(words.sound) or _of_words(words)
        found[words.sound] = replace(clip, forged=(*clip.forged, words))
    return tuple(sorted(found.values(), key=lambda clip: (clip.at, clip.place, clip.item_id)))


def _of_words(
    words: Transcript,
    *,
    has_sound: bool = False,
    draft: str = "",
    transcript: Transcript | None = None,
    is_kept: bool = False,
) -> Clip:
    return Clip(
        words.sound,
        words.question,
        words.place,
        words.language,
        has_sound,
        draft,
        transcript,
        words.at,
        is_kept=is_kept,
    )
