"""A small analysis made by hand: an RCA with one calcified occlusion, a side branch at its cap, and a left vessel."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.calcium_score import ArteryScore, NonContrast
from planner.case import Analysis
from planner.facts import ClinicalFacts
from planner.occlusion import Cap, Flag, LandingZone, Occlusion, SideBranch, ZoneCalcium
from planner.plan import Plan, SeriesRef
from planner.report import write_outputs
from planner.scores.score import Published, Score, ScoreItem, ScoreSheet
from planner.section_details import vessel_details
from planner.settings import lab_profile
from planner.subtraction import section_ranges
from planner.subtraction_case import Subtraction
from planner.view_search import view_plan
from recon.agatston import CalciumScore
from recon.alignment import Registration
from recon.centerline import Centerline
from recon.estimate import Band, Estimate
from recon.geometry import Geometry
from recon.sections import ScanPhysics, VesselSections
from recon.subtracted_sections import NONE_SEEN, SEEN, SubtractedSections
from recon.vessels import Course, Problem, Segment, Tree, Vessel
from recon.volume import Acquisition, Finding, Identity, Volume

START_MM, END_MM = 30.0, 52.0
PHYSICS = ScanPhysics(400.0, 20.0, 15.0, Estimate(0.6, 0.7, 0.9), Estimate(0.6, 0.7, 0.9))
SLICES = 75


def _vessel(name, points, radius_mm, shut=None, **more):
    line = Centerline.through(points)
    radius = np.full(len(line.s_mm), radius_mm)
    if shut is not None:
        radius[(line.s_mm > shut[0]) & (line.s_mm < shut[1])] = 0.0
    return Vessel(name, line, radius, np.full(len(line.s_mm), 0.9), **more)


def made_tree():
    t = np.linspace(0, 2.2, 40)
    rca_points = np.stack([-12 - 16 * np.sin(t), -14 + 13 * t, 30 - 29 * t], axis=1)
    course = Centerline.through(rca_points).between(START_MM, END_MM)
    rca = _vessel(
        "RCA",
        rca_points,
        1.6,
        (START_MM, END_MM),
        segments=(Segment(1, 0.0, 28.0), Segment(2, 28.0, 60.0), Segment(3, 60.0, 78.0)),
        bridged_mm=((START_MM, END_MM),),
        courses=(Course(0.8, course, np.full(len(course), 1.0)),),
    )
    origin = rca.centerline.at(28.5)[0]
    am = _vessel(
        "AM", origin + np.linspace(0, 18, 12)[:, None] * np.array([-0.6, -0.7, -0.4]), 0.8, parent="RCA", parent_s_mm=28.5
    )
    lad = _vessel("LAD", np.stack([8 + 2 * t, -18 - 4 * t, 28 - 22 * t], axis=1), 1.5)
    problem = Problem("distal-vessel-not-found", "LCx", 41.0, (1.0, 2.0, 3.0), "Mark the end of the LCx.")
    return Tree((rca, am, lad), (problem,), None, (8.0, -18.0, 28.0), (-12.0, -14.0, 30.0), "right")


def made_volume(tree, geometry=None):
    axial = Geometry.axial((SLICES, 72, 72), (1.0, 1.0, 1.0), (-42.0, -40.0, -40.0))
    geometry = geometry or Geometry(axial.shape, axial.lps_from_index.copy(), "1.2.826.0.1.3680043.10.9.4")
    points = geometry.points_mm(np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1))
    hu = np.full(geometry.shape, -80.0)
    for vessel in tree.vessels:
        distance, nearest = cKDTree(vessel.centerline.points_mm).query(points)
        s_mm = vessel.centerline.s_mm[nearest]
        shut = (vessel.name == "RCA") & (s_mm > START_MM) & (s_mm < END_MM)
        hu = np.where(distance < 2.1, np.where(shut, 60.0, 400.0), hu)
        hu = np.where((distance < 1.7) & shut & (s_mm > 36) & (s_mm < 44), 1100.0, hu)
    noise = np.random.default_rng(5).normal(0, 15, geometry.shape)
    identity = Identity(
        "Phantom^Right", "PH-0012", "19550101", "M", "20260102", "1.2.826.0.1.3680043.10.9.1", "1.2.826.0.1.3680043.10.9.2", "CTA"
    )
    sop = tuple(f"1.2.826.0.1.3680043.10.9.3.{k}" for k in range(geometry.shape[0]))
    acquisition = Acquisition(
        "Maker", "Scanner", "Bv40", 120.0, None, 0.6, 75.0, sop_uids=sop, patient_position="HFS", source="dicom"
    )
    return Volume((hu + noise).astype(np.int16), geometry, identity, acquisition, (_finding(),))


def _finding():
    return Finding(
        "step-artefact", "slice 31", "A step of 0.8 mm between heart beats.", "Lengths there are uncertain.", "Read with care."
    )


def made_sections(vessel, calcified):
    s = np.arange(0.0, vessel.centerline.length_mm, 0.5)
    n = len(s)
    shut = np.zeros(n, bool) if not calcified else (s > START_MM) & (s < END_MM)
    csa = np.clip(80 - 12 * np.abs(s - 40.0), 0, None) * calcified
    arc = np.clip(300 - 40 * np.abs(s - 40.0), 0, None) * calcified
    wall = np.full(n, 10.5)
    wall[-3:] = np.nan
    ring = np.where(arc[:, None] / 2 > np.abs(np.arange(360) - 180.0), 0.7, np.nan)

    def band(best, part, ceiling):
        return Band(np.clip(best * (1 - part), 0, None), best, np.minimum(best * (1 + part), ceiling))

    return VesselSections(
        s_mm=s,
        point_mm=vessel.centerline.at(s)[0],
        lumen_area_mm2=np.where(shut, 0.3, 7.0),
        wall_area_mm2=wall,
        calcium_area_mm2=band(csa / 100 * 10.5, 0.2, 10.5),
        calcium_csa_pct=band(csa, 0.2, 100.0),
        calcium_arc_deg=band(arc, 0.1, 360.0),
        calcium_longest_arc_deg=arc,
        calcium_max_thickness_mm=csa / 60,
        mean_lumen_hu=np.where(shut, 90.0, 400.0),
        quality=np.ones(n),
        grade=np.full(n, "good"),
        lumen_open=~shut,
        lumen_r_mm=np.full((n, 72), 1.49) * (~shut)[:, None],
        wall_r_mm=np.full((n, 72), 1.83),
        calcium_inner_r_mm=ring,
        calcium_outer_r_mm=ring + 0.8,
        axis_s_mm=np.arange(0.0, vessel.centerline.length_mm, 0.25),
        axis_hu=np.where(np.arange(0.0, vessel.centerline.length_mm, 0.25) < START_MM, 400.0, 90.0),
        sensitivity_area_mm2={"fixed 350": csa / 100 * 12},
        calcium_method="half maximum per deposit, blur removed",
    )


def made_occlusion(tree):
    line = tree.vessel("RCA").centerline

    def cap(s_mm, shape):
        return Cap(Estimate(s_mm - 0.6, s_mm, s_mm + 0.7), tuple(float(c) for c in line.at(s_mm)[0]), shape, "auto", 0.12, False)

    def zone(csa, arc):
        return ZoneCalcium(
            Estimate(csa * 0.8, csa, csa * 1.2), csa / 2, Estimate(arc * 0.9, arc, min(360.0, arc * 1.1)), 1.3,
            Estimate(20.0, 26.0, 34.0), 4.0, 3.0, 2.0, 0.0, 8.0, 40.0, 40.0, (("fixed 350", csa + 8), ("seed", csa + 3)),
        )  # fmt: skip

    return Occlusion(
        id="RCA-1",
        vessel="RCA",
        scct_segment=2,
        proximal_cap=cap(START_MM, "blunt"),
        distal_cap=cap(END_MM, "tapered"),
        length_mm=Estimate(20.7, 22.0, 23.4),
        chord_mm=20.8,
        max_bend_deg=Estimate(31.0, 36.0, 42.0),
        bend_s_mm=45.0,
        side_branches=(SideBranch("AM", 1.5, 62.0, 1.6, "proximal"),),
        calcium={"proximal_cap": zone(5, 20), "body": zone(80, 300), "distal_cap": zone(2, 10), "landing": zone(1, 5)},
        landing_zone=LandingZone(END_MM, 20.0, 2.6, 2.2, ((53.0, 70.0),), None, None),
        reference_diameter_proximal_mm=3.1,
        reference_diameter_distal_mm=2.7,
        flags=(Flag("full-moon-proposed", "Calcium fills the section.", (39.0, 41.5)),),
        bend_by_arm_deg=((5.0, 36.0), (10.0, 44.0)),
        course_probabilities=(0.8,),
    )


def _item(name, label, value, unit, operator, threshold, points, high, margin, source, evidence):
    known = points is not None
    low = points if known else 0
    return ScoreItem(name, label, value, unit, operator, threshold, points, low, high, 1, margin, source, "auto", evidence)


def made_scores():
    length, bend, csa = Estimate(20.7, 22.0, 23.4), Estimate(31.0, 36.0, 47.0), Estimate(64, 80, 96)
    items = (
        _item("stump", "blunt stump", "blunt", "", "==", "blunt", 1, 1, None, "SEMI", (29.4, 30.7)),
        _item("length", "length > 20 mm", length, "mm", ">", 20.0, 1, 1, 2.0, "AUTO", (30.0, 52.0)),
        _item("bend", "bend > 45 deg", bend, "deg", ">", 45.0, 0, 1, 9.0, "AUTO", (40.0, 50.0)),
        _item("calcium", "calcium > 50 % of section", csa, "%", ">", 50.0, 1, 1, 30.0, "AUTO", (39.0, 41.0)),
        _item("retry", "previous failed attempt", None, "", "is", True, None, 1, None, "OPER", None),
    )
    fujino = Score(
        "ct-j-cto-fujino", "CT-derived J-CTO", "Fujino 2018", "RCA-1", None, None, 3, 5, 5, "very difficult", True, items,
        (Published("guidewire crossing within 30 min", None, "218 lesions", False, "K"),), "Fujino, JACC Imaging 2018;11:209-217",
    )  # fmt: skip
    rector = replace(fujino, id="ct-rector", name="CT-RECTOR", variant="Opolski 2015", total=2.0, low=2.0, high=2.0, maximum=6,
                     bin="intermediate", borderline=False, source="Opolski, JACC CI 2015")  # fmt: skip
    return ScoreSheet((fujino, rector), (("Ellis", "its points could not be verified"),))


def made_noncontrast():
    score = CalciumScore(120.0, 90.0, 20000.0, None, 4)
    arteries = tuple(ArteryScore(name, score, Estimate(100.0, 120.0, 150.0)) for name in ("LM", "LAD", "LCx", "RCA"))
    total = ArteryScore("all", CalciumScore(480.0, 360.0, 80000.0, None, 16), Estimate(400.0, 480.0, 600.0))
    return NonContrast("1.2.9", "CaSc", 3.0, None, arteries, total, Registration(np.eye(4), 2.0, 0.5, 0.9), ())


def made_subtraction(tree, volume, sections):
    """The RCA seen in a second scan that did not move: it matches up to 60 mm, and shows a deposit the first one does not."""
    rca, own = tree.vessel("RCA"), sections["RCA"]
    n, s = len(own.s_mm), own.s_mm
    used = s < 60.0
    area = own.calcium_area_mm2.best + np.where((s > 10) & (s < 14), 1.2, 0.0)
    share = 100 * area / 10.5
    said = np.where(~used, "", np.where(own.lumen_open, SEEN, NONE_SEEN))
    lumen = np.where(own.lumen_open, 7.0, 0.2)
    made = SubtractedSections(
        s_mm=s,
        shift_mm=np.zeros((n, 3)),
        match_sd_mm=np.where(used, 0.2, 0.8),
        match_along_sd_mm=np.full(n, 0.3),
        correlation=np.where(used, 0.97, 0.4),
        is_matched=used,
        calcium_area_mm2=Band(0.8 * area, area, 1.2 * area),
        calcium_csa_pct=Band(0.8 * share, share, np.minimum(1.2 * share, 100.0)),
        calcium_arc_deg=Band(np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)),
        contrast_mm2=Band(0.8 * lumen, lumen, 1.2 * lumen),
        contrast=said,
        grade=np.where(used, "A", "D"),
        line=rca.centerline,
        calcium_method="blurred ring-sector model without contrast",
        contrast_line=rca.centerline,
    )
    ranges = tuple(section_ranges("RCA", own, made, ()))
    blur = Estimate(0.6, 0.85, 1.1)
    return Subtraction("1.2.9", "CaSc", 1.0, blur, blur, {"RCA": made}, ranges, (), volume)


def made_analysis(**changes):
    tree = made_tree()
    volume = made_volume(tree)
    sections = {v.name: made_sections(v, v.name == "RCA") for v in tree.vessels}
    occlusions = (made_occlusion(tree),)
    who = volume.identity
    series = SeriesRef(who.series_uid, who.study_uid, who.patient_id, who.patient_name, who.birth_date, who.study_date)
    plain = Analysis(
        volume=volume,
        plan=Plan(series=series, facts=ClinicalFacts(age_years=71.0)),
        tree=tree,
        physics=PHYSICS,
        sections=sections,
        occlusions=occlusions,
        scores=made_scores(),
        views=view_plan(tree, occlusions, sections, lab_profile("default")),
        findings=volume.findings,
        timings_s=(("tree", 1.2), ("sections", 0.8)),
        version="0.1.0",
        details={v.name: vessel_details(volume, v, sections[v.name], PHYSICS) for v in tree.vessels},
        noncontrast=made_noncontrast(),
        subtraction=made_subtraction(tree, volume, sections),
    )
    return replace(plain, **changes)


def made_without_occlusion():
    full = made_analysis()
    empty = view_plan(full.tree, (), full.sections, lab_profile("default"))
    return replace(full, occlusions=(), scores=ScoreSheet(()), views=empty)


@pytest.fixture(scope="session")
def analysis():
    return made_analysis()


@pytest.fixture(scope="session")
def analysis_without_occlusion():
    return made_without_occlusion()


@pytest.fixture(scope="session")
def outputs(analysis, tmp_path_factory):
    """The folder with all files of the made analysis."""
    folder = tmp_path_factory.mktemp("outputs") / "case"
    write_outputs(analysis, folder)
    return folder
