"""The commands that assessment adds to ``trivsel``."""

from __future__ import annotations

import click


@click.command("rebuild")
def rebuild() -> None:
    """Read children, institutions and staff anew from the registry, and consents. Both must be running."""
    # Imported here: the command line is light, and most commands are not this one.
    from services.assessment import models, projection
    from services.assessment.handlers import consents
    from services.chassis import config
    from services.chassis.actor import Actor, issue_token
    from services.chassis.client import RpcClient
    from services.chassis.context import Context
    from services.chassis.database import Database

    settings = config.settings()
    actor = Actor.system("assessment")
    database = Database(
        config.database_url("assessment"), models.Base, municipality=settings.municipality, pool_size=2
    )
    client = RpcClient(
        settings.amqp_uri,
        lambda: issue_token(actor, settings.actor_key, 60),
        timeout=30.0,
        name="assessment-rebuild",
    )
    try:
        context = Context.new(actor.id)
        found = projection.rebuild(database, actor, context, client.call)
        read_again = consents.rebuild(database, context, client.call)
    finally:
        client.close()
        database.close()
    click.echo(
        f"assessment: {found['institutions']} institutions, {found['staff']} staff, "
        f"{found['children']} children and {read_again} consents read"
    )


COMMANDS = [rebuild]
