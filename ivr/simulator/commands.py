"""The commands `hotline simulator` and `hotline phone`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import logging
import os
import re
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.text import Text

from ivr.simulator.clocks import RealClock
from ivr.simulator.control import Control
from ivr.simulator.ears import DigitEars
from ivr.simulator.encryption import RecordingKey
from ivr.simulator.exchange import API, Exchange
from ivr.simulator.lines import CALLER_IDS, NumberSettings
from ivr.simulator.live_call import Ground
from ivr.simulator.misbehaviour import Misbehaviour, switches
from ivr.simulator.moments import EndlessDocuments
from ivr.simulator.phone import HELP, NobodyThere, NoExchange, RemoteCall, TerminalPhone
from ivr.simulator.phone_door import PhoneDoor
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served, is_free
from ivr.simulator.signing import SharedKey, Signer
from ivr.simulator.transport import HttpTransport
from ivr.simulator.voices import SpeakingProgram, no_voice

CONTROL_PORT = 8480
LINE = "+448081570192"
TICK_SECONDS = 0.05
CLOSING_SECONDS = 8

log = logging.getLogger("simulator")


def exchange(argv: list[str]) -> int:
    """Run the exchange, its REST API and its control interface until INT or TERM."""
    options = _exchange_options(argv)
    stop = _stopped_by_signals()
    _refuse_taken_ports(options)
    made = _exchange(options)
    ears = DigitEars(options.digits) if options.digits else None
    voice = SpeakingProgram(options.voice) if options.voice else None
    ground = Ground(exchange=made, voice=voice or no_voice, speaks=voice is not None, ears=ears)
    with (
        contextlib.ExitStack() as closing,
        Served(RestApi(made), options.rest_port or 0) as rest,
        Served(PhoneDoor(ground, Control(made, ears)), _control_port(options)) as control,
    ):
        if voice is not None:
            voice.begin()
            closing.callback(voice.close)
        lines = ",".join(made.numbers)
        print(f"EXCHANGE control={control.address} rest={rest.address} line={lines}", flush=True)
        while not stop.wait(TICK_SECONDS):
            _tick(made)
    return 0


def phone(argv: list[str]) -> int:
    """Ring the line from this terminal; without one, listen and type nothing."""
    options = _phone_options(argv)
    console = Console(highlight=False, soft_wrap=True)
    call = RemoteCall(options.exchange)
    handset = TerminalPhone(call, console, options.speaker)
    stop = _stopped_by_signals(handset.over)
    try:
        if options.list:
            _print_choices(call, console)
            return 0
        call.ring(options.to, options.number, withheld=options.withheld, caller=options.caller)
        console.print(HELP, markup=False)
        if sys.stdin is not None and sys.stdin.isatty():
            threading.Thread(target=handset.obey, args=(sys.stdin,), daemon=True).start()
        threading.Thread(target=handset.listen, daemon=True).start()
        while not stop.wait(TICK_SECONDS):
            pass
        call.hang_up()
        console.print(Text(f"the script that repeats this call:\n{call.script()}"))
    except NoExchange as nobody:
        console.print(f"nobody answers at {nobody}: start `hotline simulator`, or name it with --exchange")
        return 1
    except NobodyThere as nobody:
        console.print(Text(str(nobody)))
        return 1
    return 0


def _print_choices(call: RemoteCall, console: Console) -> None:
    lines, callers = call.choices()
    console.print("lines (--to):", markup=False)
    for line in lines:
        console.print(f"  {line}", markup=False)
    console.print("caller ids (--caller):", markup=False)
    for name, label in callers.items():
        console.print(f"  {name:<16} {label}", markup=False)


def _tick(made: Exchange) -> None:
    try:
        made.tick()
    except EndlessDocuments:
        log.warning("a call was led from document to document without end, and was cut off")


def _stopped_by_signals(stop: threading.Event | None = None) -> threading.Event:
    """Return an event that INT and TERM set, so that the command ends by itself with 0."""
    event = stop or threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        event.set()
        # Whatever a call or a connection still waits for: who said stop does not wait for it.
        last = threading.Timer(CLOSING_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return event


def _refuse_taken_ports(options: argparse.Namespace) -> None:
    """Raise `SystemExit` with a sentence for a port that was asked for and is taken."""
    for name, port in (("--control-port", options.control_port), ("--rest-port", options.rest_port)):
        if port and not 0 < port < 65_536:
            raise SystemExit(f"hotline simulator: {name} {port} is no port: they go from 1 to 65535")
        if port and not is_free(port):
            raise SystemExit(
                f"hotline simulator: port {port} of {name} is taken: name another, or leave the option out"
            )


def _control_port(options: argparse.Namespace) -> int:
    if options.control_port is not None:
        return int(options.control_port)
    return CONTROL_PORT if is_free(CONTROL_PORT) else 0


def _exchange(options: argparse.Namespace) -> Exchange:
    public = options.public_base.rstrip("/")
    fallback = options.fallback.read_text(encoding="utf-8") if options.fallback else ""
    settings = NumberSettings(
        public + options.voice_path + options.overrides,
        status_callback=public + options.ended_path + options.overrides,
        fallback_document=fallback,
    )
    given: dict[str, Any] = {
        "account_sid": options.account_sid,
        "auth_token": _secret(options.auth_token_file),
        "api_key": options.api_key,
        "api_secret": _secret(options.api_secret_file),
        "signer": _signer(options.shared_key_file),
        "recording_key": _recording_key(options),
    }
    return Exchange(
        service=HttpTransport(options.service.rstrip("/")),
        numbers=dict.fromkeys(options.number or [LINE], settings),
        applications=dict(_application(told, public, options) for told in options.application),
        clock=RealClock(),
        misbehaviour=_misbehaviour(options.misbehave),
        api=API,
        **{name: value for name, value in given.items() if value},
    )


def _application(told: str, public: str, options: argparse.Namespace) -> tuple[str, NumberSettings]:
    """Read `SID=PATH`; raise `SystemExit` with a sentence for what is not understood."""
    sid, equals, path = told.partition("=")
    if not equals or not re.fullmatch("AP[0-9a-f]{32}", sid) or not path.startswith("/"):
        raise SystemExit(f"hotline simulator: --application {told!r} is not AP and 32 hex characters, =, and a path")
    ended = public + options.ended_path + options.overrides
    return sid, NumberSettings(public + path + options.overrides, status_callback=ended)


def _secret(path: Path | None) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path else []
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "")


def _signer(path: Path | None) -> Signer | None:
    key_id, _, secret = _secret(path).partition("=")
    return SharedKey(key_id.strip(), secret.strip()) if secret else None


def _recording_key(options: argparse.Namespace) -> RecordingKey | None:
    if options.recording_key is None:
        return None
    return RecordingKey(options.recording_key_sid, options.recording_key.read_bytes())


def _misbehaviour(asked: list[str]) -> Misbehaviour:
    """Read `name` or `name=value`; raise `SystemExit` with a sentence for what is not understood."""
    kinds = {item.name: item.default for item in dataclasses.fields(Misbehaviour)}
    values: dict[str, Any] = {}
    for text in asked:
        name, equals, value = text.partition("=")
        name = name.replace("-", "_")
        if name not in kinds:
            raise SystemExit(f"hotline simulator: there is no misbehaviour {name!r}; --help lists them")
        try:
            values[name] = _value(kinds[name], value) if equals else True
        except ValueError:
            raise SystemExit(f"hotline simulator: {text!r} has a value of the wrong kind") from None
    return Misbehaviour(**values)


def _value(default: object, text: str) -> object:
    match default:
        case bool():
            return text.lower() in ("1", "true", "yes", "on")
        case int():
            return int(text)
        case float():
            return float(text)
        case str():
            return text
        case _:
            raise ValueError(text)


def _exchange_options(argv: list[str]) -> argparse.Namespace:
    told = "\n".join(f"  {name:<26} {tells}" for name, tells in switches())
    parser = argparse.ArgumentParser(
        prog="hotline simulator",
        description="A stand-in for Twilio on this machine: rings the line, signs webhooks, answers the REST API.",
        epilog=f"misbehaviours (--misbehave NAME, or NAME=VALUE):\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--service", default="http://127.0.0.1:8000", help="where the public door listens on this machine")
    add("--public-base", default="https://line.example", help="the address the line believes it has: it is signed")
    add("--voice-path", default="/call", help="the path a ringing number asks")
    add("--ended-path", default="/ended", help="the path that is told of a call's end")
    add("--overrides", default="#ct=2000&rt=4000&rc=2&rp=all", help="connection overrides of both")
    add("--number", action="append", metavar="NUMBER", help=f"the line's telephone number; may be repeated ({LINE})")
    add("--application", action="append", default=[], metavar="SID=PATH", help="what softphones ring; may be repeated")
    add("--fallback", type=Path, help="a file with the document Twilio keeps for failures (`hotline fallback`)")
    add("--account-sid", default="", help="the account (AC...)")
    add("--auth-token-file", type=Path, help="a file with the account's token: signs webhooks")
    add("--shared-key-file", type=Path, help="a file with KEY_ID=SECRET: signs with SHA-256 instead")
    add("--api-key", default="", help="the API key (SK...) that may use the REST API")
    add("--api-secret-file", type=Path, help="a file with that key's secret")
    add("--recording-key", type=Path, help="an RSA public key in PEM: recordings are encrypted")
    add("--recording-key-sid", default="CR" + "5" * 32, help="Twilio's name of that key")
    add("--voice", default="", help="a program that speaks, for phones in a browser, such as 'hotline say --many'")
    add("--digits", type=Path, help="the folder of `hotline digits`: scripts then say when a reference was keyed")
    add("--control-port", type=int, help=f"the port of control and browser phone; {CONTROL_PORT}, or any free one")
    add("--rest-port", type=int, help="the port of the REST API; any free one")
    add("--misbehave", action="append", default=[], metavar="NAME", help="let something go wrong; may be repeated")
    return parser.parse_args(argv)


def _phone_options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hotline phone", description="Ring the line from this terminal.")
    add = parser.add_argument
    add("--exchange", default=f"http://127.0.0.1:{CONTROL_PORT}", help="the exchange's control address")
    add("--to", default="", help="the number to ring; the exchange's first line")
    add("--number", default="+447700900123", help="the number you ring from")
    add("--withheld", action="store_true", help="ring with your number withheld")
    add("--caller", choices=[one.name for one in CALLER_IDS], help="ring with one of the caller ids that --list tells")
    add("--list", action="store_true", help="list the lines and the caller ids, and ring nobody")
    add("--speaker", default="", help="a program that turns words on its input into a WAV of 8 kHz on its output")
    return parser.parse_args(argv)
