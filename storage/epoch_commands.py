"""`hotline keys new-epoch | rewrap | retire-epoch`: a new key for the desk, step by step, while the line goes on."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from storage import audit
from storage.arguments import Subparsers, settings_argument
from storage.clock import SystemClock
from storage.desk_secrets import lock_again
from storage.epochs import (
    REASONS,
    EpochStillUsed,
    Readers,
    begin_epoch,
    next_desk_key,
    readers_of,
    restore_recovery,
    retire,
    ring_by_recovery,
    write_public_keys,
)
from storage.key_commands import COMMAND, Run, fail, open_database
from storage.key_state import wraps_left
from storage.keys import person_fingerprint
from storage.on_disk import forget_on_disk
from storage.opening import GroupKey, check_recovery_key, read_recovery_key
from storage.public_keys import PublicKeys, read_public_keys
from storage.rewrapping import Batch, rewrap
from storage.settings import OperatorSettings, operator_settings, read_environment


def add_actions(actions: Subparsers) -> dict[str, Run]:
    """Teach `hotline keys` a new epoch."""
    new = actions.add_parser("new-epoch", help="make a new desk key; what is sealed from then on opens with it alone")
    new.add_argument("--reason", choices=REASONS, required=True)
    new.add_argument("--sure", action="store_true", help="the list of people was looked at before: do not ask")
    again = actions.add_parser("rewrap", help="wrap the keys of what is kept for the new epoch; may be stopped")
    again.add_argument("--all-restarted", action="store_true", help="every process runs with the new fingerprint")
    old = actions.add_parser("retire-epoch", help="destroy what people hold of an earlier epoch")
    old.add_argument("epoch", type=int)
    old.add_argument("--give-up", type=int, default=0, metavar="N", help="exactly so many wraps that nothing opens")
    for action in (new, again):
        recovery_argument(action)
    for action in (new, again, old):
        settings_argument(action)
    return {"new-epoch": _new_epoch, "rewrap": _rewrap, "retire-epoch": _retire}


def recovery_argument(action: ArgumentParser) -> None:
    """Let a command be given the recovery key: one file, or twice for two halves."""
    action.add_argument("--recovery-key", type=Path, action="append", required=True, help="twice: the halves")


def line_keys(given: Namespace) -> tuple[OperatorSettings, PublicKeys, GroupKey]:
    """Return the settings, the pinned public keys and the line's own recovery key; raises what is wrong with them."""
    settings = operator_settings(read_environment(given.settings))
    public = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
    recovery = read_recovery_key(given.recovery_key)
    check_recovery_key(recovery, public.recovery)
    return settings, public, recovery


# ---- a new epoch --------------------------------------------------------------------------------------------------


def _new_epoch(given: Namespace) -> int:
    settings, public, recovery = line_keys(given)
    with open_database(settings.database_url) as opened:
        with opened.read() as connection:
            keys = ring_by_recovery(connection, settings.keys_dir, recovery, public)
            readers = readers_of(connection, keys)
        _tell(readers)
        if not given.sure and not _agreed("Are these the people who read reports now? Type yes: "):
            return fail("nothing was changed; let people go with `hotline people leave`, then try again")
        new = next_desk_key(settings.keys_dir, recovery, public.desk)
        now = SystemClock().now()
        with opened.write() as connection:
            restore_recovery(connection, recovery, keys)
            begin_epoch(connection, new, readers, recovery, by=COMMAND, reason=given.reason, now=now)
    after = public.next_epoch(new.public_key)
    write_public_keys(settings.public_keys_file, public, after)
    _tell_what_follows(settings, after)
    return 0


def _tell(readers: Readers) -> None:
    print("The new key will be wrapped for:")
    for person in readers.vouched:
        print(f"  {person.name:<24} {person.role:<11} {person_fingerprint(person.person_id, person.public_key)}")
    if not readers.vouched:
        print("  nobody but the recovery key")
    for person in readers.doubted:
        print(f"NOT for {person.name}: not with this key and in this role were they admitted, or they left before.")
        print("  Find out who changed it. Two supervisors admit them again, after comparing.")


def _agreed(question: str) -> bool:
    return sys.stdin.isatty() and input(question).strip().lower() == "yes"


def _tell_what_follows(settings: OperatorSettings, after: PublicKeys) -> None:
    file, epoch = settings.public_keys_file, after.desk.epoch
    print(f"\nEpoch {epoch} of the desk's key is made. Running processes go on with the one before until you")
    print(f"1. copy {file} and the file it replaced ({file.stem}-{epoch - 1}{file.suffix}) to every process's folder,")
    print(f"2. set KEYS_FINGERPRINT={after.fingerprint}")
    print("   for every process, from this screen and not from a file,")
    print("3. start them again: the desk first, then the worker, then the public door,")
    print("4. run `hotline keys rewrap --all-restarted`, and at its end `hotline keys retire-epoch`.")
    print("Back KEYS_DIR up offline now: it holds the new key for the recovery key.")


# ---- wrapping again -----------------------------------------------------------------------------------------------


def _rewrap(given: Namespace) -> int:
    if not given.all_restarted:
        return fail(
            "a process that still runs with the earlier fingerprint could not open what is wrapped again: start every "
            "process with the new one first, then say so with --all-restarted"
        )
    settings, public, recovery = line_keys(given)
    with open_database(settings.database_url) as opened:
        with opened.read() as connection:
            keys = ring_by_recovery(connection, settings.keys_dir, recovery, public)
            left = wraps_left(connection, public.desk.name, public.desk.epoch)
        with _progress(sum(left.values())) as noted:
            done = rewrap(opened, keys, public.desk, noted=noted)
        forget_on_disk(opened)
        with opened.write() as connection:
            lost = lock_again(connection, keys)
            now, detail = SystemClock().now(), f"epoch {public.desk.epoch}: {done.wrapped}"
            audit.record(
                connection, at=now, person=COMMAND, action="keys-rewrapped", subject=public.desk.name, detail=detail
            )
            left = wraps_left(connection, public.desk.name, public.desk.epoch)
    print(f"{done.wrapped} wrapped again for epoch {public.desk.epoch}; {sum(left.values())} are left.")
    for epoch, count in left.items():
        print(f"  {count} under epoch {epoch}")
    for name in lost:
        print(f"The desk's own key `{name}` opens with no key of this line: see docs/key-inventory.md.")
    if done.damaged:
        print(f"{done.damaged} do not open with any key of this line and stay as they are: a row was changed, or a key")
        print("planted. Compare with a backup before `hotline keys retire-epoch` gives them up.")
    elif not left:
        print("Now `hotline keys retire-epoch` ends the earlier one. Keyrings that hold old wraps go within 7 days.")
    return 0


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Batch], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("wrapped again", total=total)
        yield lambda batch: progress.advance(task, batch.wrapped + batch.damaged)


def _retire(given: Namespace) -> int:
    settings = operator_settings(read_environment(given.settings))
    public = read_public_keys(settings.public_keys_file, settings.keys_fingerprint)
    if given.epoch not in (one.epoch for one in public.earlier):
        known = ", ".join(str(one.epoch) for one in public.earlier) or "none"
        return fail(f"epoch {given.epoch} is not an earlier one; the current is {public.desk.epoch}, earlier: {known}")
    try:
        with open_database(settings.database_url) as opened, opened.write() as connection:
            now = SystemClock().now()
            gone = retire(connection, public.desk, given.epoch, despite=given.give_up, by=COMMAND, now=now)
    except EpochStillUsed as error:
        return fail(
            f"{error.wraps_left} keys are still wrapped for epoch {given.epoch}, and nothing was changed: "
            "run `hotline keys rewrap` first; --give-up takes the exact number of those that nothing opens"
        )
    print(f"Epoch {given.epoch} is over: {gone} people held its key, and hold it no more. The recovery key does, so")
    print("that nothing is lost which a forgotten process still seals to it: `hotline keys show` and health tell.")
    return 0
