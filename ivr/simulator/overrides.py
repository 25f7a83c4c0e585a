"""Connection overrides: what stands behind the `#` of an address tells Twilio how long to wait, when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag

LIMITS = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
POLICIES = frozenset({"4xx", "5xx", "ct", "rt"})
TOTAL_SECONDS = 15.0  # over everything, whatever an address asks for


@dataclass(frozen=True)
class Overrides:
    """How one address wants to be asked (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides)."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    policies: frozenset[str] = frozenset({"ct"})


def split(address: str) -> tuple[str, Overrides]:
    """Return the address as it is sent, and its overrides; what is out of range falls back to Twilio's default."""
    url, fragment = urldefrag(address)
    found = dict(parse_qsl(fragment))
    default = Overrides()
    asked = [part.strip() for part in found.get("rp", "").split(",") if part.strip()]
    policies = POLICIES if "all" in asked else frozenset(asked) & POLICIES
    return url, Overrides(
        connect_ms=_number(found, "ct", default.connect_ms),
        read_ms=_number(found, "rt", default.read_ms),
        total_ms=_number(found, "tt", default.total_ms),
        retries=_number(found, "rc", default.retries),
        policies=policies or default.policies,
    )


def _number(found: dict[str, str], name: str, default: int) -> int:
    low, high = LIMITS[name]
    text = found.get(name, "")
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        return default
    return int(text)
