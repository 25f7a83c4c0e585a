"""Making an application: its configuration, shared pages and files beside its own, and what keeps forms its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, send_from_directory
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from jinja2.ext import Extension
from werkzeug.routing import BaseConverter
from werkzeug.security import safe_join

from handlers.web.looks import teach_looks
from handlers.web.packing import name_versions, pack_static
from handlers.web.sessions import cookie_name, over_tls
from handlers.web.site import Ground
from storage.keys import read_secret_file

SHARED = Path(__file__).parent
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class SharedFiles(Flask):
    """An application whose own templates and files go first, and the shared ones stand behind them."""

    def __init__(self, package: str) -> None:
        super().__init__(package)
        own = FileSystemLoader(str(Path(self.root_path) / "templates"))
        self.jinja_loader = ChoiceLoader([own, FileSystemLoader(str(SHARED / "templates"))])

    def send_static_file(self, filename: str) -> Response:
        """Send a file of its own, else a shared one."""
        own = safe_join(str(self.static_folder), filename)
        if own is not None and Path(own).is_file():
            return super().send_static_file(filename)
        return send_from_directory(SHARED / "static", filename, max_age=self.get_send_file_max_age(filename))


def make_app(package: str, ground: Ground, form_cookie: str) -> Flask:
    """Make an application without pages; `form_cookie`: what carries its form tokens."""
    app = SharedFiles(package)
    app.url_map.converters["hex32"] = _Hex32
    app.config.update(
        SECRET_KEY=bytes(read_secret_file(ground.site.form_key_file)),
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as the session does
        SESSION_COOKIE_NAME=cookie_name(ground, form_cookie),
        SESSION_COOKIE_SECURE=over_tls(ground),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/",
        PREFERRED_URL_SCHEME=urlsplit(ground.site.base).scheme,
    )
    return app


def dress(app: Flask, ground: Ground) -> None:
    """Put around its pages what all applications share: form tokens, packed files, looks, and the proxy's scheme."""
    CSRFProtect(app)
    pack_static(app)
    name_versions(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.globals["SAYS"] = ground.site.says
    teach_looks(app, ground)
    app.wsgi_app = _Scheme(app.wsgi_app, urlsplit(ground.site.base).scheme)  # type: ignore[method-assign]


class Unindented(Extension):
    """Takes the indentation out of templates: pages are not compressed, and a third of one was that."""

    def preprocess(self, source: str, _name: str | None, _filename: str | None = None) -> str:
        """Return it with one space for each, so that words stay apart. What is filled in keeps its own."""
        return INDENTATION.sub(" ", source)


class _Hex32(BaseConverter):
    """Our own ids in addresses: 32 hexadecimal characters."""

    regex = "[0-9a-f]{32}"


class _Scheme:
    """Says https to the pages where people come by https: the proxy in front ends TLS, and no header is believed."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], scheme: str) -> None:
        self._wsgi = wsgi
        self._scheme = scheme

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = self._scheme
        return self._wsgi(environ, start_response)
