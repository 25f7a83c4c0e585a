"""What a call is waiting for, and the rules by which keys, sound and time end the wait. Pure: nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivr.simulator import sounds
from ivr.simulator.verbs import Dial, Gather, Record


@dataclass(frozen=True)
class Playing:
    """Something is being said outside a Gather. Keys pressed now are lost: Twilio keeps none for later."""

    until: float


@dataclass(frozen=True)
class Gathering:
    """Listening for keys; `until` is when patience ends, counted from the prompt's end or the last key."""

    gather: Gather
    until: float
    digits: str = ""


@dataclass(frozen=True)
class Capturing:
    """Recording; `until` is when silence or the limit ends it, `spoken` the PCM so far."""

    record: Record
    started: float
    until: float
    spoken: bytes = b""


@dataclass(frozen=True)
class Conferring:
    """Talking in a conference until it is over, the time limit ends it, or somebody hangs up."""

    dial: Dial
    until: float


Waiting = Playing | Gathering | Capturing | Conferring


@dataclass(frozen=True)
class Gathered:
    """A Gather is over. `key` is the finishing key that was pressed, if any; it is not one of the digits."""

    gather: Gather
    digits: str
    key: str = ""

    @property
    def asks_action(self) -> bool:
        """Say whether the action is requested; else the next verb comes, also when the finishing key came first."""
        return bool(self.digits) or self.gather.action_on_empty


def gather_begins(gather: Gather, prompt_seconds: float, now: float) -> Gathering:
    """Return the wait for a Gather: its patience counts after everything within it has been said."""
    return Gathering(gather, now + prompt_seconds + gather.timeout)


def key_pressed(waiting: Gathering, key: str, now: float) -> Gathering | Gathered:
    """Return the wait after one key, or that it is over."""
    gather = waiting.gather
    if gather.finish_on_key and key == gather.finish_on_key:
        return Gathered(gather, waiting.digits, key)
    digits = waiting.digits + key
    if gather.digits is not None and len(digits) >= gather.digits:
        return Gathered(gather, digits)
    return replace(waiting, digits=digits, until=now + gather.timeout)


def record_begins(record: Record, now: float) -> Capturing:
    """Return the wait for a Record."""
    return _patient(Capturing(record, now, now), now)


def spoke(waiting: Capturing, pcm: bytes, now: float) -> Capturing:
    """Return the wait after somebody spoke from `now` on; what goes beyond the limit is cut off."""
    more = replace(waiting, spoken=_within_limit(waiting.record, waiting.spoken + pcm))
    return _patient(more, now + sounds.seconds_of(pcm))


def _patient(waiting: Capturing, quiet_since: float) -> Capturing:
    limit = waiting.started + waiting.record.max_seconds
    timeout = waiting.record.timeout
    return replace(waiting, until=min(quiet_since + timeout, limit) if timeout else limit)


def captured(waiting: Capturing, *, by_silence: bool, keeps_silence: bool) -> bytes:
    """Return the PCM of a Record that is over; empty when there is nothing but trimmed silence.

    `by_silence`: nobody pressed a key or hung up. `keeps_silence`: a recording of silence alone is not trimmed away.
    """
    quiet = sounds.silence(waiting.record.timeout) if by_silence else b""
    pcm = _within_limit(waiting.record, waiting.spoken + quiet)
    if not waiting.record.trim:
        return pcm
    trimmed = sounds.trimmed(pcm)
    return pcm if keeps_silence and not trimmed else trimmed


def _within_limit(record: Record, pcm: bytes) -> bytes:
    return pcm[: 2 * sounds.RATE * record.max_seconds]
