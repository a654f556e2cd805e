"""Notifications without the step that hands letters to the mail server: it is no part of what is compared."""

from __future__ import annotations

from services.notifications.service import NotificationsService


class NotificationsWithoutSending(NotificationsService):
    """Stores notices, sends none."""

    def send_notices(self) -> None:
        """No job: overriding takes the entrypoint away."""
