"""Conferences in Twilio's REST API: who is in one, holding, muting, coaching, removing, ending (OpenAPI, api v2010)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ivr.simulator.conferences import Change, NotInRoom, Participant, Room
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import API_VERSION
from ivr.simulator.outside_calls import OutsideCall
from ivr.simulator.rest_answers import Refused, Row, json_answer, not_found
from ivr.simulator.verbs import Conference

ON = {"true": True, "false": False}


@dataclass(frozen=True)
class ConferencesApi:
    """The conferences of one exchange. `page` lays rows out in the API's pages."""

    exchange: Exchange
    page: Callable[[Request, str, list[Row]], Response]

    def rules(self, root: str) -> list[Rule]:
        """Return the addresses."""
        one, participants = root + "/Conferences/<conference>", root + "/Conferences/<conference>/Participants"
        return [
            Rule(root + "/Conferences.json", endpoint=self._list, methods=["GET"]),
            Rule(one + ".json", endpoint=self._show, methods=["GET"]),
            Rule(one + ".json", endpoint=self._end, methods=["POST"]),
            Rule(participants + ".json", endpoint=self._participants, methods=["GET"]),
            Rule(participants + ".json", endpoint=self._create, methods=["POST"]),
            Rule(participants + "/<call>.json", endpoint=self._participant, methods=["GET"]),
            Rule(participants + "/<call>.json", endpoint=self._change, methods=["POST"]),
            Rule(participants + "/<call>.json", endpoint=self._remove, methods=["DELETE"]),
        ]

    def _list(self, request: Request) -> Response:
        name, status = request.args.get("FriendlyName"), request.args.get("Status")
        rooms = [one for one in self.exchange.conferences.rooms if name in (None, one.name)]
        rows = [self._room_row(one) for one in reversed(rooms) if status in (None, one.status)]
        return self.page(request, "conferences", rows)

    def _show(self, request: Request, conference: str) -> Response:
        return json_answer(self._room_row(self._living(request, conference)))

    def _end(self, request: Request, conference: str) -> Response:
        room = self._living(request, conference)
        if request.form.get("Status") != "completed":
            raise Refused(400, 20001, "Status must be completed")
        self.exchange.tell_events(self.exchange.conferences.end(room.sid))
        return json_answer(self._room_row(room))

    def _participants(self, request: Request, conference: str) -> Response:
        room = self._living(request, conference)
        ringing = [self._outside_row(room, one) for one in self.exchange.ringing_into(room.sid)]
        rows = [*ringing, *(self._row(room, one) for one in list(room.participants.values()))]
        return self.page(request, "participants", rows)

    def _create(self, request: Request, conference: str) -> Response:
        """Ring a telephone for a room. It is answered by nobody here: a test or a person does that."""
        room, form = self._living(request, conference), request.form
        own, to, label = form.get("From", ""), form.get("To", ""), form.get("Label", "")
        if not own or not to:
            raise Refused(400, 21201, "'To' and 'From' are required")
        if own not in self.exchange.numbers:
            raise Refused(400, 21212, "The 'From' number is not a valid phone number of this account")
        taken = [one.asked.label for one in self.exchange.ringing_into(room.sid)]
        if label and label in [*taken, *(one.asked.label for one in room.participants.values())]:
            raise Refused(400, 16025, "Participant label is in use in this conference")
        asked = Conference(
            room.name,
            starts=ON.get(form.get("StartConferenceOnEnter", "true").lower(), True),
            ends=ON.get(form.get("EndConferenceOnExit", "false").lower(), False),
            muted=ON.get(form.get("Muted", "false").lower(), False),
            beeps=form.get("Beep", "true") != "false",
            label=label,
        )
        rung = self.exchange.ring_out(room.sid, asked, to=to, own=own, seconds=int(form.get("Timeout", "60")))
        return json_answer(self._outside_row(room, rung), 201)

    def _participant(self, request: Request, conference: str, call: str) -> Response:
        room = self._living(request, conference)
        return json_answer(self._row(room, self._found(request, room, call)))

    def _change(self, request: Request, conference: str, call: str) -> Response:
        room, form = self._living(request, conference), request.form
        coaching = ON.get(form.get("Coaching", "").lower())
        coached = form.get("CallSidToCoach", "")
        if coaching and not coached:
            raise Refused(400, 20001, "CallSidToCoach is required when Coaching is true")
        try:
            changed, events = self.exchange.conferences.change(
                room.sid,
                call,
                Change(
                    muted=ON.get(form.get("Muted", "").lower()),
                    held=ON.get(form.get("Hold", "").lower()),
                    hold_sound=form.get("HoldUrl", ""),
                    coaches=None if coaching is None else coached if coaching else "",
                    ends=ON.get(form.get("EndConferenceOnExit", "").lower()),
                ),
            )
        except NotInRoom:
            raise not_found(request.path) from None
        self.exchange.tell_events(events)
        self._play_on_hold(changed, request)
        return json_answer(self._row(room, changed))

    def _play_on_hold(self, changed: Participant, request: Request) -> None:
        call, sound = self.exchange.calls.get(changed.call_sid), request.form.get("HoldUrl", "")
        if call is None or "Hold" not in request.form:
            return
        if not changed.held:
            call.unhold()
        elif sound:
            call.hold(sound, request.form.get("HoldMethod", "GET"))

    def _remove(self, request: Request, conference: str, call: str) -> Response:
        self._found(request, self._living(request, conference), call)
        self.exchange.tell_events(self.exchange.conferences.leave(call, "moderator_kicked"))
        return Response(status=204)

    # ---- how it is done -------------------------------------------------------------------------------------------

    def _living(self, request: Request, conference: str) -> Room:
        try:
            return self.exchange.conferences.room(conference)
        except NotInRoom:
            raise not_found(request.path) from None

    def _found(self, request: Request, room: Room, call: str) -> Participant:
        found = room.participants.get(call)
        if found is None:
            raise not_found(request.path)
        return found

    def _room_row(self, room: Room) -> Row:
        uri = f"/{API_VERSION}/Accounts/{self.exchange.account_sid}/Conferences/{room.sid}"
        return {
            "sid": room.sid,
            "account_sid": self.exchange.account_sid,
            "api_version": API_VERSION,
            "friendly_name": room.name,
            "status": room.status,
            "region": "ie1",
            "reason_conference_ended": room.ended_because or None,
            "call_sid_ending_conference": room.ended_by or None,
            "date_created": None,
            "date_updated": None,
            "uri": uri + ".json",
            "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
        }

    def _outside_row(self, room: Room, one: OutsideCall) -> Row:
        waiting = Participant(one.sid, one.asked, one.asked.muted, ends=one.asked.ends)
        return {**self._row(room, waiting), "status": "ringing", "queue_time": "0"}

    def _row(self, room: Room, one: Participant) -> Row:
        account = self.exchange.account_sid
        return {
            "account_sid": account,
            "call_sid": one.call_sid,
            "conference_sid": room.sid,
            "label": one.asked.label or None,
            "muted": one.muted,
            "hold": one.held,
            "coaching": bool(one.coaches),
            "call_sid_to_coach": one.coaches or None,
            "start_conference_on_enter": one.asked.starts,
            "end_conference_on_exit": one.ends,
            "status": "connected",
            "queue_time": "0",
            "date_created": None,
            "date_updated": None,
            "uri": f"/{API_VERSION}/Accounts/{account}/Conferences/{room.sid}/Participants/{one.call_sid}.json",
        }
