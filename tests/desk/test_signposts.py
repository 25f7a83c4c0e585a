"""The signposts at the desk: by need, with words to say, and no way out of the desk."""

from __future__ import annotations

import re

import pytest

from handlers.desk.signposts import NEEDS
from prompts.signposts import Need
from tests.desk.staff import House, browser_of


def test_every_need_has_words() -> None:
    assert set(NEEDS) == set(Need)


@pytest.mark.parametrize("name", ["Amina", "Ben"])
def test_services_are_shown_with_number_and_words_to_say(house: House, name: str) -> None:
    page = browser_of(house, name).get("/signposts").text
    for words in ("Harbour", "0808 157 0123", "people at Harbour who listen", "Check before going live"):
        assert words in page


def test_a_need_shows_its_services_only(house: House) -> None:
    page = browser_of(house, "Amina").get("/signposts?need=child").text
    assert "Small Voices" in page
    assert "Harbour" not in page.partition("<main")[2]


@pytest.mark.parametrize("need", ["nonsense", "<script>", "child'--"])
def test_an_address_that_was_tampered_with_shows_all(house: House, need: str) -> None:
    page = browser_of(house, "Amina").get("/signposts", query_string={"need": need}).text
    assert "Harbour" in page
    assert need not in page.partition("<main")[2].partition("</main>")[0]


def test_no_link_leads_out_of_the_desk(house: House) -> None:
    links = re.findall(r'(?:href|src|action)="([^"]*)"', browser_of(house, "Amina").get("/signposts").text)
    assert links
    assert not [link for link in links if not re.match(r"/|#", link)]


@pytest.mark.parametrize("name", ["Ada", "Otto"])
def test_who_speaks_with_no_caller_needs_none(house: House, name: str) -> None:
    assert browser_of(house, name).get("/signposts").status_code == 403
