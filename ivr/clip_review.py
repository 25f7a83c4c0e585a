"""What a caller may do with a clip before it counts: go on, hear it, say it again, delete it."""

from __future__ import annotations

from dataclasses import replace

from ivr.asks import AcceptClip, Effect, FetchClip, KeepAnswer, RefuseClip, World
from ivr.memory import Memory
from ivr.steps import AFTER, DONE_KEY, SAME, Decide, Do, Menu, Step, Wait

REVIEW = "clip_spoken"
TIMES_TOLD = 2  # then callers know, and each further clip costs them two seconds only
MAX_HEARINGS = 30  # each costs the worker a recording fetched from the carrier
MAX_RECORDINGS = 60  # asked for in one call: a bound on what one caller can make us keep in mind

CLIP_SOUND = "clip:"  # how the name begins by which the walk asks whether a clip can be heard

Result = tuple[Memory, tuple[Effect, ...]]


def clip_review() -> tuple[Step, ...]:
    """Return the steps between a clip and what follows it."""
    begin = {"1": "clip_review"}  # any other key, as well as silence, goes on
    choices = {"1": "clip_hear", "2": "clip_again", "3": "clip_delete", "4": "clip_accept", DONE_KEY: "clip_accept"}
    return (
        Decide(REVIEW, _is_told, {"no": "clip_first", "yes": "clip_next"}),
        Do("clip_first", _tell, "clip_kept"),
        Menu("clip_kept", "clip_kept", begin, "clip_accept", seconds=2, tries=1),
        Menu("clip_next", "kept", begin, "clip_accept", seconds=2, tries=1, names_keys=False),
        Menu("clip_review", "clip_review", choices, "clip_accept", tries=2),
        Decide("clip_hear", _may_hear, {"yes": "clip_order", "no": "clip_not_ready"}),
        Do("clip_order", _order, "clip_wait"),
        Wait("clip_wait", "clip_wait", _fetched, ready="clip_playing", late="clip_not_ready", seconds=1),
        Menu("clip_playing", "clip_review", choices, "clip_review", tries=1, plays="clip", again="clip_hear"),
        Do("clip_not_ready", _say_that_it_is_kept, "clip_accept"),
        Decide("clip_again", _may_say_again, {"yes": "clip_taken_back", "no": "clip_accept"}),
        Do("clip_taken_back", _say_again, SAME),
        Do("clip_delete", _delete, AFTER),
        Do("clip_accept", _accept, AFTER),
    )


def _is_told(memory: Memory, world: World) -> str:
    return "yes" if memory.clips_told >= TIMES_TOLD else "no"


def _tell(memory: Memory, world: World) -> Result:
    return replace(memory, clips_told=memory.clips_told + 1), ()


def _may_hear(memory: Memory, world: World) -> str:
    return "yes" if memory.hearings < MAX_HEARINGS else "no"


def _order(memory: Memory, world: World) -> Result:
    return replace(memory, hearings=memory.hearings + 1, audio_token=world.new_id()), ()


def _fetched(memory: Memory) -> FetchClip:
    return FetchClip(f"{CLIP_SOUND}{memory.audio_token}", memory.intent_id, memory.audio_token)


def _say_that_it_is_kept(memory: Memory, world: World) -> Result:
    return replace(memory, preface=("clip_not_ready",)), ()


def _may_say_again(memory: Memory, world: World) -> str:
    return "yes" if memory.place < MAX_RECORDINGS else "no"


def _accept(memory: Memory, world: World) -> Result:
    return memory, (AcceptClip(memory.intent_id),)


def _say_again(memory: Memory, world: World) -> Result:
    return _taken_back(memory, "clip_again"), (RefuseClip(memory.intent_id),)


def _delete(memory: Memory, world: World) -> Result:
    left = _taken_back(memory, "clip_deleted")
    refused = RefuseClip(memory.intent_id)
    if left.clips or left.adding:
        return left, (refused,)
    return left, (refused, KeepAnswer(left.report_id, left.clips_of, (), left.order, left.language))


def _taken_back(memory: Memory, prompt: str) -> Memory:
    clips = max(memory.clips - 1, 0)
    left = memory if clips else memory.with_answer(memory.clips_of, ())
    return replace(left, clips=clips, preface=(prompt,))
