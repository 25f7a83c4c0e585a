"""What the REST API answers with: bodies in Twilio's form, and its refusals by its own error numbers."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

Row = dict[str, Any]  # a JSON object as Twilio prints it


class Refused(Exception):
    """What Twilio answers when it will not: its own error number, in its own form."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def told(self) -> Response:
        """Return the answer."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        return json_answer(body, self.status)


def not_found(path: str) -> Refused:
    """Return Twilio's answer for what is not there, or no longer."""
    return Refused(404, 20404, f"The requested resource {path} was not found")


def json_answer(body: Row, status: int = 200) -> Response:
    """Return a body as Twilio sends it."""
    headers = {"Twilio-Concurrent-Requests": "1", "Twilio-Request-Id": "RQ" + "0" * 32}
    return Response(json.dumps(body), status=status, mimetype="application/json", headers=headers)
