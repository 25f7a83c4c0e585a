"""Passkeys (WebAuthn level 3) of the desk: what a browser is asked for, and whether what it answers is true."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CHALLENGE_BYTES = 32
CHALLENGE_SECONDS = 5 * 60
MOST_ANSWER_CHARACTERS = 10_000


class PasskeyRefused(Exception):
    """What the browser answered does not hold; asking anew may help."""


@dataclass(frozen=True)
class Place:
    """Where passkeys of this desk are good for anything: on another host or origin they are refused."""

    rp_id: str  # the host
    origin: str

    @property
    def takes_passkeys(self) -> bool:
        """Tell whether browsers make passkeys here: they want a name, and an address of numbers is none."""
        try:
            ipaddress.ip_address(self.rp_id)
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Answer:
    """What a browser answered to a challenge that we gave it."""

    text: str  # JSON
    challenge: bytes
    place: Place


@dataclass(frozen=True)
class Passkey:
    """A passkey as it is kept, locked under a key of its person."""

    credential: str  # its id, base64url without padding
    public_key: str  # COSE, base64url
    name: str
    month: str  # in which it was added, 2026-11

    def packed(self) -> bytes:
        """Return it as bytes."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Passkey:
        """Return what `packed` made."""
        return cls(**json.loads(packed))


def request_options(place: Place, challenge: bytes) -> str:
    """Return what a browser is asked at the door, as JSON. It names no passkey, so it tells nobody who has one."""
    return options_to_json(
        generate_authentication_options(
            rp_id=place.rp_id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
    )


def creation_options(
    place: Place, challenge: bytes, *, line: str, person_id: str, name: str, held: Iterable[Passkey]
) -> str:
    """Return what a browser is asked for to make a passkey that it finds by itself later, as JSON."""
    return options_to_json(
        generate_registration_options(
            rp_id=place.rp_id,
            rp_name=line,
            user_id=bytes.fromhex(person_id),
            user_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(one.credential)) for one in held],
        )
    )


def made(answer: Answer, *, name: str, month: str) -> tuple[Passkey, int]:
    """Return a new passkey and its counter; raises `PasskeyRefused`."""
    try:
        found = verify_registration_response(
            credential=answer.text,
            expected_challenge=answer.challenge,
            expected_rp_id=answer.place.rp_id,
            expected_origin=answer.place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused("what made it does not hold") from error
    return Passkey(_text(found.credential_id), _text(found.credential_public_key), name, month), found.sign_count


def credential_of(answer: Answer) -> str:
    """Return the id of the passkey that a browser says it used; raises `PasskeyRefused`."""
    try:
        return _text(parse_authentication_credential_json(answer.text).raw_id)
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused("no answer of a passkey") from error


def counter_of(answer: Answer, passkey: Passkey, person_id: str) -> int:
    """Return the counter in an answer that this passkey gave here and now; raises `PasskeyRefused` for any other.

    The counter is for the caller to compare: one that did not rise is a copied passkey, and worth more than a refusal.
    """
    try:
        parsed = parse_authentication_credential_json(answer.text)
        found = verify_authentication_response(
            credential=parsed,
            expected_challenge=answer.challenge,
            expected_rp_id=answer.place.rp_id,
            expected_origin=answer.place.origin,
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        framed = parse_client_data_json(parsed.response.client_data_json).cross_origin
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused("the answer does not hold") from error
    if framed or parsed.response.user_handle not in (None, bytes.fromhex(person_id)):
        raise PasskeyRefused("the answer was given elsewhere or by somebody else")
    return found.new_sign_count


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
