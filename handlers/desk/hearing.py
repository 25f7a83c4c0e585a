"""What a page may reach and use: everywhere nothing but the desk itself, and a little more where somebody speaks."""

from __future__ import annotations

from handlers.web.guarding import CLOSED_POLICY, policy
from storage.settings import DeskSettings

NEAREST_EDGE = "roaming"  # as @twilio/voice-sdk names it


def policy_for(settings: DeskSettings) -> str:
    """Return the content security policy of a page with a softphone of the kind that is configured.

    Of what the README of @twilio/voice-sdk names only the signalling is opened: its Insights (eventgw) are switched off
    and its sounds (sdk.twilio.com) are our own, and here neither could be reached.
    """
    match settings.softphone:
        case "exchange":
            return policy(media=" mediastream:", reached=f" {settings.softphone_address}")
        case "twilio":
            edge = settings.twilio_edge or NEAREST_EDGE
            return policy(media=" mediastream:", reached=f" wss://voice-js.{edge}.twilio.com")
        case _:
            return CLOSED_POLICY


def permissions_for(settings: DeskSettings, *, speaks: bool) -> str:
    """Return what the browser lets a page use."""
    microphone = "self" if speaks and settings.softphone != "off" else ""
    return f"camera=(), geolocation=(), microphone=({microphone})"
