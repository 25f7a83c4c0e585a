"""Everything the demo needs on disk: keys, people, spoken digits and one settings file, made once and kept."""

from __future__ import annotations

import contextlib
import io
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from handlers.skills import Qualification, language_skill
from ivr.simulator.serving import is_free
from prompts.line import read_line
from prompts.wording import FOLDER as PROMPTS
from prompts.wording import read_wording_file
from storage.clock import SystemClock, month_of, months_later
from storage.command_line import run
from storage.database import Database
from storage.public_keys import unpinned_public_keys
from storage.skills import Skill, replace_skills, trained

EXAMPLE_LINE = PROMPTS / "lines" / "example.toml"
FOLDER = Path("var/demo")
LINE = "+448081570192"  # Ofcom's numbers for drama
ACCOUNT, API_KEY = "AC" + "5" * 32, "SK" + "5" * 32
APPLICATION, SOFTPHONE_PATH = "AP" + "5" * 32, "/softphone"  # what the softphones of staff ring
PORTS = {"line": 8000, "desk": 8001, "carrier": 8002, "assessment": 8003, "phone": 8480, "mail": 8025}
BEGUN = "made-by-hotline-demo"  # written first: nothing is ever removed from a folder without it
STAFF = (
    ("ben", "Ben", "supervisor"),
    ("carla", "Carla", "supervisor"),  # what takes two can be tried
    ("amina", "Amina", "handler"),
    ("ola", "Ola", "administrator"),
    ("iris", "Iris", "auditor"),
)


TEAM = "north"
LEAD = (f"lena@{TEAM}", "Lena", "lead")


class DemoNotMade(Exception):
    """A part of the demo could not be made; the message says which and what the command said."""


@dataclass(frozen=True)
class Staff:
    """A made-up member of staff with what they sign in with."""

    name: str
    alias: str
    role: str
    password: str
    totp_secret: str


@dataclass(frozen=True)
class House:
    """Where the demo lives and which ports it uses."""

    folder: Path
    ports: dict[str, int]
    line_file: Path

    @property
    def settings(self) -> Path:
        """The settings file of all processes."""
        return self.folder / "config.env"

    @property
    def logs(self) -> Path:
        """Where the processes write their events."""
        return self.folder / "logs"

    @property
    def mail(self) -> Path:
        """Where alerts arrive."""
        return self.folder / "mail"

    @property
    def digits(self) -> Path:
        """The spoken digits."""
        return self.folder / "digits"

    @property
    def made_sounds(self) -> Path:
        """The prompts of languages that Twilio has no voice for."""
        return self.folder / "sounds"

    @property
    def recording_public_key(self) -> bytes:
        """The key that the simulated carrier encrypts recordings with."""
        return (self.folder / "keys" / "recording-public.pem").read_bytes()

    def secret(self, name: str) -> str:
        """Return one of the made-up credentials of the simulated carrier."""
        return (self.folder / "carrier" / name).read_text(encoding="ascii").strip()

    def address(self, name: str) -> str:
        """Return the address of one part on this machine; teams come by another host name than staff."""
        host = "localhost" if name == "assessment" else "127.0.0.1"
        return f"http://{host}:{self.ports[name]}"

    @property
    def own_line(self) -> Path:
        """The line's file that the processes read: the named one, and the demo's team with its keys."""
        return self.folder / "line.toml"

    def staff(self) -> tuple[Staff, ...]:
        """Return everybody who can sign in."""
        return tuple(self._one(*person) for person in STAFF)

    def teams(self) -> tuple[Staff, ...]:
        """Return everybody who can sign in to the assessment application."""
        return (self._one(*LEAD),) if (self.folder / "people" / f"{LEAD[0]}.totp").exists() else ()

    def _one(self, name: str, alias: str, role: str) -> Staff:
        people = self.folder / "people"
        return Staff(name, alias, role, _read(people / f"{name}.password"), _read(people / f"{name}.totp"))


def make_house(folder: Path, tell: Callable[[str], None], line_file: Path = EXAMPLE_LINE) -> House:
    """Make what is missing in the demo's folder, or raise `DemoNotMade`. May run twice."""
    if not (_is_ours(folder) and (folder / "made").exists()):
        # Half a house is of no use: what was interrupted is made anew.
        clear(folder)
        folder.mkdir(parents=True, mode=0o700)
        (folder / BEGUN).touch()
        (folder / "logs").mkdir()
        _make_once(House(folder, PORTS, line_file), tell)
        (folder / "made").touch()
    house = House(folder, _free_ports(), line_file)  # asked last: what was free a while ago may not be any more
    _write_line(house)
    _write_settings(house)
    _make_sounds(house, tell)
    return house


def _make_sounds(house: House, tell: Callable[[str], None]) -> None:
    """Let a machine speak what Twilio cannot; quick where nothing changed."""
    for language in read_line(house.line_file).languages:
        if not (house.digits / language.code).exists():
            tell(f"spoken digits, {language.name}")
            _hotline("digits", "--stand-in", "--out", str(house.digits), "--languages", language.code)
        if not read_wording_file(language.code).language.voice:
            tell(f"spoken sentences, {language.name}")
            speaks = ("speak", language.code, "--stand-in", "--line", str(house.line_file))
            _hotline("prompts", *speaks, "--made", str(house.made_sounds))


def clear(folder: Path) -> None:
    """Remove a demo's folder; raises `DemoNotMade` rather than remove a folder that no demo has made."""
    if not folder.exists():
        return
    if not _is_ours(folder) and (folder.is_symlink() or not folder.is_dir() or any(folder.iterdir())):
        raise DemoNotMade(
            f"{folder} is no folder of a demo, so nothing in it was touched: name one that is new or empty"
        )
    shutil.rmtree(folder)


def _is_ours(folder: Path) -> bool:
    """Say whether a demo made this very folder; others have a folder named `made` too, and their own work beside it."""
    by_an_earlier_one = (folder / "made").is_file() and all((folder / part).is_dir() for part in ("people", "carrier"))
    return not folder.is_symlink() and ((folder / BEGUN).is_file() or by_an_earlier_one)


def _make_once(house: House, tell: Callable[[str], None]) -> None:
    folder = house.folder
    tell("keys")
    keys, runtime, recovery = folder / "keys", folder / "runtime", folder / "recovery.key"
    _hotline("keys", "init", "--keys-dir", str(keys), "--runtime-dir", str(runtime), "--recovery-out", str(recovery))
    for name in ("auth-tokens", "api-secret"):
        _write(folder / "carrier" / name, secrets.token_hex(16))
    _write_line(house)
    _write_settings(house)
    tell("database")
    _hotline("database", "upgrade", "--settings", str(house.settings))
    _hotline("database", "upgrade", "--assessment", "--settings", str(house.settings))
    for name, alias, role in STAFF:
        tell(f"{alias}, {role}")
        password, totp = _new_password(house, name)
        reads = ("--recovery-key", str(recovery)) if role in ("supervisor", "handler") else ()
        told = ("--name", name, "--alias", alias, "--role", role, *reads)
        files = ("--password-file", str(password), "--totp-out", str(totp), "--settings", str(house.settings))
        _hotline("people", "add", *told, *files)
    _write_down_training(house)
    _hotline("keys", "signing", "--recovery-key", str(recovery), "--settings", str(house.settings))
    tell("a team")
    _open_team(house)


def _new_password(house: House, name: str) -> tuple[Path, Path]:
    """Make somebody's password; return its file, and where the authenticator's secret will stand."""
    people = house.folder / "people"
    _write(people / f"{name}.password", " ".join(secrets.SystemRandom().sample(WORDS, 5)))
    return people / f"{name}.password", people / f"{name}.totp"


def _open_team(house: House) -> None:
    """Let a team make its keys, as its own people do on their own machines, and keep what the line's file names."""
    name, alias, _ = LEAD
    password, totp = _new_password(house, name)
    told = ("--name", name.partition("@")[0], "--alias", alias, "--settings", str(house.settings))
    said = _hotline("assessment", "open", TEAM, *told, "--password-file", str(password), "--totp-out", str(totp))
    own = house.folder / "team"
    own.mkdir(mode=0o700)
    said += _hotline("package", "key", "--out", str(own / "age-identity.txt"))
    lines = [line.strip() for line in said.splitlines()]
    keys = "\n".join(line for line in lines if line.startswith(("age = ", "group_key = ", "epoch = ")))
    force = read_line(house.line_file).forces[0]
    section = (
        f'\n[[teams]]\nid = "{TEAM}"\nname = "{force} Counter-Corruption Unit"\nforce = "{force}"\n'
        f'email = "team@example.org"\n{keys}\n'
    )
    (own / "section.toml").write_text(section, encoding="utf-8")


def _write_line(house: House) -> None:
    """Write the line's file anew from the one that was named: somebody may have changed that since."""
    section = house.folder / "team" / "section.toml"
    team = section.read_text(encoding="utf-8") if section.exists() else ""
    house.own_line.write_text(house.line_file.read_text(encoding="utf-8") + team, encoding="utf-8")


def _write_down_training(house: House) -> None:
    """Let those who read reports be offered calls: what a supervisor writes down on the page Training."""
    database, until = Database(f"sqlite:///{house.folder}/hotline.db"), months_later(month_of(SystemClock().now()), 12)
    spoken = [language.code for language in read_line(house.line_file).languages]
    qualified = [Skill(one.value, until) for one in Qualification]
    with database.write() as connection:
        for person in trained(connection, ("handler", "supervisor")):
            speaks = spoken if person.alias == "Carla" else spoken[:1]
            languages = [Skill(language_skill(code)) for code in speaks]
            replace_skills(connection, person.person_id, seen=(), new=(*languages, *qualified))
    database.close()


def _write_settings(house: House) -> None:
    folder = house.folder
    settings = {
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{folder}/hotline.db",
        "LINE_FILE": str(house.own_line),
        "KEYS_DIR": str(folder / "keys"),
        "KEYS_FINGERPRINT": unpinned_public_keys(folder / "keys" / "public.json").fingerprint,
        "RUNTIME_DIR": str(folder / "runtime"),
        "DIGITS_DIR": str(house.digits),
        "PROMPTS_AUDIO_DIR": str(house.made_sounds),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKENS_FILE": str(folder / "carrier" / "auth-tokens"),
        "TWILIO_API_KEY": API_KEY,
        "TWILIO_API_SECRET_FILE": str(folder / "carrier" / "api-secret"),
        "TWILIO_API_BASE": house.address("carrier"),
        "TWILIO_APP_SID": APPLICATION,
        "PUBLIC_BASE": house.address("line"),
        "IVR_LISTEN": f"127.0.0.1:{house.ports['line']}",
        "IVR_PROCESSES": "2",
        "RECORDING_ENCRYPTION": "required",
        "TRANSCRIBER": "draft",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(house.ports["mail"]),
        "SMTP_TLS": "none",
        "ALERT_FROM": "line@example.org",
        "ALERT_TO": "on-call@example.org",
        "CALL_CLOSE_AFTER_SECONDS": "3",
        "DESK_BASE": house.address("desk"),
        "DESK_LISTEN": f"127.0.0.1:{house.ports['desk']}",
        "ASSESSMENT_DATABASE_URL": f"sqlite:///{folder}/assessment.db",
        "ASSESSMENT_BASE": house.address("assessment"),
        "ASSESSMENT_LISTEN": f"127.0.0.1:{house.ports['assessment']}",
        "SOFTPHONE": "exchange",
        "SOFTPHONE_ADDRESS": house.address("phone"),
    }
    house.settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")


def _hotline(*words: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = run(list(words))
    if status != 0:
        raise DemoNotMade(f"hotline {words[0]} ended with {status}:\n{said.getvalue()}")
    return said.getvalue()


def _free_ports() -> dict[str, int]:
    ports: dict[str, int] = {}
    for name, usual in PORTS.items():
        ports[name] = next(
            port for port in range(usual, usual + 2000, 7) if is_free(port) and port not in ports.values()
        )
    return ports


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="ascii")


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


WORDS = (
    "anchor", "basket", "candle", "dolphin", "ember", "falcon", "garden", "harbour", "island", "juniper", "kettle",
    "lantern", "meadow", "nutmeg", "orchard", "pebble", "quilt", "ribbon", "saddle", "thimble", "umbrella", "velvet",
    "walnut", "yonder", "zephyr", "acorn", "bramble", "copper", "driftwood", "elbow", "fiddle", "gravel",
)  # fmt: skip
