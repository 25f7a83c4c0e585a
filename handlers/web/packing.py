"""How files that are the same for everybody travel: compressed, and kept by what they hold.

A page never travels compressed: its length would tell of its words.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

VERSION_CHARACTERS = 12
KEPT_SECONDS = 365 * 86_400
PACKED_TYPES = frozenset({"text/css", "text/javascript", "image/svg+xml"})


def pack_static(app: Flask) -> None:
    """Compress scripts, styles and drawings for browsers that take gzip, once for each file and its version."""

    @app.after_request
    def pack(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in PACKED_TYPES:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.method == "GET" and request.accept_encodings.quality("gzip") > 0:
            response.direct_passthrough = False
            plain = response.get_data()
            response.close()  # the file: whoever leaves before the answer would keep it open
            response.set_data(_packed(plain))  # sets the length too
            response.headers["Content-Encoding"] = "gzip"
        return response


def name_versions(app: Flask) -> None:
    """Put what a file holds into its address, so that browsers keep it without asking, and take a new one at once.

    Not for scripts: they import one another by plain names, and under two addresses one would run twice.
    """
    folder = Path(app.static_folder or "")
    version = lru_cache(maxsize=64)(lambda name: _version(folder / name))

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not values["filename"].endswith(".js"):
            values.setdefault("v", version(values["filename"]))

    @app.after_request
    def keep(response: Response) -> Response:
        asked = (request.view_args or {}).get("filename", "")
        if request.endpoint == "static" and asked and request.args.get("v") == version(asked):
            response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
        return response


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:VERSION_CHARACTERS] if file.is_file() else ""


@lru_cache(maxsize=64)
def _packed(plain: bytes) -> bytes:
    return gzip.compress(plain, 9, mtime=0)
