"""A failure's kind is one of a few words: enough to know where to look, and never what was said."""

from __future__ import annotations

import logging
import smtplib
import ssl

import pytest
import requests
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from ivr.simulator.serving import Served
from ivr.worker import rounds
from ivr.worker.carrier import CarrierFailed, TwilioCarrier
from ivr.worker.post import NotSent, SmtpPost
from ivr.worker.rounds import TimedJob
from ivr.worker.trouble import Trouble, kind_of, of_connection, of_mail, of_status
from ivr.worker.workplace import Workplace
from tests.worker.conftest import Working

SID = "CA" + "7" * 32


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, Trouble.CREDENTIAL),
        (403, Trouble.CREDENTIAL),
        (400, Trouble.REFUSED),
        (429, Trouble.TOO_MANY),
        (500, Trouble.SERVER),
        (503, Trouble.SERVER),
        (302, Trouble.ODD),
    ],
)
def test_each_status_of_the_carrier_has_a_kind(status: int, trouble: Trouble) -> None:
    assert of_status(status) is trouble


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        (requests.ConnectTimeout("+447700900123"), Trouble.TIMEOUT),
        (requests.ReadTimeout(), Trouble.TIMEOUT),
        (requests.exceptions.SSLError(), Trouble.CERTIFICATE),
        (requests.ConnectionError(), Trouble.UNREACHABLE),
        (requests.exceptions.RetryError(), Trouble.SERVER),
        (ValueError("+447700900123"), Trouble.ODD),
    ],
)
def test_each_way_not_to_reach_the_carrier_has_a_kind(failure: Exception, trouble: Trouble) -> None:
    assert of_connection(failure) is trouble


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), Trouble.CREDENTIAL),
        (smtplib.SMTPRecipientsRefused({}), Trouble.RECEIVER),
        (smtplib.SMTPSenderRefused(550, b"no", "x"), Trouble.REFUSED),
        (smtplib.SMTPDataError(451, b"later"), Trouble.SERVER),
        (smtplib.SMTPNotSupportedError(), Trouble.CERTIFICATE),
        (smtplib.SMTPServerDisconnected(), Trouble.ODD),
        (ssl.SSLError(), Trouble.CERTIFICATE),
        (TimeoutError(), Trouble.TIMEOUT),
        (ConnectionRefusedError(), Trouble.UNREACHABLE),
    ],
)
def test_each_way_not_to_leave_mail_has_a_kind(failure: Exception, trouble: Trouble) -> None:
    assert of_mail(failure) is trouble


def test_what_is_not_known_is_other_and_what_claims_to_be_a_kind_is_not_believed() -> None:
    class Liar(Exception):
        trouble = "+447700900123"

    assert kind_of(Liar()) is Trouble.OTHER
    assert kind_of(ValueError("+447700900123")) is Trouble.OTHER
    assert kind_of(OperationalError("SELECT", {}, Exception())) is Trouble.DATABASE
    assert kind_of(CarrierFailed("why", Trouble.SERVER)) is Trouble.SERVER


@pytest.mark.parametrize(("status", "trouble"), [(401, Trouble.CREDENTIAL), (400, Trouble.REFUSED)])
def test_a_carrier_that_refuses_is_told_from_one_that_is_away(status: int, trouble: Trouble) -> None:
    with Served(Response('{"code": 20003, "message": "no"}', status=status, mimetype="application/json")) as served:
        carrier = TwilioCarrier(
            account_sid="AC" + "a" * 32, api_key="SK" + "a" * 32, api_secret="hush", base=served.address
        )
        with pytest.raises(CarrierFailed) as refused:
            carrier.call_status(SID)
    assert refused.value.trouble is trouble
    with pytest.raises(CarrierFailed) as away:
        carrier.call_status(SID)
    assert away.value.trouble is Trouble.UNREACHABLE


def test_a_mail_host_that_is_away_is_told_as_such() -> None:
    post = SmtpPost(
        "127.0.0.1", 1, "none", "", "", "line@open-ear.test", ("ben@open-ear.test",), ssl.create_default_context()
    )
    with pytest.raises(NotSent) as away:
        post.send("subject", "text")
    assert away.value.trouble is Trouble.UNREACHABLE


def test_the_log_of_a_failed_job_holds_its_kind_and_no_word_of_it(
    line: Working, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Workplace) -> None:
        raise CarrierFailed("refused for +447700900123", Trouble.CREDENTIAL)

    with caplog.at_level(logging.WARNING, "hotline.worker"):
        rounds._do_timed(line.place(), TimedJob("strays", 1, fails))
    (record,) = caplog.records
    assert vars(record)["kind"] == "credential-refused"
    assert "7700" not in record.getMessage()
