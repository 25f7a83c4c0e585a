"""The rules of sanitising: those that ship hold, every mistake in a file is told at once, and none can be slow."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from handlers.sanitising.rules import FOLDER, Crowd, Kind, RulesMistakes, read_rules
from prompts.questionnaire import read_questionnaire
from tests.handlers.sanitising.reports import rules

NAUGHTY = (
    "oh ", "a", "one ", "0", "- ", "my ", "i have ", "caller ", "A ", "Aa ", "1.1.", "x@", "the ", "alpha ", "a-",
    "Aa'", "12 ", "of the ", "number ", "she ",
)  # fmt: skip
NAUGHTY_CHARACTERS = 6_000
SLOWEST_SECONDS = 1.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("rules.toml", "words.toml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def changed(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def told_of(folder: Path) -> str:
    with pytest.raises(RulesMistakes) as refused:
        read_rules(folder)
    return refused.value.told()


def test_the_rules_that_ship_hold_their_own_examples() -> None:
    assert len(rules().rules) > 50
    assert set(rules().kinds) == set(Kind)


def test_whatever_callers_can_answer_of_the_crowd_is_known() -> None:
    question = read_questionnaire().question("crowd")
    assert question is not None
    assert set(question.choices.values()) == set(Crowd)


def test_every_mark_says_why_and_what_to_do_in_whole_sentences() -> None:
    said = [text for rule in rules().rules for text in (rule.why, rule.blur)]
    assert [text for text in said if not (text[0].isupper() or text[0] == "“") or text[-1] != "."] == []


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    changed(folder, "rules.toml", 'finds = ["my name is Sarah Holt", ', 'finds = ["his name is Holt", ')
    changed(folder, "rules.toml", 'leaves = ["£2,000,000", ', 'leaves = ["07700 900123", ')
    changed(folder, "rules.toml", "%venues%", "%venue%")
    changed(folder, "rules.toml", 'id = "street"', 'id = "own-name"')
    changed(folder, "rules.toml", "points = 14\nmost = 28", "points = 29\nmost = 28")
    told = told_of(folder)
    assert "6 mistake(s)" in told, told
    for place in (
        "rule.own-name.finds.0: the rule finds nothing in it",
        "rule.telephone-digits.leaves.0: the rule finds something in it",
        "rule.kind-of-place.pattern: %venue% is no list",
        "rule.own-name: two rules share this id",
        "kinds.relation.most: it is less than points",
        "words.toml, lists.venues: no pattern uses it",
    ):
        assert place in told


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("rules.toml", 'kind = "age"', 'kind = "ages"', "kind"),
        ("rules.toml", 'id = "own-age"', 'id = "own-age"\nwhat = "x"', "what"),
        ("rules.toml", "[crowd.many]\nboost = 0", "[crowd.lots]\nboost = 0", "crowd.lots"),
        ("rules.toml", "weight = 0\n", "weight = 1\n", "kinds.subject.weight"),
        ("rules.toml", "[kinds.age]", "[kinds.age", "it is no TOML"),
        (
            "rules.toml",
            r"'''\b(?:caller|writer|informant)\b[^.!?]",
            r"'''(\b(?:caller|writer|informant)\b[^.!?]",
            "pattern",
        ),
        ("words.toml", "units = [", "unit = [", "%units% is no list"),
        ("words.toml", "[lists]", '[lists]\nspare = ["x"]', "lists.spare: no pattern uses it"),
        ("words.toml", "fillers = [", "filler = [", "lists.fillers: it is missing"),
        ("words.toml", "[parts]", "[parts]\nmonths = '''abc'''", "parts.months: a list has this name too"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, name: str, old: str, new: str, told: str) -> None:
    changed(folder, name, old, new)
    assert told in told_of(folder)


def test_a_pattern_that_finds_nothing_everywhere_is_refused(folder: Path) -> None:
    rule = '\n[[rule]]\nid = "empty"\nkind = "rare"\npattern = \'\'\'(?:x)?\'\'\'\nfinds = ["x"]\nleaves = ["y"]\n'
    with (folder / "rules.toml").open("a", encoding="utf-8") as file:
        file.write(rule)
    assert "rule.empty.pattern: it finds nothing at all, everywhere" in told_of(folder)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    assert "it is not there" in told_of(tmp_path)


@pytest.mark.parametrize("again", NAUGHTY)
def test_no_text_of_a_caller_makes_a_rule_slow(again: str) -> None:
    text = again * (NAUGHTY_CHARACTERS // len(again))
    for rule in rules().rules:
        began = time.process_time()
        list(rule.spans(text))
        assert time.process_time() - began < SLOWEST_SECONDS, rule.id
