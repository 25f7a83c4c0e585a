"""The signing key is made by a ceremony alone, opens for who is signed in at the desk, and no other takes its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from storage.desk_secrets import SecretLost
from storage.keys import KeyFileUnfit, Secret, new_private_key
from storage.models import desk_secrets
from storage.opening import GroupKey
from storage.signing import (
    NotSignedByThisKey,
    check_signature,
    read_verifying_key,
    sign,
    verifying_fingerprint,
    verifying_half,
    verifying_pem,
)
from storage.signing_key import NoSigningKey, SigningKeyExchanged, make_signing_key, signing_key
from tests.storage.test_epochs import Line, line

__all__ = ["line"]
STRANGER = GroupKey("desk", 1, new_private_key())


def pem(line: Line) -> Path:
    return line.keys_dir / "release-signing.pem"


def signing(line: Line, group: GroupKey) -> Secret:
    with line.database.write() as connection:
        return signing_key(connection, group, read_verifying_key(pem(line)))


def test_who_is_signed_in_signs_what_the_public_half_checks(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    assert line.keys("signing") == 0
    public = read_verifying_key(pem(line))
    assert verifying_fingerprint(public) in capsys.readouterr().out
    private = signing(line, line.ring("Ben"))
    check_signature(b"released", sign(b"released", private), public)
    with pytest.raises(NotSignedByThisKey):
        check_signature(b"changed", sign(b"released", private), public)
    assert ("signing-key-made", verifying_fingerprint(public)) in line.audited()


def test_the_private_half_is_in_no_file_and_in_no_row_in_clear(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    line.keys("signing")
    private = bytes(signing(line, line.ring("Ben")))
    said = capsys.readouterr().out
    assert private.hex() not in said
    files = [path.read_bytes() for path in line.operator.home.rglob("*") if path.is_file()]
    assert not any(private in content or private.hex().encode() in content for content in files)
    with line.database.read() as connection:
        assert all(private not in row for row in connection.scalars(select(desk_secrets.c.locked)))


def test_none_comes_into_being_by_itself(line: Line) -> None:
    with pytest.raises(KeyFileUnfit):
        signing(line, line.ring("Ben"))
    pem(line).write_bytes(verifying_pem(verifying_half(new_private_key())))
    with pytest.raises(NoSigningKey):
        signing(line, line.ring("Ben"))


def test_it_is_never_made_twice_unless_that_is_asked_for(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    line.keys("signing")
    before = pem(line).read_bytes()
    assert line.keys("signing") == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert pem(line).read_bytes() == before
    assert line.keys("signing", "--replace") == 0
    assert pem(line).read_bytes() != before
    assert line.audited()[-1][0] == "signing-key-replaced"
    assert verifying_half(signing(line, line.ring("Ben"))) == read_verifying_key(pem(line))


def test_a_key_that_is_not_the_one_the_teams_know_signs_nothing(line: Line) -> None:
    line.keys("signing")
    with line.database.write() as connection:
        make_signing_key(connection, line.ring("Ben"))  # somebody at the desk, by hand
    with pytest.raises(SigningKeyExchanged):
        signing(line, line.ring("Ben"))


def test_who_writes_the_database_puts_no_key_of_theirs_there(line: Line) -> None:
    line.keys("signing")
    with line.database.write() as connection:
        connection.execute(delete(desk_secrets))
        make_signing_key(connection, STRANGER)
    with pytest.raises(SecretLost):
        signing(line, line.ring("Ben"))
    with line.database.write() as connection:
        connection.execute(update(desk_secrets).values(name="other"))
    with pytest.raises(NoSigningKey):
        signing(line, line.ring("Ben"))


def test_it_goes_on_through_a_new_epoch_of_the_desks_key(line: Line) -> None:
    line.keys("signing")
    before = read_verifying_key(pem(line))
    assert line.new_epoch() == 0
    line.pin()
    assert line.keys("rewrap", "--all-restarted") == 0
    assert line.keys("retire-epoch", "1", recovery=False) == 0
    assert verifying_half(signing(line, line.ring("Ben"))) == before


@pytest.mark.parametrize("wrong", [b"", b"nothing", b"-----BEGIN PUBLIC KEY-----\n", b"\xff" * 40])
def test_a_file_that_is_no_public_key_is_told(wrong: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(wrong)
    with pytest.raises(KeyFileUnfit, match="no public key in PEM"):
        read_verifying_key(path)


def test_a_public_key_of_another_kind_is_told(line: Line) -> None:
    with pytest.raises(KeyFileUnfit, match="none of Ed25519"):
        read_verifying_key(line.keys_dir / "recording-public.pem")
