"""The commands that consent adds to ``trivsel``."""

from __future__ import annotations

import click


@click.command("rebuild")
def rebuild() -> None:
    """Read custody, ages and institutions anew from the registry. It must be running."""
    # Imported here: the command line is light, and most commands are not this one.
    from services.chassis import config
    from services.chassis.actor import Actor, issue_token
    from services.chassis.client import RpcClient
    from services.chassis.database import Database
    from services.consent import models, projection

    settings = config.settings()
    db = Database(config.database_url("consent"), models.Base, municipality=settings.municipality)
    client = RpcClient(
        settings.amqp_uri,
        lambda: issue_token(Actor.system("consent"), settings.actor_key, 60),
        timeout=30.0,
        name="consent-rebuild",
    )

    def page(kind: str, after: str | None) -> dict[str, object]:
        found: dict[str, object] = client.call(
            "registry.snapshot", {"kind": kind, "after": after, "limit": 1000}
        )
        return found

    try:
        found = projection.rebuild(db, page)
    finally:
        client.close()
        db.close()
    click.echo(f"consent: {found['institutions']} institutions and {found['children']} children read")


COMMANDS = [rebuild]
