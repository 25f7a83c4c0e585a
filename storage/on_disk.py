"""What the database's files still tell: deleted bytes in SQLite's journal, and the order in which rows arrived."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, update
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.models import call_log, items, mailboxes, reports, wraps

PATIENCE_MS = 500  # a checkpoint that waits for readers holds up every writer: rather try again a little later
KEPT = (reports, items, wraps, mailboxes, call_log)


def forget_on_disk(database: Database) -> bool:
    """Take what was just deleted out of SQLite's journal too; False when somebody still reads it: try again later.

    PostgreSQL's own vacuum does its part there.
    """
    if not database.is_sqlite:
        return True
    with database.read() as connection:
        patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MS}")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
    return not busy


def leave_no_journal(url: str) -> None:
    """Let SQLite remove its journal behind processes that ended without closing; others may still be using it."""
    database = Database(url)
    if database.is_sqlite:
        with suppress(SQLAlchemyError):  # somebody holds it: then it is theirs to leave
            forget_on_disk(database)
    database.close()


def untangle(database: Database) -> None:
    """Write what is kept anew in the order of its random ids, so that no place in a file tells what arrived first.

    Writers wait meanwhile. On PostgreSQL only the tables' owner may. Raises `DBAPIError` when others do not let go.
    """
    if database.is_sqlite:
        with database.read() as connection:
            connection.exec_driver_sql("VACUUM")
        forget_on_disk(database)
        return
    with database.write() as connection:
        _give_one_writer(connection)
    for table in KEPT:
        with (
            database.write() as connection
        ):  # one at a time: old versions of rows go only once no transaction needs them
            connection.exec_driver_sql(f"CLUSTER {table.name} USING pk_{table.name}")


def _give_one_writer(connection: Connection) -> None:
    # Each row keeps the number of the transaction that wrote it: now it is the same one for all.
    for table in KEPT:
        key = next(iter(table.primary_key.columns))
        connection.execute(update(table).values({key: key}))
