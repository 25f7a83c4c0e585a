"""Numbers as they are said."""

from __future__ import annotations

SMALL = {
    word: number
    for number, word in enumerate(
        (
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
        ),
        1,
    )
}  # fmt: skip
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
TENS = {"twenty": 20, "thirty": 30}


def day_number(words: str) -> int | None:
    """Return the number of a day of a month, written or said: 3, third, twenty-third; None for what is none."""
    if words.isdigit():
        return int(words)
    if words in ORDINALS:
        return ORDINALS.index(words) + 1
    tens, _, units = words.replace("-", " ").partition(" ")
    if words == "thirtieth":
        return 30
    return TENS[tens] + ORDINALS.index(units) + 1 if tens in TENS and units in ORDINALS[:9] else None


def hour_number(words: str) -> int | None:
    """Return an hour, 0 to 23, written or said: 7, seven, twenty one; None for what is none."""
    if words.isdigit():
        return int(words) % 24
    tens, _, units = words.strip().replace("-", " ").partition(" ")
    if tens == "twenty" and units in SMALL:
        return (20 + SMALL[units]) % 24
    return next((SMALL[word] for word in words.split() if word in SMALL), None)
