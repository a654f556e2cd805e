"""Messages to parents, from templates: one wording, as plain text and as HTML.

A template is written once with the building blocks of ``kit`` (a paragraph, a list, a button), which
exist for text and for HTML; so the two can never say different things. HTML escapes all that comes
from outside. A template asking for something that is not there is an error, never an empty gap.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.domain import About, Channel
from services.notifications.rendering import dates
from services.notifications.rendering.languages import Language, languages_for

TEMPLATES = Path(__file__).parent.parent / "templates"
CURRENT = "v1"
"""The folder of the templates in use. A change of meaning is a new folder; old notices keep theirs."""

WIDTH = 76

IN_FIVE_LANGUAGES = (About.CONSENT, About.WITHDRAWAL, About.TRANSITION)
"""Who must understand what she agrees to is asked in her own language, as far as consent itself has it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The one person who will read the message."""

    first_name: str
    last_name: str
    language: str | None
    interpreter: bool


@dataclass(frozen=True, slots=True)
class Content:
    """All that a message to one reader is made of.

    ``institution`` is the place's name, if known. ``several``: the child has more than one custody
    holder. ``facts`` are those of the notice (times, codes). ``link`` is the reader's own, if any.
    ``written_on`` dates a letter.
    """

    about: About
    channel: Channel
    reader: Reader
    child: str
    institution: str | None
    several: bool
    facts: Mapping[str, Any]
    written_on: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message; ``digest`` is the SHA-256 of its words without the personal link."""

    subject: str
    text: str
    html: str
    language: str
    template_version: str
    digest: str


def render(content: Content) -> Message:
    """The message in the reader's language, or in Danish with the English below."""
    languages = languages_for(content.reader.language, further=content.about in IN_FIVE_LANGUAGES)
    subject = " / ".join(_subject(content, language) for language in languages)
    text = _framed(content, languages, subject, html=False)
    html = _framed(content, languages, subject, html=True)
    return Message(
        subject=subject,
        text=text,
        html=html,
        language="+".join(language.code for language in languages),
        template_version=template_version(content.about, tuple(language.code for language in languages)),
        digest=_digest(subject, text, html, link=content.link),
    )


@cache
def template_version(about: About, languages: tuple[str, ...]) -> str:
    """The templates' folder and a digest of the sources used: tells whether two texts had one wording."""
    folder = TEMPLATES / CURRENT
    sources = sorted(path for path in folder.glob("*.j2"))
    for language in languages:
        sources += sorted((folder / language).glob(f"{about}.*.j2")) + sorted(
            (folder / language).glob("_*.j2")
        )
    found = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    return f"{CURRENT}-{found[:12]}"


def _subject(content: Content, language: Language) -> str:
    template = _environment(html=False).get_template(f"{language.code}/{content.about}.subject.j2")
    return " ".join(template.render(_names(content, language)).split())


def _framed(content: Content, languages: tuple[Language, ...], subject: str, *, html: bool) -> str:
    environment = _environment(html=html)
    kind = "html" if html else "txt"
    parts = [
        {
            "language": language,
            "body": environment.get_template(f"{language.code}/{content.about}.body.j2").render(
                _names(content, language), kit=environment.get_template(f"kit.{kind}.j2").module
            ),
        }
        for language in languages
    ]
    frame = "letter" if content.channel is Channel.LETTER else "mail"
    framed = environment.get_template(f"{frame}.{kind}.j2").render(
        parts=parts,
        subject=subject,
        languages=languages,
        to=f"{content.reader.first_name} {content.reader.last_name}".strip(),
        institution=content.institution,
        written_on=dates.day(languages[0], content.written_on),
    )
    return framed if html else re.sub(r"\n{3,}", "\n\n", framed).strip() + "\n"


def _names(content: Content, language: Language) -> dict[str, Any]:
    """What templates may speak of. Anything else is undefined, so it cannot slip into a text."""
    facts = content.facts
    names: dict[str, Any] = {
        "guardian": content.reader.first_name,
        "child": content.child,
        "institution": content.institution,
        "interpreter": content.reader.interpreter,
        "several": content.several,
        "letter": content.channel is Channel.LETTER,
        "link": content.link,
    }
    if content.about is About.INVITATION:
        names["times"] = [
            dates.period(language, each["starts_at"], each["ends_at"]) for each in facts["proposals"]
        ]
        names["answer_by"] = dates.moment(language, facts["answer_by"])
        names["new_times"] = facts["reason"] == "new_times"
    elif content.about is About.CONFIRMATION:
        names["when"] = dates.period(language, facts["starts_at"], facts["ends_at"])
        names["starts"] = dates.moment(language, facts["starts_at"])
        names |= {key: facts[key] for key in ("accepted", "moved", "place")}
    elif content.about is About.CANCELLATION:
        starts, ends = facts["starts_at"], facts["ends_at"]
        names["when"] = dates.period(language, starts, ends) if starts and ends else None
        names |= {"reason": facts["reason"], "calendar": facts["form"] == "calendar"}
    elif content.about is About.CONSENT:
        names |= {"form": facts["form"], "answer_by": dates.day(language, facts["answer_by"])}
    elif content.about in (About.MINUTES, About.TRANSITION):
        names |= {"until": dates.day(language, facts["link_until"]), "again": facts["again"]}
    return names


def _digest(*texts: str, link: str | None) -> str:
    whole = "\0".join(texts)
    # The link is a key: not even its digest is worth keeping.
    return hashlib.sha256((whole.replace(link, "") if link else whole).encode()).hexdigest()


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / CURRENT),
        autoescape=html,  # noqa: S701 - plain text has nothing to escape; HTML is escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["squeeze"] = _squeeze
    environment.filters["fill"] = _filled
    environment.filters["item"] = _item
    return environment


def _filled(text: str, indent: str = "") -> str:
    """Words in lines of at most :data:`WIDTH`; a longer word, such as a link, stays whole."""
    lines, line = [], ""
    for word in text.split():
        if line and len(indent) + len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return f"\n{indent}".join([*lines, line])


def _item(text: str) -> str:
    """A text as an entry of a list."""
    return f"- {_filled(text, '  ')}"


def _squeeze(text: Any) -> Any:
    """White space as one space. Keeps what is safe for HTML marked as safe."""
    return type(text)(" ".join(text.split()))
