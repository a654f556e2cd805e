"""A small client of the REST API, as another municipal system would write one: the standard library alone."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.parse
from typing import TYPE_CHECKING, Any

from deploy.local.processes import LocalError
from services.chassis.actor import EVERYWHERE, Actor, Grant, issue_token

if TYPE_CHECKING:
    from deploy.local.house import House

HOURS = 3600

_mine = threading.local()
"""Each thread's connections by host. Many actors speak through one, as through another system's server."""


class Problem(LocalError):
    """An answer that is not 2xx; ``body`` is the problem document."""

    def __init__(self, what: str, status: int, body: Any) -> None:
        super().__init__(f"{what}: {status} {json.dumps(body, ensure_ascii=False)[:1500]}")
        self.status = status
        self.body = body


class Api:
    """The API as one actor sees it. Safe to share between threads."""

    def __init__(self, url: str, token: str | None) -> None:
        self._host = urllib.parse.urlsplit(url).netloc
        self._token = token

    @classmethod
    def as_role(cls, house: House, role: str) -> Api:
        """As somebody who holds ``role`` in the whole municipality."""
        actor = Actor(
            "00000000-0000-4000-8000-00000000de30", "staff", (Grant(role, EVERYWHERE),), "demonstration"
        )
        return cls.as_actor(house, actor)

    @classmethod
    def as_actor(cls, house: House, actor: Actor) -> Api:
        """As ``actor``, signed in for some hours."""
        return cls(house.gateway_url, issue_token(actor, house.environment["ACTOR_TOKEN_KEY"], 4 * HOURS))

    def get(self, path: str, **query: Any) -> Any:
        """GET, decoded."""
        known = {key: value for key, value in query.items() if value is not None}
        return self.call("GET", f"{path}?{urllib.parse.urlencode(known)}" if known else path)

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        after = None
        while True:
            page = self.get(path, after=after, **query)
            items += page["items"]
            after = page.get("next")
            if not after:
                return items

    def post(self, path: str, body: Any, version: int | None = None) -> Any:
        """POST as JSON; ``version`` goes as If-Match."""
        return self.call("POST", path, body, version)

    def call(self, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        """One request below /api/v1; `Problem` unless the answer is 2xx. A cut connection is tried again."""
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        for attempt in (1, 2):
            connection = self._connection(fresh=attempt > 1)
            try:
                connection.request(method, f"/api/v1{path}", data, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                # The server closes a connection that was idle. Nothing of the request has been done then.
                if attempt > 1:
                    raise
        decoded = json.loads(text) if text else None
        if not 200 <= answer.status < 300:
            raise Problem(f"{method} {path}", answer.status, decoded)
        return decoded

    def _connection(self, *, fresh: bool) -> http.client.HTTPConnection:
        known: dict[str, http.client.HTTPConnection] = _mine.__dict__.setdefault("connections", {})
        if fresh and self._host in known:
            known.pop(self._host).close()
        if self._host not in known:
            known[self._host] = http.client.HTTPConnection(self._host, timeout=60)
        return known[self._host]
