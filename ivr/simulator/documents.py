"""Reads TwiML as strictly as Twilio: what it refuses has Twilio's number, what it only warns of is left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as XmlTree
from xml.etree.ElementTree import Element

from ivr.simulator.verbs import (
    Conference,
    Dial,
    Document,
    Fault,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)

MAX_DOCUMENT_BYTES = 64 * 1024
UNREADABLE, SCHEMA, TOO_LARGE, EMPTY_SAY, LONG_SAY = 12100, 12200, 11750, 13520, 13521

NUMBER, SWITCH, METHOD, TEXT = r"\d+", "true|false", "GET|POST", r"(?s).*"
LANGUAGES = (  # twilio-node 6.2.0, SayLanguage
    "af-ZA|am-ET|ar-AE|ar-XA|arb|bg-BG|bn-IN|ca-ES|cmn-CN|cmn-TW|cs-CZ|cy-GB|da-DK|de-AT|de-DE|el-GR|en-AU|en-CA|"
    "en-GB|en-GB-WLS|en-IE|en-IN|en-NZ|en-US|en-ZA|es-ES|es-MX|es-US|fi-FI|fil-PH|fr-CA|fr-FR|fr-BE|gu-IN|he-IL|"
    "hi-IN|hu-HU|id-ID|is-IS|it-IT|ja-JP|kn-IN|ko-KR|lv-LV|ml-IN|mr-IN|ms-MY|nb-NO|nl-BE|nl-NL|pa-IN|pl-PL|pt-BR|"
    "pt-PT|ro-RO|ru-RU|sk-SK|sr-RS|sv-SE|ta-IN|te-IN|th-TH|tr-TR|uk-UA|vi-VN|yue-HK|zh-CN|zh-HK|zh-TW"
)
MEANINGS = "characters|spell-out|cardinal|number|ordinal|digits|fraction|unit|date|time|address|expletive|telephone"
ATTRIBUTES: dict[str, dict[str, str]] = {
    "Response": {},
    "Say": {
        "language": LANGUAGES,
        "voice": r"man|woman|alice|Polly\.[\w-]+|Google\.[\w-]+",
        "loop": NUMBER,
    },
    "Play": {"loop": NUMBER, "digits": r"[0-9A-D#*wW]+"},
    "Pause": {"length": r"[1-9]\d*"},
    "Gather": {
        "input": r"(dtmf|speech)( (dtmf|speech))?",
        "action": TEXT,
        "method": METHOD,
        "timeout": NUMBER,
        "numDigits": r"[1-9]\d*",
        "finishOnKey": "[0-9#*]?",
        "actionOnEmptyResult": SWITCH,
        **dict.fromkeys(("bargeIn", "profanityFilter", "enhanced", "debug"), SWITCH),
        **dict.fromkeys(("hints", "language", "speechTimeout", "speechModel", "partialResultCallback"), TEXT),
        "partialResultCallbackMethod": METHOD,
        "maxSpeechTime": NUMBER,
    },
    "Record": {
        "action": TEXT,
        "method": METHOD,
        "timeout": NUMBER,
        "finishOnKey": "[0-9#*]*",
        "maxLength": r"(?!1$)[1-9]\d{0,4}",
        "playBeep": SWITCH,
        "trim": "trim-silence|do-not-trim",
        "recordingStatusCallback": TEXT,
        "recordingStatusCallbackMethod": METHOD,
        "recordingStatusCallbackEvent": r"(in-progress|completed|absent)( (in-progress|completed|absent))*",
        "transcribe": SWITCH,
        "transcribeCallback": TEXT,
        "recordingConfigurationId": TEXT,
    },
    "Dial": {
        "action": TEXT,
        "method": METHOD,
        "timeout": NUMBER,
        "timeLimit": NUMBER,
        "answerOnBridge": SWITCH,
        "hangupOnStar": SWITCH,
        "record": "do-not-record",  # what would record a live call is none of ours, and refused here
    },
    "Conference": {
        "beep": "true|false|onEnter|onExit",
        **dict.fromkeys(("muted", "startConferenceOnEnter", "endConferenceOnExit"), SWITCH),
        "participantLabel": r".{1,128}",
        "maxParticipants": NUMBER,
        "record": "do-not-record",
        "coach": "CA[0-9a-f]{32}",
        "waitUrl": TEXT,
        "waitMethod": METHOD,
        "statusCallback": TEXT,
        "statusCallbackMethod": METHOD,
        "statusCallbackEvent": r"(start|end|join|leave|mute|hold|modify|speaker|announcement)( [a-z]+)*",
    },
    "Redirect": {"method": METHOD},
    "Hangup": {},
    "Reject": {"reason": "rejected|busy"},
    # within Say (SSML)
    "break": {"strength": "none|x-weak|weak|medium|strong|x-strong", "time": r"\d+(\.\d+)?m?s"},
    "emphasis": {"level": "strong|moderate|reduced"},
    "lang": {"{http://www.w3.org/XML/1998/namespace}lang": TEXT},
    "p": {},
    "phoneme": {"alphabet": r"ipa|x-sampa|x-amazon-[\w-]+", "ph": TEXT},
    "prosody": dict.fromkeys(("volume", "rate", "pitch"), TEXT),
    "s": {},
    "say-as": {"interpret-as": MEANINGS, "format": "[ymd]+"},
    "sub": {"alias": TEXT},
    "w": {"role": TEXT},
}
_INLINE = frozenset({"break", "emphasis", "lang", "phoneme", "prosody", "say-as", "sub", "w"})
CHILDREN: dict[str, frozenset[str]] = {
    "Response": frozenset({"Say", "Play", "Pause", "Gather", "Record", "Dial", "Redirect", "Hangup", "Reject"}),
    "Dial": frozenset({"Conference"}),
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Say": _INLINE | {"p", "s"},
    "p": _INLINE | {"s"},
    "s": _INLINE,
    "lang": _INLINE | {"p", "s"},
    "prosody": _INLINE | {"p", "s"},
    "emphasis": _INLINE,
    "w": _INLINE - {"w", "lang"},
}


class BadDocument(Exception):
    """Twilio cannot use the document at all; trying again helps only when the service answers differently."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


def read(body: bytes) -> Document:
    """Return what a document asks for, or raise `BadDocument` with Twilio's error number."""
    root = _parsed(body)
    faults: list[Fault] = []
    _check(root, "Response", faults)
    verbs = tuple(verb for child in root if (verb := _verb(child, faults)) is not None)
    return Document(verbs, tuple(faults))


def _parsed(body: bytes) -> Element:
    if len(body) > MAX_DOCUMENT_BYTES:
        raise BadDocument(TOO_LARGE, f"{len(body)} bytes")
    if not body.strip():
        raise BadDocument(UNREADABLE, "an empty answer")
    if body[:1].isspace() and b"<?xml" in body[:64]:
        raise BadDocument(UNREADABLE, "space before the XML declaration")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # also keeps entity bombs out of the parser below
        raise BadDocument(UNREADABLE, "a document type declaration")
    try:
        root = XmlTree.fromstring(body)  # noqa: S314
    except XmlTree.ParseError as error:
        raise BadDocument(UNREADABLE, str(error)) from None
    if root.tag != "Response":
        raise BadDocument(UNREADABLE, f"the root is <{root.tag}>")
    return root


def _check(element: Element, path: str, faults: list[Fault]) -> None:
    """Note unknown elements and attributes, and take them out so that nothing below meets them."""
    for name, value in list(element.attrib.items()):
        pattern = ATTRIBUTES[element.tag].get(name)
        if pattern is None or not re.fullmatch(pattern, value, re.ASCII):
            faults.append(Fault(SCHEMA, f"{path} has {name}={value!r}"))
            del element.attrib[name]
    stray = (element.text or "") if element.tag in ("Response", "Gather") else ""
    for child in list(element):
        stray += (child.tail or "") if element.tag in ("Response", "Gather") else ""
        if child.tag not in CHILDREN.get(element.tag, frozenset()):
            faults.append(Fault(SCHEMA, f"<{child.tag}> is not allowed in {path}, or this exchange cannot play it"))
            element.remove(child)
        else:
            _check(child, f"{path}/{child.tag}", faults)
    if stray.strip():
        faults.append(Fault(SCHEMA, f"text stands in {path}"))


def _verb(element: Element, faults: list[Fault]) -> Verb | None:
    return _READERS[element.tag](element, faults)


def _say(element: Element, faults: list[Fault]) -> Say | None:
    voice, text = element.get("voice", "man"), _spoken(element)
    limit = 3000 if voice.startswith("Polly.") else 5000 if voice.startswith("Google.") else 4096
    if not text:
        faults.append(Fault(EMPTY_SAY, "a <Say> without words"))
        return None
    if len("".join(element.itertext()).encode()) > limit:
        faults.append(Fault(LONG_SAY, f"a <Say> of more than {limit} bytes"))
        return None
    if len(element) and voice in ("man", "woman", "alice"):
        faults.append(Fault(SCHEMA, f"the voice {voice} knows no SSML"))
    return Say(text, element.get("language", "en-US"), voice, int(element.get("loop", "1")))


def _spoken(element: Element) -> str:
    return " ".join(_words(element).split())


def _words(element: Element) -> str:
    own = element.get("alias", element.text or "") if element.tag == "sub" else element.text or ""
    inside = own + "".join(_words(child) + (child.tail or "") for child in element)
    return f" {inside} " if element.tag in ("p", "s", "break") else inside


def _play(element: Element, faults: list[Fault]) -> Prompt | None:
    url = (element.text or "").strip()
    if element.get("digits") is not None:
        return Pause(1)
    if not url:
        faults.append(Fault(SCHEMA, "a <Play> without an address"))
        return None
    return Play(url, int(element.get("loop", "1")))


def _pause(element: Element, _: list[Fault]) -> Pause:
    return Pause(int(element.get("length", "1")))


def _gather(element: Element, faults: list[Fault]) -> Gather:
    prompts: list[Prompt] = []
    for child in element:
        if child.tag == "Play" and "digits" in child.attrib:
            faults.append(Fault(SCHEMA, "<Play digits> within <Gather>"))
        elif isinstance(prompt := _verb(child, faults), Say | Play | Pause):
            prompts.append(prompt)
    digits = element.get("numDigits")
    return Gather(
        prompts=tuple(prompts),
        action=element.get("action", "").strip(),
        method=element.get("method", "POST"),
        timeout=int(element.get("timeout", "5")),
        digits=int(digits) if digits else None,
        finish_on_key=element.get("finishOnKey", "#"),
        action_on_empty=element.get("actionOnEmptyResult") == "true",
    )


def _record(element: Element, _: list[Fault]) -> Record:
    return Record(
        action=element.get("action", "").strip(),
        method=element.get("method", "POST"),
        timeout=int(element.get("timeout", "5")),
        finish_on_key=element.get("finishOnKey", "1234567890*#"),
        max_seconds=int(element.get("maxLength", "3600")),
        beep=element.get("playBeep", "true") == "true",
        trim=element.get("trim", "trim-silence") == "trim-silence",
        callback=element.get("recordingStatusCallback", "").strip(),
        callback_method=element.get("recordingStatusCallbackMethod", "POST"),
        callback_events=tuple(element.get("recordingStatusCallbackEvent", "completed").split()),
    )


def _dial(element: Element, faults: list[Fault]) -> Dial | None:
    room = element.find("Conference")
    if room is None or not (room.text or "").strip():
        faults.append(Fault(SCHEMA, "a <Dial> without a conference: this exchange rings nobody else"))
        return None
    conference = Conference(
        name=(room.text or "").strip(),
        starts=room.get("startConferenceOnEnter", "true") == "true",
        ends=room.get("endConferenceOnExit") == "true",
        muted=room.get("muted") == "true",
        coach=room.get("coach", ""),
        beeps=room.get("beep", "true") != "false",
        callback=room.get("statusCallback", "").strip(),
        callback_method=room.get("statusCallbackMethod", "POST"),
        callback_events=tuple(room.get("statusCallbackEvent", "").split()),
        label=room.get("participantLabel", ""),
    )
    seconds = int(element.get("timeLimit", "14400"))
    return Dial(conference, element.get("action", "").strip(), element.get("method", "POST"), seconds)


_READERS: dict[str, Callable[[Element, list[Fault]], Verb | None]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Redirect": lambda element, _: Redirect((element.text or "").strip(), element.get("method", "POST")),
    "Hangup": lambda *_: Hangup(),
    "Reject": lambda element, _: Reject(element.get("reason", "rejected")),
}
