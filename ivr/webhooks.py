"""The carrier's requests: what was heard, the next step, its document. One route serves all steps of a call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from ivr.digit_sounds import DigitSounds
from ivr.edge import FORM
from ivr.hold_sound import hold_wav
from ivr.hotline import Hotline, Standing
from ivr.named_recordings import RecordingNotice, note_recording
from ivr.static_answers import StaticAnswers
from ivr.steps import Heard, Pressed, Recorded, Silence
from ivr.twiml import Seat
from storage.keys import Damaged
from storage.live.rooms import CALLER, LISTEN, WHISPER
from storage.once_audio import unpacked
from storage.sealing import open_with_token

RECORDED_BY = ("RecordingUrl", "RecordingSid", "RecordingDuration")
NO_SEAT = "This conversation is no longer there. Please look at your desk."
AWAY = "The line cannot be reached at the moment. Please try again from your desk."
TWIML, WAV = "text/xml; charset=utf-8", "audio/wav"

log = logging.getLogger("hotline.ivr")


def webhooks(hotline: Hotline, static: StaticAnswers, digits: DigitSounds) -> Blueprint:
    """Return the routes of one line."""
    door = _Door(hotline, static, digits)
    routes = Blueprint("webhooks", __name__)
    routes.post("/call")(door.ring)
    routes.post("/call/in/<language>")(door.ring_in)
    routes.post("/call/now")(door.now)
    routes.post("/call/anew/<int:turn>")(door.anew)
    routes.post("/call/<step>/<int:turn>")(door.hear)
    routes.post("/static/<name>/<int:round_>")(door.static_answer)
    routes.post("/static/<name>/<int:round_>/in/<language>")(door.static_answer)
    routes.post("/recording/<intent_id>")(door.recording)
    routes.post("/ended")(door.ended)
    routes.post("/room")(door.room)
    routes.post("/softphone")(door.softphone)
    routes.post("/softphone/over")(door.softphone_over)
    routes.post("/hold")(door.hold)
    routes.get("/audio/<token>")(door.audio)
    routes.get("/prompts/hold.wav")(door.hold_sound)
    routes.get("/prompts/<language>/<name>.wav")(door.prompt)
    routes.get("/health")(door.health)
    return routes


@dataclass(frozen=True)
class _Door:
    """The answers of one line."""

    hotline: Hotline
    static: StaticAnswers
    digits: DigitSounds

    def ring(self) -> Response:
        return self._spoken(lambda: self.hotline.where(_form()["CallSid"]))

    def ring_in(self, language: str) -> Response:
        """Answer on the number of one language."""
        return self._spoken(lambda: self.hotline.where(_form()["CallSid"], language), language)

    def anew(self, turn: int) -> Response:
        return self._spoken(lambda: self.hotline.ask_anew(_form()["CallSid"], turn))

    def now(self) -> Response:
        return self._spoken(lambda: self.hotline.move(_form()["CallSid"]))

    def hear(self, step: str, turn: int) -> Response:
        form = _form()
        return self._spoken(lambda: self.hotline.hear(form["CallSid"], step, turn, _heard(form)))

    def static_answer(self, name: str, round_: int, language: str = "") -> Response:
        return _twiml(self.static.speaking(language).answer(name, round_, _form().get("Digits", "")))

    def recording(self, intent_id: str) -> Response:
        notice = _notice(_form())
        return _noted(lambda: note_recording(self.hotline, intent_id, notice) if notice else None)

    def ended(self) -> Response:
        return _noted(lambda: self.hotline.end(_form()["CallSid"]))

    def room(self) -> Response:
        """Take note of who comes into a conference or leaves it."""
        form = _form()
        match form.get("StatusCallbackEvent"):
            case "participant-join":
                return _noted(lambda: self.hotline.note_joined(form["CallSid"]))
            case "participant-leave":
                return _noted(lambda: self.hotline.note_left(form["CallSid"]))
            case _:
                return _noted(lambda: None)

    def softphone(self) -> Response:
        """Bring a member of staff's own leg into the conference whose token it carries."""
        form, documents = _form(), self.static.documents
        try:
            place = self.hotline.sit_down(form["CallSid"], form.get("offer", ""))
        except SQLAlchemyError as error:
            log.error("database-away", extra={"kind": type(error).__name__})
            return _twiml(documents.no_seat(AWAY))
        if place is None:
            return _twiml(documents.no_seat(NO_SEAT))
        return _twiml(documents.seat(Seat(place.room, place.role == CALLER, place.role in (LISTEN, WHISPER))))

    def softphone_over(self) -> Response:
        return _twiml(self.static.documents.softphone_over())

    def hold(self) -> Response:
        return _twiml(self.static.documents.hold())

    def hold_sound(self) -> Response:
        return Response(hold_wav(), content_type=WAV, headers={"Cache-Control": "public, max-age=86400"})

    def audio(self, token: str) -> Response:
        try:
            sealed = self.hotline.find_sound(token)
            if sealed is None:
                return Response(status=404)
            sound = unpacked(open_with_token(sealed, token))
        except (SQLAlchemyError, Damaged):
            return Response(status=404)
        wav = sound if isinstance(sound, bytes) else self.digits.say(sound.digits, sound.language)
        return Response(wav, content_type=WAV, headers={"Cache-Control": "no-store"})

    def prompt(self, language: str, name: str) -> Response:
        documents = self.static.documents
        path = documents.wording.sound(language, name) if language in documents.languages else None
        if path is None:
            return Response(status=404)
        return Response(path.read_bytes(), content_type=WAV, headers={"Cache-Control": "public, max-age=3600"})

    def health(self) -> Response:
        try:
            self.hotline.is_database_there()
        except SQLAlchemyError:
            return Response("database away\n", status=503, content_type="text/plain")
        return Response("well\n", content_type="text/plain")

    def _spoken(self, stands: Callable[[], Standing], language: str = "") -> Response:
        # No answer before COMMIT; when the database is away, words from memory and a recording that is adopted later.
        try:
            standing = stands()
        except SQLAlchemyError as error:
            log.error("database-away", extra={"kind": type(error).__name__})
            return _twiml(self.static.speaking(language).answer("ask", 0, ""))
        documents = self.static.documents
        if standing.asks_anew:
            return _twiml(documents.ask_anew(standing.turn))
        return _twiml(documents.speak(standing.memory, standing.turn))


def _form() -> Mapping[str, str]:
    form: Mapping[str, str] = request.environ[FORM]
    return form


def _heard(form: Mapping[str, str]) -> Heard:
    keys = form.get("Digits", "")
    if any(name in form for name in RECORDED_BY):
        return Recorded(keys)
    return Pressed(keys) if keys and keys != "hangup" else Silence()


def _notice(form: Mapping[str, str]) -> RecordingNotice | None:
    if "RecordingSid" not in form:
        return None
    return RecordingNotice(
        form["CallSid"],
        form["RecordingSid"],
        form.get("RecordingStatus", "completed"),
        form.get("RecordingSource", ""),
        form.get("RecordingDuration", ""),
        form.get("RecordingStartTime", ""),
        form.get("EncryptionDetails", ""),
    )


def _noted(note: Callable[[], object]) -> Response:
    try:
        note()
    except SQLAlchemyError as error:  # the worker finds what was missed in the carrier's own lists
        log.error("database-away", extra={"kind": type(error).__name__})
    return Response(status=204)


def _twiml(document: str) -> Response:
    return Response(document, content_type=TWIML)
