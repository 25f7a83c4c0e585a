"""The call that the demo plays: as a script, with synthesised speech that travels as sound."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event

from ivr.demo.house import ACCOUNT, API_KEY, LINE, DemoNotMade, House
from ivr.simulator.clocks import VirtualClock
from ivr.simulator.ears import DigitEars
from ivr.simulator.encryption import RecordingKey
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import Caller, NumberSettings
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.rest import RestApi
from ivr.simulator.script import ScriptedCaller, parse
from ivr.simulator.serving import Served
from ivr.simulator.transport import HttpTransport
from ivr.twiml import OVERRIDES

CALLER = Caller(number="+447700900123", name="MORGAN ASHDOWN", city="GREAT YARMOUTH")
RECORDING_KEY_SID = "CR" + "5" * 32
SECONDS_UNTIL_DELETABLE = 90  # Twilio refuses to delete a call in its first minute after the end

REAL_SECONDS_PER_SECOND = 0.1
MAX_WAIT_SECONDS = 20

SCRIPT = """
> rings
< hears greeting
> waits
< hears main_menu
> presses 2
< hears consent
> presses 1
< hears urgent
> presses 1
< hears at_risk
> presses 2
< hears risk_story
> says "He said he will hurt her on Friday. He has keys to the gun room."
> presses #
< hears clip_kept
> waits
< hears weapon
> presses 1
< hears allegation
> presses 4
> presses #
< hears who
> says "Sergeant Paul Miller. He works at the Northgate police station."
> presses #
< hears clip_kept
> presses 1
< hears clip_review
> presses 1
< hears clip_playing
> presses 4
< hears force
> presses 1
< hears role
> presses 1
< hears reference
> notes the reference
> presses 1
< hears reference_tail
> presses last four of the reference
< hears story
> says "He follows his wife in a police car, and he looks at her on the police computer."
> presses #
< hears clip_next
> waits
< hears when
> presses 2
< hears when_detail
> presses #
< hears where
> says "In the car park behind the supermarket."
> hangs up
"""


class BriskClock(VirtualClock):
    """A clock that lets ten seconds pass in one, so that the service has time to work while a caller waits."""

    def forward(self, seconds: float) -> None:
        """Move on, and let a tenth of it really pass."""
        Event().wait(min(seconds, MAX_WAIT_SECONDS) * REAL_SECONDS_PER_SECOND)
        super().forward(seconds)


def make_exchange(house: House) -> Exchange:
    """Return an exchange whose time passes only while somebody waits: a call of minutes is played in seconds."""
    base = house.address("line")
    return Exchange(
        service=HttpTransport(base),
        numbers={LINE: NumberSettings(f"{base}/call{OVERRIDES}", status_callback=f"{base}/ended{OVERRIDES}")},
        account_sid=ACCOUNT,
        auth_token=house.secret("auth-tokens"),
        api_key=API_KEY,
        api_secret=house.secret("api-secret"),
        recording_key=RecordingKey(RECORDING_KEY_SID, house.recording_public_key),
        clock=BriskClock(),
        misbehaviour=Misbehaviour(sound_fetches=2),
    )


def spoken(words: str, language: str) -> bytes:
    """Return words as telephone sound, made by a process of its own: the demo stands outside the worker too."""
    command = [sys.executable, "-m", "storage.command_line", "say", "--language", language]
    done = subprocess.run(command, input=words.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise DemoNotMade(f"nothing here can speak: {done.stderr.decode(errors='replace')}")
    return done.stdout


def serve_carrier(stack: ExitStack, house: House, exchange: Exchange) -> Served:
    """Let the exchange's REST API answer where the settings say that the carrier is."""
    return stack.enter_context(Served(RestApi(exchange), house.ports["carrier"]))


def play(house: House, exchange: Exchange, tell: Callable[[str], None]) -> str:
    """Play the script line by line, telling each before it is played; return the reference that the caller heard."""
    lines = parse(SCRIPT)
    caller = ScriptedCaller(exchange.ring(LINE, CALLER), spoken, DigitEars(house.digits))
    for line in lines:
        if line.act != "rings":
            tell(line.text)
            caller.follow([line])
    return caller.reference


def steps() -> int:
    """Return how many lines the script has, for a bar of progress."""
    return len(parse(SCRIPT))
