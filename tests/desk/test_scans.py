"""Searches that take a while: bounded, watched, tied to a session, and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from handlers.desk.scans import AlreadyScanning, Hit, Progress, Scans, Search, TooManyScans, Watch


@pytest.fixture
def scans() -> Iterator[Scans]:
    opened = Scans(at_once=2, unwatched_seconds=60)
    yield opened
    opened.close()


def until(met: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + 10
    while not met():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)


def of(person: str, session: str = "") -> Search:
    return Search(person, session or person, "words", {"words": "secret"})


def for_ever(search: Search, watch: Watch) -> None:
    search.hits.append(Hit("r", "Note", "secret"))
    while True:
        watch.go_on()


def alive() -> bool:
    return True


def test_one_search_runs_for_a_person_and_two_for_all(scans: Scans) -> None:
    amina, ben = of("amina"), of("ben")
    scans.start(amina, for_ever, alive)
    with pytest.raises(AlreadyScanning):
        scans.start(of("amina", "her other session"), for_ever, alive)
    scans.start(ben, for_ever, alive)
    with pytest.raises(TooManyScans):
        scans.start(of("chris"), for_ever, alive)
    scans.stop("ben")
    until(lambda: not ben.is_running)
    assert ben.progress is Progress.STOPPED
    scans.start(of("chris"), for_ever, alive)


def test_a_running_search_is_not_pushed_out_by_a_quick_one(scans: Scans) -> None:
    running = of("amina")
    scans.start(running, for_ever, alive)
    with pytest.raises(AlreadyScanning):
        scans.keep(of("amina"))
    assert scans.of("amina") is running


def test_it_stops_and_forgets_when_the_session_ends(scans: Scans) -> None:
    session = threading.Event()
    search = of("amina")
    scans.start(search, for_ever, lambda: not session.is_set())
    until(lambda: bool(search.hits))
    session.set()
    until(lambda: not search.is_running)
    assert search.progress is Progress.STOPPED
    assert search.hits == []


def test_it_stops_when_nobody_looks_any_more() -> None:
    scans = Scans(unwatched_seconds=0.2)
    search = of("amina")
    scans.start(search, for_ever, alive)
    until(lambda: not search.is_running)
    assert search.progress is Progress.STOPPED
    scans.close()


def test_looking_keeps_it_going(scans: Scans) -> None:
    search = of("amina")
    scans.start(search, for_ever, alive)
    watched = search.watched
    time.sleep(0.02)
    assert scans.of("amina") is search
    assert search.watched > watched
    assert search.is_running


def test_what_breaks_is_said_as_failed_and_only_its_kind_is_logged(
    scans: Scans, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(search: Search, watch: Watch) -> None:
        raise ValueError("what somebody said")

    search = of("amina")
    scans.start(search, breaks, alive)
    until(lambda: not search.is_running)
    assert search.progress is Progress.FAILED
    assert "somebody said" not in caplog.text
    assert [record.kind for record in caplog.records] == ["ValueError"]  # type: ignore[attr-defined]


def test_signing_out_forgets_at_once(scans: Scans) -> None:
    search = of("amina")
    scans.start(search, for_ever, alive)
    scans.forget("amina")
    assert scans.of("amina") is None
    until(lambda: not search.is_running)


def test_closing_stops_every_search() -> None:
    scans = Scans()
    search = of("amina")
    scans.start(search, for_ever, alive)
    scans.close()
    assert not search.is_running
