"""Gets the next document for a call: the one asked for, else the number's fallback, else Twilio's own apology."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.simulator.documents import BadDocument, read
from ivr.simulator.lines import NumberSettings
from ivr.simulator.overrides import split
from ivr.simulator.signing import Pairs
from ivr.simulator.transport import Answer
from ivr.simulator.verbs import Document, Hangup, Say
from ivr.simulator.webhooks import Failed, Fetched, Webhooks

APOLOGY = "We're sorry, an application error has occurred. Goodbye."
WRONG_TYPE = 12300


@dataclass(frozen=True)
class Loaded:
    """A document to obey, its text, and the address that its own addresses are relative to."""

    document: Document
    text: str
    base: str
    sound: Fetched | None = None  # the answer was a sound: it is played, and the call ends


def next_document(
    webhooks: Webhooks,
    settings: NumberSettings,
    ask: tuple[str, str, Pairs],
    still_wanted: Callable[[], bool],
) -> Loaded | None:
    """Ask an address (address, method, parameters) for a document; None when the call was taken over meanwhile."""
    address, method, params = ask
    outcome = webhooks.fetch(address, method, params)
    if not still_wanted():
        return None
    usable = _usable(webhooks, outcome, params)
    return _fallback(webhooks, settings, usable, params) if isinstance(usable, Failed) else usable


def _usable(webhooks: Webhooks, outcome: Fetched | Failed, params: Pairs) -> Loaded | Failed:
    if isinstance(outcome, Failed):
        return outcome
    answer, address = outcome.answer, outcome.address
    text = answer.body.decode("utf-8", "replace")
    if answer.content_type.startswith("audio/"):
        return Loaded(Document(()), "", address, outcome)
    try:
        document = _document_of(answer)
    except BadDocument as bad:
        webhooks.note(bad.code, address, params, bad.reason)
        return Failed(bad.code, address, bad.reason)
    for fault in document.faults:
        webhooks.note(fault.code, address, params, fault.reason)
    return Loaded(document, text, address)


def _document_of(answer: Answer) -> Document:
    """Return what a 2xx answer asks for by its type; plain text that is no TwiML is read aloud."""
    if answer.content_type in ("text/xml", "application/xml", "text/html"):
        return read(answer.body)
    if answer.content_type == "text/plain":
        try:
            return read(answer.body)
        except BadDocument:
            return Document((Say(answer.body.decode("utf-8", "replace")),))
    raise BadDocument(WRONG_TYPE, f"an answer of type {answer.content_type!r}")


def _fallback(webhooks: Webhooks, settings: NumberSettings, failure: Failed, params: Pairs) -> Loaded:
    """Return what the number's settings say about failures."""
    base = settings.voice_fallback_url or settings.voice_url
    apology = Loaded(Document((Say(APOLOGY), Hangup())), "", base)
    if settings.fallback_document:
        body = settings.fallback_document.encode()
        answer = Fetched(Answer(200, {"content-type": "text/xml"}, body), base)
        usable = _usable(webhooks, answer, params)
    elif settings.voice_fallback_url:
        told = (*params, ("ErrorCode", str(failure.code)), ("ErrorUrl", split(failure.address)[0]))
        usable = _usable(webhooks, webhooks.fetch(settings.voice_fallback_url, "POST", told), told)
    else:
        return apology
    return apology if isinstance(usable, Failed) else usable
