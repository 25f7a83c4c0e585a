"""The command `hotline`: finds the sub-command's function in its own zone and runs it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Protocol, runtime_checkable

# Named as text, so that asking for one command imports no other zone: `hotline ivr` never loads what opens.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("ivr.demo.play:demo", "set everything up on this machine, play a call, and stay up"),
    "code": ("ivr.demo.codes:code", "show the demo's one-time codes that work now"),
    "ivr": ("ivr.commands:serve", "run the public door that Twilio's webhooks reach"),
    "worker": ("ivr.worker.commands:work", "run the worker: collect, transcribe, seal, delete at Twilio, alert"),
    "desk": ("handlers.commands:desk", "run the inside application for handlers and supervisors"),
    "assessment": (
        "handlers.assessment.commands:assessment",
        "run the assessment application for teams; open a team, or renew its key",
    ),
    "simulator": ("ivr.simulator.commands:exchange", "run the stand-in for Twilio on this machine"),
    "phone": ("ivr.simulator.commands:phone", "ring the line from this terminal"),
    "say": ("ivr.worker.say:say", "turn words into telephone sound, for the phone"),
    "prompts": (
        "ivr.worker.wording_commands:prompts",
        "check the wording; list it; its pages and seconds; sign a language; its sounds",
    ),
    "flow": ("ivr.commands:flow", "draw the call flow, as text or as pictures"),
    "fallback": ("ivr.commands:fallback", "print the fallback document that Twilio keeps for this line"),
    "digits": ("ivr.worker.commands:digits", "make the spoken digits for references"),
    "keys": (
        "storage.keys_command:keys",
        "make and show keys, rotate the live key, renew the desk's key, the signing key, recover",
    ),
    "package": ("handlers.releasing.commands:package", "open and check what a line gave a team; needs no service"),
    "people": ("storage.people_commands:people", "add a member of staff, change a password, let somebody go"),
    "database": ("storage.commands:database", "bring the database to the newest schema; untangle what is kept"),
    "backup": ("storage.commands:backup", "write a sealed backup, content and keyring apart"),
    "restore": ("storage.commands:restore", "read a sealed backup into an empty database"),
    "alarms": ("storage.commands:alarms", "list the alarms that stand; end one that was looked after"),
    "switch": ("ivr.switch_command:switch", "close the line at once, tell of a surge or an outage; preview a call"),
    "probe": ("ivr.probe_command:probe", "ring the line through its public address, as Twilio would"),
    "retention": ("storage.retention_command:retention", "show what retention will delete; say yes to a stopped run"),
    "public": ("handlers.public.commands:public", "write the public page: figures, promises, proof"),
    "audit": ("storage.commands:audit", "verify the audit's chain, or compare it with a head kept outside"),
    "scan": ("ivr.scan_command:scan", "search what this machine stores for a planted caller"),
    "doctor": ("ivr.doctor:doctor", "look for settings that leak"),
}


INTERRUPTED = 130  # as shells say it of a command that Ctrl-C ended


@runtime_checkable
class Tellable(Protocol):
    """A mistake of settings or of a file that people edit: it tells itself, whichever zone found it."""

    def told(self) -> str:
        """Return all that is wrong as an operator reads it."""
        ...


def main() -> None:
    """Run `hotline NAME ...` and leave with its status: 0 well, 1 refused or failed, 2 not understood."""
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Run one command line and return its exit status."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        _print_help()
        return 0
    if argv[0] not in COMMANDS:
        print(f"hotline: there is no command {argv[0]!r}. `hotline help` lists them.", file=sys.stderr)
        return 2
    module, _, function = COMMANDS[argv[0]][0].partition(":")
    command: Callable[[list[str]], int] = getattr(importlib.import_module(module), function)
    try:
        return command(argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read along has seen enough, as `| head` does; what is still to be written goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as failure:
        sentence = sentence_for(failure)
        if sentence is None:
            raise  # a mistake of ours, which whoever mends it wants to see whole
        print(sentence, file=sys.stderr)
        return 1


def sentence_for(failure: Exception) -> str | None:
    """Return what an operator is told about an ordinary failure, or None where it is none. Never holds a value."""
    # Imported here, so that a command that fails at nothing does not wait for a database's library.
    from sqlalchemy.exc import SQLAlchemyError

    from storage.keys import Damaged, KeyFileUnfit
    from storage.public_keys import FingerprintMismatch
    from storage.readiness import database_sentence

    match failure:
        case Tellable():
            return failure.told()
        case KeyFileUnfit() | FingerprintMismatch() | Damaged():
            return f"hotline: {failure}"
        case SQLAlchemyError():
            return f"hotline: {database_sentence(failure)}"
        case OSError():
            return f"hotline: {failure.filename or 'this machine'}: {failure.strerror or type(failure).__name__}"
        case UnicodeError():
            return "hotline: a file, an input or an argument is no text in UTF-8"
        case _:
            return None


def _print_help() -> None:
    print("hotline - a free, anonymous reporting line\n")
    width = max(map(len, COMMANDS))
    for name, (_, line) in COMMANDS.items():
        print(f"  hotline {name:<{width}}  {line}")
    print("\nSettings come from the file named by --settings or HOTLINE_SETTINGS (else ./config.env), and from the")
    print("environment, which goes first.")


if __name__ == "__main__":
    main()
