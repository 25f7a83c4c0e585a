"""One report as staff read it: sealed items opened and put in the order of the questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.desk.words import NEVER_LEAVES, answer_words, question_words
from storage.clips import draft_id
from storage.contents import Answer, Received, Sound, Transcript
from storage.opening import GroupKey, open_item
from storage.sealing import SealedItem


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


@dataclass(frozen=True)
class Answered:
    """One question with all that was said or keyed to it."""

    question: str
    heading: str
    never_leaves: bool
    keyed: tuple[str, ...]  # in words; empty when skipped or answered by voice
    before: tuple[str, ...]  # what was keyed first, where the caller changed it
    clips: tuple[Clip, ...]


@dataclass(frozen=True)
class Record:
    """A report, opened."""

    received: Received | None
    answered: tuple[Answered, ...]
    skipped: tuple[str, ...]  # headings

    @property
    def clips(self) -> tuple[Clip, ...]:
        """Return every clip in the order of the page."""
        return tuple(clip for answered in self.answered for clip in answered.clips)

    def number(self, clip: Clip) -> int:
        """Return a clip's place on the page, from 1."""
        return self.clips.index(clip) + 1

    @property
    def waiting(self) -> tuple[Clip, ...]:
        """Return the clips whose words nobody confirmed yet."""
        return tuple(clip for clip in self.clips if clip.transcript is None)


@dataclass(frozen=True)
class Opened:
    """All the texts of a report, each in its own shape."""

    received: tuple[Received, ...]
    answers: tuple[Answer, ...]
    drafts: tuple[Transcript, ...]
    transcripts: tuple[Transcript, ...]


def open_texts(stored: Sequence[SealedItem], group: GroupKey) -> Opened:
    """Open every text of a report; raises `Damaged` when one does not belong where it stands."""
    plain: dict[str, list[bytes]] = {"received": [], "answer": [], "draft": [], "transcript": []}
    for item in stored:
        plain[item.kind].append(opened(item, group))
    return Opened(
        tuple(map(Received.unpacked, plain["received"])),
        tuple(map(Answer.unpacked, plain["answer"])),
        tuple(map(Transcript.unpacked, plain["draft"])),
        tuple(map(Transcript.unpacked, plain["transcript"])),
    )


def opened(item: SealedItem, group: GroupKey) -> bytes:
    """Open one item with the desk's key; raises `Damaged`."""
    return open_item(
        item.sealed,
        item_id=item.item_id,
        report_id=item.report_id,
        kind=item.kind,
        wraps_of_item=item.wraps,
        group=group,
    )


def assemble(
    texts: Opened,
    sounds: Iterable[str],
    bare: Sequence[tuple[str, Sound]],
    order: Sequence[str],
    categories: Mapping[str, str],
) -> Record:
    """Put a report together; `bare` are clips without a draft, opened to learn what they answer."""
    clips = _clips(texts, frozenset(sounds), bare)
    keyed = sorted(texts.answers, key=lambda answer: (answer.at, answer.order))
    asked = {answer.question for answer in keyed} | {clip.question for clip in clips}
    in_order = [*(name for name in order if name in asked), *sorted(asked - set(order))]
    answered = [_answered(name, keyed, clips, categories) for name in in_order]
    given = tuple(one for one in answered if one.keyed or one.clips)
    received = min(texts.received, key=lambda one: one.at, default=None)
    return Record(received, given, tuple(one.heading for one in answered if one not in given))


def _answered(question: str, keyed: Sequence[Answer], clips: Sequence[Clip], categories: Mapping[str, str]) -> Answered:
    mine = [answer.values for answer in keyed if answer.question == question]
    last = mine[-1] if mine else ()
    before = next((values for values in reversed(mine) if values and values != last), ())
    return Answered(
        question=question,
        heading=question_words(question),
        never_leaves=question in NEVER_LEAVES,
        keyed=answer_words(question, last, categories),
        before=answer_words(question, before, categories),
        clips=tuple(clip for clip in clips if clip.question == question),
    )


def _clips(texts: Opened, sounds: frozenset[str], bare: Sequence[tuple[str, Sound]]) -> tuple[Clip, ...]:
    confirmed = {transcript.sound: transcript for transcript in texts.transcripts}
    found = {t.sound: Clip(t.sound, t.question, t.place, t.language, False, "", t, t.at) for t in texts.transcripts}
    for draft in texts.drafts:
        if draft.sound not in confirmed:
            found[draft.sound] = Clip(
                draft.sound,
                draft.question,
                draft.place,
                draft.language,
                draft.sound in sounds,
                draft.text,
                None,
                draft.at,
            )
    for item_id, sound in bare:
        found.setdefault(item_id, Clip(item_id, sound.question, sound.place, sound.language, True, "", None, sound.at))
    return tuple(sorted(found.values(), key=lambda clip: (clip.at, clip.place, clip.item_id)))


def without_draft(sounds: Iterable[str], stored: Iterable[SealedItem]) -> tuple[str, ...]:
    """Return the clips that no machine wrote down: only their own seal says what they answer."""
    there = {item.item_id for item in stored}
    return tuple(sorted(sound for sound in sounds if draft_id(sound) not in there))
