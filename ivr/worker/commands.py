"""The commands of the worker: run it, and make the spoken digits of references."""

from __future__ import annotations

import argparse
import logging
import signal
import ssl
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.twiml import OVERRIDES
from ivr.worker import rounds
from ivr.worker.carrier import TwilioCarrier
from ivr.worker.decryption import read_recording_keys
from ivr.worker.live_carrier import TwilioLive
from ivr.worker.metrics import told_at
from ivr.worker.post import SmtpPost
from ivr.worker.readiness import LOOKS
from ivr.worker.softphone_passes import TwilioPasses
from ivr.worker.speech import NoVoice, OwnVoice, make_digits
from ivr.worker.timetable import LANES
from ivr.worker.transcriber import ChildTranscriber, NoTranscriber, Transcriber, draft_engine, whisper_engine
from ivr.worker.workplace import Live, Rules, Workplace
from prompts.line import Line, read_line
from storage.arguments import settings_argument
from storage.clock import SystemClock
from storage.database import Database
from storage.logs import write_events
from storage.opening import read_worker_key
from storage.presence import present
from storage.public_keys import read_public_keys
from storage.readiness import must_stand
from storage.settings import WorkerSettings, read_environment, worker_settings


def work(argv: list[str]) -> int:
    """Run the worker until INT or TERM, or with `--once` until nothing is due. The database must have its schema."""
    parser = argparse.ArgumentParser(prog="hotline worker", description=work.__doc__)
    settings_argument(parser)
    parser.add_argument("--once", action="store_true", help="stop when nothing is due any more")
    asked = parser.parse_args(argv)
    settings = worker_settings(read_environment(asked.settings), LOOKS)
    if asked.once:
        must_stand(settings.database_url)  # what stays up asks again and again instead
    place = furnished(settings)
    write_events()
    hush_libraries()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    line = read_line(settings.line_file).name
    does = f"{_listens(settings)}, asks {settings.api_base}, and sends alerts by {settings.smtp_host}"
    try:
        with present("worker", does, line=line, demo=settings.demo, database_url=settings.database_url):
            if asked.once:
                rounds.run_until_nothing_is_due(place, LANES, stop)
            else:
                with told_at(settings.metrics_listen, place):
                    rounds.run(place, LANES, stop)
    finally:
        if isinstance(place.transcriber, ChildTranscriber):
            place.transcriber.close()
        place.database.close()
    return 0


def digits(argv: list[str]) -> int:
    """Make the spoken digits that references are told with."""
    parser = argparse.ArgumentParser(prog="hotline digits", description=digits.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to fill (DIGITS_DIR)")
    parser.add_argument("--languages", required=True, help="language codes with commas, such as en,pl")
    parser.add_argument("--stand-in", action="store_true", help="for a demo: let another language's voice speak one")
    asked = parser.parse_args(argv)
    languages = [code.strip() for code in asked.languages.split(",") if code.strip()]
    try:
        written = make_digits(asked.out, languages, stand_in=asked.stand_in)
    except NoVoice as reason:
        print(f"hotline digits: {reason}", file=sys.stderr)
        return 1
    print(f"{len(written)} files in {asked.out}")
    return 0


def furnished(settings: WorkerSettings) -> Workplace:
    """Wire the worker by its settings; raises what `ivr.worker.readiness` would have told of the files they name."""
    line = read_line(settings.line_file)
    return Workplace(
        database=Database(settings.database_url, connections=2 * len(LANES)),  # each lane reads and writes by its own
        clock=SystemClock(),
        carrier=TwilioCarrier(
            account_sid=settings.account_sid,
            api_key=settings.api_key,
            api_secret=settings.api_secret,
            base=settings.api_base,
        ),
        transcriber=_transcriber(settings),
        post=_post(settings, settings.alert_to),
        keys=read_public_keys(settings.public_keys_file, settings.keys_fingerprint),
        worker_key=read_worker_key(settings.worker_key_file),
        recording_keys=read_recording_keys(settings.recording_keys_dir),
        rules=Rules(
            line=line.id,
            numbers=line.numbers,
            encryption_required=settings.recording_encryption,
            close_after_seconds=settings.close_after_seconds,
            backlog_alarm_seconds=settings.backlog_alarm_minutes * 60,
            sound_days=settings.sound_days,
            daily_minutes_alarm=settings.daily_minutes_alarm,
            desk=settings.desk_base,
            zone=ZoneInfo(line.hours.zone),
            keeping=settings.keeping,
            wait_alarm_seconds=settings.wait_alarm_seconds,
            escalate_seconds=settings.escalate_minutes * 60,
            head_dir=settings.head_dir,
            assessment=settings.assessment_base,
        ),
        live=_live(settings, line),
        line=line,
        speaker=OwnVoice(stand_in=settings.demo),
        outside=_post(settings, settings.head_to) if settings.head_to else None,
    )


def _live(settings: WorkerSettings, line: Line) -> Live:
    account, key, secret = settings.account_sid, settings.api_key, settings.api_secret
    return Live(
        carrier=TwilioLive(account_sid=account, api_key=key, api_secret=secret, base=settings.api_base),
        base=settings.public_base,
        overrides=OVERRIDES,
        passes=TwilioPasses(account, key, secret, settings.app_sid) if settings.app_sid else None,
        interpreters={one.id: one.number for one in line.interpreters},
    )


def hush_libraries(names: Sequence[str] = ("urllib3", "twilio", "requests")) -> None:
    """Silence libraries that would log addresses with identifiers in them."""
    for name in names:
        silent = logging.getLogger(name)
        silent.setLevel(logging.CRITICAL + 1)
        silent.propagate = False


def _listens(settings: WorkerSettings) -> str:
    if settings.metrics_listen is None:
        return "The worker listens nowhere"
    host, port = settings.metrics_listen
    return f"The worker tells metrics at http://{host}:{port}/metrics"


def _transcriber(settings: WorkerSettings) -> Transcriber:
    if settings.transcriber == "draft":
        return ChildTranscriber(draft_engine())
    if settings.whisper_model_dir is not None:
        return ChildTranscriber(whisper_engine(settings.whisper_model_dir))
    return NoTranscriber()


def _post(settings: WorkerSettings, receivers: tuple[str, ...]) -> SmtpPost:
    return SmtpPost(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.alert_from,
        receivers=receivers,
        trusted=ssl.create_default_context(),
    )
