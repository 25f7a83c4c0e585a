"""What is looked at before the public door opens, so that an operator reads every mistake at once."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.file_mistakes import as_mistakes
from ivr.app import line_flow, line_languages
from ivr.digit_sounds import DigitSounds, NoDigitSounds
from ivr.spoken import requirements
from prompts import checks
from prompts.line import Line, read_line
from prompts.mistakes import FileMistakes
from prompts.wording import read_wording
from storage.mistakes import Look, Mistake
from storage.readiness import database_fits, live_key_fits, may_listen, pepper_fits, public_keys_fit
from storage.settings import IvrSettings


def wording_fits(settings: IvrSettings) -> list[Mistake]:
    """Look at everything that can be said: the line's file, the questions, and the wording of each language."""
    try:
        line = read_line(settings.line_file)
        return list(_mistakes_of_wording(line, settings))
    except FileMistakes as why:
        return as_mistakes(why)


def _mistakes_of_wording(line: Line, settings: IvrSettings) -> Iterator[Mistake]:
    wording = read_wording(line)
    findings = checks.check_all(line, wording, tuple(requirements(line_flow(line))))
    if findings:
        why = f"the wording has {len(findings)} mistake(s)"
        yield Mistake("LINE_FILE", why, f"`hotline prompts check --line {settings.line_file}` tells them")
    unsigned = checks.unsigned(line, wording)
    if unsigned and not settings.demo:
        mend = "let one read it and run `hotline prompts sign LANGUAGE --reviewer NAME`, or take the language out"
        yield Mistake("LINE_FILE", f"no native reviewer has signed the wording of {', '.join(unsigned)}", mend)


def digits_fit(settings: IvrSettings) -> list[Mistake]:
    """Look at the spoken digits of every language of the line."""
    try:
        languages = line_languages(read_line(settings.line_file))
    except FileMistakes:
        return []  # told already
    try:
        DigitSounds.read(settings.digits_dir, languages)
    except NoDigitSounds as why:
        mend = f"run `hotline digits --out {settings.digits_dir} --languages {','.join(languages)}`"
        return [Mistake("DIGITS_DIR", str(why), mend)]
    return []


LOOKS = (
    Look[IvrSettings](("KEYS_DIR", "KEYS_FINGERPRINT"), public_keys_fit),
    Look[IvrSettings](("KEYS_DIR",), pepper_fits),
    Look[IvrSettings](("RUNTIME_DIR",), lambda settings: live_key_fits(settings.live_key_file)),
    Look[IvrSettings](("LINE_FILE",), wording_fits),
    Look[IvrSettings](("LINE_FILE", "DIGITS_DIR"), digits_fit),
    Look[IvrSettings](("DATABASE_URL",), lambda settings: database_fits(settings.database_url)),
    Look[IvrSettings](("IVR_LISTEN",), lambda settings: may_listen("IVR_LISTEN", settings.listen)),
)
