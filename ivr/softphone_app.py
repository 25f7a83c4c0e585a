"""Asks the carrier, for the doctor, how the TwiML App is set that softphones ring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ivr.facts import SoftphoneApp

SECONDS = 10.0
TWILIO = "https://api.twilio.com"


def app_of(settings: Mapping[str, str]) -> SoftphoneApp | None:
    """Return how the App of the settings is set (Twilio, "Applications"); None where that cannot be known."""
    named = ("TWILIO_ACCOUNT_SID", "TWILIO_APP_SID", "TWILIO_API_KEY")
    account, app, key = (settings.get(name, "").strip() for name in named)
    base = settings.get("TWILIO_API_BASE", "").strip() or TWILIO
    if not re.fullmatch("AC[0-9a-f]{32}", account) or not re.fullmatch("AP[0-9a-f]{32}", app):
        return None
    if urlsplit(base).scheme not in ("http", "https"):
        return None
    try:
        secret = Path(settings.get("TWILIO_API_SECRET_FILE", "")).read_text(encoding="utf-8").strip()
        address = f"{base}/2010-04-01/Accounts/{account}/Applications/{app}.json"
        answer = requests.get(address, auth=(key, secret), timeout=SECONDS, allow_redirects=False)
        if answer.status_code == 404:
            return SoftphoneApp(is_there=False)
        if answer.status_code != 200:
            return None
        told = answer.json()
    except (OSError, UnicodeDecodeError, ValueError, requests.RequestException):
        return None
    return SoftphoneApp(
        is_there=True,
        voice_url=str(told.get("voice_url") or ""),
        voice_method=str(told.get("voice_method") or ""),
        status_callback=str(told.get("status_callback") or ""),
        is_open_to_others=bool(told.get("public_application_connect_enabled")),
        takes_messages=bool(told.get("sms_url") or told.get("message_status_callback")),
    )
