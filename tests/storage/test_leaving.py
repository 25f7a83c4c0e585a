"""A new password and a last day: what unlocked a person's key is gone, and so are their sessions."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from storage.audit import page
from storage.command_line import run
from storage.database import Database
from storage.keys import Audience
from storage.models import memberships, people, sessions
from storage.people import (
    NotAMember,
    NotThere,
    SignInRefused,
    WeakPassword,
    admit,
    aliases,
    change_password,
    group_key,
    leave,
    readers_left,
    rewrapped,
)
from storage.sessions import NoSession
from tests.storage.test_key_commands import PASSWORD as TYPED
from tests.storage.test_key_commands import Operator, operator
from tests.storage.test_people import DESK, PASSWORD, PEPPER, Desk, desk

__all__ = ["desk", "operator"]  # fixtures

NEW = "quartz heron ladder violin"


def give(desk: Desk, new: str = NEW, old: str = PASSWORD, name: str = "amina") -> None:
    made = rewrapped(desk.database, name=name, old=old, new=new, pepper=PEPPER)
    with desk.database.write() as connection:
        assert change_password(connection, made)


def row_of(desk: Desk) -> tuple[object, ...]:
    with desk.database.read() as connection:
        wanted = select(people).where(people.c.person_id == desk.amina.person.person_id)
        return tuple(connection.execute(wanted).one())


def test_the_new_password_unlocks_the_same_key_and_the_old_one_nothing(desk: Desk) -> None:
    before = desk.at_work(desk.sign_in().cookie_value).private_key
    give(desk)
    desk.clock.forward(30)
    with pytest.raises(SignInRefused):
        desk.sign_in()
    desk.clock.forward(30)
    assert desk.at_work(desk.sign_in(NEW).cookie_value).private_key == before


def test_a_new_password_ends_every_session_although_nobody_reaches_their_store(desk: Desk) -> None:
    ben = desk.add("ben")
    cookies = []
    for _ in range(2):
        cookies.append(desk.sign_in().cookie_value)
        desk.clock.forward(30)
    give(desk)
    for cookie in cookies:
        with pytest.raises(NoSession):
            desk.at_work(cookie)
    with desk.store.read() as connection:
        assert len(connection.execute(select(sessions)).all()) == 2, "the rows are still there, and open nothing"
    give(desk, name="ben")
    assert desk.at_work(desk.sign_in(NEW).cookie_value).person.name == "amina"
    assert ben.person.name == "ben"


@pytest.mark.parametrize(
    ("old", "new", "name", "refusal"),
    [
        ("not this one at all", NEW, "amina", SignInRefused),
        (PASSWORD, "short", "amina", WeakPassword),
        (PASSWORD, PASSWORD, "amina", WeakPassword),
        (PASSWORD, NEW, "chris", NotThere),
    ],
)
def test_what_is_refused_changes_nothing(desk: Desk, old: str, new: str, name: str, refusal: type[Exception]) -> None:
    before = row_of(desk)
    cookie = desk.sign_in().cookie_value
    with pytest.raises(refusal):
        rewrapped(desk.database, name=name, old=old, new=new, pepper=PEPPER)
    assert desk.at_work(cookie).person.name == "amina"
    assert row_of(desk)[:8] == before[:8]


def test_two_who_change_one_password_at_once_are_one(desk: Desk) -> None:
    first, second = (
        rewrapped(desk.database, name="amina", old=PASSWORD, new=new, pepper=PEPPER) for new in (NEW, NEW + " too")
    )
    with desk.database.write() as connection:
        assert change_password(connection, first)
        assert not change_password(connection, second)
    desk.sign_in(NEW)


def test_one_who_leaves_keeps_no_key_no_membership_and_no_session(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    amina, audience = desk.at_work(cookie), Audience("desk", 1, DESK.public_key)
    with desk.database.write() as connection:
        admit(connection, member=amina.person.person_id, public_key=amina.person.public_key, group=DESK)
        admit(connection, member="recovery", public_key=DESK.public_key, group=DESK)
        assert readers_left(connection) == 1
        leave(connection, "amina", now=desk.clock.now())
        assert readers_left(connection) == 0
    with pytest.raises(NoSession):
        desk.at_work(cookie)
    desk.clock.forward(30)
    with pytest.raises(SignInRefused):
        desk.sign_in()
    with desk.database.read() as connection:
        with pytest.raises(NotAMember):
            group_key(connection, amina, audience)
        row = connection.execute(select(people)).one()
        assert (row.salt, row.wrapped_key, row.totp_sealed, row.state) == (b"", b"", b"", "left")
        assert connection.scalars(select(memberships.c.member)).all() == ["recovery"]
        assert aliases(connection) == {amina.person.person_id: "Amina (left)"}


def test_a_session_stays_over_when_somebody_makes_the_leaver_active_again(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    with desk.database.write() as connection:
        leave(connection, "amina", now=desk.clock.now())
        connection.execute(update(people).values(state="active"))
    with pytest.raises(NoSession):
        desk.at_work(cookie)


def test_the_name_of_one_who_left_is_free_and_they_cannot_leave_twice(desk: Desk) -> None:
    with desk.database.write() as connection:
        leave(connection, "amina", now=desk.clock.now())
    desk.add("amina")
    with desk.database.write() as connection:
        leave(connection, "amina", now=desk.clock.now())
        with pytest.raises(NotThere):
            leave(connection, "amina", now=desk.clock.now())


def actions(database_url: str) -> list[tuple[str, str]]:
    opened = Database(database_url)
    with opened.read() as connection:
        found = [(entry.action, entry.person) for entry in page(connection, below=None, size=50).entries]
    opened.close()
    return found


def test_the_commands_change_a_password_and_let_somebody_go(
    operator: Operator, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    operator.add(settings, "amina", *operator.recovery)
    old, new = operator.file("old", TYPED + "\n"), operator.file("new", NEW + "\n")
    files = ("--old-password-file", str(old), "--password-file", str(new))
    assert run(["people", "password", "amina", *files, *settings]) == 0
    assert actions(database_url)[0] == ("person.password", "command")
    assert run(["people", "password", "amina", *files, *settings]) == 1
    assert "not the old password" in capsys.readouterr().err
    assert run(["people", "password", "chris", *files, *settings]) == 1
    assert "nobody signs in as 'chris'" in capsys.readouterr().err
    weak = operator.file("weak", "short")
    more = ("--old-password-file", str(new), "--password-file", str(weak))
    assert run(["people", "password", "amina", *more, *settings]) == 1
    assert "the old one stays" in capsys.readouterr().err
    assert run(["people", "leave", "amina", *settings]) == 0
    told = capsys.readouterr().out
    assert "amina has left" in told
    assert "Nobody is left who reads reports" in told
    assert actions(database_url)[0] == ("person.left", "command")
    assert run(["people", "leave", "amina", *settings]) == 1
    assert run(["people", "list", *settings]) == 0
    assert "amina" not in capsys.readouterr().out.lower().removeprefix("hotline")
    assert len(actions(database_url)) == 4


def test_a_password_is_asked_for_on_a_terminal_only(
    operator: Operator, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.init()
    settings = operator.configure(database_url)
    operator.add(settings, "amina", *operator.recovery)
    assert run(["people", "password", "amina", *settings]) == 1
    assert "--old-password-file" in capsys.readouterr().err
