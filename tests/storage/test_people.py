"""Signing in: the password unlocks the key, a code works once, wrong tries wait, sessions end."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, update

from storage.clock import TurnedClock
from storage.database import Database, open_session_store
from storage.keys import Audience, Damaged, Secret, new_private_key
from storage.models import counts, memberships, people, sessions
from storage.opening import GroupKey, open_as_person
from storage.people import (
    NameTaken,
    NewPerson,
    NotAMember,
    OpenSession,
    SignInRefused,
    WeakPassword,
    add_person,
    admit,
    group_key,
    list_people,
)
from storage.second_factors import matching_step
from storage.sessions import NoSession, end_sessions, sign_out
from storage.signing_in import SignedIn, person_of_session, sign_in, wait_seconds

PEPPER = Secret(b"p" * 32)
PASSWORD = "tangerine gravel mitten"
DESK = GroupKey("desk", 1, new_private_key())


class Desk:
    """The people's side of a database, with Amina in it and a clock that can be turned."""

    def __init__(self, database: Database, store: Database, clock: TurnedClock) -> None:
        self.database, self.store, self.clock = database, store, clock
        self.amina = self.add("amina")

    def add(self, name: str) -> NewPerson:
        with self.database.write() as connection:
            return add_person(
                connection, name=name, alias=name.title(), role="supervisor", password=PASSWORD, pepper=PEPPER
            )

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.amina.totp_secret.decode()).at(self.clock.now(), counter_offset=steps)

    def sign_in(self, password: str = PASSWORD, code: str | None = None, name: str = "amina") -> SignedIn:
        typed = self.code() if code is None else code
        return sign_in(
            self.database, self.store, name=name, password=password, code=typed, clock=self.clock, pepper=PEPPER
        )

    def at_work(self, cookie_value: str) -> OpenSession:
        return person_of_session(self.database, self.store, cookie_value=cookie_value, clock=self.clock)


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: TurnedClock) -> Iterator[Desk]:
    own_file = f"sqlite:///{tmp_path / 'sessions.db'}"
    store = open_session_store(own_file if database.is_sqlite else database.url.render_as_string(False))
    yield Desk(database, store, clock)
    store.close()


def test_amina_signs_in_and_is_at_work_with_her_own_key(desk: Desk) -> None:
    signed_in = desk.sign_in()
    session = desk.at_work(signed_in.cookie_value)
    assert signed_in.person == session.person == desk.amina.person
    with desk.database.read() as connection:
        row = connection.execute(select(people)).one()
    unsealed = open_as_person(row.totp_sealed, person_id=row.person_id, purpose="totp", private=session.private_key)
    assert unsealed == desk.amina.totp_secret


def test_nothing_stored_shows_the_password_the_code_or_the_key(desk: Desk) -> None:
    signed_in = desk.sign_in()
    session = desk.at_work(signed_in.cookie_value)
    with desk.database.read() as one, desk.store.read() as other:
        stored = repr([*one.execute(select(people)).all(), *other.execute(select(sessions)).all()])
    for secret in (PASSWORD, desk.amina.totp_secret.decode(), signed_in.cookie_value, bytes(session.private_key)):
        shown = repr(secret).strip("b'\"")
        assert shown not in stored


def test_a_wrong_password_a_wrong_code_and_a_strange_name_are_refused_alike(desk: Desk) -> None:
    wrong = desk.sign_in, {"password": PASSWORD + "s"}, {"code": "000000"}, {"name": "chris"}
    said = set()
    for arguments in wrong[1:]:
        with pytest.raises(SignInRefused) as refusal:
            wrong[0](**arguments)
        said.add((type(refusal.value), str(refusal.value)))
    assert len(said) == 1


@pytest.mark.usefixtures("full_price")
def test_a_strange_name_costs_about_as_much_as_a_wrong_password(desk: Desk) -> None:
    def seconds(name: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(SignInRefused):
            desk.sign_in(password="not this one at all", name=name)
        return time.perf_counter() - begun

    known, strange = (statistics.median(seconds(name) for _ in range(3)) for name in ("amina", "chris"))
    assert strange > known / 5  # without the derivation it would be some hundredth


def test_another_pepper_opens_nothing(desk: Desk) -> None:
    with pytest.raises(SignInRefused):
        sign_in(
            desk.database,
            desk.store,
            name="amina",
            password=PASSWORD,
            code=desk.code(),
            clock=desk.clock,
            pepper=Secret(b"q" * 32),
        )


def test_a_code_works_once_even_when_read_over_the_shoulder(desk: Desk) -> None:
    code = desk.code()
    desk.sign_in(code=code)
    with pytest.raises(SignInRefused):
        desk.sign_in(code=code)
    with pytest.raises(SignInRefused):
        desk.sign_in(code=desk.code(-1))  # an older code is spent with the newer one
    desk.clock.forward(30)
    desk.sign_in()


def test_two_who_use_one_code_at_once_are_one(desk: Desk) -> None:
    code = desk.code()

    def attempt(_: int) -> bool:
        try:
            desk.sign_in(code=code)
        except SignInRefused:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == [False, False, True]


def test_a_code_may_drift_by_one_step_and_no_more(clock: TurnedClock) -> None:
    secret = Secret(pyotp.random_base32().encode())
    codes = pyotp.TOTP(secret.decode())
    step = clock.now() // 30
    found = {
        drift: matching_step(secret, codes.at(clock.now(), counter_offset=drift), clock.now())
        for drift in (-2, -1, 0, 1, 2)
    }
    assert found == {-2: None, -1: step - 1, 0: step, 1: step + 1, 2: None}
    assert matching_step(secret, "", clock.now()) is None
    assert matching_step(secret, "\u0661" * 6, clock.now()) is None


def test_wrong_tries_make_even_the_right_password_wait_but_never_long(desk: Desk) -> None:
    for _ in range(4):
        with pytest.raises(SignInRefused):
            desk.sign_in(password="not this one at all")
    with pytest.raises(SignInRefused):
        desk.sign_in()
    desk.clock.forward(wait_seconds(4))
    desk.sign_in()
    with desk.database.read() as connection:
        assert connection.execute(select(people.c.failures, people.c.next_try_at)).one() == (0, 0)
        assert connection.execute(select(counts.c.number).where(counts.c.name == "sign_in.refused")).scalar() == 1


def test_the_wait_doubles_and_ends_at_five_minutes() -> None:
    assert [wait_seconds(failures) for failures in (1, 3, 4, 5, 6, 12, 400)] == [0, 0, 2, 4, 8, 300, 300]


def test_guessing_at_once_does_not_get_more_guesses(desk: Desk) -> None:
    with desk.database.write() as connection:
        connection.execute(update(people).values(failures=8))

    def guess(_: int) -> None:
        with pytest.raises(SignInRefused):
            desk.sign_in(password="not this one at all")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(guess, range(4)))
    with desk.database.read() as connection:
        assert connection.execute(select(people.c.failures)).scalar() == 9


def test_a_session_ends_after_fifteen_idle_minutes(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    desk.clock.forward(14 * 60)
    desk.at_work(cookie)
    desk.clock.forward(14 * 60)
    desk.at_work(cookie)
    desk.clock.forward(15 * 60)
    with pytest.raises(NoSession):
        desk.at_work(cookie)


def test_a_session_ends_after_ten_hours_however_busy(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    for _ in range(59):
        desk.clock.forward(600)
        desk.at_work(cookie)
    desk.clock.forward(600)
    with pytest.raises(NoSession):
        desk.at_work(cookie)


def test_a_third_session_ends_the_oldest(desk: Desk) -> None:
    cookies = []
    for _ in range(3):
        cookies.append(desk.sign_in().cookie_value)
        desk.clock.forward(30)
    with pytest.raises(NoSession):
        desk.at_work(cookies[0])
    assert [desk.at_work(cookie).person.name for cookie in cookies[1:]] == ["amina", "amina"]


def test_signing_out_ends_this_session_only(desk: Desk) -> None:
    first = desk.sign_in().cookie_value
    desk.clock.forward(30)
    second = desk.sign_in().cookie_value
    sign_out(desk.store, first)
    sign_out(desk.store, first)
    sign_out(desk.store, "not a cookie")
    with pytest.raises(NoSession):
        desk.at_work(first)
    end_sessions(desk.store, desk.at_work(second).person.person_id)
    with pytest.raises(NoSession):
        desk.at_work(second)


def test_one_who_left_is_out_at_once(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    desk.clock.forward(30)
    with desk.database.write() as connection:
        connection.execute(update(people).values(state="left"))
    with pytest.raises(NoSession):
        desk.at_work(cookie)
    with pytest.raises(SignInRefused):
        desk.sign_in()
    with desk.database.read() as connection:
        assert list_people(connection) == ()


@pytest.mark.parametrize("change", ["", "x", "\u00e9" * 64, "A" * 64])
def test_a_cookie_of_others_is_no_session(desk: Desk, change: str) -> None:
    with pytest.raises(NoSession):
        desk.at_work(change)


def test_a_cookie_with_another_key_or_a_row_of_another_person_opens_nothing(desk: Desk) -> None:
    cookie = desk.sign_in().cookie_value
    with pytest.raises(NoSession):
        desk.at_work(cookie[:30] + "A" * 34)
    chris = desk.add("chris")
    with desk.store.write() as connection:
        connection.execute(update(sessions).values(person_id=chris.person.person_id))
    with pytest.raises(NoSession):
        desk.at_work(cookie)


def test_a_member_gets_the_groups_key_and_chris_does_not(desk: Desk) -> None:
    amina = desk.at_work(desk.sign_in().cookie_value)
    audience = Audience("desk", 1, DESK.public_key)
    with desk.database.write() as connection:
        for _ in range(2):
            admit(connection, member=amina.person.person_id, public_key=amina.person.public_key, group=DESK)
    chris = OpenSession(replace(amina.person, person_id="c" * 32), new_private_key(), 0)
    with desk.database.read() as connection:
        assert group_key(connection, amina, audience) == DESK
        with pytest.raises(NotAMember):
            group_key(connection, chris, audience)
        with pytest.raises(NotAMember):
            group_key(connection, amina, replace(audience, epoch=2))


def test_a_membership_row_given_to_another_member_opens_nothing(desk: Desk) -> None:
    amina = desk.at_work(desk.sign_in().cookie_value)
    with desk.database.write() as connection:
        admit(connection, member="somebody", public_key=amina.person.public_key, group=DESK)
        connection.execute(update(memberships).values(member=amina.person.person_id))
    with desk.database.read() as connection, pytest.raises(Damaged):
        group_key(connection, amina, Audience("desk", 1, DESK.public_key))


def test_a_group_key_planted_by_a_database_writer_is_noticed(desk: Desk) -> None:
    amina = desk.at_work(desk.sign_in().cookie_value)
    planted = GroupKey("desk", 1, new_private_key())
    with desk.database.write() as connection:
        admit(connection, member=amina.person.person_id, public_key=amina.person.public_key, group=planted)
    with desk.database.read() as connection, pytest.raises(Damaged, match="pinned"):
        group_key(connection, amina, Audience("desk", 1, DESK.public_key))


def test_a_taken_name_a_weak_password_and_a_strange_role_are_refused(desk: Desk) -> None:
    with pytest.raises(NameTaken):
        desk.add("amina")
    for password, role, refusal in (("short", "handler", WeakPassword), (PASSWORD, "king", ValueError)):
        with desk.database.write() as connection, pytest.raises(refusal):
            add_person(connection, name="ben", alias="Ben", role=role, password=password, pepper=PEPPER)


def test_the_authenticator_is_told_the_secret_by_its_own_address(desk: Desk) -> None:
    parsed = pyotp.parse_uri(desk.amina.totp_address)
    assert parsed.secret == desk.amina.totp_secret.decode()
    assert desk.amina.totp_secret.decode() not in repr(desk.amina)
