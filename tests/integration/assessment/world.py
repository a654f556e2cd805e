"""A small invented municipality as assessment knows it, told by registry's own events."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from services.assessment import models, projection, schemas
from services.assessment.handlers import absence, joint, own, rounds
from services.assessment.queries import sheets
from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.catalogue import read
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.received import Batch, Received

_READS = {
    "child": schemas.ChildRecorded,
    "institution": schemas.InstitutionRecorded,
    "staff": schemas.StaffRecorded,
}
_HANDLERS = {
    "child": projection.child_recorded,
    "institution": projection.institution_recorded,
    "staff": projection.staff_recorded,
}
EVERYWHERE = "*"


def staff(role: str, *units: str, id_: str | None = None) -> Actor:
    """A member of staff with one role in some units, at work."""
    return Actor(
        id_ or str(uuid4()), "staff", tuple(Grant(role, unit) for unit in units), "Trivselsvurdering"
    )


ADMINISTRATION = staff("administration", EVERYWHERE)


@dataclass
class House:
    """An institution with one group and its people."""

    kind: str
    id: str = field(default_factory=lambda: str(uuid4()))
    group: str = field(default_factory=lambda: str(uuid4()))
    other_group: str = field(default_factory=lambda: str(uuid4()))
    district: str = field(default_factory=lambda: str(uuid4()))
    grade: int | None = None

    def __post_init__(self) -> None:
        role = {"dagpleje": "childminder", "school": "teacher", "health_visiting": "health_visitor"}.get(
            self.kind, "pedagogue"
        )
        self.role = role
        self.anna = staff(role, self.group)
        self.bo = staff(role, self.group)
        self.leader = staff("leader", self.id)

    @property
    def people(self) -> list[str]:
        return [self.anna.id, self.bo.id]


class World:
    """Tells registry's events to the projection, and speaks for the professionals."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._versions = itertools.count(1)
        self.born: dict[str, date] = {}

    # Registry ----------------------------------------------------------------------------------------

    def tell(self, kind: str, *data: dict[str, Any], version: int | None = None) -> Batch:
        """Registry's news of one or more records, as one batch."""
        events = [
            Received(
                str(uuid4()),
                f"dk.trivsel.registry.{kind}.recorded.v1",
                one[f"{kind}_id"],
                version or next(self._versions),
                clock.now(),
                read(_READS[kind], one),
                Context.new(),
            )
            for one in data
        ]
        batch = Batch(f"assessment.{kind}_recorded", events)
        self.database.handle(batch, _HANDLERS[kind])
        if batch.failures:
            raise next(iter(batch.failures.values()))
        return batch

    def house(self, kind: str = "vuggestue", grade: int | None = None) -> House:
        """An institution with two groups, two who rate and a leader."""
        house = House(kind, grade=grade)
        self.tell("institution", institution_data(house))
        self.tell(
            "staff",
            *(staff_data(actor, house.role, "group", house.group) for actor in (house.anna, house.bo)),
            staff_data(house.leader, "leader", "institution", house.id),
        )
        return house

    def child(self, *places: dict[str, Any], months: int = 20, id_: str | None = None) -> str:
        """A child of an age at some places."""
        id_ = id_ or str(uuid4())
        born = self.born.setdefault(id_, clock.today() - timedelta(days=int(months * 30.5)))
        self.tell("child", child_data(id_, born, *places))
        return id_

    def children(self, house: House, count: int, months: int = 20) -> list[str]:
        """Children of an age in a house's group, in the order of their ids, as a sheet has them."""
        born = clock.today() - timedelta(days=int(months * 30.5))
        ids = sorted((str(uuid4()) for _ in range(count)), key=lambda id_: UUID(id_).bytes)
        for id_ in ids:
            self.born[id_] = born
        self.tell("child", *(child_data(id_, born, at(house)) for id_ in ids))
        return ids

    # Rounds and ratings ------------------------------------------------------------------------------

    def do(self, handler: Any, actor: Actor, **arguments: Any) -> Any:
        """One call, one transaction."""
        with self.database.unit_of_work() as uow:
            return handler(uow, actor, **arguments)

    def open_round(
        self, *kinds: str, name: str = "Efterår", first: int = -7, last: int = 30
    ) -> dict[str, Any]:
        """A round of some kinds, open now; ``first`` and ``last`` are days from today."""
        today = clock.today()
        windows = [
            {"kind": kind, "from": today + timedelta(days=first), "to": today + timedelta(days=last)}
            for kind in kinds or ("health_visiting", "dagpleje", "vuggestue", "boernehave", "school")
        ]
        planned = self.do(rounds.plan_round, ADMINISTRATION, name=name, windows=windows)
        opened: dict[str, Any] = self.do(
            rounds.open_round, ADMINISTRATION, round_id=planned["round_id"], expected_version=1
        )
        return opened

    def close_round(self, round_id: str) -> None:
        self.do(rounds.close_round, ADMINISTRATION, round_id=round_id, expected_version=2)

    def sheet(self, round_id: str, house: House, actor: Actor | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.do(
            sheets.group_sheet, actor or house.anna, round_id=round_id, group_id=house.group
        )
        return found

    def rows(self, round_id: str, house: House, actor: Actor | None = None) -> dict[str, dict[str, Any]]:
        """The rows of a sheet by child."""
        return {row["child_id"]: row for row in self.sheet(round_id, house, actor)["children"]}

    def group(self, call: str, actor: Actor, round_id: str, house: House, items: list[Any]) -> dict[str, Any]:
        """A call about the group, validated as the bus would."""
        handler, schema = _GROUP_CALLS[call]
        data = schema().load({"round_id": round_id, "group_id": house.group, "items": items})
        result: dict[str, Any] = self.do(handler, actor, **data)
        return result

    def rate(self, actor: Actor, round_id: str, house: House, *, positions: Any = "green") -> dict[str, Any]:
        """The actor's own ratings of all children; ``positions`` is one for all, or by child."""
        return self.group(
            "rate",
            actor,
            round_id,
            house,
            [own_item(row, _of(positions, row)) for row in self.rows(round_id, house, actor).values()],
        )

    def ready(self, round_id: str, house: House) -> None:
        """Everybody who must has rated everybody green."""
        self.rate(house.anna, round_id, house)
        if house.kind not in {"dagpleje", "health_visiting"}:
            self.rate(house.bo, round_id, house)

    def finalise(
        self,
        round_id: str,
        house: House,
        *,
        positions: Any = "green",
        actor: Actor | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Joint ratings of all children, or of those whom ``positions`` names."""
        actor = actor or house.anna
        rows = self.rows(round_id, house, actor)
        wanted = [row for id_, row in rows.items() if isinstance(positions, str) or id_ in positions]
        return self.group(
            "finalise",
            actor,
            round_id,
            house,
            [joint_item(row, house, _of(positions, row), **more) for row in wanted],
        )

    # What came of it ---------------------------------------------------------------------------------

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The events in the outbox in their order, or those of one kind, such as ``concern.raised``."""
        table = self.database.metadata.tables["outbox"]
        with self.database.unit_of_work() as uow:
            found = [dict(row._mapping) for row in uow.session.execute(select(table).order_by(table.c.seq))]
        return [event for event in found if kind is None or f".assessment.{kind}." in event["type"]]

    def happened(self) -> list[str]:
        """The concern events in short: raised, withheld, settled."""
        return [event["type"].split(".")[-2] for event in self.events() if ".concern." in event["type"]]

    def table(self, model: Any) -> list[Any]:
        with self.database.unit_of_work() as uow:
            return list(uow.session.scalars(select(model)))

    def access_log(self) -> list[Any]:
        with self.database.unit_of_work() as uow:
            return list(uow.session.execute(text("SELECT * FROM access_log ORDER BY seq")))

    def entry(self, child_id: str, house: House) -> models.ChildAssessment:
        """The child's entry at a house, in the newest round."""
        found = [
            row
            for row in self.table(models.ChildAssessment)
            if row.child_id == child_id and row.institution_id == house.id
        ]
        return found[-1]


_GROUP_CALLS: dict[str, tuple[Any, Any]] = {
    "rate": (own.rate_group, schemas.RateGroup),
    "withdraw": (own.withdraw_group, schemas.WithdrawGroup),
    "finalise": (joint.finalise_group, schemas.FinaliseGroup),
    "absence": (absence.set_absence_group, schemas.SetAbsenceGroup),
    "start": (absence.start_dialogue_group, schemas.StartDialogueGroup),
}


def _of(positions: Any, row: dict[str, Any]) -> str:
    return positions if isinstance(positions, str) else positions.get(row["child_id"], "green")


def at(
    house: House, *, group: str | None = None, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    """An enrolment as registry tells it."""
    return {
        "institution_id": house.id,
        "group_id": group or house.group,
        "district_id": house.district,
        "kind": house.kind,
        "from": (first or date(2020, 1, 1)).isoformat(),
        "to": last.isoformat() if last else None,
    }


def child_data(id_: str, born: date | None, *places: dict[str, Any], active: bool = True) -> dict[str, Any]:
    return {
        "child_id": id_,
        "born": born.isoformat() if born else None,
        "active": active,
        "languages": ["da"],
        "own_contact": False,
        "enrolments": list(places),
        "guardians": [],
    }


def institution_data(house: House) -> dict[str, Any]:
    return {
        "institution_id": house.id,
        "kind": house.kind,
        "district_id": house.district,
        "active": True,
        "groups": [
            {"group_id": group, "grade": house.grade, "active": True}
            for group in (house.group, house.other_group)
        ],
    }


def staff_data(actor: Actor, role: str, unit_kind: str, unit: str) -> dict[str, Any]:
    assignment = {"role": role, "unit_kind": unit_kind, "unit_id": unit, "from": "2020-01-01", "to": None}
    return {"staff_id": actor.id, "active": True, "assignments": [assignment]}


def own_item(row: dict[str, Any], position: str = "green", **more: Any) -> dict[str, Any]:
    return {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": position,
        "reason": "" if position == "green" else "Ved skift mellem aktiviteter.",
        **more,
    }


def joint_item(row: dict[str, Any], house: House, position: str = "green", **more: Any) -> dict[str, Any]:
    return {
        **own_item(row, position),
        "context": "I store samlinger.",
        "works_well": "Små grupper.",
        "focus": "En fast voksen ved aflevering.",
        "participants": house.people[: row["ratings_required"]],
        **more,
    }
