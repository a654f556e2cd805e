"""A child's events from every service as one story, and the way each concern went.

Each service tells what its own caller may see, in codes. Here they are put in order, given words, and
threaded: from the joint rating over the concern and the meeting to the parents' answer, with the time
between. An event whose kind nobody has given words yet is shown by its code rather than left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from services.chassis.actor import Actor
from services.chassis.context import Context
from services.chassis.errors import TrivselError
from services.gateway.calls import Calls, Failure
from services.gateway.schemas import SERVICES
from services.gateway.web.language import N_
from services.gateway.web.words import FURTHER, WORDS, Word

SECONDS = 3.0
TELLERS = (*SERVICES, "consent")
"""Who tells of a child to people; the API's timeline is of those that stand in its contract."""


@dataclass(frozen=True)
class Entry:
    """One event: when, who tells it, what it is in words, and the codes it came with."""

    at: datetime
    service: str
    kind: str
    word: Word
    facts: Mapping[str, Any]
    concern_id: str | None = None
    meeting_id: str | None = None
    times: int = 1

    def as_item(self) -> dict[str, Any]:
        """The event for the API."""
        return {
            "at": self.at,
            "service": self.service,
            "kind": self.kind,
            "word": self.word.text,
            "lane": "system" if self.word.system else "business",
            "concern_id": self.concern_id,
            "meeting_id": self.meeting_id,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True)
class Story:
    """What there is to tell, the newest first; `silent` are the services that did not answer."""

    entries: list[Entry]
    silent: list[str] = field(default_factory=list)


def read(
    calls: Calls, child_id: str, actor: Actor, context: Context, tellers: Sequence[str] = SERVICES
) -> Story:
    """Ask every service at once. One that may not tell or knows no such child decides for itself.

    Raises what the services raised when none of them gave anything: the child is then not to be seen.
    """
    found = calls.side_by_side(
        {service: (f"{service}.timeline", {"child_id": child_id}) for service in tellers},
        actor,
        context,
        SECONDS,
    )
    failures = {service: part.error for service, part in found.items() if isinstance(part, Failure)}
    if len(failures) == len(tellers):
        raise _gravest(failures.values())
    items = {service: part["items"] for service, part in found.items() if not isinstance(part, Failure)}
    return Story(merge(items), [service for service, error in failures.items() if error.status >= 500])


def _gravest(errors: Iterable[TrivselError]) -> TrivselError:
    """A refusal tells more than a silence: it is what the caller must hear."""
    return min(errors, key=lambda error: (error.status >= 500, error.status))


def merge(items: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Entry]:
    """The services' items in one order, the newest first, each with the concern it belongs to."""
    raw = [(service, item) for service, several in items.items() for item in several]
    concern_of = {
        item["meeting_id"]: item["concern_id"]
        for _, item in raw
        if item.get("meeting_id") and item.get("concern_id")
    }
    concern_of_rating = {
        item["rating_id"]: item["concern_id"]
        for _, item in raw
        if item.get("rating_id") and item.get("concern_id")
    }
    entries = [
        _entry(service, item, concern_of, concern_of_rating) for service, item in raw if item.get("at")
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.word.rank), reverse=True)


def _entry(
    service: str, item: Mapping[str, Any], by_meeting: Mapping[str, str], by_rating: Mapping[str, str]
) -> Entry:
    kind = str(item.get("kind", ""))
    concern = (
        item.get("concern_id")
        or by_meeting.get(item.get("meeting_id", ""))
        or by_rating.get(item.get("rating_id", ""))
    )
    facts = {
        name: value
        for name, value in item.items()
        if name not in ("at", "kind", "concern_id", "meeting_id") and value is not None
    }
    return Entry(
        at=moment_of(item["at"]),
        service=service,
        kind=kind,
        word=_of_its_kind(
            WORDS.get((service, kind))
            or Word("other", kind.replace("_", " ").replace(".", " "), system=True),
            item.get("meeting_kind"),
        ),
        facts=facts,
        concern_id=concern,
        meeting_id=item.get("meeting_id"),
    )


def _of_its_kind(word: Word, meeting_kind: Any) -> Word:
    """In the reader's language. A further meeting is called by its own name, and is no step on the way from
    the concern."""
    text = _(word.text)
    if meeting_kind not in FURTHER:
        return replace(word, text=text, ends=_(word.ends) if word.ends else None)
    text = text.replace(_("Fokusmøde"), FURTHER[meeting_kind])
    return replace(word, text=text, role=None, by=None, ends=None)


def moment_of(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


ALIKE = ("about", "channel", "code", "detail", "position", "track")
TOGETHER = timedelta(seconds=30)


def collapse(entries: Iterable[Entry]) -> list[Entry]:
    """The system's events of one kind right after one another, such as a notice to each parent, as one."""
    found: list[Entry] = []
    for entry in entries:
        last = found[-1] if found else None
        if last and entry.word.system and _alike(last, entry):
            found[-1] = replace(last, times=last.times + 1)
        else:
            found.append(entry)
    return found


def _alike(one: Entry, other: Entry) -> bool:
    same = (one.service, one.kind, one.concern_id, one.meeting_id)
    return (
        same == (other.service, other.kind, other.concern_id, other.meeting_id)
        and abs(one.at - other.at) <= TOGETHER
        and all(one.facts.get(name) == other.facts.get(name) for name in ALIKE)
    )


def day_of(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


# The way of a concern --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step on a concern's way; `at` is None while it has not been taken."""

    icon: str
    text: str
    at: datetime | None = None
    after: timedelta | None = None


@dataclass(frozen=True)
class Chain:
    """How one concern went, from rating to confirmed meeting."""

    concern_id: str
    started: datetime
    track: str | None
    steps: list[Step]
    ended: str | None = None

    @property
    def lasted(self) -> timedelta | None:
        """From the first step taken to the last."""
        taken = [step.at for step in self.steps if step.at]
        return max(taken) - min(taken) if len(taken) > 1 else None


STEPS: tuple[tuple[str, str, str], ...] = (
    ("rating", "rating", N_("Fælles vurdering")),
    ("concern", "concern", N_("Bekymring")),
    ("meeting", "meeting", N_("Møde oprettet")),
    ("notice", "mail", N_("Forældre orienteret")),
    ("invited", "meeting", N_("Tider foreslået")),
    ("invitation", "mail", N_("Invitation sendt")),
    ("answer", "answer", N_("Forældre svarede")),
    ("confirmed", "confirmed", N_("Møde aftalt")),
)
"""Role of an event in the chain, icon and word, in the order they normally come.

Those taken are shown by their time: notice and meeting are made side by side, by two services.
"""


def chains(entries: Iterable[Entry]) -> list[Chain]:
    """One chain for each concern, the newest first. A concern withheld or settled says so."""
    by_concern: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.concern_id:
            by_concern.setdefault(entry.concern_id, []).append(entry)
    found = [
        _chain(concern_id, sorted(some, key=lambda one: one.at)) for concern_id, some in by_concern.items()
    ]
    return sorted(found, key=lambda chain: chain.started, reverse=True)


def _chain(concern_id: str, entries: list[Entry]) -> Chain:
    first: dict[str, datetime] = {}
    ended: str | None = None
    for entry in entries:
        role = entry.word.role_of(entry.facts)
        if role:
            first.setdefault(role, entry.at)
        ended = entry.word.ends or (None if role == "concern" else ended)
    known = [(role, icon, _(text)) for role, icon, text in STEPS if role in first]
    steps: list[Step] = []
    before: datetime | None = None
    for role, icon, text in sorted(known, key=lambda step: first[step[0]]):
        at = first[role]
        steps.append(Step(icon, text, at, at - before if before else None))
        before = at
    if not ended:  # what has ended waits for nothing more
        steps += [Step(icon, _(text)) for role, icon, text in STEPS if role not in first]
    track = next((str(entry.facts["track"]) for entry in entries if entry.facts.get("track")), None)
    return Chain(concern_id, entries[0].at, track, steps, ended)
