"""The Plan: what a person decided about one series, and who said so. Everything else is computed from (Volume, Plan)."""

from dataclasses import dataclass, field

from planner.facts import ClinicalFacts
from recon.vessels import PointMm

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Said:
    """Who decided something, when (ISO 8601, UTC) and in which state: edited or confirmed."""

    reader: str
    at: str
    state: str = "edited"


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """The patient and series a plan belongs to; a plan never opens on another."""

    series_uid: str
    study_uid: str = ""
    patient_id: str = ""
    patient_name: str = ""
    birth_date: str = ""
    study_date: str = ""


@dataclass(frozen=True, slots=True)
class VesselPath:
    """A vessel that a person drew or corrected: LPS control points, proximal to distal, replacing the automatic course."""

    name: str
    control_points_mm: tuple[PointMm, ...]
    said: Said


@dataclass(frozen=True, slots=True)
class CapMark:
    """A cap that a person placed or whose shape a person stated. `which`: proximal or distal. None = not changed."""

    vessel: str
    which: str
    point_mm: PointMm | None
    morphology: str | None
    said: Said


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A reader's word on a finding: `subject` is an occlusion id, flag or item (for example `RCA-1:cto`)."""

    subject: str
    accepted: bool
    said: Said


@dataclass(frozen=True, slots=True)
class StackChoice:
    """The stack of the series that a plan was made on: `key` of `recon.dicom.series.SeriesEntry`, "" = the only one.

    `phase_rule` is the rule by which a person had the phases told apart, "" = the program's own choice.
    """

    key: str = ""
    phase_rule: str = ""


@dataclass(frozen=True, slots=True)
class ImplantTag:
    """What a reader saw: `kind` is stent, graft or none (looked for, none there), `vessel` where, "" = in the whole heart."""

    kind: str
    vessel: str
    said: Said


@dataclass(frozen=True, slots=True)
class Override:
    """A decision against the program's choice or block. `subject`: series, phase-split or `finding:<code>`; `text` in words."""

    subject: str
    text: str
    said: Said


SECTION_EDIT_WORDS = {
    "exclude": "calcium excluded",
    "include": "calcium included",
    "threshold": "calcium by threshold",
    "wall": "outer wall moved",
    "lumen": "lumen moved",
    "stent": "stent, not measured",
}
"""What each kind of section edit did, in words."""


@dataclass(frozen=True, slots=True)
class SectionEdit:
    """A reader's change of measured sections, at LPS positions so that it outlives a moved centerline.

    `kind`: exclude or include the calcium at `point_mm`; threshold (calcium from `point_mm` to `end_mm` is what exceeds
    `threshold_hu`); wall or lumen (the contour passes through `point_mm`); stent (from `point_mm` to `end_mm`).
    """

    vessel: str
    kind: str
    point_mm: PointMm
    end_mm: PointMm | None
    threshold_hu: float | None
    said: Said


@dataclass(frozen=True, slots=True)
class LineEdit:
    """A reader's change of a followed line, made in the order of the plan.

    `kind`: point (the line runs through `point_mm`), extend (on to `point_mm`), cut (ends there), smooth (about there), join
    (the vessel `other` is its distal part).
    """

    vessel: str
    kind: str
    point_mm: PointMm
    other: str
    said: Said


@dataclass(frozen=True, slots=True)
class Plan:
    """A small frozen value; one edit makes a new one."""

    series: SeriesRef
    schema: int = SCHEMA
    target: str | None = None
    lab: str = "default"
    left_ostium_mm: PointMm | None = None
    right_ostium_mm: PointMm | None = None
    paths: tuple[VesselPath, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    caps: tuple[CapMark, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    facts: ClinicalFacts = field(default_factory=ClinicalFacts)
    notes: str = ""
    reader: str = ""
    stack: StackChoice = StackChoice()
    implants: tuple[ImplantTag, ...] = ()
    overrides: tuple[Override, ...] = ()
    section_edits: tuple[SectionEdit, ...] = ()
    line_edits: tuple[LineEdit, ...] = ()
