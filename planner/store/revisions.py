"""Plan revisions: each save adds a row with its author and parent; nothing is ever overwritten."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, func, insert, select

from planner.plan import Plan, SeriesRef
from planner.plan_json import plan_from_json, plan_to_json
from planner.store.database import Store, StoreError
from planner.store.tables import CASES, REVISIONS
from planner.version import VERSION

SAME_PERSON = ("patient_name", "birth_date")
"""What must agree, beside series and patient ID, before a case is taken for the same."""


@dataclass(frozen=True, slots=True)
class Case:
    """One patient's series in the store and how often its plan was saved."""

    id: int
    series: SeriesRef
    source: str
    created_at: str
    revisions: int


@dataclass(frozen=True, slots=True)
class Revision:
    """One save: who, when, why, after which one; `plan_sha256` is the fingerprint of its plan."""

    id: int
    case_id: int
    parent_id: int | None
    at: str
    author: str
    label: str
    program_version: str
    plan_sha256: str


def case_of(store: Store, series: SeriesRef, source: str = "") -> int:
    """The id of the case of a series, added when it is new.

    Raises StoreError when the store knows this series and patient ID under another name or birth date.
    """
    with store.transaction() as connection:
        known = _find(connection, series)
        if known is not None:
            _check_same_person(store, known, series)
            return int(known.id)
        values = {name: getattr(series, name) for name in SeriesRef.__dataclass_fields__}
        adding = insert(CASES).values(**values, source=source, created_at=_now())
        return int(connection.execute(adding.returning(CASES.c.id)).scalar_one())


def save_revision(store: Store, case_id: int, plan: Plan, label: str, author: str) -> Revision:
    """Add the plan as the newest revision of its case; the same plan again adds nothing.

    Raises StoreError when the plan belongs to another patient or series than the case.
    """
    text = plan_to_json(plan)
    fingerprint = hashlib.sha256(text.encode("utf-8")).hexdigest()
    with store.transaction() as connection:
        case = connection.execute(select(CASES).where(CASES.c.id == case_id)).one_or_none()
        if case is None or (case.series_uid, case.patient_id) != (plan.series.series_uid, plan.series.patient_id):
            raise StoreError(
                "This plan belongs to another patient or series.", f"Case {case_id} in {store.where}.", "Nothing was saved."
            )
        newest = _newest(connection, case_id)
        if newest is not None and newest.plan_sha256 == fingerprint:
            return _revision(newest)
        adding = insert(REVISIONS).values(
            case_id=case_id,
            parent_id=None if newest is None else newest.id,
            at=_now(),
            author=author,
            label=label,
            program_version=VERSION,
            plan_schema=plan.schema,
            plan_json=text,
            plan_sha256=fingerprint,
        )
        return _revision(connection.execute(adding.returning(*REVISIONS.c)).one())


def latest(store: Store, series: SeriesRef) -> Plan | None:
    """The plan saved last for a series; None when there is none. Raises StoreError as `case_of` does."""
    with store.transaction() as connection:
        known = _find(connection, series)
        if known is None:
            return None
        _check_same_person(store, known, series)
        newest = _newest(connection, int(known.id))
    return None if newest is None else _plan(store, newest)


def plan_of(store: Store, revision_id: int) -> Plan:
    """The plan of one revision; raises StoreError when it is missing or its text was changed outside the program."""
    with store.transaction() as connection:
        row = connection.execute(select(REVISIONS).where(REVISIONS.c.id == revision_id)).one_or_none()
    if row is None:
        raise StoreError("There is no such revision.", f"Number {revision_id} in {store.where}.", "Choose one of the list.")
    return _plan(store, row)


def revisions(store: Store, case_id: int) -> tuple[Revision, ...]:
    """All revisions of a case, newest first."""
    with store.transaction() as connection:
        rows = connection.execute(select(REVISIONS).where(REVISIONS.c.case_id == case_id).order_by(REVISIONS.c.id.desc())).all()
    return tuple(_revision(row) for row in rows)


def cases(store: Store) -> tuple[Case, ...]:
    """All cases, the one added last first."""
    count = func.count(REVISIONS.c.id).label("revisions")
    query = select(CASES, count).outerjoin(REVISIONS, REVISIONS.c.case_id == CASES.c.id).group_by(*CASES.c)
    with store.transaction() as connection:
        rows = connection.execute(query.order_by(CASES.c.id.desc())).all()
    return tuple(Case(row.id, _series(row), row.source, row.created_at, row.revisions) for row in rows)


def _find(connection: Connection, series: SeriesRef) -> Row | None:  # type: ignore[type-arg]
    same = (CASES.c.series_uid == series.series_uid) & (CASES.c.patient_id == series.patient_id)
    return connection.execute(select(CASES).where(same)).one_or_none()


def _newest(connection: Connection, case_id: int) -> Row | None:  # type: ignore[type-arg]
    query = select(REVISIONS).where(REVISIONS.c.case_id == case_id).order_by(REVISIONS.c.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _check_same_person(store: Store, known: Row, series: SeriesRef) -> None:  # type: ignore[type-arg]
    for name in SAME_PERSON:
        if getattr(known, name) != getattr(series, name):
            raise StoreError(
                "The store knows this series for another person.",
                f"{store.where} has {name} {getattr(known, name) or '(empty)'}, the images {getattr(series, name) or '(empty)'}.",
                "Check the identity of the images; nothing was changed.",
            )


def _plan(store: Store, row: Row) -> Plan:  # type: ignore[type-arg]
    if hashlib.sha256(row.plan_json.encode("utf-8")).hexdigest() != row.plan_sha256:
        raise StoreError(
            "A saved plan was changed outside the program.", f"Revision {row.id} in {store.where}.", "Open an earlier revision."
        )
    return plan_from_json(row.plan_json)


def _series(row: Row) -> SeriesRef:  # type: ignore[type-arg]
    return SeriesRef(*(getattr(row, name) for name in SeriesRef.__dataclass_fields__))


def _revision(row: Row) -> Revision:  # type: ignore[type-arg]
    return Revision(*(getattr(row, name) for name in Revision.__dataclass_fields__))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
