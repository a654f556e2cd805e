"""The channel to a mail server: one connection, used for message after message.

What a mail server answers may hold the recipient's address, so it is never logged, stored or
raised: each answer becomes one of our codes here, and nothing else leaves this module.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from services.chassis.database import outside_transaction
from services.notifications.domain import Failure
from services.notifications.mail import Envelope, Undeliverable

SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. ``security`` is the scheme: ``smtp``, ``smtp+starttls`` or ``smtps``."""

    host: str
    port: int
    security: str = "smtp"
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """From ``SMTP_URL``; ``ValueError`` says what is wrong with it, without the password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("is not an address: smtp://host:25") from None
        if parts.scheme not in SCHEMES:
            raise ValueError(f"must begin with {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
        if not parts.hostname:
            raise ValueError("names no host: smtp://host:25")
        return cls(
            parts.hostname,
            port or SCHEMES[parts.scheme],
            parts.scheme,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


class Smtp:
    """Delivers envelopes over one connection, which is opened when needed and again when lost.

    ``timeout`` is in seconds and holds for each answer of the server. A ``with`` block closes the
    connection. Not for two threads at a time.
    """

    def __init__(self, server: MailServer, sender: str, timeout: float = 30.0) -> None:
        self._server = server
        self._sender = sender
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def deliver(self, envelope: Envelope) -> None:
        """Hands the message in. On return the server has taken it; else :class:`Undeliverable` says why not.

        A connection that was lost before the message was under way (servers close idle ones, and
        some after a number of messages) is opened once more. One lost while the message was under way
        may or may not have delivered it: that is ``connection_lost``, and it will be tried again.
        """
        outside_transaction()
        fresh = self._connection is None
        try:
            self._offer(envelope.recipient)
        except _Lost:
            if fresh:
                raise Undeliverable(Failure.CONNECTION_LOST) from None
            try:
                self._offer(envelope.recipient)
            except _Lost:
                raise Undeliverable(Failure.CONNECTION_LOST) from None
        self._hand_in(envelope.body)

    def close(self) -> None:
        """Says goodbye to the server, if it is still there."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()

    def _offer(self, recipient: str) -> None:
        connection = self._open()
        try:
            code, _ = connection.mail(self._sender)
            self._judge(code, Failure.SENDER_REFUSED, Failure.SENDER_REFUSED)
            code, _ = connection.rcpt(recipient)
            self._judge(code, Failure.RECIPIENT_DEFERRED, Failure.RECIPIENT_REFUSED)
        except (smtplib.SMTPException, OSError):
            self._drop()
            raise _Lost from None

    def _hand_in(self, body: bytes) -> None:
        connection = self._open()
        try:
            code, _ = connection.data(body)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except (smtplib.SMTPException, OSError):
            self._drop()
            raise Undeliverable(Failure.CONNECTION_LOST) from None
        if code != 250:
            try:
                self._judge(code, Failure.MESSAGE_DEFERRED, Failure.MESSAGE_REFUSED)
            except _Lost:
                raise Undeliverable(Failure.MESSAGE_DEFERRED) from None

    def _judge(self, code: int, deferred: Failure, refused: Failure) -> None:
        """Nothing for yes; else :class:`Undeliverable`, with the conversation set back to its start."""
        if 200 <= code < 300:
            return
        if code == 421:  # the server is closing the connection (RFC 5321, 4.2.3)
            self._drop()
            raise _Lost
        try:
            if self._connection is not None:
                self._connection.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()
        raise Undeliverable(refused if 500 <= code < 600 else deferred)

    def _open(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.security == "smtps":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=self._timeout, context=ssl.create_default_context()
                )
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
            try:
                if server.security == "smtp+starttls":
                    connection.starttls(context=ssl.create_default_context())
                if server.user is not None:
                    connection.login(server.user, server.password or "")
                connection.ehlo_or_helo_if_needed()
            except BaseException:
                connection.close()
                raise
        except (smtplib.SMTPException, OSError):
            raise Undeliverable(Failure.UNREACHABLE) from None
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Lost(Exception):
    """The connection went before the message was under way."""
