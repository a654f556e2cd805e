"""Calls from the gateway into the house, with the request's context and the actor's token."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from services.chassis.actor import Actor, issue_token
from services.chassis.context import Context
from services.chassis.errors import TrivselError

FORWARD_SECONDS = 60
"""How long the token that goes with one call is good: the browser's own lives longer and stays here."""


class Client(Protocol):
    """What the gateway needs of `services.chassis.client.RpcClient`: safe to share between threads."""

    def call(
        self, operation: str, data: Mapping[str, Any] | None = None, *,
        token: str | None = None, context: Context | None = None, timeout: float | None = None,
    ) -> Any: ...  # fmt: skip

    @property
    def connected(self) -> bool: ...


@dataclass(frozen=True)
class Failure:
    """A call that did not succeed, among several that were made side by side."""

    error: TrivselError


class Calls:
    """Speaks for one actor at a time: a fresh short-lived token goes with each call.

    `parallel` bounds the calls made side by side, for all requests together: enough that a service
    that hangs holds up nobody who asks the others.
    """

    def __init__(self, client: Client, key: str, parallel: int) -> None:
        self._client = client
        self._key = key
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="gateway-call")

    def one(
        self, method: str, data: Mapping[str, Any], actor: Actor, context: Context, timeout: float = 10.0
    ) -> Any:
        """What the RPC gives; raises the `TrivselError` that the service raised."""
        token = issue_token(actor, self._key, FORWARD_SECONDS)
        return self._client.call(method, data, token=token, timeout=timeout, context=context)

    def side_by_side(
        self,
        calls: Mapping[str, tuple[str, Mapping[str, Any]]],
        actor: Actor,
        context: Context,
        timeout: float = 5.0,
    ) -> dict[str, Any | Failure]:
        """Several reads at once, by name; one that fails is a `Failure` and takes no other with it."""
        futures = {
            name: self._pool.submit(self.one, method, data, actor, context, timeout)
            for name, (method, data) in calls.items()
        }
        found: dict[str, Any | Failure] = {}
        for name, future in futures.items():
            try:
                found[name] = future.result()
            except TrivselError as error:
                found[name] = Failure(error)
        return found

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def reaches(client: Client, key: str) -> bool:
    """Whether the bus is there. A client that has not called yet, or was cut off, tries once."""
    if not client.connected:
        try:
            token = issue_token(Actor.system("gateway"), key, FORWARD_SECONDS)
            client.call("registry.list_institutions", {"limit": 1}, token=token, timeout=1.0)
        except TrivselError:
            pass  # a service may be away; the question was whether the bus is
    return client.connected
