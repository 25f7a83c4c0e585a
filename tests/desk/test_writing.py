"""Reports that came by another way: typed into the questionnaire's own form, by one writer, and read like any other."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, Row, event, func, select, update
from werkzeug.test import TestResponse

from handlers.desk.form_rules import MAX_CHARACTERS, NO_SUBSTANCE
from storage import claims, models, writing
from storage.clips import add_items, forget_items
from storage.contents import Given, Written
from storage.jobs import standing_alarms
from storage.reports import note_reference_heard
from storage.sealing import seal_item
from tests.desk.staff import Browser, House, Story, audited, browser_of, tell, token_of

STORY = "he sells what the computer knows"


@dataclass
class Form:
    """Somebody's window with the form of one report."""

    browser: Browser
    report_id: str
    page: str

    @property
    def path(self) -> str:
        return f"/reports/{self.report_id}/form"

    def fields(self, **typed: str) -> dict[str, str]:
        given = {f"q-{name}": words for name, words in typed.items()}
        return {**{name: hidden(self.page, name) for name in ("csrf_token", "replaces", "save")}, **given}

    def press(self, button: str, **typed: str) -> TestResponse:
        answer = self.browser.bare_post(f"{self.path}/{button}", self.fields(**typed))
        if answer.status_code in (200, 422) and "<html" in answer.text:
            self.page = answer.text
        return answer

    def autosave(self, fields: dict[str, str]) -> TestResponse:
        return self.browser.bare_post(f"{self.path}/autosaved", fields)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert found, name
    return found[1]


def begin(browser: Browser, way: str = "letter", language: str = "en") -> Form:
    answer = browser.post("/writing/new", {"way": way, "language": language}, seen="/writing/new")
    assert answer.status_code == 303
    report_id = answer.headers["Location"].split("/")[2]
    return Form(browser, report_id, browser.get(f"/reports/{report_id}/form").text)


def row(house: House, report_id: str) -> Row[Any]:
    with house.database.read() as connection:
        return connection.execute(select(models.reports).where(models.reports.c.report_id == report_id)).one()


def kinds(house: House, report_id: str) -> list[str]:
    with house.database.read() as connection:
        of_report = select(models.items.c.kind).where(models.items.c.report_id == report_id)
        return sorted(connection.scalars(of_report))


def alerts(house: House) -> int:
    with house.database.read() as connection:
        return (
            connection.scalar(select(func.count()).select_from(models.jobs).where(models.jobs.c.kind == "alert")) or 0
        )


def plain(text: str) -> str:
    return " ".join(text.split())


def test_a_letter_becomes_a_report_that_a_supervisor_reads(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    started = row(house, form.report_id)
    assert (started.state, started.channel, started.urgent) == ("writing", "staff", "")
    answer = form.press("finished", story=STORY, allegation="favours", who="sergeant wren", urgent="no", weapon="yes")
    assert answer.status_code == 303
    done = row(house, form.report_id)
    assert (done.state, done.channel, done.urgent, done.claimed_by, done.partial) == ("new", "staff", "no", "", False)
    assert kinds(house, form.report_id) == ["received", "written"]
    ben = browser_of(house, "Ben")
    page = plain(ben.get(f"/reports/{form.report_id}").text)
    assert STORY in page
    assert "sergeant wren" in page
    assert "Entered by staff: letter" in page
    assert "Typed by" in page
    assert "What was reported" in page
    assert page.index("Kept, though the other answers do not call for this question") > page.index("weapon")
    assert "cannot be opened" not in page
    assert "forged" not in page
    assert ben.post(f"/reports/{form.report_id}/confirmed", {}, seen="/reports").status_code == 200
    assert row(house, form.report_id).state == "confirmed"


def test_the_audit_says_who_began_opened_and_finished_and_nothing_of_saves(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    for number in range(3):
        assert form.press("saved", story=f"{STORY} {number}").status_code == 200
    form.press("finished", story=STORY)
    actions = [action for action, _ in audited(house) if action.startswith(("writing", "report-written"))]
    assert actions == ["writing-begun", "writing-opened", "report-written"]


def test_a_form_being_written_is_in_no_list_of_others_and_its_words_on_no_page_of_theirs(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    case = row(house, form.report_id).case_number
    ben = browser_of(house, "Ben")
    assert case not in ben.get("/reports").text
    assert case in ben.get("/writing").text
    answer = ben.get(f"/reports/{form.report_id}")
    assert answer.status_code == 200
    assert "Amina is typing this report in" in plain(answer.text)
    assert STORY not in answer.text


@pytest.mark.parametrize(
    ("name", "seen"), [("Ben", "/reports"), ("Ada", "/health"), ("Otto", "/audit"), (None, "/sign-in")]
)
def test_nobody_else_opens_saves_finishes_or_discards_somebodys_form(house: House, name: str | None, seen: str) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    other = browser_of(house, name)
    refused = 303 if name is None else 403
    assert other.get(form.path).status_code == refused
    mine = {"replaces": hidden(form.page, "replaces"), "save": secrets.token_hex(16), "q-story": "mine instead"}
    for button in ("saved", "finished"):
        answer = other.post(f"{form.path}/{button}", mine, seen=seen)
        assert answer.status_code == refused
        assert STORY not in answer.text
    assert other.post(f"{form.path}/autosaved", mine, seen=seen).status_code == (401 if name is None else 403)
    assert other.get(f"{form.path}/token").status_code == (401 if name is None else 403)
    assert other.post(f"{form.path}/discard", {}, seen=seen).status_code == refused
    assert row(house, form.report_id).state == "writing"
    assert STORY in form.browser.get(form.path).text


def test_only_a_supervisor_takes_a_form_over_and_its_first_writer_gets_back_what_was_not_saved(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    assert form.browser.post(f"{form.path}/take-over", {}, seen="/reports").status_code == 403
    ben = browser_of(house, "Ben")
    assert "Take it over" in ben.get(f"{form.path}/take-over").text
    assert ben.post(f"{form.path}/take-over", {}, seen="/reports").status_code == 303
    assert STORY in ben.get(form.path).text
    assert form.browser.get(form.path).status_code == 403
    answer = form.press("saved", story="typed while it was taken")
    assert answer.status_code == 403
    assert "typed while it was taken" in answer.text
    assert STORY not in answer.text
    assert ("writing-taken-over", form.report_id) in audited(house)


def test_questions_follow_the_answers_and_what_is_answered_is_never_hidden(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    assert is_hidden(form.page, "hate_ground")
    assert is_hidden(form.page, "weapon")
    form.press("saved", allegation="hate", urgent="unsure")
    assert not is_hidden(form.page, "hate_ground")
    assert not is_hidden(form.page, "weapon")
    assert is_hidden(form.page, "favours_for")
    form.press("saved", allegation="gain", hate_ground="sex", urgent="no")
    assert not is_hidden(form.page, "hate_ground")
    assert is_hidden(form.page, "weapon")


def is_hidden(page: str, question: str) -> bool:
    found = re.search(rf'data-question="{question}"([^>]*)>', page)
    assert found, question
    return "hidden" in found[1]


def test_an_autosave_tells_which_questions_to_show_and_what_may_point_to_the_caller(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    told = form.autosave(form.fields(allegation="partner", story="my husband, 07700 900123", who="x")).get_json()
    assert {"partner_job", "partner_children", "others"} <= set(told["shown"])
    assert "looks" not in told["shown"]
    assert set(told["answered"]) == {"allegation", "story", "who"}
    assert len(told["hints"]["story"]) == 2


def test_a_save_whose_answer_was_lost_is_sent_again_and_a_late_one_replaces_nothing(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    start = hidden(form.page, "replaces")
    first, second = secrets.token_hex(16), secrets.token_hex(16)
    early = {**form.fields(story="one"), "replaces": start, "save": first}
    later = {**form.fields(story="one two"), "replaces": f"{start} {first}", "save": second}
    assert form.autosave(early).status_code == 200
    assert form.autosave(early).status_code == 200
    assert form.autosave(later).status_code == 200
    assert form.autosave(early).status_code == 409
    assert "one two" in form.browser.get(form.path).text
    assert kinds(house, form.report_id) == ["form", "received"]


def test_two_windows_get_both_versions_and_nothing_is_lost(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    other = Form(form.browser, form.report_id, form.browser.get(form.path).text)
    assert form.press("saved", story="of the first window", who="the same").status_code == 200
    answer = other.press("saved", story="of the second window", who="the same")
    assert answer.status_code == 409
    page = plain(answer.text)
    assert "Another version was saved meanwhile" in page
    assert "of the second window</textarea>" in page
    assert page.index("The other version says here:") < page.index("of the first window")
    assert page.count("The other version says here:") == 1
    assert "of the first window" in form.browser.get(form.path).text
    other.page = answer.text
    assert other.press("saved", story="of both windows", who="the same").status_code == 200
    assert "of both windows" in form.browser.get(form.path).text


def test_finishing_an_older_version_compares_instead(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    other = Form(form.browser, form.report_id, form.browser.get(form.path).text)
    form.press("saved", story="first")
    assert other.press("finished", story="second").status_code == 409
    assert row(house, form.report_id).state == "writing"


def test_the_address_of_a_saved_form_leads_back_to_the_form(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    for button in ("saved", "finished"):
        answer = form.browser.get(f"{form.path}/{button}")
        assert answer.status_code == 303
        assert answer.headers["Location"] == form.path


def test_finishing_twice_makes_one_report_and_gives_the_words_back(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    assert form.press("finished", story=STORY).status_code == 303
    answer = form.press("finished", story="typed afterwards")
    assert answer.status_code == 409
    assert "typed afterwards" in answer.text
    assert kinds(house, form.report_id) == ["received", "written"]


def test_what_is_not_enough_is_said_by_field_and_changes_nothing(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    answer = form.press("finished", who="sergeant wren")
    assert answer.status_code == 422
    assert plain(answer.text).count(NO_SUBSTANCE) == 2
    assert 'href="#q-story"' in answer.text
    assert "sergeant wren</textarea>" in plain(answer.text)
    assert row(house, form.report_id).state == "writing"
    assert form.press("finished", who="sergeant wren", allegation="gain").status_code == 303


def test_more_kinds_than_three_are_saved_and_asked_about_at_the_end(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    answer = form.press("saved")
    for button, status in (("saved", 200), ("finished", 422)):
        many: dict[str, Any] = {**form.fields(story=STORY), "q-allegation": ["favours", "gain", "hate", "other"]}
        answer = form.browser.bare_post(f"{form.path}/{button}", many)
        assert answer.status_code == status
        form.page = answer.text
    assert "Choose 3 at most" in answer.text


@pytest.mark.parametrize("urgent", ["yes", "unsure"])
def test_danger_alerts_once_at_the_first_save_and_is_seen_by_a_supervisor(house: House, urgent: str) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", urgent=urgent)
    form.press("saved", urgent=urgent, story=STORY)
    assert alerts(house) == 1
    found = row(house, form.report_id)
    assert found.urgent == urgent
    assert found.urgent_due == house.clock.now() + 15 * 60
    ben = browser_of(house, "Ben")
    assert found.case_number in ben.get("/reports").text
    page = ben.get(f"/reports/{form.report_id}").text
    assert "Acknowledge: I act on it" in page
    assert STORY not in page
    form.press("finished", urgent="no", story=STORY)
    assert row(house, form.report_id).urgent == urgent
    assert alerts(house) == 1


def test_an_urgent_form_is_not_discarded_before_somebody_acknowledged(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", urgent="yes")
    answer = form.browser.post(f"{form.path}/discard", {}, seen="/reports")
    assert answer.status_code == 409
    assert "must acknowledge" in plain(answer.text)
    assert row(house, form.report_id).state == "writing"
    ben = browser_of(house, "Ben")
    assert ben.post(f"/reports/{form.report_id}/acknowledged", {}, seen="/reports").status_code == 303
    assert form.browser.post(f"{form.path}/discard", {}, seen="/reports").status_code == 303


def test_a_form_whose_caller_has_a_reference_is_finished_and_never_discarded(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    asked = form.browser.get(f"{form.path}/discard").text
    assert "Discard it" in asked
    with house.database.write() as connection:
        note_reference_heard(connection, form.report_id)
    page = form.browser.get(f"{form.path}/discard").text
    assert "Discard it" not in page
    assert "Finish it instead" in plain(page)
    answer = form.browser.post(f"{form.path}/discard", {}, seen="/reports")
    assert answer.status_code == 409
    assert "The caller was told a reference to this report, so it cannot be discarded" in plain(answer.text)
    assert row(house, form.report_id).state == "writing"
    assert "form" in kinds(house, form.report_id)
    assert ("writing-discarded", form.report_id) not in audited(house)
    assert form.press("finished", urgent="no", story=STORY).status_code == 303
    assert row(house, form.report_id).state == "new"


@pytest.mark.parametrize("told", [True, False])
def test_the_store_itself_keeps_what_a_caller_has_a_reference_to(house: House, *, told: bool) -> None:
    form = begin(browser_of(house, "Amina"))
    amina = row(house, form.report_id).claimed_by
    with house.database.write() as connection:
        if told:
            note_reference_heard(connection, form.report_id)
            with pytest.raises(writing.CallerHasReference):
                writing.discard(connection, form.report_id, amina)
        else:
            writing.discard(connection, form.report_id, amina)
    assert ("form" in kinds(house, form.report_id)) is told


def test_discarding_asks_destroys_counts_and_is_audited(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    assert "Discard it" in form.browser.get(f"{form.path}/discard").text
    assert form.browser.post(f"{form.path}/discard", {}, seen="/reports").status_code == 303
    assert kinds(house, form.report_id) == []
    assert row(house, form.report_id).reason == "discarded"
    assert ("writing-discarded", form.report_id) in audited(house)
    with house.database.read() as connection:
        names = connection.execute(select(models.counts.c.name, models.counts.c.number)).all()
        keys = select(func.count()).select_from(models.wraps)
        assert connection.scalar(keys) == 0
    assert ("not_a_report.discarded", 1) in [tuple(one) for one in names]
    assert "Discarded" in browser_of(house, "Ben").get("/reports?show=not_a_report").text


@pytest.mark.parametrize(
    "fields",
    [
        {"q-nonsense": "x"},
        {"q-who_digits": "1234"},
        {"q-urgent": "perhaps"},
        {"q-allegation": "<b>"},
        {"save": "short"},
        {"save": ""},
        {"replaces": ""},
        {"replaces": "x" * 32},
        {"replaces": " ".join(["a" * 32] * 200)},
    ],
    ids=str,
)
def test_fields_and_values_that_no_page_sends_are_refused_and_change_nothing(
    house: House, fields: dict[str, str]
) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    for button in ("saved", "autosaved", "finished"):
        answer = form.browser.bare_post(f"{form.path}/{button}", {**form.fields(story="other"), **fields})
        assert answer.status_code == 400
    assert STORY in form.browser.get(form.path).text


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "\u202egnirts\u202c",
        "'; DROP TABLE reports; --",
        "{{ 7 * 7 }}",
        "a\x00b",
        "💥" * 50,
    ],
    ids=["script", "rtl", "sql", "template", "nul", "emoji"],
)
def test_strange_words_are_text_on_every_page(house: House, words: str) -> None:
    form = begin(browser_of(house, "Amina"))
    assert form.press("saved", story=words).status_code == 200
    assert form.press("finished", story=words).status_code == 303
    page = browser_of(house, "Ben").get(f"/reports/{form.report_id}").text
    assert "<script>alert" not in page
    assert words.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in page


def test_words_that_are_too_many_are_refused_with_a_sentence_and_still_there(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    answer = form.press("saved", story="x" * (MAX_CHARACTERS + 1))
    assert answer.status_code == 422
    assert "Shorten this answer to 20,000 characters" in answer.text
    assert "x" * (MAX_CHARACTERS + 1) in answer.text
    assert form.autosave(form.fields(story="x" * (MAX_CHARACTERS + 1))).status_code == 422
    assert form.autosave(form.fields(story="x" * 1_000_000)).status_code == 413


def test_a_stale_form_token_saves_nothing_and_a_new_one_is_to_be_had(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.browser.post("/sign-out", {}, seen="/reports")
    assert form.autosave(form.fields(story=STORY)).status_code in (400, 401)
    assert form.browser.get(f"{form.path}/token").status_code == 401
    form.browser.sign_in("Amina")
    stale = form.fields(story=STORY)
    assert form.autosave(stale).status_code == 400
    fresh = form.browser.get(f"{form.path}/token").get_json()["token"]
    assert form.autosave({**stale, "csrf_token": fresh}).status_code == 200
    assert STORY in form.browser.get(form.path).text


def test_an_autosave_keeps_nobody_signed_in(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    statuses = []
    for _ in range(5):
        house.clock.forward(200)
        statuses.append(form.autosave(form.fields(story=STORY)).status_code)
    assert statuses == [200, 200, 200, 200, 401]


@pytest.mark.parametrize("way", ["", "phone", "<b>"])
def test_how_it_came_must_be_one_of_the_ways(house: House, way: str) -> None:
    amina = browser_of(house, "Amina")
    answer = amina.post("/writing/new", {"way": way, "language": "en"}, seen="/writing/new")
    assert answer.status_code == 422
    assert plain(answer.text).count("Choose how it came") == 2
    assert amina.post("/writing/new", {"way": "letter", "language": "xx"}, seen="/writing/new").status_code == 422
    with house.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(models.reports)) == 0


def test_what_was_begun_more_than_a_week_ago_says_so(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    assert "more than a week ago" not in form.browser.get("/writing").text
    with house.database.write() as connection:
        connection.execute(update(models.reports).values(week="2026-W40"))
    assert "more than a week ago" in plain(form.browser.get("/writing").text)


def test_a_form_is_neither_dismissed_held_nor_confirmed(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    ben, here = browser_of(house, "Ben"), f"/reports/{form.report_id}"
    assert ben.post(f"{here}/not-a-report/sure", {"reason": "test"}, seen="/reports").status_code == 409
    assert ben.post(f"{here}/hold/sure", {"reason": "court"}, seen="/reports").status_code == 409
    assert ben.post(f"{here}/confirmed", {}, seen="/reports").status_code == 409
    assert row(house, form.report_id).state == "writing"


def forge(house: House, report_id: str, item_id: str | None = None) -> None:
    with house.database.read() as connection:
        people = select(models.people.c.person_id).where(models.people.c.alias == "Amina")
        amina = connection.scalar(people) or ""
    forged = Written((Given("story", text="I made it all up"), Given("urgent", ("no",))), "en", amina, 1)
    to = (house.keys.public.desk,)
    item = seal_item(forged.packed(), report_id=report_id, kind="written", audiences=to, item_id=item_id)
    with house.database.write() as connection:
        add_items(connection, [item])


def test_a_form_that_a_database_writer_added_is_marked_as_forged(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("finished", story=STORY)
    forge(house, form.report_id)
    page = plain(browser_of(house, "Ben").get(f"/reports/{form.report_id}").text)
    assert STORY in page
    assert page.index("treat as forged") < page.index("I made it all up")


def test_a_form_that_was_put_under_the_id_of_a_true_one_is_marked_as_forged(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("finished", story=STORY)
    (item_id,) = [subject for action, subject in audited(house) if action == "report-written"]
    with house.database.write() as connection:
        forget_items(connection, [item_id])
    forge(house, form.report_id, item_id)
    page = plain(browser_of(house, "Ben").get(f"/reports/{form.report_id}").text)
    assert page.index("treat as forged") < page.index("I made it all up")


def test_a_form_that_is_damaged_is_told_with_an_alarm(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    with house.database.write() as connection:
        connection.execute(update(models.items).where(models.items.c.kind == "form").values(sealed=b"junk"))
    assert form.browser.get(form.path).status_code == 422
    with house.database.read() as connection:
        assert "storage" in standing_alarms(connection)


def test_the_size_of_a_form_tells_only_steps_of_four_kilobytes(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    sizes = set()
    size = select(func.length(models.items.c.sealed)).where(models.items.c.kind == "form")
    for words in ("", "a few words", "x" * 3000, "x" * 5000):
        form.press("saved", story=words)
        with house.database.read() as connection:
            sizes.add(int(connection.execute(size).scalar_one()))
    assert len(sizes) == 2
    assert max(sizes) - min(sizes) == 4096


def test_a_page_of_the_form_holds_no_field_for_the_caller(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    names = set(re.findall(r'name="q-([a-z_]+)"', form.page))
    assert not {"name", "age", "sex", "relation", "address", "phone", "email"} & names
    assert "Never write down who the caller is" in plain(form.page)
    assert token_of(form.page)


def test_a_report_from_a_call_has_no_form(house: House) -> None:
    told = tell(house, Story(claimed="Amina"))
    answer = browser_of(house, "Amina").get(f"/reports/{told.report_id}/form")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/reports/{told.report_id}"


def test_an_autosave_is_one_transaction_of_few_statements_and_opens_nothing(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    fields = form.fields(story=STORY, urgent="no")
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert form.autosave(fields).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    writes = [one for one in said if one.startswith(("INSERT", "DELETE", "UPDATE"))]
    assert len(writes) <= 4
    assert len(said) <= 11
    assert not [one for one in said if "memberships.wrapped" in one or "items.sealed" in one]


def test_a_form_is_neither_given_back_nor_claimed_nor_given_but_its_leaver_s_is_taken_over(house: House) -> None:
    form = begin(browser_of(house, "Amina"))
    form.press("saved", story=STORY)
    amina = row(house, form.report_id).claimed_by
    with house.database.write() as connection:
        assert not claims.give_back(connection, form.report_id, amina)
        with pytest.raises(claims.NothingToClaim):
            claims.claim(connection, form.report_id, amina)
        claims.free_claims_of(connection, amina)  # she leaves
    ben = browser_of(house, "Ben")
    assert row(house, form.report_id).case_number in ben.get("/writing").text
    assert ben.post(f"{form.path}/take-over", {}, seen="/reports").status_code == 303
    assert STORY in ben.get(form.path).text


@pytest.mark.parametrize("way", ["notes", "alerted", "subjects/new", "links/new"])
def test_nobody_adds_to_what_somebody_else_is_still_typing(house: House, way: str) -> None:
    form = begin(browser_of(house, "Amina"))
    before = kinds(house, form.report_id)
    answer = browser_of(house, "Ben").post(f"/reports/{form.report_id}/{way}", {"note": "He knows."}, seen="/reports")
    assert answer.status_code in (303, 403, 409)
    assert (kinds(house, form.report_id), alerts(house)) == (before, 0)
