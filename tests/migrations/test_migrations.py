"""The migrations make exactly the tables that the code knows, on both databases, and can be run again."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from storage.database import Database, create_schema
from storage.models import metadata


def test_migrations_make_the_tables_of_the_code(empty_database_url: str) -> None:
    create_schema(empty_database_url)
    create_schema(empty_database_url)
    made = Database(empty_database_url)
    try:
        with made.read() as connection:
            names = set(inspect(connection).get_table_names()) - {"alembic_version"}
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
    finally:
        made.close()
    assert names == set(metadata.tables)
    assert differences == []


def test_tables_on_sqlite_keep_no_order_of_arrival(database: Database) -> None:
    if not database.is_sqlite:
        return
    with database.read() as connection:
        made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
    ordered = {row.name for row in made if "WITHOUT ROWID" not in row.sql}
    assert ordered == {"audit", "alembic_version"}  # only what staff did stands in an order
