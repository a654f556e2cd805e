"""A nation's round: every child of a population in one round, with broker and a service killed on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.ours import Ours
from bench.servers import Servers, servers
from bench.sides import AT_A_TIME, in_parallel
from deploy.local.processes import wait_until
from tests.support import population

DENMARK = 430_000
"""All children of 0 to 6 years."""
SIZES = (4_300, 43_000, 430_000)
RED, YELLOW = 3, 15
"""Per cent of the children."""


def position(number: int) -> str:
    """The colour of a child: spread evenly, the same each time."""
    place = number * 37 % 100
    return "red" if place < RED else "yellow" if place < RED + YELLOW else "green"


@dataclass
class Round:
    """How one round went."""

    children: int
    minutes: float = 0.0
    submitted_minutes: float = 0.0
    concerns: int = 0
    lost: int = 0
    doubled: int = 0
    peak_mb: dict[str, float] = field(default_factory=dict)
    database_mb: float = 0.0
    broker_mb: float = 0.0
    verified: bool = False


def nation(say: Callable[[str], None], children: int) -> Round:
    """One round of so many children."""
    children -= children % population.GROUP
    with servers() as both, Ours(both) as ours:
        say(f"{children:,} children: preparing ...")
        ours.prepare(children)
        found = Round(children)
        peaks = _Peaks(ours)
        started = time.perf_counter()
        kills = _Kills(both, ours, peaks, children // population.GROUP, say)
        in_parallel([(group,) for group in range(children // population.GROUP)], kills.submit, AT_A_TIME)
        found.submitted_minutes = (time.perf_counter() - started) / 60
        kills.wait()
        concerned = [number for number in range(children) if position(number) != "green"]
        notices = sum(len(population.guardian_ids(number)) for number in concerned)
        wait_until(lambda: ours.meetings() >= len(concerned), 1800, "all meetings", 0.5)
        wait_until(lambda: ours.notices() >= notices, 1800, "all notices", 0.5)
        found.minutes = (time.perf_counter() - started) / 60
        peaks.stop()
        found.concerns = len(concerned)
        found.lost, found.doubled = _compare(ours, len(concerned), notices)
        found.peak_mb = {name: round(peak) for name, peak in peaks.highest.items()}
        found.database_mb = sum(
            ours._count(service, "SELECT pg_database_size(current_database())") / 1e6
            for service in ours.services
        )
        folder = both.broker.folder
        found.broker_mb = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
        done = ours.fleet.trivsel("verify", *ours.services, check=False)
        found.verified = done.returncode == 0
        if not found.verified:
            say(done.stdout[-2000:] + done.stderr[-2000:])
        return found


def _compare(ours: Ours, concerns: int, notices: int) -> tuple[int, int]:
    """How many effects are missing, and how many are there that should not be."""
    lost = doubled = 0
    for there, wanted in (
        (ours._count("assessment", "SELECT count(*) FROM concern"), concerns),
        (ours._count("meetings", "SELECT count(DISTINCT concern_id) FROM meetings"), concerns),
        (
            ours._count("notifications", "SELECT count(DISTINCT (subject_id, guardian_id)) FROM notice"),
            notices,
        ),
    ):
        lost += max(0, wanted - there)
        doubled += max(0, there - wanted)
    doubled += ours._count("meetings", "SELECT count(*) - count(DISTINCT concern_id) FROM meetings")
    doubled += ours._count(
        "notifications", "SELECT count(*) - count(DISTINCT (subject_id, guardian_id)) FROM notice"
    )
    return lost, doubled


class _Kills:
    """Submits groups, and kills the broker after two fifths of them and meetings after three fifths."""

    def __init__(
        self, both: Servers, ours: Ours, peaks: _Peaks, groups: int, say: Callable[[str], None]
    ) -> None:
        self.both, self.ours, self.peaks, self.say = both, ours, peaks, say
        self.at = {2 * groups // 5: self._broker, 3 * groups // 5: self._meetings}
        self.done: list[threading.Event] = []
        self.over = threading.Event()

    def submit(self, group: int) -> None:
        if group in self.at:
            self.done.append(threading.Event())
            threading.Thread(target=self._run, args=(self.at[group], self.done[-1]), daemon=True).start()
        first = group * population.GROUP
        self.ours.submit_ratings(
            group,
            [
                population.joint_rating(number, position(number))
                for number in range(first, first + population.GROUP)
            ],
        )

    def wait(self) -> None:
        """Until what was killed has been started again."""
        for done in self.done:
            done.wait()

    def _run(self, kill: Callable[[], None], done: threading.Event) -> None:
        kill()
        done.set()
        # A child of ours dies with the thread that started it: the kernel counts threads, not processes.
        self.over.wait()

    def _broker(self) -> None:
        self.say("killing the broker")
        self.both.broker.kill()
        self.both.broker.start()
        self.say("the broker is back")

    def _meetings(self) -> None:
        self.say("killing meetings")
        self.peaks.look()
        self.ours.fleet.kill("meetings-1")
        self.ours.fleet.start("meetings-1")


class _Peaks:
    """The most memory that each process has had, also of those that were killed."""

    def __init__(self, ours: Ours) -> None:
        self.ours = ours
        self.highest: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def look(self) -> None:
        for name in self.ours.fleet.members:
            try:
                now = self.ours.fleet.memory_mb(name, peak=True)
            except (OSError, RuntimeError):
                continue
            service = name.rsplit("-", 1)[0]
            self.highest[service] = max(self.highest.get(service, 0.0), now)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self.look()

    def _run(self) -> None:
        while not self._stopped.wait(2):
            self.look()
