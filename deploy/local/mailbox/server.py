"""The SMTP side: takes every mail offered, for anybody, and keeps it."""

from __future__ import annotations

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.store import MailStore

HOST = "127.0.0.1"
LARGEST = 20 * 1024 * 1024


class _Keep:
    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self._store.keep(envelope.mail_from or "", envelope.rcpt_tos, raw)
        return "250 OK"


def controller(store: MailStore, port: int) -> Controller:
    """A mail server on 127.0.0.1, to be started and stopped."""
    return Controller(
        _Keep(store),
        hostname=HOST,
        port=port,
        data_size_limit=LARGEST,
        ident="Trivsel mailbox",
        server_hostname="localhost",
    )
