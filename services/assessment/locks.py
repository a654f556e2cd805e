"""The one lock that the database's own do not give us."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_ROSTER = 7_208_420


def hold_roster(session: Session, *, alone: bool) -> None:
    """Until the transaction ends: who opens a round is ``alone`` with the list of children.

    Otherwise a child recorded while a round opens could be in neither's view: the opening does not see the
    uncommitted child, and the child's transaction not the uncommitted round. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        shared = "" if alone else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:key)"), {"key": _ROSTER})
