"""Live calls with a real worker, a real exchange over HTTP, and a door of the tests' own that answers as the line does.

The people at the desk are played by what the desk's pages do to the rows.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from sqlalchemy import Connection, insert, select
from werkzeug.wrappers import Request

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.conferences import Participant
from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import NumberSettings, softphone
from ivr.simulator.outside_calls import OutsideCall
from ivr.simulator.rest import RestApi
from ivr.simulator.serving import Served
from ivr.worker import rounds
from ivr.worker.carrier import TwilioCarrier
from ivr.worker.live_carrier import LiveCarrier, TwilioLive
from ivr.worker.rounds import Lane
from ivr.worker.softphone_passes import TwilioPasses
from ivr.worker.timetable import LIVE
from ivr.worker.workplace import Live, Workplace
from storage import live_calls
from storage.bound_intents import CallForWorker
from storage.clock import TurnedClock
from storage.database import Database
from storage.live import conduct, offers, queue, rooms, shifts
from storage.live.conduct import Talk
from storage.live.queue import Wish
from storage.live_calls import STAFF, NewCall
from storage.models import seats, skills, talks
from storage.sealing import seal_for_worker, token_hash
from tests.simulator.service import BASE, LINE, Page, Service, exchange_for
from tests.worker.fakes import Line, audience

APPLICATION = "AP" + "7" * 32
INTERPRETER_NUMBER = "+442079460155"
AMINA, BEN, CARLA = "a" * 32, "b" * 32, "c" * 32
EVENTS = 'statusCallback="/room" statusCallbackEvent="join leave"'
QUIET = 'beep="false" record="do-not-record" startConferenceOnEnter="true"'
Deed = Callable[[Connection], object]


def key_of(call_sid: str) -> str:
    """Return what the door's live key would make of a CallSid."""
    return hashlib.sha256(call_sid.encode()).hexdigest()[:32]


@dataclass
class Door:
    """The line's door: it keeps rows and answers documents, and knows nothing of the carrier's API."""

    line: Line
    deaf: set[str] = field(default_factory=set)  # events that get lost on their way

    def pages(self) -> dict[str, Page]:
        """Return what is answered where."""
        return {
            "/call": self._begin,
            "/hold": self._now,
            "/call/now": self._now,
            "/back": self._back,
            "/softphone": self._sit_down,
            "/room": self._room,
            "/ended": self._ended,
            "/softphone/over": "<Hangup/>",
        }

    def _begin(self, request: Request) -> str:
        key = self._keep(request.form["CallSid"], "")
        wish = Wish(uuid4().hex, key, uuid4().hex, "en", needs="")
        self._do(lambda connection: queue.join(connection, wish, now=self._seconds))
        return self._now(request)

    def _now(self, request: Request) -> str:
        key = key_of(request.form["CallSid"])
        with self.line.database.read() as connection:
            view = queue.view(connection, (key,), now=self._seconds)
        if view is None or view.state == queue.OVER:
            return "<Hangup/>"
        if view.ending and (view.state != queue.ASIDE or view.ending == conduct.ABUSIVE):
            self._do(lambda connection: queue.say_over(connection, key, now=self._seconds))
            return "<Say>Goodbye.</Say><Hangup/>"
        if view.state == queue.ASIDE:
            return (
                '<Gather numDigits="1" timeout="10" action="/back"><Say>Aside.</Say></Gather><Redirect>/back</Redirect>'
            )
        if view.state in (queue.JOINING, queue.TALKING):
            room = f'<Conference {QUIET} endConferenceOnExit="true" {EVENTS}>{view.room}</Conference>'
            return f'<Say>Connecting.</Say><Dial action="/hold">{room}</Dial>'
        lost = "<Say>Lost.</Say>" if view.first else ""
        return f'{lost}<Gather numDigits="1" timeout="20" action="/hold"/><Redirect>/hold</Redirect>'

    def _back(self, request: Request) -> str:
        key, answer = key_of(request.form["CallSid"]), request.form.get("Digits", "")
        said = {"1": "yes", "2": "no"}.get(answer, "none")
        self._do(lambda connection: rooms.come_back(connection, key, said, now=self._seconds))
        return self._now(request)

    def _sit_down(self, request: Request) -> str:
        key = self._keep(request.form["CallSid"], STAFF)
        token = request.form["offer"]
        with self.line.database.write() as connection:
            place = rooms.sit_down(connection, token, key, now=self._seconds)
        if place is None:
            return "<Say>No.</Say><Hangup/>"
        muted = str(place.role in (rooms.LISTEN, rooms.WHISPER)).lower()
        ends = str(place.role == rooms.CALLER).lower()
        more = f'muted="{muted}" endConferenceOnExit="{ends}" {EVENTS}'
        return f'<Dial action="/softphone/over"><Conference {QUIET} {more}>{place.room}</Conference></Dial>'

    def _room(self, request: Request) -> str:
        form = request.form
        if form["StatusCallbackEvent"] in self.deaf:
            return ""
        joins = form["StatusCallbackEvent"] == "participant-join"
        does = rooms.leg_joined if joins else rooms.leg_left
        self._do(lambda connection: does(connection, (key_of(form["CallSid"]),), now=self._seconds))
        return ""

    def _ended(self, request: Request) -> str:
        if "ended" in self.deaf:
            return ""
        keys = (key_of(request.form["CallSid"]),)

        def end(connection: Connection) -> None:
            live_calls.end(connection, keys, now=self._seconds)
            queue.caller_gone(connection, keys, now=self._seconds)
            rooms.leg_left(connection, keys, now=self._seconds)

        self._do(end)
        return ""

    def _keep(self, call_sid: str, leg: str) -> str:
        key = key_of(call_sid)
        packed = CallForWorker(call_sid, b"k" * 32).packed()
        sealed = seal_for_worker(packed, purpose=f"call:{key}", worker=audience(self.line.worker))
        new = NewCall(key, sealed, b"", leg=leg)
        self._do(lambda connection: live_calls.begin(connection, new, now=self._seconds))
        return key

    def _do(self, deed: Deed) -> None:
        with self.line.database.write() as connection:
            deed(connection)

    @property
    def _seconds(self) -> int:
        return self.line.clock.now()


@dataclass
class Stage:
    """A line with callers, colleagues and a worker, and the carrier's own memory of what it was asked."""

    line: Line
    exchange: Exchange
    service: Service
    door: Door
    api: RestApi
    place: Workplace
    served: str  # where the carrier's API answers
    desk: Database  # as the desk's process reaches it

    # ---- people ------------------------------------------------------------------------------------------------------

    def caller(self) -> SimulatedCall:
        """Let somebody ring who wants to speak with a person."""
        return self.exchange.ring(LINE)

    def works(self, *people: str, language: str = "en") -> None:
        """Let colleagues be available, with the training that every call asks for."""
        with self.desk.write() as connection:
            for person_id in people:
                shifts.choose(connection, person_id, shifts.AVAILABLE, now=self.now)
                held = [f"language:{language}", "general"]
                rows = [{"person_id": person_id, "skill": skill, "until": ""} for skill in held]
                rows[1]["until"] = "2099-12"
                connection.execute(insert(skills), rows)

    def accepts(self, person_id: str, call: SimulatedCall) -> str:
        """Let somebody say yes to the call that they are offered; return the token that lets their softphone in."""
        token = uuid4().hex
        talk_id = self.talk(call).talk_id
        self.do(
            lambda connection: offers.accept(
                connection, talk_id, person_id, token=token, report_id=uuid4().hex, now=self.now
            )
        )
        return token

    def sits_down(self, token: str, name: str = "hotline_1") -> SimulatedCall:
        """Let a page's softphone ring the application with a token."""
        return self.exchange.ring(APPLICATION, softphone(name, APPLICATION, (("offer", token),)))

    def joins(self, person_id: str, call: SimulatedCall, role: str) -> SimulatedCall:
        """Let a colleague sit down beside a talk."""
        token, talk_id = uuid4().hex, self.talk(call).talk_id
        self.do(lambda connection: offers.add_seat(connection, talk_id, person_id, role, token=token, now=self.now))
        leg = self.sits_down(token)
        self.work()
        return leg

    def talking(self, person_id: str = AMINA) -> tuple[SimulatedCall, SimulatedCall]:
        """Bring a caller and a handler together; return both legs."""
        call = self.caller()
        self.works(person_id)
        self.work()
        leg = self.sits_down(self.accepts(person_id, call))
        self.work()
        return call, leg

    # ---- time and deeds ----------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.line.clock.now()

    def do(self, deed: Deed) -> None:
        """Do what a page of the desk does."""
        with self.desk.write() as connection:
            deed(connection)

    def work(self) -> None:
        """Let the worker run until nothing of live calls is due."""
        self.run(*LIVE)

    def run(self, *lanes: Lane) -> None:
        """Let the worker run until nothing of these lanes is due."""
        rounds.run_until_nothing_is_due(self.place, lanes, threading.Event())

    def later(self, seconds: int, *, step: int = 2, seen: tuple[str, ...] = ()) -> None:
        """Let time pass while the worker works and the pages of `seen` are open."""
        clock = self.line.clock
        assert isinstance(clock, TurnedClock)
        for _ in range(0, seconds, step):
            clock.forward(step)
            self.exchange.advance(step)
            for person_id in seen:
                self.do(partial(shifts.note_seen, person_id=person_id, now=self.now))
            self.work()

    # ---- what can be seen --------------------------------------------------------------------------------------------

    def talk(self, call: SimulatedCall) -> Talk:
        """Return a caller's talk as staff see it."""
        with self.line.database.read() as connection:
            talk_id = connection.scalar(select(talks.c.talk_id).where(talks.c.call_key == key_of(call.sid)))
            found = conduct.talk(connection, str(talk_id))
        assert found is not None
        return found

    def shift(self, person_id: str) -> str:
        with self.line.database.read() as connection:
            found = shifts.shift_of(connection, person_id)
        return found.state if found else ""

    def seat_state(self, token: str) -> str:
        with self.line.database.read() as connection:
            return str(connection.scalar(select(seats.c.state).where(seats.c.seat_id == token_hash(token))))

    def in_room(self, *legs: SimulatedCall) -> bool:
        """Say whether these and nobody else are in one conference."""
        for room in self.exchange.conferences.rooms:
            if not room.ended_because and legs and legs[0].sid in room.participants:
                return set(room.participants) == {leg.sid for leg in legs}
        return not legs

    def leg_in_room(self, leg: SimulatedCall) -> Participant:
        room = next(room for room in self.exchange.conferences.rooms if leg.sid in room.participants)
        return room.participants[leg.sid]

    def outside(self) -> list[OutsideCall]:
        """Return the telephones that were rung."""
        return [call for call in self.exchange.calls.values() if isinstance(call, OutsideCall)]

    def asked(self, method: str, ending: str) -> int:
        """Count what the carrier's API was asked."""
        return sum(asked.method == method and asked.url.split("?")[0].endswith(ending) for asked in self.api.asked)


@contextmanager
def stage_on(
    database: Database,
    clock: TurnedClock,
    *,
    door: Database | None = None,
    worker: Database | None = None,
    desk: Database | None = None,
) -> Iterator[Stage]:
    """Set up a line with a real worker and an exchange; each process may reach the database in a way of its own."""
    line = Line(database, clock)
    answering = Door(replace(line, database=door or database))
    exchange, service = exchange_for(answering.pages())
    exchange.applications = {APPLICATION: NumberSettings(BASE + "/softphone", status_callback=BASE + "/ended")}
    api = RestApi(exchange)
    with Served(api) as served:
        keys = {"account_sid": exchange.account_sid, "api_key": exchange.api_key, "api_secret": exchange.api_secret}
        live = Live(
            carrier=TwilioLive(**keys, base=served.address),
            base=BASE,
            overrides="#rc=2&rp=all",
            passes=TwilioPasses(**keys, app_sid=APPLICATION),
            interpreters={"bridge": INTERPRETER_NUMBER},
        )
        carrier = TwilioCarrier(**keys, base=served.address)
        place = replace(line.place(), database=worker or database, carrier=carrier, live=live)
        yield Stage(line, exchange, service, answering, api, place, served.address, desk or database)


def with_carrier(stage: Stage, carrier: LiveCarrier) -> None:
    """Let the worker ask another carrier."""
    stage.place = replace(stage.place, live=replace(stage.place.live, carrier=carrier))
