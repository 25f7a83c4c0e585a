"""The public door: puts the line together from its settings; whatever breaks behind it is spoken as an apology."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from ivr.alarm_bell import AlarmBell
from ivr.call_flow import make_flow
from ivr.digit_sounds import DigitSounds
from ivr.duty import Duty
from ivr.edge import Edge, Signatures
from ivr.hotline import Hotline
from ivr.room import Room
from ivr.slow_work import SlowWork
from ivr.static_answers import StaticAnswers
from ivr.steps import Flow
from ivr.twiml import Documents
from ivr.webhooks import TWIML, webhooks
from prompts.line import Line, read_line
from prompts.questionnaire import read_questionnaire
from prompts.wording import Wording, read_wording
from storage.clock import Clock, SystemClock
from storage.database import Database
from storage.glance import Glance
from storage.keys import read_live_key, read_pepper
from storage.public_keys import read_public_keys
from storage.settings import IvrSettings
from storage.switches import NONE_SET, ends

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DATABASE_PATIENCE_SECONDS = (
    2.0  # our addresses let the carrier wait 4 s: then the caller would hear its error, not ours
)

log = logging.getLogger("hotline.ivr")


@dataclass(frozen=True)
class PublicDoor:
    """The WSGI application of one line."""

    edge: Edge
    hotline: Hotline

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.edge(environ, start_response)

    def close(self) -> None:
        """Finish slow work and let go of the database."""
        self.hotline.slow.finish()
        self.hotline.database.close()


def create_app(settings: IvrSettings, *, clock: Clock | None = None) -> PublicDoor:
    """Return the public door, or raise what keeps it from starting (`FingerprintMismatch`, `NoDigitSounds`, ...)."""
    clock = clock or SystemClock()
    line = read_line(settings.line_file)
    wording = read_wording(line, made_folder=settings.made_sounds_dir)
    database = Database(settings.database_url, patience=DATABASE_PATIENCE_SECONDS)
    hotline = _hotline(settings, line, wording, database, clock)
    languages = line_languages(line)
    static = StaticAnswers(Documents(hotline.flow, wording, languages, settings.public_base))
    flask = Flask(__name__, static_folder=None)
    flask.register_blueprint(webhooks(hotline, static, DigitSounds.read(settings.digits_dir, languages)))

    @flask.errorhandler(Exception)
    def apologise(error: Exception) -> Response:
        # A genuine webhook never gets 4xx or 5xx: each would write its parameters into a notice nobody can delete.
        log.error("apologised", extra={"kind": type(error).__name__})
        if request.method != "POST":  # a proxy that asks for health or a sound must not take words for an answer
            return Response(status=503)
        return Response(static.answer("ask", 0, ""), content_type=TWIML)

    signatures = Signatures(settings.public_base, settings.account_sid, settings.auth_tokens, settings.shared_keys)
    return PublicDoor(Edge(flask.wsgi_app, signatures, AlarmBell(database, clock).ring), hotline)


def line_flow(line: Line) -> Flow:
    """Return a line's call flow."""
    return make_flow(read_questionnaire(), [(language.code, language.key) for language in line.languages])


def line_languages(line: Line) -> tuple[str, ...]:
    """Return the codes of a line's languages, its own first."""
    own = line.primary.code
    return (own, *(language.code for language in line.languages if language.code != own))


def _hotline(settings: IvrSettings, line: Line, wording: Wording, database: Database, clock: Clock) -> Hotline:
    live = read_live_key(settings.live_key_file, clock)
    return Hotline(
        flow=line_flow(line),
        line=line,
        wording_versions={language: wording.version(language) for language in line_languages(line)},
        questionnaire_version=read_questionnaire().version,
        database=database,
        keys=read_public_keys(settings.public_keys_file, settings.keys_fingerprint),
        live=live,
        slow=SlowWork(database, live, read_pepper(settings.pepper_file), clock),
        clock=clock,
        switches=Glance(database, clock, ends, first=NONE_SET),
        room=Room(database, clock, settings.max_calls),
        duty=Duty(database, clock),
    )
