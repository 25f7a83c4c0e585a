"""TwiML Apps in Twilio's REST API: what softphones ring (OpenAPI, api v2010)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ivr.simulator.exchange import Exchange
from ivr.simulator.lines import API_VERSION
from ivr.simulator.rest_answers import Row, json_answer, not_found


@dataclass(frozen=True)
class ApplicationsApi:
    """The applications of one exchange. `page` lays rows out in the API's pages."""

    exchange: Exchange
    page: Callable[[Request, str, list[Row]], Response]

    def rules(self, root: str) -> list[Rule]:
        """Return the addresses."""
        return [
            Rule(root + "/Applications.json", endpoint=self._list, methods=["GET"]),
            Rule(root + "/Applications/<application>.json", endpoint=self._show, methods=["GET"]),
        ]

    def _list(self, request: Request) -> Response:
        return self.page(request, "applications", [self._row(sid) for sid in self.exchange.applications])

    def _show(self, request: Request, application: str) -> Response:
        if application not in self.exchange.applications:
            raise not_found(request.path)
        return json_answer(self._row(application))

    def _row(self, sid: str) -> Row:
        settings, account = self.exchange.applications[sid], self.exchange.account_sid
        return {
            "sid": sid,
            "account_sid": account,
            "api_version": API_VERSION,
            "friendly_name": "Softphones",
            "date_created": None,
            "date_updated": None,
            "voice_url": settings.voice_url,
            "voice_method": settings.voice_method,
            "voice_fallback_url": settings.voice_fallback_url or None,
            "voice_fallback_method": "POST",
            "voice_caller_id_lookup": settings.caller_id_lookup,
            "status_callback": settings.status_callback or None,
            "status_callback_method": "POST",
            "message_status_callback": None,
            **{f"sms_{name}": None for name in ("url", "fallback_url", "status_callback")},
            "sms_method": "POST",
            "sms_fallback_method": "POST",
            "public_application_connect_enabled": False,
            "uri": f"/{API_VERSION}/Accounts/{account}/Applications/{sid}.json",
        }
