"""Those on call are told by e-mail, without content, over the protection that was configured or not at all."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from ivr.worker.post import NotSent, SmtpPost
from storage import jobs
from storage.jobs import standing_alarms
from storage.models import beats
from tests.worker.conftest import Working
from tests.worker.fakes import babble

LOOPBACK = "127.0.0.1"


class Inbox:
    """A mail server's handler that keeps what comes and can refuse."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.receivers: list[str] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.messages.append(message_from_bytes(envelope.original_content or b""))
        self.receivers += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mail_server(inbox: Inbox, **options: Any) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    controller = Controller(inbox, hostname=LOOPBACK, port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop(no_assert=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2126, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(plain + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def post(port: int, tls: str, trusted: ssl.SSLContext | None = None, *, user: str = "") -> SmtpPost:
    receivers = ("ben@example.org", "amina@example.org")
    context = trusted or ssl.create_default_context()
    return SmtpPost(LOOPBACK, port, tls, user, "secret-word", "line@example.org", receivers, context)


def test_an_urgent_report_alerts_without_any_content(line: Working) -> None:
    inbox = Inbox()
    report_id = line.report(urgent="yes", substance=True)
    with line.database.write() as connection:
        jobs.add_message(connection, "alert", report_id, now=line.clock.now())
    with mail_server(inbox) as port:
        line.post = post(port, "none")  # type: ignore[assignment]
        line.work()
        line.work()
    (message,) = inbox.messages
    assert message["Subject"] == "A report needs attention"
    assert message.get_payload() == "A report needs attention at https://desk.example\r\n"
    assert message["Reply-To"] is None
    assert str(message["Message-ID"]).endswith("@example.org>")
    assert report_id not in message.as_string()
    assert inbox.receivers == ["ben@example.org", "amina@example.org"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_messages_travel_under_tls_to_a_server_we_trust(tls: str, certificate: Path, server_side: Any) -> None:
    inbox = Inbox()
    trusted = ssl.create_default_context(cafile=str(certificate))
    options = {"tls_context": server_side} if tls == "starttls" else {"ssl_context": server_side}
    with mail_server(inbox, **options) as port:
        post(port, tls, trusted).send("subject", "text")
    assert len(inbox.messages) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_nobody_vouches_for_gets_no_message(tls: str, server_side: ssl.SSLContext) -> None:
    inbox = Inbox()
    options = {"tls_context": server_side} if tls == "starttls" else {"ssl_context": server_side}
    with mail_server(inbox, **options) as port, pytest.raises(NotSent):
        post(port, tls).send("subject", "text")
    assert inbox.messages == []


def test_a_server_without_starttls_gets_no_message() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port, pytest.raises(NotSent):
        post(port, "starttls").send("subject", "text")
    assert inbox.messages == []


def test_a_login_is_used_and_a_refused_one_is_told_without_the_password(certificate: Path, server_side: Any) -> None:
    inbox, trusted = Inbox(), ssl.create_default_context(cafile=str(certificate))
    seen: list[bytes] = []

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        seen.append(data.password)
        return AuthResult(success=data.login == b"worker")

    options = {"tls_context": server_side, "authenticator": check, "auth_required": True}
    with mail_server(inbox, **options) as port:
        post(port, "starttls", trusted, user="worker").send("subject", "text")
        with pytest.raises(NotSent) as told:
            post(port, "starttls", trusted, user="stranger").send("subject", "text")
    assert (len(inbox.messages), seen[0]) == (1, b"secret-word")
    assert "secret-word" not in f"{told.value!r} {post(1, 'none')!r}"


def test_one_refused_receiver_is_a_failure_though_the_others_got_it() -> None:
    inbox = Inbox()
    inbox.refused.add("ben@example.org")
    with mail_server(inbox) as port, pytest.raises(NotSent, match="1 of 2"):
        post(port, "none").send("subject", "text")
    assert inbox.receivers == ["amina@example.org"]


def test_an_alert_path_that_fails_is_itself_an_alarm_and_ends_when_it_works(line: Working, free_port: int) -> None:
    line.report(urgent="yes")
    with line.database.write() as connection:
        jobs.add_message(connection, "alert", "a" * 32, now=line.clock.now())
    line.post = post(free_port, "none")  # type: ignore[assignment]
    line.work_for(240)
    assert alarms(line) == set()
    line.work_for(120)
    assert alarms(line) == {"alert_path"}
    inbox = Inbox()
    with mail_server(inbox) as port:
        line.post = post(port, "none")  # type: ignore[assignment]
        line.work_for(120)
    assert [message["Subject"] for message in inbox.messages].count("A report needs attention") == 1
    assert alarms(line) == set()


def test_an_alert_that_failed_is_tried_again_within_a_minute(line: Working) -> None:
    with line.database.write() as connection:
        jobs.add_message(connection, "alert", "a" * 32, now=line.clock.now())
    line.post.down = True
    line.work_for(1200)
    line.post.down = False
    line.work_for(60)
    assert line.post.sent[0][0] == "A report needs attention"


def test_a_backlog_is_an_alarm_told_once_until_it_is_over(line: Working) -> None:
    sid, call_key = line.ring(ended=True)
    recording = line.carrier.record(sid, babble(), started=line.clock.now())
    line.name(line.ask(call_key, line.report()), recording, sid)
    line.carrier.broken.add(recording)
    line.work_for(1740)
    assert alarms(line) == set()
    line.work_for(900)
    assert alarms(line) == {"backlog"}
    assert [subject for subject, _ in line.post.sent] == ["The hotline needs an operator"]
    assert "recording" not in line.post.sent[0][1].lower()
    line.carrier.broken.clear()
    line.work_for(1200)
    assert alarms(line) == set()


def alarms(line: Working) -> set[str]:
    with line.database.read() as connection:
        return set(standing_alarms(connection))


@pytest.mark.parametrize("name", ["signatures", "guessing", "crowded"])
def test_an_alarm_that_strangers_cause_ends_after_a_quiet_hour_and_is_told_again(line: Working, name: str) -> None:
    place = line.place()
    for _ in range(90):  # every minute somebody tries: it stands longer than an hour, and is told once
        place.alarm(name, "tried")
        line.work()
        line.clock.forward(60)
    assert len(line.post.sent) == 1
    line.work_for(3600, step=600)
    with line.database.read() as connection:
        assert name not in standing_alarms(connection)
    place.alarm(name, "tried")
    line.work()
    assert len(line.post.sent) == 2


def test_an_alarm_that_somebody_must_look_after_outlives_quiet_hours(line: Working) -> None:
    line.place().alarm("storage", "a clip differed")
    line.work_for(7200, step=3600)
    with line.database.read() as connection:
        assert "storage" in standing_alarms(connection)


def test_a_flood_of_one_alarm_writes_once_a_minute(line: Working) -> None:
    began, seen = line.clock.now(), []
    for second in (0, 1, 59, 60, 61):
        with line.database.write() as connection:
            jobs.raise_alarm(connection, "signatures", "tried", now=began + second)
            seen.append(connection.scalar(select(beats.c.seen_at).where(beats.c.name == "alarm:signatures")))
    assert [at and at - began for at in seen] == [0, 0, 0, 60, 60]
