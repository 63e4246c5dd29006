"""What is exactly known about a test object, and its JSON form."""

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from recon.bend import bend_deg
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom_arteries import Root
from recon.phantom_deposits import Deposit, SectionTruth
from recon.phantom_vessel import PhantomVessel, PlannedOcclusion
from recon.vessels import Aorta, PointMm

DISC_MM = 0.5
"""Radius of the disc of the operational cap test (docs/clinical.md B.1)."""
SURFACE_STEP_MM = 0.05


@dataclass(frozen=True, slots=True)
class OcclusionTruth:
    """One occlusion: caps, line and chord length, largest bend (docs/clinical.md B.3, 3, 5 and 8 mm arms).

    `visible_*_mm` are where a 1 mm disc of lumen falls to half contrast in the sharp object (B.1 item 3); a tapered cap
    ends beyond that point. A flush cap lies on the surface of the lumen that the vessel leaves (B.2), not at the end of its
    line. `distal`: filled, dark or absent.
    """

    vessel: str
    start_mm: float
    end_mm: float
    length_mm: float
    chord_mm: float
    start_point_mm: PointMm
    end_point_mm: PointMm
    visible_start_mm: float
    visible_end_mm: float
    proximal_cap: str
    distal_cap: str
    plaque_hu: float
    distal_fill: float
    distal: str
    max_bend_deg: float
    bend_s_mm: float
    bend_by_arm_deg: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class VesselTruth:
    """One vessel: line, radii per centerline point (lumen 0 where occluded), deposits and exact sections.

    `wall_offset_mm` (n, 2) is the wall's centre minus the centerline, along normal and binormal; `visible_to_mm` is the
    last position with contrast.
    """

    name: str
    kind: str
    centerline: Centerline
    lumen_radius_mm: FloatArray
    wall_radius_mm: FloatArray
    parent: str | None
    parent_s_mm: float | None
    own_from_mm: float
    deposits: tuple[Deposit, ...]
    plaques_mm: tuple[tuple[float, float], ...]
    sections: SectionTruth
    visible_to_mm: float
    wall_offset_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Truth:
    """All vessels and occlusions of a case, its ostia and its aorta."""

    vessels: tuple[VesselTruth, ...]
    occlusions: tuple[OcclusionTruth, ...]
    left_ostium_mm: PointMm | None
    right_ostium_mm: PointMm | None
    aorta: Aorta | None
    dominance: str

    def vessel(self, name: str) -> VesselTruth | None:
        """The vessel of that name, if the case has it."""
        return next((v for v in self.vessels if v.name == name), None)


def truth_of(vessels: tuple[PhantomVessel, ...], root: Root | None, dominance: str) -> Truth:
    """Derive the truth of all vessels."""
    aorta = None
    if root is not None:
        aorta = Aorta(root.axis_mm, root.radius_mm, math.nan, math.nan)
    return Truth(
        tuple(_vessel_truth(v) for v in vessels),
        tuple(_occlusion_truth(v, _from_surface(v, o, vessels)) for v in vessels for o in v.occlusions if _owns(v, o)),
        None if root is None else _point(root.left_ostium_mm),
        None if root is None else _point(root.right_ostium_mm),
        aorta,
        dominance,
    )


def _owns(vessel: PhantomVessel, occlusion: PlannedOcclusion) -> bool:
    """A line that shares its parent's first part does not list the occlusions of that part again."""
    return occlusion.start_mm >= vessel.own_from_mm


def _from_surface(vessel: PhantomVessel, occlusion: PlannedOcclusion, vessels: tuple[PhantomVessel, ...]) -> PlannedOcclusion:
    """A flush occlusion from where its line comes out of the open lumens of other vessels; any other as it is."""
    if occlusion.proximal.kind != "flush":
        return occlusion
    s_mm = np.arange(occlusion.start_mm, occlusion.end_mm, SURFACE_STEP_MM)
    points = vessel.centerline.at(s_mm)[0]
    covered = np.zeros(len(s_mm), dtype=bool)
    for other in vessels:
        if other is not vessel:
            at, _, distance = other.centerline.locate(points)
            covered |= distance < other.lumen_mm(at)
    return occlusion if covered.all() else replace(occlusion, start_mm=float(s_mm[np.argmin(covered)]))


def _point(values: FloatArray) -> PointMm:
    return float(values[0]), float(values[1]), float(values[2])


def _vessel_truth(vessel: PhantomVessel) -> VesselTruth:
    s = vessel.centerline.s_mm
    lumen = vessel.lumen_mm(s)
    seen = s[lumen > 0]
    return VesselTruth(
        vessel.name,
        vessel.kind,
        vessel.centerline,
        lumen,
        vessel.wall_mm,
        vessel.parent,
        vessel.parent_s_mm,
        vessel.own_from_mm,
        vessel.deposits,
        vessel.plaques_mm,
        vessel.sections(),
        float(seen[-1]) if len(seen) else 0.0,
        vessel.offset_mm,
    )


def _occlusion_truth(vessel: PhantomVessel, occlusion: PlannedOcclusion) -> OcclusionTruth:
    line = vessel.centerline
    start, end = occlusion.start_mm, occlusion.end_mm
    points = line.at(np.array([start, end]))[0]
    at = np.arange(start, end + 1e-9, 0.1)
    bends = {arm: np.nan_to_num(bend_deg(line, at, arm)) for arm in (3.0, 5.0, 8.0)}
    worst = int(np.argmax(bends[5.0]))
    return OcclusionTruth(
        vessel.name,
        start,
        end,
        end - start,
        float(np.linalg.norm(points[1] - points[0])),
        _point(points[0]),
        _point(points[1]),
        _visible(vessel, np.arange(start, max(start - 8, 0.0), -0.02), start),
        _visible(vessel, np.arange(end, min(end + 8, line.length_mm), 0.02), end),
        occlusion.proximal.kind,
        occlusion.distal_cap.kind,
        occlusion.plaque_hu,
        occlusion.distal_fill,
        occlusion.distal,
        float(bends[5.0][worst]),
        float(at[worst]),
        tuple((arm, float(values.max())) for arm, values in bends.items()),
    )


def _visible(vessel: PhantomVessel, outward_s: FloatArray, cap: float) -> float:
    """First position outward from a cap where lumen fills half of the 1 mm disc."""
    if len(outward_s) == 0:
        return cap
    filled = np.minimum(vessel.capped_lumen_mm(outward_s), DISC_MM) ** 2 >= 0.5 * DISC_MM**2
    return float(outward_s[np.argmax(filled)]) if filled.any() else cap


def write_truth(truth: Truth, path: Path, extra: dict[str, object] | None = None) -> None:
    """Write the truth as JSON (LPS mm, rounded to 0.1 micrometre); `extra` keys are put first."""
    content = {
        "schema": 1,
        "coordinates": "DICOM patient LPS, mm",
        **(extra or {}),
        "dominance": truth.dominance,
        "ostia_mm": {"left": truth.left_ostium_mm, "right": truth.right_ostium_mm},
        "aorta": None if truth.aorta is None else {"axis_mm": truth.aorta.axis_mm, "radius_mm": truth.aorta.radius_mm},
        "occlusions": [asdict(o) for o in truth.occlusions],
        "vessels": {v.name: _vessel_json(v) for v in truth.vessels},
    }
    path.write_text(json.dumps(_plain(content), separators=(",", ":")) + "\n", encoding="utf-8")


def _vessel_json(vessel: VesselTruth) -> dict[str, object]:
    every = slice(None, None, 2)
    return {
        "kind": vessel.kind,
        "parent": vessel.parent,
        "parent_s_mm": vessel.parent_s_mm,
        "own_from_mm": vessel.own_from_mm,
        "s_mm": vessel.centerline.s_mm[every],
        "points_mm": vessel.centerline.points_mm[every],
        "normal": vessel.centerline.normal[every],
        "lumen_radius_mm": vessel.lumen_radius_mm[every],
        "wall_radius_mm": vessel.wall_radius_mm[every],
        "wall_offset_mm": vessel.wall_offset_mm[every],
        "deposits": [asdict(d) for d in vessel.deposits],
        "sections": dict(vars(vessel.sections)),
    }


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return np.round(value, 4).tolist()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, 4)
    return value
