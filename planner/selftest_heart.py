"""The whole chain on a small heart with noise: automatic tree, sections, occlusion."""

import math

from planner.occlusion import Occlusion
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from planner.selftest_check import Check
from recon.errors import PlannerError
from recon.measure import measure_sections
from recon.phantom import random_case, render
from recon.phantom_case import Case
from recon.physics import scan_physics
from recon.report import Report, part_of
from recon.tree import Seeds, coronary_tree
from recon.vessels import Tree
from recon.volume import Volume

HEART_SEED = 346


def heart_case() -> Case:
    """A right coronary occlusion of 18 mm on a coarse grid, so that the whole test stays short."""
    return random_case(
        HEART_SEED,
        occlusion="RCA",
        length_mm=18.0,
        start_mm=34.0,
        dominance="right",
        calcium="light",
        wander_mm=1.6,
        noise_sd_hu=20.0,
        lumen_hu=420.0,
        psf_in_plane_fwhm_mm=0.8,
        psf_z_fwhm_mm=0.8,
        grid=(184, 208, 208, 0.56, 0.56),
    )


def heart_checks(report: Report) -> tuple[Check, ...]:
    """Length, caps and bend of the one occlusion, and that there is only one."""
    case = heart_case()
    volume = render(case, part_of(report, 0.0, 0.2))
    tree = coronary_tree(volume, Seeds(), part_of(report, 0.2, 0.7))
    found = _occlusions(volume, tree, part_of(report, 0.7, 1.0))
    truth = case.truth.occlusions[0]
    on_rca = [o for o in found if o.vessel == truth.vessel]
    length = bend = off_start = off_end = math.nan
    if len(on_rca) == 1:
        length, bend = on_rca[0].length_mm.best, on_rca[0].max_bend_deg.best
        off_start = math.dist(on_rca[0].proximal_cap.point_mm, truth.start_point_mm)
        off_end = math.dist(on_rca[0].distal_cap.point_mm, truth.end_point_mm)
    return (
        Check("heart: main vessels found", 3.0, float(sum(tree.vessel(n) is not None for n in ("RCA", "LAD", "LCx"))), 0.0, ""),
        Check("heart: occlusions on the right coronary", 1.0, float(len(on_rca)), 0.0, ""),
        Check("heart: occlusions elsewhere", 0.0, float(len(found) - len(on_rca)), 0.0, ""),
        Check("heart: occlusion length", truth.length_mm, length, 2.5, "mm"),
        Check("heart: proximal cap, distance to truth", 0.0, off_start, 2.0, "mm"),
        Check("heart: distal cap, distance to truth", 0.0, off_end, 2.0, "mm"),
        Check("heart: largest bend in the occlusion", truth.max_bend_deg, bend, 5.0, "deg"),
    )


def _occlusions(volume: Volume, tree: Tree, report: Report) -> tuple[Occlusion, ...]:
    """Occlusions of the three main vessels."""
    sections = {}
    try:
        physics = scan_physics(volume, tree, report)
    except PlannerError:
        return ()
    names = [n for n in ("RCA", "LAD", "LCx") if tree.vessel(n) is not None]
    for n, name in enumerate(names):
        vessel = tree.vessel(name)
        if vessel is not None:
            try:
                sections[name] = measure_sections(
                    volume, vessel, physics, part_of(report, n / 3, (n + 1) / 3), tree.lines_beside(vessel)
                )
            except PlannerError:
                continue
    return find_occlusions(tree, sections, physics, Plan(SeriesRef("")))
