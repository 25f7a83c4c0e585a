"""The commands of the public side: serve it, check and draw what it says, print what Twilio keeps for it."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from ivr.app import create_app, line_flow, line_languages
from ivr.diagram import drawn
from ivr.readiness import LOOKS
from ivr.spoken import requirements
from ivr.static_answers import StaticAnswers
from ivr.twiml import Documents
from prompts import checks
from prompts.line import read_line
from prompts.wording import read_wording
from storage.arguments import settings_argument
from storage.logs import write_events
from storage.on_disk import leave_no_journal
from storage.presence import present
from storage.settings import IvrSettings, ivr_settings, line_settings, read_environment

SWITCH_SECONDS = 0.0002
STOP_SECONDS = 10  # longer than any answer takes
THREADS = 4  # per process; the database's lock makes more of them wait, not work


def serve(argv: list[str]) -> int:
    """Run the public door until INT or TERM."""
    parser = argparse.ArgumentParser("hotline ivr", description="Run the public door that Twilio's webhooks reach.")
    settings_argument(parser)
    settings = ivr_settings(read_environment(parser.parse_args(argv).settings), LOOKS)
    create_app(settings).close()  # once here, so that what nobody looked for is told to a person and not to a log
    host, port = settings.listen
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
    does = f"The public door listens on {host}:{port} for {settings.public_base}"
    line = read_line(settings.line_file)
    with present("ivr", does, line=line.name, demo=settings.demo, database_url=settings.database_url):
        server.serve(target_loader=functools.partial(_load, settings), wrap_loader=False)
        leave_no_journal(settings.database_url)
    return 0


def _load(settings: IvrSettings) -> Callable[..., Iterable[bytes]]:
    # Who comes back from the disk holds the database's lock: Python's usual 5 ms until it may go on would hold up all.
    sys.setswitchinterval(SWITCH_SECONDS)
    write_events()
    return create_app(settings)


def prompts(argv: list[str]) -> int:
    """Check the wording, list it, or sign a language; 1 when something is found."""
    parser = argparse.ArgumentParser("hotline prompts", description="Check, list or sign the wording of a line.")
    parser.add_argument("action", choices=("check", "list", "sign"))
    parser.add_argument("language", nargs="?", help="the language to list or sign")
    parser.add_argument("--line", type=Path, default=_example_line(), help="the line's file")
    parser.add_argument("--reviewer", help="the native speaker who read every sentence")
    told = parser.parse_args(argv)
    line = read_line(told.line)
    wording = read_wording(line)
    language = told.language or line.primary.code
    if language not in wording.languages:
        print(
            f"hotline: {told.line} offers no language {language!r}, only {', '.join(wording.languages)}",
            file=sys.stderr,
        )
        return 1
    if told.action == "sign":
        if not told.language or not told.reviewer:
            parser.error("sign needs a language and --reviewer NAME")
        checks.sign(told.language, told.reviewer)
        print(f"Signed: the wording of {told.language}, by {told.reviewer}. Any change of it voids the signature.")
        return 0
    needed = tuple(requirements(line_flow(line)))
    if told.action == "list":
        for prompt in sorted({requirement.prompt for requirement in needed}):
            print(f"{prompt}\n    {wording.say(language, prompt)}")
        return 0
    findings = checks.check_all(line, wording, needed)
    for finding in findings:
        print(f"{finding.language} {finding.prompt}: {finding.what}\n    {finding.mend}")
    print(f"{len(needed)} prompts in {len(line.languages)} languages: {len(findings)} finding(s)")
    unsigned = checks.unsigned(line, wording)
    if unsigned:
        print(f"Not signed by a native reviewer, so refused outside the demo: {', '.join(unsigned)}")
    return 1 if findings else 0


def flow(argv: list[str]) -> int:
    """Print the call flow as a drawing."""
    parser = argparse.ArgumentParser("hotline flow", description="Draw the call flow as Markdown with Mermaid.")
    parser.add_argument("--line", type=Path, default=_example_line(), help="the line's file")
    print(drawn(line_flow(read_line(parser.parse_args(argv).line))))
    return 0


def fallback(argv: list[str]) -> int:
    """Print the two documents that Twilio keeps for the line."""
    parser = argparse.ArgumentParser(
        "hotline fallback", description="Print the documents that Twilio keeps for the line."
    )
    parser.add_argument(
        "document", choices=("recording", "fallback"), help="make `recording` first: the other names it"
    )
    parser.add_argument("--recording-document", default="", help="the address that Twilio gave to the first document")
    settings_argument(parser)
    told = parser.parse_args(argv)
    line_file, public_base = line_settings(read_environment(told.settings))
    line = read_line(line_file)
    documents = Documents(line_flow(line), read_wording(line), line_languages(line), public_base)
    static = StaticAnswers(documents)
    if told.document == "fallback" and not told.recording_document:
        parser.error("fallback needs --recording-document ADDRESS")
    recording = told.document == "recording"
    print(static.fallback_recording() if recording else static.fallback(told.recording_document))
    return 0


def _example_line() -> Path:
    return Path(checks.__file__).parent / "lines" / "example.toml"
