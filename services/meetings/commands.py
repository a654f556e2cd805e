"""The commands that meetings adds to ``trivsel``."""

from __future__ import annotations

import click


@click.command("rebuild")
def rebuild() -> None:
    """Read children, institutions and staff anew from the registry, and consents. Both must be running."""
    # Imported here: the command line is light, and most commands are not this one.
    from services.chassis import config
    from services.chassis.actor import Actor, issue_token
    from services.chassis.client import RpcClient
    from services.chassis.database import Database
    from services.meetings import models, projection
    from services.meetings.handlers import consents

    settings = config.settings()
    db = Database(config.database_url("meetings"), models.Base, municipality=settings.municipality)
    client = RpcClient(
        settings.amqp_uri,
        lambda: issue_token(Actor.system("meetings"), settings.actor_key, 60),
        timeout=30.0,
        name="meetings-rebuild",
    )

    def registry_page(kind: str, after: str | None) -> dict[str, object]:
        found: dict[str, object] = client.call(
            "registry.snapshot", {"kind": kind, "after": after, "limit": 1000}
        )
        return found

    def consent_page(after: str | None) -> dict[str, object]:
        found: dict[str, object] = client.call("consent.snapshot", {"after": after, "limit": 1000})
        return found

    try:
        found = projection.rebuild(db, registry_page)
        read_again = consents.rebuild(db, consent_page)
    finally:
        client.close()
        db.close()
    click.echo(
        f"meetings: {found['institutions']} institutions, {found['staff']} staff, "
        f"{found['children']} children and {read_again} consents read"
    )


COMMANDS = [rebuild]
