"""The API beside the pages under one host: two applications that share neither cookie, form token nor error page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from handlers.assessment.api.app import Api, api_app
from handlers.assessment.api.document import PREFIX
from handlers.assessment.ground import Assessment
from handlers.assessment.speaking import means_of


def mount_api(app: Flask, ground: Assessment) -> None:
    """Let the API answer whatever begins with its prefix."""
    host = urlsplit(ground.settings.base).hostname or ""
    api = api_app(Api(means_of(ground), ground.line.teams, host))
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {PREFIX: api})  # type: ignore[method-assign]
