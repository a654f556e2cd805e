"""nameko's container, hardened: nothing that happens to one message or one call may end the process.

In nameko 2.14.1 an exception outside the handler itself (in a dependency's setup, in reading the
headers, in acknowledging) kills the container, the message is requeued, and the next process dies of it
too. nameko also logs exceptions with their words, which may quote what somebody wrote; here they are
logged by kind and place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from nameko.constants import CALL_ID_STACK_CONTEXT_KEY
from nameko.containers import ServiceContainer, WorkerContext

from services.chassis.logs import logger
from services.chassis.runtime import Runtime

log = logger("container")

RUNTIMES = "trivsel_runtimes"
"""Where the container's configuration holds each service's :class:`Runtime`, by its name."""

AROUND = "around"
"""What an entrypoint may put into a worker's context: it calls the method in the worker."""

_ExcInfo = Any
_HandleResult = Callable[[WorkerContext, Any, _ExcInfo], tuple[Any, _ExcInfo]]


class Container(ServiceContainer):  # type: ignore[misc]
    """Runs one service. Everything its handlers use is in :attr:`runtime`."""

    def __init__(self, service_cls: type, config: dict[str, Any]) -> None:
        super().__init__(service_cls, config)
        self.runtime: Runtime = config[RUNTIMES][self.service_name]

    def new_service(self, entrypoint: Any) -> Any:
        """An instance of the service with its dependencies, for work outside the worker pool."""
        context = WorkerContext(self, self.service_cls(), entrypoint)
        self._inject_dependencies(context)
        return context.service

    def spawn_worker(
        self,
        entrypoint: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context_data: dict[str, Any] | None = None,
        handle_result: _HandleResult | None = None,
    ) -> WorkerContext:
        # The stack of calls comes from a header, and nameko reads it outside any try.
        clean = {
            key: value for key, value in (context_data or {}).items() if key != CALL_ID_STACK_CONTEXT_KEY
        }
        return super().spawn_worker(entrypoint, args, kwargs, clean, handle_result)

    def _run_worker(self, worker_ctx: WorkerContext, handle_result: _HandleResult | None) -> None:
        result, exc_info = None, None
        entrypoint = worker_ctx.entrypoint
        try:
            self._inject_dependencies(worker_ctx)
            self._worker_setup(worker_ctx)
            method = getattr(worker_ctx.service, entrypoint.method_name)
            around = worker_ctx.data.get(AROUND, _call)
            result = around(method, *worker_ctx.args, **worker_ctx.kwargs)
        except Exception:
            exc_info = sys.exc_info()
        try:
            if handle_result is not None:
                result, exc_info = handle_result(worker_ctx, result, exc_info)
            self._worker_result(worker_ctx, result, exc_info)
            self._worker_teardown(worker_ctx)
        except Exception:
            log.exception("worker_end_failed", service=self.service_name)
        finally:
            del exc_info


def _call(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return method(*args, **kwargs)
