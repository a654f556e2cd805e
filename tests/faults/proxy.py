"""A TCP proxy that breaks connections on purpose: the network's faults, without root and without a network.

It runs in a process of its own, so that neither eventlet's patching nor a busy test slows it down, and it
takes orders over a control connection. Towards both sides it is plain TCP; it knows no protocol.

    with Proxy(broker.port) as proxy:
        ...connect to proxy.port...
        proxy.blackhole()
        proxy.heal()
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Self

from deploy.local.processes import bound_to_us

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with zero seconds: closing sends RST, as a host does that knows nothing of the connection."""


@dataclass
class Weather:
    """What happens to connections at present."""

    refusing: bool = False
    swallowed: frozenset[str] = frozenset()  # directions: "up" to the server, "down" to the client
    delay: float = 0.0
    cut_after: int | None = None
    clear: asyncio.Event = field(default_factory=asyncio.Event)

    async def passable(self, direction: str) -> None:
        """Return when what goes in a direction may pass."""
        while direction in self.swallowed:
            await self.clear.wait()


class Pair:
    """One connection through the proxy: the client's end and the server's."""

    def __init__(self, weather: Weather, near: Any, far: Any) -> None:
        self.weather = weather
        self.near_reader, self.near_writer = near
        self.far_reader, self.far_writer = far

    async def run(self) -> None:
        """Carry both directions until one end or the weather says stop."""
        up = asyncio.create_task(self._carry(self.near_reader, self.far_writer, "up"))
        down = asyncio.create_task(self._carry(self.far_reader, self.near_writer, "down"))
        done, pending = await asyncio.wait({up, down})
        assert not pending
        assert done
        self.reset()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str
    ) -> None:
        try:
            while True:
                # Nothing is read while nothing passes: buffers fill up on both sides, as with packets that
                # are lost on the way, and what was under way goes on when the way is open again.
                await self.weather.passable(direction)
                data = await reader.read(CHUNK)
                await self.weather.passable(direction)
                if not data:
                    break
                if self.weather.delay:
                    await asyncio.sleep(self.weather.delay)
                if direction == "up" and self.weather.cut_after is not None:
                    data, rest = data[: self.weather.cut_after], data[self.weather.cut_after :]
                    self.weather.cut_after -= len(data)
                    if rest or not self.weather.cut_after:
                        # In the midst of a frame: the receiver has a beginning and will get no end.
                        writer.write(data)
                        await writer.drain()
                        self.weather.cut_after = None
                        self.reset()
                        return
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except (OSError, RuntimeError):
            self.reset()

    def half_close(self) -> None:
        """Tell the client that no more will come, and go on taking what it sends."""
        with contextlib.suppress(OSError, RuntimeError):
            self.near_writer.write_eof()

    def reset(self) -> None:
        """RST to both sides, without what is still buffered."""
        for writer in (self.near_writer, self.far_writer):
            with contextlib.suppress(OSError, RuntimeError):
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


class Server:
    """The proxy's process: one listener, one control connection, and whom connections go to in turn."""

    def __init__(self, *upstream: int) -> None:
        self.upstream = list(upstream)
        self.weather = Weather()
        self.weather.clear.set()
        self.pairs: set[Pair] = set()
        self.seen = 0
        self.listener: asyncio.Server | None = None
        self.port = 0

    async def main(self) -> None:
        await self._listen()
        control = await asyncio.start_server(self._control, "127.0.0.1", 0)
        print(json.dumps([self.port, control.sockets[0].getsockname()[1]]), flush=True)  # noqa: T201
        await control.serve_forever()

    async def _listen(self) -> None:
        self.listener = await asyncio.start_server(
            self._accepted, "127.0.0.1", self.port, reuse_address=True, backlog=256
        )
        self.port = self.listener.sockets[0].getsockname()[1]

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        await self.weather.passable("up")  # the kernel has said yes, and nobody answers
        far = None
        for _ in self.upstream:
            self.upstream.append(self.upstream.pop(0))
            with contextlib.suppress(OSError):
                far = await asyncio.open_connection("127.0.0.1", self.upstream[-1])
                break
        if far is None:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
            return
        pair = Pair(self.weather, (reader, writer), far)
        self.pairs.add(pair)
        try:
            await pair.run()
        finally:
            self.pairs.discard(pair)

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            answer = await self._obey(order.pop("do"), **order)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    async def _obey(self, what: str, **details: Any) -> Any:
        if what == "refuse":
            self.weather.refusing = True
            assert self.listener is not None
            self.listener.close()
            self._reset_all()
        elif what == "cut":
            self._reset_all()
        elif what == "cut_after":
            self.weather.cut_after = details["octets"]
        elif what == "delay":
            self.weather.delay = details["seconds"]
        elif what == "blackhole":
            self.weather.swallowed = frozenset(details["directions"])
            self.weather.clear.clear()
        elif what == "half_close":
            for pair in list(self.pairs):
                pair.half_close()
        elif what == "heal":
            if self.weather.refusing:
                await self._listen()
            self.weather.refusing, self.weather.swallowed = False, frozenset()
            self.weather.delay, self.weather.cut_after = 0.0, None
            self.weather.clear.set()
        return {"open": len(self.pairs), "seen": self.seen, "cut_pending": self.weather.cut_after}

    def _reset_all(self) -> None:
        for pair in list(self.pairs):
            pair.reset()


class Proxy:
    """The proxy as a test holds it. ``port`` is where clients connect; it stays the same throughout.

    With several upstream ports it is a plain load balancer: each connection goes to the next that accepts.
    """

    def __init__(self, *upstream: int) -> None:
        self.upstream = upstream
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._answers: Any = None

    def start(self) -> Proxy:
        """Start the process; connections pass at once."""
        command = [sys.executable, "-m", "tests.faults.proxy", *map(str, self.upstream)]
        self._process = subprocess.Popen(
            bound_to_us(command, None, "KILL"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        self.port, control = json.loads(self._process.stdout.readline())
        self._control = socket.create_connection(("127.0.0.1", control), timeout=10)
        self._answers = self._control.makefile("rb")
        return self

    def close(self) -> None:
        """End it, with every connection through it."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refuse(self) -> None:
        """Nobody listens any longer, and every open connection is reset."""
        self._order("refuse")

    def cut(self) -> None:
        """Reset every open connection; new ones pass."""
        self._order("cut")

    def cut_after(self, octets: int) -> None:
        """Reset a connection when clients have sent so many more octets: in the midst of a frame."""
        self._order("cut_after", octets=octets)

    def delay(self, seconds: float) -> None:
        """Every piece of data, in both directions, arrives so much later."""
        self._order("delay", seconds=seconds)

    def blackhole(self, *directions: str) -> None:
        """Connections stay open and new ones are accepted, but nothing arrives anywhere.

        With ``up`` or ``down`` only what goes to the server, or to the client, is swallowed.
        """
        self._order("blackhole", directions=directions or ("up", "down"))

    def half_close(self) -> None:
        """Every client is told that nothing more will come; what it sends still passes."""
        self._order("half_close")

    def heal(self) -> None:
        """All is well again, for the connections that are left and for new ones."""
        self._order("heal")

    @property
    def open(self) -> int:
        """Connections that pass through at present."""
        return int(self._order("look")["open"])

    @property
    def cut_done(self) -> bool:
        """Whether a cut that was ordered for later has happened."""
        return self._order("look")["cut_pending"] is None

    def _order(self, what: str, **details: Any) -> Any:
        assert self._control is not None
        self._control.sendall(json.dumps({"do": what, **details}).encode() + b"\n")
        return json.loads(self._answers.readline())


if __name__ == "__main__":
    asyncio.run(Server(*map(int, sys.argv[1:])).main())
