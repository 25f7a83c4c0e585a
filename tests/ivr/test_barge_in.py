"""A key stops any question, and no key stops the sentences on danger and on the promise."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from ivr.app import line_flow, line_languages
from ivr.memory import Memory
from ivr.steps import Choose, Digits, Hold, Menu, Record
from ivr.twiml import Documents
from prompts.line import read_line
from prompts.wording import read_wording

LINE = read_line(Path(__file__).parents[2] / "prompts/lines/example.toml")
DOCUMENTS = Documents(line_flow(LINE), read_wording(LINE), line_languages(LINE), "https://line.example.org")


def spoken(step: str) -> tuple[str, str]:
    """Return what a step says outside any Gather, where no key is heard, and what it says or plays inside one."""
    root = etree.fromstring(DOCUMENTS.speak(Memory(step, "en"), 1).encode())
    outside = " ".join(say.text or "" for say in root.findall("Say"))
    heard = (*root.findall("Gather/Say"), *root.findall("Gather/Play"))
    return outside, " ".join(one.text or "" for one in heard)


def test_no_key_stops_the_words_on_danger_and_the_first_of_the_promise() -> None:
    outside, inside = spoken("safety")
    assert inside == ""
    for prompt in ("safety", "promise_first"):
        assert DOCUMENTS.wording.say("en", prompt) in outside


def test_a_key_stops_every_other_question() -> None:
    deaf = [
        name
        for name, step in DOCUMENTS.flow.steps.items()
        if isinstance(step, Menu | Choose | Digits | Record | Hold) and (spoken(name)[0] or not spoken(name)[1])
    ]
    assert deaf == []
