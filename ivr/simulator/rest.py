"""Twilio's REST API, as far as the line uses it: calls, recordings, their sound, their deletion."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import API_VERSION
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import CallIsOver
from ivr.simulator.recordings import StoredRecording
from ivr.simulator.resources import call_row, recording_row
from ivr.simulator.rest_answers import Refused, Row, json_answer, not_found
from ivr.simulator.rest_applications import ApplicationsApi
from ivr.simulator.rest_conferences import ConferencesApi

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = f"/{API_VERSION}/Accounts/<account>"
MAX_PAGE = 1000


@dataclass(frozen=True)
class Asked:
    """One request to the API, for holding it against Twilio's own definition. `url` is the one Twilio would see."""

    method: str
    url: str
    form: dict[str, str]
    status: int


@dataclass
class RestApi:
    """The API as a WSGI application over one exchange."""

    exchange: Exchange
    asked: list[Asked] = field(default_factory=list)
    _mood: Misbehaviour | None = None
    _refusals: int = 0

    def __post_init__(self) -> None:
        self._rules = Map(
            [
                *ConferencesApi(self.exchange, self._page).rules(ROOT),
                *ApplicationsApi(self.exchange, self._page).rules(ROOT),
                Rule(ROOT + "/Calls.json", endpoint=self._calls, methods=["GET"]),
                Rule(ROOT + "/Calls/<call>.json", endpoint=self._call, methods=["GET"]),
                Rule(ROOT + "/Calls/<call>.json", endpoint=self._change_call, methods=["POST"]),
                Rule(ROOT + "/Calls/<call>.json", endpoint=self._delete_call, methods=["DELETE"]),
                Rule(ROOT + "/Calls/<call>/Recordings.json", endpoint=self._recordings, methods=["GET"]),
                Rule(ROOT + "/Calls/<call>/Recordings/<recording>.json", endpoint=self._recording, methods=["GET"]),
                Rule(
                    ROOT + "/Calls/<call>/Recordings/<recording>.json",
                    endpoint=self._delete_recording,
                    methods=["DELETE"],
                ),
                Rule(ROOT + "/Recordings.json", endpoint=self._recordings, methods=["GET"]),
                Rule(ROOT + "/Recordings/<recording>.json", endpoint=self._recording, methods=["GET"]),
                Rule(ROOT + "/Recordings/<recording>.json", endpoint=self._delete_recording, methods=["DELETE"]),
                Rule(ROOT + "/Recordings/<recording>.wav", endpoint=self._sound, methods=["GET"]),
                Rule(ROOT + "/Recordings/<recording>", endpoint=self._sound, methods=["GET"]),
            ]
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        form = request.form.to_dict()
        try:
            response = self._answer(request)
        except Refused as refused:
            response = refused.told()
        query = "?" + request.query_string.decode() if request.query_string else ""
        self.asked.append(Asked(request.method, self.exchange.api + request.path + query, form, response.status_code))
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        self._misbehave()
        if not self._is_known(request):
            raise Refused(401, 20003, "Authenticate")
        try:
            endpoint, values = self._rules.bind_to_environ(request.environ).match()
        except HTTPException as error:
            if error.code == 405:
                raise Refused(405, 20004, "Method not allowed") from None
            raise not_found(request.path) from None
        if values["account"] != self.exchange.account_sid:
            raise not_found(request.path)
        view: Callable[..., Response] = endpoint
        return view(request, **{name: value for name, value in values.items() if name != "account"})

    def _misbehave(self) -> None:
        mood = self.exchange.misbehaviour
        if mood is not self._mood:
            self._mood, self._refusals = mood, 0
        self._refusals += 1
        if self._refusals <= mood.rest_429:
            raise Refused(429, 20429, "Too Many Requests")
        if self._refusals <= mood.rest_429 + mood.rest_500:
            raise Refused(500, 20500, "Internal Server Error")

    def _is_known(self, request: Request) -> bool:
        """An API key may ask, and so may whoever holds the Auth Token: it is a full credential."""
        given = request.authorization
        known = {
            self.exchange.api_key: self.exchange.api_secret,
            self.exchange.account_sid: self.exchange.auth_token,
        }
        if given is None or given.username not in known:
            return False
        return hmac.compare_digest(known[given.username].encode(), (given.password or "").encode())

    # ---- calls ----------------------------------------------------------------------------------------------------

    def _calls(self, request: Request) -> Response:
        wanted = {name: request.args.get(name) for name in ("To", "From", "Status", "ParentCallSid")}
        rows = [self._call_row(call) for call in reversed(self._standing_calls())]
        shown = [row for row in rows if _matches(row, wanted)]
        return self._page(request, "calls", shown)

    def _call(self, request: Request, call: str) -> Response:
        return json_answer(self._call_row(self._found_call(request, call)))

    def _change_call(self, request: Request, call: str) -> Response:
        """Move a live call to another address, or end it."""
        found = self._found_call(request, call)
        url, status = request.form.get("Url", ""), request.form.get("Status", "")
        if not url and status not in ("completed", "canceled"):
            raise Refused(400, 20001, "This exchange changes a call by Url or by Status completed only")
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise Refused(400, 21205, "Url is not a valid URL")
        if found.ended or (status == "canceled" and found.status != "ringing"):
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        try:
            if url:
                found.redirect(url, request.form.get("Method", "POST"))
            else:
                found.hang_up()
        except CallIsOver:
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.") from None
        return json_answer(self._call_row(found))

    def _delete_call(self, request: Request, call: str) -> Response:
        found = self._found_call(request, call)
        quiet = self.exchange.misbehaviour.delete_refused_seconds
        if found.ended_at is None or self.exchange.clock.now() - found.ended_at < quiet:
            raise Refused(409, 20009, "Cannot delete this resource before it is complete")
        self.exchange.deleted_calls.add(call)
        return Response(status=204)

    def _standing_calls(self) -> list[SimulatedCall]:
        gone = self.exchange.deleted_calls
        return [call for call in list(self.exchange.calls.values()) if call.sid not in gone]

    def _found_call(self, request: Request, sid: str) -> SimulatedCall:
        call = self.exchange.calls.get(sid)
        if call is None or sid in self.exchange.deleted_calls:
            raise not_found(request.path)
        return call

    def _call_row(self, call: SimulatedCall) -> Row:
        return call_row(call, self.exchange.account_sid)

    # ---- recordings -----------------------------------------------------------------------------------------------

    def _recordings(self, request: Request, call: str = "") -> Response:
        wanted = call or request.args.get("CallSid", "")
        if call and call not in self.exchange.calls:
            raise not_found(request.path)
        also_deleted = request.args.get("IncludeSoftDeleted") == "true"
        rows = [
            self._recording_row(recording)
            for recording in reversed(list(self.exchange.recordings.values()))
            if (recording.standing or also_deleted) and wanted in ("", recording.call_sid)
        ]
        return self._page(request, "recordings", rows)

    def _recording(self, request: Request, recording: str, call: str = "") -> Response:
        return json_answer(self._recording_row(self._found_recording(request, recording, call)))

    def _sound(self, request: Request, recording: str) -> Response:
        found = self._found_recording(request, recording)
        if found.state != "completed":
            raise not_found(request.path)
        if request.args.get("RequestedChannels", "1") != "1":
            raise Refused(400, 20001, "The recording has one channel")
        return Response(found.sound, mimetype="audio/x-wav")

    def _delete_recording(self, request: Request, recording: str, call: str = "") -> Response:
        found = self._found_recording(request, recording, call)
        if found.state == "processing":
            raise Refused(409, 20009, "Cannot delete this resource before it is complete")
        found.delete(self.exchange.clock.now())
        return Response(status=204)

    def _found_recording(self, request: Request, sid: str, call: str = "") -> StoredRecording:
        recording = self.exchange.recordings.get(sid)
        if recording is None or not recording.standing or call not in ("", recording.call_sid):
            raise not_found(request.path)
        return recording

    def _recording_row(self, recording: StoredRecording) -> Row:
        return recording_row(recording, self.exchange.account_sid, self.exchange.api)

    # ---- pages ----------------------------------------------------------------------------------------------------

    def _page(self, request: Request, name: str, rows: list[Row]) -> Response:
        """Return one page of rows in the 2010 API's own form."""
        size = min(max(1, request.args.get("PageSize", 50, type=int)), MAX_PAGE)
        page = max(0, request.args.get("Page", 0, type=int))
        shown = rows[page * size : (page + 1) * size]

        def address(number: int) -> str:
            kept = {key: value for key, value in request.args.items() if key not in ("Page", "PageSize", "PageToken")}
            return f"{request.path}?{urlencode({**kept, 'PageSize': size, 'Page': number})}"

        return json_answer(
            {
                name: shown,
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(0, len(shown) - 1),
                "uri": address(page),
                "first_page_uri": address(0),
                "previous_page_uri": address(page - 1) if page else None,
                "next_page_uri": address(page + 1) if len(rows) > (page + 1) * size else None,
            }
        )


def _matches(row: Row, wanted: dict[str, str | None]) -> bool:
    names = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
    return all(value is None or row[names[name]] == value for name, value in wanted.items())
