"""Districts, institutions and groups, staff and assignments into the database.

The organisation is small beside the children: it is held in memory, resolved once, and written in
batches of institutions (with their groups) and of staff (with their assignments), each batch one
short transaction with the events of what changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.registry.importing import contract
from services.registry.importing.contract import Table
from services.registry.importing.rows import Clean, Reject, organisation_id
from services.registry.importing.writing import Run, Tally, content_hash, end_periods, insert_rows
from services.registry.models import Assignment, District, Enrolment, Group, Institution, Staff
from services.registry.snapshots import chunks, record_children, record_institutions, record_staff

_MODELS: dict[str, Any] = {
    "districts": District,
    "institutions": Institution,
    "groups": Group,
    "staff": Staff,
}


class Known:
    """The units and staff that rows may refer to: source id to our id, with what is stored of each."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.stored: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, dict[str, str]] = {}
        with run.database.unit_of_work(run.context) as uow:
            for name, model in _MODELS.items():
                self.stored[name] = {
                    row.source_id: row
                    for row in uow.session.execute(
                        select(model.source_id, model.id, model.content_hash, model.active)
                    )
                }
            self.places = {
                row.id: (row.kind, row.district_id)
                for row in uow.session.execute(
                    select(Institution.id, Institution.kind, Institution.district_id)
                )
            }
            self.homes = {
                row.id: row.institution_id
                for row in uow.session.execute(select(Group.id, Group.institution_id))
            }
        self.kinds = {found: kind for found, (kind, _) in self.places.items()}
        for name in _MODELS:
            self.ids[name] = self._resolvable(name)

    def _resolvable(self, name: str) -> dict[str, str]:
        survey, stored = self._run.survey, self.stored[name]
        return {
            source_id: row.id
            for source_id, row in stored.items()
            # A full set speaks for itself: what it does not mention is on its way out.
            if not survey.full or (source_id,) in survey.present[name]
        }

    def add(self, name: str, source_id: str) -> str:
        """The id of an accepted row: the one it has, or a new one."""
        row = self.stored[name].get(source_id)
        found = row.id if row is not None else organisation_id(name, source_id)
        self.ids[name][source_id] = found
        return found

    def refuse(self, table: Table, clean: Clean, column: str, name: str, code: str) -> None:
        """Reports a reference that leads nowhere, or to a row that was itself rejected."""
        if (clean.values[column],) in self._run.survey.bad.get(name, ()):
            code = "refers_to_rejected"
        self._run.survey.refuse_row(Reject(table.file, clean.line, column, code))


def resolve(run: Run, known: Known) -> dict[str, list[dict[str, Any]]]:
    """The rows of the organisation with our ids; those whose references lead nowhere are reported."""
    survey = run.survey
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_MODELS, "assignments")}
    for clean in survey.kept.get("districts", []):
        values = clean.values
        found = known.add("districts", values["district_id"])
        rows["districts"].append({"id": found, "source_id": values["district_id"], "name": values["name"]})
    for clean in survey.kept.get("institutions", []):
        _institution(run, known, rows["institutions"], clean)
    for clean in survey.kept.get("groups", []):
        _group(run, known, rows["groups"], clean)
    for clean in survey.kept.get("staff", []):
        values = clean.values
        found = known.add("staff", values["staff_id"])
        fields = {name: values[name] for name in ("first_name", "last_name", "email", "phone")}
        rows["staff"].append({"id": found, "source_id": values["staff_id"], **fields})
    for clean in survey.kept.get("assignments", []):
        _assignment(run, known, rows["assignments"], clean)
    return rows


def _institution(run: Run, known: Known, rows: list[dict[str, Any]], clean: Clean) -> None:
    values = clean.values
    district = values["district_id"]
    if district is not None and district not in known.ids["districts"]:
        known.refuse(contract.INSTITUTIONS, clean, "district_id", "districts", "unknown_district")
        run.survey.bad["institutions"].add((values["institution_id"],))
        return
    found = known.add("institutions", values["institution_id"])
    known.kinds[found] = values["kind"]
    rows.append(
        {
            "id": found,
            "source_id": values["institution_id"],
            "name": values["name"],
            "kind": values["kind"],
            "district_id": None if district is None else known.ids["districts"][district],
            "authority_unit": values["authority_unit"],
        }
    )


def _group(run: Run, known: Known, rows: list[dict[str, Any]], clean: Clean) -> None:
    values = clean.values
    institution = known.ids["institutions"].get(values["institution_id"])
    if institution is None:
        known.refuse(contract.GROUPS, clean, "institution_id", "institutions", "unknown_institution")
    elif values["grade"] is not None and known.kinds[institution] != "school":
        run.survey.refuse_row(Reject(contract.GROUPS.file, clean.line, "grade", "grade_outside_school"))
    else:
        rows.append(
            {
                "id": known.add("groups", values["group_id"]),
                "source_id": values["group_id"],
                "institution_id": institution,
                "name": values["name"],
                "grade": values["grade"],
            }
        )
        return
    run.survey.bad["groups"].add((values["group_id"],))


_UNITS = {
    "group": ("groups", "unknown_group"),
    "institution": ("institutions", "unknown_institution"),
    "district": ("districts", "unknown_district"),
}


def _assignment(run: Run, known: Known, rows: list[dict[str, Any]], clean: Clean) -> None:
    values = clean.values
    staff = known.ids["staff"].get(values["staff_id"])
    if staff is None:
        known.refuse(contract.ASSIGNMENTS, clean, "staff_id", "staff", "unknown_staff")
        return
    unit: str | None = "*"
    if values["unit_kind"] != "municipality":
        name, code = _UNITS[values["unit_kind"]]
        unit = known.ids[name].get(values["unit_id"])
        if unit is None:
            known.refuse(contract.ASSIGNMENTS, clean, "unit_id", name, code)
            run.survey.unsure["assignments"].add(values["staff_id"])
            return
    rows.append(
        {
            "staff_id": staff,
            "role": values["role"],
            "unit_kind": values["unit_kind"],
            "unit_id": unit,
            "valid_from": values["from"],
            "valid_to": values["to"],
        }
    )


def write(run: Run, known: Known, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Writes what is new or changed, with the events that tell of it."""
    run.progress.stage("Institutioner og medarbejdere", sum(len(of) for of in rows.values()))
    for batch in chunks(rows["districts"]):
        with run.database.unit_of_work(run.context) as uow:
            _save(run, known, uow.session, "districts", batch)
        run.progress.advance(len(batch))
    _write_institutions(run, known, rows)
    _write_staff(run, known, rows)


def _write_institutions(run: Run, known: Known, rows: dict[str, list[dict[str, Any]]]) -> None:
    own = {row["id"]: row for row in rows["institutions"]}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows["groups"]:
        groups[row["institution_id"]].append(row)
    for ids in chunks(dict.fromkeys([*own, *groups]), 100):
        with run.database.unit_of_work(run.context) as uow:
            touched = _save(run, known, uow.session, "institutions", [own[one] for one in ids if one in own])
            elsewhere = {
                one
                for one in touched
                if one in known.places and known.places[one] != (own[one]["kind"], own[one]["district_id"])
            }
            batch = [row for one in ids for row in groups[one]]
            changed = _save(run, known, uow.session, "groups", batch)
            moved = set()
            for row in batch:
                if row["id"] in changed:
                    home = known.homes.get(row["id"], row["institution_id"])
                    # A group that moved leaves a hole where it was.
                    touched |= {row["institution_id"], home}
                    if home != row["institution_id"]:
                        moved.add(row["id"])
            run.outcome.events += record_institutions(uow, touched)
            run.outcome.events += record_children(uow, _children_in(uow.session, elsewhere, moved), run.today)
        run.progress.advance(len(batch) + sum(1 for one in ids if one in own))


def _children_in(session: Session, institutions: set[str], groups: set[str]) -> list[str]:
    """The children whose places are told of anew: kind and district of a place are its institution's."""
    if not institutions and not groups:
        return []
    return list(
        session.scalars(
            select(Enrolment.child_id)
            .join(Group, Group.id == Enrolment.group_id)
            .where(or_(Group.institution_id.in_(institutions), Group.id.in_(groups)))
            .distinct()
        )
    )


def _write_staff(run: Run, known: Known, rows: dict[str, list[dict[str, Any]]]) -> None:
    own = {row["id"]: row for row in rows["staff"]}
    assignments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows["assignments"]:
        assignments[row["staff_id"]].append(row)
    source_ids = {found: source_id for source_id, found in known.ids["staff"].items()}
    ending = run.survey.full and "assignments" not in run.survey.blind
    unsure = run.survey.unsure.get("assignments", set())
    everybody = dict.fromkeys([*own, *assignments, *(known.ids["staff"].values() if ending else ())])
    for ids in chunks(everybody, 300):
        with run.database.unit_of_work(run.context) as uow:
            touched = _save(run, known, uow.session, "staff", [own[one] for one in ids if one in own])
            stored: dict[str, dict[tuple[Any, ...], Any]] = defaultdict(dict)
            query = select(*Assignment.__table__.c).where(Assignment.staff_id.in_(ids))
            for found in uow.session.execute(query):
                stored[found.staff_id][_assignment_key(found._mapping)] = found.valid_to
            wanted = [row for one in ids for row in assignments[one]]
            touched |= _save_assignments(uow.session, wanted, stored, run.outcome.tally("assignments"))
            if ending:
                for one in ids:
                    if source_ids[one] not in unsure:
                        kept = {_assignment_key(row) for row in assignments[one]}
                        gone = {key: to for key, to in stored[one].items() if key not in kept}
                        ended = end_periods(uow.session, Assignment, ASSIGNMENT_KEY, gone, run.today)
                        run.outcome.tally("assignments").ended += len(ended)
                        touched |= {key[0] for key in ended}
            run.outcome.events += record_staff(uow, touched)
        run.progress.advance(len(wanted) + sum(1 for one in ids if one in own))


ASSIGNMENT_KEY = ("staff_id", "role", "unit_kind", "unit_id", "valid_from")


def _assignment_key(row: Any) -> tuple[Any, ...]:
    return tuple(row[name] for name in ASSIGNMENT_KEY)


def _save_assignments(
    session: Session,
    wanted: list[dict[str, Any]],
    stored: dict[str, dict[tuple[Any, ...], Any]],
    tally: Tally,
) -> set[str]:
    touched, new, changed = set(), [], []
    for row in wanted:
        key, of = _assignment_key(row), stored[row["staff_id"]]
        if key not in of:
            new.append(row)
        elif of[key] != row["valid_to"]:
            changed.append(row)
        else:
            continue
        touched.add(row["staff_id"])
    insert_rows(session, Assignment, new)
    if changed:
        session.execute(update(Assignment), changed)
    tally.new += len(new)
    tally.changed += len(changed)
    return touched


_OWN = {"active", "content_hash", "version"}
_COLUMNS = {
    name: [column.name for column in model.__table__.c if column.name not in _OWN]
    for name, model in _MODELS.items()
}


def _save(run: Run, known: Known, session: Session, name: str, rows: Iterable[dict[str, Any]]) -> set[str]:
    """Inserts or updates the rows that say something new. Returns the ids of those."""
    model, stored, tally = _MODELS[name], known.stored[name], run.outcome.tally(name)
    new, changed = [], []
    for row in rows:
        mark = content_hash(*(row[column] for column in _COLUMNS[name]))
        before = stored.get(row["source_id"])
        full = {**row, "active": True, "content_hash": mark}
        if before is None:
            new.append({**full, "version": 0} if hasattr(model, "version") else full)
        elif before.content_hash != mark or not before.active:
            changed.append(full)
    insert_rows(session, model, new)
    if changed:
        session.execute(update(model), changed)
    tally.new += len(new)
    tally.changed += len(changed)
    return {row["id"] for row in (*new, *changed)}
