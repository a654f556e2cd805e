"""Messages with invented people, so that texts can be looked at without telling anybody anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.chassis.errors import Invalid
from services.notifications.domain import About, CancellationForm, Channel
from services.notifications.rendering.calendar import calendar_file
from services.notifications.rendering.engine import Content, Message, Reader, render
from services.notifications.writing import HIDDEN_LINKS

VARIANTS: dict[About, dict[str, dict[str, Any]]] = {
    About.CONCERN: {"joint": {"several": True}, "sole": {"several": False}},
    About.INVITATION: {"first": {"reason": "first"}, "new_times": {"reason": "new_times"}},
    About.CONFIRMATION: {
        "accepted": {"accepted": True},
        "other": {"accepted": False},
        "moved": {"moved": True},
        "online": {"place": "online"},
    },
    About.CANCELLATION: {
        "staff": {"reason": "staff"},
        "settled": {"reason": "settled"},
        "moved": {"reason": "moved"},
        "invited": {"form": CancellationForm.PLAIN.value, "starts_at": None, "ends_at": None},
    },
    About.MINUTES: {"first": {"again": False}, "again": {"again": True}},
    About.CONSENT: {form: {"form": form} for form in ("asked", "reminded", "informed")},
    About.WITHDRAWAL: {"told": {}},
    About.TRANSITION: {"first": {"again": False}, "again": {"again": True}},
}
"""The wordings of each kind; the first is the one shown when none is asked for."""


def facts(about: About, variant: str, at: datetime) -> dict[str, Any]:
    """The facts of an invented notice of this kind and wording, at some day after ``at``."""
    starts = (at + timedelta(days=10)).replace(hour=12, minute=30, second=0, microsecond=0)
    half = timedelta(minutes=30)
    common: dict[About, dict[str, Any]] = {
        About.CONCERN: {},
        About.INVITATION: {
            "proposals": [
                {"starts_at": starts + timedelta(days=day), "ends_at": starts + timedelta(days=day) + half}
                for day in range(3)
            ],
            "answer_by": starts - timedelta(days=3),
            "link_until": starts + timedelta(days=3),
        },
        About.CONFIRMATION: {
            "starts_at": starts,
            "ends_at": starts + half,
            "sequence": 0,
            "accepted": False,
            "moved": False,
            "place": "institution",
        },
        About.CANCELLATION: {
            "starts_at": starts,
            "ends_at": starts + half,
            "sequence": 1,
            "reason": "staff",
            "form": CancellationForm.CALENDAR.value,
        },
        About.MINUTES: {"link_until": at + timedelta(days=90)},
        About.CONSENT: {"answer_by": at + timedelta(days=14), "link_until": at + timedelta(days=365)},
        About.WITHDRAWAL: {"link_until": at + timedelta(days=365)},
        About.TRANSITION: {"link_until": at + timedelta(days=60)},
    }
    return {"several": True, **common[about], **VARIANTS[about][variant]}


def message(
    about: About, language: str, channel: Channel, variant: str, at: datetime, *, interpreter: bool = False
) -> Message:
    """The message to an invented parent."""
    given = facts(about, variant, at)
    return render(
        Content(
            about=about,
            channel=channel,
            reader=Reader("Kirsten", "Prøve", language, interpreter),
            child="Viggo",
            institution="Børnehuset Eksempel",
            several=given["several"],
            facts=given,
            written_on=at,
            link=HIDDEN_LINKS.get(about) if channel is Channel.EMAIL else None,
        )
    )


def preview(kind: str, language: str, channel: str, variant: str | None, at: datetime) -> dict[str, Any]:
    """What the call ``preview`` gives back; :class:`Invalid` names the wordings there are."""
    about = About(kind)
    variants = VARIANTS[about]
    chosen = variant or next(iter(variants))
    if chosen not in variants:
        raise Invalid("Den ordlyd findes ikke.", fields={"variant": f"Vælg en af: {', '.join(variants)}."})
    written = message(about, language, Channel(channel), chosen, at)
    return {
        "notice_id": None,
        "language": written.language,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
        "calendar": _calendar(about, facts(about, chosen, at), written.language, channel, at),
        "template_version": written.template_version,
        "as_sent": None,
    }


def _calendar(about: About, given: dict[str, Any], language: str, channel: str, at: datetime) -> str | None:
    cancelled = about is About.CANCELLATION
    if channel == Channel.LETTER or not (
        about is About.CONFIRMATION or (cancelled and given["form"] == CancellationForm.CALENDAR)
    ):
        return None
    return calendar_file(
        meeting_id="00000000-0000-4000-8000-000000000000",
        sequence=given["sequence"],
        starts_at=given["starts_at"],
        ends_at=given["ends_at"],
        cancelled=cancelled,
        language=language.split("+")[0],
        place="Børnehuset Eksempel",
        online=given.get("place") == "online",
        organiser="eksempel@example.org",
        attendee="kirsten@example.org",
        made_at=at,
    ).decode()
