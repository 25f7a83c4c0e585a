"""Where a page leads back to: only ever to a page of ours that can be asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

MOST_CHARACTERS = 500
NOWHERE = frozenset({"static", "prove", "expired"})  # no page where somebody was at work


def way_to_proof() -> str:
    """Return the address that asks for proof and leads back to what was asked for, or to the form that was sent."""
    if request.method in ("GET", "HEAD"):
        return url_for("prove", next=own_way(request.full_path.rstrip("?")))
    back = own_way(_path_of(request.referrer or ""), otherwise=request.path)
    return url_for("prove", next=own_way(back), lost="1")


def own_way(address: str, otherwise: str = "/") -> str:
    """Return an address if it is a page of this application, else another: no link leads anybody elsewhere."""
    path = urlsplit(address).path if _is_plain(address) else ""
    try:
        endpoint, _ = current_app.url_map.bind("here").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return otherwise
    return otherwise if endpoint in NOWHERE else address


def _is_plain(address: str) -> bool:
    local = address.startswith("/") and not address.startswith("//")
    return local and "\\" not in address and address.isprintable() and len(address) <= MOST_CHARACTERS


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
