"""The command line. Light to import: what a command needs is imported when it runs, and eventlet
patches the standard library before anything that waits has been imported.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import Any

import click

from services.chassis import discovery, exits
from services.chassis.cli_deadletters import dead_letters
from services.chassis.cli_operations import COMMANDS


class _Commands(click.Group):
    """The chassis' own commands, and those that services add in their ``commands.py``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_from_services()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _from_services().get(cmd_name)


def _from_services() -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name in discovery.names("commands"):
        for command in importlib.import_module(f"services.{name}.commands").COMMANDS:
            if command.name != "rebuild":
                found[command.name] = command
    return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Trivsel: see early that a child is not thriving, and act together at once."""
    # That eventlet is kept in maintenance only is known and written down; it is no news at each command.
    warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")


@main.command()
@click.argument("services", nargs=-1)
@click.option("--pretty", is_flag=True, help="Log lines for people instead of JSON.")
def run(services: tuple[str, ...], pretty: bool) -> None:
    """Run the named services, or all of them, in one process.

    \b
    Exits with 0 after a clean stop, 1 when a service died, 2 when a setting is wrong,
    3 when work in flight did not end in time, 4 when the broker's queues differ from ours.
    """
    # psycopg's own waiting happens in C, where eventlet cannot reach it.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
    import eventlet

    eventlet.monkey_patch()
    sys.exit(_run(services, pretty))


def _run(services: tuple[str, ...], pretty: bool) -> int:
    from services.chassis import config, logs
    from services.chassis.runner import Runner
    from services.chassis.topology import TopologyConflict

    try:
        settings = config.settings()
        logs.configure(settings.log_level, pretty=pretty)
        classes = [discovery.service_class(spec) for spec in services or discovery.names()]
        return Runner(classes, settings).run()
    except config.Misconfigured as error:
        return _complain(error.detail, exits.MISCONFIGURED)
    except discovery.UnknownService as error:
        return _complain(str(error), exits.MISCONFIGURED)
    except TopologyConflict as error:
        return _complain(f"the broker has another {error}", exits.TOPOLOGY)


@main.command()
@click.argument("services", nargs=-1)
def migrate(services: tuple[str, ...]) -> None:
    """Bring the databases of the named services, or of all, to the newest schema."""
    from services.chassis import config, migrations

    with _Complaints():
        for name in services or discovery.names("models"):
            discovery.room(name, "models")
            url = config.database_url(name)
            migrations.upgrade(name, url)
            _say(f"[green]✓[/] {name}: {config.redacted(url)}")


@main.command()
@click.argument("services", nargs=-1)
def topology(services: tuple[str, ...]) -> None:
    """Declare every exchange and queue on the broker; doing it again changes nothing.

    Run it before anything publishes, so that no event finds its queue missing.
    """
    from services.chassis import config, topology
    from services.chassis.service import plan_of

    with _Complaints():
        plans = [plan_of(discovery.service_class(name)) for name in services or discovery.names()]
        try:
            topology.declare(config.settings().amqp_uri, plans)
        except topology.TopologyConflict as error:
            sys.exit(_complain(f"the broker has another {error}", exits.TOPOLOGY))
        for plan in plans:
            _say(f"[green]✓[/] {plan.service}: {len(plan.subscriptions)} subscriptions")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("service")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def rebuild(ctx: click.Context, service: str, arguments: tuple[str, ...]) -> None:
    """Build a service's projection of what others own anew, from what they hold now."""
    with _Complaints():
        commands: list[click.Command] = discovery.room(service, "commands").COMMANDS
    for command in commands:
        if command.name == "rebuild":
            with command.make_context("rebuild", list(arguments), parent=ctx) as inner:
                command.invoke(inner)
            return
    sys.exit(_complain(f"{service} has nothing to rebuild", exits.MISCONFIGURED))


main.add_command(dead_letters)
for _command in COMMANDS:
    main.add_command(_command)


class _Complaints:
    """Turns a wrong setting or an unknown service into one line and exit code 2."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from services.chassis.config import Misconfigured

        if isinstance(error, Misconfigured):
            sys.exit(_complain(error.detail, exits.MISCONFIGURED))
        if isinstance(error, discovery.UnknownService):
            sys.exit(_complain(str(error), exits.MISCONFIGURED))


def _say(line: str) -> None:
    from rich.console import Console

    Console(highlight=False).print(line)


def _complain(line: str, code: int) -> int:
    click.echo(f"trivsel: {line}", err=True)
    return code


if __name__ == "__main__":
    main()
