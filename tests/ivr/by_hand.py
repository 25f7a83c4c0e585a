"""A call whose webhooks are sent by hand: late, twice, out of order, as no exchange would send them by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row, select

from ivr.simulator.lines import new_sid
from ivr.simulator.signing import signature
from ivr.simulator.transport import Answer, Request, WsgiTransport
from prompts.line import read_line
from prompts.wording import read_wording
from storage.contents import Answer as Said
from storage.key_making import desk_key_by_recovery
from storage.models import calls, intents, items, wraps
from storage.opening import open_item
from storage.sealing import Wrap
from tests.house import ACCOUNT, BASE, House

RECORDING_URL = "https://api.twilio.com/2010-04-01/Recordings/RE"


@dataclass
class HandMadeCall:
    """One call at a house. `document` is what came back last from a step."""

    house: House
    sid: str = field(default_factory=lambda: new_sid("CA"))
    document: str = ""

    def post(self, path: str, **parameters: str) -> Answer:
        """Send one signed webhook of this call."""
        pairs = (("AccountSid", ACCOUNT), ("CallSid", self.sid), ("From", "+447700900123"), *parameters.items())
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(BASE + path, pairs, self.house.exchange.auth_token, "sha1"),
        }
        request = Request("POST", BASE + path, headers, urlencode(pairs).encode())
        return WsgiTransport(self.house.door).send(request)

    def ask(self, path: str, **parameters: str) -> str:
        """Send a webhook that is answered with a document, and return that."""
        answer = self.post(path, **parameters)
        assert (answer.status, answer.content_type) == (200, "text/xml"), answer.body
        return answer.body.decode()

    def ring(self) -> HandMadeCall:
        self.document = self.ask("/call", CallStatus="ringing")
        return self

    def hear(self, **parameters: str) -> str:
        """Answer the present document."""
        self.document = self.ask(self.address, **parameters)
        return self.document

    def press(self, *keys: str) -> HandMadeCall:
        for key in keys:
            self.hear(Digits=key)
        return self

    def until(self, step: str) -> HandMadeCall:
        """Go to the menu, agree to a recording, and skip questions until a step."""
        self.ring().hear()
        self.hear()
        self.press("2", "1")
        for _ in range(30):
            if self.step == step:
                return self
            self.press("#")
        raise AssertionError(f"{step} was never reached; the call stands at {self.step}")

    def recorded(self, ended_by: str = "#", sid: str = "") -> str:
        """Tell that the present recording has ended."""
        sid = sid or new_sid("RE")
        return self.hear(RecordingSid=sid, RecordingUrl=RECORDING_URL, RecordingDuration="5", Digits=ended_by)

    def name(self, sid: str, intent_id: str = "", **more: str) -> Answer:
        """Send a recording's callback."""
        told = {
            "RecordingSid": sid,
            "RecordingUrl": RECORDING_URL,
            "RecordingStatus": "completed",
            "RecordingDuration": "5",
            "RecordingSource": "RecordVerb",
            "RecordingStartTime": "Tue, 24 Nov 2026 02:00:00 +0000",
        }
        return self.post(f"/recording/{intent_id or self.intent_id}", **(told | more))

    # ---- what the document says

    @property
    def address(self) -> str:
        return address_of(self.document)

    @property
    def step(self) -> str:
        return self.address.split("/")[2]

    @property
    def turn(self) -> int:
        return int(self.address.split("/")[3])

    @property
    def intent_id(self) -> str:
        found = re.search(r"/recording/([0-9a-f]{32})", self.document)
        assert found, self.document
        return found[1]

    # ---- what the database holds

    def rows(self) -> list[Row[Any]]:
        keys = self.house.door.hotline.live.call_keys(self.sid)
        with self.house.database.read() as connection:
            return list(connection.execute(select(calls).where(calls.c.call_key.in_(keys))))

    def row(self) -> Row[Any]:
        (row,) = self.rows()
        return row

    def intents(self) -> list[Row[Any]]:
        """Return the recordings asked for or named in this call, in order."""
        (call_key,) = {row.call_key for row in self.rows()}
        wanted = select(intents).where(intents.c.call_key == call_key).order_by(intents.c.place, intents.c.state)
        with self.house.database.read() as connection:
            return list(connection.execute(wanted))

    def said(self) -> list[Said]:
        """Return the keyed answers of this call's report, opened, in order."""
        report_id = self.house.door.hotline.where(self.sid).memory.report_id
        return answers_of(self.house, report_id)


def address_of(document: str) -> str:
    """Return the next address of a document, below the base."""
    found = re.search(rf"{BASE}(/call/\w+/\d+)#", document)
    assert found, document
    return found[1]


def answers_of(house: House, report_id: str) -> list[Said]:
    """Return the keyed answers of a report as the desk reads them."""
    desk = desk_key_by_recovery(Path(house.environment["KEYS_DIR"]), house.recovery, house.public_keys.desk)
    with house.database.read() as connection:
        found = connection.execute(select(items).where(items.c.report_id == report_id, items.c.kind == "answer")).all()
        opened = []
        for row in found:
            keys = connection.execute(select(wraps).where(wraps.c.item_id == row.item_id)).all()
            plain = open_item(
                row.sealed,
                item_id=row.item_id,
                report_id=report_id,
                kind="answer",
                wraps_of_item=tuple(Wrap(key.audience, key.epoch, key.wrapped) for key in keys),
                group=desk,
            )
            opened.append(Said.unpacked(plain))
    return sorted(opened, key=lambda said: said.order)


def spoken(house: House, prompt: str, language: str = "en") -> str:
    """Return the words of a prompt as the line says them."""
    return read_wording(read_line(house.settings.line_file)).say(language, prompt)
