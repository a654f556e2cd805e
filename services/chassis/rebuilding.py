"""``rebuild``: the command by which a service reads anew, page by page, what it keeps of others.

A service's ``commands`` has one :class:`Rebuild` among its ``COMMANDS``; ``trivsel rebuild SERVICE`` runs it,
and ``trivsel projection rebuild`` those of all. Light to import: what it needs it imports when it is run.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from services.chassis import discovery

if TYPE_CHECKING:
    from services.chassis.database import Database

Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""Calls ``service.operation`` with arguments, as the service that rebuilds."""
Read = Callable[["Database", Call], Mapping[str, int]]
"""Reads all anew; gives how many of what."""
Progress = Callable[[str, int, None], None]

SECONDS = 30.0
"""A page may take so long."""


class Rebuild(click.Command):
    """``read`` does it, with the service's database and a way to call who knows; ``says`` is the help."""

    def __init__(self, service: str, says: str, read: Read) -> None:
        super().__init__("rebuild", callback=self._run, help=says)
        self._service = service
        self._read = read

    @staticmethod
    def of(service: str) -> Rebuild | None:
        """The command of a service, if it keeps anything of others."""
        commands: list[click.Command] = discovery.room(service, "commands").COMMANDS
        return next((command for command in commands if isinstance(command, Rebuild)), None)

    def rebuild(self, progress: Progress | None = None) -> dict[str, Any]:
        """Does it; gives the service and how many of what it has read. ``progress`` hears of the records."""
        from services.chassis import config
        from services.chassis.actor import Actor, issue_token
        from services.chassis.client import RpcClient
        from services.chassis.database import Database

        service, settings = self._service, config.settings()
        base = importlib.import_module(f"services.{service}.models").Base
        database = Database(
            config.database_url(service), base, municipality=settings.municipality, pool_size=2
        )
        client = RpcClient(
            settings.amqp_uri,
            lambda: issue_token(Actor.system(service), settings.actor_key, 60),
            timeout=SECONDS,
            name=f"{service}-rebuild",
        )
        seen = 0

        def call(operation: str, data: Mapping[str, Any]) -> dict[str, Any]:
            nonlocal seen
            page: dict[str, Any] = client.call(operation, data)
            seen += len(page.get("items", ()))
            if progress is not None:
                progress(f"{service}: records from {operation.split('.')[0]}", seen, None)
            return page

        try:
            return {"service": service, **self._read(database, call)}
        finally:
            client.close()
            database.close()

    def _run(self) -> None:
        from services.chassis.cli_operations import bar, complaints

        with complaints(), bar(True) as progress:
            found = self.rebuild(progress)
        many = ", ".join(f"{many} {what}" for what, many in found.items() if what != "service")
        click.echo(f"{self._service}: {many} read")
