"""Files that are the same for everybody travel compressed; pages, whose length would tell of their words, never do."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.desk.staff import House, Story, browser_of, tell

GZIP = {"Accept-Encoding": "gzip, deflate"}


@pytest.mark.parametrize("path", ["vendor/desk.css", "vendor/govuk-frontend.min.js", "desk.js", "mark.svg"])
def test_a_file_is_sent_compressed_to_whom_takes_it_and_plain_to_others(house: House, path: str) -> None:
    chris = browser_of(house)
    plain, packed = chris.get(f"/static/{path}"), chris.get(f"/static/{path}", headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_file_that_the_browser_still_has_is_not_sent_again(house: House) -> None:
    chris = browser_of(house)
    first = chris.get("/static/desk.js", headers=GZIP)
    again = chris.get("/static/desk.js", headers={**GZIP, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_a_page_is_never_compressed(house: House) -> None:
    told = tell(house, Story())
    amina = browser_of(house, "Amina")
    for path in ("/reports", f"/reports/{told.report_id}", f"/reports/{told.report_id}/clips/{told.clips[0]}", "/x"):
        assert "Content-Encoding" not in amina.get(path, headers=GZIP).headers
    assert "Content-Encoding" not in amina.get("/static/../app.py", headers=GZIP).headers
    assert amina.get("/static/nothing.js", headers=GZIP).status_code == 404


def test_a_file_whose_address_names_what_it_holds_is_kept_without_asking_again(house: House) -> None:
    chris = browser_of(house)
    [address] = re.findall(r'href="(/static/vendor/desk\.css\?v=[0-9a-f]{12})"', chris.get("/sign-in").text)
    assert chris.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/static/vendor/desk.css", "/static/vendor/desk.css?v=000000000000", "/static/vendor/desk.css?v="):
        assert "immutable" not in chris.get(other).headers["Cache-Control"]


def test_no_script_stands_under_two_addresses(house: House) -> None:
    page = browser_of(house, "Amina").get("/reports").text
    assert re.findall(r'src="(/static/[^"]+\.js)"', page)
    assert ".js?" not in page
