"""Each language of a line is offered once, by a key of its place; files that name keys keep them."""

from __future__ import annotations

import pytest

from prompts.language_offers import GREETING_KEYS, MORE_KEY, LanguageOffers, offers_of

MANY = ["en", "cy", "pl", "ro", "bn", "pa", "gu", "ta", "ar", "tr", "pt", "es", "fr", "ur", "so"]


def offered(*codes: str) -> LanguageOffers:
    return offers_of([(code, "") for code in codes])


def test_three_others_are_offered_after_the_greeting_and_the_rest_on_pages() -> None:
    offers = offered(*MANY)
    assert offers.greeting == (("cy", "1"), ("pl", "2"), ("ro", "3"))
    assert [[code for code, _ in page] for page in offers.pages] == [
        ["bn", "pa", "gu"],
        ["ta", "ar", "tr"],
        ["pt", "es", "fr"],
        ["ur", "so"],
    ]
    assert all([key for _, key in page] == list("123")[: len(page)] for page in offers.pages)


@pytest.mark.parametrize("count", range(1, len(MANY) + 1))
def test_every_language_is_offered_in_exactly_one_place_and_no_place_has_a_key_twice(count: int) -> None:
    offers = offered(*MANY[:count])
    assert sorted(offers.codes) == sorted(MANY[:count])
    for place in ((offers.own, *offers.greeting), *offers.pages):
        keys = [key for _, key in place]
        assert len(set(keys)) == len(keys)
        assert MORE_KEY not in keys


def test_keys_that_a_file_names_are_kept_and_others_go_round_them() -> None:
    offers = offers_of([("en", "1"), ("pl", ""), ("cy", "2"), ("ro", "")])
    assert offers.own == ("en", "1")
    assert offers.greeting == (("pl", "3"), ("cy", "2"))
    assert offers.pages == ((("ro", "1"),),)


def test_a_key_above_three_in_a_file_of_before_counts_as_none() -> None:
    offers = offers_of([("en", "1"), ("cy", "2"), ("pl", "3"), ("ro", "4"), ("bn", "5")])
    assert offers.greeting == (("cy", "2"), ("pl", "3"))
    assert offers.pages == ((("ro", "1"), ("bn", "2")),)


def test_the_key_of_a_language_is_the_one_it_is_offered_by() -> None:
    offers = offered(*MANY)
    assert [offers.key_of(code) for code in ("en", "ro", "bn", "so")] == ["5", "3", "1", "2"]
    assert offers.key_of("en") not in GREETING_KEYS + MORE_KEY
    with pytest.raises(KeyError):
        offers.key_of("xx")
