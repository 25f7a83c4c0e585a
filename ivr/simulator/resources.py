"""Calls and recordings as the REST API prints them (Twilio's OpenAPI document, api v2010)."""

from __future__ import annotations

from typing import Any

from ivr.simulator.calls import SimulatedCall
from ivr.simulator.lines import API_VERSION
from ivr.simulator.recordings import StoredRecording, rfc2822

Row = dict[str, Any]  # a JSON object as Twilio prints it


def call_row(call: SimulatedCall, account_sid: str) -> Row:
    """Return a call. Its numbers stand in it for as long as Twilio keeps it: that is why it has to be deleted."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{call.sid}"
    caller = call.caller
    ended = rfc2822(call.ended_at) if call.ended_at is not None else None
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(call.started),
        "date_updated": ended or rfc2822(call.started),
        "start_time": rfc2822(call.started),
        "end_time": ended,
        "duration": str(call.seconds) if ended else None,
        "direction": call.direction,
        "status": call.status,
        "from": caller.number,
        "from_formatted": caller.number,
        "to": call.line,
        "to_formatted": call.line,
        "caller_name": caller.name if call.settings.caller_id_lookup and not caller.withheld else "",
        "forwarded_from": caller.forwarded_from or None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "5" * 32,
        "answered_by": None,
        "annotation": None,
        "group_sid": None,
        "trunk_sid": None,
        "queue_time": "0",
        "price": None,
        "price_unit": "USD",
        "uri": uri + ".json",
        "subresource_uris": {
            name.lower(): f"{uri}/{name}.json" for name in ("Notifications", "Recordings", "Transcriptions", "Events")
        },
    }


def recording_row(recording: StoredRecording, account_sid: str, api: str) -> Row:
    """Return a recording; a deleted one shows its metadata and no way to its sound."""
    address = recording.url(api, account_sid)
    encryption = recording.encryption
    return {
        "sid": recording.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "channels": 1,
        "date_created": rfc2822(recording.started),
        "date_updated": rfc2822(recording.deleted_at or recording.started),
        "start_time": rfc2822(recording.started),
        "duration": str(recording.seconds) if recording.state != "processing" else "-1",
        "price": None,
        "price_unit": "USD",
        "status": recording.state,
        "source": "RecordVerb",
        "error_code": None,
        "track": "inbound",
        "encryption_details": encryption.told_by_rest() if encryption else None,
        "uri": address.removeprefix(api) + ".json",
        "subresource_uris": {},
        "media_url": address if recording.standing else None,
    }
