"""The commands of the public side: serve it, draw its flow, print what Twilio keeps for it."""

from __future__ import annotations

import argparse
import functools
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from ivr.app import create_app, line_flow, line_languages
from ivr.diagram import drawn
from ivr.drawing.pages import Book, first_page
from ivr.readiness import LOOKS
from ivr.static_answers import StaticAnswers
from ivr.twiml import Documents
from prompts import checks
from prompts.line import Line, read_line
from prompts.wording import read_wording
from storage.arguments import settings_argument
from storage.births import Births
from storage.clock import SystemClock
from storage.logs import write_events
from storage.on_disk import leave_no_journal
from storage.presence import present
from storage.settings import IvrSettings, ivr_settings, line_settings, read_environment

SWITCH_SECONDS = 0.0002
HTTPS_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/[\x21-\x7e]+")
STOP_SECONDS = 10  # longer than any answer takes
THREADS = 4  # per process; the database's lock makes more of them wait, not work


def serve(argv: list[str]) -> int:
    """Run the public door until INT or TERM."""
    parser = argparse.ArgumentParser("hotline ivr", description="Run the public door that Twilio's webhooks reach.")
    settings_argument(parser)
    settings = ivr_settings(read_environment(parser.parse_args(argv).settings), LOOKS)
    create_app(settings).close()  # once here, so that what nobody looked for is told to a person and not to a log
    host, port = settings.listen
    births = Births(settings.processes)
    server = Granian(
        "hotline",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=STOP_SECONDS,  # told to stop while it starts, a process may never hear it
    )
    server.on_reload(births.begin_again)
    does = f"The public door listens on {host}:{port} for {settings.public_base}"
    line = read_line(settings.line_file)
    with present("ivr", does, line=line.name, demo=settings.demo, database_url=settings.database_url):
        server.serve(target_loader=functools.partial(_load, settings, births), wrap_loader=False)
        leave_no_journal(settings.database_url)
    return 0


def _load(settings: IvrSettings, births: Births) -> Callable[..., Iterable[bytes]]:
    # Who comes back from the disk holds the database's lock: Python's usual 5 ms until it may go on would hold up all.
    sys.setswitchinterval(SWITCH_SECONDS)
    write_events()
    door = create_app(settings)
    births.tell(door.hotline.database, SystemClock(), who="the public door")
    return door


def flow(argv: list[str]) -> int:
    """Print the call flow as a drawing, or write it as pictures and pages."""
    parser = argparse.ArgumentParser(
        "hotline flow", description="Draw the call flow as Markdown with Mermaid, or as SVG."
    )
    parser.add_argument("--line", type=Path, default=_example_line(), help="the line's file")
    parser.add_argument("--svg", action="store_true", help="write SVG drawings and pages with the same as text")
    parser.add_argument("--out", type=Path, help="the folder for them")
    parser.add_argument("--language", action="append", help="only this one of the line's languages; may be given again")
    told = parser.parse_args(argv)
    line = read_line(told.line)
    if not told.svg:
        print(drawn(line_flow(line)))
        return 0
    if told.out is None:
        parser.error("--svg needs --out FOLDER")
    spoken = line_languages(line)
    for language in told.language or ():
        if language not in spoken:
            parser.error(f"the line does not speak {language}: it has {', '.join(spoken)}")
    written = _write_drawings(line, tuple(told.language or spoken), told.out)
    print(f"{written} files in {told.out}; begin at {told.out / 'index.html'}")
    return 0


def _write_drawings(line: Line, languages: Sequence[str], out: Path) -> int:
    names = [(code, line.language(code).name) for code in languages]
    wording, call = read_wording(line), line_flow(line)
    files = {"index.html": first_page(line.name, names)}
    for code, name in names:
        book = Book(line.name, name, call, wording, code)
        files |= {f"{code}/{file}": text for file, text in book.files()}
    for file, text in files.items():
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (out / file).write_text(text, encoding="utf-8")
    return len(files)


def fallback(argv: list[str]) -> int:
    """Print the two documents that Twilio keeps for the line."""
    parser = argparse.ArgumentParser(
        "hotline fallback", description="Print the documents that Twilio keeps for the line."
    )
    parser.add_argument(
        "document", choices=("recording", "fallback"), help="make `recording` first: the other names it"
    )
    parser.add_argument("--recording-document", default="", help="the address that Twilio gave to the first document")
    parser.add_argument(
        "--language", default="", help="of the number that these documents are for; else the line's own"
    )
    settings_argument(parser)
    told = parser.parse_args(argv)
    line_file, public_base = line_settings(read_environment(told.settings))
    line = read_line(line_file)
    documents = Documents(line_flow(line), read_wording(line), line_languages(line), public_base)
    language = told.language or line.primary.code
    if language not in documents.languages:
        parser.error(f"the line does not speak {language}: it has {', '.join(documents.languages)}")
    if not documents.wording.voice(language).voice:
        parser.error(
            f"Twilio has no voice for {language}, and cannot fetch sounds from a line that is away: take another"
        )
    static = StaticAnswers(documents).speaking(language)
    if told.document == "fallback" and not told.recording_document:
        parser.error("fallback needs --recording-document ADDRESS")
    if told.recording_document and not HTTPS_ADDRESS.fullmatch(told.recording_document):
        parser.error("--recording-document is no https address: callers would be lost there while the line is away")
    recording = told.document == "recording"
    print(static.fallback_recording() if recording else static.fallback(told.recording_document))
    return 0


def _example_line() -> Path:
    return Path(checks.__file__).parent / "lines" / "example.toml"
