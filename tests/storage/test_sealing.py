"""Seals open for their audiences, at their own place, unchanged, and not otherwise."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keys import Audience, Damaged, UnknownVersion, new_private_key
from storage.opening import GroupKey, NoWrapForGroup, open_for_worker, open_item, open_stream
from storage.sealing import (
    CHUNK_BYTES,
    SealedItem,
    Wrap,
    open_with_token,
    padded,
    seal_for_worker,
    seal_item,
    seal_stream,
    seal_with_token,
    token_hash,
    unpadded,
)

DESK = GroupKey("desk", 1, new_private_key())
RECOVERY = GroupKey("recovery", 1, new_private_key())
WORKER = GroupKey("worker", 1, new_private_key())
STRANGER = GroupKey("desk", 1, new_private_key())
TOKEN = "f" * 32


def audience(group: GroupKey) -> Audience:
    return Audience(group.name, group.epoch, group.public_key)


def sealed_answer(plaintext: bytes = b"he took money", kind: str = "answer") -> SealedItem:
    return seal_item(plaintext, report_id="r1", kind=kind, audiences=(audience(DESK), audience(RECOVERY)))


class Where(TypedDict):
    """Where an item is claimed to stand."""

    item_id: str
    report_id: str
    kind: str
    wraps_of_item: tuple[Wrap, ...]


def where(item: SealedItem) -> Where:
    return Where(item_id=item.item_id, report_id=item.report_id, kind=item.kind, wraps_of_item=item.wraps)


def opened(item: SealedItem, group: GroupKey = DESK) -> bytes:
    return open_item(item.sealed, **where(item), group=group)


@pytest.mark.parametrize("kind", ["received", "answer", "sound", "draft", "transcript"])
@pytest.mark.parametrize("group", [DESK, RECOVERY])
def test_every_audience_opens_what_was_sealed_to_it(kind: str, group: GroupKey) -> None:
    assert opened(sealed_answer(b"words", kind), group) == b"words"


def test_a_wrapped_key_is_eighty_bytes() -> None:
    assert [len(wrap.wrapped) for wrap in sealed_answer().wraps] == [80, 80]


def test_a_stranger_with_a_key_of_the_same_name_opens_nothing() -> None:
    with pytest.raises(Damaged):
        opened(sealed_answer(), STRANGER)


def test_a_group_without_a_wrap_is_told_so() -> None:
    with pytest.raises(NoWrapForGroup):
        opened(sealed_answer(), WORKER)
    with pytest.raises(NoWrapForGroup):
        opened(sealed_answer(), replace(DESK, epoch=2))


@pytest.mark.parametrize("change", [{"item_id": "i2"}, {"report_id": "r2"}, {"kind": "draft"}, {"kind": "sound"}])
def test_an_item_moved_to_another_place_does_not_open(change: Where) -> None:
    item = sealed_answer()
    place = where(item)
    place.update(change)
    with pytest.raises(Damaged):
        open_item(item.sealed, **place, group=DESK)


def test_the_content_of_two_items_cannot_be_swapped() -> None:
    one, other = sealed_answer(b"one"), sealed_answer(b"other")
    with pytest.raises(Damaged):
        opened(replace(one, sealed=other.sealed))
    with pytest.raises(Damaged):
        opened(replace(one, sealed=other.sealed, wraps=other.wraps))


@pytest.mark.parametrize(("name", "epoch"), [("recovery", 1), ("desk", 2)])
def test_a_wrap_renamed_for_another_audience_or_epoch_does_not_open(name: str, epoch: int) -> None:
    item = sealed_answer()
    changed = Wrap(name, epoch, item.wraps[0].wrapped)
    with pytest.raises(Damaged):
        opened(replace(item, wraps=(changed,)), GroupKey(name, epoch, DESK.private))


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_any_changed_bit_of_an_item_is_noticed(place: int, bit: int) -> None:
    item = sealed_answer()
    changed = bytearray(item.sealed)
    changed[place % len(changed)] ^= 1 << bit
    with pytest.raises(Damaged):
        opened(replace(item, sealed=bytes(changed)))


@given(st.integers(0, 79), st.integers(0, 7))
def test_any_changed_bit_of_a_wrap_is_noticed(place: int, bit: int) -> None:
    item = sealed_answer()
    changed = bytearray(item.wraps[0].wrapped)
    changed[place] ^= 1 << bit
    with pytest.raises(Damaged):
        opened(replace(item, wraps=(replace(item.wraps[0], wrapped=bytes(changed)),)))


def test_a_version_of_tomorrow_is_refused_as_unknown() -> None:
    item = sealed_answer()
    with pytest.raises(UnknownVersion):
        opened(replace(item, sealed=b"\x02" + item.sealed[1:]))
    with pytest.raises(UnknownVersion):
        opened(replace(item, sealed=b""))


@given(st.binary(max_size=2000))
def test_padding_comes_off_and_hides_the_length(text: bytes) -> None:
    assert unpadded(padded(text)) == text
    assert len(padded(text)) % 512 == 0
    assert 0 < len(padded(text)) - len(text) <= 512


@pytest.mark.parametrize("text", [b"", b"\x80", bytes(512), b"\x80" + bytes(1023), b"x" * 512])
def test_padding_of_others_is_damaged(text: bytes) -> None:
    with pytest.raises(Damaged):
        unpadded(text)


def test_short_and_long_answers_look_the_same_from_outside() -> None:
    assert len(sealed_answer(b"").sealed) == len(sealed_answer(b"x" * 511).sealed)
    assert len(sealed_answer(b"x" * 512).sealed) == len(sealed_answer(b"").sealed) + 512


def test_two_seals_of_the_same_words_share_nothing() -> None:
    one, other = sealed_answer(), sealed_answer()
    assert one.item_id != other.item_id
    assert one.sealed != other.sealed
    assert one.wraps[0].wrapped != other.wraps[0].wrapped


def test_nothing_is_sealed_for_nobody_or_as_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="somebody"):
        seal_item(b"x", report_id="r", kind="answer", audiences=())
    with pytest.raises(ValueError, match="kind"):
        seal_item(b"x", report_id="r", kind="plain", audiences=(audience(DESK),))


def test_the_worker_opens_an_identifier_for_its_purpose_only() -> None:
    sealed = seal_for_worker(b"CA123", purpose="call:k", worker=audience(WORKER))
    assert b"CA123" not in sealed
    assert open_for_worker(sealed, purpose="call:k", key=WORKER) == b"CA123"
    for purpose, key in (("call:j", WORKER), ("call:k", STRANGER), ("call:k", replace(WORKER, epoch=2))):
        with pytest.raises(Damaged):
            open_for_worker(sealed, purpose=purpose, key=key)
    with pytest.raises(UnknownVersion):
        open_for_worker(b"\x00" + sealed[1:], purpose="call:k", key=WORKER)


def test_sound_for_one_listener_opens_with_its_token_only() -> None:
    sealed = seal_with_token(b"RIFF", TOKEN)
    assert open_with_token(sealed, TOKEN) == b"RIFF"
    with pytest.raises(Damaged):
        open_with_token(sealed, "e" * 32)
    assert len(token_hash(TOKEN)) == 64
    assert TOKEN not in token_hash(TOKEN)


def test_a_token_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="guessed"):
        seal_with_token(b"RIFF", "1234")


# ---- streams ------------------------------------------------------------------------------------------------------


def sealed_pieces(blocks: list[bytes], purpose: str = "p") -> list[bytes]:
    return list(seal_stream(blocks, purpose=purpose, audience=audience(RECOVERY)))


def streamed(pieces: list[bytes], purpose: str = "p", group: GroupKey = RECOVERY) -> Iterator[bytes]:
    return open_stream(io.BytesIO(b"".join(pieces)).read, purpose=purpose, group=group)


LONG = [b"a" * CHUNK_BYTES, b"b" * 100, b"c" * CHUNK_BYTES]


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_a_short_stream_comes_back(blocks: list[bytes]) -> None:
    assert b"".join(streamed(sealed_pieces(blocks))) == b"".join(blocks)


def test_a_long_stream_comes_back_in_chunks() -> None:
    pieces = sealed_pieces(LONG)
    assert len(pieces) == 4
    assert b"".join(streamed(pieces)) == b"".join(LONG)


def test_a_stream_of_exactly_one_chunk_comes_back() -> None:
    assert b"".join(streamed(sealed_pieces([b"a" * CHUNK_BYTES]))) == b"a" * CHUNK_BYTES


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1, 3), (0, 1, 1, 2, 3), (0, 1, 3), (0, 3), (0,), (1, 2, 3), (0, 1, 2, 3, 3), ()]
)
def test_chunks_cannot_be_dropped_doubled_reordered_or_cut(order: tuple[int, ...]) -> None:
    pieces = sealed_pieces(LONG)
    with pytest.raises(Damaged):
        list(streamed([pieces[place] for place in order]))


def test_a_middle_chunk_cannot_be_declared_the_last() -> None:
    pieces = sealed_pieces(LONG)
    pieces[2] = pieces[2][:4] + b"\x01" + pieces[2][5:]
    with pytest.raises(Damaged):
        list(streamed(pieces[:3]))


def test_a_stream_opens_for_its_purpose_and_key_only() -> None:
    pieces = sealed_pieces([b"x"])
    for purpose, group in (("q", RECOVERY), ("p", GroupKey("recovery", 1, STRANGER.private))):
        with pytest.raises(Damaged):
            list(streamed(pieces, purpose, group))
