"""Journeys of an invented caller through a whole house, leaving a canary wherever a caller can leave anything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import text

from ivr.canary import Canary
from ivr.simulator import sounds
from ivr.simulator.lines import WITHHELD_FORMS, Caller
from ivr.simulator.misbehaviour import Misbehaviour
from ivr.simulator.moments import Played
from ivr.worker.speech import OwnVoice
from storage import replies, reports
from storage.clock import iso_week
from storage.contents import Reply
from storage.references import new_reference, reference_keys
from storage.sealing import seal_item
from tests.house import House, Staff, Visit, say, speech, tell_all

SYLLABLES = ("qua", "zir", "wok", "vem", "jub", "xal", "fyn", "pog", "hyx", "ruz")
USED_ELSEWHERE = {"123", "738"}  # ends of drama numbers that other tests write to the same server


@dataclass(frozen=True)
class Invented:
    """A caller nobody has invented before, so that no other test's traces are taken for theirs."""

    number: str
    name: str
    city: str
    forwarded: str
    drafted: str  # what the transcriber writes
    aloud: str  # stands in the samples of the sound itself
    digits: str  # keyed as an answer
    told: str  # what the desk answers them

    @staticmethod
    def anew() -> Invented:
        """Make somebody up."""
        chance = random.SystemRandom()
        first, second = chance.sample([f"{n:03d}" for n in range(1000) if f"{n:03d}" not in USED_ELSEWHERE], 2)

        def word() -> str:
            return "".join(chance.sample(SYLLABLES, 4))

        return Invented(
            number=f"+447700900{first}",
            name=f"{word()} {word()}".upper(),
            city=word().upper(),
            forwarded=f"+447700900{second}",
            drafted=f"the {word()} took the {word()} on a {word()}",
            aloud=f"{word()} said the {word()} to {word()}",
            digits="".join(chance.choice("0123456789") for _ in range(8)),
            told=f"was the {word()} ever near {word()}",
        )

    @property
    def caller(self) -> Caller:
        """Return them with a telephone, and all that networks say of them."""
        headers = (("SipHeader_XCaller", self.number),)
        return Caller(self.number, self.name, self.city, forwarded_from=self.forwarded, sip_headers=headers)

    def voice(self, seed: int = 1) -> bytes:
        """Return sound whose samples spell words, so that it is found wherever it lies in clear."""
        words = self.aloud.encode() + b" " * (len(self.aloud) % 2)
        pcm = sounds.read_wav(speech(0.6, seed)) + words * 20 + sounds.read_wav(speech(0.6, seed + 1))
        return sounds.write_wav(pcm)

    def canaries(self) -> list[Canary]:
        """Return what no disk may hold of them."""
        return [
            Canary("number", self.number),
            Canary("number", self.forwarded),
            Canary("name", self.name),
            Canary("city", self.city),
            Canary("phrase", self.drafted),
            Canary("phrase", self.aloud),
            Canary("digits", self.digits),
            Canary("phrase", self.told),
        ]


@dataclass(frozen=True)
class Repeats:
    """A transcriber that hears the same in every clip."""

    words: str
    name: str = "fake"

    def knows(self, _language: str) -> bool:
        return True

    def most_seconds(self, _wav: bytes) -> int:
        return 5

    def text(self, _wav: bytes, _language: str) -> str:
        return self.words


@dataclass(frozen=True)
class Aloud:
    """Speaks with the voice of this machine, and gives sound that is found wherever it lies in clear."""

    sound: bytes

    def speak(self, words: str, language: str) -> bytes:
        OwnVoice().speak(words, language)
        return self.sound


def canaries_of(house: House, invented: Invented, references: list[str]) -> list[Canary]:
    """Return every canary so far, with whatever the carrier has named in any request."""
    kinds = {"CallSid": "call_sid", "RecordingSid": "recording_sid", "CallToken": "call_token"}
    named = {
        (kinds[name], value)
        for sent in house.exchange.requests
        for name, value in sent.params
        if name in kinds and value
    }
    found = [Canary(kind, value) for kind, value in sorted(named)]
    return [*invented.canaries(), *found, *(Canary("reference", one) for one in dict.fromkeys(references))]


# ---- calls --------------------------------------------------------------------------------------------------------


def report_by_voice(house: House, invented: Invented, language: str) -> Iterator[str]:
    """Give a whole report; yields the reference in the middle of the story, with the call alive."""
    call = house.ring(invented.caller)
    tell_all(house, call, {"greeting": language, "main_menu": "2"}, stop_at="who")
    say(call, invented.voice())
    reference = tell_all(house, call, {}, stop_at="story")
    while call.waiting_for == "key":
        call.silence()
    call.speak(invented.voice(5))
    yield reference
    call.press("#")
    tell_all(house, call, {"story_more": "2"})
    yield reference


def report_by_keys(house: House, invented: Invented) -> str:
    """Key a whole report, with a number in it, and return the reference."""
    call = house.ring(invented.caller)
    return tell_all(house, call, {"main_menu": "2", "consent": "2", "who_digits": f"{invented.digits}#"})


def hang_ups(house: House, invented: Invented) -> None:
    """Leave at the greeting, in the middle of a clip, and by the quick exit."""
    house.ring(invented.caller).hang_up()
    call = house.ring(invented.caller)
    tell_all(house, call, {"main_menu": "2"}, stop_at="who")
    while call.waiting_for == "key":
        call.silence()
    call.speak(invented.voice(9))
    call.hang_up()
    call = house.ring(invented.caller)
    tell_all(house, call, {"main_menu": "2"}, stop_at="allegation")
    call.press("99")


def return_with(house: House, invented: Invented, reference: str) -> list[str]:
    """Ring back with a reference, with one wrong digit, and with one that nobody was given; return those keyed."""
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
    unknown = new_reference()
    call = house.ring(invented.caller)
    tell_all(house, call, {"main_menu": "3"}, stop_at="return_reference")
    for keyed in (wrong, unknown, reference):
        assert call.step == "return_reference"
        call.press(keyed)
    assert call.step == "return_known"
    call.press("1")
    call.press("1")
    say(call, invented.voice(13))
    tell_all(house, call, {"add_more": "2"})
    return [wrong, unknown, reference]


def answer_to(house: House, invented: Invented, reference: str) -> Iterator[None]:
    """Answer a caller and let them hear it and answer; yields while the words wait, as sound, and once it is heard."""
    lookup_id = reference_keys(reference, house.door.hotline.slow.pepper).lookup_id
    reply, keys, now = Reply(invented.told, "en", "b" * 32), house.public_keys, house.clock.now()
    with house.database.write() as connection:
        report_id = reports.report_of_mailbox(connection, lookup_id)
        assert report_id is not None
        item = seal_item(reply.packed(), report_id=report_id, kind="reply", audiences=(keys.desk,))
        replies.send_reply(
            connection,
            report_id,
            kind=replies.QUESTION,
            reply=reply,
            item=item,
            worker=keys.worker,
            week=iso_week(now),
            now=now,
        )
    yield
    house.place = replace(house.place, speaker=Aloud(invented.voice(21)))
    house.work()
    yield
    call = house.ring(invented.caller)
    tell_all(house, call, {"main_menu": "3", "return_reference": reference}, stop_at="return_messages")
    call.press("1")
    while call.step in ("letter_wait", "letter_playing"):
        call.silence()
    assert call.step == "letter_question"
    assert any(isinstance(heard, Played) and heard.sound == invented.voice(21) for heard in call.heard)
    yield
    call.press("1")
    call.press("1")
    say(call, invented.voice(23))
    tell_all(house, call, {"add_more": "2", "return_known": "3"})


def odd_callers(house: House, invented: Invented) -> None:
    """Ring with every odd way in which a caller's number has been seen, and with parameters nobody documented."""
    for form in WITHHELD_FORMS:
        house.ring(invented.caller.withholding(form)).hang_up()
    for odd in (f"client:{invented.name}", f"sip:{invented.number}@sip.example.org", f"tel:{invented.number}"):
        house.ring(replace(invented.caller, number=odd)).hang_up()
    extra = (("FromPostcode", invented.city), ("AddOns", invented.name), ("Zebra", invented.number))
    house.exchange.misbehaviour = Misbehaviour(odd_parameters=extra, doubled_parameters=("From", "CallToken"))
    call = house.ring(invented.caller)
    call.press("1")
    call.hang_up()
    house.exchange.misbehaviour = Misbehaviour()


def forged(house: House, invented: Invented) -> None:
    """Ring with requests that Twilio did not sign."""
    house.exchange.misbehaviour = Misbehaviour(wrong_signature=True)
    house.ring(invented.caller).hang_up()
    house.exchange.misbehaviour = Misbehaviour()
    assert {sent.status for sent in house.exchange.requests} >= {403}


def while_the_database_fails(house: House, invented: Invented) -> None:
    """Speak into the static answers while a table is gone: nobody hears of the call, and the server writes errors."""
    with _table_gone(house, "calls"):
        call = house.ring(invented.caller)
        call.press("1")
        say(call, invented.voice(17), finish="")
        call.hang_up()
    assert any("/static/" in sent.url for sent in house.exchange.requests)


@contextmanager
def _table_gone(house: House, table: str) -> Iterator[None]:
    _run(house, f"ALTER TABLE {table} RENAME TO {table}_gone")
    try:
        yield
    finally:
        _run(house, f"ALTER TABLE {table}_gone RENAME TO {table}")


def _run(house: House, statement: str) -> None:
    with house.database.write() as connection:
        connection.execute(text(statement))


# ---- staff --------------------------------------------------------------------------------------------------------


def read_everything(house: House, visit: Visit) -> str:
    """Claim and open every report and every clip at the desk; return all that was shown."""
    shown = []
    listing = visit.get("/reports").text
    for report in sorted(_ids_in(listing, "/reports/")):
        visit.post(f"/reports/{report}/claimed", page="/reports")
        page = visit.get(f"/reports/{report}").text
        shown.append(page)
        for clip in sorted(_ids_in(page, f"/reports/{report}/clips/")):
            assert visit.get(f"/reports/{report}/clips/{clip}").status_code == 200
    return "".join(shown)


def secrets_of(staff: Staff, visit: Visit) -> list[Canary]:
    """Return what no disk may hold of a member of staff who is signed in."""
    totp = staff.new.totp_secret.decode()
    cookies = [text for text in visit.cookies() if len(text) > 20]
    assert cookies
    return [Canary("phrase", text) for text in (staff.password, totp, *cookies)]


def _ids_in(page: str, prefix: str) -> set[str]:
    parts = page.split(prefix)[1:]
    return {part[:32] for part in parts if len(part) > 32 and all(letter in "0123456789abcdef" for letter in part[:32])}
