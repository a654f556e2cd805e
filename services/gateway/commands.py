"""What the gateway adds to the command line."""

from __future__ import annotations

import sys

import click


@click.command()
def gateway() -> None:
    """Run the gateway: the REST API and the pages, in a process of its own."""
    from services.gateway.serve import main  # only when it is really to run

    sys.exit(main())


COMMANDS = [gateway]
