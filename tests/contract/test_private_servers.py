"""The servers that everything else is tested on, and that `make run` starts."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from kombu import Connection

from deploy.local.processes import Child, LocalError, accepts, free_ports, wait_until
from deploy.local.rabbitmq import RabbitMQ
from tests.support import until


def say_hello(uri: str, queue: str) -> None:
    with Connection(uri) as connection, connection.SimpleQueue(queue) as simple:
        simple.put({"hello": "world"})


def test_each_test_has_a_virtual_host_of_its_own(broker: RabbitMQ, amqp_uri: str) -> None:
    say_hello(amqp_uri, "greetings")
    with Connection(amqp_uri) as connection, connection.SimpleQueue("greetings") as simple:
        assert simple.get(timeout=5).payload == {"hello": "world"}
    assert amqp_uri != broker.amqp_uri()


def test_nobody_is_let_in_with_the_password_that_everybody_knows(broker: RabbitMQ) -> None:
    uri = f"amqp://guest:guest@127.0.0.1:{broker.port}/"
    with pytest.raises(Exception, match=r"ACCESS_REFUSED|refused"):
        Connection(uri).connect()


def test_nothing_of_the_broker_listens_to_other_machines(broker: RabbitMQ) -> None:
    ours = {
        broker.port,
        broker.api_port,
        int(broker._env["RABBITMQ_DIST_PORT"]),
        int(broker._env["ERL_EPMD_PORT"]),
    }
    loopback = {"0100007F", "00000000000000000000000001000000"}
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, port = local.split(":")
            if state == "0A" and int(port, 16) in ours:
                assert address in loopback, f"port {int(port, 16)} is open to others"
                found.add(int(port, 16))
    assert found == ours


def test_durable_messages_outlive_a_restart_of_the_broker(scratch: Path) -> None:
    folder = scratch / "restarted"
    with RabbitMQ(folder, name="restarted", memory_mb=256) as node:
        say_hello(node.amqp_uri(), "kept")
    with RabbitMQ(folder, name="restarted", memory_mb=256) as node:
        with Connection(node.amqp_uri()) as connection, connection.SimpleQueue("kept") as simple:
            assert simple.get(timeout=5).payload == {"hello": "world"}
        node.kill()


def test_a_memory_alarm_shows_in_the_broker_and_goes_again(broker: RabbitMQ) -> None:
    def alarmed() -> bool:
        return bool(broker.api("GET", "/nodes")[0]["mem_alarm"])

    with broker.memory_alarm():
        until(alarmed)
    until(lambda: not alarmed())


def test_a_server_does_not_outlive_the_process_that_started_it(scratch: Path) -> None:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from deploy.local.rabbitmq import RabbitMQ\n"
        "node = RabbitMQ(Path(sys.argv[1]), name='orphan', memory_mb=256).start()\n"
        "print(node.port, node._server.pid, node._epmd.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(scratch / "orphan")], capture_output=True, text=True, timeout=90
    )
    port, *pids = (int(word) for word in done.stdout.split())
    until(lambda: not accepts(port), 15)
    until(lambda: not any(alive(pid) for pid in pids), 15)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    child = Child(["/bin/sh", "-c", "echo the disk is full; exit 1"], env={}, log=tmp_path / "log")
    child.start()
    wait_until(lambda: not child.running, 5, "the end")
    assert child.last_words() == "the disk is full"
    with pytest.raises(LocalError, match="a miracle: not within"):
        wait_until(lambda: False, 0.1, "a miracle")


def test_both_engines_give_an_empty_database(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table t (x integer)"))
    engine.dispose()


def test_the_database_server_asks_for_a_password(postgresql_url: str) -> None:
    url = sqlalchemy.make_url(postgresql_url)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host=url.host, port=url.port, user=url.username, password="guess", dbname=url.database
        )


def test_free_ports_are_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        with socket.socket() as one:
            one.bind(("127.0.0.1", port))
