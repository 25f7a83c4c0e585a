"""What pages stand on that more than one application shows, and in what the applications differ there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from prompts.line import Line
from storage import audit
from storage.clock import Clock
from storage.database import Database
from storage.keys import Audience, Secret
from storage.opening import KeyRing
from storage.people import OpenSession
from storage.roles import House

SIGN_INS_AT_ONCE = 2  # each takes 64 MiB and a core for a quarter of a second
SIGN_INS_WAITING = 6

T = TypeVar("T")


class TooManySignIns(Exception):
    """More people sign in at this moment than the machine can check; trying again in a few seconds helps."""


@dataclass(frozen=True)
class SignInPool:
    """A few threads that check passwords, so that everybody else's pages stay fast."""

    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SIGN_INS_AT_ONCE, "sign-in"))
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(SIGN_INS_WAITING))

    def run(self, check: Callable[[], T]) -> T:
        """Run a check and return what it returned; raises `TooManySignIns` at once instead of queueing without end."""
        if not self._places.acquire(blocking=False):
            raise TooManySignIns
        try:
            return self._threads.submit(check).result()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()


@dataclass(frozen=True)
class Signed(ABC):
    """Somebody at work, for the length of one request."""

    person_id: str
    alias: str
    role: str  # each application has an enumeration of its own
    open_session: OpenSession

    @property
    @abstractmethod
    def house(self) -> House:
        """Return which people they belong to: whom they see, invite and admit."""

    @abstractmethod
    def audience(self, ground: Any) -> Audience:
        """Return their house's group in its current epoch, as it is pinned."""

    @abstractmethod
    def group(self, ground: Any) -> KeyRing:
        """Return the group's private keys that they hold; raises `NotAMember` for whoever was never admitted."""

    def sign_in_name(self, typed: str) -> str:
        """Return what somebody whom they invite under this name signs in by."""
        return typed


@dataclass(frozen=True)
class Site:
    """One application, as far as it differs from another where both show the same page."""

    name: str  # as pages say it: "desk"
    base: str  # https://host, the address its people open it at
    cookie: str  # of the session; each application has a name of its own, so that neither takes the other's
    form_key_file: Path
    password_list: Path | None
    signed: Callable[[OpenSession], Signed]
    around: Callable[..., dict[str, object]]  # (ground, signed, here): what the layout shows
    first_page: Callable[[str], str]  # of a role
    waits: Callable[[str], bool]  # whether a role reads nothing before others admit it
    says: Mapping[str, str]  # words of shared pages, by the names that those use
    forget: Callable[..., None]  # (ground, mark): drop what was kept beside a session


class Ground(Protocol):
    """The wired ground of an application; `database` is the one in which its own people stand."""

    @property
    def site(self) -> Site:
        """In what it differs."""

    @property
    def clock(self) -> Clock:
        """Its time."""

    @property
    def database(self) -> Database:
        """Where its people, their keys and the audit stand."""

    @property
    def sessions(self) -> Database:
        """Where sessions stand."""

    @property
    def pepper(self) -> Secret:
        """What goes into every password's key."""

    @property
    def line(self) -> Line:
        """The reporting line it belongs to."""

    @property
    def sign_ins(self) -> SignInPool:
        """Where passwords are checked."""


def around(ground: Ground, signed: Signed, here: str) -> dict[str, Any]:
    """Return what the layout shows for this person on the page named `here`."""
    return ground.site.around(ground, signed, here)


def audited(
    ground: Ground, signed: Signed, connection: Connection, action: str, subject: str, detail: str = ""
) -> None:
    """Write into the audit what this person does, in the same transaction as the deed."""
    now = ground.clock.now()
    audit.record(connection, at=now, person=signed.person_id, action=action, subject=subject, detail=detail)
