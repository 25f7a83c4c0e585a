"""The settings of each process, read once, with every mistake told at once.

The only file that reads the environment. Secrets are named by file, never by value, so that one settings file can serve
all processes while file permissions decide who reads which secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storage.mistakes import Look, Mistake, SettingsMistakes
from storage.reader import Reader, SecretText, SettingsText
from storage.retention import Keeping
from storage.settings_file import read_file

ACCOUNT = "the SID of the account that calls arrive at, best a subaccount"


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
    max_calls: int


@dataclass(frozen=True)
class ProbeSettings:
    """What a signed call from outside needs."""

    public_base: str
    account_sid: str
    auth_tokens: tuple[SecretText, ...]
    shared_keys: tuple[tuple[str, SecretText], ...]


@dataclass(frozen=True)
class WorkerSettings:
    """What the worker needs: the only REST credentials, and keys for what still waits at Twilio."""

    demo: bool
    database_url: str
    line_file: Path
    public_base: str
    account_sid: str
    api_key: str
    api_secret: SecretText
    api_base: str
    app_sid: str  # of the TwiML App that softphones ring; empty: nobody answers live
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
    daily_minutes_alarm: int
    escalate_minutes: int
    wait_alarm_seconds: int
    keeping: Keeping
    head_dir: Path | None
    head_to: tuple[str, ...]
    metrics_listen: tuple[str, int] | None
    assessment_base: str = ""  # of the teams' application: notices name it


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
    password_list: Path | None = None
    keeping: Keeping = field(default_factory=Keeping)  # what the worker obeys too: here to tell what will go
    softphone: str = "off"  # off | exchange | twilio
    softphone_address: str = ""  # ws://host:port of the practice exchange; empty for another kind
    twilio_edge: str = ""  # empty: the nearest
    wait_alarm_seconds: int = 300  # what the worker raises an alarm at: here to draw it


@dataclass(frozen=True)
class AssessmentSettings:
    """What the assessment application needs: of the line's keys the public ones alone."""

    demo: bool
    database_url: str  # the line's, as a role that sees what was handed to teams
    own_database_url: str  # its people, their keys and its audit
    sessions_url: str
    line_file: Path
    base: str
    public_keys_file: Path
    keys_fingerprint: str
    pepper_file: Path
    form_key_file: Path
    listen: tuple[str, int]
    desk_base: str = ""
    password_list: Path | None = None


@dataclass(frozen=True)
class PublicSettings:
    """What the public page is made from."""

    database_url: str
    line_file: Path
    close_after_seconds: int
    backlog_alarm_minutes: int
    sound_days: int
    keeping: Keeping


@dataclass(frozen=True)
class OperatorSettings:
    """What commands need that add people, write backups and read them back."""

    database_url: str
    keys_dir: Path
    public_keys_file: Path
    keys_fingerprint: str
    pepper_file: Path
    password_list: Path | None = None


def read_environment(settings_file: Path | None = None) -> SettingsText:
    """Return the settings as text: the file first, then the environment over it; what is wrong in the file goes along.

    Raises `SettingsMistakes` when a file was named that is not there: its settings would all seem to be missing.
    """
    named = os.environ.get("HOTLINE_SETTINGS", "")
    path = settings_file or Path(named or "config.env")
    if settings_file is None and not named and not path.exists():
        return SettingsText(os.environ, is_from_file=False)
    try:
        values, mistakes = read_file(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        told = "--settings" if settings_file else "HOTLINE_SETTINGS" if named else path.name
        why = f"there is no such file, or it may not be read: {path}"
        raise SettingsMistakes([Mistake(told, why, "name the file that holds the settings")]) from None
    return SettingsText({**values, **os.environ}, mistakes)


def ivr_settings(environment: Mapping[str, str], looks: Sequence[Look[IvrSettings]] = ()) -> IvrSettings:
    """Read the public door's settings or raise `SettingsMistakes` with all that is wrong, and what `looks` find."""
    look = Reader(environment)
    keys = look.folder("KEYS_DIR", "the folder that `hotline keys init` filled")
    runtime = look.folder("RUNTIME_DIR", "a folder on tmpfs for the live key and sessions")
    settings = IvrSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        line_file=look.file(
            "LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed"
        ),
        public_base=look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash"),
        account_sid=look.sid("TWILIO_ACCOUNT_SID", "AC", ACCOUNT),
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
        max_calls=look.whole("MAX_CALLS", 500, least=1, most=100_000),
    )
    _need_a_signing_key(look, settings.auth_tokens, settings.shared_keys)
    look.refuse_readable_secret("TWILIO_API_SECRET_FILE", demo=settings.demo)
    look.look_further(settings, looks)
    look.done()
    return settings


def worker_settings(environment: Mapping[str, str], looks: Sequence[Look[WorkerSettings]] = ()) -> WorkerSettings:
    """Read the worker's settings or raise `SettingsMistakes` with all that is wrong, and what `looks` find."""
    look = Reader(environment)
    keys = look.folder("KEYS_DIR", "the folder that `hotline keys init` filled")
    transcriber = look.choice("TRANSCRIBER", ("none", "draft", "whisper"), "none")
    model = look.path("WHISPER_MODEL_DIR", "a folder with a faster-whisper model") if transcriber == "whisper" else None
    settings = WorkerSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        line_file=look.file(
            "LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed"
        ),
        public_base=look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash"),
        account_sid=look.sid("TWILIO_ACCOUNT_SID", "AC", ACCOUNT),
        api_key=look.sid("TWILIO_API_KEY", "SK", "the SID of an API key made for the worker alone"),
        api_secret=look.secret("TWILIO_API_SECRET_FILE", "a file with that API key's secret, readable by the worker"),
        api_base=look.base("TWILIO_API_BASE", "leave it out to use Twilio", "https://api.twilio.com"),
        app_sid=look.sid("TWILIO_APP_SID", "AP", "the SID of the TwiML App of the softphones")
        if environment.get("TWILIO_APP_SID", "").strip()
        else "",
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
        close_after_seconds=_close_after(look),
        backlog_alarm_minutes=_backlog_alarm(look),
        sound_days=_sound_days(look),
        daily_minutes_alarm=look.whole("DAILY_MINUTES_ALARM", 3000, least=1, most=1_000_000),
        escalate_minutes=look.whole("ESCALATE_MINUTES", 5, least=1, most=30),
        wait_alarm_seconds=_wait_alarm(look),
        keeping=_keeping(look),
        head_dir=look.folder("AUDIT_HEAD_DIR", "a folder for the audit's head")
        if environment.get("AUDIT_HEAD_DIR", "").strip()
        else None,
        head_to=look.many("AUDIT_HEAD_TO", "", ""),
        metrics_listen=look.address("METRICS_LISTEN", "127.0.0.1:9464")
        if environment.get("METRICS_LISTEN", "").strip()
        else None,
        assessment_base=look.base("ASSESSMENT_BASE", "the address that teams open their application at", "")
        if environment.get("ASSESSMENT_BASE", "").strip()
        else "",
    )
    told = {"ALERT_TO": settings.alert_to, "ALERT_FROM": (settings.alert_from,), "AUDIT_HEAD_TO": settings.head_to}
    for name, addresses in told.items():
        if not look.has_mistake(name) and not all(re.fullmatch(r"[^@\s]+@[^@\s]+", one) for one in addresses):
            look.mistake(name, "an address has no name or no @, so an alert would reach nobody", "mend the address")
    if settings.smtp_user and not settings.smtp_password and not look.has_mistake("SMTP_PASSWORD_FILE"):
        look.mistake(
            "SMTP_PASSWORD_FILE", "SMTP_USER signs in, and there is no password", "name the file that holds it"
        )
    if not settings.demo and settings.close_after_seconds < 600:
        look.mistake(
            "CALL_CLOSE_AFTER_SECONDS",
            "below 600 a recording that Twilio names late would find its call forgotten",
            "leave it at 600 or more; only the demo may go below",
        )
    look.look_further(settings, looks)
    look.done()
    return settings


def desk_settings(environment: Mapping[str, str], looks: Sequence[Look[DeskSettings]] = ()) -> DeskSettings:
    """Read the desk's settings or raise `SettingsMistakes` with all that is wrong, and what `looks` find."""
    look = Reader(environment)
    keys = look.folder("KEYS_DIR", "the folder that `hotline keys init` filled")
    runtime = look.folder("RUNTIME_DIR", "a folder on tmpfs for the live key and sessions")
    settings = DeskSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        sessions_url=look.database("SESSIONS_URL", f"sqlite:///{runtime}/sessions.db"),
        line_file=look.file(
            "LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed"
        ),
        desk_base=look.base("DESK_BASE", "the address staff open the desk at"),
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        pepper_file=keys / "pepper",
        form_key_file=keys / "form.key",
        listen=look.address("DESK_LISTEN", "127.0.0.1:8001"),
        password_list=_password_list(look, environment),
        keeping=_keeping(look),
        softphone=look.choice("SOFTPHONE", ("off", "exchange", "twilio"), "off"),
        softphone_address=_softphone_address(look, environment),
        twilio_edge=_twilio_edge(look, environment),
        wait_alarm_seconds=_wait_alarm(look),
    )
    if settings.softphone == "exchange" and not settings.demo:
        look.mistake(
            "SOFTPHONE",
            "the practice exchange carries no real call, and this is no demo",
            "write twilio, or off where nobody answers calls",
        )
    look.look_further(settings, looks)
    look.done()
    return settings


def assessment_settings(
    environment: Mapping[str, str], looks: Sequence[Look[AssessmentSettings]] = ()
) -> AssessmentSettings:
    """Read the assessment application's settings or raise `SettingsMistakes` with all that is wrong."""
    look = Reader(environment)
    keys = look.folder("KEYS_DIR", "the folder with `public.json` and what `hotline assessment open` makes")
    runtime = look.folder("RUNTIME_DIR", "a folder on tmpfs for the live key and sessions")
    settings = AssessmentSettings(
        demo=look.flag("DEMO"),
        database_url=look.database("DATABASE_URL"),
        own_database_url=look.database("ASSESSMENT_DATABASE_URL"),
        sessions_url=look.database("ASSESSMENT_SESSIONS_URL", f"sqlite:///{runtime}/assessment-sessions.db"),
        line_file=look.file(
            "LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed"
        ),
        base=look.base("ASSESSMENT_BASE", "the address teams open the assessment application at"),
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        pepper_file=keys / "assessment-pepper",
        form_key_file=keys / "assessment-form.key",
        listen=look.address("ASSESSMENT_LISTEN", "127.0.0.1:8002"),
        desk_base=environment.get("DESK_BASE", "").strip(),
        password_list=_password_list(look, environment),
    )
    if settings.own_database_url and settings.own_database_url == settings.database_url:
        look.mistake(
            "ASSESSMENT_DATABASE_URL",
            "it is the line's own database: the desk would see who reads for a team, and a team's people the desk's",
            "name a database of its own, made by `hotline database upgrade --assessment`",
        )
    look.look_further(settings, looks)
    look.done()
    return settings


def operator_settings(environment: Mapping[str, str], *, assessment: bool = False) -> OperatorSettings:
    """Read what an operator's commands need or raise `SettingsMistakes` with all that is wrong."""
    look = Reader(environment)
    keys = look.folder("KEYS_DIR", "the folder that `hotline keys init` filled")
    settings = OperatorSettings(
        database_url=_database(look, assessment=assessment),
        keys_dir=keys,
        public_keys_file=keys / "public.json",
        keys_fingerprint=look.fingerprint(),
        pepper_file=keys / "pepper",
        password_list=_password_list(look, environment),
    )
    look.done()
    return settings


def line_settings(environment: Mapping[str, str]) -> tuple[Path, str]:
    """Read the line's file and its public address, or raise `SettingsMistakes`: the fallback documents need no more."""
    look = Reader(environment)
    line_file = look.file("LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed")
    public_base = look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash")
    look.done()
    return line_file, public_base


def probe_settings(environment: Mapping[str, str]) -> ProbeSettings:
    """Read what a signed call needs, or raise `SettingsMistakes`: no key that opens, and no database."""
    look = Reader(environment)
    settings = ProbeSettings(
        public_base=look.base("PUBLIC_BASE", "the https address that Twilio is told, without a trailing slash"),
        account_sid=look.sid("TWILIO_ACCOUNT_SID", "AC", ACCOUNT),
        auth_tokens=look.secrets("TWILIO_AUTH_TOKENS_FILE", optional=True),
        shared_keys=look.shared_keys("TWILIO_SHARED_KEYS_FILE"),
    )
    _need_a_signing_key(look, settings.auth_tokens, settings.shared_keys)
    look.done()
    return settings


def _need_a_signing_key(look: Reader, tokens: Sequence[object], shared_keys: Sequence[object]) -> None:
    unread = look.has_mistake("TWILIO_AUTH_TOKENS_FILE") or look.has_mistake("TWILIO_SHARED_KEYS_FILE")
    if not unread and not tokens and not shared_keys:
        look.mistake(
            "TWILIO_AUTH_TOKENS_FILE",
            "no key is known to check Twilio's signatures with, so every call would be refused",
            "put the shared key (best) or the Auth Token into a file readable only by this process, and name it",
        )


def made_sounds_setting(environment: Mapping[str, str]) -> Path | None:
    """Read the folder of prompts that a machine here spoke, or None where none is named."""
    named = environment.get("PROMPTS_AUDIO_DIR", "").strip()
    return Path(named) if named else None


def digits_setting(environment: Mapping[str, str]) -> Path | None:
    """Read the folder of spoken digits, or None where none is named."""
    named = environment.get("DIGITS_DIR", "").strip()
    return Path(named) if named else None


def switch_settings(environment: Mapping[str, str]) -> tuple[str, Path]:
    """Read the database's address and the line's file, or raise `SettingsMistakes`."""
    look = Reader(environment)
    url = look.database("DATABASE_URL")
    line_file = look.file("LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed")
    look.done()
    return url, line_file


def public_settings(environment: Mapping[str, str]) -> PublicSettings:
    """Read what the public page is made from, or raise `SettingsMistakes`: no key, and no address of the carrier."""
    look = Reader(environment)
    settings = PublicSettings(
        database_url=look.database("DATABASE_URL"),
        line_file=look.file(
            "LINE_FILE", "the file of your line: a copy of prompts/lines/example.toml that you changed"
        ),
        close_after_seconds=_close_after(look),
        backlog_alarm_minutes=_backlog_alarm(look),
        sound_days=_sound_days(look),
        keeping=_keeping(look),
    )
    look.done()
    return settings


def retention_settings(environment: Mapping[str, str]) -> tuple[str, Keeping]:
    """Read the database's address and how long reports are kept, or raise `SettingsMistakes`."""
    look = Reader(environment)
    read = look.database("DATABASE_URL"), _keeping(look)
    look.done()
    return read


def database_setting(environment: Mapping[str, str], *, assessment: bool = False) -> str:
    """Read the database's address alone or raise `SettingsMistakes`; `assessment`: of that application's own."""
    look = Reader(environment)
    url = _database(look, assessment=assessment)
    look.done()
    return url


def _database(look: Reader, *, assessment: bool) -> str:
    return look.database("ASSESSMENT_DATABASE_URL") if assessment else look.database("DATABASE_URL")


def folder_setting(environment: Mapping[str, str], name: str) -> Path:
    """Read one folder alone or raise `SettingsMistakes`."""
    look = Reader(environment)
    folder = look.path(name, f"a folder, or name one by --{name.lower().replace('_', '-')}")
    look.done()
    return folder


def _softphone_address(look: Reader, environment: Mapping[str, str]) -> str:
    """Return where the practice exchange listens, as a WebSocket's address: on this machine, and nowhere else."""
    value = environment.get("SOFTPHONE_ADDRESS", "").strip()
    if environment.get("SOFTPHONE", "").strip() != "exchange":
        if value:
            look.mistake("SOFTPHONE_ADDRESS", "SOFTPHONE does not name the exchange", "leave it empty")
        return ""
    found = re.fullmatch(r"(?:ws|http)://(127\.0\.0\.1|localhost|\[::1\]):([0-9]{1,5})/?", value)
    if not found or not 0 < int(found[2]) <= 65_535:
        look.mistake(
            "SOFTPHONE_ADDRESS",
            "it is not an address of this machine with a port",
            "write it like http://127.0.0.1:8480, as `hotline simulator` prints it (control=...)",
        )
        return ""
    return f"ws://{found[1]}:{found[2]}"


def _twilio_edge(look: Reader, environment: Mapping[str, str]) -> str:
    edge = environment.get("TWILIO_EDGE", "").strip()
    if edge and not re.fullmatch(r"[a-z]{2,30}(-ix)?", edge):
        look.mistake("TWILIO_EDGE", "it is no name of an edge", "write one like dublin, or leave it empty: the nearest")
        return ""
    return edge


def _password_list(look: Reader, environment: Mapping[str, str]) -> Path | None:
    if not environment.get("PASSWORD_LIST_FILE", "").strip():
        return None
    return look.file("PASSWORD_LIST_FILE", "a list of passwords, one a line")


def _wait_alarm(look: Reader) -> int:
    return look.whole("WAIT_ALARM_SECONDS", 300, least=30, most=3600)


def _close_after(look: Reader) -> int:
    return look.whole("CALL_CLOSE_AFTER_SECONDS", 600, least=0, most=86_400)


def _backlog_alarm(look: Reader) -> int:
    return look.whole("BACKLOG_ALARM_MINUTES", 30, least=1, most=1440)


def _sound_days(look: Reader) -> int:
    return look.whole("SOUND_DAYS", 14, least=7, most=14)


def _keeping(look: Reader) -> Keeping:
    usual = Keeping()
    # A reference works for twelve months after its last use: its report must not go before.
    return Keeping(
        confirmed_weeks=look.whole("RETAIN_CONFIRMED_WEEKS", usual.confirmed_weeks, least=53, most=520),
        dismissed_weeks=look.whole("RETAIN_DISMISSED_WEEKS", usual.dismissed_weeks, least=1, most=104),
        raw_weeks=look.whole("RETAIN_RAW_WEEKS", usual.raw_weeks, least=13, most=52),
        released_weeks=look.whole("RETAIN_RELEASED_WEEKS", usual.released_weeks, least=53, most=520),
        team_weeks=look.whole("RETAIN_TEAM_WEEKS", usual.team_weeks, least=4, most=104),
        open_alarm_weeks=look.whole("OPEN_ALARM_WEEKS", usual.open_alarm_weeks, least=1, most=52),
    )
