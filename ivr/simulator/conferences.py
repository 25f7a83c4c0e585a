"""Conferences: who is in which room, who hears whom, when a room is over, and what is told of it.

The rules are those Twilio documents for `<Conference>` and Participants: the first participant's settings say where
events go, a coach is heard by one participant only, whoever is held hears and says nothing to the others, and the room
ends when somebody leaves whose leg says so, or everybody has left.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.simulator.frames import QUIET, mixed
from ivr.simulator.lines import new_sid
from ivr.simulator.recordings import rfc2822
from ivr.simulator.signing import Pairs
from ivr.simulator.verbs import Conference

MAX_FRAMES_WAITING = 25  # beyond half a second the oldest go: nobody is heard later and later
FRAMES_BEFORE_HEARD = 2  # legs run on clocks of their own: 40 ms even that out


class NotInRoom(Exception):
    """No such participant is in that conference, or no longer."""


@dataclass(frozen=True)
class Event:
    """Something that the first participant's address is to be told."""

    address: str
    method: str
    params: Pairs


@dataclass(frozen=True)
class Change:
    """What the API changes of a participant; None leaves it as it is. `coaches` empty: speak to all."""

    muted: bool | None = None
    held: bool | None = None
    hold_sound: str = ""
    coaches: str | None = None
    ends: bool | None = None


@dataclass
class Participant:
    """One leg in a room."""

    call_sid: str
    asked: Conference
    muted: bool
    coaches: str = ""  # the call that alone hears this leg
    held: bool = False
    hold_sound: str = ""  # the address of what a held leg hears; the service's hold music where it is empty
    ends: bool = False  # the room is over for all when this leg leaves
    _inbox: dict[str, deque[bytes]] = field(default_factory=dict)
    _filling: set[str] = field(default_factory=set)

    def receive(self, speaker: str, frame: bytes) -> None:
        """Take 20 ms of one speaker."""
        if speaker not in self._inbox:
            self._inbox[speaker] = deque(maxlen=MAX_FRAMES_WAITING)
            self._filling.add(speaker)
        self._inbox[speaker].append(frame)

    def take(self) -> bytes:
        """Return the next 20 ms of everybody who can be heard."""
        frames = []
        for speaker, waiting in self._inbox.items():
            if speaker in self._filling and len(waiting) < FRAMES_BEFORE_HEARD:
                continue
            self._filling.discard(speaker)
            if waiting:
                frames.append(waiting.popleft())
            else:
                self._filling.add(speaker)
        return mixed(frames) if frames else QUIET

    def forget(self, speaker: str) -> None:
        """Hear nothing more of somebody who left or fell silent."""
        self._inbox.pop(speaker, None)
        self._filling.discard(speaker)


@dataclass
class Room:
    """One conference."""

    name: str
    first: Conference
    base: str  # the first participant's document: addresses are relative to it
    sid: str = field(default_factory=lambda: new_sid("CF"))
    participants: dict[str, Participant] = field(default_factory=dict)
    is_started: bool = False
    ended_because: str = ""
    ended_by: str = ""
    told: int = 0

    @property
    def status(self) -> str:
        """Return the status as the API names it."""
        return "completed" if self.ended_because else "in-progress" if self.is_started else "init"


class Conferences:
    """Every room of an exchange. Nothing here asks a call anything: a call looks whether its room is over."""

    def __init__(self, account_sid: str, now: Callable[[], float], resolved: Callable[[str, str], str]) -> None:
        self._account_sid, self._now, self._resolved = account_sid, now, resolved
        self._lock = threading.RLock()
        self._by_name: dict[str, Room] = {}
        self._room_of: dict[str, Room] = {}
        self.rooms: list[Room] = []

    # ---- coming and going -----------------------------------------------------------------------------------------

    def enter(self, call_sid: str, asked: Conference, base: str) -> list[Event]:
        """Let a leg into a room, which is made for the first; return what is to be told."""
        with self._lock:
            room = self._by_name.get(asked.name)
            if room is None:
                room = self._by_name[asked.name] = Room(asked.name, asked, base)
                self.rooms.append(room)
            room.participants[call_sid] = Participant(call_sid, asked, asked.muted, asked.coach, ends=asked.ends)
            self._room_of[call_sid] = room
            events = self._told(room, "join", "participant-join", call_sid)
            if asked.starts and not room.is_started:
                room.is_started = True
                events = [*self._told(room, "start", "conference-start", call_sid), *events]
            return events

    def leave(self, call_sid: str, why: str = "participant_hung_up") -> list[Event]:
        """Let a leg out; the room ends with the last, or with one whose leg says so. Leaving twice is harmless."""
        with self._lock:
            room = self._room_of.pop(call_sid, None)
            gone = room.participants.get(call_sid) if room is not None else None
            if room is None or gone is None or room.ended_because:
                return []
            events = self._told(room, "leave", "participant-leave", call_sid, (("ReasonParticipantLeft", why),))
            del room.participants[call_sid]
            for one in room.participants.values():
                one.forget(call_sid)
            if gone.ends:
                return [*events, *self._end(room, "participant-with-end-conference-on-exit-left", call_sid)]
            return events if room.participants else [*events, *self._end(room, "last-participant-left", call_sid)]

    def end(self, sid: str) -> list[Event]:
        """End a room by request; raises `NotInRoom` when it is not there."""
        with self._lock:
            return self._end(self.room(sid), "conference-ended-via-api", "")

    def is_over_for(self, call_sid: str) -> bool:
        """Say whether a leg that entered is in no living room any more."""
        with self._lock:
            room = self._room_of.get(call_sid)
            return room is None or bool(room.ended_because)

    # ---- what can be seen and changed -----------------------------------------------------------------------------

    def room(self, name_or_sid: str) -> Room:
        """Return a living room by name or SID; raises `NotInRoom`."""
        with self._lock:
            found = next((one for one in self._by_name.values() if name_or_sid in (one.name, one.sid)), None)
            if found is None:
                raise NotInRoom(name_or_sid)
            return found

    def change(self, sid: str, call_sid: str, change: Change) -> tuple[Participant, list[Event]]:
        """Mute, hold, let somebody coach or leave the room without ending it; raises `NotInRoom`."""
        with self._lock:
            room = self.room(sid)
            one = room.participants.get(call_sid)
            if one is None or (change.coaches and change.coaches not in room.participants):
                raise NotInRoom(call_sid)
            events: list[Event] = []
            if change.muted is not None and change.muted != one.muted:
                one.muted = change.muted
                said = "participant-mute" if one.muted else "participant-unmute"
                events += self._told(room, "mute", said, call_sid)
            if change.held is not None and change.held != one.held:
                one.held, one.hold_sound = change.held, change.hold_sound if change.held else ""
                said = "participant-hold" if one.held else "participant-unhold"
                events += self._told(room, "hold", said, call_sid)
            ends = one.ends if change.ends is None else change.ends
            coaches = one.coaches if change.coaches is None else change.coaches
            if (ends, coaches) != (one.ends, one.coaches):
                one.ends, one.coaches = ends, coaches
                events += self._told(room, "modify", "participant-modify", call_sid)
            return one, events

    # ---- sound ----------------------------------------------------------------------------------------------------

    def say(self, call_sid: str, frame: bytes) -> None:
        """Let those who can hear a leg hear 20 ms of it."""
        with self._lock:
            room = self._room_of.get(call_sid)
            speaker = room.participants.get(call_sid) if room is not None else None
            if room is None or speaker is None or not room.is_started:
                return
            for other in room.participants.values():
                if other is not speaker:
                    if _hears(other, speaker):
                        other.receive(call_sid, frame)
                    else:
                        other.forget(call_sid)

    def take(self, call_sid: str) -> bytes:
        """Return the next 20 ms that a leg hears of the others."""
        with self._lock:
            room = self._room_of.get(call_sid)
            listener = room.participants.get(call_sid) if room is not None else None
            return listener.take() if listener is not None else QUIET

    # ---- how it is done -------------------------------------------------------------------------------------------

    def _end(self, room: Room, why: str, by: str) -> list[Event]:
        room.ended_because, room.ended_by = why, by
        self._by_name.pop(room.name, None)
        more = (("ReasonConferenceEnded", why), *((("CallSidEndingConference", by),) if by else ()))
        return self._told(room, "end", "conference-end", "", more)

    def _told(self, room: Room, kind: str, event: str, call_sid: str, more: Pairs = ()) -> list[Event]:
        room.told += 1
        if not room.first.callback or kind not in room.first.callback_events:
            return []
        params = (
            ("AccountSid", self._account_sid),
            ("ConferenceSid", room.sid),
            ("FriendlyName", room.name),
            ("SequenceNumber", str(room.told)),
            ("Timestamp", rfc2822(self._now())),
            ("StatusCallbackEvent", event),
            *(_of(room.participants[call_sid]) if call_sid in room.participants else ()),
            *more,
        )
        address = self._resolved(room.base, room.first.callback)
        return [Event(address, room.first.callback_method, params)]


def _hears(listener: Participant, speaker: Participant) -> bool:
    if speaker.muted or speaker.held or listener.held:
        return False
    return not speaker.coaches or speaker.coaches == listener.call_sid


def _of(one: Participant) -> Pairs:
    switches = {
        "Muted": one.muted,
        "Hold": one.held,
        "Coaching": bool(one.coaches),
        "EndConferenceOnExit": one.ends,
        "StartConferenceOnEnter": one.asked.starts,
    }
    label = (("ParticipantLabel", one.asked.label),) if one.asked.label else ()
    return (("CallSid", one.call_sid), *label, *((name, str(on).lower()) for name, on in switches.items()))
