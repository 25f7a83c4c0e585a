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

from ivr.worker import rounds
from ivr.worker.carrier import TwilioCarrier
from ivr.worker.decryption import NotDecrypted, RecordingKeys, read_recording_keys
from ivr.worker.post import SmtpPost
from ivr.worker.speech import NoVoice, make_digits
from ivr.worker.timetable import LANES
from ivr.worker.transcriber import (
    ChildTranscriber,
    NoTranscriber,
    Transcriber,
    TranscriberFailed,
    draft_engine,
    whisper_engine,
)
from ivr.worker.workplace import Rules, Workplace
from prompts.line import Line, LineMistakes, read_line
from storage.clock import SystemClock
from storage.database import Database
from storage.keys import FingerprintMismatch, KeyFileUnfit, PublicKeys, read_public_keys
from storage.logs import write_events
from storage.opening import GroupKey, read_worker_key
from storage.settings import Mistake, SettingsMistakes, WorkerSettings, read_environment, worker_settings


def work(argv: list[str]) -> int:
    """Run the worker until INT or TERM, or with `--once` until nothing is due. The database must have its schema."""
    parser = argparse.ArgumentParser(prog="hotline worker", description=work.__doc__)
    parser.add_argument("--settings", type=Path, help="the settings file, else HOTLINE_SETTINGS or ./config.env")
    parser.add_argument("--once", action="store_true", help="stop when nothing is due any more")
    asked = parser.parse_args(argv)
    place = furnished(worker_settings(read_environment(asked.settings)))
    write_events()
    hush_libraries()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        if asked.once:
            rounds.run_until_nothing_is_due(place, LANES, stop)
        else:
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
    """Wire the worker by its settings; raises `SettingsMistakes` with all that is wrong with the files they name."""
    mistakes: list[Mistake] = []
    keys = _keys(settings, mistakes)
    recording_keys = _recording_keys(settings, mistakes)
    transcriber = _transcriber(settings, mistakes)
    line = _line(settings, mistakes)
    if keys is None or line is None or mistakes:
        raise SettingsMistakes(mistakes)
    return Workplace(
        database=Database(settings.database_url),
        clock=SystemClock(),
        carrier=TwilioCarrier(
            account_sid=settings.account_sid,
            api_key=settings.api_key,
            api_secret=settings.api_secret,
            base=settings.api_base,
        ),
        transcriber=transcriber,
        post=_post(settings),
        keys=keys[0],
        worker_key=keys[1],
        recording_keys=recording_keys,
        rules=Rules(
            line=line.id,
            numbers=line.numbers,
            encryption_required=settings.recording_encryption,
            close_after_seconds=settings.close_after_seconds,
            backlog_alarm_seconds=settings.backlog_alarm_minutes * 60,
            sound_days=settings.sound_days,
            desk=settings.desk_base,
        ),
    )


def hush_libraries(names: Sequence[str] = ("urllib3", "twilio", "requests")) -> None:
    """Silence libraries that would log addresses with identifiers in them."""
    for name in names:
        silent = logging.getLogger(name)
        silent.setLevel(logging.CRITICAL + 1)
        silent.propagate = False


def _keys(settings: WorkerSettings, mistakes: list[Mistake]) -> tuple[PublicKeys, GroupKey] | None:
    try:
        keys = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
        worker_key = read_worker_key(settings.worker_key_file)
    except (KeyFileUnfit, FingerprintMismatch) as why:
        mistakes.append(Mistake("KEYS_DIR", str(why), "run `hotline keys show` and compare with KEYS_FINGERPRINT"))
        return None
    if worker_key.public_key != keys.worker.public_key:
        mistakes.append(Mistake("KEYS_DIR", "worker.key does not belong to public.json", "restore both together"))
    return keys, worker_key


def _recording_keys(settings: WorkerSettings, mistakes: list[Mistake]) -> RecordingKeys:
    try:
        keys = read_recording_keys(settings.recording_keys_dir)
    except (OSError, ValueError, NotDecrypted):
        mistakes.append(Mistake("KEYS_DIR", "a recording*.pem is no RSA key", "put the key of `hotline keys` there"))
        return RecordingKeys({})
    if settings.recording_encryption and not keys.by_sid:
        mistakes.append(
            Mistake(
                "RECORDING_ENCRYPTION",
                "encryption is required and KEYS_DIR holds no recording*.pem",
                "make one by `hotline keys`, and give its public half to Twilio; or set it to off",
            )
        )
    return keys


def _transcriber(settings: WorkerSettings, mistakes: list[Mistake]) -> Transcriber:
    if settings.transcriber == "draft":
        return ChildTranscriber(draft_engine())
    if settings.whisper_model_dir is not None:
        try:
            return ChildTranscriber(whisper_engine(settings.whisper_model_dir))
        except TranscriberFailed as why:
            mistakes.append(Mistake("WHISPER_MODEL_DIR", str(why), "name a folder with a faster-whisper model"))
    return NoTranscriber()


def _line(settings: WorkerSettings, mistakes: list[Mistake]) -> Line | None:
    try:
        return read_line(settings.line_file)
    except LineMistakes as why:
        mistakes.append(Mistake("LINE_FILE", str(why), "run `hotline prompts check`"))
        return None


def _post(settings: WorkerSettings) -> SmtpPost:
    return SmtpPost(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.alert_from,
        receivers=settings.alert_to,
        trusted=ssl.create_default_context(),
    )
