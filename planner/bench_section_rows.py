"""Sections of generated vessels measured along lines that are a little off, one row each with what is true there."""

import numpy as np

from planner.bench_job import Rows
from planner.bench_table import Row
from recon.calcium_limit import stated
from recon.errors import PlannerError
from recon.estimate import Estimate, FloatArray
from recon.measure import measure_sections
from recon.phantom import render
from recon.phantom_case import Case
from recon.phantom_deposits import SectionTruth, section_truth
from recon.phantom_segments import moved_line
from recon.phantom_truth import Truth, VesselTruth
from recon.report import Report, part_of
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Tree, Vessel

EDGE_MM = 3.0
"""Sections this close to a line's ends or to a fork are not judged, but for calcium called at a branch's mouth."""

MOUTH_CLEAR_MM = 4.0
LINE_SD_MM = 0.15
"""How far the measured line is from the true one (SD along each axis of a section), as for lines found by the program."""

RADIUS_ERROR, BRIDGE_SD_MM = 0.1, 1.0
"""Relative error of the radius a vessel was followed with, and SD of where the bridge over an occlusion begins and ends."""

BLUR_ERROR, BLUR_INTERVAL, NOISE_ERROR, CONTRAST_ERROR = 0.08, 0.165, 0.05, 0.015
"""Relative SD of the error of blur, noise and contrast measured on whole generated scans, and the half width stated for
blur."""


def measure_case(group: str, case: Case, report: Report) -> Rows:
    """Rows of one case."""
    volume = render(case, part_of(report, 0.0, 0.3))
    tree = moved_tree(case.truth, case.seed)
    physics = mistaken_physics(case)
    rows: list[Row] = []
    for vessel in tree.vessels:
        true = case.truth.vessel(vessel.name)
        about: Row = {"group": group, "seed": case.seed, "vessel": vessel.name}
        try:
            sections = measure_sections(volume, vessel, physics, part_of(report, 0.3, 1.0), tree.lines_beside(vessel))
        except PlannerError as refusal:
            rows.append({**about, "refused": str(refusal)})
            continue
        if true is not None:
            rows += [{**about, **row} for row in _vessel_rows(true, sections, physics, case)]
    return {"sections": rows}


def moved_tree(truth: Truth, seed: int) -> Tree:
    """The true arteries as a search finds them: right course, line a little off, so that section measures are judged alone."""
    vessels = []
    for v in (v for v in truth.vessels if v.kind == "artery"):
        line = moved_line(v.centerline, LINE_SD_MM, seed)
        radius = _followed_radius_mm(v, line.s_mm, seed)
        vessels.append(Vessel(v.name, line, radius, np.ones(len(line.s_mm)), v.parent, v.parent_s_mm))
    return Tree(tuple(vessels), (), truth.aorta, truth.left_ostium_mm, truth.right_ostium_mm, truth.dominance)


def _followed_radius_mm(vessel: VesselTruth, s_mm: FloatArray, seed: int) -> FloatArray:
    """Lumen radius as a search would state it: a little wrong, and bridged from and to places that are not quite the caps."""
    rng = np.random.default_rng([seed, 89])
    known, radius = vessel.centerline.s_mm, vessel.lumen_radius_mm
    is_open = radius > 0
    factor, moved = 1 + RADIUS_ERROR * float(rng.normal()), BRIDGE_SD_MM * rng.normal(size=2)
    closed = np.flatnonzero(~is_open)
    filled = np.interp(s_mm, known[is_open], radius[is_open]) * factor if is_open.any() else np.zeros(len(s_mm))
    if len(closed) == 0:
        return np.asarray(filled)
    bridged = (s_mm > known[closed[0]] + moved[0]) & (s_mm < known[closed[-1]] + moved[1])
    return np.where(bridged, 0.0, filled)


def mistaken_physics(case: Case) -> ScanPhysics:
    """The scan as it would have been measured: contrast, blur and noise with the errors they have on whole scans."""
    rng = np.random.default_rng([case.seed, 5])
    error = 1 + np.clip(rng.normal(0, BLUR_ERROR, 2), -2 * BLUR_ERROR, 2 * BLUR_ERROR)
    plane, slices = case.scan.psf_in_plane_fwhm_mm * error[0], case.scan.psf_z_fwhm_mm * error[1]
    noise = case.scan.noise_sd_hu * (1 + NOISE_ERROR * float(rng.normal()))
    return ScanPhysics(
        case.scan.lumen_hu * (1 + CONTRAST_ERROR * float(rng.normal())),
        noise,
        noise,
        Estimate.around(float(plane), BLUR_INTERVAL * float(plane)),
        Estimate.around(float(slices), BLUR_INTERVAL * float(slices)),
    )


def _vessel_rows(true: VesselTruth, got: VesselSections, physics: ScanPhysics, case: Case) -> list[Row]:
    s_true = np.asarray(true.centerline.locate(got.point_mm)[0], dtype=float)
    got = stated(got)
    known, forks = truth_at(true, s_true), _forks(true, case.truth)
    own_from, own_mouth = _own_from_mm(true, case.truth), _clean_mouth(true, case.truth)
    calcified = s_true[known.calcium_area_mm2 > 0]
    rows: list[Row] = []
    for m, s in enumerate(s_true):
        mouth = own_mouth and own_from <= s < own_from + EDGE_MM
        if not mouth and (s < own_from + EDGE_MM or s > true.visible_to_mm - EDGE_MM or any(abs(s - f) < EDGE_MM for f in forks)):
            continue
        occluded = any(o.vessel == true.name and o.start_mm - 1 < s < o.end_mm + 1 for o in case.truth.occlusions)
        row: Row = {
            "section": m,
            "s_mm": float(s),
            "occluded": occluded,
            "mouth": mouth,
            "from_calcium": float(np.abs(calcified - s).min()) if len(calcified) else float("inf"),
            "area": float(known.calcium_area_mm2[m]),
            "arc": float(known.calcium_arc_deg[m]),
            "csa": float(known.calcium_csa_pct[m]),
            "thickness": float(known.calcium_max_thickness_mm[m]),
            "hu": float(known.calcium_hu[m]),
            "lumen": float(known.lumen_area_mm2[m]),
            "wall": float(known.wall_area_mm2[m]),
            "lumen_hu": physics.lumen_hu,
            "noise": physics.noise_sd_hu,
            "got_lumen": float(got.lumen_area_mm2[m]),
            "got_wall": float(got.wall_area_mm2[m]),
            "got_open": bool(got.lumen_open[m]),
            "got_thickness": float(got.calcium_max_thickness_mm[m]),
            "grade": str(got.grade[m]),
            "method": got.calcium_method,
            "psf": case.scan.psf_in_plane_fwhm_mm,
            "psf_error": physics.psf_in_plane_fwhm_mm.best - case.scan.psf_in_plane_fwhm_mm,
        }
        for key, band in (("area", got.calcium_area_mm2), ("arc", got.calcium_arc_deg), ("csa", got.calcium_csa_pct)):
            row |= {f"got_{key}": float(band.best[m]), f"low_{key}": float(band.low[m]), f"high_{key}": float(band.high[m])}
        for key, value, error in (
            ("lumen", got.lumen_area_mm2[m], got.lumen_area_error_mm2[m]),
            ("wall", got.wall_area_mm2[m], got.wall_area_error_mm2[m]),
        ):
            row |= {f"low_{key}": float(value - error), f"high_{key}": float(value + error)}
        row |= {f"rule_{k}": float(v[m]) for k, v in got.sensitivity_area_mm2.items()}
        rows.append(row)
    return rows


def truth_at(true: VesselTruth, s_mm: FloatArray) -> SectionTruth:
    """What is true of a vessel at arc positions of its true line."""
    at = true.centerline.s_mm
    offset = np.stack([np.interp(s_mm, at, true.wall_offset_mm[:, a]) for a in range(2)], axis=1)
    wall, lumen = np.interp(s_mm, at, true.wall_radius_mm), np.interp(s_mm, at, true.lumen_radius_mm)
    return section_truth(s_mm, wall, lumen, offset, true.deposits)


def _own_from_mm(true: VesselTruth, truth: Truth) -> float:
    """Where a branch has left its parent's wall; 0 for a main vessel."""
    parent = None if true.parent is None else truth.vessel(true.parent)
    if parent is None or true.parent_s_mm is None:
        return true.own_from_mm
    away = np.asarray(parent.centerline.locate(true.centerline.points_mm)[2])
    wall = float(np.interp(true.parent_s_mm, parent.centerline.s_mm, parent.wall_radius_mm))
    return float(true.centerline.s_mm[int(np.argmax(away > wall + 0.3))])


def _clean_mouth(true: VesselTruth, truth: Truth) -> bool:
    """Whether a branch leaves where its parent has no calcium, which would be seen in the branch's sections as well."""
    parent = None if true.parent is None else truth.vessel(true.parent)
    if parent is None or true.parent_s_mm is None:
        return False
    at = true.parent_s_mm
    return all(at < d.start_mm - MOUTH_CLEAR_MM or at > d.end_s_mm + MOUTH_CLEAR_MM for d in parent.deposits)


def _forks(true: VesselTruth, truth: Truth) -> list[float]:
    """Arc positions where branches leave a vessel: there neither contour is a closed curve."""
    forks = [v.parent_s_mm for v in truth.vessels if v.parent == true.name and v.parent_s_mm is not None]
    return [*forks, true.own_from_mm] if true.own_from_mm else forks
