"""Services in forms that only a fault suite runs: ill, slow, behind the times, with a wrong clock.

Started as ``trivsel run tests.faults.variants:SlowMeetings``. What they should do is told by environment
variables or by files in FAULTS_FOLDER, so that it can change while they run.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.assessment import events
from services.assessment.handlers import concerns
from services.assessment.service import AssessmentService
from services.chassis import clock
from services.chassis.catalogue import fields
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.chassis.service import Batch, subscribe
from services.meetings import handlers, schemas
from services.meetings.service import MeetingsService
from services.notifications.service import NotificationsService

FOLDER = Path(os.environ.get("FAULTS_FOLDER", "."))


def told(name: str) -> Any:
    """What the file ``name`` in FAULTS_FOLDER says; nothing when it is not there."""
    try:
        return json.loads((FOLDER / name).read_text())
    except (OSError, ValueError):
        return None


_true_now = clock.now


def _jumping_now() -> datetime:
    return _true_now() + timedelta(seconds=told("clock") or 0)


class QuietNotifications(NotificationsService):
    """Stores notices and hands none to a mail server: the registry that knows the names does not run."""

    def send_notices(self) -> None:
        """No job: overriding takes the entrypoint away."""


class JumpingAssessment(AssessmentService):
    """Goes by a clock that jumps by as many seconds as the file ``clock`` says."""

    def __init__(self) -> None:
        clock.now = _jumping_now


class SlowMeetings(MeetingsService):
    """Takes SLOW_MS for each event."""

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised)
    def require_focus_meetings(self, batch: Batch) -> None:
        time.sleep(len(batch.events) * int(os.environ["SLOW_MS"]) / 1000)
        self.db.handle(batch, handlers.require_focus_meetings)


class IllMeetings(MeetingsService):
    """Fails for some children: those in the file ``always`` each time, those in ``twice`` two times, and
    hangs for those in ``hang`` as long as that file names them."""

    failed: dict[str, int] = {}

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised)
    def require_focus_meetings(self, batch: Batch) -> None:
        while {event.data["child_id"] for event in batch.events} & set(told("hang") or ()):
            time.sleep(0.2)
        self.db.handle(batch, self._fail_for_some)

    def _fail_for_some(self, uow: UnitOfWork, received: list[Received]) -> None:
        handlers.require_focus_meetings(uow, received)
        for event in received:
            child = event.data["child_id"]
            if child in (told("always") or ()):
                raise RuntimeError("always")
            if child in (told("twice") or ()) and len(received) == 1:
                self.failed[child] = self.failed.get(child, 0) + 1
                if self.failed[child] <= 2:
                    raise NotYet("twice")
            elif child in (told("twice") or ()):
                raise NotYet("not alone")


class ConcernRaisedWithMore(events.ConcernRaised):
    """Next year's event: the same type with a field more."""

    urgency = fields.String(required=True)


class ConcernRaisedV2(events.ConcernRaised):
    """The year after: a field has gone, so it is another type, told beside the old one."""

    type = "dk.trivsel.assessment.concern.raised.v2"
    expected = False
    public = False
    urgency = fields.String(required=True)

    class Meta(events.ConcernRaised.Meta):
        exclude = ("group_id",)


class NewerConcerns(concerns.Concerns):
    """Raises concerns as both of next years' producers do."""

    def _emit(self, concern: Any) -> None:
        if concern.state != "raised":
            super()._emit(concern)
            return
        names = ("child_id", "rating_id", "track", "round_id", "institution_id", "invite_by", "hold_by")
        data = {
            "concern_id": concern.id,
            "urgency": "soon",
            **{name: getattr(concern, name) for name in names},
        }
        subject, version = concern.id, concern.version
        self.uow.emit(
            ConcernRaisedWithMore,
            subject=subject,
            version=version,
            data={**data, "group_id": concern.group_id},
        )
        self.uow.emit(ConcernRaisedV2, subject=subject, version=version, data=data)


class NewerAssessment(AssessmentService):
    """A producer of the future beside consumers of today."""

    def __init__(self) -> None:
        from services.assessment.handlers import joint

        joint.Concerns = NewerConcerns  # type: ignore[misc]


class ReadsMore(schemas.ConcernRaised):
    """Reads the new field when it is there."""

    urgency = fields.String(load_default="unknown")


class ReadsV2(ReadsMore):
    """Has learned to do without the field that went."""

    group_id = fields.String(load_default=None, allow_none=True)


class NewerMeetings(MeetingsService):
    """A consumer of the future beside a producer of today: it understands both types."""

    @subscribe("assessment", "concern.raised", reads=ReadsMore)
    def require_focus_meetings(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.require_focus_meetings)

    @subscribe("assessment", "concern.raised", reads=ReadsV2, version=2)
    def require_focus_meetings_v2(self, batch: Batch) -> None:
        self.db.handle(batch, self._as_v1)

    @staticmethod
    def _as_v1(uow: UnitOfWork, received: list[Received]) -> None:
        for event in received:
            event.data["group_id"] = event.data["group_id"] or event.data["institution_id"]
        handlers.require_focus_meetings(uow, received)
