"""A release has one form, every byte of it counts, and it has no place for anything about a caller."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from handlers.releasing.classification import Flag, Ground, Handling
from handlers.releasing.content import About, Grade, NotARelease, Release, digest, in_order, unpacked, written
from storage.contents import Subject
from tests.releasing.desks import release_to, squad

TEAM = squad("standards").team
PACKED = release_to(TEAM).packed()


def again(raw: dict[str, Any]) -> bytes:
    return json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_release_is_read_as_it_was_written() -> None:
    release = release_to(TEAM)
    assert unpacked(PACKED) == release
    assert unpacked(PACKED).packed() == PACKED


def test_what_is_approved_is_the_sha256_of_exactly_these_bytes() -> None:
    assert digest(PACKED) == hashlib.sha256(PACKED).hexdigest()


@given(some.integers(0, len(PACKED) - 1), some.integers(1, 255))
def test_a_changed_byte_is_another_release_or_none(place: int, by: int) -> None:
    changed = PACKED[:place] + bytes([PACKED[place] ^ by]) + PACKED[place + 1 :]
    assert digest(changed) != digest(PACKED)
    with suppress(NotARelease):  # where it is a letter of a text, it is a release that nobody approved
        assert unpacked(changed).packed() == changed


@pytest.mark.parametrize(
    "other",
    [
        PACKED + b"\n",
        b" " + PACKED,
        PACKED.replace(b'":', b'": ', 1),
        PACKED.replace(b"Sergeant", b"\\u0053ergeant"),
        json.dumps(dict(reversed(json.loads(PACKED).items())), separators=(",", ":")).encode(),
        PACKED[:-1] + b',"version":1}',
        b"",
        b"[]",
        b"\xff",
    ],
)
def test_the_same_in_another_form_is_no_release(other: bytes) -> None:
    with pytest.raises(NotARelease):
        unpacked(other)


def test_an_unknown_field_or_version_is_no_release() -> None:
    raw = json.loads(PACKED)
    for changed in ({**raw, "caller": "x"}, {**raw, "version": 2}, {**raw, "format": "x"}):
        with pytest.raises(NotARelease):
            unpacked(again(changed))


def test_a_missing_field_is_no_release() -> None:
    raw = json.loads(PACKED)
    for name in raw:
        with pytest.raises(NotARelease):
            unpacked(again({other: value for other, value in raw.items() if other != name}))


def test_there_is_no_field_for_what_never_leaves() -> None:
    names = {*Release.model_fields, *About.model_fields, *Grade.model_fields}
    assert not names & {
        "crowd",
        "leave_out",
        "how_known",
        "at_risk",
        "language",
        "at",
        "day",
        "reference",
        "by",
        "case",
    }
    assert names == {*json.loads(PACKED), *About.model_fields, *Grade.model_fields}


def test_who_wrote_a_subject_down_does_not_leave() -> None:
    subject = Subject("officer", name="Tom Wren", by="ben-the-supervisor")
    assert "ben-the-supervisor" not in str(release_to(TEAM, subjects=(About.of(subject),)).packed())
    assert set(About.model_fields) == set(Subject.__dataclass_fields__) - {"by"}


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\u00ad", "\x07", "\t", "\u2066", "\ufeff", "\u2028"])
def test_a_letter_that_nobody_sees_is_refused(unseen: str) -> None:
    with pytest.raises(ValidationError, match="cannot be seen"):
        release_to(TEAM, text=f"Wren{unseen} sells")


def test_a_refusal_shows_nothing_of_the_text() -> None:
    with pytest.raises(ValidationError) as refused:
        release_to(TEAM, text="Wren\u202e sells")
    assert "Wren" not in str(refused.value)


@given(some.text(max_size=60))
def test_what_was_typed_is_brought_into_one_form_once(text: str) -> None:
    assert written(written(text)) == written(text)
    assert "\r" not in written(text)


def test_choices_stand_once_and_in_order() -> None:
    assert in_order([Flag.PAST, Flag.CHILD, Flag.PAST]) == (Flag.CHILD, Flag.PAST)
    for wrong in ((Flag.PAST, Flag.CHILD), (Flag.CHILD, Flag.CHILD)):
        with pytest.raises(ValidationError, match="order"):
            release_to(TEAM, flags=wrong)


def test_discrimination_and_its_grounds_need_each_other() -> None:
    for wrong in ({"flags": (Flag.DISCRIMINATION,)}, {"grounds": (Ground.RACE,)}):
        with pytest.raises(ValidationError, match="need each other"):
            release_to(TEAM, **wrong)


def test_handling_c_needs_conditions_and_p_has_none() -> None:
    grade = {"source": "2", "information": "D"}
    assert Grade(**grade, handling=Handling.CONDITIONS, conditions="Ask us first.").code == "2DC"
    for wrong in ({"handling": "C"}, {"handling": "P", "conditions": "Ask us first."}):
        with pytest.raises(ValidationError, match="conditions"):
            Grade(**grade, **wrong)


def test_an_approval_for_one_team_or_key_is_none_for_another() -> None:
    other = squad("other").team
    changed = TEAM.model_copy(update={"group_key": other.group_key})
    assert len({digest(release_to(team).packed()) for team in (TEAM, other, changed)}) == 3


@pytest.mark.parametrize("changed", [{"text": ""}, {"categories": ()}, {"month": "2026-11-26"}, {"when": "a\nb"}])
def test_what_says_too_little_or_too_much_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        release_to(TEAM, **changed)
