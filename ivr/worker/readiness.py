"""What is looked at before the worker starts, so that an operator reads every mistake at once."""

from __future__ import annotations

from importlib.util import find_spec

from handlers.file_mistakes import as_mistakes
from ivr.worker.decryption import NotDecrypted, read_recording_keys
from ivr.worker.transcriber import TranscriberFailed, whisper_engine
from prompts.line import read_line
from prompts.mistakes import FileMistakes
from storage.keys import KeyFileUnfit
from storage.mistakes import Look, Mistake
from storage.opening import read_worker_key
from storage.public_keys import FingerprintMismatch, read_public_keys
from storage.readiness import database_fits, keys_fit, may_listen, public_keys_fit
from storage.settings import WorkerSettings


def worker_key_fits(settings: WorkerSettings) -> list[Mistake]:
    """Look at the worker's own key, and whether it belongs to the public keys."""
    if unfit := keys_fit(lambda: read_worker_key(settings.worker_key_file)):
        return unfit
    try:
        keys = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
    except (KeyFileUnfit, FingerprintMismatch):
        return []  # told already
    if read_worker_key(settings.worker_key_file).public_key == keys.worker.public_key:
        return []
    return [Mistake("KEYS_DIR", "worker.key does not belong to public.json", "restore both together")]


def recording_keys_fit(settings: WorkerSettings) -> list[Mistake]:
    """Look at the keys that recordings are opened with."""
    try:
        keys = read_recording_keys(settings.recording_keys_dir)
    except KeyFileUnfit as why:
        return [Mistake("KEYS_DIR", str(why), "give it to the worker's user, and `chmod 600` it")]
    except (OSError, ValueError, NotDecrypted):
        return [Mistake("KEYS_DIR", "a recording*.pem is no RSA key", "put the key of `hotline keys init` there")]
    if keys.by_sid or not settings.recording_encryption:
        return []
    mend = "put the recording.pem of `hotline keys init` there, and upload its public half to Twilio; or set it to off"
    return [Mistake("RECORDING_ENCRYPTION", "encryption is required, and KEYS_DIR holds no recording*.pem", mend)]


def transcriber_fits(settings: WorkerSettings) -> list[Mistake]:
    """Look whether the transcriber that was chosen can be started."""
    if settings.whisper_model_dir is None:
        return []
    if find_spec("faster_whisper") is None:
        return [Mistake("TRANSCRIBER", "faster-whisper is not installed", "`.venv/bin/pip install faster-whisper`")]
    try:
        whisper_engine(settings.whisper_model_dir)
    except TranscriberFailed as why:
        return [Mistake("WHISPER_MODEL_DIR", str(why), "name a folder with a faster-whisper model")]
    return []


def line_fits(settings: WorkerSettings) -> list[Mistake]:
    """Look at the line's file: it names the numbers that calls are taken in from, and the teams that are told."""
    try:
        line = read_line(settings.line_file)
    except FileMistakes as why:
        return as_mistakes(why)
    if settings.assessment_base or not any(team.email for team in line.teams):
        return []
    why_told = "teams are told by e-mail that something was released, and not where"
    return [Mistake("ASSESSMENT_BASE", why_told, "set it to the address that teams open their application at")]


def metrics_fit(settings: WorkerSettings) -> list[Mistake]:
    """Look at the place where metrics are told; it is never open to the world, since it asks nobody who they are."""
    if settings.metrics_listen is None:
        return []
    host, _ = settings.metrics_listen
    if host not in ("127.0.0.1", "::1", "localhost"):
        return [Mistake("METRICS_LISTEN", "others than this machine could ask", "write it like 127.0.0.1:9464")]
    return may_listen("METRICS_LISTEN", settings.metrics_listen)


LOOKS = (
    Look[WorkerSettings](("KEYS_DIR", "KEYS_FINGERPRINT"), public_keys_fit),
    Look[WorkerSettings](("KEYS_DIR",), worker_key_fits),
    Look[WorkerSettings](("KEYS_DIR",), recording_keys_fit),
    Look[WorkerSettings](("WHISPER_MODEL_DIR",), transcriber_fits),
    Look[WorkerSettings](("LINE_FILE",), line_fits),
    Look[WorkerSettings](("METRICS_LISTEN",), metrics_fit),
    Look[WorkerSettings](("DATABASE_URL",), lambda settings: database_fits(settings.database_url)),
)
