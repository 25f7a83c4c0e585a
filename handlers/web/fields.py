"""Mistakes that only an application can find, told beside the field like the form's own."""

from __future__ import annotations

from wtforms import Field


def tell(field: Field, words: str) -> None:
    """Say what is wrong with a field, unless something was said already or there is nothing to say."""
    if words and not field.errors:
        field.errors = [words]
