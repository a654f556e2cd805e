"""Runs the mail server and its page until told to stop."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from waitress import create_server

from deploy.local.mailbox.server import HOST, controller
from deploy.local.mailbox.store import MailStore
from deploy.local.mailbox.web import app


def main() -> int:
    """Exits with 0 when stopped, 1 when a port is taken."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mailbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    store = MailStore(options.folder)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        page = create_server(app(store), host=HOST, port=options.http_port, threads=4, ident=None)
        mail = controller(store, options.smtp_port)
        mail.start()
    except OSError as error:
        print(f"mailbox: a port is taken: {error.strerror}", file=sys.stderr)
        return 1
    threading.Thread(target=page.run, daemon=True, name="page").start()
    print(f"mailbox: http://{HOST}:{options.http_port}/ (SMTP on {options.smtp_port})", flush=True)
    stop.wait()
    mail.stop(no_assert=True)
    page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
