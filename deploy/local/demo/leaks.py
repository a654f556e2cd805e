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
from deploy.local.demo.mails import Mail
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.registry import models as registry

COLOURS = frozenset({"green", "yellow", "red", "grøn", "gul", "rød", "grønt", "gult", "rødt", "gule", "røde"})
INTERNAL = "dk.trivsel.assessment.joint_rating.finalised.v1"
"""The one event that carries the position. It stays inside the house."""
ENOUGH = 20
_WORD = re.compile(r"\w+")
_CPR = re.compile(r"(?<![\w-])\d{6}-?\d{4}(?![\w-])")
_DOOR = re.compile(r"([^\W\d_]+) (\d+[a-z]?)\b")
_PHONE = re.compile(r"(?<!\d)(?:45)?(\d{8})(?!\d)")
_MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")


@dataclass(frozen=True)
class Secrets:
    """What is personal in this municipality."""

    names: frozenset[str]
    mail_addresses: frozenset[str]
    phones: frozenset[str]
    cpr: frozenset[str]
    doors: frozenset[tuple[str, str]]
    """The last word of a street's name in small letters, and the number of the house."""


def find(house: House, stores: Stores, listener: Listener, sent: list[Mail], canary: str) -> list[str]:
    """Each leak in a sentence that does not repeat it."""
    secrets = _secrets(house, stores)
    leaks = [
        *_in_events(listener, secrets, canary),
        *_in_logs(house.folder, secrets, canary),
        *_in_mails(sent, secrets, canary),
    ]
    return leaks[:ENOUGH]


def _secrets(house: House, stores: Stores) -> Secrets:
    names: set[str] = set()
    addresses: set[str] = set()
    phones: set[str] = set()
    for kind in (registry.Child, registry.Guardian, registry.Staff):
        for row in stores.rows("registry", select(kind.first_name, kind.last_name, kind.email, kind.phone)):
            names.update(_WORD.findall(f"{row.first_name} {row.last_name}"))
            addresses.add((row.email or "").lower())
            phones.add(re.sub(r"\D", "", row.phone or "")[-8:])
    doors: set[tuple[str, str]] = set()
    for row in stores.rows("registry", select(registry.Child.address)):
        doors.update(_doors((row.address or "").split(",")[0]))
    return Secrets(
        names=frozenset(names),
        mail_addresses=frozenset(addresses - {""}),
        phones=frozenset(phones - {""}),
        cpr=frozenset(_cpr_numbers(house.folder / "municipality")),
        doors=frozenset(doors),
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
        where = f"an event {type_}" + (" on the public exchange" if heard.public else "")
        if type_ == INTERNAL and heard.public:
            yield f"{where}: it must stay inside"
        text = f"{heard.body} {heard.headers}"
        yield from _in_text(text, where, secrets, canary, colours=type_ != INTERNAL)


def _in_logs(folder: Path, secrets: Secrets, canary: str) -> Iterator[str]:
    ours = sorted((folder / "logs").glob("*.log"))
    servers = [path for path in sorted(folder.glob("*/*.log")) if path not in ours]
    for path in [*ours, *servers]:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                where = f"{path.relative_to(folder)} line {number}"
                if path in ours:
                    yield from _in_text(line, where, secrets, canary, colours=True)
                else:  # a server's start names people and months of its own
                    yield from _anywhere(line, where, secrets, canary)


def _in_text(text: str, where: str, secrets: Secrets, canary: str, *, colours: bool) -> Iterator[str]:
    words = set(_WORD.findall(text))
    if words & secrets.names:
        yield f"{where} holds a name"
    if colours and {word.lower() for word in words} & COLOURS:
        yield f"{where} holds a colour"
    if set(_MAIL_ADDRESS.findall(text.lower())) & secrets.mail_addresses:
        yield f"{where} holds a mail address"
    yield from _anywhere(text, where, secrets, canary)


def _anywhere(text: str, where: str, secrets: Secrets, canary: str) -> Iterator[str]:
    if canary in text.lower():
        yield f"{where} holds free text"
    if any(number.replace("-", "") in secrets.cpr for number in _CPR.findall(text)):
        yield f"{where} holds a CPR number"
    if set(_doors(text)) & secrets.doors:
        yield f"{where} holds an address"


def _doors(text: str) -> Iterator[tuple[str, str]]:
    for match in _DOOR.finditer(text.lower()):
        yield match[1], match[2]


def _in_mails(sent: Iterable[Mail], secrets: Secrets, canary: str) -> Iterator[str]:
    """A mail may name its own child and its recipient; nothing else that is personal, and no colour."""
    for number, mail in enumerate(sent, 1):
        where = f"mail {number}"
        if {word.lower() for word in _WORD.findall(mail.text)} & COLOURS:
            yield f"{where} holds a colour"
        yield from _anywhere(mail.text, where, secrets, canary)
        if set(_PHONE.findall(mail.text.replace(" ", ""))) & secrets.phones:
            yield f"{where} holds a telephone number"
        others = set(_MAIL_ADDRESS.findall(mail.text.lower())) & secrets.mail_addresses
        if others - {mail.recipient.lower()}:
            yield f"{where} holds another's mail address"
