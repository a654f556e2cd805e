"""A private RabbitMQ node: its own name, ports, epmd, data, cookie and password, all on 127.0.0.1.

Nothing of the machine's own RabbitMQ is read or touched. Start by hand: ``python -m deploy.local.rabbitmq``.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pwd
import secrets
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from deploy.local import debian
from deploy.local.processes import Child, LocalError, accepts, account_for, free_ports, give_to, wait_until

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
START_SECONDS = 60.0
ANOTHER_ROOT = "RABBITMQ_ROOT"
"""The folder of another Debian, whose RabbitMQ is run instead of this machine's; only root can do that."""


class RabbitMQ:
    """One node in one folder. A second start in the same folder goes on with the same messages.

    ``memory_mb`` is the mark above which the broker stops taking messages in.
    """

    def __init__(self, folder: Path, *, name: str = "trivsel", memory_mb: int = 1024) -> None:
        self.folder = folder
        self.name = f"{name}@localhost"
        self.memory_mb = memory_mb
        self.user = "trivsel"
        self.password = ""
        self.port = self.api_port = 0
        self.account: str | None = None
        root = os.environ.get(ANOTHER_ROOT)
        self.root = str(Path(root).resolve()) if root else None
        self._server: Child | None = None
        self._epmd: Child | None = None
        self._env: dict[str, str] = {}

    # -- life -----------------------------------------------------------------------------------------

    def start(self) -> RabbitMQ:
        """Start the node and return when it takes connections. Ports stay the same from stop to start."""
        if not self.root:
            debian.need(PROGRAMS / "rabbitmq-server", "rabbitmq-server")
        if not self._env:
            self._prepare()
        assert self._epmd is not None
        assert self._server is not None
        if not self._epmd.running:
            self._epmd.start()
            wait_until(lambda: accepts(int(self._env["ERL_EPMD_PORT"])), 10, "epmd")
        if self._server.running:
            return self
        self._server.start()
        try:
            self._server.wait_until_ready(self._ready, START_SECONDS, "RabbitMQ")
        except LocalError:
            self.close()
            raise
        return self

    def stop(self, seconds: float = 10.0) -> None:
        """Let the node end in order; durable queues and messages stay."""
        if self._server:
            self._server.stop(seconds)

    def kill(self) -> None:
        """Pull the plug."""
        if self._server:
            self._server.kill()

    def restart(self) -> None:
        """Stop in order and start again on the same ports."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the node: connections stay open and nothing answers."""
        assert self._server
        self._server.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw a frozen node."""
        assert self._server
        self._server.signal(signal.SIGCONT)

    def close(self, seconds: float = 10.0) -> None:
        """End the node and its epmd, after ``seconds`` by force: what was confirmed is on disk by then."""
        self.stop(seconds)
        if self._epmd:
            self._epmd.kill()

    @property
    def running(self) -> bool:
        """Is the node's process alive?"""
        return self._server is not None and self._server.running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- use ------------------------------------------------------------------------------------------

    def amqp_uri(self, vhost: str = "/") -> str:
        """Where services connect, password included."""
        return (
            f"amqp://{self.user}:{self.password}@127.0.0.1:{self.port}/{urllib.parse.quote(vhost, safe='')}"
        )

    @property
    def api_url(self) -> str:
        """The management API and its pages (sign in with ``user`` and ``password``)."""
        return f"http://127.0.0.1:{self.api_port}"

    def api(self, method: str, path: str, body: object = None) -> Any:
        """One call of the management API; ``path`` without ``/api``."""
        request = urllib.request.Request(f"{self.api_url}/api{path}", method=method)
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data=data, timeout=10) as response:
            text = response.read()
        return json.loads(text) if text else None

    def create_vhost(self, name: str) -> str:
        """A virtual host of its own; returns its AMQP URI."""
        quoted = urllib.parse.quote(name, safe="")
        self.api("PUT", f"/vhosts/{quoted}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.api("PUT", f"/permissions/{quoted}/{self.user}", everything)
        return self.amqp_uri(name)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all that is in it. One that is gone already is no error."""
        try:
            self.api("DELETE", f"/vhosts/{urllib.parse.quote(name, safe='')}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl against this node (a second or two each) and return what it printed."""
        command = self._inside(str(PROGRAMS / "rabbitmqctl"), "--quiet", "--node", self.name, *arguments)
        account = None if self.root else self.account
        done = subprocess.run(
            command, env=self._env, user=account, capture_output=True, text=True, cwd=self.folder
        )
        if done.returncode != 0:
            raise LocalError(f"rabbitmqctl {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    @contextlib.contextmanager
    def memory_alarm(self) -> Iterator[None]:
        """Within this block the broker believes it has no memory left and blocks every publisher."""
        self.ctl("set_vm_memory_high_watermark", "0.00001")
        try:
            yield
        finally:
            self.ctl("set_vm_memory_high_watermark", "absolute", f"{self.memory_mb}MB")

    # -- inside ---------------------------------------------------------------------------------------

    def _ready(self) -> bool:
        if not accepts(self.port):
            return False
        try:
            return bool(self.api("GET", "/vhosts"))
        except (OSError, ValueError):
            return False

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.account = account_for("rabbitmq", self.folder)
        home, data = self.folder / "home", self.folder / "data"
        home.mkdir(exist_ok=True)
        data.mkdir(exist_ok=True)
        self.password = self._remembered_password()
        self.port, self.api_port, dist_port, epmd_port = free_ports(4)
        settings = self.folder / "rabbitmq.conf"
        settings.touch(0o600)
        settings.write_text(self._settings())
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "no-env.conf").write_text("")  # else the machine's own settings are read
        self._env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(home),  # holds the cookie: only who may read it can command the node
            "RUNNING_UNDER_SYSTEMD": "true",  # one process, no shell between it and our signals
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(dist_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(settings.with_suffix("")),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(data),
            "RABBITMQ_MNESIA_DIR": str(data / "node"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "rabbitmq.pid"),
            # Two schedulers that do not spin while idle, the cluster port on this machine alone, and no
            # waiting of five seconds at the end for a helper that has nothing to write.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -shutdown_time 2000"
                " -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1 +sbwt none",
        }
        give_to(self.account, self.folder)
        log = self.folder / "rabbitmq.log"
        epmd = self._inside("/usr/bin/epmd", "-port", str(epmd_port), "-address", "127.0.0.1")
        server = self._inside(str(PROGRAMS / "rabbitmq-server"))
        account = None if self.root else self.account
        self._epmd = Child(epmd, env=self._env, log=self.folder / "epmd.log", account=account)
        self._server = Child(server, env=self._env, log=log, account=account)

    def _inside(self, *command: str) -> list[str]:
        """The command as it is run: in the other root, if there is one, with our folder at its place there.

        What is mounted is mounted for this process alone, and goes with it.
        """
        if not self.root:
            return list(command)
        owner = pwd.getpwnam(self.account) if self.account else pwd.getpwuid(os.geteuid())
        steps = (
            'root=$0 folder=$1; shift; mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder";'
            ' mount --rbind /proc "$root/proc"; mount --rbind /dev "$root/dev"; exec chroot "$root" "$@"'
        )
        as_owner = ["setpriv", "--pdeathsig", "TERM", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}"]
        enter = ["unshare", "--mount", "--", "sh", "-euc", steps, self.root, str(self.folder.resolve())]
        return [*enter, *as_owner, "--clear-groups", "--", *command]

    def _remembered_password(self) -> str:
        """The user is made at the node's first start only, so its password must outlive the process."""
        path = self.folder / "password"
        if not path.exists():
            path.touch(0o600)
            path.write_text(secrets.token_urlsafe(18))
        return path.read_text().strip()

    def _settings(self) -> str:
        return "\n".join(
            [
                f"listeners.tcp.1 = 127.0.0.1:{self.port}",
                "management.tcp.ip = 127.0.0.1",
                f"management.tcp.port = {self.api_port}",
                f"default_user = {self.user}",  # and so no `guest`
                f"default_pass = {self.password}",
                "collect_statistics_interval = 1000",
                f"vm_memory_high_watermark.absolute = {self.memory_mb}MB",
                "disk_free_limit.absolute = 100MB",
                "raft.wal_max_size_bytes = 33554432",
                "log.console = true",
                "log.console.level = warning",
                "",
            ]
        )


if __name__ == "__main__":
    with RabbitMQ(Path(os.environ.get("RUN_DIR", ".run")) / "rabbitmq") as broker:
        print(
            f"AMQP_URI={broker.amqp_uri()}",
            f"{broker.api_url}  {broker.user} / {broker.password}",
            "Ctrl-C stops it.",
            sep="\n",
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
