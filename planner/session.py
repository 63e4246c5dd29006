"""The open case: the current plan, undo and redo, and a journal on disk from which a crashed session is recovered."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from planner.plan import Plan, Said, SeriesRef, StackChoice
from planner.plan_json import plan_from_json, plan_to_json
from planner.version import VERSION
from recon.errors import PlannerError
from recon.volume import Volume

UNDO_DEPTH = 200


def now_utc() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def said(reader: str, state: str = "edited") -> Said:
    """The mark of who decides something now."""
    return Said(reader or "unnamed reader", now_utc(), state)


def series_ref(volume: Volume) -> SeriesRef:
    """Whose images these are."""
    who = volume.identity
    return SeriesRef(who.series_uid, who.study_uid, who.patient_id, who.patient_name, who.birth_date, who.study_date)


def new_plan(volume: Volume) -> Plan:
    """A plan in which nobody has decided anything yet."""
    return Plan(series=series_ref(volume), stack=StackChoice(volume.acquisition.series_key, volume.acquisition.split_by))


def check_same_patient(plan: Plan, volume: Volume) -> None:
    """Raise PlannerError unless plan and images are of one patient and one series."""
    stated, loaded = plan.series, series_ref(volume)
    for name in ("series_uid", "patient_id", "patient_name", "birth_date"):
        theirs, ours = getattr(stated, name), getattr(loaded, name)
        if theirs != ours:
            raise PlannerError(
                "This plan belongs to another patient or series.",
                f"The plan has {name} {theirs or '(empty)'}, the images have {ours or '(empty)'}.",
                "Open the images the plan was made for; nothing was changed.",
            )
    made_on, opened = plan.stack.key, volume.acquisition.series_key
    if made_on and opened and made_on != opened:
        raise PlannerError(
            "This plan was made on another phase of the series.",
            f"The plan names {made_on}, the images are {opened}.",
            "Open that phase from the series list; nothing was changed.",
        )


@dataclass(slots=True)
class Session:
    """One open case. `plan` is the current plan; `commit`, `undo` and `redo` are the only ways to change it."""

    plan: Plan
    journal: Path | None = None
    _undo: list[tuple[str, Plan]] = field(default_factory=list)
    _redo: list[tuple[str, Plan]] = field(default_factory=list)
    saved_at: str | None = None

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._undo[-1][0] if self._undo else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._redo[-1][0] if self._redo else None

    def commit(self, label: str, plan: Plan) -> Plan:
        """Make `plan` current as one undo step, written to the journal before it counts."""
        if plan == self.plan:
            return self.plan
        self._write(label, plan)
        self._undo = [*self._undo, (label, self.plan)][-UNDO_DEPTH:]
        self._redo.clear()
        self.plan = plan
        return plan

    def note(self, label: str) -> None:
        """A line in the journal with the current plan, without an undo step: what was decided before the plan began."""
        self._write(label, self.plan)

    def undo(self) -> Plan:
        """Back to the plan before the last step; the same plan when there is none."""
        if self._undo:
            label, before = self._undo[-1]
            self._write(f"undo: {label}", before)
            self._undo.pop()
            self._redo.append((label, self.plan))
            self.plan = before
        return self.plan

    def redo(self) -> Plan:
        """Forward again after an undo."""
        if self._redo:
            label, after = self._redo[-1]
            self._write(f"redo: {label}", after)
            self._redo.pop()
            self._undo.append((label, self.plan))
            self.plan = after
        return self.plan

    def close(self) -> None:
        """Mark the journal as ended in order, so that no recovery is offered."""
        if self.journal is not None and self.journal.exists():
            _append(self.journal, {"at": now_utc(), "label": "closed"})

    def _write(self, label: str, plan: Plan) -> None:
        if self.journal is not None:
            _append(self.journal, {"at": now_utc(), "label": label, "version": VERSION, "plan": json.loads(plan_to_json(plan))})
            self.saved_at = now_utc()


def journal_path(folder: Path, series: SeriesRef) -> Path:
    """The journal of one patient's series; its name tells nothing about the patient."""
    key = hashlib.sha256(f"{series.patient_id}|{series.series_uid}".encode()).hexdigest()[:24]
    return folder / f"{key}.jsonl"


def recoverable_plan(journal: Path, series: SeriesRef) -> Plan | None:
    """The last plan of a session that did not close in order; None when there is nothing to recover.

    A line cut short by the crash is skipped; a plan of another series is never returned.
    """
    plan: Plan | None = None
    for line in _lines(journal):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if entry.get("label") == "closed":
            plan = None
        elif "plan" in entry:
            plan = plan_from_json(json.dumps(entry["plan"]))
    return plan if plan is not None and plan.series == series else None


def _lines(journal: Path) -> list[str]:
    return journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []


def _append(journal: Path, entry: dict[str, object]) -> None:
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
