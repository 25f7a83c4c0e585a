"""Files that leave, sealed with age (age-encryption.org/v1) to whom they are for: the only place that knows pyrage."""

from __future__ import annotations

from pathlib import Path

from pyrage import DecryptError, IdentityError, RecipientError, decrypt, encrypt
from pyrage.x25519 import Identity, Recipient

from storage.keys import Damaged, KeyFileUnfit, Secret

HEAD = b"age-encryption.org/v1\n"
LONGEST_KEY_BYTES = 4096
# age cannot tell the two apart: the head names no recipient, so that a file tells nobody whom it is for.
OTHER_KEY = "the file was sealed to another key than this one, or its head was changed on the way"


class NotForThisKey(Damaged):
    """A file was sealed to another key than the one that was given; the right key helps."""


class FileDamaged(Damaged):
    """A file is none of age's, or was changed on its way; only having it sent again helps."""


def is_recipient(text: str) -> bool:
    """Say whether a text is a public key of age, with its checksum right."""
    try:
        Recipient.from_str(text)
    except RecipientError:
        return False
    return True


def new_identity() -> Secret:
    """Make a private key, as `age-keygen` does."""
    return Secret(str(Identity.generate()).encode())


def recipient_of(identity: Secret) -> str:
    """Return the public key that belongs to a private one."""
    return str(Identity.from_str(identity.decode()).to_public())


def seal_file(plaintext: bytes, recipient: str) -> bytes:
    """Seal a file to one public key; raises `ValueError` when it is none: a mistake of the line's file."""
    try:
        return bytes(encrypt(plaintext, [Recipient.from_str(recipient)]))
    except RecipientError as error:
        raise ValueError("it is no public key of age") from error


def open_file(sealed: bytes, identity: Secret) -> bytes:
    """Open a file with a private key; raises `NotForThisKey` or `FileDamaged`."""
    if not sealed.startswith(HEAD):
        raise FileDamaged("the file is not one that age sealed, or its beginning was changed")
    try:
        return bytes(decrypt(sealed, [Identity.from_str(identity.decode())]))
    except DecryptError as error:
        if "No matching keys" in str(error):
            raise NotForThisKey(OTHER_KEY) from None
        raise FileDamaged("the file was changed or cut after it was sealed: have it sent again") from None


def read_identity(path: Path) -> Secret:
    """Read the private key out of a file that `age-keygen` wrote; raises `KeyFileUnfit`.

    Its mode is not looked at, as that means nothing on the machines of many teams.
    """
    try:
        with path.open("rb") as opened:
            lines = opened.read(LONGEST_KEY_BYTES).decode().splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        [only] = keys
        Identity.from_str(only)
    except OSError as error:
        raise KeyFileUnfit(f"{path}: the team's key is missing, or cannot be read") from error
    except (ValueError, IdentityError):
        raise KeyFileUnfit(f"{path}: not one private key of age, as `age-keygen` writes it") from None
    return Secret(only.encode())
