"""Who and what a report is about: confirmed by people, sealed, corrected, removed; a forged one shows as such."""

from __future__ import annotations

import pytest

from storage import models
from storage.contents import Subject
from tests.desk.beside import add_subject, entries, forge, hers, rows, subject_ids
from tests.desk.staff import House, Story, browser_of, id_of

WREN = {"name": "Tom Wren", "rank": "Sgt", "number": "1234 MX", "unit": "Hackney"}


def flat(page: str) -> str:
    return " ".join(page.split())


def test_a_subject_is_kept_sealed_shown_and_audited_by_id_alone(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    answer = add_subject(amina, told, **WREN)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/reports/{told.report_id}#subjects")
    page = flat(amina.get(f"/reports/{told.report_id}").text)
    for words in ("Tom Wren", "Sgt", "1234 MX", "Hackney", "Confirmed by Amina"):
        assert words in page
    (item,) = rows(house, models.items, kind="subject")
    assert b"Wren" not in item.sealed
    (entry,) = entries(house, "subject-confirmed")
    assert (entry.subject, entry.detail) == (item.item_id, f"report {told.report_id}")
    assert entry.person == id_of(house, "Amina")


def test_no_word_of_a_subject_stands_in_the_database_outside_its_seal(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, name="Ptarmigan", number="QQ777", unit="Zanzibar")
    add_subject(amina, told, "vehicle", registration="XY99 ZZZ", description="magenta")
    amina.post("/search/subjects", {"name": "Ptarmigan"}, seen="/search")
    with house.database.read() as connection:
        everything = [
            repr(row) for table in models.metadata.sorted_tables for row in connection.execute(table.select())
        ]
    assert everything
    for word in ("Ptarmigan", "ptarmigan", "QQ777", "99777", "Zanzibar", "XY99", "magenta"):
        assert not [row for row in everything if word in row]


@pytest.mark.parametrize(
    ("what", "fields", "words"),
    [
        (
            "officer",
            {"rank": "Sgt", "team": "Response", "force": "Kent"},
            "Enter a name or nickname, or a shoulder number",
        ),
        ("officer", {"name": " ?! "}, "Enter a name or nickname"),
        ("officer", {"name": "x" * 81}, "Name or nickname must be 80 characters or fewer"),
        ("vehicle", {}, "Enter a registration, or what it looks like"),
        ("vehicle", {"description": "x" * 301}, "What it looks like must be 300 characters or fewer"),
        ("unit", {"force": "Kent"}, "Enter the name of the unit or station"),
    ],
)
def test_what_is_wrong_is_said_with_what_was_typed_and_nothing_is_kept(
    house: House, what: str, fields: dict[str, str], words: str
) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    answer = add_subject(amina, told, what, **fields)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert all(f'value="{typed}"' in answer.text for typed in fields.values() if typed.strip(" ?!"))
    assert not rows(house, models.items, kind="subject")


def test_another_kind_of_subject_is_refused(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    path = f"/reports/{told.report_id}/subjects/new"
    assert amina.post(path, {"what": "caller", "name": "x"}, seen=path).status_code == 400


def test_no_form_has_a_field_about_the_caller(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    for what in ("officer", "vehicle", "unit"):
        page = amina.get(f"/reports/{told.report_id}/subjects/new?what={what}").text
        assert "never who called" in page
        for label in ("caller", "age", "sex", "relation", "address", "phone"):
            assert f'name="{label}"' not in page


def test_control_characters_and_script_are_shown_as_text(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, name="<script>alert(1)</script>\x00\x07 Wren")
    page = amina.get(f"/reports/{told.report_id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Wren" in page


def test_a_correction_takes_the_place_of_what_stood_there(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, **WREN)
    (old,) = subject_ids(amina, told)
    path = f"/reports/{told.report_id}/subjects/{old}"
    assert 'value="Tom Wren"' in amina.get(path).text
    assert amina.post(path, {"what": "officer", **WREN, "name": "Tim Marsh"}, seen=path).status_code == 303
    page = amina.get(f"/reports/{told.report_id}").text
    assert "Tim Marsh" in page
    assert "Tom Wren" not in page
    (item,) = rows(house, models.items, kind="subject")
    assert item.item_id != old
    assert not rows(house, models.wraps, item_id=old)
    assert [entry.subject for entry in entries(house, "subject-removed")] == [old]


def test_two_who_correct_at_once_overwrite_nothing(house: House) -> None:
    told, amina, ben = hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    add_subject(amina, told, **WREN)
    (old,) = subject_ids(amina, told)
    path = f"/reports/{told.report_id}/subjects/{old}"
    amina.post(path, {"what": "officer", "name": "Tim Marsh"}, seen=path)
    answer = ben.post(path, {"what": "officer", "name": "Tam Wrenn"}, seen="/reports")
    assert answer.status_code == 409
    assert "Tim Marsh" in answer.text
    assert 'value="Tam Wrenn"' in answer.text
    assert len(rows(house, models.items, kind="subject")) == 1


def test_a_subject_is_removed_after_a_question_with_its_keys_and_tokens(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, **WREN)
    assert rows(house, models.search_tokens)
    (item,) = subject_ids(amina, told)
    path = f"/reports/{told.report_id}/subjects/{item}/remove"
    assert "Sgt Tom Wren, 1234 MX, Hackney" in amina.get(path).text
    assert rows(house, models.items, kind="subject")
    assert amina.post(path, {}, seen=path).status_code == 303
    assert amina.post(path, {"what": "officer"}, seen="/reports").status_code == 409
    assert not rows(house, models.items, kind="subject")
    assert not rows(house, models.wraps, item_id=item)
    assert not rows(house, models.search_tokens)


def test_a_subject_of_another_report_is_not_reached_by_this_one(house: House) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    add_subject(amina, told, **WREN)
    (item,) = subject_ids(amina, told)
    path = f"/reports/{other.report_id}/subjects/{item}"
    assert "Tom Wren" not in amina.get(path).text
    assert amina.post(f"{path}/remove", {"what": "officer"}, seen="/reports").status_code == 409
    assert rows(house, models.items, kind="subject")


def test_what_a_database_writer_seals_shows_as_forged_and_is_never_found(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    forge(house, told, "subject", Subject("officer", name="Forgery", number="999", by=id_of(house, "Amina")))
    forge(house, told, "subject", Subject("officer", name="Nobody", by=""))
    page = flat(amina.get(f"/reports/{told.report_id}").text)
    assert page.count("Not confirmed by anybody here: treat as forged") == 2
    assert "Confirmed by Amina" not in page


def test_a_subject_that_was_removed_and_is_put_back_shows_as_forged(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, **WREN)
    (item,), keys = rows(house, models.items, kind="subject"), rows(house, models.wraps)
    path = f"/reports/{told.report_id}/subjects/{item.item_id}/remove"
    amina.post(path, {}, seen=path)
    with house.database.write() as connection:
        connection.execute(models.items.insert(), dict(item._mapping))
        connection.execute(models.wraps.insert(), [dict(k._mapping) for k in keys if k.item_id == item.item_id])
    assert "treat as forged" in amina.get(f"/reports/{told.report_id}").text


@pytest.mark.parametrize(
    "packed", [b"{}", b"[]", b"\xff", b'{"what":"caller","name":"x"}', b'{"what":"officer","name":7}', b"null"]
)
def test_what_has_another_shape_does_not_close_the_report(house: House, packed: bytes) -> None:
    told = hers(house)

    class Odd(Subject):
        def packed(self) -> bytes:
            return packed

    forge(house, told, "subject", Odd("officer"))
    answer = browser_of(house, "Amina").get(f"/reports/{told.report_id}")
    assert answer.status_code == 200
    assert "Some of what staff wrote beside this report cannot be opened" in answer.text


def test_words_that_the_caller_asked_to_leave_out_are_asked_about(house: House) -> None:
    told = hers(house, Story(clips=(("leave_out", "that I work at the Harbour Cafe with sergeant Wren"),)))
    amina = browser_of(house, "Amina")
    path = f"/reports/{told.report_id}/subjects/new"
    form = {"what": "officer", "name": "Wren", "unit": "Harbour"}
    asked = amina.post(path, form, seen=path)
    assert asked.status_code == 200
    assert "may have said: wren, harbour." in asked.text
    assert not rows(house, models.items, kind="subject")
    assert amina.post(path, {**form, "unit": "", "sure": "wren harbour"}, seen=path).status_code == 200
    assert amina.post(path, {**form, "sure": "wren harbour"}, seen=path).status_code == 303
    assert rows(house, models.items, kind="subject")


def test_what_is_no_report_takes_no_subject_and_keeps_none(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    add_subject(ben, told, **WREN)
    sure = f"/reports/{told.report_id}/not-a-report"
    assert ben.post(f"{sure}/sure", {"reason": "test"}, seen=sure).status_code == 303
    assert not rows(house, models.items, report_id=told.report_id)
    assert not rows(house, models.search_tokens, report_id=told.report_id)
    path = f"/reports/{told.report_id}/subjects/new"
    assert ben.get(path).status_code == 404
    assert ben.post(path, {"what": "officer", "name": "Wren"}, seen="/reports").status_code == 404
