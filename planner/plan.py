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
