"""Looks for what must never get out: colours, names, CPR numbers, addresses and what somebody wrote.

Every event as it came over the wire, every log and every mail of the demonstration is read through.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from deploy.local.demo.listening import Listener
from deploy.local.demo.mails import Mail, mails
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.registry import models as registry

COLOURS = frozenset({"green", "yellow", "red", "grøn", "gul", "rød", "grønt", "gult", "rødt", "gule", "røde"})
INTERNAL = "dk.trivsel.assessment.joint_rating.finalised.v1"
"""The one event that carries the position. It stays inside the house."""
ENOUGH = 20
_WORD = re.compile(r"\w+")
_CPR = re.compile(r"(?<![\w-])\d{6}-?\d{4}(?![\w-])")


@dataclass(frozen=True)
class Secrets:
    """What is personal in this municipality."""

    names: frozenset[str]
    phrases: frozenset[str]
    """E-mail addresses, telephone numbers and street addresses, in small letters."""
    cpr: frozenset[str]


def find(house: House, stores: Stores, listener: Listener, canary: str) -> list[str]:
    """Each leak in a sentence that does not repeat it."""
    secrets = _secrets(house, stores)
    leaks = [
        *_in_events(listener, secrets, canary),
        *_in_logs(house.folder, secrets, canary),
        *_in_mails(mails(house.mailbox), secrets, canary),
    ]
    return leaks[:ENOUGH]


def _secrets(house: House, stores: Stores) -> Secrets:
    names: set[str] = set()
    phrases: set[str] = set()
    for kind in (registry.Child, registry.Guardian, registry.Staff):
        for row in stores.rows("registry", select(kind.first_name, kind.last_name, kind.email, kind.phone)):
            names.update(_WORD.findall(f"{row.first_name} {row.last_name}"))
            phrases.update(text.lower() for text in (row.email, row.phone) if text)
    for row in stores.rows(
        "registry", select(registry.Child.address).where(registry.Child.address.is_not(None))
    ):
        phrases.add(row.address.split(",")[0].lower())
    return Secrets(
        frozenset(names), frozenset(phrases), frozenset(_cpr_numbers(house.folder / "municipality"))
    )


def _cpr_numbers(folder: Path) -> Iterator[str]:
    """They are sealed in the database, so they are read from the files that were imported."""
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.readline()
            file.seek(0)
            for row in csv.DictReader(file, delimiter=";" if ";" in sample else ","):
                if cpr := (row.get("cpr") or "").replace("-", "").strip():
                    yield cpr


def _in_events(listener: Listener, secrets: Secrets, canary: str) -> Iterator[str]:
    for heard in listener.heard:
        type_ = str(heard.event.get("type"))
        text = f"{heard.body} {heard.headers}"
        where = f"an event {type_}" + (" on the public exchange" if heard.public else "")
        if type_ == INTERNAL and heard.public:
            yield f"{where}: it must stay inside"
        colours = type_ != INTERNAL
        yield from _in_text(text, where, secrets, canary, colours=colours)


def _in_logs(folder: Path, secrets: Secrets, canary: str) -> Iterator[str]:
    ours = sorted((folder / "logs").glob("*.log"))
    servers = [path for path in sorted(folder.glob("*/*.log")) if path not in ours]
    for path in [*ours, *servers]:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                where = f"{path.relative_to(folder)} line {number}"
                if path in ours:
                    yield from _in_text(line, where, secrets, canary, colours=True)
                else:  # a server's start names people and colours of its own
                    yield from _anywhere(line, where, secrets, canary)


def _in_text(text: str, where: str, secrets: Secrets, canary: str, *, colours: bool) -> Iterator[str]:
    words = set(_WORD.findall(text))
    if words & secrets.names:
        yield f"{where} holds a name"
    if colours and {word.lower() for word in words} & COLOURS:
        yield f"{where} holds a colour"
    yield from _anywhere(text, where, secrets, canary)


def _anywhere(text: str, where: str, secrets: Secrets, canary: str) -> Iterator[str]:
    small = text.lower()
    if canary in small:
        yield f"{where} holds free text"
    if any(number.replace("-", "") in secrets.cpr for number in _CPR.findall(text)):
        yield f"{where} holds a CPR number"
    if "@" in small and any(phrase in small for phrase in _candidates(small, secrets)):
        yield f"{where} holds a mail address"


def _candidates(small: str, secrets: Secrets) -> set[str]:
    return set(re.findall(r"[\w.+-]+@[\w.-]+\w", small)) & secrets.phrases


def _in_mails(found: Iterable[Mail], secrets: Secrets, canary: str) -> Iterator[str]:
    """A mail may name its own child; nothing else that is personal, and never a colour."""
    streets = {phrase for phrase in secrets.phrases if "@" not in phrase}
    for number, mail in enumerate(found, 1):
        where = f"mail {number}"
        words = {word.lower() for word in _WORD.findall(mail.text)}
        if words & COLOURS:
            yield f"{where} holds a colour"
        if canary in mail.text.lower():
            yield f"{where} holds free text"
        if any(cpr.replace("-", "") in secrets.cpr for cpr in _CPR.findall(mail.text)):
            yield f"{where} holds a CPR number"
        small = mail.text.lower()
        if any(street in small for street in streets):
            yield f"{where} holds an address or a telephone number"
