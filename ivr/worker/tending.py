"""Looks after live calls now and then: whoever never sat down, was forgotten, or has gone. It asks the carrier nothing.

What needs the carrier is ordered, as the desk orders it: a slow carrier delays no offer.
"""

from __future__ import annotations

from ivr.worker.workplace import Workplace
from storage.live import colleagues, passes, shifts, wishes


def tend(place: Workplace) -> None:
    """Bring rows into line with the time; a line where nobody works is not written to. May run twice."""
    now = place.clock.now()
    with place.database.read() as connection:
        if wishes.is_quiet(connection):
            return
    with place.database.write() as connection:
        wishes.give_up_late_seats(connection, now=now)
        wishes.lose_the_left(connection)
        colleagues.lapse(connection, now=now)
        wishes.order_looks(connection, now=now)
        shifts.free(connection, now=now)
        shifts.send_away_the_gone(connection, now=now)
        passes.forget_old(connection, now=now)
        wishes.forget_the_over(connection, now=now)


def look(place: Workplace) -> None:
    """Order a look at every living talk, since news of legs can be lost. May run twice."""
    with place.database.write() as connection:
        wishes.order_all_looks(connection, now=place.clock.now())
