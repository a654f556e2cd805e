"""A local run as a person starts it, watched from outside."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """``python -m deploy.local.run`` with its output line by line."""

    def __init__(self, folder: Path, *options: str) -> None:
        ours = ("AMQP_URI", "SMTP_URL", "PUBLIC_URL", "GATEWAY_PORT")
        env = {
            key: value for key, value in os.environ.items() if key not in ours and "DATABASE_URL" not in key
        }
        command = [sys.executable, "-m", "deploy.local.run", "--folder", str(folder), *options]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**env, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def says(self, text: str, seconds: float = 90.0) -> str:
        """The first line that holds ``text``; AssertionError with all that was said when it does not come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line is None:
                break
            self.output += line
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said. It said:\n{self.output}")

    def ends(self, seconds: float) -> int:
        """The exit code, and the rest of its output in ``output``."""
        code = self.process.wait(seconds)
        while (line := self._lines.get(timeout=5)) is not None:
            self.output += line
        return code

    def family(self) -> set[int]:
        """Every process that descends from it."""
        children: dict[int, list[int]] = defaultdict(list)
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (found := _stat(int(entry.name))):
                children[found[1]].append(int(entry.name))
        family: set[int] = set()
        todo = [self.process.pid]
        while todo:
            for pid in children[todo.pop()]:
                family.add(pid)
                todo.append(pid)
        return family

    def child(self, *words: str) -> int:
        """The process among its family whose command line holds all ``words``."""
        for pid in self.family():
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            if all(word in line for word in words):
                return pid
        raise AssertionError(f"no process of it runs {' '.join(words)}")

    def close(self) -> None:
        """End it, whatever state it is in; what it started follows."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def alive(pids: set[int]) -> set[int]:
    """Those of ``pids`` that still run; one that has ended and waits to be collected does not."""
    return {pid for pid in pids if (found := _stat(pid)) and found[0] != "Z"}


def _stat(pid: int) -> tuple[str, int] | None:
    """State and parent of a process."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return rest[0], int(rest[1])
