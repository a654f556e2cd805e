"""The proxy itself: a fault suite is worth as much as the faults it makes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.support import until


class Echo:
    """A server that sends back what it gets, and remembers it."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.received = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while data := connection.recv(4096):
                self.received += data
                connection.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.socket.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as one:
        yield one


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def says(connection: socket.socket, words: bytes) -> bytes:
    connection.sendall(words)
    heard = b""
    while len(heard) < len(words):
        more = connection.recv(4096)
        if not more:
            raise ConnectionError("it has ended")
        heard += more
    return heard


def test_in_fair_weather_everything_passes(proxy: Proxy) -> None:
    with dial(proxy) as one, dial(proxy) as other:
        assert says(one, b"a" * 200_000) == b"a" * 200_000
        assert says(other, b"hello") == b"hello"
        assert proxy.open == 2


def test_refused_connections_are_reset_and_new_ones_find_nobody(proxy: Proxy) -> None:
    with dial(proxy) as one:
        assert says(one, b"x") == b"x"
        proxy.refuse()
        with pytest.raises(OSError):
            says(one, b"y")
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
    proxy.heal()
    with dial(proxy) as one:
        assert says(one, b"z") == b"z"


def test_a_connection_is_cut_in_the_midst_of_what_it_carries(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as one:
        assert says(one, b"x") == b"x"
        proxy.cut_after(3)
        with pytest.raises(OSError):
            one.sendall(b"frame")
            while True:
                if not one.recv(100):
                    raise ConnectionError
    assert proxy.cut_done
    assert echo.received in (b"xfra", b"x")  # a reset may take what lay in the receiver's buffer
    with dial(proxy) as one:
        assert says(one, b"next") == b"next"


def test_a_delay_holds_each_way_back(proxy: Proxy) -> None:
    with dial(proxy) as one:
        proxy.delay(0.2)
        started = time.monotonic()
        assert says(one, b"x") == b"x"
        assert time.monotonic() - started >= 0.4
        proxy.heal()
        started = time.monotonic()
        says(one, b"x")
        assert time.monotonic() - started < 0.2


def test_a_black_hole_swallows_and_gives_back_what_was_under_way(proxy: Proxy) -> None:
    with dial(proxy) as one:
        assert says(one, b"x") == b"x"
        proxy.blackhole()
        one.sendall(b"later")
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.recv(10)
        with dial(proxy) as other:  # accepted by the kernel, answered by nobody
            other.settimeout(0.3)
            other.sendall(b"?")
            with pytest.raises(TimeoutError):
                other.recv(1)
        proxy.heal()
        one.settimeout(5)
        assert one.recv(10) == b"later"


def test_a_hole_in_one_direction_lets_the_other_pass(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as one:
        assert says(one, b"x") == b"x"
        proxy.blackhole("down")
        one.sendall(b"heard")
        until(lambda: echo.received == b"xheard", 5)
        one.settimeout(0.2)
        with pytest.raises(TimeoutError):
            one.recv(10)
        proxy.heal()
        one.settimeout(5)
        assert one.recv(10) == b"heard"


def test_a_half_closed_client_is_heard_but_hears_no_more(proxy: Proxy, echo: Echo) -> None:
    with dial(proxy) as one:
        assert says(one, b"x") == b"x"
        proxy.half_close()
        assert one.recv(10) == b""
        one.sendall(b"still here")
        until(lambda: echo.received == b"xstill here", 5)


def test_a_server_that_is_away_resets_the_client(proxy: Proxy, echo: Echo) -> None:
    echo.socket.close()
    proxy_without = Proxy(echo.port)
    with proxy_without, pytest.raises(OSError), dial(proxy_without) as one:
        one.sendall(b"x")
        if not one.recv(1):
            raise ConnectionError


def test_several_servers_are_taken_in_turn_and_one_that_is_away_is_passed_over(echo: Echo) -> None:
    other = Echo()
    with Proxy(echo.port, other.port) as proxy:
        for _ in range(4):
            with dial(proxy) as one:
                assert says(one, b"x") == b"x"
        assert (echo.received, other.received) == (b"xx", b"xx")
        other.socket.close()
        for _ in range(2):
            with dial(proxy) as one:
                assert says(one, b"y") == b"y"
        assert echo.received == b"xxyy"
