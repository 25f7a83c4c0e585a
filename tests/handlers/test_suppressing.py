"""What may be told of small numbers: nobody who knows the rule, the total and the rest finds a withheld one."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from handlers.suppressing import Shown, last_whole_quarter, suppressed, suppressed_steps, weeks_of_year

MOST = 12


def test_large_numbers_are_told_with_their_total() -> None:
    assert suppressed((5, 40, 7)) == Shown((5, 40, 7), 52)
    assert suppressed((5, 40, 7)).is_whole


def test_a_small_number_takes_the_smallest_of_the_others_with_it_so_that_the_total_does_not_give_it_away() -> None:
    assert suppressed((40, 3, 12, 30)) == Shown((40, None, None, 30), 85)


def test_zero_is_a_small_number_too() -> None:
    assert suppressed((0, 20, 9)) == Shown((None, 20, None), 29)


def test_of_equal_ones_none_is_told_alone() -> None:
    assert suppressed((7, 2, 7, 30)) == Shown((None, None, None, 30), 46)


def test_a_total_that_is_small_itself_is_withheld_with_all_that_makes_it() -> None:
    assert suppressed((1, 0, 3)) == Shown((None, None, None), None)
    assert suppressed(()) == Shown((), None)


def test_a_table_whose_sum_is_a_withheld_step_is_withheld_with_it() -> None:
    assert suppressed((40, 17), sum_is_told=False) == Shown((None, None), None)


@pytest.mark.parametrize("cells", [2, 3])
def test_who_knows_the_rule_and_everything_that_is_told_finds_no_withheld_number(cells: int) -> None:
    alike: dict[Shown, list[tuple[int, ...]]] = defaultdict(list)
    for numbers in product(range(MOST + 1), repeat=cells):
        if sum(numbers) <= MOST:  # of these totals every table is tried
            alike[suppressed(numbers)].append(numbers)
    withheld = 0
    for shown, tables in alike.items():
        for place, cell in enumerate(shown.cells):
            if cell is None:
                withheld += 1
                assert len({table[place] for table in tables}) > 1, (shown, tables)
    assert withheld > 10


def test_a_step_that_is_nearly_the_one_before_is_withheld_because_the_difference_counts_people_too() -> None:
    assert suppressed_steps((120, 118, 60, 57, 30, 4)) == (120, None, 60, None, 30, None)


def test_a_withheld_step_is_not_the_one_that_the_next_is_measured_by() -> None:
    assert suppressed_steps((20, 17, 14)) == (20, None, 14)


def test_a_step_that_lost_nobody_is_told() -> None:
    assert suppressed_steps((12, 12, 6)) == (12, 12, 6)


@pytest.mark.parametrize(
    ("week", "name", "first", "last", "weeks"),
    [
        ("2026-W48", "2026-Q3", "2026-W27", "2026-W39", 13),
        ("2026-W40", "2026-Q3", "2026-W27", "2026-W39", 13),
        ("2026-W39", "2026-Q2", "2026-W14", "2026-W26", 13),
        ("2026-W53", "2026-Q3", "2026-W27", "2026-W39", 13),
        ("2027-W01", "2026-Q4", "2026-W40", "2026-W53", 14),
        ("2026-W13", "2025-Q4", "2025-W40", "2025-W52", 13),
    ],
)
def test_only_a_quarter_that_is_over_is_told(week: str, name: str, first: str, last: str, weeks: int) -> None:
    told, of_quarter = last_whole_quarter(week)
    assert (told, of_quarter[0], of_quarter[-1], len(of_quarter)) == (name, first, last, weeks)


def test_the_weeks_of_two_years_following_each_other_stand_in_a_quarter_each_exactly_once() -> None:
    every = [f"{year}-W{week:02d}" for year in (2026, 2027) for week in range(1, weeks_of_year(year) + 1)]
    quarters = {last_whole_quarter(week) for week in [*every, "2028-W01"]}
    told = sorted(week for _, weeks in quarters for week in weeks if week >= "2026-W01")
    assert told == every
