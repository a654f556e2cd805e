"""The mails of a run, in one SQLite file; read by the page, and by checks after a run."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

FILE = "mailbox.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_message_id ON mail (message_id);
"""

_HEAD = "id, received_at, recipient, sender, subject, message_id"


@dataclass(frozen=True, slots=True)
class Head:
    """A mail without its body. ``copies`` is how often its Message-ID has come to this recipient."""

    id: int
    received_at: datetime
    recipient: str
    sender: str
    subject: str
    message_id: str
    copies: int = 1


class MailStore:
    """Keeps mails and finds them again. For any number of threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        self._local = threading.local()
        self._connection().executescript(_SCHEMA)

    def keep(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        """Keeps one copy for each recipient."""
        heads = message_from_bytes(raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n", policy=policy.default)
        at = datetime.now(UTC).isoformat()
        subject, message_id = str(heads.get("Subject", "")), str(heads.get("Message-ID", ""))
        connection = self._connection()
        with connection:
            connection.executemany(
                "INSERT INTO mail (received_at, recipient, sender, subject, message_id, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(at, recipient, sender, subject, message_id, raw) for recipient in recipients],
            )

    def page(self, recipient: str = "", before: int | None = None, limit: int = 50) -> list[Head]:
        """The newest first: to addresses that contain ``recipient``, from before the mail ``before``."""
        wanted = "%" + recipient.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._connection().execute(
            f"SELECT {_HEAD}, (SELECT count(*) FROM mail other WHERE other.message_id = mail.message_id"  # noqa: S608
            " AND other.recipient = mail.recipient) AS copies"
            " FROM mail WHERE recipient LIKE ? ESCAPE '\\' AND id < ? ORDER BY id DESC LIMIT ?",
            (wanted, before if before is not None else 2**62, limit),
        )
        return [_head(row) for row in rows]

    def count(self, recipient: str = "") -> int:
        """How many mails there are to addresses that contain ``recipient``."""
        wanted = "%" + recipient.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = "SELECT count(*) FROM mail WHERE recipient LIKE ? ESCAPE '\\'"
        return int(self._connection().execute(query, (wanted,)).fetchone()[0])

    def mail(self, mail_id: int) -> tuple[Head, bytes] | None:
        """One mail as it came, or nothing."""
        row = (
            self._connection()
            .execute(f"SELECT {_HEAD}, 1 AS copies, raw FROM mail WHERE id = ?", (mail_id,))  # noqa: S608
            .fetchone()
        )
        return None if row is None else (_head(row[:7]), bytes(row[7]))

    def messages(self, after: int = 0) -> Iterator[tuple[Head, EmailMessage]]:
        """Every mail after the one with id ``after``, parsed, the oldest first."""
        rows = self._connection().execute(
            f"SELECT {_HEAD}, 1 AS copies, raw FROM mail WHERE id > ? ORDER BY id",  # noqa: S608
            (after,),
        )
        for row in rows:
            yield _head(row[:7]), parsed(bytes(row[7]))

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = sqlite3.connect(self._path, timeout=20)
            found.execute("PRAGMA journal_mode=WAL")
            # A mailbox for looking at: a crash of the machine may cost its last mails.
            found.execute("PRAGMA synchronous=OFF")
        return found


def parsed(raw: bytes) -> EmailMessage:
    """A mail with its parts."""
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def _head(row: tuple[int, str, str, str, str, str, int]) -> Head:
    return Head(row[0], datetime.fromisoformat(row[1]), *row[2:])
