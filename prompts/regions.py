"""The bank holidays of a region: a line without hours of its own for such a date has no handlers on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal, get_args

Region = Literal["england-and-wales", "scotland", "northern-ireland"]
REGIONS: tuple[Region, ...] = get_args(Region)
_SUBDIVISIONS: Mapping[Region, str] = {"england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}


@cache
def bank_holidays(region: Region, year: int) -> Mapping[date, str]:
    """Return a year's bank holidays with their names: the day itself and, where that is a weekend, its substitute too.

    From the package `holidays`: one that is proclaimed later comes with a newer version, or from the line's own file.
    """
    from holidays import country_holidays  # a tenth of a second: only for lines that name a region

    return dict(country_holidays("GB", subdiv=_SUBDIVISIONS[region], years=year))
