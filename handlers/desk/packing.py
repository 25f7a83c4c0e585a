"""Files that are the same for everybody travel compressed; a page never does: its length would tell of its words."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

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
            response.set_data(_packed(response.get_data()))  # sets the length too
            response.headers["Content-Encoding"] = "gzip"
        return response


@lru_cache(maxsize=64)
def _packed(plain: bytes) -> bytes:
    return gzip.compress(plain, 9, mtime=0)
