"""A mailbox on this machine that takes the demo's alerts."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """Takes mail by SMTP and keeps its subjects."""

    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        self.received.append(bytes(envelope.original_content or b""))
        return "250 Taken"


def mail_host(mailbox: Mailbox, port: int) -> Controller:
    """Return a mail host for this machine; its `start` and `stop` are the caller's to call."""
    return Controller(mailbox, hostname="127.0.0.1", port=port)
