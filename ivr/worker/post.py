"""Messages without content: that something needs attention, never what, about whom, or when."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol

from ivr.worker.trouble import Trouble, of_mail

SMTP_SECONDS = 10.0


class NotSent(Exception):
    """A message did not leave; trying again may help. Carries no address."""

    def __init__(self, why: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(why)
        self.trouble = trouble


class Post(Protocol):
    """Sends messages to those on call."""

    def send(self, subject: str, text: str, to: tuple[str, ...] = ()) -> None:
        """Send one message, to others than usual where they are named; raises `NotSent`. It may be sent twice."""
        ...


@dataclass(frozen=True)
class SmtpPost:
    """Sends messages by SMTP, with the connection's protection that was configured and never with less."""

    host: str
    port: int
    tls: str  # none | starttls | tls
    user: str
    password: str
    sender: str
    receivers: tuple[str, ...]
    trusted: ssl.SSLContext

    def __repr__(self) -> str:
        return f"SmtpPost({self.host}:{self.port}, {self.tls})"

    def send(self, subject: str, text: str, to: tuple[str, ...] = ()) -> None:
        """Send one message to all receivers, or to those named; raises `NotSent` when anyone was refused."""
        receivers = to or self.receivers
        try:
            with self._connected() as server:
                if self.tls == "starttls":
                    server.starttls(context=self.trusted)
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(self._message(subject, text, receivers), self.sender, list(receivers))
        except (OSError, smtplib.SMTPException) as failure:
            raise NotSent(type(failure).__name__, of_mail(failure)) from None
        if refused:
            raise NotSent(f"{len(refused)} of {len(receivers)} receivers refused", Trouble.RECEIVER)

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SMTP_SECONDS, context=self.trusted)
        return smtplib.SMTP(self.host, self.port, timeout=SMTP_SECONDS)

    def _message(self, subject: str, text: str, receivers: tuple[str, ...]) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = self.sender
        message["To"] = ", ".join(receivers)
        # The library would write this machine's own name into the id.
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "hotline.invalid")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers
        message.set_content(text)
        return message
