"""Errors with a code, a sentence for a person and, where a field is wrong, its mend.

An error's text may be shown to staff and parents and may be logged: it never carries a name,
a CPR number, an address, a colour or anything somebody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TrivselError(Exception):
    """What a caller did wrong or cannot have, told so that she can mend it.

    ``code`` is stable and for machines, ``detail`` is Danish and for people, ``fields`` maps a
    field's path (``items.3.reason``) to its mend, ``extra`` holds further facts for machines
    (the current version in a conflict).
    """

    status = 500
    code = "internal"
    title = "Der opstod en fejl"

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.detail = detail or self.title
        self.fields = dict(fields or {})
        self.extra = dict(extra or {})

    def problem(self) -> dict[str, Any]:
        """The members of an RFC 9457 problem document, without its ``type`` address."""
        return {
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **({"fields": self.fields} if self.fields else {}),
            **self.extra,
        }


class Invalid(TrivselError):
    """The input breaks a rule; ``fields`` names which and how to mend it."""

    status, code, title = 422, "invalid", "Oplysningerne kan ikke gemmes, som de er"


class NotFound(TrivselError):
    """There is no such thing, or the caller may not know that there is."""

    status, code, title = 404, "not-found", "Det findes ikke, eller du har ikke adgang til det"


class Forbidden(TrivselError):
    """The caller may know that the thing exists, but not do this with it."""

    status, code, title = 403, "forbidden", "Du har ikke adgang til at gøre dette"


class Unauthenticated(TrivselError):
    """Nobody, or nobody any longer, stands behind the call."""

    status, code, title = 401, "unauthenticated", "Du skal logge ind"


class Conflict(TrivselError):
    """Somebody else was first, or the thing is not in a state that allows this."""

    status, code, title = 409, "conflict", "Det er ændret i mellemtiden"


class PreconditionFailed(TrivselError):
    """The caller's version is not the current one; ``extra['version']`` is."""

    status, code, title = 412, "version-mismatch", "En anden har ændret det i mellemtiden"


class LinkForged(TrivselError):
    """The link was not made by us for this purpose, or has been altered."""

    status, code, title = 404, "link-unknown", "Linket virker ikke"


class LinkExpired(TrivselError):
    """The link was good once."""

    status, code, title = 410, "link-expired", "Linket er udløbet"


class Unavailable(TrivselError):
    """A part of the system does not answer now. Nothing is known to have been done."""

    status, code, title = 503, "unavailable", "Systemet svarer ikke lige nu. Prøv igen om lidt"


class OutcomeUnknown(TrivselError):
    """A part did not answer in time. What was asked for may or may not have been done."""

    status, code, title = 504, "outcome-unknown", "Systemet nåede ikke at svare. Se efter, om det blev gemt"


class NotYet(Exception):
    """An event came before what it rests on. Try it again later; ``code`` says what is missing."""

    def __init__(self, code: str = "not-yet") -> None:
        super().__init__(code)
        self.code = code


class Permanent(Exception):
    """A message that no retry can help. ``code`` becomes its reason in the dead-letter queue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


BY_CODE: dict[str, type[TrivselError]] = {
    kind.code: kind
    for kind in (
        Invalid,
        NotFound,
        Forbidden,
        Unauthenticated,
        Conflict,
        PreconditionFailed,
        LinkForged,
        LinkExpired,
        Unavailable,
        OutcomeUnknown,
    )
}


def from_problem(problem: Mapping[str, Any]) -> TrivselError:
    """The error that a problem document tells of, on the caller's side of the bus."""
    known = {"code", "title", "status", "detail", "fields"}
    status = problem.get("status")
    kind = BY_CODE.get(str(problem.get("code"))) or next(
        (kind for kind in BY_CODE.values() if kind.status == status), TrivselError
    )
    return kind(
        problem.get("detail"),
        code=problem.get("code"),
        fields=problem.get("fields"),
        extra={key: value for key, value in problem.items() if key not in known},
    )
