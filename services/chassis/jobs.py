"""Work that comes round by itself: deadlines to look at, letters to send, projections to tidy.

A job runs in its own greenlet outside the worker pool, one run at a time in a process, and in every
replica: it takes leases, or does what may be done twice. What one run cannot do the next tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint

from services.chassis import metrics
from services.chassis.logs import bound_contextvars, logger
from services.chassis.wakeups import Sleeper

log = logger("job")


class Job(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind :func:`job`."""

    def __init__(self, *, every: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.every = every
        self._stopping = False
        self._finished = Signal()

    def setup(self) -> None:
        self._full_name = f"{self.container.service_name}.{self.method_name}"
        self._sleeper = Sleeper(self.method_name, self._full_name)

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier=self._full_name)

    def stop(self) -> None:
        """Lets the run that is on its way end, and begins no other."""
        self._stopping = True
        self._sleeper.wake()
        self._finished.wait()

    def _run(self) -> None:
        labels = (self.container.service_name, self.method_name)
        try:
            while not self._stopping:
                started = time.monotonic()
                try:
                    with bound_contextvars(job=self._full_name):
                        getattr(self.container.new_service(self), self.method_name)()
                    metrics.JOB_RUNS.labels(*labels, "done").inc()
                except Exception:
                    log.exception("job_failed", job=self._full_name)
                    metrics.JOB_RUNS.labels(*labels, "failed").inc()
                metrics.JOB_SECONDS.labels(*labels).observe(time.monotonic() - started)
                if not self._stopping:
                    self._sleeper.sleep(self.every)
        finally:
            self._finished.send()


def job(*, every: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Runs the method at start, then ``every`` so many seconds and whenever it is woken.

    :func:`services.chassis.wakeups.wake` with the method's name wakes it, best after a commit:
    ``uow.after_commit(lambda: wake("invite_required"))``.
    """
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = Job.decorator(every=every)
    return decorate
