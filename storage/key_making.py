"""Making every key of a new line at once, never over an old one."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from storage.keys import (
    KEY_BYTES,
    RECOVERY_MEMBER,
    Audience,
    Secret,
    new_private_key,
    new_recording_key,
    read_secret_file,
    rotate_live_key,
    write_secret_file,
)
from storage.opening import (
    WRAPPED_KEY_BYTES,
    GroupKey,
    packed_private_key,
    unwrap_group_key,
    wrap_group_key,
)
from storage.public_keys import PublicKeys

DESK_FOR_RECOVERY = "desk.recovery"
WRAPPED_BYTES = 1 + WRAPPED_KEY_BYTES  # of a later epoch's file a mark follows


class KeysAlreadyThere(Exception):
    """A file that would be written exists; keys are never written over, so the operator moves it away first."""


@dataclass(frozen=True)
class KeyPlaces:
    """Where the keys of a line go."""

    keys_dir: Path
    runtime_dir: Path
    recovery_out: tuple[Path, ...]  # one whole file, or two halves

    def all(self) -> tuple[Path, ...]:
        """Return every file that will be written."""
        names = ("public.json", "worker.key", "pepper", "form.key", DESK_FOR_RECOVERY, "recording.pem")
        made = (*names, "recording-public.pem")
        return (*(self.keys_dir / name for name in made), self.runtime_dir / "live.key", *self.recovery_out)


def make_keys(places: KeyPlaces, now: int) -> PublicKeys:
    """Make all keys of a line; raises `KeysAlreadyThere` before anything is written."""
    there = [str(path) for path in places.all() if path.exists()]
    if there:
        raise KeysAlreadyThere(", ".join(there))
    desk, worker, recovery = (GroupKey(name, 1, new_private_key()) for name in ("desk", "worker", "recovery"))
    public = PublicKeys(desk.audience, worker.audience, recovery.audience)
    recording_private, recording_public = new_recording_key()
    for folder in {places.keys_dir, places.runtime_dir, *(path.parent for path in places.recovery_out)}:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(places.keys_dir, 0o700)
    os.chmod(places.runtime_dir, 0o700)
    for_recovery = wrap_group_key(desk, member=RECOVERY_MEMBER, public_key=recovery.public_key)
    _write_recovery(places.recovery_out, recovery)
    write_secret_file(places.keys_dir / DESK_FOR_RECOVERY, for_recovery)
    write_secret_file(places.keys_dir / "worker.key", packed_private_key(worker))
    write_secret_file(places.keys_dir / "pepper", secrets.token_bytes(KEY_BYTES))
    write_secret_file(places.keys_dir / "form.key", secrets.token_hex(KEY_BYTES).encode())
    write_secret_file(places.keys_dir / "recording.pem", recording_private)
    write_secret_file(places.keys_dir / "recording-public.pem", recording_public)
    write_secret_file(places.keys_dir / "public.json", public.packed().encode())
    rotate_live_key(places.runtime_dir / "live.key", now)
    return public


def desk_key_by_recovery(keys_dir: Path, recovery: GroupKey, desk: Audience) -> GroupKey:
    """Unlock an epoch of the desk's group key with the recovery key, from the file beside the database."""
    wrapped = bytes(read_secret_file(for_recovery_file(keys_dir, desk.epoch)))[:WRAPPED_BYTES]
    private = recovery.private
    return unwrap_group_key(wrapped, member=RECOVERY_MEMBER, name=desk.name, epoch=desk.epoch, private=private)


def for_recovery_file(keys_dir: Path, epoch: int) -> Path:
    """Return where an epoch's key lies wrapped for the recovery key, beside the database that also holds it."""
    first = keys_dir / DESK_FOR_RECOVERY
    return first if epoch == 1 else first.with_name(f"{first.stem}-{epoch}{first.suffix}")


def _write_recovery(paths: tuple[Path, ...], recovery: GroupKey) -> None:
    if len(paths) == 1:
        write_secret_file(paths[0], packed_private_key(recovery))
        return
    # Two halves by XOR with random bytes: each alone says nothing at all about the key.
    first = Secret(secrets.token_bytes(KEY_BYTES))
    second = Secret(bytes(one ^ other for one, other in zip(first, recovery.private, strict=True)))
    pair = secrets.token_hex(4)
    for number, path, half in (("1", paths[0], first), ("2", paths[1], second)):
        share = GroupKey(recovery.name, recovery.epoch, half)
        write_secret_file(path, packed_private_key(share, half=number, pair=pair))
