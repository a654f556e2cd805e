"""A private PostgreSQL cluster: its own data, port and password, on 127.0.0.1 alone.

Start by hand: ``python -m deploy.local.postgresql``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from deploy.local import debian
from deploy.local.processes import Child, LocalError, account_for, free_ports, give_to

USER = "trivsel"


class PostgreSQL:
    """One cluster in one folder, kept from start to start.

    ``durable=False`` gives up safety against power cuts for speed: for tests, whose data nobody needs.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self.port = 0
        self.password = ""
        self._server: Child | None = None

    def start(self) -> PostgreSQL:
        """Start the server and return when it answers. The port stays the same from stop to start."""
        debian.need(debian.postgresql_programs(), "postgresql")
        if self._server is None:
            self._server = self._prepare()
        if self.running:
            return self
        self._server.start()
        self._server.wait_until_ready(self._ready, 30, "PostgreSQL")
        return self

    def stop(self, seconds: float = 10.0) -> None:
        """End it in order; clients are cut off."""
        if self._server:
            self._server.stop(seconds)

    def kill(self) -> None:
        """Pull the plug."""
        if self._server:
            self._server.kill()

    close = stop

    @property
    def running(self) -> bool:
        """Is the server's process alive?"""
        return self._server is not None and self._server.running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's URL of a database, password included."""
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """A new empty database; returns its URL. One that is there already stays as it is."""
        with self._connect() as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if not found:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, cutting off who still uses it."""
        with self._connect() as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )

    # -- inside ---------------------------------------------------------------------------------------

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _ready(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> Child:
        self.folder.mkdir(parents=True, exist_ok=True)
        account = account_for("postgres", self.folder)
        if account is None and os.geteuid() == 0:
            raise LocalError(
                f"PostgreSQL does not run as root, and the account postgres cannot reach {self.folder}. "
                f"Move the checkout to where every account may read (not under /root), or point the "
                f"*_DATABASE_URL variables to a server that runs already."
            )
        secret = self.folder / "password"
        if not secret.exists():
            secret.touch(0o600)
            secret.write_text(secrets.token_urlsafe(18))
        self.password = secret.read_text().strip()
        programs = debian.postgresql_programs()
        assert programs is not None
        env = {"PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.folder)}
        data = self.folder / "data"
        give_to(account, self.folder)
        if not (data / "PG_VERSION").exists():
            self._initialise(programs, data, secret, env, account)
        [self.port] = free_ports(1)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "shared_buffers": "64MB",
            "log_min_messages": "warning",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(programs / "postgres"), "-D", str(data)]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        return Child(
            command, env=env, log=self.folder / "postgresql.log", account=account, stop_signal=signal.SIGINT
        )

    def _initialise(
        self, programs: Path, data: Path, secret: Path, env: Mapping[str, str], account: str | None
    ) -> None:
        command = [str(programs / "initdb"), "--pgdata", str(data), "--username", USER, "--no-locale"]
        command += ["--encoding", "UTF8", "--auth", "scram-sha-256", "--pwfile", str(secret), "--no-sync"]
        done = subprocess.run(command, env=env, user=account, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise LocalError(f"PostgreSQL's data could not be made in {data}: {done.stderr.strip()}")


if __name__ == "__main__":
    with PostgreSQL(Path(os.environ.get("RUN_DIR", ".run")) / "postgresql") as server:
        print(f"{server.url()}\nCtrl-C stops it.")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
