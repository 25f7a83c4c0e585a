"""Who is on call stands in the line's file, and what is wrong with it is told in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from prompts.on_call import Hours, OnCall, mistakes_in_on_call, next_of


def one(id_: str, order: int, hours: Hours = Hours.ALWAYS, **more: object) -> OnCall:
    return OnCall(id=id_, name=id_.title(), email=f"{id_}@example.org", order=order, hours=hours, **more)


BEN, NIA, DEE = one("ben", 2), one("nia", 1, Hours.OUT_OF_HOURS), one("dee", 3)


def test_the_order_in_the_file_does_not_matter_the_number_does() -> None:
    assert next_of((BEN, NIA, DEE), 0, is_open=False) == (NIA, 1)
    assert next_of((DEE, BEN, NIA), 1, is_open=False) == (BEN, 2)


def test_nobody_is_left_out_when_the_line_closes_between_two_steps() -> None:
    told, step = [], 0
    for is_open in (True, False, False, False):
        person, step = next_of((NIA, BEN, DEE), step, is_open=is_open)
        told.append(person)
    assert told == [BEN, DEE, NIA, BEN]


def test_a_chain_without_anybody_still_counts_its_steps() -> None:
    assert next_of((), 0, is_open=False) == (None, 1)


@pytest.mark.parametrize(
    ("people", "what"),
    [
        ((BEN, one("ben", 4)), "ben stands there twice"),
        ((BEN, one("joe", 2)), "two have the same place"),
        ((NIA,), "nobody is told while the line is open"),
    ],
)
def test_what_only_shows_together_is_told(people: tuple[OnCall, ...], what: str) -> None:
    assert [mistake.what for mistake in mistakes_in_on_call(people)] == [what]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: one("Ben", 1),
        lambda: one("ben", 0),
        lambda: OnCall(id="ben", name="Ben", email="two@example.org,three@example.org", order=1),
        lambda: OnCall(id="ben", name="Ben", email="a@b\nBcc: c@d", order=1),
        lambda: one("ben", 1, telephone="ring me"),
    ],
)
def test_a_place_that_reaches_nobody_or_somebody_else_is_refused(wrong: Callable[[], OnCall]) -> None:
    with pytest.raises(ValidationError):
        wrong()
