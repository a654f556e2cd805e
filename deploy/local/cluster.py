"""Three RabbitMQ nodes on this machine that form one cluster: to see quorum queues lose their leader."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import Self

from deploy.local.processes import LocalError, free_ports, give_to, wait_until
from deploy.local.rabbitmq import RabbitMQ

FORM_SECONDS = 60.0


class Node(RabbitMQ):
    """A node of a cluster: a private one, but with epmd, cookie and password in common with its peers."""

    def __init__(self, folder: Path, *, name: str, epmd_port: int, cookie: str, password: str) -> None:
        super().__init__(folder, name=name, memory_mb=512)
        self._common = (epmd_port, cookie, password)

    def _prepare(self) -> None:
        epmd_port, cookie, password = self._common
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "password").write_text(password)
        super()._prepare()
        path = self.folder / "home" / ".erlang.cookie"
        if not path.exists():
            path.touch(0o600)
            path.write_text(cookie)
            path.chmod(0o400)
        give_to(self.account, self.folder)
        assert self._server is not None
        assert self._epmd is not None
        self._env["ERL_EPMD_PORT"] = str(epmd_port)
        self._server.env["ERL_EPMD_PORT"] = self._epmd.env["ERL_EPMD_PORT"] = str(epmd_port)
        # The first to be started brings epmd; for the others one is there already.
        self._epmd.command[-3] = str(epmd_port)


class Cluster:
    """Three nodes. ``nodes[0]`` is started first and must outlive the others' start, as it brings epmd."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        [epmd_port] = free_ports(1)
        cookie, password = secrets.token_hex(20).upper(), secrets.token_urlsafe(18)
        self.nodes = [
            Node(folder / name, name=name, epmd_port=epmd_port, cookie=cookie, password=password)
            for name in ("one", "two", "three")
        ]

    def start(self) -> Cluster:
        """Start the nodes and join them; returns when each sees all three."""
        first, *others = self.nodes
        first.start()
        for node in others:
            node.start()
            node.ctl("stop_app")
            node.ctl("join_cluster", first.name)
            node.ctl("start_app")
        wait_until(self.complete, FORM_SECONDS, "the cluster of three")
        return self

    def complete(self) -> bool:
        """Does every node see all three running?"""
        for node in self.nodes:
            try:
                seen = node.api("GET", "/nodes")
            except (OSError, ValueError):
                return False
            if sum(bool(each["running"]) for each in seen) != len(self.nodes):
                return False
        return True

    def whole(self, vhost: str) -> bool:
        """Is every node up, and every member of every quorum queue? Else one more loss is one too many."""
        if not self.complete():
            return False
        with contextlib.suppress(OSError, ValueError):
            queues = [one for one in self.nodes[0].api("GET", f"/queues/{vhost}") if "members" in one]
            return all(set(one["online"]) >= set(one["members"]) for one in queues)
        return False

    def leader(self, vhost: str, queue: str) -> Node:
        """The node on which a quorum queue's leader is."""
        for node in self.nodes:
            with contextlib.suppress(OSError, ValueError, KeyError):
                name = node.api("GET", f"/queues/{vhost}/{queue}")["leader"]
                return next(each for each in self.nodes if each.name == name)
        raise LocalError(f"no node knows the leader of {queue}")

    def close(self) -> None:
        """End all nodes at once."""
        for node in self.nodes:
            node.kill()
        for node in self.nodes:
            node.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
