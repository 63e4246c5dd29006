"""Fluoroscopic views for each target of an occlusion inside a lab's limits (docs/clinical.md D)."""

from dataclasses import dataclass

from recon.estimate import FloatArray


@dataclass(frozen=True, slots=True)
class View:
    """One C-arm position; LAO and cranial are positive, degrees."""

    primary_deg: float
    secondary_deg: float
    foreshortening_pct: float
    overlap_pct: float
    reachable: bool
    comfortable: bool
    primary_tolerance_deg: tuple[float, float]
    secondary_tolerance_deg: tuple[float, float]


@dataclass(frozen=True, eq=False)
class TargetViews:
    """Ranked views of one target (proximal_cap, body, distal_cap, landing_zone) and the map they were picked from.

    The maps are (n_secondary, n_primary); rows follow `secondary_deg`, columns `primary_deg`.
    """

    occlusion: str
    target: str
    ideal_primary_deg: float
    ideal_secondary_deg: float
    ideal_reachable: bool
    views: tuple[View, ...]
    primary_deg: FloatArray
    secondary_deg: FloatArray
    foreshortening_pct: FloatArray
    overlap_pct: FloatArray


@dataclass(frozen=True, slots=True)
class WiringPair:
    """Two reachable views square to the occlusion and to each other (3D wiring)."""

    occlusion: str
    first: View
    second: View
    angle_between_deg: float


@dataclass(frozen=True, eq=False)
class ViewPlan:
    """All target views and wiring pairs for one lab."""

    lab: str
    targets: tuple[TargetViews, ...]
    wiring_pairs: tuple[WiringPair, ...]
