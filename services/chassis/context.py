"""What one piece of work is a part of: threads events, calls and log lines together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Context:
    """``correlation_id`` names the whole chain, ``causation_id`` the event or call just before.

    ``traceparent`` is the W3C trace context, ``actor_id`` who set the work going.
    """

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    actor_id: str | None = None

    @classmethod
    def new(cls, actor_id: str | None = None) -> Context:
        """The start of a chain."""
        return cls(
            correlation_id=str(uuid4()),
            traceparent=f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
            actor_id=actor_id,
        )

    def caused_by(self, event_id: str) -> Context:
        """The same chain, one link further on."""
        return replace(self, causation_id=event_id)
