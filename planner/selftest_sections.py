"""Section measures: the calcium oracles P1 to P7, lumen, wall, and an occlusion of known length and bend; noiseless."""

import math

import numpy as np

from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from planner.selftest_check import Check
from recon.centerline import Centerline
from recon.errors import PlannerError
from recon.estimate import Estimate, FloatArray
from recon.measure import measure_sections
from recon.phantom import render
from recon.phantom_case import Case, Scan
from recon.phantom_oracles import (
    ORACLE_FWHM_MM,
    ORACLE_MIDDLE_MM,
    ORACLES,
    CalciumOracle,
    oracle_case,
    tube_case,
    tube_vessel,
)
from recon.phantom_vessel import PhantomVessel, PlannedOcclusion
from recon.report import Report
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Tree, Vessel

LUMEN_HU, FWHM_MM = 400.0, 0.5
LUMEN_MM, WALL_MM = 1.5, 1.9
TURN_MM = 14.0
"""Radius of the circular course of the occluded test vessel."""

OCCLUDED_MM = (14.0, 32.0)


def section_checks(report: Report) -> tuple[Check, ...]:
    """Area, share and arc of every oracle; radii and caps of a curved vessel with an occlusion."""
    checks: list[Check] = []
    for n, oracle in enumerate(ORACLES):
        report(n / (len(ORACLES) + 1), f"oracle {oracle.name}")
        checks += _oracle_checks(oracle)
    report(len(ORACLES) / (len(ORACLES) + 1), "occluded tube")
    return (*checks, *_occluded_tube_checks())


def noiseless_physics(fwhm_mm: float) -> ScanPhysics:
    """The scan of a noiseless test object, known exactly."""
    blur = Estimate.exact(fwhm_mm)
    return ScanPhysics(LUMEN_HU, 1.0, 1.0, blur, blur)


def measured(case: Case, fwhm_mm: float = FWHM_MM) -> tuple[PhantomVessel, Vessel, VesselSections | None]:
    """The first vessel of a case measured along its true line; None when the engine refuses."""
    made = case.vessels[0]
    line = made.centerline
    vessel = Vessel(made.name, line, made.lumen_mm(line.s_mm), np.ones(len(line.s_mm)))
    try:
        return made, vessel, measure_sections(render(case), vessel, noiseless_physics(fwhm_mm))
    except PlannerError:
        return made, vessel, None


def _oracle_checks(oracle: CalciumOracle) -> list[Check]:
    sections = measured(oracle_case(oracle), ORACLE_FWHM_MM)[2]
    area = share = arc = math.nan
    if sections is not None:
        middle = np.abs(sections.s_mm - ORACLE_MIDDLE_MM) < 2.1
        area, share, arc = (
            float(np.mean(v[middle]))
            for v in (sections.calcium_area_mm2.best, sections.calcium_csa_pct.best, sections.calcium_arc_deg.best)
        )
    return [
        Check(f"{oracle.name} calcium area", oracle.area_mm2, area, 0.02 * oracle.wall_area_mm2, "mm2"),
        Check(f"{oracle.name} calcium share of section", oracle.csa_pct, share, 2.0, "points"),
        Check(f"{oracle.name} calcium arc", oracle.arc_deg, arc, 3.0, "deg"),
    ]


def _occluded_tube_checks() -> list[Check]:
    """Length, caps and bend of an occlusion on a circular course, and the radii of its open part."""
    angle = np.linspace(0.0, 3.2, 60)
    circle: FloatArray = np.column_stack([TURN_MM * np.cos(angle), TURN_MM * np.sin(angle), 0.15 * TURN_MM * angle])
    planned = PlannedOcclusion(*OCCLUDED_MM, plaque_hu=60.0, distal_fill=0.9)
    case = tube_case(
        (tube_vessel(circle, LUMEN_MM, WALL_MM, LUMEN_HU, occlusions=(planned,)),), Scan(FWHM_MM, FWHM_MM, 0.0, LUMEN_HU)
    )
    _, vessel, sections = measured(case)
    length = start = end = bend = lumen = wall = plaque = math.nan
    if sections is not None:
        found = find_occlusions(
            Tree((vessel,), (), None, None, None), {vessel.name: sections}, noiseless_physics(FWHM_MM), Plan(SeriesRef(""))
        )
        if len(found) == 1:
            length, bend = found[0].length_mm.best, found[0].max_bend_deg.best
            start, end = found[0].proximal_cap.s_mm.best, found[0].distal_cap.s_mm.best
        patent, inside = (sections.s_mm > 4) & (sections.s_mm < 11), (sections.s_mm > 17) & (sections.s_mm < 29)
        lumen, wall = float(np.mean(sections.lumen_area_mm2[patent])), float(np.mean(sections.wall_area_mm2[patent]))
        plaque = float(np.mean(sections.wall_area_mm2[inside]))
    truth = case.truth.occlusions[0]
    lumen_area, wall_area = math.pi * LUMEN_MM**2, math.pi * WALL_MM**2
    return [
        Check("occlusion length", truth.length_mm, length, 0.5, "mm"),
        Check("proximal cap", truth.start_mm, start, 0.5, "mm"),
        Check("distal cap", truth.end_mm, end, 0.5, "mm"),
        Check("largest bend in the occlusion", _circle_bend_deg(case.vessels[0].centerline), bend, 2.0, "deg"),
        Check("lumen area", lumen_area, lumen, 0.03 * lumen_area, "mm2"),
        Check("wall area, open part", wall_area, wall, 0.08 * wall_area, "mm2"),
        Check("wall area, occluded part", wall_area, plaque, 0.08 * wall_area, "mm2"),
    ]


def _circle_bend_deg(line: Centerline) -> float:
    """The bend of arms of 5 mm on the circular course: arm over radius of curvature."""
    curvature = 1 / (TURN_MM * (1 + 0.15**2))
    return math.degrees(5.0 * curvature)
