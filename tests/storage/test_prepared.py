"""A prepared statement does what SQLAlchemy's own would, on both databases, and its errors show no values."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from storage.database import Database, insert_once
from storage.models import counts, reports
from storage.prepared import Prepared

COLUMNS = ("report_id", "line", "language", "channel", "case_number", "week", "state")
BEGIN = Prepared(lambda _: insert(reports), *COLUMNS)
ROW = {
    "report_id": "a" * 32,
    "line": "example",
    "language": "en",
    "channel": "voice",
    "case_number": "K7M-4QX2",
    "week": "2026-W48",
    "state": "arriving",
}


def begin_twice(database: Database) -> None:
    with database.write() as connection:
        BEGIN.run(connection, ROW)
        BEGIN.run(connection, ROW)


def test_columns_that_nobody_gives_get_the_tables_defaults(database: Database) -> None:
    with database.write() as connection:
        assert BEGIN.run(connection, ROW).rowcount == 1
    with database.read() as connection:
        row = connection.execute(select(reports)).one()
    assert (row.partial, row.substance, row.urgent, row.urgent_due) == (True, False, "", None)
    assert all(getattr(row, name) == value for name, value in ROW.items())


def test_values_of_the_statement_itself_and_of_each_run_come_together(database: Database) -> None:
    raised = Prepared(
        lambda _: (
            update(reports)
            .where(reports.c.report_id == bindparam("this"), reports.c.urgent == "")
            .values(urgent=bindparam("how"), substance=True)
        )
    )
    with database.write() as connection:
        BEGIN.run(connection, ROW)
        assert raised.run(connection, {"this": "a" * 32, "how": "yes"}).rowcount == 1
        assert raised.run(connection, {"this": "a" * 32, "how": "no"}).rowcount == 0
    with database.read() as connection:
        assert tuple(connection.execute(select(reports.c.urgent, reports.c.substance)).one()) == ("yes", True)


def test_an_insert_that_may_come_twice_says_whether_it_came(database: Database) -> None:
    once = Prepared(lambda dialect: insert_once(dialect, counts, "week", "name"), "week", "name", "number")
    row = {"week": "2026-W48", "name": "calls.began", "number": 1}
    with database.write() as connection:
        assert [once.run(connection, row).rowcount for _ in range(2)] == [1, 0]


def test_a_missing_value_is_a_mistake_of_the_program(database: Database) -> None:
    with database.write() as connection, pytest.raises((KeyError, DBAPIError)):
        BEGIN.run(connection, {name: value for name, value in ROW.items() if name != "line"})


def test_an_error_rises_as_sqlalchemys_and_shows_no_value(database: Database) -> None:
    secret = {**ROW, "line": None, "case_number": "S3C-RETX"}
    with pytest.raises(IntegrityError) as refused, database.write() as connection:
        BEGIN.run(connection, secret)
    assert "S3C-RETX" not in str(refused.value)
    assert "S3C-RETX" not in repr(refused.value.orig)
    with pytest.raises(IntegrityError) as doubled:
        begin_twice(database)
    assert ROW["report_id"] not in str(doubled.value)


def test_a_transaction_goes_with_its_error(database: Database) -> None:
    with pytest.raises(IntegrityError):
        begin_twice(database)
    with database.read() as connection:
        assert connection.execute(select(reports)).all() == []


def test_a_table_that_is_not_there_is_told_as_such(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE counts")
    lost = Prepared(lambda _: select(counts.c.number))
    with pytest.raises((OperationalError, ProgrammingError)), database.read() as connection:
        lost.run(connection, {})
