"""What meetings does, by purpose: one command or event, one unit of work.

concerns: assessment's events. inviting: the job of a round and new invitations. answering: parents, by
link. timing: fixing and moving a time. course: staff's moves. minutes, calendars, templates, doing:
as they say. consents: what opens and closes doors. further: meetings that follow another. deadlines: jobs
that look at the calendar.
"""

from __future__ import annotations

from services.meetings.handlers.answering import answer, parent_view
from services.meetings.handlers.calendars import availability, block_time, free_time
from services.meetings.handlers.concerns import require_focus_meetings, settle_meetings, withhold_meetings
from services.meetings.handlers.consents import (
    consent_declined,
    consent_expired,
    consent_granted,
    consent_requested,
    consent_superseded,
    consent_withdrawn,
)
from services.meetings.handlers.course import (
    cancel,
    close,
    confirm,
    hold,
    invite,
    no_show,
    propose_times,
    reschedule,
    set_follow_up,
    set_roles,
)
from services.meetings.handlers.deadlines import find_breaches, notice_silence
from services.meetings.handlers.doing import complete_task
from services.meetings.handlers.further import further_meeting
from services.meetings.handlers.inviting import invite_required
from services.meetings.handlers.minutes import add_agreement, change_agreement, save_minutes
from services.meetings.handlers.preparing import draft, save_plan, set_interpreters, start
from services.meetings.handlers.sharing import minutes_view, share_minutes
from services.meetings.handlers.templates import (
    get_agenda,
    get_settings,
    list_agendas,
    store_agenda,
    store_settings,
)

__all__ = [
    "add_agreement",
    "answer",
    "availability",
    "block_time",
    "cancel",
    "change_agreement",
    "close",
    "complete_task",
    "confirm",
    "consent_declined",
    "consent_expired",
    "consent_granted",
    "consent_requested",
    "consent_superseded",
    "consent_withdrawn",
    "draft",
    "find_breaches",
    "free_time",
    "further_meeting",
    "get_agenda",
    "get_settings",
    "hold",
    "invite",
    "invite_required",
    "list_agendas",
    "minutes_view",
    "no_show",
    "notice_silence",
    "parent_view",
    "propose_times",
    "require_focus_meetings",
    "reschedule",
    "save_minutes",
    "save_plan",
    "set_follow_up",
    "set_interpreters",
    "set_roles",
    "settle_meetings",
    "share_minutes",
    "start",
    "store_agenda",
    "store_settings",
    "withhold_meetings",
]
