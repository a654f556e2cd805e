"""Guardians, children, custody and enrolments into the database, in batches of short transactions.

A batch reads what is stored of its people in a handful of statements, compares, writes what
differs, and puts one snapshot event in the outbox for each child that changed. Whatever stops an
import half-way leaves whole batches behind, and the same import again goes on from there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.chassis import clock
from services.registry import domain
from services.registry.importing import contract
from services.registry.importing.rows import Clean, Reject
from services.registry.importing.units import Known
from services.registry.importing.writing import Run, content_hash, end_periods, insert_rows
from services.registry.models import Child, Custody, Enrolment, Guardian, search_key
from services.registry.snapshots import chunks, record_children

# Guardians -----------------------------------------------------------------------------------------


def write_guardians(run: Run) -> None:
    """Writes the adults that are new or changed; the children of the changed are told of anew."""
    run.progress.stage("Forældre", len(run.survey.present.get("guardians", ())))
    for batch in chunks(_good(run, "guardians"), run.batch):
        with run.database.unit_of_work(run.context) as uow:
            changed = _save_guardians(run, uow.session, batch)
            touched = uow.session.scalars(
                select(Custody.child_id).where(Custody.guardian_id.in_(changed), Custody.ended_on.is_(None))
            )
            run.outcome.events += record_children(uow, touched, run.today)
        run.progress.advance(len(batch))


def _save_guardians(run: Run, session: Session, batch: list[Clean]) -> list[str]:
    stored = _stored(session, Guardian, [clean.values["guardian_id"] for clean in batch])
    new, changed = [], []
    for clean, row in _with_cpr(run, session, Guardian, contract.GUARDIANS, batch, stored):
        values = clean.values
        row |= {
            name: values[name]
            for name in (
                "first_name",
                "last_name",
                "language",
                "interpreter",
                "digital_post_exempt",
                "email",
                "phone",
                "protected_address",
            )
        }
        row["content_hash"] = content_hash(*(row[name] for name in _GUARDIAN))
        before = stored.get(values["guardian_id"])
        if before is None:
            new.append(row)
        elif before.content_hash != row["content_hash"]:
            changed.append(row)
    _insert(run, session, Guardian, new)
    _update(run, session, Guardian, changed)
    tally = run.outcome.tally("guardians")
    tally.new += len(new)
    tally.changed += len(changed)
    return [row["id"] for row in changed]


_GUARDIAN = [
    "source_id",
    "cpr_hash",
    "first_name",
    "last_name",
    "language",
    "interpreter",
    "digital_post_exempt",
    "email",
    "phone",
    "protected_address",
]


# Children ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Batch:
    """What is stored of a batch of children, and what is to be written of them."""

    children: dict[str, Any]
    guardians: dict[str, str]
    custody: dict[str, dict[str, Any]]
    places: dict[str, dict[tuple[Any, ...], date | None]]
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    custody_new: list[dict[str, Any]] = field(default_factory=list)
    custody_changed: list[dict[str, Any]] = field(default_factory=list)
    custody_ended: int = 0
    places_new: list[dict[str, Any]] = field(default_factory=list)
    places_changed: list[dict[str, Any]] = field(default_factory=list)
    places_gone: dict[tuple[Any, ...], date | None] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)


def write_children(run: Run, known: Known) -> None:
    """Writes children with their adults and places, then those of whom only adults or places are told."""
    survey = run.survey
    told = survey.present.get("children", set())
    others = [
        child
        for child in dict.fromkeys([*survey.custody, *survey.enrolments])
        if (child,) not in told or (child,) in survey.bad.get("children", ())
    ]
    run.progress.stage("Børn", len(told) + len(others))
    for batch in chunks(_good(run, "children"), run.batch):
        _write_batch(run, known, [(clean.values["child_id"], clean) for clean in batch])
    for names in chunks(others, run.batch):
        _write_batch(run, known, [(name, None) for name in names])


def _write_batch(run: Run, known: Known, batch: list[tuple[str, Clean | None]]) -> None:
    with run.database.unit_of_work(run.context) as uow:
        session = uow.session
        found = _read(run, session, [source_id for source_id, _ in batch])
        people = dict(
            _with_cpr_by_id(run, session, [clean for _, clean in batch if clean is not None], found.children)
        )
        for source_id, clean in batch:
            _compare(run, known, found, source_id, clean, people.get(source_id))
        _write(run, session, found)
        run.outcome.events += record_children(uow, found.touched, run.today)
    run.progress.advance(len(batch))


def _read(run: Run, session: Session, source_ids: list[str]) -> _Batch:
    children = _stored(session, Child, source_ids)
    ids = [row.id for row in children.values()]
    adults = {clean.values["guardian_id"] for one in source_ids for clean in run.survey.custody.get(one, ())}
    guardians: dict[str, str] = {}
    for some in chunks(sorted(adults)):
        query = select(Guardian.source_id, Guardian.id).where(Guardian.source_id.in_(some))
        guardians |= {row.source_id: row.id for row in session.execute(query)}
    custody: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in session.execute(select(*Custody.__table__.c).where(Custody.child_id.in_(ids))):
        custody[row.child_id][row.guardian_id] = row
    places: dict[str, dict[tuple[Any, ...], date | None]] = defaultdict(dict)
    for row in session.execute(select(*Enrolment.__table__.c).where(Enrolment.child_id.in_(ids))):
        places[row.child_id][(row.child_id, row.group_id, row.valid_from)] = row.valid_to
    return _Batch(children, guardians, custody, places)


def _compare(
    run: Run, known: Known, found: _Batch, source_id: str, clean: Clean | None, row: dict[str, Any] | None
) -> None:
    survey = run.survey
    stored: Any = found.children.get(source_id)
    adults, places = survey.custody.get(source_id, []), survey.enrolments.get(source_id, [])
    gone = survey.full and (source_id,) not in survey.present["children"]
    if row is None and (stored is None or gone):
        bad = (source_id,) in survey.bad.get("children", ())
        _refuse_all(run, adults, places, "refers_to_rejected" if bad else "unknown_child")
        return
    child_id = row["id"] if row is not None else stored.id
    wanted = _adults(run, found, child_id, adults)
    # Only a set that speaks of this child's adults at all, and legibly, can take one away.
    speaks = survey.has("custody") and (survey.full or bool(adults))
    whole = speaks and "custody" not in survey.blind and source_id not in survey.unsure.get("custody", ())
    after = _after(found.custody[child_id], wanted, whole)
    born = row["born"] if row is not None else stored.born
    fault = domain.custody_fault(after, born, run.today)
    if fault and stored is None and clean is not None:
        survey.bad["children"].add((source_id,))
        survey.refuse_row(Reject(contract.CHILDREN.file, clean.line, "child_id", fault))
        _refuse_all(run, adults, places, "refers_to_rejected")
        return
    if row is not None and _is_news(row, stored):
        (found.new if stored is None else found.changed).append(row)
        found.touched.add(child_id)
    if fault:
        # What is stored stays: a child must not lose those who are to be told because a row is missing.
        at = adults[0] if adults else clean
        table = contract.CUSTODY if adults else contract.CHILDREN
        if at is not None and (adults or survey.has("custody")):
            survey.refuse_row(Reject(table.file, at.line, "custody" if adults else "child_id", fault))
    else:
        _compare_custody(found, child_id, wanted, whole, run.today)
    _compare_places(run, known, found, source_id, child_id, places)


def _is_news(row: dict[str, Any], stored: Any) -> bool:
    return stored is None or stored.content_hash != row["content_hash"] or not stored.active


def _refuse_all(run: Run, adults: Iterable[Clean], places: Iterable[Clean], code: str) -> None:
    for clean in adults:
        run.survey.refuse_row(Reject(contract.CUSTODY.file, clean.line, "child_id", code))
    for clean in places:
        run.survey.refuse_row(Reject(contract.ENROLMENTS.file, clean.line, "child_id", code))


def _adults(run: Run, found: _Batch, child_id: str, adults: list[Clean]) -> dict[str, dict[str, Any]]:
    """The child's adults as the set has them; a row about an unknown adult is reported."""
    wanted = {}
    for clean in adults:
        values = clean.values
        guardian = found.guardians.get(values["guardian_id"])
        if guardian is None:
            bad = (values["guardian_id"],) in run.survey.bad.get("guardians", ())
            code = "refers_to_rejected" if bad else "unknown_guardian"
            run.survey.refuse_row(Reject(contract.CUSTODY.file, clean.line, "guardian_id", code))
            run.survey.unsure["custody"].add(values["child_id"])
            continue
        wanted[guardian] = {
            "child_id": child_id,
            "guardian_id": guardian,
            "custody": values["custody"],
            "lives_with": values["lives_with"],
            "ended_on": None,
        }
    return wanted


def _after(stored: dict[str, Any], wanted: dict[str, dict[str, Any]], whole: bool) -> list[domain.Custody]:
    """The child's adults as they would be once ``wanted`` is written."""
    after = {} if whole else {key: row.custody for key, row in stored.items() if row.ended_on is None}
    after |= {key: row["custody"] for key, row in wanted.items()}
    return [domain.Custody(guardian, custody) for guardian, custody in after.items()]


def _compare_custody(
    found: _Batch, child_id: str, wanted: dict[str, dict[str, Any]], whole: bool, today: date
) -> None:
    stored = found.custody[child_id]
    for guardian, row in wanted.items():
        before = stored.get(guardian)
        if before is None:
            found.custody_new.append(row)
        elif (before.custody, before.lives_with, before.ended_on) != (
            row["custody"],
            row["lives_with"],
            None,
        ):
            found.custody_changed.append(row)
        else:
            continue
        found.touched.add(child_id)
    for guardian, before in stored.items():
        if whole and guardian not in wanted and before.ended_on is None:
            found.custody_changed.append({**before._mapping, "ended_on": today})
            found.custody_ended += 1
            found.touched.add(child_id)


def _compare_places(
    run: Run, known: Known, found: _Batch, source_id: str, child_id: str, places: list[Clean]
) -> None:
    survey, stored = run.survey, found.places[child_id]
    groups, wanted = known.ids["groups"], set()
    sure = source_id not in survey.unsure.get("enrolments", ())
    for clean in places:
        values = clean.values
        group = groups.get(values["group_id"])
        if group is None:
            known.refuse(contract.ENROLMENTS, clean, "group_id", "groups", "unknown_group")
            sure = False
            continue
        key = (child_id, group, values["from"])
        wanted.add(key)
        row = {
            "child_id": child_id,
            "group_id": group,
            "valid_from": values["from"],
            "valid_to": values["to"],
        }
        if key not in stored:
            found.places_new.append(row)
        elif stored[key] != values["to"]:
            found.places_changed.append(row)
        else:
            continue
        found.touched.add(child_id)
    if survey.full and sure and "enrolments" not in survey.blind:
        found.places_gone |= {key: to for key, to in stored.items() if key not in wanted}


def _write(run: Run, session: Session, found: _Batch) -> None:
    _insert(run, session, Child, found.new)
    _update(run, session, Child, found.changed)
    for rows, model in ((found.custody_new, Custody), (found.places_new, Enrolment)):
        insert_rows(session, model, rows)
    for rows, model in ((found.custody_changed, Custody), (found.places_changed, Enrolment)):
        if rows:
            session.execute(update(model), rows)
    ended = end_periods(
        session, Enrolment, ("child_id", "group_id", "valid_from"), found.places_gone, run.today
    )
    found.touched |= {key[0] for key in ended}
    children, custody, places = (run.outcome.tally(name) for name in ("children", "custody", "enrolments"))
    children.new += len(found.new)
    children.changed += len(found.changed)
    custody.new += len(found.custody_new)
    custody.changed += len(found.custody_changed) - found.custody_ended
    custody.ended += found.custody_ended
    places.new += len(found.places_new)
    places.changed += len(found.places_changed)
    places.ended += len(ended)


# What children and guardians have in common ----------------------------------------------------------


def _good(run: Run, name: str) -> Iterator[Clean]:
    """The rows of a table that are good by themselves and the first of their key."""
    source = run.survey.source(name)
    if source is None:
        return
    skip = run.survey.skip[name]
    for _, outcome in source:
        if isinstance(outcome, Clean) and outcome.line not in skip:
            yield outcome


def _stored(session: Session, model: Any, source_ids: list[str]) -> dict[str, Any]:
    columns = [model.source_id, model.id, model.content_hash, model.cpr_hash]
    if model is Child:
        columns += [Child.active, Child.born]
    return {
        row.source_id: row for row in session.execute(select(*columns).where(model.source_id.in_(source_ids)))
    }


def _with_cpr(
    run: Run, session: Session, model: Any, table: contract.Table, batch: list[Clean], stored: dict[str, Any]
) -> Iterator[tuple[Clean, dict[str, Any]]]:
    """Each row's id and CPR hash. A number that belongs to somebody else is reported, its row left out."""
    key = table.key[0]
    hashes = {clean.line: run.vault.hash(clean.values["cpr"]) for clean in batch if clean.values["cpr"]}
    owners: dict[bytes, str] = {
        row.cpr_hash: row.source_id
        for row in session.execute(
            select(model.cpr_hash, model.source_id).where(model.cpr_hash.in_(list(hashes.values())))
        )
    }
    for clean in batch:
        source_id, mark = clean.values[key], hashes.get(clean.line)
        if mark is not None and owners.setdefault(mark, source_id) != source_id:
            run.survey.bad[table.name].add((source_id,))
            run.survey.refuse_row(Reject(table.file, clean.line, "cpr", "duplicate_cpr"))
            continue
        before = stored.get(source_id)
        found = before.id if before is not None else run.vault.person_id(table.name, source_id)
        row = {"id": found, "source_id": source_id, "cpr_hash": mark, "cpr": clean.values["cpr"]}
        yield clean, row


def _with_cpr_by_id(
    run: Run, session: Session, batch: list[Clean], stored: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for clean, row in _with_cpr(run, session, Child, contract.CHILDREN, batch, stored):
        values = clean.values
        row |= {name: values[name] for name in _AS_READ}
        row["first_name"] = values["first_name"] or ""
        row["languages"] = list(values["languages"])
        row["content_hash"] = content_hash(*(row[name] for name in _CHILD))
        row["first_key"] = search_key(f"{row['first_name']} {row['last_name']}")
        row["last_key"] = search_key(f"{row['last_name']} {row['first_name']}")
        row["active"] = True
        yield row["source_id"], row


_AS_READ = (
    "last_name",
    "born",
    "expected",
    "sex",
    "protected_address",
    "address",
    "digital_post_exempt",
    "email",
    "phone",
)
_CHILD = ("source_id", "cpr_hash", "first_name", "languages", *_AS_READ)


def _sealed(run: Run, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they are stored: the number sealed, which is costly and done for changed rows only."""
    sealed = []
    for row in rows:
        cpr = row.pop("cpr")
        sealed.append({**row, "cpr_sealed": run.vault.seal(cpr, row["id"]) if cpr else None})
    return sealed


def _insert(run: Run, session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    rows = _sealed(run, rows)
    if model is Child:
        now = clock.now()
        rows = [{**row, "version": 0, "own_contact": False, "created_at": now} for row in rows]
    insert_rows(session, model, rows)


def _update(run: Run, session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(update(model), _sealed(run, rows))
