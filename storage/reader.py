"""Reads one setting after another out of text, and remembers what is wrong with each.

Secrets are read from the files that settings name; a value is never told back, since it may be one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from storage.mistakes import Look, Mistake, SettingsMistakes

S = TypeVar("S")

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
EXAMPLE_HOST = re.compile(r"(^|[.@])example(\.(org|com|net))?$", re.IGNORECASE)  # RFC 2606: nobody's, for ever
EXAMPLE_SID = re.compile(r"[A-Z]{2}0{32}")

NO_FILE = Mistake(
    "--settings",
    "no settings file was named, and there is no config.env in this folder",
    "copy config.example.env, fill it in, and name your copy by --settings or HOTLINE_SETTINGS",
)


class SecretText(str):
    """A secret word that shows stars when printed by mistake."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SecretText(***)"


class SettingsText(dict[str, str]):
    """The settings as text, with what was wrong in the file that they stand in."""

    def __init__(
        self, values: Mapping[str, str], mistakes: Sequence[Mistake] = (), *, is_from_file: bool = True
    ) -> None:
        super().__init__(values)
        self.mistakes = tuple(mistakes)
        self.is_from_file = is_from_file


def example_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of settings that still say what the example says, and so lead to nobody."""
    sids = ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_APP_SID")
    hosts = ("PUBLIC_BASE", "DESK_BASE", "TWILIO_API_BASE", "SMTP_HOST", "ALERT_FROM", "ALERT_TO")
    left = [name for name in sids if EXAMPLE_SID.fullmatch(environment.get(name, "").strip())]
    return (*left, *(name for name in hosts if _names_an_example(environment.get(name, ""))))


def _names_an_example(value: str) -> bool:
    hosts = [urlsplit(one.strip()).hostname or one.strip() for one in value.split(",")]
    return any(EXAMPLE_HOST.search(host) for host in hosts)


class Reader:
    """Reads one setting after another and remembers what was wrong with each."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._mistakes = list(environment.mistakes) if isinstance(environment, SettingsText) else []
        self._demo = environment.get("DEMO", "").strip() == "1"
        self._asked: list[str] = []

    def done(self) -> None:
        """Raise `SettingsMistakes` with everything that was wrong."""
        left = [] if self._demo else example_values(self._environment)
        for name in left:
            if name in self._asked and not self.has_mistake(name):
                self.mistake(name, "it still says what the example says", "set it to your own; only the demo may not")
        if self._mistakes and isinstance(self._environment, SettingsText) and not self._environment.is_from_file:
            self._mistakes.insert(0, NO_FILE)
        if self._mistakes:
            raise SettingsMistakes(list(dict.fromkeys(self._mistakes)))

    def look_further(self, settings: S, looks: Sequence[Look[S]]) -> None:
        """Look at what the settings name, so that mistakes in files are told together with mistakes in settings."""
        found = [
            mistake
            for look in looks
            if not any(self.has_mistake(name) for name in look.rests_on)
            for mistake in look.find(settings)
        ]
        self._mistakes += found

    def mistake(self, setting: str, why: str, mend: str) -> None:
        self._mistakes.append(Mistake(setting, why, mend))

    def has_mistake(self, setting: str) -> bool:
        return any(mistake.setting == setting for mistake in self._mistakes)

    def text(self, name: str, mend: str, default: str | None = None) -> str:
        self._asked.append(name)
        value = self._environment.get(name, "").strip() or default
        if value is None:
            self.mistake(name, "it is missing", f"set it to {mend}")
            return ""
        return value

    def many(self, name: str, mend: str, default: str | None = None) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, mend, default).split(",") if part.strip())

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

    def optional_folder(self, name: str, mend: str) -> Path | None:
        return self.folder(name, mend) if self.text(name, mend, "") else None

    def folder(self, name: str, mend: str) -> Path:
        path = self.path(name, mend)
        if not self.has_mistake(name) and not path.is_dir():
            self.mistake(name, f"there is no folder {path}, or it may not be looked into", f"set it to {mend}")
        return path

    def file(self, name: str, mend: str) -> Path:
        path = self.path(name, mend)
        if not self.has_mistake(name) and not path.is_file():
            self.mistake(name, f"there is no file {path}, or it may not be read", f"set it to {mend}")
        return path

    def database(self, name: str, default: str | None = None) -> str:
        url = self.text(name, "sqlite:///var/hotline.db or postgresql://user@host/name", default)
        if url and not is_database(url):
            self.mistake(
                name,
                "it is no address of a database that is known here",
                "write sqlite:///FILE or postgresql://user@host/name",
            )
        return url

    def base(self, name: str, mend: str, default: str | None = None) -> str:
        value = self.text(name, mend, default).rstrip("/")
        parts = _split(value)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        right = parts.scheme == "https" or (parts.scheme == "http" and local)
        if value and not (right and parts.hostname and not parts.username and not parts.query and not parts.fragment):
            self.mistake(name, "it is not an https address", f"set it to {mend}; http is for this machine only")
        return value

    def address(self, name: str, default: str) -> tuple[str, int]:
        host, _, port = self.text(name, "", default).rpartition(":")
        if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) <= 65535:
            self.mistake(name, "it is not a host and a port", f"write it like {default}")
            return "127.0.0.1", 0
        return host, int(port)

    def sid(self, name: str, prefix: str, mend: str) -> str:
        sid = self.text(name, f"{mend} ({prefix} and 32 hex characters)")
        if sid and not re.fullmatch(prefix + r"[0-9a-f]{32}", sid):
            self.mistake(name, f"it is not {prefix} and 32 hex characters", "copy it from Twilio's console")
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
            with Path(value).open(encoding="utf-8") as opened:
                mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
                lines = [line.strip() for line in opened]
        except (OSError, UnicodeDecodeError):
            self.mistake(name, f"{value} cannot be read by this process", "check the path and its owner")
            return ()
        found = tuple(SecretText(line) for line in lines if line and not line.startswith("#"))
        if mode & 0o077 and not self._demo:
            self.mistake(
                name, f"others may read or change {value}", "give it to this process's user, and `chmod 600` it"
            )
        if not found:
            self.mistake(name, f"{value} holds no line that is a secret", "write the secret into it, and nothing else")
        return found

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
            self.mistake("TWILIO_API_SECRET", "a secret stands in the settings", f"put it into a file: {name}")
        if named and not demo and os.access(named, os.R_OK):
            self.mistake(
                name,
                "the public door can read the worker's REST secret, and so every caller's number at Twilio",
                "run the public door as a user of its own, who may not read that file (root reads every file)",
            )


def is_database(url: str) -> bool:
    """Say whether an address leads to a kind of database that is known here, by a driver that is installed."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return False
    is_file = parsed.database not in (None, "", ":memory:")  # in memory each process would have one of its own
    return parsed.drivername in DRIVERS and (is_file or parsed.drivername.startswith("postgresql"))


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # asked for, since only then a port that is none is told
    except ValueError:
        return urlsplit("")
    return parts
