"""The settings that notifications alone has, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import environ

from services.chassis import config
from services.notifications.mail import Sender
from services.notifications.smtp import MailServer


@environ.config(prefix="")
class NotificationSettings:
    """How mail leaves the house, and how patiently."""

    smtp_url: str = environ.var(
        "smtp://127.0.0.1:25",
        name="SMTP_URL",
        help="smtp://, smtp+starttls:// or smtps://user:password@host:port",
    )
    mail_from: str = environ.var(
        "Trivsel <trivsel@localhost>", name="MAIL_FROM", help="the sender: Name <address>"
    )
    smtp_timeout: int = environ.var(
        30,
        name="SMTP_TIMEOUT_SECONDS",
        converter=config.number,
        help="how long an answer may take",
    )
    ladder: str = environ.var(
        "60,300,1800,7200,43200",
        name="NOTICE_RETRY_SECONDS",
        help="the waits after each failed try, in seconds, with commas between",
    )
    lease: int = environ.var(
        300, name="NOTICE_LEASE_SECONDS", converter=config.number, help="when another replica may take over"
    )
    batch: int = environ.var(
        200, name="NOTICE_BATCH", converter=config.number, help="notices taken at a time"
    )


def load(environment: Mapping[str, str] | None = None) -> Any:
    """The settings, checked: :class:`~services.chassis.config.Misconfigured` names the wrong variable."""
    chosen = config.load(NotificationSettings, environment)
    for name, check, value in (
        ("SMTP_URL", MailServer.parse, chosen.smtp_url),
        ("MAIL_FROM", Sender.parse, chosen.mail_from),
        ("NOTICE_RETRY_SECONDS", ladder, chosen.ladder),
    ):
        try:
            check(value)
        except ValueError as error:
            why = str(error)
            raise config.Misconfigured(f"{name} {why}", fields={name: why}) from None
    return chosen


def ladder(text: str) -> tuple[timedelta, ...]:
    """The waits between tries, from ``60,300,...``; ``ValueError`` when one is not a positive number."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError("must be whole seconds with commas between: 60,300,1800")
    return tuple(timedelta(seconds=int(part)) for part in parts)
