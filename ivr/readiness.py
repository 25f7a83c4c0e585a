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
from prompts.wording import Wording, read_wording
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
    wording = read_wording(line, made_folder=settings.made_sounds_dir)
    findings = checks.check_all(line, wording, tuple(requirements(line_flow(line))))
    if findings:
        why = f"the wording has {len(findings)} mistake(s)"
        yield Mistake("LINE_FILE", why, f"`hotline prompts check --line {settings.line_file}` tells them")
    unsigned = checks.unsigned(line, wording)
    if unsigned and not settings.demo:
        mend = "let one read it and run `hotline prompts sign LANGUAGE --reviewer NAME`, or take the language out"
        yield Mistake("LINE_FILE", f"no native reviewer has signed the wording of {', '.join(unsigned)}", mend)
    if not settings.demo:
        yield from _mistakes_of_sounds(wording)


def _mistakes_of_sounds(wording: Wording) -> Iterator[Mistake]:
    for language, spoken in checks.without_voice(wording).items():
        if not spoken.is_fit:
            why = f"Twilio has no voice for {language}, and its sounds are not complete: {spoken.told()}"
            mend = "record them (`hotline prompts script`, `take-in`) or let a machine speak (`hotline prompts speak`)"
            yield Mistake("PROMPTS_AUDIO_DIR", why, mend)


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
    stand_ins = () if settings.demo else DigitSounds.by_stand_ins(settings.digits_dir, languages)
    if stand_ins:
        told = f"the digits of {', '.join(stand_ins)} are spoken by a voice of another language"
        return [Mistake("DIGITS_DIR", told, "let a person record them: `hotline digits` tells which words")]
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
