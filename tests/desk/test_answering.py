"""Words for a caller: written beside the question, looked through, sent once, and told by a person if need be."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, select, update

from storage.clips import add_items
from storage.contents import Answer, Reply
from storage.models import jobs, replies, reports
from storage.replies import replies_of
from storage.sealing import seal_item
from tests.desk.staff import Browser, House, Story, audited, browser_of, id_of
from tests.desk.teams_say import Handed, handed, with_team

PLAIN_WORDS = "Do you know of anybody else whom we could ask?"
STORY = Story(state="confirmed", clips=(), language="pl")


@pytest.fixture
def desk(house: House) -> House:
    return with_team(house)


def send(person: Browser, one: Handed, text: str, **more: str) -> tuple[int, str]:
    here = f"/reports/{one.told.report_id}/reply"
    question = f"?question={more['question']}" if "question" in more else ""
    page = person.get(here + question).text
    save = re.search(r'name="save" value="([0-9a-f]{32})"', page)
    assert save
    form = {"text": text, "kind": "question", "language": "en", "save": save[1], "do": "send", **more}
    answer = person.post(here, form, seen=here)
    return answer.status_code, answer.text


def sent(house: House, one: Handed) -> list[tuple[str, str, str]]:
    with house.database.read() as connection:
        return [(row.kind, row.state, row.asked_in) for row in replies_of(connection, one.told.report_id)]


def test_a_question_is_rewritten_beside_the_teams_words_and_goes_to_the_worker_to_be_spoken(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    asked = one.asks("Was it Wren who sold it on Friday?")
    page = amina.get(f"/reports/{one.told.report_id}/reply?question={asked}").text
    assert "Was it Wren who sold it on Friday?" in page
    assert send(amina, one, PLAIN_WORDS, question=asked)[0] == 303
    assert sent(desk, one) == [("question", "making", asked)]
    assert one.state_of(asked) == "answered"
    with desk.database.read() as connection:
        order = connection.execute(select(jobs.c.subject, jobs.c.sealed).where(jobs.c.kind == "reply")).one()
    assert PLAIN_WORDS.encode() not in order.sealed
    page = amina.get(one.here).text
    assert PLAIN_WORDS in page
    assert "As we put it" in page
    assert "Being made into sound" in page
    said = [(action, subject) for action, subject in audited(desk) if action == "reply-sent"]
    assert len(said) == 1


def test_words_that_give_something_away_are_shown_first_and_sent_when_somebody_is_sure(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    amina.post(
        f"/reports/{one.told.report_id}/subjects/new",
        {"what": "officer", "name": "Wren", "rank": "", "number": ""},
        seen=f"/reports/{one.told.report_id}",
    )
    words = "Does your husband know that Wren sold it?"
    status, page = send(amina, one, words)
    assert status == 200
    assert sent(desk, one) == []
    assert {"your husband", "Wren"} <= {re.sub(r"\s+", " ", one) for one in re.findall(r"<mark[^>]*>([^<]*)", page)}
    looked = re.search(r'name="looked" value="(\w+)"', page)
    assert looked
    assert send(amina, one, words + " Or Wren's sister?", looked=looked[1])[0] == 200, "other words were not looked at"
    assert send(amina, one, words, looked=looked[1])[0] == 303
    assert len(sent(desk, one)) == 1


def test_looking_through_sends_nothing_and_says_how_long_it_takes(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    status, page = send(ben, one, PLAIN_WORDS, do="look")
    assert status == 200
    assert "Nothing stood out" in page
    assert re.search(r"It takes about \d+ seconds to say", page)
    assert sent(desk, one) == []


def test_the_reports_own_language_is_proposed_and_what_the_rules_cannot_see_in_it_is_said(desk: House) -> None:
    one, amina = handed(desk, STORY), browser_of(desk, "Amina")
    page = amina.get(f"/reports/{one.told.report_id}/reply").text
    assert re.search(r'value="pl" selected>\s*Polish \(of the report\)', page)
    _, page = send(amina, one, "Czy wiesz cos jeszcze?", language="pl", do="look")
    assert "The rules know English." in page
    assert 'lang="pl"' in page


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    for more, told in (
        ({"text": " "}, "Write what the caller is to hear"),
        ({"text": "x" * 601}, "Shorten it to 600 characters"),
        ({"text": "my words", "kind": "shout"}, "Choose what it is"),
        ({"text": "my words", "language": "xx"}, "Choose a language that the line speaks"),
    ):
        status, page = send(amina, one, **more)
        assert status == 422
        assert told in page
        assert more["text"].strip() in page
    assert sent(desk, one) == []


def test_the_button_pressed_twice_sends_once_and_a_settled_question_is_not_put_again(desk: House) -> None:
    one, amina, ben = handed(desk), browser_of(desk, "Amina"), browser_of(desk, "Ben")
    asked = one.asks()
    assert [send(amina, one, PLAIN_WORDS, save="5" * 32)[0] for _ in range(2)] == [303, 303]
    assert send(amina, one, PLAIN_WORDS, question=asked)[0] == 303
    status, page = send(ben, one, "In other words?", question=asked)
    assert status == 409
    assert "In other words?" in page
    assert len(sent(desk, one)) == 2


def test_another_reports_question_is_not_found_here(desk: House) -> None:
    one, other, ben = handed(desk), handed(desk), browser_of(desk, "Ben")
    elsewhere = other.asks("of another report")
    answer = ben.get(f"/reports/{one.told.report_id}/reply?question={elsewhere}")
    assert answer.status_code == 404
    assert "of another report" not in answer.text


def test_a_caller_without_a_reference_is_told_by_a_person_who_notes_it_once(desk: House) -> None:
    one, amina = handed(desk, reference=False), browser_of(desk, "Amina")
    assert send(amina, one, PLAIN_WORDS, kind="message")[0] == 303
    assert sent(desk, one) == [("message", "to_tell", "")]
    with desk.database.read() as connection:
        assert connection.scalars(select(jobs.c.kind).where(jobs.c.kind == "reply")).all() == []
        (reply_id,) = connection.scalars(select(replies.c.reply_id))
    assert "I have told the caller" in amina.get(one.here).text
    for _ in range(2):
        assert amina.post(f"{one.here}/told", {"reply": reply_id}, seen=one.here).status_code == 303
    assert sent(desk, one) == [("message", "told", "")]
    assert [action for action, _ in audited(desk)].count("reply-told") == 1


def test_nothing_is_sent_to_who_withdrew_or_said_no_to_questions(desk: House) -> None:
    refuses = Story(answers=(("questions_back", ("no",)),), state="confirmed", clips=())
    one, amina = handed(desk, refuses), browser_of(desk, "Amina")
    asked = one.asks()
    page = amina.get(f"/reports/{one.told.report_id}/reply?question={asked}").text
    assert "The caller said no" in page
    with desk.database.write() as connection:
        connection.execute(update(reports).values(status="withdrawn"))
    assert send(amina, one, PLAIN_WORDS)[0] == 409
    assert sent(desk, one) == []


def test_what_the_caller_answered_stands_beside_the_question_with_the_way_on(desk: House) -> None:
    one, amina = handed(desk), browser_of(desk, "Amina")
    asked = one.asks()
    send(amina, one, PLAIN_WORDS, question=asked, kind="yes_no")
    with desk.database.write() as connection:
        reply_id = connection.scalar(select(replies.c.reply_id))
        connection.execute(update(replies).values(state="answered"))
        keyed = Answer(f"reply:{reply_id}", ("unsure",), 1, desk.clock.now(), "en").packed()
        audiences = (desk.keys.public.desk,)
        add_items(connection, [seal_item(keyed, report_id=one.told.report_id, kind="answer", audiences=audiences)])
    for here in (one.here, f"/reports/{one.told.report_id}"):
        page = " ".join(amina.get(here).text.split())
        assert re.search(r"What the caller answered:</strong> <p[^>]*>Not sure</p>", page)
        assert "It goes on with a further release" in page


def test_words_that_nobody_here_sent_are_shown_as_forged(desk: House) -> None:
    one, ben = handed(desk), browser_of(desk, "Ben")
    packed = Reply("ring this number", "en", id_of(desk, "Amina")).packed()
    item = seal_item(packed, report_id=one.told.report_id, kind="reply", audiences=(desk.keys.public.desk,))
    row = {"reply_id": "7" * 32, "report_id": one.told.report_id, "kind": "message", "place": 1, "week": "2026-W48"}
    with desk.database.write() as connection:
        add_items(connection, [item])
        connection.execute(insert(replies), {**row, "state": "waiting", "item_id": item.item_id, "asked_in": ""})
    assert "Not sent by anybody here: treat as forged" in ben.get(one.here).text
