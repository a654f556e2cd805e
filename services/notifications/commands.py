"""The commands that notifications adds to ``trivsel``."""

from __future__ import annotations

import click


@click.command("rebuild")
def rebuild() -> None:
    """Read custody and enrolment anew from the registry, and missed withdrawals from consent."""
    # Imported here: the command line is light, and most commands are not this one.
    from services.chassis import config
    from services.chassis.actor import Actor, issue_token
    from services.chassis.client import RpcClient
    from services.chassis.database import Database
    from services.notifications import models, projection
    from services.notifications.handlers import consents

    settings = config.settings()
    db = Database(config.database_url("notifications"), models.Base, municipality=settings.municipality)
    client = RpcClient(
        settings.amqp_uri,
        lambda: issue_token(Actor.system("notifications"), settings.actor_key, 60),
        name="notifications-rebuild",
    )

    def ask(operation: str, data: dict[str, object]) -> object:
        return client.call(operation, data, timeout=30.0)

    try:
        found = projection.rebuild(db, ask)
        missed = consents.reread_withdrawals(db, ask)
    finally:
        client.close()
        db.close()
    click.echo(
        f"notifications: {found['children']} children read, {found['written']} of them news, "
        f"{missed} withdrawals of consents caught up with"
    )


COMMANDS = [rebuild]
