"""A load client: some callers at once, each playing whole calls one webhook after the other."""

from __future__ import annotations

import itertools
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.benchmarks.calls import Webhook

STEP_SLASHES = 3  # in the address of a step, such as /call/urgent/5


class Unwell(Exception):
    """An answer was not 2xx, or none came: what was measured is not the service."""


@dataclass
class Load:
    """What a run measured."""

    seconds: float
    answers: list[float] = field(default_factory=list)  # seconds of each webhook

    @property
    def rate(self) -> float:
        """Webhooks a second."""
        return len(self.answers) / self.seconds

    def at(self, share: float) -> float:
        """Return the time that this share of the answers stayed below, in seconds."""
        ordered = sorted(self.answers)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def follow(port: int, call: Sequence[Webhook]) -> None:
    """Play one call and raise `Unwell` unless each answer leads to the next webhook: what is measured is the call."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for webhook, following in itertools.pairwise(call):
            connection.sendall(webhook.raw)
            read = b""
            while not _is_whole(read):
                read += connection.recv(65536)
            if following.path.count("/") == STEP_SLASHES and following.path.encode() not in read:
                raise Unwell(f"{webhook.path} does not lead to {following.path}")


@dataclass
class _Caller:
    connection: socket.socket
    todo: list[Webhook]
    sent_at: float = 0.0
    read: bytes = b""


def play(port: int, calls: Sequence[Sequence[Webhook]], callers: int) -> Load:
    """Play all calls, `callers` at a time, and return what it took; raises `Unwell`."""
    waiting = [list(call) for call in reversed(calls)]
    chooser = selectors.DefaultSelector()
    load = Load(0.0)
    began = time.perf_counter()
    for _ in range(min(callers, len(waiting))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        caller = _Caller(connection, waiting.pop())
        chooser.register(connection, selectors.EVENT_READ, caller)
        _send(caller)
    while chooser.get_map():
        ready = chooser.select(timeout=20)
        if not ready:
            raise Unwell("no answer within 20 s")
        for key, _ in ready:
            _take(key.data, waiting, chooser, load)
    load.seconds = time.perf_counter() - began
    return load


def _send(caller: _Caller) -> None:
    caller.sent_at = time.perf_counter()
    caller.read = b""
    caller.connection.sendall(caller.todo[0].raw)


def _take(caller: _Caller, waiting: list[list[Webhook]], chooser: selectors.BaseSelector, load: Load) -> None:
    some = caller.connection.recv(65536)
    caller.read += some
    if not some:
        raise Unwell(f"the connection ended at {caller.todo[0].path}")
    if not _is_whole(caller.read):
        return
    load.answers.append(time.perf_counter() - caller.sent_at)
    if not caller.read.startswith(b"HTTP/1.1 2"):
        raise Unwell(f"{caller.todo[0].path}: {caller.read[:80]!r}")
    caller.todo.pop(0)
    if not caller.todo and waiting:
        caller.todo = waiting.pop()
    if caller.todo:
        _send(caller)
    else:
        chooser.unregister(caller.connection)
        caller.connection.close()


def _is_whole(read: bytes) -> bool:
    head, found, body = read.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return head.startswith(b"HTTP/1.1 204")
