"""What every part of a line's file has in common: no unknown names, numbers as people dial them, short texts."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _phone(number: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ]{1,24}", number):
        raise ValueError("it is no number as people dial it: write digits in groups, such as 0808 157 0192")
    return number


Phone = Annotated[str, AfterValidator(_phone)]
Text = Annotated[str, Field(min_length=1, max_length=300)]


class Part(BaseModel):
    """One part: a name that nothing reads is a mistake, and no value stands in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
