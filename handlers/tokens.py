"""By which words a subject is found: pure rules that make the same of what differs only in how it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from jellyfish import jaro_similarity, metaphone

from storage.contents import Interest, Subject

# Said or written before a name, and so no part of it.
# fmt: off
RANKS = frozenset((
    "acting", "assistant", "chief", "commander", "commissioner", "constable", "da", "dac", "dc", "dci", "dcs",
    "deputy", "det", "detective", "di", "ds", "dsu", "dsupt", "insp", "inspector", "miss", "mr", "mrs", "ms", "mx",
    "officer", "pc", "pcso", "police", "ps", "sc", "sergeant", "sgt", "sir", "special", "superintendent", "supt",
    "temporary", "the", "wpc",
))
# fmt: on
# What stands beside a unit's name on half of all reports would find them all.
COMMON_IN_UNITS = frozenset(("and", "department", "of", "office", "police", "station", "team", "the", "unit"))
# Letters of their own that Unicode does not take apart; the last is a small i without its dot.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
APOSTROPHES = re.compile("['`\u2019\u02bc]")  # straight, slanting, typographic, and the letter
ALIKE = str.maketrans("OIL", "011")  # misread for one another on a plate and on a shoulder
SHORTEST = 2
LIKE_ENOUGH = 0.7  # of 1: how like two words must be in writing that sound the same


def folded(text: str) -> str:
    """Return words in small letters without accents or punctuation, one space between them."""
    bare = text.casefold()
    if not bare.isascii():  # a search through ten thousand texts need not look at each letter of most
        plain = unicodedata.normalize("NFKD", bare.translate(LETTERS))
        bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # An apostrophe joins (O'Brien and OBrien are one name); any other mark parts.
    return " ".join(re.sub(r"[^\w]|_", " ", APOSTROPHES.sub("", bare)).split())


def number_key(text: str) -> str:
    """Return a shoulder number or registration without spaces, with those letters that are misread as digits."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z]", "", plain).translate(ALIKE)


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name or nickname, without ranks; those too if there is nothing else."""
    words = tuple(word for word in folded(text).split() if len(word) >= SHORTEST)
    return tuple(dict.fromkeys(word for word in words if word not in RANKS)) or words


def unit_words(text: str) -> tuple[str, ...]:
    """Return the words of a team, unit or station that tell it from others; those too that do not, if none does."""
    words = tuple(folded(text).split())
    return tuple(dict.fromkeys(word for word in words if word not in COMMON_IN_UNITS)) or words


def sound_of(word: str) -> str:
    """Return how a word sounds in English, "" for what is no Latin word or too short to tell."""
    sounds = metaphone(word) if word.isascii() and word.isalpha() else ""
    return sounds if len(sounds) > 1 else ""


def sounds_alike(one: str, other: str) -> bool:
    """Say whether two words are the same, or sound the same and are written much alike."""
    if one == other:
        return True
    same = bool(sound_of(one)) and sound_of(one) == sound_of(other)
    return same and jaro_similarity(one, other) >= LIKE_ENOUGH


def is_named(words: Iterable[str], others: Collection[str]) -> bool:
    """Say whether each of these words of a name is among the others, as it is spelt or as it sounds."""
    wanted = tuple(words)
    return bool(wanted) and all(any(sounds_alike(word, other) for other in others) for word in wanted)


def name_tokens(words: Iterable[str]) -> list[str]:
    """Return one thing for each word of a name that finds it, however it is spelt."""
    return [f"sound:{sound_of(word)}" if sound_of(word) else f"name:{word}" for word in words]


def subject_words(subject: Subject) -> frozenset[str]:
    """Return everything that finds a subject."""
    names = name_words(subject.name) if subject.what == "officer" else ()
    units = unit_words(" ".join((subject.team, subject.unit, subject.name if subject.what == "unit" else "")))
    looks = folded(subject.description).split() if subject.what == "vehicle" else ()
    words = name_tokens(names)
    words += [f"unit:{word}" for word in units]
    words += [f"looks:{word}" for word in looks if len(word) >= SHORTEST]
    words += number_words(subject.number) + plate_words(subject.registration)
    return frozenset(words)


def number_words(number: str) -> list[str]:
    """Return what finds a shoulder number."""
    return [f"number:{number_key(number)}"] if number_key(number) else []


def plate_words(registration: str) -> list[str]:
    """Return what finds a registration."""
    return [f"plate:{number_key(registration)}"] if number_key(registration) else []


def concerns(interest: Interest, subject: Subject) -> bool:
    """Say whether a subject is somebody or something that a member of staff is connected to.

    Errs towards closing: a supervisor can open again, but nobody can unread.
    """
    if _same(number_key(interest.number), number_key(subject.number)):
        return True
    if _same(number_key(interest.registration), number_key(subject.registration)):
        return True
    if interest.name and subject.what == "officer":
        return is_named(name_words(interest.name), name_words(subject.name))
    wanted = {f"unit:{word}" for word in unit_words(interest.unit)} if not (interest.name or interest.number) else set()
    return bool(wanted) and wanted <= subject_words(subject)


def interest_choices(interest: Interest) -> tuple[frozenset[str], ...]:
    """Return the sets of words any of which finds what `concerns` may say yes to."""
    units = [] if interest.name or interest.number else [f"unit:{word}" for word in unit_words(interest.unit)]
    each = (
        number_words(interest.number),
        plate_words(interest.registration),
        name_tokens(name_words(interest.name)),
        units,
    )
    return tuple(frozenset(words) for words in each if words)


def _same(one: str, other: str) -> bool:
    return bool(one) and one == other
