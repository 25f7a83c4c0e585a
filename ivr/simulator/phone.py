"""A phone in the terminal: rings a line of a running exchange, prints what is heard, sends what is typed."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.text import Text

from ivr.simulator.control import HEADER

TIMEOUT_SECONDS = 30
LOOK_EVERY_SECONDS = 0.2
SPEAKER_SECONDS = 60
HELP = "keys: 0-9 * #   say WORDS   play FILE.wav   sound N FILE.wav (keep a sound)   script   hang up   help"


class NoExchange(Exception):
    """Nobody answers at the exchange's address; start `hotline simulator` and try again."""


class NobodyThere(Exception):
    """The exchange knows no such number; ringing one of its own helps."""


@dataclass
class RemoteCall:
    """A call on an exchange in another process."""

    exchange: str
    session: requests.Session = field(default_factory=requests.Session)
    path: str = ""

    def choices(self) -> tuple[list[str], dict[str, str]]:
        """Return the lines that can be rung, and the caller ids by their names."""
        told = self._parsed(self._request("GET", "/lines"))
        return told.get("lines", []), {one["name"]: one["label"] for one in told.get("callers", [])}

    def ring(self, to: str, number: str, *, withheld: bool, caller: str | None = None) -> None:
        """Ring, or raise `NoExchange` or `NobodyThere`."""
        asked = {"to": to, "number": number, "withheld": withheld, "caller": caller}
        answer = self._send("/calls", json=asked)
        if "call" not in answer:
            lines, _ = self.choices()
            raise NobodyThere(f"nobody has the number {to or '(none)'} here; this exchange has {', '.join(lines)}")
        self.path = f"/calls/{answer['call']}"

    def look(self, start: int) -> dict[str, Any]:
        """Return what was heard from item `start` on, and how the call stands."""
        return self._parsed(self._ask(f"?from={start}"))

    def press(self, keys: str) -> str:
        """Press keys; return why that was impossible, or nothing."""
        return str(self._send(self.path + "/keys", json={"keys": keys}).get("reason", ""))

    def speak(self, wav: bytes, **about: str) -> str:
        """Speak; return why that was impossible, or nothing."""
        return str(self._send(self.path + "/speech", data=wav, params=about).get("reason", ""))

    def hang_up(self) -> None:
        """End the call."""
        self._send(self.path + "/hang-up")

    def script(self) -> str:
        """Return the script that repeats the call."""
        return self._ask("/script").text

    def sound(self, number: int) -> bytes:
        """Return a sound that was heard; empty when there is none of that number."""
        answer = self._ask(f"/sounds/{number}")
        return answer.content if answer.ok else b""

    def _ask(self, path: str) -> requests.Response:
        return self._request("GET", self.path + path)

    def _send(self, path: str, **what: Any) -> dict[str, Any]:
        return self._parsed(self._request("POST", path, **what))

    def _parsed(self, answer: requests.Response) -> dict[str, Any]:
        try:
            return dict(answer.json())
        except (requests.JSONDecodeError, TypeError, ValueError):
            raise NoExchange(self.exchange) from None  # something else answers there

    def _request(self, method: str, path: str, **what: Any) -> requests.Response:
        self.session.trust_env = False  # a proxy of the machine has no business here
        headers = {HEADER: "phone"}
        try:
            return self.session.request(method, self.exchange + path, headers=headers, timeout=TIMEOUT_SECONDS, **what)
        except requests.RequestException:
            raise NoExchange(self.exchange) from None


@dataclass
class TerminalPhone:
    """Prints what a call hears and obeys typed lines. `speaker` is a program: words in, WAV of 8 kHz out."""

    call: RemoteCall
    console: Console
    speaker: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Print what is heard until the call is over; for a thread of its own."""
        heard, before = 0, ""
        while not self.over.is_set():
            try:
                state = self.call.look(heard)
            except NoExchange:
                self.console.print("the exchange is gone")
                break
            heard = state["next"]
            for item in state["heard"]:
                self.console.print(_told(item))
            now = f"{state['step']} {state['waiting_for']}"
            if now != before and state["waiting_for"] in _WAITING:
                self.console.print(Text(f"  [{state['step'] or '-'}: {_WAITING[state['waiting_for']]}]", style="dim"))
            before = now
            if state["ended"]:
                self.console.print(f"the call is over after {state['seconds']} s")
                break
            self.over.wait(LOOK_EVERY_SECONDS)
        self.over.set()

    def obey(self, lines: Iterable[str]) -> None:
        """Obey typed lines until there are no more or the call is over."""
        for line in lines:
            if self.over.is_set() or not self._obey(line.strip()):
                return

    def _obey(self, line: str) -> bool:
        word, _, rest = line.partition(" ")
        reason = ""
        match word:
            case "":
                return True
            case "hang" | "bye" | "quit":
                self.call.hang_up()
                return False
            case "say" if rest:
                reason = self._say(rest)
            case "play" if rest:
                reason = self._play(Path(rest))
            case "sound" if rest:
                reason = self._keep(rest)
            case "script":
                self.console.print(Text(self.call.script()))
            case _ if set(line) <= set("0123456789*#"):
                reason = self.call.press(line)
            case _:
                self.console.print(HELP, markup=False)
        if reason:
            self.console.print(Text(_REASONS.get(reason, reason), style="yellow"))
        return True

    def _say(self, words: str) -> str:
        if not self.speaker:
            return "NoSpeaker"
        try:
            spoken = subprocess.run(
                shlex.split(self.speaker),
                input=words.encode(),
                capture_output=True,
                check=True,
                timeout=SPEAKER_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            return "SpeakerFailed"
        return self.call.speak(spoken.stdout, words=words)

    def _play(self, file: Path) -> str:
        return self.call.speak(file.read_bytes(), file=str(file)) if file.is_file() else "NoFile"

    def _keep(self, words: str) -> str:
        number, _, file = words.partition(" ")
        sound = self.call.sound(int(number)) if number.isascii() and number.isdigit() else b""
        if not sound or not file:
            return "NoFile"
        Path(file).write_bytes(sound)
        return ""


_WAITING = {"key": "press a key", "recording": "speak", "nothing": "listen"}
_REASONS = {
    "NotRecording": "nobody is recording now: wait for the beep",
    "NotTelephoneSound": "that is not a WAV of 8 kHz, mono, 16 bit",
    "CallIsOver": "the call is over",
    "NoSpeaker": "no voice here: start the phone with --speaker, or `play FILE.wav`",
    "SpeakerFailed": "the program named by --speaker did not speak",
    "NoFile": "there is no such file or sound",
    "Bad Request": "those are not keys of a telephone",
}


def _told(item: dict[str, Any]) -> Text:
    if "words" in item:
        return Text(f"{item['words']}")
    return Text(f"  (sound {item['sound']}, {item['seconds']} s)", style="cyan")
