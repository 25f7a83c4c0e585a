"""A mailbox on this machine that takes the demo's alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Takes mail by SMTP, and keeps each as a file in a folder."""

    folder: Path
    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        self.received.append(bytes(envelope.original_content or b""))
        self.folder.mkdir(exist_ok=True, mode=0o700)
        number = 1 + sum(1 for _ in self.folder.glob("*.eml"))
        (self.folder / f"{number:04}.eml").write_bytes(self.received[-1])
        return "250 Taken"


def mail_host(mailbox: Mailbox, port: int) -> Controller:
    """Return a mail host for this machine; its `start` and `stop` are the caller's to call."""
    return Controller(mailbox, hostname="127.0.0.1", port=port)
