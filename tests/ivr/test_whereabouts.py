"""What a call's row says in the clear: how far it came, by which path, what it left, and nothing that was said."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ivr.steps import Pressed, Recorded, Silence
from ivr.whereabouts import PATH_OF, PATH_OF_END, PATH_OF_STEP, STAGE_OF, STAGE_OF_STEP, Part, Whereabouts
from storage.models import calls
from storage.traces import PATHS, STAGES, Trace
from tests.house import House
from tests.ivr.by_hand import HandMadeCall
from tests.ivr.callers import SmallWorld, WalkedCall, the_flow

SAID = "said"  # stands for an answer by voice
NOTHING = ""  # stands for silence
TO_MENU = (NOTHING,) * 3
BY_VOICE = (*TO_MENU, "2", "1")


def followed(*heard: str, world: SmallWorld | None = None) -> Trace:
    """Let a call hear these and return what its row says in the end."""
    call = WalkedCall(world=world or SmallWorld())
    where = Whereabouts(call.flow)
    trace = where.trace(call.turn.memory)
    for one in heard:
        call.hears(Recorded("#") if one == SAID else Pressed(one) if one else Silence())
        trace = where.trace(call.turn.memory, trace)
    return trace


def test_every_part_of_the_flow_has_a_stage_and_every_word_is_one_of_ours() -> None:
    assert set(the_flow().parts) == {str(part) for part in Part} == {str(part) for part in STAGE_OF}
    assert set(STAGE_OF_STEP) | set(PATH_OF_STEP) <= set(the_flow().steps)
    assert {*STAGE_OF.values(), *STAGE_OF_STEP.values(), "queue"} == set(STAGES)  # that one the talk says, at the end
    assert {*PATH_OF.values(), *PATH_OF_STEP.values(), *PATH_OF_END.values()} < set(PATHS)


@pytest.mark.parametrize(
    ("heard", "language", "stage", "path", "outcome"),
    [
        ((), "en", "greeting", "none", "none"),
        (TO_MENU, "en", "menu", "none", "none"),
        ((*TO_MENU, "4", "1"), "en", "menu", "information", "none"),
        ((*TO_MENU, "1"), "en", "person", "person", "none"),
        ((*TO_MENU, "1", "3"), "en", "end", "person", "none"),
        ((*TO_MENU, "2"), "en", "consent", "none", "none"),
        (BY_VOICE, "en", "questions", "voice", "too_little"),
        ((*BY_VOICE, "1"), "en", "questions", "voice", "partial"),
        ((*BY_VOICE, "1", "0"), "en", "person", "voice", "partial"),
        ((*TO_MENU, "2", "2"), "en", "questions", "keys", "too_little"),
        ((*TO_MENU, "3"), "en", "return", "returned", "none"),
        ((*BY_VOICE, "1", "9", "9"), "en", "questions", "quick_exit", "partial"),
    ],
)
def test_a_call_says_where_it_stands(
    heard: tuple[str, ...], language: str, stage: str, path: str, outcome: str
) -> None:
    assert followed(*heard) == Trace(language, stage, path, outcome)


def test_silence_from_ring_to_end_and_one_call_too_many_are_paths_of_their_own() -> None:
    assert followed(*[NOTHING] * 20) == Trace("en", "end", "silent", "none")
    assert followed(world=SmallWorld(crowded=True)) == Trace("en", "end", "crowded", "none")


def test_who_rings_back_and_adds_something_added() -> None:
    world = SmallWorld(found={"look_up_1": "known:" + "a" * 32})
    known = (*TO_MENU, "3", "1234567890123456", NOTHING)
    assert followed(*known, world=world) == Trace("en", "return", "returned", "none")
    assert followed(*known, "1", "1", SAID, world=world) == Trace("en", "questions", "added", "added")


def test_the_row_says_it_by_the_statement_that_moves_the_call_on(house: House) -> None:
    call = HandMadeCall(house).until("allegation")
    named = [calls.c[name] for name in Trace.__dataclass_fields__]
    with house.database.read() as connection:
        row = connection.execute(select(*named).where(calls.c.turn == call.turn)).one()
    assert Trace(*row) == Trace("en", "questions", "voice", "too_little")
