"""Calcium scores of a non-contrast scan by artery, the arteries taken from the contrast scan (docs/clinical.md B.7)."""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from planner.calcium_score import ArteryScore, NonContrast
from planner.case import Analysis
from planner.quality_effects import WHOLE_VOLUME_CODES
from recon.agatston import (
    SLICE_MM,
    SLICE_TOLERANCE_MM,
    Slabs,
    Spot,
    calcium_score,
    calcium_spots,
    spot_points_mm,
    three_mm_slabs,
)
from recon.alignment import Registration
from recon.errors import PlannerError
from recon.estimate import Estimate, FloatArray
from recon.registration import register
from recon.report import Report, part_of, silent
from recon.vessels import Tree, Vessel
from recon.volume import Finding, Volume

ARTERIES = ("LM", "LAD", "LCx", "RCA")
LEFT_MAIN_SEGMENT = 5
REACH_MM = (3.0, 4.5, 6.5)
"""A spot belongs to an artery within this distance of its centerline, for the low, best and high score (app settings)."""

CONTRAST_HU = 130.0
"""A brighter aorta holds contrast: the series is no non-contrast scan."""


def noncontrast_scores(
    analysis: Analysis, volume: Volume, calibration_mg_per_mm3_hu: float | None = None, report: Report = silent
) -> NonContrast:
    """Agatston, volume and mass scores of `volume`, a non-contrast scan of the same patient.

    Raises PlannerError for another patient, a scan with contrast, or one that shows another part of the body.
    """
    _check_same_person(analysis.volume, volume)
    _check_hounsfield(volume)
    around = _arteries_mm(analysis.tree)
    found = register(analysis.volume, volume, around, part_of(report, 0.0, 0.7))
    _check_no_contrast(analysis.tree, volume, found)
    report(0.75, "scoring calcium")
    slabs = three_mm_slabs(volume)
    spots = calcium_spots(slabs)
    findings = _findings(slabs, found)
    scores: tuple[ArteryScore, ...] = ()
    total = None
    if not found.is_doubtful:
        scores, total = _scores(analysis.tree, found, slabs, spots, calibration_mg_per_mm3_hu)
    who = volume.identity
    return NonContrast(
        who.series_uid, who.series_description, slabs.thickness_mm, calibration_mg_per_mm3_hu, scores, total, found, findings
    )


def with_noncontrast(analysis: Analysis, scores: NonContrast) -> Analysis:
    """The analysis with these scores and what was found about them."""
    return replace(analysis, noncontrast=scores, findings=analysis.findings + scores.findings)


def artery_of(vessel: Vessel, tree: Tree, s_mm: float) -> str | None:
    """The artery a place is counted with: the left main, or the main vessel a branch comes from; None for a graft."""
    segment = next((g.scct for g in vessel.segments if g.start_mm <= s_mm < g.end_mm), None)
    if segment == LEFT_MAIN_SEGMENT:
        return "LM"
    seen: set[str] = set()
    current: Vessel | None = vessel
    while current is not None and current.name not in seen:
        if current.name in ARTERIES:
            return current.name
        seen.add(current.name)
        current = tree.vessel(current.parent) if current.parent else None
    return None


def _scores(
    tree: Tree, found: Registration, slabs: Slabs, spots: tuple[Spot, ...], calibration: float | None
) -> tuple[tuple[ArteryScore, ...], ArteryScore]:
    points, names = _named_points(tree, found)
    nearest = cKDTree(points)
    distance, artery = np.full(len(spots), np.inf), np.full(len(spots), "", dtype=object)
    for number, spot in enumerate(spots):
        gap, index = nearest.query(spot_points_mm(spot, slabs.geometry))
        best = int(np.argmin(gap))
        distance[number], artery[number] = gap[best], names[index[best]]
    scores = []
    for name in ARTERIES:
        own = [k for k in range(len(spots)) if artery[k] == name]
        scores.append(_one(name, own, distance, spots, slabs.thickness_mm, calibration))
    return tuple(scores), _one("all", list(range(len(spots))), distance, spots, slabs.thickness_mm, calibration)


def _one(
    name: str, own: list[int], distance: FloatArray, spots: tuple[Spot, ...], thickness: float, calibration: float | None
) -> ArteryScore:
    low, best, high = (
        calcium_score([spots[k] for k in own if distance[k] <= reach], thickness, calibration) for reach in REACH_MM
    )
    return ArteryScore(name, best, Estimate(low.agatston, best.agatston, high.agatston))


def _named_points(tree: Tree, found: Registration) -> tuple[FloatArray, list[str]]:
    """Centerline points in the non-contrast scan, and the artery of each."""
    points: list[FloatArray] = []
    names: list[str] = []
    for vessel in tree.vessels:
        for s_mm, point in zip(vessel.centerline.s_mm, found.moved(vessel.centerline.points_mm), strict=True):
            name = artery_of(vessel, tree, float(s_mm))
            if name is not None:
                points.append(point)
                names.append(name)
    return np.array(points), names


def _arteries_mm(tree: Tree) -> FloatArray:
    if not any(v.name in ARTERIES for v in tree.vessels):
        raise PlannerError(
            "The arteries are not known.",
            "None was found in the contrast scan, so calcium cannot be told from other calcium.",
            "Mark the vessels first.",
        )
    return np.concatenate([v.centerline.points_mm for v in tree.vessels])


def _check_same_person(contrast: Volume, other: Volume) -> None:
    a, b = contrast.identity, other.identity
    for name in ("patient_id", "patient_name", "birth_date"):
        first, second = getattr(a, name), getattr(b, name)
        if first and second and first != second:
            raise PlannerError(
                "The non-contrast scan is of another patient.",
                f"The contrast scan has {name} {first}, the other {second}.",
                "Choose the non-contrast scan of this patient; nothing was scored.",
            )


def _check_hounsfield(volume: Volume) -> None:
    blocked = [f for f in volume.findings if f.code in WHOLE_VOLUME_CODES]
    if blocked:
        raise PlannerError("The non-contrast scan cannot be scored.", blocked[0].what, blocked[0].advice)


def _check_no_contrast(tree: Tree, volume: Volume, found: Registration) -> None:
    """The aorta must not be bright."""
    if tree.aorta is None:
        return
    index = np.round(volume.geometry.index_kji(found.moved(tree.aorta.axis_mm))).astype(int)
    inside = np.all((index >= 0) & (index < np.array(volume.hu.shape)), axis=1)
    values = [float(volume.hu[k, max(j - 2, 0) : j + 3, max(i - 2, 0) : i + 3].mean()) for k, j, i in index[inside]]
    if values and float(np.median(values)) > CONTRAST_HU:
        raise PlannerError(
            "This series was made with contrast.",
            f"The aorta measures {np.median(values):.0f} HU.",
            "Choose the non-contrast series: an Agatston score is defined for it only.",
        )


def _findings(slabs: Slabs, found: Registration) -> tuple[Finding, ...]:
    findings = []
    if found.is_doubtful:
        findings.append(
            Finding(
                "noncontrast-not-matched",
                "non-contrast scan",
                f"It could not be matched well (correlation {found.correlation:.2f}, moved {found.shift_mm:.0f} mm).",
                "Calcium is not given by artery.",
                "Look at both scans; choose a non-contrast scan of the same visit.",
            )
        )
    if slabs.thickness_mm > SLICE_MM + SLICE_TOLERANCE_MM:
        findings.append(
            Finding(
                "noncontrast-slices",
                "non-contrast scan",
                f"Its slices are {slabs.thickness_mm:.1f} mm; the Agatston score is defined on 3 mm.",
                "Small deposits are lost and the score is not comparable.",
                "Use a reconstruction with slices of 3 mm or less.",
            )
        )
    return tuple(findings)
