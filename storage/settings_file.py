"""The settings file: NAME=VALUE lines, and whatever in it would otherwise pass unnoticed."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from storage.mistakes import Mistake
from storage.setting_names import BARE_SECRETS, SETTINGS, nearest


def read_file(name: str, text: str) -> tuple[dict[str, str], list[Mistake]]:
    """Return the values of a file, and what is wrong in it; `name` is how the file is told to the operator."""
    lines = list(parse_stream(io.StringIO(text)))
    values = dotenv_values(stream=io.StringIO(text))
    return {key: value for key, value in values.items() if value is not None}, list(_mistakes(name, lines))


def _mistakes(file: str, lines: list[Binding]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for line in lines:
        number = line.original.line
        if line.error or (line.key is not None and line.value is None):
            # The line itself is not shown: it may hold a secret.
            yield Mistake(f"{file}, line {number}", "it is no NAME=VALUE", "write NAME=VALUE, or # before a remark")
        elif line.key is not None:
            yield from _mistakes_of_name(file, line.key, number)
            if line.key in first:
                why = f"it stands in {file} twice, in the lines {first[line.key]} and {number}"
                yield Mistake(line.key, why, "keep one of them")
            first.setdefault(line.key, number)


def _mistakes_of_name(file: str, name: str, number: int) -> Iterator[Mistake]:
    if name in BARE_SECRETS:
        mend = f"put it into a file that only its process reads, and name that file by {BARE_SECRETS[name]}"
        yield Mistake(name, f"a secret stands in {file}, line {number}", mend)
    elif name not in SETTINGS:
        meant = nearest(name)
        mend = f"did you mean {meant}?" if meant else "take it out; config.example.env names every setting"
        yield Mistake(name, f"no setting has this name ({file}, line {number})", mend)
