"""Makes access tokens for softphones: they may ring our own TwiML App for an hour, and nothing else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from ivr.worker.carrier import SOFTPHONE_NAME
from ivr.worker.identifiers import open_admission
from ivr.worker.workplace import Workplace, log
from storage import jobs
from storage.jobs import Lease
from storage.keys import Damaged
from storage.live import passes
from storage.sealing import seal_with_token

PASS_SECONDS = 3600


@dataclass(frozen=True)
class TwilioPasses:
    """What an access token is made of."""

    account_sid: str
    api_key: str
    api_secret: str = field(repr=False)
    app_sid: str

    def make(self) -> str:
        """Return a token (Twilio, "Access Tokens") that lets its holder ring the App, and be rung by nobody."""
        identity = SOFTPHONE_NAME + secrets.token_hex(16)  # Twilio keeps it with the leg, and it must name nobody
        token = AccessToken(self.account_sid, self.api_key, self.api_secret, identity=identity, ttl=PASS_SECONDS)
        token.add_grant(VoiceGrant(outgoing_application_sid=self.app_sid))
        return str(token.to_jwt())


def admit(place: Workplace, lease: Lease) -> None:
    """Make the pass that a page waits for, sealed with that page's own token. May run twice."""
    with place.database.read() as connection:
        order = jobs.read_order(connection, lease)
    maker = place.live.passes
    with place.database.write() as connection:
        if order is not None and maker is not None:
            try:
                token = open_admission(place, order.sealed, order.subject)
                passes.fill(connection, order.subject, seal_with_token(maker.make().encode(), token))
            except Damaged:
                log.warning("a pass was asked for by a row that does not open")
        jobs.drop_message(connection, lease)
