"""What a monitoring system may read: whether the parts of the line live, and which operational alarms stand.

No number here moves with one call: whoever keeps such series, or steals them, would otherwise learn to the second when
somebody rang. So there are no calls, reports, queues or bytes, no process times, and no alarm about one report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from ivr.worker.workplace import Workplace
from storage.intake import Beat, all_beats
from storage.jobs import ALARM

# Told are those that say something of machines, keys and the carrier; on a line that works, no call raises one of them.
ALARMS = ("alert_path", "audit_head", "decryption", "foreign_recording", "retention", "storage", "transcriber")
TIMED = "turn:"


class _Told(Collector):
    """Reads the database each time it is asked."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges of this moment; without a database only that it is away."""
        beats = _beats(self._place)
        yield GaugeMetricFamily("hotline_database_up", "1 when the database answers", 0 if beats is None else 1)
        if beats is None:
            return
        now = self._place.clock.now()
        yield _ages("hotline_part_seen_seconds", "Seconds since a part last said it lives", "part", _parts(beats), now)
        yield _ages("hotline_job_ran_seconds", "Seconds since a timed job last had its turn", "job", _jobs(beats), now)
        standing = GaugeMetricFamily("hotline_alarm", "1 while an operational alarm stands", labels=["alarm"])
        for name in ALARMS:
            standing.add_metric([name], float(ALARM + name in beats))
        yield standing


@contextmanager
def told_at(listen: tuple[str, int] | None, place: Workplace) -> Iterator[None]:
    """Answer `GET /metrics` at an address while the worker runs; None: nowhere. Raises `OSError` when it is taken."""
    if listen is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(_Told(place))
    server, thread = start_http_server(listen[1], listen[0], registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _beats(place: Workplace) -> Mapping[str, Beat] | None:
    try:
        with place.database.read() as connection:
            return {beat.name: beat for beat in all_beats(connection)}
    except SQLAlchemyError:
        return None


def _parts(beats: Mapping[str, Beat]) -> dict[str, Beat]:
    return {name: beat for name, beat in beats.items() if name == "worker"}


def _jobs(beats: Mapping[str, Beat]) -> dict[str, Beat]:
    return {name.removeprefix(TIMED): beat for name, beat in beats.items() if name.startswith(TIMED)}


def _ages(name: str, says: str, label: str, beats: Mapping[str, Beat], now: int) -> GaugeMetricFamily:
    ages = GaugeMetricFamily(name, says, labels=[label])
    for which, beat in sorted(beats.items()):
        ages.add_metric([which], float(max(0, now - beat.seen_at)))
    return ages
