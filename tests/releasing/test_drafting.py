"""From a report to a raw text, and from a draft to the exact release or the list of what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.releasing.content import unpacked
from handlers.releasing.drafting import (
    Lack,
    Said,
    Unready,
    clean_text,
    leaving,
    missing,
    raw_text,
    release_of,
    taken_in,
)
from storage.contents import Changed, Clean, Kept, Subject
from tests.releasing.desks import NORTH, SOUTH, line_with, squad

RAW = "What happened\nMy husband sells what the computer knows.\n\nWhere it happened\nat 14 Mill Lane"
SERGEANT = Subject("officer", name="Tom Wren", rank="Sergeant", force=NORTH, by="b" * 32)
NORTHERN, SOUTHERN = squad("north-ps", NORTH), squad("south-ps", SOUTH)
LINE = line_with(NORTHERN.team, SOUTHERN.team)
READY = Clean(
    RAW,
    edits=(Changed(14, 24, "The person", "relation"), Changed(RAW.index("14 Mill"), len(RAW), "a home", "place")),
    categories=("systems", "disclosure"),
    source="2",
    information="D",
    handling="P",
    subjects=("s1",),
    team="north-ps",
)


def test_a_raw_text_holds_each_answer_under_its_question_with_additions_last() -> None:
    said = [
        Said("add_story", "Added later", ("and he did it again",)),
        Said("story", "What happened", ("he sells", "it goes on")),
        Said("ongoing", "Is it still going on?", ("Yes",)),
    ]
    text = "What happened\nhe sells\nit goes on\n\nIs it still going on?\nYes\n\nAdded later\nand he did it again"
    assert raw_text(said) == text
    assert raw_text(reversed(said[1:])).index("Yes") < raw_text(reversed(said[1:])).index("he sells")


@pytest.mark.parametrize("question", ["crowd", "leave_out", "how_known", "questions_back", "they_know"])
def test_what_helps_to_sanitise_is_never_in_the_text(question: str) -> None:
    assert raw_text([Said(question, "Heading", ("two of us know",)), Said("story", "Story", ("he sells",))]) == (
        "Story\nhe sells"
    )


def test_no_letter_that_nobody_sees_is_in_a_raw_text() -> None:
    words = "0\u200b7\u00ad700 \u202e900\u202c\r\nnext\tline\x00 e\u0301"
    assert raw_text([Said("story", "Story", (words,))]) == "Story\n07700 900\nnext line \u00e9"


def test_a_ready_draft_makes_the_same_exact_bytes_each_time() -> None:
    confirmed = {"s1": SERGEANT, "s2": replace(SERGEANT, name="Ann Lark")}
    assert missing(READY, confirmed, LINE) == ()
    about = leaving(READY, confirmed)
    made = [
        release_of(READY, release_id="5f" * 16, subjects=about, line=LINE, team=NORTHERN.team, month="2026-11").packed()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    release = unpacked(made[0])
    assert release.text == clean_text(READY)
    assert "husband" not in release.text
    assert "Mill Lane" not in release.text
    assert [one.name for one in release.subjects] == ["Tom Wren"]
    assert release.categories == ("disclosure", "systems")
    assert release.grade.code == "2DP"
    assert release.to.team == "north-ps"


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"edits": (Changed(0, len(RAW), "", "rare"),)}, Lack.TEXT),
        ({"edits": (Changed(0, 5, "", "rare"), Changed(3, 8, "", "rare"))}, Lack.EDITS),
        ({"edits": (Changed(0, 5, "", "a whim"),)}, Lack.EDITS),
        ({"raw": RAW + "x" * 40_000}, Lack.LONG),
        ({"raw": RAW.replace("sells", "sel\u200bls")}, Lack.LETTERS),
        ({"categories": ()}, Lack.CATEGORY),
        ({"flags": ("discrimination",)}, Lack.GROUNDS),
        ({"grounds": ("race",)}, Lack.NO_FLAG),
        ({"source": ""}, Lack.SOURCE),
        ({"information": ""}, Lack.INFORMATION),
        ({"handling": ""}, Lack.HANDLING),
        ({"handling": "C"}, Lack.CONDITIONS),
        ({"conditions": "Ask us first."}, Lack.NO_CONDITIONS),
        ({"subjects": ("s1", "gone")}, Lack.SUBJECT_GONE),
        ({"team": ""}, Lack.TEAM),
        ({"team": "nobody"}, Lack.TEAM_REFUSED),
        ({"when": "x" * 301}, Lack.FORM),
    ],
)
def test_what_is_missing_is_told(changed: dict[str, object], lack: Lack) -> None:
    assert missing(replace(READY, **changed), {"s1": SERGEANT}, LINE) == (lack,)  # type: ignore[arg-type]


def test_a_subject_that_stays_here_closes_a_team_as_well() -> None:
    theirs = replace(SERGEANT, unit="north ps", name="")
    assert missing(READY, {"s1": SERGEANT, "s2": theirs}, LINE) == (Lack.TEAM_REFUSED,)


def test_nothing_that_lacks_something_becomes_a_release() -> None:
    bare = Clean(RAW, team="north-ps")
    with pytest.raises(Unready) as told:
        release_of(bare, release_id="5f" * 16, subjects=(), line=LINE, team=NORTHERN.team, month="2026-11")
    assert told.value.missing == (Lack.CATEGORY, Lack.SOURCE, Lack.INFORMATION, Lack.HANDLING)
    assert "husband" not in str(told.value)


def test_what_was_added_is_taken_in_and_every_edit_stays_on_its_words() -> None:
    newer = f"Who is at risk\nA child\n\n{RAW}\n\nAdded later\nhe did it again"
    found = taken_in(replace(READY, kept=(Kept(14, 16, "evidence"),)), newer)
    assert found.lost == ()
    assert found.lost_kept == ()
    assert found.clean.raw == newer
    for before, after in zip(READY.edits, found.clean.edits, strict=True):
        assert newer[after.start : after.end] == RAW[before.start : before.end]
    assert newer[found.clean.kept[0].start : found.clean.kept[0].end] == "My"
    assert clean_text(found.clean).endswith("he did it again")


def test_an_edit_whose_words_were_confirmed_otherwise_is_told_and_not_guessed() -> None:
    found = taken_in(READY, RAW.replace("My husband sells", "My husband Karl sells"))
    assert found.lost == (READY.edits[0],)
    assert [one.put for one in found.clean.edits] == ["a home"]


LINES = st.lists(st.sampled_from(["he sells", "she knows", "", "at noon", "x"]), min_size=1, max_size=8)


def test_an_edit_that_takes_an_end_of_line_away_is_lost_where_there_is_none() -> None:
    draft = Clean("at noon\nhe sells", edits=(Changed(0, 8, "y", "rare"),))
    found = taken_in(draft, "at noon")
    assert (found.clean.edits, found.lost) == ((), draft.edits)


@given(LINES, LINES, st.data())
def test_an_edit_is_moved_to_the_same_words_or_lost(old: list[str], new: list[str], data: st.DataObject) -> None:
    before, after = "\n".join(old), "\n".join(new)
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    found = taken_in(Clean(before, edits=(Changed(start, end, "y", "rare"),)), after)
    assert len(found.clean.edits) + len(found.lost) == 1
    for edit in found.clean.edits:
        assert after[edit.start : edit.end] == before[start:end]
