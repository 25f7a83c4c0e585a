"""Documents are read as strictly as Twilio reads them, with Twilio's error numbers."""

from __future__ import annotations

import pytest

from ivr.simulator.documents import MAX_DOCUMENT_BYTES, BadDocument, read
from ivr.simulator.verbs import Gather, Hangup, Pause, Play, Record, Redirect, Reject, Say


def inside(text: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><Response>{text}</Response>".encode()


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("<Say>Hello</Say>", Say("Hello")),
        (
            '<Say loop="0" voice="Polly.Ewa" language="pl-PL">Cze\u015b\u0107</Say>',
            Say("Cze\u015b\u0107", "pl-PL", "Polly.Ewa", 0),
        ),
        ("<Play>/a.wav</Play>", Play("/a.wav")),
        ('<Play loop="3"> a.wav </Play>', Play("a.wav", 3)),
        ("<Pause/>", Pause(1)),
        ('<Pause length="9"/>', Pause(9)),
        ('<Redirect method="GET">/x</Redirect>', Redirect("/x", "GET")),
        ("<Hangup/>", Hangup()),
        ('<Reject reason="busy"/>', Reject("busy")),
        (
            '<Gather timeout="0" numDigits="1" finishOnKey="" actionOnEmptyResult="true"><Say>x</Say></Gather>',
            Gather((Say("x"),), timeout=0, digits=1, finish_on_key="", action_on_empty=True),
        ),
        ("<Gather/>", Gather()),
        ("<Record/>", Record()),
        (
            '<Record timeout="0" finishOnKey="#*09" maxLength="120" playBeep="false" trim="do-not-trim"/>',
            Record(timeout=0, finish_on_key="#*09", max_seconds=120, beep=False, trim=False),
        ),
        (
            '<Record action="/a" recordingStatusCallback="/r" recordingStatusCallbackEvent="completed absent"/>',
            Record("/a", callback="/r", callback_events=("completed", "absent")),
        ),
    ],
)
def test_a_verb_is_read_with_its_defaults(text: str, verb: object) -> None:
    document = read(inside(text))
    assert document.verbs == (verb,)
    assert document.faults == ()


def test_marked_up_words_are_heard_as_words() -> None:
    text = (
        '<Say voice="Polly.Amy">Ring <say-as interpret-as="digits">999</say-as>,<break time="300ms"/>'
        '<sub alias="January">Jan</sub> <prosody rate="slow"><p>now</p><p>please</p></prosody>.</Say>'
    )
    document = read(inside(text))
    assert document.verbs == (Say("Ring 999, January now please .", voice="Polly.Amy"),)
    assert document.faults == ()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 12100),
        (b"Not Found", 12100),
        (b"<html></html>", 12100),
        (b"<response/>", 12100),
        (b"<Response>", 12100),
        (b"<Response><Say>a</Response>", 12100),
        (b"<Response>&nbsp;</Response>", 12100),
        (b"\n<?xml version='1.0'?><Response/>", 12100),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Response>&a;</Response>", 12100),
        (b"<Response>" + b" " * MAX_DOCUMENT_BYTES + b"</Response>", 11750),
    ],
)
def test_what_twilio_cannot_use_has_twilios_number(body: bytes, code: int) -> None:
    with pytest.raises(BadDocument) as bad:
        read(body)
    assert bad.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<say>x</say>", 12200),
        ("<Sing>x</Sing>", 12200),
        ('<Say colour="red">x</Say>', 12200),
        ('<Say voice="Polly">x</Say>', 12200),
        ('<Say Voice="man">x</Say>', 12200),
        ('<Say language="so-SO">x</Say>', 12200),
        ('<Say voice="Polly.Amy"><say-as interpret-as="song">x</say-as></Say>', 12200),
        ("<Say>a<Pause/>b</Say>", 12200),
        ("<Say>a<break/>b</Say>", 12200),
        ("<Say></Say>", 13520),
        ("<Say> <!-- nothing --> </Say>", 13520),
        (f"<Say>{'x' * 4097}</Say>", 13521),
        (f'<Say voice="Polly.Amy">{"x" * 3001}</Say>', 13521),
        (f'<Say voice="Google.pl-PL-Wavenet-A">{"x" * 5001}</Say>', 13521),
        ('<Gather numDigits="0"/>', 12200),
        ('<Gather finishOnKey="12"/>', 12200),
        ('<Gather timeout="soon"/>', 12200),
        ('<Gather timeout="\u0665"/>', 12200),
        ('<Gather method="PUT"/>', 12200),
        ("<Gather><Record/></Gather>", 12200),
        ("<Gather>words</Gather>", 12200),
        ("<Gather><Play digits='1'/></Gather>", 12200),
        ('<Record maxLength="1"/>', 12200),
        ('<Record finishOnKey="A"/>', 12200),
        ('<Record trim="both"/>', 12200),
        ("<Record><Say>x</Say></Record>", 12200),
        ("<Hangup now='yes'/>", 12200),
        ("<Reject reason='tired'/>", 12200),
        ("<Play></Play>", 12200),
        ("stray words", 12200),
    ],
)
def test_what_twilio_warns_of_has_twilios_number(text: str, code: int) -> None:
    assert [fault.code for fault in read(inside(text)).faults] == [code]


def test_what_is_warned_of_is_left_out_and_the_rest_obeyed() -> None:
    document = read(inside('<Sing/><Say voice="Pavarotti">Still here.</Say>'))
    assert document.verbs == (Say("Still here."),)
    assert len(document.faults) == 2
