"""Why the carrier or the mail host failed, as one of a few words that may stand in a log: never what was said."""

from __future__ import annotations

import smtplib
import ssl
from enum import StrEnum

import requests
from sqlalchemy.exc import SQLAlchemyError


class Trouble(StrEnum):
    """A kind of failure that tells an operator where to look; docs/operations.md says what to do about each."""

    CREDENTIAL = "credential-refused"
    REFUSED = "request-refused"
    TOO_MANY = "too-many-requests"
    SERVER = "server-error"
    TIMEOUT = "no-answer-in-time"
    UNREACHABLE = "not-reachable"
    CERTIFICATE = "certificate-refused"
    RECEIVER = "receiver-refused"
    ODD = "odd-answer"
    DATABASE = "database"
    OTHER = "other"


def of_status(status: int) -> Trouble:
    """Return what an HTTP status means that is no success."""
    match status:
        case 401 | 403:
            return Trouble.CREDENTIAL
        case 429:
            return Trouble.TOO_MANY
        case _ if status >= 500:
            return Trouble.SERVER
        case _ if status >= 400:
            return Trouble.REFUSED
        case _:
            return Trouble.ODD


def of_connection(failure: Exception) -> Trouble:
    """Return why the carrier was not reached or not understood."""
    match failure:
        case requests.Timeout():
            return Trouble.TIMEOUT
        case requests.exceptions.SSLError():
            return Trouble.CERTIFICATE
        case requests.exceptions.RetryError():
            return Trouble.SERVER
        case requests.ConnectionError():
            return Trouble.UNREACHABLE
        case _:
            return Trouble.ODD


def of_mail(failure: Exception) -> Trouble:
    """Return why the mail host did not take a message."""
    match failure:
        case smtplib.SMTPAuthenticationError():
            return Trouble.CREDENTIAL
        case smtplib.SMTPRecipientsRefused():
            return Trouble.RECEIVER
        case smtplib.SMTPSenderRefused():
            return Trouble.REFUSED
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            return Trouble.CERTIFICATE
        case TimeoutError():
            return Trouble.TIMEOUT
        case smtplib.SMTPResponseException():
            return Trouble.SERVER
        case smtplib.SMTPException():
            return Trouble.ODD
        case _:
            return Trouble.UNREACHABLE


def kind_of(failure: Exception) -> Trouble:
    """Return the kind of any failure of a job; what is not known is `other`."""
    if isinstance(failure, SQLAlchemyError):
        return Trouble.DATABASE
    carried = getattr(failure, "trouble", Trouble.OTHER)
    return carried if isinstance(carried, Trouble) else Trouble.OTHER
