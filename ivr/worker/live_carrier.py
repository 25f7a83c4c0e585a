"""What the worker asks of the carrier while people talk, and Twilio's conferences as what answers.

Its own client: shorter time-outs and fewer tries than where nobody waits. A caller who is to be moved hears music until
then, so a request that hangs is given up and its order comes again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.conference.participant import ParticipantContext, ParticipantInstance

from ivr.worker.carrier import OVER, TRY_LATER_STATUSES, CarrierFailed, HttpClient, checked
from ivr.worker.trouble import of_connection, of_status

CONNECT_AND_READ_SECONDS = (2.0, 5.0)
TRIES = 2
RING_SECONDS = 40
MOST_SECONDS = 4 * 3600  # of an interpreter's leg, should nobody end it
NOT_IN_PROGRESS = 21220  # https://www.twilio.com/docs/api/errors/21220
CONNECTED = "connected"  # of a participant; those the carrier still rings are not in the room


class LegIsOver(Exception):
    """The call that was to be changed has ended; trying again does not help."""


class CarrierRefused(CarrierFailed):
    """The carrier will not do that; trying again the same way does not help."""


@dataclass(frozen=True)
class InRoom:
    """One leg as the carrier has it in a conference."""

    call_sid: str
    is_connected: bool
    muted: bool
    held: bool
    coached: str  # the call that alone hears it, or ``
    label: str


@dataclass(frozen=True)
class Room:
    """A conference that lives."""

    sid: str
    legs: tuple[InRoom, ...]

    def leg(self, call_sid: str) -> InRoom | None:
        """Return a call's leg where it is in the room."""
        return next((leg for leg in self.legs if leg.call_sid == call_sid and leg.is_connected), None)


@dataclass(frozen=True)
class Application:
    """The TwiML App that softphones ring, as the carrier has it."""

    voice_url: str
    voice_method: str
    status_callback: str
    is_open_to_others: bool  # other accounts may ring it
    looks_up_names: bool


class LiveCarrier(Protocol):
    """What the worker asks of the carrier while people talk. All but `ring_up` may be asked twice."""

    def room(self, name: str) -> Room | None:
        """Return the living conference of a name with its legs, or None."""
        ...

    def move(self, call_sid: str, address: str) -> None:
        """Let a call go on with the document at an address; raises `LegIsOver`."""
        ...

    def end(self, call_sid: str) -> None:
        """End a call; raises `LegIsOver` for one that has ended."""
        ...

    def stay(self, room_sid: str, call_sid: str) -> None:
        """Let a room live on when a leg leaves it; nothing when that leg is not there."""
        ...

    def hold(self, room_sid: str, call_sid: str, sound: str) -> None:
        """Let a leg hear a sound and nobody else, or with an empty address the others again."""
        ...

    def place(self, room_sid: str, call_sid: str, *, muted: bool, coached: str) -> None:
        """Let a leg be heard by nobody, by one other leg, or by all; nothing when a leg is not there."""
        ...

    def ring_up(self, room_sid: str, label: str, *, to: str, from_number: str) -> str:
        """Ring a telephone and let whoever answers into a room; return the call's SID. Raises `CarrierRefused`."""
        ...

    def number_rung(self, call_sid: str) -> str:
        """Return the number that a caller rang, as the carrier writes it, or `` for a call that is gone."""
        ...

    def is_over(self, call_sid: str) -> bool:
        """Say whether a call has ended or is gone."""
        ...

    def application(self, sid: str) -> Application | None:
        """Describe a TwiML App, or None when there is none."""
        ...


class TwilioLive:
    """Twilio's conferences (REST API, version 2010-04-01), by the official client. Safe for several threads."""

    def __init__(self, *, account_sid: str, api_key: str, api_secret: str, base: str) -> None:
        def client(tries: int) -> Client:
            http = HttpClient(base, seconds=CONNECT_AND_READ_SECONDS, tries=tries)
            return Client(api_key, api_secret, account_sid=account_sid, http_client=http)

        self._client = client(TRIES)
        self._once = client(1)  # for what rings a telephone: a second try might ring it twice

    def room(self, name: str) -> Room | None:
        found = _asked(lambda: self._client.conferences.list(friendly_name=name, limit=20))
        sid = next((str(one.sid) for one in found or () if str(one.status) in ("init", "in-progress")), None)
        if sid is None:
            return None
        legs = _asked(lambda: self._client.conferences(checked(sid, "CF")).participants.list(limit=250))
        return None if legs is None else Room(sid, tuple(_in_room(leg) for leg in legs))

    def move(self, call_sid: str, address: str) -> None:
        if _asked(lambda: self._client.calls(checked(call_sid, "CA")).update(url=address, method="POST")) is None:
            raise LegIsOver

    def end(self, call_sid: str) -> None:
        if _asked(lambda: self._client.calls(checked(call_sid, "CA")).update(status="completed")) is None:
            raise LegIsOver

    def stay(self, room_sid: str, call_sid: str) -> None:
        _asked(lambda: self._participant(room_sid, call_sid).update(end_conference_on_exit=False))

    def hold(self, room_sid: str, call_sid: str, sound: str) -> None:
        leg = self._participant(room_sid, call_sid)
        if sound:  # by POST: a GET would put the caller's number into an address
            _asked(lambda: leg.update(hold=True, hold_url=sound, hold_method="POST"))
        else:
            _asked(lambda: leg.update(hold=False))

    def place(self, room_sid: str, call_sid: str, *, muted: bool, coached: str) -> None:
        leg = self._participant(room_sid, call_sid)
        if coached:
            coach = checked(coached, "CA")
            # In one request: between two of them the caller would hear what is whispered.
            _asked(lambda: leg.update(coaching=True, call_sid_to_coach=coach, muted=muted))
        else:
            _asked(lambda: leg.update(coaching=False, muted=muted))

    def ring_up(self, room_sid: str, label: str, *, to: str, from_number: str) -> str:
        people = self._once.conferences(checked(room_sid, "CF")).participants
        rung = _asked(
            lambda: people.create(
                from_number,
                to,
                label=label,
                timeout=RING_SECONDS,
                time_limit=MOST_SECONDS,
                beep="false",
                record=False,
                conference_record="do-not-record",
                early_media=False,
                start_conference_on_enter=True,
                end_conference_on_exit=False,
            )
        )
        if rung is None:
            raise CarrierRefused("there is no such conference any more")
        return checked(str(rung.call_sid), "CA")

    def number_rung(self, call_sid: str) -> str:
        call = _asked(self._client.calls(checked(call_sid, "CA")).fetch)
        return str(call.to or "") if call is not None else ""

    def is_over(self, call_sid: str) -> bool:
        call = _asked(self._client.calls(checked(call_sid, "CA")).fetch)
        return call is None or str(call.status) in OVER

    def application(self, sid: str) -> Application | None:
        found = _asked(self._client.applications(checked(sid, "AP")).fetch)
        if found is None:
            return None
        return Application(
            voice_url=str(found.voice_url or ""),
            voice_method=str(found.voice_method or ""),
            status_callback=str(found.status_callback or ""),
            is_open_to_others=bool(found.public_application_connect_enabled),
            looks_up_names=bool(found.voice_caller_id_lookup),
        )

    def _participant(self, room_sid: str, call_sid: str) -> ParticipantContext:
        return self._client.conferences(checked(room_sid, "CF")).participants(checked(call_sid, "CA"))


T = TypeVar("T")


def _asked(ask: Callable[[], T]) -> T | None:
    """Ask; None when there is no such thing. The library's own errors hold addresses with SIDs and go no further."""
    try:
        return ask()
    except (TwilioRestException, TwilioServiceException) as refusal:
        if refusal.status == 404:
            return None
        if refusal.code == NOT_IN_PROGRESS:
            raise LegIsOver from None
        kind = CarrierFailed if refusal.status in TRY_LATER_STATUSES else CarrierRefused
        raise kind(f"status {refusal.status}, code {refusal.code}", of_status(refusal.status)) from None
    except (TwilioException, requests.RequestException) as failure:
        raise CarrierFailed(type(failure).__name__, of_connection(failure)) from None


def _in_room(leg: ParticipantInstance) -> InRoom:
    return InRoom(
        call_sid=str(leg.call_sid),
        is_connected=str(leg.status) == CONNECTED,
        muted=bool(leg.muted),
        held=bool(leg.hold),
        coached=str(leg.call_sid_to_coach or "") if leg.coaching else "",
        label=str(leg.label or ""),
    )
