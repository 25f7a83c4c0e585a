"""A line as an operator sets it up, in one folder: keys, digits, database, and a settings file for every process."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.key_making import KeyPlaces, make_keys
from storage.keys import write_secret_file
from tests.house import EXAMPLE_LINE, make_digit_tones

OWN_NAMES = {
    "PUBLIC_BASE": "https://line.open-ear.test",
    "DESK_BASE": "https://desk.open-ear.test",
    "SMTP_HOST": "mail.open-ear.test",
    "ALERT_FROM": "alerts@open-ear.test",
    "ALERT_TO": "ben@open-ear.test",
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_API_KEY": "SK" + "a" * 32,
}


@dataclass(frozen=True)
class Ground:
    """A folder that holds all a line needs, and the settings that lead there."""

    folder: Path
    settings: dict[str, str]

    def file(self, *lines: str, **changed: str) -> str:
        """Write the settings with some changed (`""` takes one out) and some lines more; return the file's path."""
        kept = {name: value for name, value in {**self.settings, **changed}.items() if value}
        path = self.folder / "line.env"
        text = "".join(f"{name}={value}\n" for name, value in kept.items()) + "".join(f"{line}\n" for line in lines)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def key(self, name: str) -> Path:
        """Return the path of a file of KEYS_DIR."""
        return self.folder / "keys" / name


def lay_ground(folder: Path) -> Ground:
    """Make keys, digits and secrets of a line whose database has no place yet."""
    public = make_keys(KeyPlaces(folder / "keys", folder / "run", (folder / "recovery",)), 1)
    write_secret_file(folder / "shared-keys", b"SK1=a shared key\n")
    write_secret_file(folder / "api-secret", b"the secret of the worker\n")
    make_digit_tones(folder / "digits")
    own = {
        **OWN_NAMES,
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'hotline.db'}",
        "LINE_FILE": str(EXAMPLE_LINE),
        "KEYS_DIR": str(folder / "keys"),
        "KEYS_FINGERPRINT": public.fingerprint,
        "RUNTIME_DIR": str(folder / "run"),
        "DIGITS_DIR": str(folder / "digits"),
        "TWILIO_SHARED_KEYS_FILE": str(folder / "shared-keys"),
        "TWILIO_API_SECRET_FILE": str(folder / "api-secret"),
    }
    return Ground(folder, own)


def moved(ground: Ground, folder: Path) -> Ground:
    """Return a copy of a ground in another folder, for one test to spoil."""
    shutil.copytree(ground.folder, folder, dirs_exist_ok=True)
    settings = {name: value.replace(str(ground.folder), str(folder)) for name, value in ground.settings.items()}
    listening = {f"{door}_LISTEN": f"127.0.0.1:{free_port()}" for door in ("IVR", "DESK")}
    return Ground(folder, {**settings, **listening})


def free_port() -> int:
    """Return a port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def taken_port() -> Iterator[int]:
    """Give a port of the loopback that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        yield port
