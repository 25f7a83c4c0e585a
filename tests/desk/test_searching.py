"""Search by subject and by words: finds what this person may read, says so in the audit, and leaves no word behind."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from storage import audit, desk_secrets, intake, models, scanning, search_index
from storage.blocks import Reader
from storage.clock import iso_week
from storage.contents import Subject, Transcript
from storage.desk_secrets import SecretLost, desk_secret
from storage.keys import new_private_key
from storage.opening import GroupKey, ring
from storage.sealing import seal_to
from tests.desk.beside import add_subject, close_to, ended, entries, find, forge, hers, look_for, rows, subject_ids
from tests.desk.staff import House, Story, browser_of, id_of, tell

WEEK = 7 * 86_400


def shown(page: str) -> str:
    """Return what a page of the search has found."""
    return page.partition("data-found>")[2].partition("by-subject")[0]


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "wren"},
        {"name": "PC Renn"},
        {"number": "1234mx"},
        {"number": "I234 MX"},
        {"unit": "Hackney"},
        {"name": "Wren", "unit": "hackney", "number": "1234 MX"},
        {"registration": "bd5l smr"},
        {"looks": "grey VAN"},
    ],
)
def test_a_report_is_found_by_what_it_is_about(house: House, asked: dict[str, str]) -> None:
    told, other, amina = hers(house), hers(house), browser_of(house, "Amina")
    add_subject(amina, told, name="Tom Wren", number="1234 MX", unit="Hackney")
    add_subject(amina, told, "vehicle", registration="BD51 SMR", description="a grey van, dented")
    add_subject(amina, other, name="Tim Marsh", number="777", unit="Camden")
    page = shown(find(amina, **asked))
    assert told.case_number in page
    assert other.case_number not in page


def test_two_subjects_of_a_report_do_not_share_the_fields_of_one(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, name="Tom Wren", number="1234")
    add_subject(amina, told, name="Tim Marsh", number="777")
    assert told.case_number not in shown(find(amina, name="Wren", number="777"))


def test_nothing_is_asked_by_an_empty_form(house: House) -> None:
    answer = browser_of(house, "Amina").post("/search/subjects", {"name": " ?"}, seen="/search")
    assert answer.status_code == 422
    assert "Fill in at least one of the fields" in answer.text


def test_the_audit_says_who_searched_and_what_was_shown_by_a_mark_and_no_word(house: House) -> None:
    told, amina, ben = hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    add_subject(amina, told, name="Tom Wren")
    page = find(amina, name="Wren", unit="")
    find(ben, name="WREN")
    find(ben, name="Marsh")
    first, second, third = entries(house, "subjects-searched")
    assert (first.person, first.detail) == (id_of(house, "Amina"), "name")
    assert first.subject == second.subject != third.subject, "equal words, equal marks"
    assert first.subject in page
    assert [one.subject for one in entries(house, "hit-shown")] == [told.report_id] * 2


def test_the_words_of_a_search_stand_in_no_address_log_or_audit(house: House, caplog: pytest.LogCaptureFixture) -> None:
    hers(house, Story(clips=(("story", "a ptarmigan in the yard"),)))
    amina = browser_of(house, "Amina")
    with caplog.at_level(logging.DEBUG):
        for path, form in (("/search/subjects", {"name": "ptarmigan"}), ("/search/words", {"words": "ptarmigan"})):
            answer = amina.post(path, form, seen="/search")
            assert answer.headers["Location"] == "/search#found"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "a <mark>ptarmigan</mark> in" in ended(amina) or "subjects" in path
    assert "ptarmigan" not in caplog.text
    with house.database.read() as connection:
        everything = [
            repr(row) for table in models.metadata.sorted_tables for row in connection.execute(table.select())
        ]
    assert not [row for row in everything if "ptarmigan" in row]


def test_words_are_found_in_transcripts_drafts_answers_and_notes(house: House) -> None:
    amina, by = browser_of(house, "Amina"), id_of(house, "Amina")
    told = hers(house, Story(answers=(("who_digits", ("4471",)),), clips=(("story", "Ein Bär, der BRUMMT!"),)))
    clip = secrets.token_hex(16)
    words = Transcript(clip, "story", 1, "en", "They met at the old mill every Friday.", by, house.clock.now())
    item = forge(house, told, "transcript", words)
    page = shown(look_for(amina, "old  MILL, every"))
    assert "<mark>old mill every</mark>" in page
    assert "Transcript that nobody here confirmed" in page
    with house.database.write() as connection:
        audit.record(connection, at=1, person=by, action="transcript-confirmed", subject=item)
    assert "Transcript that nobody" not in shown(look_for(amina, "old mill"))
    assert "<mark>Bär, der brummt</mark>".lower() in shown(look_for(amina, "bar der brummt")).lower()
    assert "Keyed answer" in shown(look_for(amina, "4471"))
    assert "Nothing." in shown(look_for(amina, "windmill"))


def test_filters_choose_first_which_reports_are_opened(house: House) -> None:
    now, amina = house.clock.now(), browser_of(house, "Amina")
    mill = Story(clips=(("story", "at the mill"),))
    young = hers(house, mill)
    old = hers(house, replace(mill, week=iso_week(now - 30 * WEEK)))
    polish = hers(house, replace(mill, language="pl"))
    done = hers(house, replace(mill, state="confirmed"))
    found = {
        "all": shown(look_for(amina, "mill", weeks="")),
        "young": shown(look_for(amina, "mill", weeks="4")),
        "polish": shown(look_for(amina, "mill", language="pl")),
        "done": shown(look_for(amina, "mill", state="confirmed")),
    }
    told = {
        name: [one in page for one in (young.case_number, old.case_number, polish.case_number, done.case_number)]
        for name, page in found.items()
    }
    assert told == {
        "all": [True, True, True, True],
        "young": [True, False, True, True],
        "polish": [False, False, True, False],
        "done": [False, False, False, True],
    }
    first = entries(house, "words-searched")[1]
    assert first.detail == f"since {iso_week(now - 3 * WEEK)}, state any, language any"


@pytest.mark.parametrize(("words", "said"), [("a b", "at least 3"), ("", "at least 3"), ("x" * 121, "120 characters")])
def test_words_that_cannot_be_looked_for_are_said(house: House, words: str, said: str) -> None:
    answer = browser_of(house, "Amina").post("/search/words", {"words": words}, seen="/search")
    assert answer.status_code == 422
    assert said in answer.text
    assert not entries(house, "words-searched")


def test_what_is_found_belongs_to_one_session_and_goes_with_it(house: House) -> None:
    told, amina = hers(house, Story(clips=(("story", "at the mill"),))), browser_of(house, "Amina")
    assert told.case_number in shown(look_for(amina, "mill"))
    assert told.case_number not in shown(browser_of(house, "Amina").get("/search").text)
    assert told.case_number not in shown(browser_of(house, "Ben").get("/search").text)
    amina.post("/sign-out", {}, seen="/search")
    amina.sign_in("Amina")
    assert told.case_number not in shown(amina.get("/search").text)


def test_what_was_found_is_cleared_and_gone_when_it_is_closed_meanwhile(house: House) -> None:
    told = hers(house, Story(clips=(("story", "at the mill"),)))
    amina, ben = browser_of(house, "Amina"), browser_of(house, "Ben")
    assert told.case_number in shown(look_for(amina, "mill"))
    close_to(ben, told, "Amina")
    assert told.case_number not in amina.get("/search").text
    assert told.case_number not in amina.get("/search/found").text
    assert told.case_number in shown(look_for(ben, "mill"))
    ben.post("/search/clear", {}, seen="/search")
    page = ben.get("/search").text
    assert told.case_number not in page
    assert "mill" not in page


def test_a_forged_subject_is_not_found_even_with_its_token(house: House) -> None:
    told, true, amina = hers(house), hers(house), browser_of(house, "Amina")
    add_subject(amina, true, number="1234")
    forge(house, told, "subject", Subject("officer", number="1234", by=id_of(house, "Amina")))
    with house.database.write() as connection:
        tokens = [row.token for row in rows(house, models.search_tokens, report_id=true.report_id)]
        connection.execute(
            models.search_tokens.insert(), [{"token": token, "report_id": told.report_id} for token in tokens]
        )
    page = shown(find(amina, number="1234"))
    assert true.case_number in page
    assert told.case_number not in page


def test_hints_say_why_and_compare_nothing_of_the_caller(house: House) -> None:
    told = hers(house)
    alike = hers(house, Story(language="pl", channel="keys", week=iso_week(house.clock.now() - 9 * WEEK)))
    twin = hers(house)  # the same language, week and words, and nothing known of whom it is about
    amina = browser_of(house, "Amina")
    add_subject(amina, told, name="Tom Wren", number="1234", unit="Hackney")
    add_subject(amina, alike, name="unknown", number="12 34")
    page = " ".join(amina.get(f"/reports/{told.report_id}").text.split())
    assert "<strong>Strong:</strong> same shoulder number" in page
    assert alike.case_number in page
    assert twin.case_number not in page
    (entry,) = [one for one in entries(house, "hints-shown") if one.subject == told.report_id][:1]
    assert entry.detail == "1 reports"


def test_no_hint_leads_to_what_is_closed_to_them_or_linked_already(house: House) -> None:
    told, closed, amina, ben = hers(house), hers(house), browser_of(house, "Amina"), browser_of(house, "Ben")
    add_subject(amina, told, number="1234")
    add_subject(amina, closed, number="1234")
    assert closed.case_number in amina.get(f"/reports/{told.report_id}").text
    close_to(ben, closed, "Amina")
    assert closed.case_number not in amina.get(f"/reports/{told.report_id}").text
    assert closed.case_number in ben.get(f"/reports/{told.report_id}").text


def test_whoever_may_read_only_their_own_finds_only_their_own(house: House) -> None:
    told, other, ben = hers(house), tell(house, Story(claimed="")), browser_of(house, "Ben")
    for one in (told, other):
        add_subject(ben, one, number="1234")
    person = id_of(house, "Amina")
    with house.database.write() as connection:
        secret = desk_secret(connection, desk_secrets.SEARCH, house.keys.desk)
    own = Reader(person, only_own=True)
    with house.database.read() as connection:
        assert search_index.with_all(connection, secret, {"number:1234"}, reader=own) == (told.report_id,)
        assert search_index.with_any(connection, secret, {"number:1234"}, reader=own, but="") == (told.report_id,)
        found = scanning.next_reports(connection, scanning.Filters(), own, None, 9)
        assert [key.row_id for key in found] == [told.report_id]
        assert scanning.count_texts(connection, scanning.Filters(), ["draft"], own) == 1
        both = [told.report_id, other.report_id]
        assert list(intake.listed_reports(connection, both, reader=own)) == [told.report_id]
        assert intake.report_by_case(connection, other.case_number, reader=own) is None


# ---- the index ----------------------------------------------------------------------------------------------------


def test_tokens_come_in_padded_numbers_and_two_copies_do_not_tell_the_decoys(house: House) -> None:
    told, amina = hers(house), browser_of(house, "Amina")
    add_subject(amina, told, name="Wren")
    before = {row.token for row in rows(house, models.search_tokens)}
    assert len(before) == search_index.PADDED_TO
    add_subject(amina, told, "vehicle", registration="BD51SMR")
    after = {row.token for row in rows(house, models.search_tokens)}
    assert len(after) == search_index.PADDED_TO
    assert len(before & after) >= search_index.PADDED_TO - 2
    assert all(len(token) == 4 for token in after)


def test_a_supervisor_builds_the_index_anew_under_another_key(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    add_subject(ben, told, name="Wren")
    tokens, (secret,) = rows(house, models.search_tokens), rows(house, models.desk_secrets, name="search")
    assert ben.post("/search/index", {}, seen="/search").status_code == 303
    assert "It is built anew: 1 reports." in ended(ben)
    (fresh,) = rows(house, models.desk_secrets, name="search")
    assert fresh.secret_id != secret.secret_id
    assert fresh.ready
    assert {row.token for row in rows(house, models.search_tokens)} != {row.token for row in tokens}
    assert told.case_number in shown(find(ben, name="Wren"))
    assert browser_of(house, "Amina").post("/search/index", {}, seen="/search").status_code == 403


def test_an_index_that_is_not_complete_or_not_ours_is_said_and_loses_no_subject(house: House) -> None:
    told, ben = hers(house), browser_of(house, "Ben")
    add_subject(ben, told, name="Wren")
    with house.database.write() as connection:
        connection.execute(update(models.desk_secrets).values(locked=b"somebody else's"))
        connection.execute(delete(models.search_tokens))
    assert "The index is not complete" in ben.get("/search").text
    add_subject(ben, told, name="Marsh")
    assert len(subject_ids(ben, told)) == 2
    assert told.case_number not in shown(find(ben, name="Marsh"))
    ben.post("/search/index", {}, seen="/search")
    ended(ben)
    assert "The index is not complete" not in ben.get("/search").text
    assert told.case_number in shown(find(ben, name="Marsh"))


def test_a_key_of_the_desk_goes_on_through_a_new_epoch_and_opens_for_no_other_group(house: House) -> None:
    first = house.keys.desk
    second = GroupKey(first.name, first.epoch + 1, new_private_key())

    with house.database.write() as connection:
        made = desk_secret(connection, desk_secrets.SEARCH, first)
        both = desk_secret(connection, desk_secrets.SEARCH, ring([first, second]))
        after = desk_secret(connection, desk_secrets.SEARCH, second)
        assert made.key == both.key == after.key
        with pytest.raises(SecretLost):
            desk_secret(connection, desk_secrets.SEARCH, GroupKey("desk", first.epoch, new_private_key()))


def test_wrapping_again_leaves_the_desks_own_keys_to_the_newest_epoch_alone(house: House) -> None:
    first = house.keys.desk
    second = GroupKey(first.name, first.epoch + 1, new_private_key())
    with house.database.write() as connection:
        made = [desk_secret(connection, name, first) for name in (desk_secrets.SEARCH, desk_secrets.INTERESTS)]
        assert desk_secrets.lock_again(connection, ring([first, second])) == ()
        assert desk_secrets.lock_again(connection, ring([first, second])) == ()
        for one in made:
            assert desk_secret(connection, one.name, second).key == one.key
            with pytest.raises(SecretLost):
                desk_secret(connection, one.name, first)
        stranger = GroupKey(first.name, first.epoch + 2, new_private_key())
        assert desk_secrets.lock_again(connection, stranger) == ("interests", "search")
    assert {row.epoch for row in rows(house, models.desk_secrets)} == {second.epoch}, "what is lost is not deleted"


def test_a_key_that_a_database_writer_sealed_to_the_desk_is_not_taken(house: House) -> None:
    with house.database.write() as connection:
        planted = b"\x01" + seal_to(house.keys.public.desk.public_key, bytes(32), b"any")
        row = {
            "name": "search",
            "epoch": house.keys.desk.epoch,
            "secret_id": "0" * 32,
            "locked": planted,
            "ready": True,
        }
        connection.execute(models.desk_secrets.insert(), row)
        with pytest.raises(SecretLost):
            desk_secret(connection, desk_secrets.SEARCH, house.keys.desk)
