"""Serves a WSGI application on the loopback, from a thread of this process, without a log of requests."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Addresses here hold Twilio's names of calls: they belong in no log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is werkzeug's
        pass


@dataclass
class Served:
    """An application that answers while the `with` block runs."""

    app: WSGIApplication
    port: int = 0
    address: str = field(default="", init=False)

    def __enter__(self) -> Served:
        self._server = make_server(LOOPBACK, self.port, self.app, threaded=True, request_handler=_Quiet)
        self.port = int(self._server.server_port)
        self.address = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def is_free(port: int) -> bool:
    """Say whether nobody listens on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
