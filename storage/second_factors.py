"""Second factors: what a person has beside the password, each locked under a key that only the password unlocks."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import audit
from storage.database import Database
from storage.keys import Damaged, Secret, bound
from storage.models import people, second_factors, spent_challenges
from storage.opening import lock_as_person, open_as_person
from storage.passkeys import CHALLENGE_SECONDS, Answer, Passkey, PasskeyRefused, counter_of, credential_of

TOTP_SECONDS = 30
AUTHENTICATOR = "authenticator"
PASSKEY = "passkey"
RECOVERY_CODE = "recovery code"
MOST_PASSKEYS = 10
RECOVERY_CODES = 10
RECOVERY_CHARACTERS = 16  # of 5 bits each
FEW_CODES = 3
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter is taken for a digit
READ_AS = str.maketrans("OIL", "011", " -")


class FactorRefused(Exception):
    """The second factor is wrong or was used before; a fresh one may help."""


class LastFactor(Exception):
    """Without it the person could not sign in any more; adding another one first helps."""


class TooManyPasskeys(Exception):
    """A person has no use for so many; removing one helps."""


class NotHeld(Exception):
    """The person has no such second factor; it may have been removed a moment ago."""


@dataclass(frozen=True)
class Held:
    """A passkey with the id of its row."""

    factor_id: str
    passkey: Passkey
    counter: int


# ---- using them ---------------------------------------------------------------------------------------------------


def use_factor(
    database: Database, store: Database, row: Row[Any], private: Secret, shown: str | Answer, now: int
) -> str:
    """Use a second factor up and return which kind it was; raises `FactorRefused`.

    `row`: of the person, as it was when the password unlocked their key; `store`: where spent challenges stand.
    """
    match shown:
        case Answer():
            return _use_passkey(database, store, row, private, shown, now)
        case str() if len(recovery_letters(shown)) == RECOVERY_CHARACTERS:
            return _use_recovery_code(database, row, private, recovery_letters(shown), now)
        case _:
            return _use_code(database, row, private, shown, now)


def _use_code(database: Database, row: Row[Any], private: Secret, code: str, now: int) -> str:
    if not row.totp_sealed:
        raise FactorRefused
    try:
        totp_secret = open_as_person(row.totp_sealed, person_id=row.person_id, purpose="totp", private=private)
    except Damaged as error:  # planted by whoever writes the database: they must not learn that the password was right
        raise FactorRefused from error
    step = matching_step(totp_secret, code, now)
    if step is None:
        raise FactorRefused
    with database.write() as connection:
        unused = (people.c.person_id == row.person_id, people.c.totp_last_step < step)
        if connection.execute(update(people).where(*unused).values(totp_last_step=step)).rowcount != 1:
            raise FactorRefused
        _settle(connection, row)
    return AUTHENTICATOR


def matching_step(totp_secret: Secret, code: str, now: int) -> int | None:
    """Return the 30 s step that a code belongs to, one step of drift allowed either way (RFC 6238), or None."""
    totp = pyotp.TOTP(totp_secret.decode())
    steps = (now // TOTP_SECONDS + drift for drift in (0, -1, 1))
    typed = code.replace(" ", "").encode()
    return next(
        (step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), typed)),
        None,
    )


def _use_passkey(database: Database, store: Database, row: Row[Any], private: Secret, answer: Answer, now: int) -> str:
    with database.read() as connection:
        held = passkeys_of(connection, row.person_id, private)
    try:
        credential = credential_of(answer)
        found = next((one for one in held if one.passkey.credential == credential), None)
        if found is None or not spend(store, answer.challenge, now):
            raise FactorRefused
        counter = counter_of(answer, found.passkey, row.person_id)
    except PasskeyRefused as error:
        raise FactorRefused from error
    with database.write() as connection:
        mine = second_factors.c.factor_id == found.factor_id
        rising = (mine, (second_factors.c.counter < counter) | ((second_factors.c.counter == 0) & (counter == 0)))
        rose = connection.execute(update(second_factors).where(*rising).values(counter=counter)).rowcount == 1
        if rose:
            _settle(connection, row)
        else:  # two devices count on their own from one secret (WebAuthn level 3, 6.1.1)
            person, action = row.person_id, "passkey-may-be-copied"
            audit.record(connection, at=now, person=person, action=action, subject=found.factor_id)
    if not rose:
        raise FactorRefused
    return PASSKEY


def _use_recovery_code(database: Database, row: Row[Any], private: Secret, letters: str, now: int) -> str:
    person, hashed = row.person_id, _hashed(row.person_id, letters)
    with database.write() as connection:
        rows = connection.execute(_of(person, "recovery")).all()
        kept = (one.factor_id for one in rows if secrets.compare_digest(_opened(one, private) or b"", hashed))
        factor_id = next(kept, None)
        if factor_id is None or not _delete(connection, factor_id):
            raise FactorRefused
        _settle(connection, row)
        audit.record(connection, at=now, person=person, action="recovery-code-used", subject=person)
    return RECOVERY_CODE


def spend(store: Database, challenge: bytes, now: int) -> bool:
    """Note that a challenge was answered; False when it was before, however many browsers do it at once."""
    row = {"challenge_hash": hashlib.sha256(challenge).hexdigest(), "expires_at": now + 2 * CHALLENGE_SECONDS}
    try:
        with store.write() as connection:
            connection.execute(delete(spent_challenges).where(spent_challenges.c.expires_at < now))
            connection.execute(insert(spent_challenges), row)
    except IntegrityError:
        return False
    return True


def _settle(connection: Connection, row: Row[Any]) -> None:
    # Whoever lost their role or got a new key between the password and this moment begins again.
    same = (people.c.person_id == row.person_id, people.c.state == "active", people.c.changes == row.changes)
    right = update(people).where(*same).values(failures=0, next_try_at=0)
    if connection.execute(right).rowcount != 1:
        raise FactorRefused


# ---- having them --------------------------------------------------------------------------------------------------


def passkeys_of(connection: Connection, person_id: str, private: Secret) -> tuple[Held, ...]:
    """Return a person's passkeys by name; one that others put there opens with nothing and is left out."""
    rows = connection.execute(_of(person_id, "passkey")).all()
    opened = ((row, _opened(row, private)) for row in rows)
    held = [Held(row.factor_id, Passkey.unpacked(packed), row.counter) for row, packed in opened if packed is not None]
    return tuple(sorted(held, key=lambda one: (one.passkey.name.lower(), one.factor_id)))


def has_authenticator(connection: Connection, person_id: str) -> bool:
    """Tell whether codes of an authenticator let this person in."""
    query = select(people.c.totp_sealed).where(people.c.person_id == person_id)
    return bool(connection.execute(query).scalar_one_or_none())


def recovery_left(connection: Connection, person_id: str) -> int:
    """Return how many recovery codes were not used yet."""
    mine = (second_factors.c.person_id == person_id, second_factors.c.kind == "recovery")
    return connection.execute(select(func.count()).select_from(second_factors).where(*mine)).scalar_one()


def add_passkey(connection: Connection, person_id: str, private: Secret, passkey: Passkey, counter: int) -> str:
    """Keep a passkey and return the id of its row; the person's sessions are over. Raises `TooManyPasskeys`."""
    changed(connection, person_id)
    if len(connection.execute(_of(person_id, "passkey")).all()) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    return _keep(connection, person_id, "passkey", passkey.packed(), private, counter)


def remove_factor(connection: Connection, person_id: str, factor_id: str) -> None:
    """Take a passkey or the authenticator away; the person's sessions are over. Raises `LastFactor` or `NotHeld`.

    Recovery codes are no second factor to live on: they run out.
    """
    row = changed(connection, person_id)
    passkeys = {one.factor_id for one in connection.execute(_of(person_id, "passkey"))}
    held = passkeys | ({AUTHENTICATOR} if row.totp_sealed else set())
    if factor_id not in held:
        raise NotHeld
    if len(held) == 1:
        raise LastFactor
    if factor_id == AUTHENTICATOR:
        connection.execute(update(people).where(people.c.person_id == person_id).values(totp_sealed=b""))
    else:
        _delete(connection, factor_id)


def keep_authenticator(connection: Connection, person_id: str, private: Secret, totp_secret: Secret, step: int) -> None:
    """Put an authenticator in the place of the one before; `step`: of the code that proved it, which is used up."""
    changed(connection, person_id)
    locked = lock_as_person(totp_secret, person_id=person_id, purpose="totp", private=private)
    mine = people.c.person_id == person_id
    connection.execute(update(people).where(mine).values(totp_sealed=locked, totp_last_step=step))


def new_recovery_codes(connection: Connection, person_id: str, private: Secret) -> tuple[str, ...]:
    """Make ten codes of 80 bits and return them, this once; those from before are worth nothing any more."""
    changed(connection, person_id)
    mine = (second_factors.c.person_id == person_id, second_factors.c.kind == "recovery")
    connection.execute(delete(second_factors).where(*mine))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    for letters in codes:
        _keep(connection, person_id, "recovery", _hashed(person_id, letters), private)
    return tuple("-".join(letters[at : at + 4] for at in range(0, RECOVERY_CHARACTERS, 4)) for letters in codes)


def changed(connection: Connection, person_id: str) -> Row[Any]:
    """Count a change of a person's credentials, which ends their sessions at this commit; raises `NotHeld`."""
    mine = (people.c.person_id == person_id, people.c.state == "active")
    connection.execute(update(people).where(*mine).values(changes=people.c.changes + 1))
    row = connection.execute(select(people).where(*mine)).one_or_none()
    if row is None:
        raise NotHeld
    return row


def recovery_letters(typed: str) -> str:
    """Return a recovery code as it was made, however it was typed: small, with O for 0, in groups or not."""
    letters = typed.upper().translate(READ_AS)
    return letters if set(letters) <= set(ALPHABET) else ""


def _hashed(person_id: str, letters: str) -> bytes:
    return hashlib.sha256(bound("recovery code", person_id, letters)).digest()


def _of(person_id: str, kind: str) -> Select[Any]:
    return select(second_factors).where(second_factors.c.person_id == person_id, second_factors.c.kind == kind)


def _keep(connection: Connection, person_id: str, kind: str, content: bytes, private: Secret, counter: int = 0) -> str:
    factor_id = secrets.token_hex(16)
    locked = lock_as_person(content, person_id=person_id, purpose=f"{kind} {factor_id}", private=private)
    named = {"factor_id": factor_id, "person_id": person_id, "kind": kind}
    connection.execute(insert(second_factors), {**named, "locked": locked, "counter": counter})
    return factor_id


def _opened(row: Row[Any], private: Secret) -> bytes | None:
    purpose = f"{row.kind} {row.factor_id}"
    try:
        return bytes(open_as_person(row.locked, person_id=row.person_id, purpose=purpose, private=private))
    except Damaged:
        return None


def _delete(connection: Connection, factor_id: str) -> bool:
    return connection.execute(delete(second_factors).where(second_factors.c.factor_id == factor_id)).rowcount == 1
