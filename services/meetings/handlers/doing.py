"""Completing tasks."""

from __future__ import annotations

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotFound
from services.meetings import models, policy


def complete_task(uow: UnitOfWork, actor: Actor, *, task_id: str, expected_version: int) -> models.Task:
    """Marks a task as done. One that is already done stays as it is, whoever did it."""
    policy.require_staff(actor)
    task = uow.session.scalar(
        select(models.Task)
        .where(models.Task.task_id == task_id, policy.has_task(uow.session, actor))
        .with_for_update()
    )
    if task is None:
        raise NotFound("Opgaven findes ikke, eller den er ikke din.")
    uow.log_access(actor, action="change", kind="task", subjects=[task.child_id])
    if task.state == "done":
        return task
    policy.require_version(task.version, expected_version)
    task.state, task.done_at, task.done_by = "done", clock.now(), actor.id
    task.version += 1
    return task
