"""The rule of who may be offered a call: what ended is not held, and nothing is held by default."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.skills import CallNeeds, Qualification, in_force, is_valid, qualified
from storage.skills import Skill

TODAY = date(2026, 11, 26)
POLISH, GENERAL = Skill("language:pl"), Skill("general", "2027-03")
GUARDS = Skill("safeguarding", "2026-11")
WITH_INTERPRETER = Skill("interpreter", "2027-01")


@pytest.mark.parametrize(
    ("held", "needs", "may"),
    [
        ([POLISH, GENERAL], CallNeeds("pl"), True),
        ([GENERAL], CallNeeds("pl"), False),
        ([POLISH], CallNeeds("pl"), False),
        ([], CallNeeds("pl"), False),
        ([POLISH, GENERAL], CallNeeds("so"), False),
        ([GENERAL, WITH_INTERPRETER], CallNeeds("so"), True),
        ([GENERAL, Skill("interpreter", "2026-10")], CallNeeds("so"), False),
        ([POLISH, GENERAL], CallNeeds("pl", frozenset({Qualification.GENERAL, Qualification.SAFEGUARDING})), False),
        (
            [POLISH, GENERAL, GUARDS],
            CallNeeds("pl", frozenset({Qualification.GENERAL, Qualification.SAFEGUARDING})),
            True,
        ),
        ([POLISH, GUARDS], CallNeeds("pl", frozenset({Qualification.SAFEGUARDING})), True),
        ([POLISH, Skill("child", "2026-10")], CallNeeds("pl", frozenset({Qualification.CHILD})), False),
        ([POLISH], CallNeeds("pl", frozenset()), True),
    ],
)
def test_a_call_is_offered_to_whoever_holds_all_that_it_asks_for(
    held: list[Skill], needs: CallNeeds, *, may: bool
) -> None:
    assert qualified(held, needs, TODAY) is may


@pytest.mark.parametrize(
    ("skill", "day", "valid"),
    [
        (GUARDS, date(2026, 11, 30), True),
        (GUARDS, date(2026, 12, 1), False),
        (GUARDS, date(2025, 12, 31), True),
        (POLISH, date(2099, 1, 1), True),
        (Skill("general"), TODAY, False),
        (Skill("general", "soon"), TODAY, False),
        (Skill("general", "2027-13"), TODAY, False),
        (Skill("general", "9999999"), TODAY, False),
    ],
)
def test_a_qualification_holds_to_the_end_of_its_month_and_one_without_a_month_never(
    skill: Skill, day: date, *, valid: bool
) -> None:
    assert is_valid(skill, day) is valid


def test_what_is_in_force_is_languages_and_known_qualifications_that_have_not_ended() -> None:
    held = [POLISH, GENERAL, Skill("child", "2026-10"), Skill("flying", "2099-01")]
    assert in_force(held, TODAY) == (frozenset({"pl"}), frozenset({"general"}))
