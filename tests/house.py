"""A whole line on one machine in one process, wired as it runs: for journeys, random walks, faults and benchmarks.

    with make_house(tmp_path, database_url) as house:
        call = house.ring()                       # through the simulator, with real signatures, into the real door
        call.press("1"); call.silence(); ...      # see ivr.simulator.calls.SimulatedCall
        say(call, speech(3.0))                    # waits for the tone, speaks sound that is no blank, presses #
        tell_all(house, call, {"allegation": "4"})  # goes through a whole report, with chosen keys at some steps
        house.reference_heard(call)               # the 16 digits, from the sound that was played
        house.work()                              # the worker until nothing is due
        house.later(minutes=20)                   # turns everybody's clock: carrier, door, worker and desk
        ben = house.hire("ben", "supervisor")     # a member of staff, admitted to the desk's key
        visit = house.sign_in(ben)                # a browser at the desk: visit.get(path), visit.post(path, name=value)
        house.back_up(tmp_path / "backup")

What can be reached: `house.settings` (IvrSettings), `.door` (the public WSGI application), `.exchange` and `.rest`
(the carrier), `.place` (the worker's Workplace), `.post.sent` (alerts), `.desk` (the inside Flask application),
`.database`, `.clock`, `.public_keys`, `.recovery` (opens everything), `.environment` (the settings as processes read
them). Slow work (Argon2id) is waited for after every request, so that journeys do not depend on the machine's speed:
`patient=False` leaves that out.
"""

from __future__ import annotations

import random
import re
import secrets
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from handlers.desk.app import app_on
from handlers.desk.ground import lay
from ivr.app import PublicDoor, create_app
from ivr.simulator import sounds
from ivr.simulator.calls import SimulatedCall
from ivr.simulator.clocks import VirtualClock
from ivr.simulator.ears import DigitEars
from ivr.simulator.encryption import RecordingKey
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import Caller, NumberSettings
from ivr.simulator.moments import Played
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from ivr.simulator.signing import Signer
from ivr.simulator.transport import Answer, Request, Transport, WsgiTransport
from ivr.steps import Record
from ivr.worker import rounds
from ivr.worker.commands import furnished
from ivr.worker.timetable import LANES
from ivr.worker.transcriber import NoTranscriber, Transcriber
from ivr.worker.workplace import Workplace
from prompts.line import read_line
from storage.backup import Written, write_backup
from storage.database import Database
from storage.key_making import KeyPlaces, desk_key_by_recovery, make_keys
from storage.keys import read_pepper
from storage.opening import GroupKey, read_recovery_key
from storage.people import NewPerson, add_person, admit
from storage.public_keys import PublicKeys
from storage.settings import IvrSettings, desk_settings, ivr_settings, worker_settings

LINE = "+448081570192"
BASE = "https://line.example.org"
DESK_BASE = "https://desk.example.org"
ACCOUNT, API_KEY = "AC" + "5" * 32, "SK" + "5" * 32
RECORDING_KEY_SID = "CR" + "5" * 32
EXAMPLE_LINE = Path(__file__).parents[1] / "prompts/lines/example.toml"
LANGUAGES = ("en", "pl")
PASSWORD = "four quiet herons on one pier"
SLOW_WORK_SECONDS = 20
MOST_ACTS = 150


@dataclass
class Letters:
    """The post of those on call: keeps what was sent."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # to somebody of the chain alone

    def send(self, subject: str, text: str, to: tuple[str, ...] = ()) -> None:
        (self.told if to else self.sent).append((subject, text))


@dataclass(frozen=True)
class Staff:
    """A made-up member of staff with what they sign in with."""

    new: NewPerson
    password: str

    def code(self, now: int) -> str:
        """Return what their authenticator shows."""
        return pyotp.TOTP(self.new.totp_secret.decode()).at(now)


@dataclass
class Visit:
    """A browser at the desk that takes forms with their tokens, as a browser does."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=DESK_BASE)

    def cookies(self) -> list[str]:
        """Return the values of all cookies that the browser holds for the desk."""
        host = DESK_BASE.removeprefix("https://")
        held = (self.client.get_cookie(name, host) for name in ("__Host-desk", "__Host-form"))
        return [cookie.value for cookie in held if cookie is not None]

    def post(self, path: str, *, page: str = "", **fields: str) -> TestResponse:
        """Send a form that stands on `page` (the same address, when none is named)."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page or path).text)
        assert token is not None, f"no form stands on {page or path}"
        headers = {"Referer": DESK_BASE + (page or path), "Origin": DESK_BASE}
        data = {"csrf_token": token[1], **fields}
        return self.client.post(path, base_url=DESK_BASE, data=data, headers=headers)


@dataclass
class House:
    """The parts of a line, wired; see the top of this file."""

    folder: Path
    clock: VirtualClock
    environment: dict[str, str]
    settings: IvrSettings
    door: PublicDoor
    exchange: Exchange
    rest: RestApi
    place: Workplace
    post: Letters
    desk: Flask
    public_keys: PublicKeys
    recovery: GroupKey

    @property
    def database(self) -> Database:
        """The database as the public door uses it."""
        return self.door.hotline.database

    @property
    def recovery_file(self) -> Path:
        """The offline recovery key."""
        return self.folder / "recovery.key"

    # ---- the caller

    def ring(self, caller: Caller | None = None, *, listens_at_once: bool = True) -> SimulatedCall:
        """Ring the line; the call waits for its caller."""
        return self.exchange.ring(LINE, caller, listens_at_once=listens_at_once)

    def reference_heard(self, call: SimulatedCall) -> str:
        """Return the reference that the caller was told last, or an empty text."""
        ears = DigitEars(self.settings.digits_dir)
        for item in reversed(call.heard):
            heard = ears.hear(item.sound) if isinstance(item, Played) else ""
            if len(heard) >= 16:
                return heard[:16]
        return ""

    # ---- time and the worker

    def later(self, *, seconds: int = 0, minutes: int = 0, days: int = 0) -> None:
        """Let time pass for everybody."""
        self.exchange.advance(seconds + minutes * 60 + days * 86_400)

    def work(self) -> None:
        """Let the worker do all that is due now; what has to wait is done after `later`."""
        rounds.run_until_nothing_is_due(self.place, LANES, threading.Event())

    # ---- staff and operator

    def hire(self, name: str, role: str = "handler") -> Staff:
        """Add a member of staff; whoever reads reports is admitted to the desk's key."""
        desk = desk_key_by_recovery(Path(self.environment["KEYS_DIR"]), self.recovery, self.public_keys.desk)
        pepper = read_pepper(self.settings.pepper_file)
        with self.database.write() as connection:
            new = add_person(connection, name=name, alias=name.title(), role=role, password=PASSWORD, pepper=pepper)
            if role in ("handler", "supervisor"):
                admit(connection, member=new.person.person_id, public_key=new.person.public_key, group=desk)
        return Staff(new, PASSWORD)

    def visit(self) -> Visit:
        """Open a browser at the desk's door."""
        return Visit(self.desk.test_client())

    def sign_in(self, staff: Staff) -> Visit:
        """Open a browser and sign in. A code works once: let 30 s pass before the same person signs in again."""
        visit = self.visit()
        code = staff.code(self.clock.now())
        answer = visit.post("/sign-in", name=staff.new.person.name, password=staff.password, code=code)
        assert answer.status_code == 303, "the sign-in was refused"
        return visit

    def back_up(self, folder: Path) -> tuple[Written, ...]:
        """Write a sealed backup."""
        recovery, now = self.public_keys.recovery, self.clock.now()
        return write_backup(self.database, folder, recovery, at=now, noted=lambda table: None)


@contextmanager
def make_house(
    folder: Path,
    database_url: str,
    *,
    transcriber: Transcriber | None = None,
    signer: Signer | None = None,
    number: NumberSettings | None = None,
    line_file: Path = EXAMPLE_LINE,
    clock: VirtualClock | None = None,
    encrypted: bool = True,
    patient: bool = True,
    more_settings: Mapping[str, str] | None = None,
) -> Iterator[House]:
    """Give a house in `folder` on a database that has its tables; everything is closed at the end.

    `signer` signs webhooks with another key than the account's token; `number` is what is set at the carrier;
    `encrypted` says whether the carrier encrypts recordings.
    """
    clock, auth_token, api_secret = clock or VirtualClock(), secrets.token_hex(16), secrets.token_hex(16)
    places = KeyPlaces(folder / "keys", folder / "runtime", (folder / "recovery.key",))
    public = make_keys(places, clock.now())
    make_digit_tones(folder / "digits", [language.code for language in read_line(line_file).languages])
    environment = _environment(folder, database_url, public, line_file, auth_token, api_secret, encrypted=encrypted)
    environment |= more_settings or {}
    settings = ivr_settings(environment)
    with ExitStack() as closing:
        door = create_app(settings, clock=clock)
        closing.callback(door.close)
        exchange = Exchange(
            service=Patient(WsgiTransport(door), door) if patient else WsgiTransport(door),
            numbers={LINE: number or NumberSettings(f"{BASE}/call", status_callback=f"{BASE}/ended")},
            account_sid=ACCOUNT,
            auth_token=auth_token,
            api_key=API_KEY,
            api_secret=api_secret,
            signer=signer,
            clock=clock,
            recording_key=_recording_key(places.keys_dir) if encrypted else None,
        )
        rest, post = RestApi(exchange), Letters()
        served = closing.enter_context(Served(rest))
        environment |= {"TWILIO_API_BASE": served.address}
        place = _workplace(environment, clock, transcriber or NoTranscriber(), post)
        closing.callback(place.database.close)
        ground = lay(desk_settings(environment), clock)
        closing.callback(ground.database.close)
        closing.callback(ground.sessions.close)
        recovery = read_recovery_key([places.recovery_out[0]])
        yield House(
            folder, clock, environment, settings, door, exchange, rest, place, post, app_on(ground), public, recovery
        )


def say(call: SimulatedCall, wav: bytes, *, finish: str = "#") -> None:
    """Hear the question out, speak after the tone, and press the key that ends the clip."""
    while call.waiting_for == "key":
        call.silence()
    call.speak(wav)
    if finish and not call.ended:
        call.press(finish)


def tell_all(house: House, call: SimulatedCall, keys: Mapping[str, str], *, stop_at: str = "") -> str:
    """Go through a report from the present step to the call's end (or to `stop_at`); return the reference heard.

    At a step in `keys` those are pressed; a voice question is answered, and any other with 1.
    """
    for _ in range(MOST_ACTS):
        if call.ended or call.step == stop_at:
            break
        is_voice = isinstance(house.door.hotline.flow.steps.get(call.step), Record)
        if call.step in keys:
            call.press(keys[call.step])
        elif call.step == "reference_tail":
            call.press(house.reference_heard(call)[-4:])
        elif call.step.startswith("clip_"):
            call.silence()
        elif is_voice:
            say(call, speech(1.5, seed=len(house.exchange.recordings)))
        elif call.waiting_for == "key":
            call.press("2" if call.step.endswith("_more") else "1")
        else:
            call.silence()
    return house.reference_heard(call)


def speech(seconds: float, seed: int = 1) -> bytes:
    """Return a WAV file of bursts that change as a voice does: no blank, and cheap to make."""
    changing = random.Random(seed)
    pcm = bytearray()
    while len(pcm) < int(seconds * sounds.RATE) * 2:
        loud, step = changing.choice((200, 3000, 9000)), changing.randint(3, 40)
        burst = [int(loud * ((at // step) % 2 * 2 - 1) * changing.random()) for at in range(sounds.RATE // 8)]
        pcm += struct.pack(f"<{len(burst)}h", *burst)
    return sounds.write_wav(bytes(pcm[: int(seconds * sounds.RATE) * 2]))


def make_digit_tones(folder: Path, languages: Sequence[str] = LANGUAGES) -> None:
    """Write spoken digits that nobody speaks: short noise, another for each digit and language."""
    for number, language in enumerate(languages):
        (folder / language).mkdir(parents=True, exist_ok=True)
        for digit in range(10):
            noise = random.Random(number * 10 + digit)
            pcm = struct.pack("<400h", *(noise.randint(-9000, 9000) for _ in range(400)))
            (folder / language / f"{digit}.wav").write_bytes(sounds.write_wav(pcm))


# ---- wiring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Patient:
    """Carries requests, and returns when the slow work that a request began is done."""

    inner: Transport
    door: PublicDoor

    def send(self, request: Request) -> Answer:
        answer = self.inner.send(request)
        end = time.monotonic() + SLOW_WORK_SECONDS
        while self.door.hotline.slow._running and time.monotonic() < end:
            time.sleep(0.002)
        return answer


def _environment(
    folder: Path,
    database_url: str,
    public: PublicKeys,
    line_file: Path,
    auth_token: str,
    api_secret: str,
    *,
    encrypted: bool,
) -> dict[str, str]:
    files = {"auth-tokens": auth_token, "api-secret": api_secret}
    for name, secret in files.items():
        (folder / name).write_text(secret + "\n", encoding="ascii")
        (folder / name).chmod(0o600)
    return {
        "DEMO": "1",
        "DATABASE_URL": database_url,
        "LINE_FILE": str(line_file),
        "KEYS_DIR": str(folder / "keys"),
        "KEYS_FINGERPRINT": public.fingerprint,
        "RUNTIME_DIR": str(folder / "runtime"),
        "DIGITS_DIR": str(folder / "digits"),
        "PUBLIC_BASE": BASE,
        "DESK_BASE": DESK_BASE,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKENS_FILE": str(folder / "auth-tokens"),
        "TWILIO_API_KEY": API_KEY,
        "TWILIO_API_SECRET_FILE": str(folder / "api-secret"),
        "TRANSCRIBER": "none",
        "RECORDING_ENCRYPTION": "required" if encrypted else "off",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "25",
        "SMTP_TLS": "none",
        "ALERT_FROM": "alerts@example.org",
        "ALERT_TO": "on-call@example.org",
    }


def _recording_key(keys_dir: Path) -> RecordingKey:
    return RecordingKey(RECORDING_KEY_SID, (keys_dir / "recording-public.pem").read_bytes())


def _workplace(environment: dict[str, str], clock: VirtualClock, transcriber: Transcriber, post: Letters) -> Workplace:
    wired = furnished(worker_settings(environment))
    return replace(wired, clock=clock, transcriber=transcriber, post=post)
