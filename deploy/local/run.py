"""`make run` and `make demo`: the house on this machine, until Ctrl-C or until the demonstration is done."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from types import FrameType

from rich.console import Console

from deploy.local import municipality
from deploy.local.api import Api
from deploy.local.house import House, alone
from deploy.local.processes import LocalError

# Known and written down; it is no news at each start.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated.*")

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


STARTED = time.monotonic()


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a terminal that was closed."""


def main() -> int:
    """Run; returns the exit code."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    folder = Path(options.folder)
    port = int(os.environ.get("GATEWAY_PORT", "0" if options.demo else "8080"))
    house = House(
        folder, replicas=options.replicas, postgresql=options.postgresql, gateway_port=port, say=_say
    )
    try:
        with alone(folder):
            try:
                return _live(house, options)
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it behind
                house.stop()
    except Stopped:
        _say("Stopped.")
        return 0 if not options.demo else 130
    except LocalError as error:
        console.print(f"[red bold]Trivsel stopped:[/] {error}", soft_wrap=True)
        return 1


def _live(house: House, options: argparse.Namespace) -> int:
    house.prepare()
    municipality.ensure(house, options.children)
    house.start()
    if options.demo:
        from deploy.local.demo.show import show  # only here: it reads the services' models

        return show(house, options)
    municipality.ensure_round(house, Api.as_role(house, "administration"))
    _where_to_look(house)
    while True:
        house.check()
        time.sleep(0.5)


def _where_to_look(house: House) -> None:
    lines = [
        ("Trivsel", house.gateway_url),
        ("API", f"{house.gateway_url}/api/v1"),
        ("Mails to parents", house.mailbox_url),
        ("Logs", f"{house.folder}/logs"),
    ]
    if house.broker:
        password = house.folder / "rabbitmq" / "password"
        lines.append(
            ("RabbitMQ", f"{house.broker.api_url}   user {house.broker.user}, password in {password}")
        )
    console.print()
    for name, where in lines:
        if where:
            console.print(f"  [bold]{name:<18}[/] {where}", soft_wrap=True)
    console.print("\nCtrl-C stops everything; the data stays for the next `make run`.\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="rate a whole round through the API, check, stop")
    parser.add_argument(
        "--children", type=int, default=6500, help="of the invented municipality (first run only)"
    )
    parser.add_argument("--replicas", type=int, default=1, help="processes of each service; needs PostgreSQL")
    parser.add_argument(
        "--postgresql", action="store_true", help="start a private PostgreSQL instead of SQLite"
    )
    parser.add_argument(
        "--folder", default=os.environ.get("RUN_DIR", ".run"), help="where everything is stored"
    )
    demo = parser.add_argument_group("of the demonstration")
    demo.add_argument("--rate", type=float, default=20.0, help="concerns a second")
    demo.add_argument("--seed", type=int, default=1, help="the same seed rates in the same way")
    demo.add_argument(
        "--answers", type=int, default=50, help="invitations answered through the parents' link"
    )
    return parser.parse_args()


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


def _say(text: str) -> None:
    console.print(f"[dim]{time.monotonic() - STARTED:6.1f} s[/]  {text}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
