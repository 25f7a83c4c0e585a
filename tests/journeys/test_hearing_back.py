"""A caller hears what was recorded, says it again or deletes it, before it counts; with encrypted recordings too."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.moments import Played
from storage.contents import Sound
from tests.house import BASE, House, make_house, say, speech
from tests.ivr.by_hand import HandMadeCall
from tests.journeys.walking import Watched


def at_who(house: House) -> SimulatedCall:
    call = house.ring()
    while call.step != "main_menu" or call.waiting_for != "key":
        call.silence()
    call.press("2")
    call.press("1")
    for _ in range(30):
        if call.step == "who":
            return call
        call.press("#")
    raise AssertionError("who is never asked")


def hear_it(house: House, call: SimulatedCall) -> bytes:
    """Ask for the clip and return what was played to its caller."""
    house.exchange.meanwhile(house.work)  # which takes less than the sentence that the caller hears
    call.press("1")
    assert call.step == "clip_playing"
    return next(item.sound for item in reversed(call.heard) if isinstance(item, Played))


def is_of(wav: bytes, spoken: bytes) -> bool:
    """Say whether a recording holds what was spoken, but for the silence that the carrier trims."""
    recorded, whole = sounds.read_wav(wav), sounds.read_wav(spoken)
    return recorded in whole and len(recorded) > len(whole) // 2


def clips_at_desk(house: House) -> list[bytes]:
    for _ in range(3):
        house.work()
        house.later(minutes=16)
    return [Sound.unpacked(packed).wav for packed in Watched(house, "").opened("sound")]


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_clip_is_heard_said_again_heard_and_kept(tmp_path: Path, database_url: str, encrypted: bool) -> None:
    with make_house(tmp_path, database_url, encrypted=encrypted) as house:
        call = at_who(house)
        first, second = speech(1.5, seed=1), speech(2.0, seed=2)
        say(call, first)
        call.press("1")
        (taken_back,) = house.exchange.recordings
        assert is_of(hear_it(house, call), first)
        call.press("2")
        house.work()
        assert house.exchange.recordings[taken_back].state == "deleted"
        say(call, second)
        call.press("1")
        assert is_of(hear_it(house, call), second)
        call.press("4")
        assert call.step == "force"
        call.hang_up()
        (kept,) = clips_at_desk(house)
        assert is_of(kept, second)


def test_a_deleted_clip_is_gone_at_the_carrier_and_never_comes_to_the_desk(tmp_path: Path, database_url: str) -> None:
    with make_house(tmp_path, database_url) as house:
        call = at_who(house)
        say(call, speech(1.5))
        call.press("1")
        call.press("3")
        house.work()
        (recording,) = house.exchange.recordings.values()
        assert recording.state == "deleted"
        call.hang_up()
        assert clips_at_desk(house) == []


def test_who_hangs_up_while_deciding_has_said_it(tmp_path: Path, database_url: str) -> None:
    with make_house(tmp_path, database_url) as house:
        call = at_who(house)
        spoken = speech(1.5)
        say(call, spoken)
        call.press("1")
        call.hang_up()
        (kept,) = clips_at_desk(house)
        assert is_of(kept, spoken)


def test_without_a_worker_the_answer_is_kept_and_the_call_goes_on(tmp_path: Path, database_url: str) -> None:
    with make_house(tmp_path, database_url) as house:
        call = at_who(house)
        spoken = speech(1.5)
        say(call, spoken)
        call.press("1")
        call.press("1")
        assert call.step == "force"
        assert "cannot be played" in call.document
        call.hang_up()
        (kept,) = clips_at_desk(house)
        assert is_of(kept, spoken)


def test_a_copy_of_an_old_request_never_gets_the_address_of_a_clip(tmp_path: Path, database_url: str) -> None:
    with make_house(tmp_path, database_url) as house:
        call = at_who(house)
        say(call, speech(1.5))
        call.press("1")
        hear_it(house, call)
        assert "/audio/" in call.document
        stranger = HandMadeCall(house, sid=call.sid)
        for sent in list(house.exchange.requests):
            path = sent.url.removeprefix(BASE)
            if path.startswith("/call"):
                assert "/audio/" not in stranger.ask(path, Digits=sent.param("Digits") or "")
        call.press("4")
        assert call.step == "force"
