"""The command `hotline prompts`: check and list the wording, sign a language, make and take in its sounds."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from ivr.app import line_flow
from ivr.recording_sheet import as_csv, as_html, rows_of
from ivr.spoken import requirements
from ivr.worker.made_sounds import make_sounds
from ivr.worker.recorded_sounds import Session, keep, look_through
from ivr.worker.sentence_commands import print_seconds, write_pages
from ivr.worker.speech import NoVoice
from prompts import checks
from prompts.line import Line, read_line
from prompts.mistakes import FileMistakes
from prompts.wording import AUDIO_FOLDER, DIGIT, FOLDER, Wording, read_wording
from storage.arguments import settings_argument
from storage.settings import digits_setting, made_sounds_setting, read_environment

EXAMPLE_LINE = FOLDER / "lines" / "example.toml"


@dataclass(frozen=True)
class _Desk:
    """A line with its wording, and the folders of its sounds."""

    line: Line
    wording: Wording
    recorded: Path
    made: Path | None

    def folder(self, root: Path, language: str) -> Path:
        return root / self.line.id / language


def prompts(argv: list[str]) -> int:
    """Check the wording of a line, list it, sign a language, make its sounds, its sheet, or take in recordings.

    1 when something is found or refused.
    """
    told = _parser().parse_args(argv)
    try:
        if told.action == "sign":
            checks.sign(told.language, told.reviewer)
            return 0
        line = read_line(told.line)
        made = told.made or made_sounds_setting(read_environment(told.settings))
        desk = _Desk(line, read_wording(line, audio_folder=told.recorded, made_folder=made), told.recorded, made)
    except FileMistakes as mistakes:
        print(mistakes.told(), file=sys.stderr)
        return 1
    language = getattr(told, "language", None) or line.primary.code
    for asked in getattr(told, "languages", None) or (language,):
        if asked not in desk.wording.languages:
            return _refused(f"{line.id} does not speak {asked}: it has {', '.join(desk.wording.languages)}")
    match told.action:
        case "list":
            return _list(desk, language)
        case "speak":
            return _speak(desk, language, stand_in=told.stand_in)
        case "script":
            return _script(desk, language, told.out)
        case "take-in":
            digits = told.digits or digits_setting(read_environment(told.settings))
            return _take_in(desk, language, told.folder, digits, only_good=told.only_good)
        case "seconds":
            print_seconds(line, desk.wording, told.languages or desk.wording.languages, estimated=told.estimate)
            return 0
        case "page":
            spoken = told.languages or desk.wording.languages
            pages = write_pages(line, desk.wording, spoken, told.out, estimated=told.estimate)
            print(f"{pages} pages in {told.out}; begin at {told.out / 'index.html'}")
            return 0
        case _:
            return _check(desk)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("hotline prompts", description=prompts.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    of_line = argparse.ArgumentParser(add_help=False)
    of_line.add_argument("--line", type=Path, default=EXAMPLE_LINE, help="the line's file")
    of_line.add_argument("--made", type=Path, help="the folder of sounds a machine spoke (PROMPTS_AUDIO_DIR)")
    of_line.add_argument("--recorded", type=Path, default=AUDIO_FOLDER, help="the folder of sounds a person recorded")
    settings_argument(of_line)
    actions.add_parser("check", parents=[of_line], help="tell every mistake")
    listing = actions.add_parser("list", parents=[of_line], help="print what can be heard")
    listing.add_argument("language", nargs="?", help="else the line's own")
    signing = actions.add_parser("sign", help="note that a native speaker read every sentence")
    signing.add_argument("language")
    signing.add_argument("--reviewer", required=True, help="the native speaker who read every sentence")
    speaking = actions.add_parser("speak", parents=[of_line], help="let a machine here speak a language")
    speaking.add_argument("language")
    speaking.add_argument("--stand-in", action="store_true", help="for a demo: by the voice of another language")
    script = actions.add_parser("script", parents=[of_line], help="make the sheet for a recording session")
    script.add_argument("language")
    script.add_argument("--out", type=Path, required=True, help="the folder for the sheet")
    measuring = argparse.ArgumentParser(add_help=False)
    measuring.add_argument(
        "--language", action="append", dest="languages", help="only this one; may be given again; else all"
    )
    measuring.add_argument("--estimate", action="store_true", help="by the letters alone: speak nothing")
    actions.add_parser("seconds", parents=[of_line, measuring], help="print how long the ways through a call take")
    page = actions.add_parser("page", parents=[of_line, measuring], help="write every sentence as pages, with seconds")
    page.add_argument("--out", type=Path, required=True, help="the folder for the pages")
    taking = actions.add_parser("take-in", parents=[of_line], help="take in what a person recorded")
    taking.add_argument("folder", type=Path, help="the folder of WAV files, named by the sheet's ids")
    taking.add_argument("--language", required=True)
    taking.add_argument("--digits", type=Path, help="the folder of spoken digits (DIGITS_DIR)")
    taking.add_argument("--only-good", action="store_true", help="take in what is good, and leave the rest")
    return parser


def _check(desk: _Desk) -> int:
    needed = tuple(requirements(line_flow(desk.line)))
    findings = checks.check_all(desk.line, desk.wording, needed)
    for finding in findings:
        print(f"{finding.language} {finding.prompt}: {finding.what}\n    {finding.mend}")
    print(f"{len(needed)} prompts in {len(desk.line.languages)} languages: {len(findings)} finding(s)")
    unsigned = checks.unsigned(desk.line, desk.wording)
    if unsigned:
        print(f"Not signed by a native reviewer, so refused outside the demo: {', '.join(unsigned)}")
    for language, spoken in checks.without_voice(desk.wording).items():
        refused = "" if spoken.is_fit else ", so refused outside the demo"
        print(f"Twilio has no voice for {language}: {spoken.told()}{refused}")
    return 1 if findings else 0


def _list(desk: _Desk, language: str) -> int:
    needed = {requirement.prompt for requirement in requirements(line_flow(desk.line))}
    for prompt in sorted(needed):
        print(f"{prompt}\n    {desk.wording.say(language, prompt)}")
    return 0


def _speak(desk: _Desk, language: str, *, stand_in: bool) -> int:
    if desk.made is None:
        return _refused("no folder is named: set PROMPTS_AUDIO_DIR, or give --made FOLDER")
    folder = desk.folder(desk.made, language)
    try:
        made = make_sounds(desk.wording, language, folder, stand_in=stand_in)
    except NoVoice as why:
        for row in rows_of(line_flow(desk.line), desk.wording, language):
            print(f"{row.prompt}.wav\n    {row.text}")
        return _refused(
            f"{why}\n  Let a person record what is listed: `hotline prompts script {language}` makes a sheet"
        )
    print(f"{len(made.spoken)} spoken by {made.by}, {len(made.kept)} there already, in {folder}")
    return 0


def _script(desk: _Desk, language: str, out: Path) -> int:
    rows = rows_of(line_flow(desk.line), desk.wording, language)
    title = f"{desk.line.name}: what is recorded in {desk.line.language(language).name} ({language})"
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{language}.html").write_text(as_html(rows, title=title, language=language), encoding="utf-8")
    (out / f"{language}.csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    print(f"{len(rows)} sentences in {out / language}.html and {language}.csv")
    return 0


def _take_in(desk: _Desk, language: str, folder: Path, digits: Path | None, *, only_good: bool) -> int:
    if not folder.is_dir():
        return _refused(f"there is no folder {folder}")
    session = look_through(folder, desk.wording, language)
    if digits is None and any(take.prompt.startswith(DIGIT) for take in session.takes):
        return _refused("no folder of digits is named: set DIGITS_DIR, or give --digits FOLDER")
    for take in session.takes:
        print(f"{take.name}: {'; '.join(take.remarks)}")
    for fault in session.faults:
        print(f"{fault.name}: {fault.what}\n    {fault.mend}")
    takes = session.takes if only_good or not session.faults else ()
    if takes:
        place = digits / language if digits else None
        keep(session, desk.wording, language, desk.folder(desk.recorded, language), place)
    print(_summary(session, len(takes)))
    return 1 if session.faults else 0


def _summary(session: Session, taken: int) -> str:
    refused = f", {len(session.faults)} refused" if session.faults else ""
    nothing = (
        " Nothing is taken in while one is refused; --only-good takes the others." if refused and not taken else ""
    )
    missing = f" {len(session.missing)} sentences are not in this folder." if session.missing else ""
    return f"{taken} taken in{refused}.{nothing}{missing}"


def _refused(why: str) -> int:
    print(f"hotline prompts: {why}", file=sys.stderr)
    return 1
