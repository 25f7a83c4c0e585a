"""How a language is written: its sentences, its words, its direction, and how fast its letters are spoken."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

LATIN_ENDS = ".?!"
WIDE_ENDS = "\u3002\uff1f\uff01"  # Chinese and Japanese: full stop, question and exclamation mark
INDIC_ENDS = "\u0964\u0965"  # danda, double danda
ARABIC_ENDS = "\u061f\u06d4"  # question mark; full stop of Urdu
SENTENCE_ENDS = LATIN_ENDS + WIDE_ENDS + INDIC_ENDS + ARABIC_ENDS
QUESTION_MARKS = "?\uff1f\u061f"
ARABIC_COMMA = "\u060c"
RIGHT_TO_LEFT = ("ARABIC", "HEBREW", "SYRIAC", "THAANA", "NKO")
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")  # words without spaces between them
BREATH_SECONDS = 0.3  # after a sentence
LETTERS_A_WORD = 5  # of such a script, roughly: for a limit, not for a linguist

# Characters a second as voices speak them. Latin: about 155 English words a minute. The same message takes about the
# same time in any language (Coupé, Oh, Dediu, Pellegrino: "Different languages, similar encoding efficiency", Science
# Advances 5/9, 2019), so a script that writes it in fewer characters has fewer of them a second. The figures of Arabic
# and Indic scripts: how many characters our own sentences have in them, beside our translations into Latin script
# (November 2026: 15.7, 14.1 to 15.2, Tamil 18.7, where Latin has 17.0); the others are rough. Vowel signs count.
LATIN_CHARACTERS_A_SECOND = 15.0
CHARACTERS_A_SECOND = {
    "ARABIC": 13.5,
    "HEBREW": 12.0,
    "BENGALI": 13.0,
    "GURMUKHI": 13.0,
    "GUJARATI": 13.0,
    "DEVANAGARI": 13.0,
    "TAMIL": 16.0,
    "CJK": 4.5,
    "HIRAGANA": 7.0,
    "HANGUL": 6.0,
}

_SENTENCE = re.compile(rf"[^{SENTENCE_ENDS}]+[{SENTENCE_ENDS}]*")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with its end; a text without an end is one."""
    return [found for found in _SENTENCE.findall(text) if found.strip(SENTENCE_ENDS + " ")] or [text]


def words(sentence: str) -> int:
    """Count the words of a sentence; in a script without spaces by its letters."""
    if script_of(sentence) not in UNSPACED:
        return len(sentence.split())
    return -(-sum(character.isalnum() for character in sentence) // LETTERS_A_WORD)


def script_of(text: str) -> str:
    """Return the script that most letters of a text are of, as Unicode names it ("LATIN", "ARABIC", "BENGALI", ...)."""
    names = (unicodedata.name(character, "").split() for character in text if character.isalpha())
    counted = Counter(name[0] for name in names if name)
    return counted.most_common(1)[0][0] if counted else "LATIN"


def direction_of(text: str) -> str:
    """Return in which direction a text runs, as HTML writes it: `rtl` or `ltr`."""
    return "rtl" if script_of(text) in RIGHT_TO_LEFT else "ltr"


def characters_a_second(text: str) -> float:
    """Return how many characters of a text are spoken in a second, by its script: an estimate."""
    return CHARACTERS_A_SECOND.get(script_of(text), LATIN_CHARACTERS_A_SECOND)


def seconds_of(said: str, characters: float | None = None) -> float:
    """Estimate how long a text takes to say, by its `characters` a second (else its script's), with breaths."""
    return len(said) / (characters or characters_a_second(said)) + BREATH_SECONDS * len(sentences(said))


def comma_of(text: str) -> str:
    """Return the comma of a text's script, with its space."""
    return f"{ARABIC_COMMA} " if script_of(text) == "ARABIC" else ", "


def questions_in(text: str) -> int:
    """Count the questions that a text asks."""
    return sum(text.count(mark) for mark in QUESTION_MARKS)
