"""A small HTTP interface to a running exchange, so that a phone in another process can ring."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, Conflict, Forbidden, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.ears import DigitEars
from ivr.simulator.exchange import Exchange, NoSuchLine
from ivr.simulator.lines import CALLER_IDS, Caller, caller_of
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import CallIsOver, EndlessDocuments, NotRecording, Played, Spoken
from ivr.simulator.script import reference_heard, written
from ivr.simulator.sounding import SoundingCall
from ivr.simulator.sounds import NotTelephoneSound, seconds_of_file

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADER = "X-Simulator"  # a page in somebody's browser cannot send it, so no web site rings or speaks here
REASONS = (CallIsOver, NotRecording, NotTelephoneSound)


@dataclass
class Control:
    """The interface as a WSGI application; it listens on the loopback only and demands its own header.

    With `ears`, keys that were a reference are written as such in scripts, so that they can be played again.
    """

    exchange: Exchange
    ears: DigitEars | None = None

    def __post_init__(self) -> None:
        self._rules = Map(
            [
                Rule("/lines", endpoint=self._lines, methods=["GET"]),
                Rule("/calls", endpoint=self._ring, methods=["POST"]),
                Rule("/calls/<sid>", endpoint=self._tell, methods=["GET"]),
                Rule("/calls/<sid>/sounds/<int:number>", endpoint=self._sound, methods=["GET"]),
                Rule("/calls/<sid>/script", endpoint=self._script, methods=["GET"]),
                Rule("/calls/<sid>/kept.zip", endpoint=self._archive, methods=["GET"]),
                Rule("/calls/<sid>/keys", endpoint=self._press, methods=["POST"]),
                Rule("/calls/<sid>/speech", endpoint=self._speak, methods=["POST"]),
                Rule("/calls/<sid>/hang-up", endpoint=self._hang_up, methods=["POST"]),
                Rule("/late-callbacks", endpoint=self._deliver, methods=["POST"]),
                Rule("/misbehaviour", endpoint=self._misbehave, methods=["PUT"]),
            ]
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            if HEADER not in request.headers:
                raise Forbidden
            endpoint, values = self._rules.bind_to_environ(environ).match()
            view: Callable[..., Response] = endpoint
            response = view(request, **values)
        except REASONS as error:
            response = _json({"reason": type(error).__name__}, Conflict.code)
        except HTTPException as error:
            response = _json({"reason": error.name}, error.code or 500)
        return response(environ, start_response)

    def _lines(self, _: Request) -> Response:
        callers = [{"name": one.name, "label": one.label} for one in CALLER_IDS]
        return _json({"lines": list(self.exchange.numbers), "callers": callers})

    def _ring(self, request: Request) -> Response:
        asked = _body(request)
        caller = _caller(asked)
        try:
            call = self.exchange.prepare(str(asked.get("to", "")), caller)
        except NoSuchLine:
            raise NotFound from None
        threading.Thread(target=_ring, args=(call,), daemon=True).start()
        return _json({"call": call.sid}, 201)

    def _tell(self, request: Request, sid: str) -> Response:
        call = self._call(sid)
        start = request.args.get("from", 0, type=int)
        heard = list(call.heard)
        told = [_heard(item, number) for number, item in enumerate(heard[start:], start)]
        state = {"step": call.step, "waiting_for": call.waiting_for, "ended": call.ended, "seconds": call.seconds}
        return _json({"heard": told, "next": start + len(told), **state})

    def _sound(self, _: Request, sid: str, number: int) -> Response:
        heard = self._call(sid).heard
        item = heard[number] if number < len(heard) else None
        if not isinstance(item, Played):
            raise NotFound
        return Response(item.sound, mimetype=item.content_type)

    def _script(self, _: Request, sid: str) -> Response:
        return Response(self._written(self._call(sid)), mimetype="text/plain")

    def _archive(self, _: Request, sid: str) -> Response:
        """Give the script with the sound of what was spoken into the call, so that it can be played elsewhere."""
        call = self._call(sid)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("call.txt", self._written(call))
            for name, wav in call.answers.items() if isinstance(call, SoundingCall) else ():
                archive.writestr(name, wav)
        return Response(packed.getvalue(), mimetype="application/zip")

    def _written(self, call: SimulatedCall) -> str:
        return written(call, reference_heard(call, self.ears))

    def _press(self, request: Request, sid: str) -> Response:
        try:
            self._call(sid).press(str(_body(request).get("keys", "")))
        except ValueError:
            raise BadRequest from None
        return _json({})

    def _speak(self, request: Request, sid: str) -> Response:
        call = self._call(sid)
        call.speak(request.get_data(), words=request.args.get("words", ""), file=request.args.get("file", ""))
        return _json({})

    def _hang_up(self, _: Request, sid: str) -> Response:
        self._call(sid).hang_up()
        return _json({})

    def _deliver(self, _: Request) -> Response:
        self.exchange.deliver_late_callbacks()
        return _json({})

    def _misbehave(self, request: Request) -> Response:
        """Set the switches named; an empty object makes everything well again."""
        try:
            self.exchange.misbehaviour = dataclasses.replace(Misbehaviour(), **_body(request))
        except TypeError:
            raise BadRequest from None
        return _json({})

    def _call(self, sid: str) -> SimulatedCall:
        if sid not in self.exchange.calls:
            raise NotFound
        return self.exchange.calls[sid]


def _caller(asked: dict[str, Any]) -> Caller:
    """Return who rings: by the name of a caller id, or by a number."""
    if name := str(asked.get("caller") or ""):
        caller = caller_of(name)
        if caller is None:
            raise BadRequest
        return caller
    caller = Caller(number=str(asked.get("number") or Caller().number))
    return caller.withholding() if asked.get("withheld") else caller


def _ring(call: SimulatedCall) -> None:
    """Ring in a thread of its own: the phone that asked looks for what is heard meanwhile."""
    with contextlib.suppress(EndlessDocuments):  # the call is over then, and the phone sees that
        call.ring()


def _heard(item: Spoken | Played, number: int) -> dict[str, Any]:
    if isinstance(item, Spoken):
        return {"words": item.text, "language": item.language, "voice": item.voice}
    return {"sound": number, "seconds": round(seconds_of_file(item.sound), 1)}


def _body(request: Request) -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise BadRequest
    return body


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
