"""What a caller writes down: slips that are caught, and what it opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keys import Secret, public_half
from storage.references import check_digit, is_well_formed, new_reference, reference_keys, spoken_groups

PEPPER = Secret(b"p" * 32)
fifteen_digits = st.text("0123456789", min_size=15, max_size=15)


def test_the_check_digit_agrees_with_the_published_example() -> None:
    assert check_digit("572") == "4"  # the worked example of Damm's table, 5724 being valid
    assert check_digit("5724") == "0"


@given(fifteen_digits)
def test_digits_with_their_check_digit_are_well_formed(digits: str) -> None:
    assert is_well_formed(digits + check_digit(digits))


@given(fifteen_digits, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(digits: str, place: int, by: int) -> None:
    right = digits + check_digit(digits)
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    assert not is_well_formed(wrong)


@given(fifteen_digits, st.integers(0, 14))
def test_every_swap_of_neighbours_is_caught(digits: str, place: int) -> None:
    right = digits + check_digit(digits)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert is_well_formed(swapped) == (swapped == right)


@pytest.mark.parametrize(
    "keyed",
    ["", "0" * 15, "0" * 17, "0" * 15 + "#", " " + "0" * 15, "0" * 16 + "\n", "\u0660" * 16, "\uff10" * 16, "²" * 16],
)
def test_anything_but_sixteen_ascii_digits_is_not_a_reference(keyed: str) -> None:
    assert not is_well_formed(keyed)


def test_fresh_references_are_well_formed_and_differ() -> None:
    made = {new_reference() for _ in range(200)}
    assert len(made) == 200
    assert all(is_well_formed(reference) for reference in made)


def test_a_reference_is_spoken_in_fours() -> None:
    assert spoken_groups("1234567890123456") == ("1234", "5678", "9012", "3456")


def test_a_reference_always_opens_the_same_mailbox() -> None:
    keys, again = reference_keys("0" * 16, PEPPER), reference_keys("0" * 16, PEPPER)
    assert keys == again
    assert len(keys.lookup_id) == 32
    assert keys.reply_public == public_half(keys.reply_private)


def test_another_reference_or_another_pepper_opens_another_mailbox() -> None:
    one = reference_keys("0" * 16, PEPPER)
    others = (reference_keys("0" * 15 + "1", PEPPER), reference_keys("0" * 16, Secret(b"q" * 32)))
    for other in others:
        assert one.lookup_id != other.lookup_id
        assert one.reply_public != other.reply_public


def test_the_lookup_id_says_nothing_of_the_reply_key() -> None:
    keys = reference_keys("0" * 16, PEPPER)
    assert not keys.reply_private.hex().startswith(keys.lookup_id)
    assert keys.reply_private.hex() not in repr(keys)
