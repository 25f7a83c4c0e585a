"""The settings of each process, read once, with every mistake told at once.

The only file that reads the environment. Secrets are named by file, never by value, so that one settings file can serve
all processes while file permissions decide who reads which secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


@dataclass(frozen=True)
class Mistake:
    """A setting that cannot be used: which, why, and how to mend it."""

    setting: str
    why: str
    mend: str


class SettingsMistakes(Exception):
    """The settings cannot be used; trying again helps only after they were mended."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} settings cannot be used")
        self.mistakes = mistakes

    def told(self) -> str:
        """Return all mistakes as an operator reads them."""
        lines = [f"Not started: {len(self.mistakes)} setting(s) must be mended."]
        lines += [f"  {m.setting}: {m.why}\n      {m.mend}" for m in self.mistakes]
        return "\n".join(lines)


class SecretText(str):
    """A secret word that shows stars when printed by mistake."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SecretText(***)"


@dataclass(frozen=True)
class IvrSettings:
    """What the public door needs: nothing that opens, and no REST credential."""

    demo: bool
    database_url: str
    line_file: Path
    public_base: str  # https://host[/path] as Twilio is told it, without a trailing slash
    account_sid: str
    auth_tokens: tuple[SecretText, ...]
    shared_keys: tuple[tuple[str, SecretText], ...]  # (key id, secret), for SHA-256 signatures
    public_keys_file: Path
    keys_fingerprint: str
    live_key_file: Path
    pepper_file: Path
    digits_dir: Path
    made_sounds_dir: Path | None  # prompts that `hotline prompts speak` made
    listen: tuple[str, int]
    processes: int


@dataclass(frozen=True)
class WorkerSettings:
    """What the worker needs: the only REST credentials, and keys for what still waits at Twilio."""

    demo: bool
    database_url: str
    line_file: Path
    account_sid: str
    api_key: str
    api_secret: SecretText
    api_base: str
    public_keys_file: Path
    keys_fingerprint: str
    worker_key_file: Path
    recording_encryption: bool
    recording_keys_dir: Path
    transcriber: str  # none | draft | whisper
    whisper_model_dir: Path | None
    smtp_host: str
    smtp_port: int
    smtp_tls: str  # none | starttls | tls
    smtp_user: str
    smtp_password: SecretText
    alert_from: str
    alert_to: tuple[str, ...]
    desk_base: str
    close_after_seconds: int
    backlog_alarm_minutes: int
    sound_days: int


@dataclass(frozen=True)
class DeskSettings:
    """What the inside application needs: it may open, once a member of staff has unlocked their key."""

    demo: bool
    database_url: str
    sessions_url: str
    line_file: Path
    desk_base: str
    public_keys_file: Path
    keys_fingerprint: str
    pepper_file: Path
    form_key_file: Path
    listen: tuple[str, int]


@dataclass(frozen=True)
class OperatorSettings:
    """What commands need that add people, write backups and read them back."""

    database_url: str
    keys_dir: Path
    public_keys_file: Path
    keys_fingerprint: str
    pepper_file: Path


def read_environment(settings_file: Path | None = None) -> dict[str, str]:
    """Return the settings as text: the file first, then the environment over it.

    Raises `SettingsMistakes` when a file was named that is not there: its settings would all seem to be missing.
    """
    if settings_file is not None and not settings_file.is_file():
        why = f"there is no such file, or it may not be read: {settings_file}"
        raise SettingsMistakes([Mistake("--settings", why, "name the file that holds the settings")])
    named = settings_file or Path(os.environ.get("HOTLINE_SETTINGS", "config.env"))
    values = {name: value for name, value in dotenv_values(named).items() if value is not None}
    return {**values, **os.environ}


def ivr_settings(environment: Mapping[str, str]) -> IvrSettings:
    """Read the public door's settings or raise `SettingsMistakes` with all that is wrong."""
    look = _Reader(environment)
    keys = look.path("KEYS_DIR", "the folder that `hotline keys init` filled")
    runtime = look.path("RUNTIME_DIR", "a folder on tmpfs for the live key and sessions")
    settings = IvrSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        line_file=look.file("LINE_FILE", "copy prompts/lines/example.toml and name your copy"),
        public_base=look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash"),
        account_sid=look.account(),
        auth_tokens=look.secrets("TWILIO_AUTH_TOKENS_FILE", optional=True),
        shared_keys=look.shared_keys("TWILIO_SHARED_KEYS_FILE"),
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        live_key_file=runtime / "live.key",
        pepper_file=keys / "pepper",
        digits_dir=look.path("DIGITS_DIR", "the folder of spoken digits that `hotline digits` made"),
        made_sounds_dir=made_sounds_setting(environment),
        listen=look.address("IVR_LISTEN", "127.0.0.1:8000"),
        processes=look.whole("IVR_PROCESSES", 2, least=1, most=64),
    )
    if not look.has_mistake("TWILIO_AUTH_TOKENS_FILE") and not settings.auth_tokens and not settings.shared_keys:
        look.mistake(
            "TWILIO_AUTH_TOKENS_FILE",
            "no key is known to check Twilio's signatures with, so every call would be refused",
            "put the shared key (best) or the Auth Token into a file readable only by this process, and name it",
        )
    look.refuse_readable_secret("TWILIO_API_SECRET_FILE", demo=settings.demo)
    look.done()
    return settings


def worker_settings(environment: Mapping[str, str]) -> WorkerSettings:
    """Read the worker's settings or raise `SettingsMistakes` with all that is wrong."""
    look = _Reader(environment)
    keys = look.path("KEYS_DIR", "the folder that `hotline keys init` filled")
    transcriber = look.choice("TRANSCRIBER", ("none", "draft", "whisper"), "none")
    model = look.path("WHISPER_MODEL_DIR", "a folder with a faster-whisper model") if transcriber == "whisper" else None
    settings = WorkerSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        line_file=look.file("LINE_FILE", "copy prompts/lines/example.toml and name your copy"),
        account_sid=look.account(),
        api_key=look.text("TWILIO_API_KEY", "the SID (SK...) of an API key made for the worker alone"),
        api_secret=look.secret("TWILIO_API_SECRET_FILE", "a file with that API key's secret, readable by the worker"),
        api_base=look.base("TWILIO_API_BASE", "leave it out to use Twilio", "https://api.twilio.com"),
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        worker_key_file=keys / "worker.key",
        recording_encryption=look.choice("RECORDING_ENCRYPTION", ("required", "off"), "required") == "required",
        recording_keys_dir=keys,
        transcriber=transcriber,
        whisper_model_dir=model,
        smtp_host=look.text("SMTP_HOST", "the host that takes your e-mail"),
        smtp_port=look.whole("SMTP_PORT", 587, least=1, most=65535),
        smtp_tls=look.choice("SMTP_TLS", ("starttls", "tls", "none"), "starttls"),
        smtp_user=environment.get("SMTP_USER", "").strip(),
        smtp_password=look.secret("SMTP_PASSWORD_FILE", "", optional=True),
        alert_from=look.text("ALERT_FROM", "the address that alerts come from"),
        alert_to=look.many("ALERT_TO", "the addresses of those on call, with commas"),
        desk_base=look.base("DESK_BASE", "the address staff open the desk at"),
        close_after_seconds=look.whole("CALL_CLOSE_AFTER_SECONDS", 600, least=0, most=86_400),
        backlog_alarm_minutes=look.whole("BACKLOG_ALARM_MINUTES", 30, least=1, most=1440),
        sound_days=look.whole("SOUND_DAYS", 14, least=7, most=14),
    )
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", address) for address in settings.alert_to):
        look.mistake("ALERT_TO", "an address has no name or no @, so an alert would reach nobody", "mend the address")
    if not settings.demo and settings.close_after_seconds < 600:
        look.mistake(
            "CALL_CLOSE_AFTER_SECONDS",
            "below 600 a recording that Twilio names late would find its call forgotten",
            "leave it at 600 or more; only the demo may go below",
        )
    look.done()
    return settings


def desk_settings(environment: Mapping[str, str]) -> DeskSettings:
    """Read the desk's settings or raise `SettingsMistakes` with all that is wrong."""
    look = _Reader(environment)
    keys = look.path("KEYS_DIR", "the folder that `hotline keys init` filled")
    runtime = look.path("RUNTIME_DIR", "a folder on tmpfs for the live key and sessions")
    settings = DeskSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        sessions_url=environment.get("SESSIONS_URL", "").strip() or f"sqlite:///{runtime}/sessions.db",
        line_file=look.file("LINE_FILE", "copy prompts/lines/example.toml and name your copy"),
        desk_base=look.base("DESK_BASE", "the address staff open the desk at"),
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        pepper_file=keys / "pepper",
        form_key_file=keys / "form.key",
        listen=look.address("DESK_LISTEN", "127.0.0.1:8001"),
    )
    look.done()
    return settings


def operator_settings(environment: Mapping[str, str]) -> OperatorSettings:
    """Read what an operator's commands need or raise `SettingsMistakes` with all that is wrong."""
    look = _Reader(environment)
    keys = look.path("KEYS_DIR", "the folder that `hotline keys init` filled")
    settings = OperatorSettings(
        database_url=look.database("DATABASE_URL"),
        keys_dir=keys,
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        pepper_file=keys / "pepper",
    )
    look.done()
    return settings


def line_settings(environment: Mapping[str, str]) -> tuple[Path, str]:
    """Read the line's file and its public address, or raise `SettingsMistakes`: the fallback documents need no more."""
    look = _Reader(environment)
    line_file = look.file("LINE_FILE", "copy prompts/lines/example.toml and name your copy")
    public_base = look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash")
    look.done()
    return line_file, public_base


def made_sounds_setting(environment: Mapping[str, str]) -> Path | None:
    """Read the folder of prompts that a machine here spoke, or None where none is named."""
    named = environment.get("PROMPTS_AUDIO_DIR", "").strip()
    return Path(named) if named else None


def digits_setting(environment: Mapping[str, str]) -> Path | None:
    """Read the folder of spoken digits, or None where none is named."""
    named = environment.get("DIGITS_DIR", "").strip()
    return Path(named) if named else None


def database_setting(environment: Mapping[str, str]) -> str:
    """Read the database's address alone or raise `SettingsMistakes`."""
    look = _Reader(environment)
    url = look.database("DATABASE_URL")
    look.done()
    return url


def folder_setting(environment: Mapping[str, str], name: str) -> Path:
    """Read one folder alone or raise `SettingsMistakes`."""
    look = _Reader(environment)
    folder = look.path(name, "the folder that `hotline keys init` was given")
    look.done()
    return folder


class _Reader:
    """Reads one setting after another and remembers what was wrong with each."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._mistakes: list[Mistake] = []

    def done(self) -> None:
        if self._mistakes:
            raise SettingsMistakes(self._mistakes)

    def mistake(self, setting: str, why: str, mend: str) -> None:
        self._mistakes.append(Mistake(setting, why, mend))

    def has_mistake(self, setting: str) -> bool:
        return any(mistake.setting == setting for mistake in self._mistakes)

    def text(self, name: str, mend: str, default: str | None = None) -> str:
        value = self._environment.get(name, "").strip() or default
        if value is None:
            self.mistake(name, "it is missing", f"set it to {mend}")
            return ""
        return value

    def many(self, name: str, mend: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, mend).split(",") if part.strip())

    def flag(self, name: str) -> bool:
        return self.choice(name, ("0", "1"), "0") == "1"

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, "", default)
        if value not in choices:
            self.mistake(name, "it is none of the values that are known", f"set it to one of: {', '.join(choices)}")
        return value

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.text(name, "", str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.mistake(name, "it is not a whole number in its range", f"set it to a number from {least} to {most}")
            return default
        return int(value)

    def path(self, name: str, mend: str) -> Path:
        return Path(self.text(name, mend))

    def file(self, name: str, mend: str) -> Path:
        path = self.path(name, mend)
        if not self.has_mistake(name) and not path.is_file():
            self.mistake(name, "there is no such file, or it may not be read", mend)
        return path

    def database(self, name: str) -> str:
        url = self.text(name, "sqlite:///var/hotline.db or postgresql://user@host/name")
        try:
            known = not url or make_url(url).get_backend_name() in ("sqlite", "postgresql")
        except ArgumentError:
            known = False
        if not known:
            self.mistake(name, "it is no address of a database", "write sqlite:///FILE or postgresql://user@host/name")
        return url

    def base(self, name: str, mend: str, default: str | None = None) -> str:
        value = self.text(name, mend, default).rstrip("/")
        parts = urlsplit(value)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        right = parts.scheme == "https" or (parts.scheme == "http" and local)
        if value and not (right and parts.hostname and not parts.username and not parts.query and not parts.fragment):
            self.mistake(name, "it is not an https address", f"set it to {mend}; http is for this machine only")
        return value

    def address(self, name: str, default: str) -> tuple[str, int]:
        host, _, port = self.text(name, "", default).rpartition(":")
        if not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
            self.mistake(name, "it is not a host and a port", f"write it like {default}")
            return "127.0.0.1", 0
        return host, int(port)

    def account(self) -> str:
        sid = self.text("TWILIO_ACCOUNT_SID", "the account's SID (AC and 32 hex characters), best a subaccount")
        if sid and not re.fullmatch(r"AC[0-9a-f]{32}", sid):
            self.mistake("TWILIO_ACCOUNT_SID", "it is not AC and 32 hex characters", "copy it from Twilio's console")
        return sid

    def fingerprint(self) -> str:
        return self.text("KEYS_FINGERPRINT", "the fingerprint that `hotline keys init` printed (`hotline keys show`)")

    def secret(self, name: str, mend: str, *, optional: bool = False) -> SecretText:
        lines = self.secrets(name, mend, optional=optional)
        return lines[0] if lines else SecretText("")

    def secrets(self, name: str, mend: str = "", *, optional: bool = False) -> tuple[SecretText, ...]:
        value = self._environment.get(name, "").strip()
        if not value:
            if not optional:
                self.mistake(name, "it is missing", f"set it to {mend}")
            return ()
        try:
            lines = [line.strip() for line in Path(value).read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError):
            self.mistake(name, "the file it names cannot be read by this process", "check the path and its owner")
            return ()
        return tuple(SecretText(line) for line in lines if line and not line.startswith("#"))

    def shared_keys(self, name: str) -> tuple[tuple[str, SecretText], ...]:
        pairs = []
        for line in self.secrets(name, optional=True):
            key_id, equals, secret = line.partition("=")
            if not equals or not key_id.strip() or not secret.strip():
                self.mistake(name, "a line is not KEY_ID=SECRET", "write one shared key a line, two during a rotation")
                return ()
            pairs.append((key_id.strip(), SecretText(secret.strip())))
        return tuple(pairs)

    def refuse_readable_secret(self, name: str, *, demo: bool) -> None:
        # With the REST secret a taken-over public door could list calls with their numbers.
        named = self._environment.get(name, "").strip()
        if self._environment.get("TWILIO_API_SECRET"):
            self.mistake("TWILIO_API_SECRET", "a secret stands in the environment", f"put it into a file: {name}")
        if named and not demo and os.access(named, os.R_OK):
            self.mistake(
                name,
                "the public door can read the worker's REST secret, and so every caller's number at Twilio",
                "let only the worker's user read that file",
            )
