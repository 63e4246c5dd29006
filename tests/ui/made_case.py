"""A small made-up case: two bright tubes in fat, one interrupted, with numbers that a test can know beforehand."""

import math
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from planner.case import Analysis
from planner.occlusion import Cap, Flag, LandingZone, Occlusion, SideBranch, ZoneCalcium
from planner.plan import Plan
from planner.scores import score_facts
from planner.scores.score import ScoreSheet
from planner.session import new_plan
from planner.version import VERSION
from planner.views import TargetViews, View, ViewPlan, WiringPair
from recon.centerline import Centerline
from recon.estimate import Band, Estimate
from recon.geometry import Geometry
from recon.sections import CALCIUM_ANGLES, WALL_ANGLES, ScanPhysics, VesselSections
from recon.vessels import Aorta, Course, Problem, Tree, Vessel
from recon.volume import Acquisition, Finding, Identity, Volume

PROXIMAL_MM, DISTAL_MM = 30.0, 48.0
LUMEN_MM, WALL_MM = 1.5, 2.2
WHO = Identity("TEST^MADE UP", "MU-1", "19550101", "M", "20260102", "1.2.3", "1.2.3.4", "made up", "")


def made_volume(size: int = 72, spacing_mm: float = 1.0, flip_x: bool = False, identity: Identity = WHO) -> Volume:
    """Two tubes; `flip_x` stores the same patient with the columns running from left to right."""
    geometry = Geometry.axial((size, size, size), (spacing_mm,) * 3, (0.0, 0.0, 0.0))
    grid = np.stack(np.meshgrid(*(np.arange(size),) * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    points = geometry.points_mm(grid)
    extent = size * spacing_mm
    hu = np.full(len(points), -80.0)
    for line, interrupted in ((rca_line(extent), True), (lad_line(extent), False)):
        distance, nearest = cKDTree(line.points_mm).query(points, distance_upper_bound=WALL_MM + spacing_mm)
        near = np.isfinite(distance)
        s_mm = np.zeros(len(points))
        s_mm[near] = line.s_mm[nearest[near]]
        closed = interrupted & (s_mm > PROXIMAL_MM) & (s_mm < DISTAL_MM)
        hu[near & (distance < WALL_MM)] = 60.0
        hu[near & (distance < LUMEN_MM) & ~closed] = 400.0
        hu[near & (distance > 0.8) & (distance < WALL_MM) & closed & (points[:, 1] < extent / 2)] = 1000.0
    hu = hu.reshape(size, size, size).astype(np.int16)
    # A bright block near the patient's left tells a mirrored image from a right one.
    hu[2:10, 2:8, size - 8 : size - 3] = 1500
    finding = Finding("few-slices", "whole series", "Few slices.", "Ends of vessels may be missing.", "Send the whole series.")
    if flip_x:
        matrix = geometry.lps_from_index.copy()
        matrix[:3, 3] = geometry.points_mm((0, 0, size - 1))
        matrix[:3, 2] *= -1
        hu, geometry = np.ascontiguousarray(hu[:, :, ::-1]), Geometry(geometry.shape, matrix)
    return Volume(hu, geometry, identity, Acquisition(manufacturer="Made", kvp=120.0, phase_pct=75.0), (finding,))


def rca_line(extent: float) -> Centerline:
    """A bent course through the middle."""
    t = np.linspace(0, 1, 60)[:, None]
    bend = np.concatenate([0.5 + 0.3 * np.sin(2.4 * t), 0.5 + 0.2 * np.cos(3.2 * t), 0.92 - 0.84 * t], axis=1)
    return Centerline.through(bend * extent)


def lad_line(extent: float) -> Centerline:
    """A second, open vessel."""
    t = np.linspace(0, 1, 40)[:, None]
    return Centerline.through(np.concatenate([0.25 - 0.1 * t, 0.3 + 0.1 * np.sin(3 * t), 0.9 - 0.7 * t], axis=1) * extent)


def made_sections(line: Centerline, occluded: bool) -> VesselSections:
    """Measures that follow from the formula of the tubes; calcium covers 200 degrees in the occlusion."""
    s_mm = np.arange(0.0, line.length_mm, 0.5)
    closed = (s_mm > PROXIMAL_MM) & (s_mm < DISTAL_MM) & occluded
    csa = np.where(closed, 40 + 24 * np.sin((s_mm - PROXIMAL_MM) / (DISTAL_MM - PROXIMAL_MM) * math.pi), 0.0)
    arc = np.where(closed, 200.0, 0.0)
    wall_area = np.full(len(s_mm), math.pi * WALL_MM**2)
    lumen_r = np.where(closed[:, None], np.nan, LUMEN_MM) * np.ones(WALL_ANGLES)
    wall_r = np.full((len(s_mm), WALL_ANGLES), WALL_MM)
    has_calcium = closed[:, None] & (np.arange(CALCIUM_ANGLES) < 200)
    return VesselSections(
        s_mm=s_mm,
        point_mm=line.at(s_mm)[0],
        lumen_area_mm2=np.where(closed, 0.0, math.pi * LUMEN_MM**2),
        wall_area_mm2=wall_area,
        calcium_area_mm2=_band(csa * wall_area / 100, 0.2),
        calcium_csa_pct=_band(csa, 0.15),
        calcium_arc_deg=_band(arc, 0.1),
        calcium_longest_arc_deg=arc,
        calcium_max_thickness_mm=np.where(closed, 1.1, 0.0),
        mean_lumen_hu=np.where(closed, np.nan, 400.0),
        quality=np.ones(len(s_mm)),
        grade=np.where(closed, "B", "A"),
        lumen_open=~closed,
        lumen_r_mm=lumen_r,
        wall_r_mm=wall_r,
        calcium_inner_r_mm=np.where(has_calcium, 1.0, np.nan),
        calcium_outer_r_mm=np.where(has_calcium, WALL_MM - 0.2, np.nan),
        axis_s_mm=line.s_mm,
        axis_hu=np.where((line.s_mm > PROXIMAL_MM) & (line.s_mm < DISTAL_MM) & occluded, 90.0, 400.0),
        sensitivity_area_mm2={},
        calcium_method="made up",
    )


def _band(best: np.ndarray, part: float) -> Band:
    return Band(best * (1 - part), best, best * (1 + part))


def made_tree(extent: float) -> Tree:
    """RCA with two ways through its occlusion, LAD, and an LCx that was not found."""
    rca, lad = rca_line(extent), lad_line(extent)
    inside = np.arange(PROXIMAL_MM, DISTAL_MM, 0.5)
    bow = 1.8 * np.sin((inside - PROXIMAL_MM) / (DISTAL_MM - PROXIMAL_MM) * math.pi)
    courses = (
        Course(0.7, rca.at(inside)[0], np.full(len(inside), 0.8)),
        Course(0.3, rca.to_mm(inside, np.zeros(len(inside)), bow), np.full(len(inside), 1.2)),
    )
    lumen = np.where((rca.s_mm > PROXIMAL_MM) & (rca.s_mm < DISTAL_MM), 0.0, LUMEN_MM)
    bridged = ((PROXIMAL_MM, DISTAL_MM),)
    vessels = (
        Vessel("RCA", rca, lumen, np.ones(len(rca.s_mm)), bridged_mm=bridged, courses=courses),
        Vessel("LAD", lad, np.full(len(lad.s_mm), LUMEN_MM), np.ones(len(lad.s_mm))),
    )
    problem = Problem("distal-vessel-not-found", "LCx", 41.0, (1.0, 2.0, 3.0), "Click its distal end.")
    axis = np.array([[0.4, 0.55, 0.85], [0.4, 0.57, 1.1]]) * extent
    aorta = Aorta(axis, np.full(2, 0.16 * extent), 420.0, 20.0)
    start = rca.points_mm[0]
    return Tree(vessels, (problem,), aorta, None, (float(start[0]), float(start[1]), float(start[2])), "right")


def made_occlusion(line: Centerline) -> Occlusion:
    """The numbers of the interruption."""
    zone = ZoneCalcium(
        Estimate(52.0, 64.0, 75.0),
        50.0,
        Estimate(190.0, 200.0, 230.0),
        1.1,
        Estimate(20.0, 28.0, 36.0),
        9.0,
        16.0,
        0.0,
        0.0,
        18.0,
        39.0,
        39.0,
    )
    ends = [tuple(float(c) for c in line.at(s)[0]) for s in (PROXIMAL_MM, DISTAL_MM)]
    return Occlusion(
        id="RCA-1",
        vessel="RCA",
        scct_segment=2,
        proximal_cap=Cap(Estimate.around(PROXIMAL_MM, 0.8), ends[0], "blunt", "auto", 0.1, False),
        distal_cap=Cap(Estimate.around(DISTAL_MM, 1.2), ends[1], "tapered", "auto", 0.4, False),
        length_mm=Estimate.around(DISTAL_MM - PROXIMAL_MM, 1.5),
        chord_mm=17.2,
        max_bend_deg=Estimate(20.0, 28.0, 36.0),
        bend_s_mm=40.0,
        side_branches=(SideBranch("AM", 1.2, 62.0, 1.6, "proximal"),),
        calcium={"proximal_cap": zone, "body": zone, "distal_cap": zone},
        landing_zone=LandingZone(DISTAL_MM, 20.0, 2.9, 2.7, ((DISTAL_MM, DISTAL_MM + 20),)),
        reference_diameter_proximal_mm=3.0,
        reference_diameter_distal_mm=2.9,
        flags=(Flag("calcium-at-cap", "calcium at the proximal cap", (30.0, 33.0)),),
        course_probabilities=(0.7, 0.3),
    )


def made_views() -> ViewPlan:
    """Two targets with two views each and a wiring pair."""
    primary, secondary = np.arange(-60.0, 61.0, 4.0), np.arange(-40.0, 41.0, 4.0)
    lost = np.abs(primary[None, :] - 38) / 3 + np.abs(secondary[:, None] + 12) / 3
    lost[:, :3] = np.nan
    views = (
        View(38.0, -12.0, 2.1, 0.0, True, True, (30.0, 47.0), (-20.0, -5.0)),
        View(-30.0, 20.0, 6.4, 8.0, True, False, (-36.0, -22.0), (12.0, 28.0)),
    )
    targets = tuple(
        TargetViews("RCA-1", name, 45.0, 55.0, False, views, primary, secondary, lost, np.zeros_like(lost))
        for name in ("proximal_cap", "body")
    )
    return ViewPlan("default", targets, (WiringPair("RCA-1", views[0], views[1], 88.5),))


def made_analysis(volume: Volume | None = None, plan: Plan | None = None) -> Analysis:
    """An analysis as the pipeline would make it, in no time."""
    volume = volume or made_volume()
    extent = volume.geometry.shape[0] * volume.geometry.spacing_mm[0]
    tree = made_tree(extent)
    facts = {"occlusion_length_mm": 18.0, "calcium_csa_pct": 64.0, "calcium_arc_deg": 200.0, "stump": "blunt", "bend_deg": 28.0}
    sheet = score_facts({**facts, "target_vessel": "RCA"})
    occlusion = made_occlusion(tree.vessels[0].centerline)
    return Analysis(
        volume=volume,
        plan=plan or new_plan(volume),
        tree=tree,
        physics=ScanPhysics(400.0, 20.0, 15.0, Estimate.exact(0.6), Estimate.exact(0.8)),
        sections={v.name: made_sections(v.centerline, v.name == "RCA") for v in tree.vessels},
        occlusions=(occlusion,),
        scores=ScoreSheet(tuple(replace(s, occlusion="RCA-1") for s in sheet.scores), sheet.not_available),
        views=made_views(),
        findings=volume.findings,
        timings_s=(("made", 0.0),),
        version=VERSION,
    )
