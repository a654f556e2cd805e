"""Operations on notices to parents: what was told, whether it arrived, what waits to be printed."""

from __future__ import annotations

from services.gateway.api.operation import Operation
from services.notifications import schemas

STAFF = ("pedagogue", "childminder", "teacher", "health_visitor", "leader", "specialist")
LEADERS = ("leader", "administration")

OPERATIONS = (
    Operation(
        "GET",
        "/children/<uuid:child_id>/notices",
        "notifications.list_for_child",
        "Notices about a child and their delivery",
        schemas.OfChild,
        schemas.Notices,
        STAFF,
    ),
    Operation(
        "GET",
        "/notices/<uuid:notice_id>",
        "notifications.get_notice",
        "One notice as its recipient reads it",
        schemas.OfNotice,
        schemas.NoticeDetail,
        STAFF,
    ),
    Operation(
        "GET",
        "/failed-notices",
        "notifications.failed_notices",
        "Notices that could not be delivered",
        schemas.FailedNotices,
        schemas.Notices,
        LEADERS,
    ),
    Operation(
        "POST",
        "/notices/<uuid:notice_id>/retry",
        "notifications.retry",
        "Try a failed notice again",
        schemas.OfNotice,
        schemas.Notice,
        LEADERS,
    ),
    Operation(
        "GET",
        "/letters",
        "notifications.print_queue",
        "Letters to print, or those printed",
        schemas.PrintQueue,
        schemas.Notices,
        LEADERS,
    ),
    Operation(
        "GET",
        "/letters/<uuid:notice_id>",
        "notifications.letter",
        "A letter as it is printed",
        schemas.OfNotice,
        schemas.Letter,
        LEADERS,
    ),
    Operation(
        "POST",
        "/letters/printed",
        "notifications.mark_printed",
        "Mark letters as printed",
        schemas.MarkPrinted,
        schemas.Marked,
        LEADERS,
    ),
    Operation(
        "POST",
        "/children/<uuid:child_id>/invitation-preview",
        "notifications.preview_invitation",
        "An invitation as each custody holder would get it now",
        schemas.PreviewInvitation,
        schemas.ForRecipients,
        STAFF,
        notes="Nothing is sent or kept.",
    ),
    Operation(
        "GET",
        "/message-preview",
        "notifications.preview",
        "A message with invented people, to look at",
        schemas.Preview,
        schemas.Rendered,
        ("leader", "administration"),
    ),
)
