"""Analytic coronary CT test objects with exact truth: `standard_case`, `random_case`, `render`.

Seeds below `HELD_OUT_SEED` are for development; measurements that are published use seeds from it upwards only.
"""

from dataclasses import replace

import numpy as np

from recon.errors import CallError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.phantom_arteries import Course, Root, aortic_root, artery_courses, vein_courses
from recon.phantom_case import Case, Scan
from recon.phantom_chambers import Tissue, chest_scene
from recon.phantom_disease import random_occlusion, with_calcium, with_occlusion, with_stent
from recon.phantom_heart import HeartFrame, heart_frame
from recon.phantom_options import HAZARDS, HELD_OUT_SEED, OCCLUDABLE, CaseOptions
from recon.phantom_profiles import artery_vessel, vein_beside, vein_vessel, with_shared_part
from recon.phantom_rasterise import render
from recon.phantom_standard import DEMO, DEMO_CALCIUM, STANDARD
from recon.phantom_streaks import pacemaker_lead
from recon.phantom_vessel import PhantomVessel, PlannedOcclusion
from recon.volume import Identity

__all__ = [
    "HAZARDS",
    "HELD_OUT_SEED",
    "OCCLUDABLE",
    "STANDARD",
    "Case",
    "CaseOptions",
    "build_case",
    "random_case",
    "render",
    "standard_case",
]

BEYOND_MM, SHORTEST_MM = 18.0, 5.0
"""An occlusion at a side branch is shortened, not below the second, so that this much vessel is left beyond it."""

FORK_MM = 3.0
"""No deposit of the left main or the LAD comes closer to the fork."""


def standard_case(name: str) -> Case:
    """One of the named cases of `STANDARD`; raises CallError for another name."""
    if name not in STANDARD:
        raise CallError(f"There is no test object called {name!r}.", f"Known: {', '.join(STANDARD)}.", "Choose one of these.")
    seed, options = STANDARD[name]
    case = replace(build_case(seed, options), name=name)
    if options is not DEMO:
        return case
    vessels = tuple(replace(v, deposits=DEMO_CALCIUM) if v.name == "RCA" else v for v in case.vessels)
    return replace(case, vessels=vessels)


def random_case(seed: int, **options: object) -> Case:
    """A random case; keywords are fields of `CaseOptions`. The same seed and options give the same case."""
    return build_case(seed, CaseOptions(**options))  # type: ignore[arg-type]


def build_case(seed: int, options: CaseOptions) -> Case:
    """The case of a seed and options."""
    rng = np.random.default_rng([seed, 2026])
    drawn = (
        str(rng.choice(["right", "left", "balanced"], p=[0.8, 0.12, 0.08])),
        float(rng.uniform(0.4, 3.0)),
        bool(rng.random() < 0.25),
    )
    dominance = options.dominance or drawn[0]
    wander = drawn[1] if options.wander_mm is None else options.wander_mm
    ramus = drawn[2] if options.ramus is None else options.ramus
    scan = _scan(options, rng)
    tissue = _tissue(scan, rng)
    frame = heart_frame(rng)
    root = aortic_root(frame, rng)
    arteries = _arteries(artery_courses(frame, root, rng, dominance, ramus, wander), rng, tissue, scan)
    arteries = _diseased(arteries, options, rng, scan)
    others = _veins(frame, rng, wander, tissue, scan, options, arteries)
    if "pacemaker" in options.hazards:
        others.append(pacemaker_lead(frame, root))
    scene = chest_scene(frame, root, tissue, rng)
    geometry = _grid(options, arteries, root, rng)
    identity = Identity("PHANTOM^DEMO", f"PHANTOM-{seed}", "19600101", "O", "20260105", series_description=f"CCTA phantom {seed}")
    return Case(f"random-{seed}", seed, geometry, scan, (*arteries, *others), scene, root, dominance, options.hazards, identity)


def _scan(options: CaseOptions, rng: np.random.Generator) -> Scan:
    """The scan; everything is drawn before options replace it, so that fixing one thing leaves the rest as it was."""
    lumen = float(rng.uniform(190, 250) if "low-contrast" in options.hazards else rng.uniform(250, 550))
    in_plane = float(rng.uniform(0.55, 0.95))
    along_z = float(np.clip(in_plane * rng.uniform(0.85, 1.3), 0.5, 1.1))
    noise, phase, kvp = (
        float(rng.uniform(20, 45)),
        float(rng.choice([40.0, 45.0, 70.0, 75.0, 78.0])),
        float(rng.choice([80, 100, 120])),
    )
    edges = np.sort(rng.uniform(-50, 40, 2))
    steps = tuple((float(z), float(rng.normal(0, 1.1)), float(rng.normal(0, 1.1))) for z in edges)
    streak = float(rng.uniform(60, 160))
    return Scan(
        in_plane if options.psf_in_plane_fwhm_mm is None else options.psf_in_plane_fwhm_mm,
        along_z if options.psf_z_fwhm_mm is None else options.psf_z_fwhm_mm,
        noise if options.noise_sd_hu is None else options.noise_sd_hu,
        lumen if options.lumen_hu is None else options.lumen_hu,
        phase if options.phase_pct is None else options.phase_pct,
        kvp,
        motion_steps=steps if "motion" in options.hazards else (),
        streak_hu=streak if "pacemaker" in options.hazards else 0.0,
    )


def _tissue(scan: Scan, rng: np.random.Generator) -> Tissue:
    return Tissue(
        fat=float(rng.uniform(-112, -78)),
        myocardium=float(rng.uniform(80, 130)),
        wall=float(rng.uniform(35, 85)),
        right_heart=float(rng.uniform(0.25, 0.75) * scan.lumen_hu),
        left_heart=float(rng.uniform(0.92, 1.03) * scan.lumen_hu),
        aorta=float(rng.uniform(0.98, 1.05) * scan.lumen_hu),
    )


def _arteries(courses: list[Course], rng: np.random.Generator, tissue: Tissue, scan: Scan) -> list[PhantomVessel]:
    vessels: dict[str, PhantomVessel] = {}
    for course in courses:
        vessels[course.name] = artery_vessel(course, rng, tissue, scan.lumen_hu, vessels.get(course.parent or ""))
    return list(vessels.values())


def _diseased(arteries: list[PhantomVessel], options: CaseOptions, rng: np.random.Generator, scan: Scan) -> list[PhantomVessel]:
    """Calcium and plaques everywhere, then the occlusions with their own calcium and what they do to branches."""
    chosen = options.occlusion if options.occlusion != "random" else str(rng.choice(OCCLUDABLE, p=[0.5, 0.3, 0.2]))
    load = options.calcium if options.calcium != "random" else str(rng.choice(["none", "light", "heavy"], p=[0.2, 0.4, 0.4]))
    planned = {} if chosen == "none" else {chosen: _plan(arteries, chosen, options, rng)}
    fork = next(v.own_from_mm for v in arteries if v.name == "LCx")
    result: list[PhantomVessel] = []
    for vessel in arteries:
        occlusions = planned.get(vessel.name, ())
        vessel = _with_patent_calcium(vessel, occlusions, load, rng, fork)
        if "stent" in options.hazards and vessel.name in OCCLUDABLE and vessel.name != chosen:
            start = vessel.own_from_mm + rng.uniform(14, 24)
            vessel = with_stent(replace(vessel, deposits=()), float(start), float(start + rng.uniform(12, 24)))
        for occlusion in occlusions:
            vessel = with_occlusion(vessel, occlusion, scan.lumen_hu)
            count = {"none": 0, "light": int(rng.integers(0, 3)), "heavy": int(rng.integers(2, 6))}[load]
            vessel = with_calcium(vessel, rng, occlusion.start_mm - 1.0, occlusion.end_mm, count, occluded=True)
        if "bridging" in options.hazards and vessel.name == "LAD":
            vessel = _bridged(vessel)
        if vessel.name == "LCx":
            vessel = with_shared_part(vessel, next(v for v in result if v.name == "LAD"))
        result.append(vessel)
    return _fed(result, scan.lumen_hu)


def _plan(
    arteries: list[PhantomVessel], name: str, options: CaseOptions, rng: np.random.Generator
) -> tuple[PlannedOcclusion, ...]:
    vessel = next(v for v in arteries if v.name == name)
    length = options.length_mm if options.length_mm is not None else float(rng.uniform(5, 45))
    first = vessel.own_from_mm + (4.0 if vessel.own_from_mm else 8.0)
    if name == "LAD":
        fork = next(v.own_from_mm for v in arteries if v.name == "LCx")
        first = fork + 5.0
    start_range = (first, first + 55.0) if options.start_mm is None else (options.start_mm, options.start_mm)
    if options.start_mm is None and not options.flush and rng.random() < 0.4:
        origins = [
            (v.parent_s_mm, v.open_lumen_mm[0])
            for v in arteries
            if v.parent == name and v.parent_s_mm and first < v.parent_s_mm < first + 50
        ]
        if origins:
            s, radius = origins[int(rng.integers(len(origins)))]
            start = float(s + radius + rng.uniform(0.2, 2.4))
            start_range = (start, start)
            length = min(length, max(vessel.centerline.length_mm - start - BEYOND_MM, SHORTEST_MM))
    occlusion = random_occlusion(vessel, rng, length, start_range, options.distal, options.flush)
    if options.distal_fill is not None:
        occlusion = replace(occlusion, distal_fill=options.distal_fill)
    if options.flush and name == "LAD":
        occlusion = replace(occlusion, start_mm=first - 5.0 + 0.8, end_mm=first - 4.2 + length)
    if not options.second:
        return (occlusion,)
    gap, more = rng.uniform(6, 12), rng.uniform(5, 14)
    start = occlusion.end_mm + gap
    if start + more > vessel.centerline.length_mm - 12:
        return (occlusion,)
    again = replace(occlusion, start_mm=float(start), end_mm=float(start + more), distal_fill=float(rng.uniform(0.5, 0.8)))
    return (occlusion, again)


def _with_patent_calcium(
    vessel: PhantomVessel, occlusions: tuple[PlannedOcclusion, ...], load: str, rng: np.random.Generator, fork_mm: float
) -> PhantomVessel:
    """Deposits on the open parts, not across the fork of the left main; side branches only seldom have one."""
    if load == "none" or vessel.name == "S1":
        return vessel
    main = vessel.name in OCCLUDABLE
    most = {"light": 2, "heavy": 4}[load] if main else (1 if rng.random() < 0.15 else 0)
    end = vessel.centerline.length_mm * 0.75
    start = vessel.own_from_mm + 3.0
    ranges = [(start, end)]
    if occlusions:
        ranges = [(start, occlusions[0].start_mm - 1.5), (occlusions[-1].end_mm + 2.0, end)]
    if vessel.name == "LAD":
        first = ranges[0]
        ranges = [(first[0], fork_mm - FORK_MM), (fork_mm + FORK_MM, first[1]), *ranges[1:]]
    for low, high in ranges:
        if high - low > 6:
            vessel = with_calcium(vessel, rng, low, high, int(rng.integers(0, most + 1)), occluded=False)
    return vessel


def _fed(arteries: list[PhantomVessel], lumen_hu: float) -> list[PhantomVessel]:
    """Branches beyond an occlusion are filled as the vessel beyond it is; inside one they begin at the parent's wall."""
    done: dict[str, PhantomVessel] = {}
    for vessel in arteries:
        parent = done.get(vessel.parent or "")
        at = vessel.parent_s_mm
        if parent is None or at is None:
            done[vessel.name] = vessel
            continue
        for occlusion in parent.occlusions:
            if at < occlusion.start_mm:
                continue
            if occlusion.distal != "filled":
                break
            vessel = replace(vessel, lumen_hu=np.full(len(vessel.lumen_hu), occlusion.distal_fill * lumen_hu))
            if at <= occlusion.end_mm:
                distance = np.asarray(parent.centerline.locate(vessel.centerline.points_mm)[2])
                wall = float(np.interp(at, parent.centerline.s_mm, parent.wall_mm))
                out = int(np.argmax(distance > wall + 0.2))
                vessel = replace(vessel, buried_mm=float(vessel.centerline.s_mm[out]))
        else:
            done[vessel.name] = vessel
    return list(done.values())


def _bridged(vessel: PhantomVessel) -> PhantomVessel:
    """No fat between 45 % and 65 % of the length: the muscle closes over the artery."""
    part = vessel.centerline.s_mm / vessel.centerline.length_mm
    return replace(vessel, fat_mm=np.where((part > 0.45) & (part < 0.65), -9.0, vessel.fat_mm))


def _veins(
    frame: HeartFrame,
    rng: np.random.Generator,
    wander: float,
    tissue: Tissue,
    scan: Scan,
    options: CaseOptions,
    arteries: list[PhantomVessel],
) -> list[PhantomVessel]:
    share = rng.uniform(0.6, 0.95) if "bright-veins" in options.hazards else rng.uniform(0.15, 0.5)
    hu = float(share * scan.lumen_hu) if options.vein_hu is None else options.vein_hu
    return [vein_beside(vein_vessel(c, rng, tissue, hu), arteries) for c in vein_courses(frame, rng, wander)]


def _grid(options: CaseOptions, arteries: list[PhantomVessel], root: Root, rng: np.random.Generator) -> Geometry:
    """An axial grid that holds every artery and the root with a margin."""
    points = np.vstack([a.centerline.points_mm for a in arteries])
    low = np.minimum(points.min(axis=0), root.axis_mm[1] - 14) - rng.uniform(10, 22, 3) * [1.0, 1.0, 0.5]
    high = np.maximum(points.max(axis=0), root.axis_mm[3] + 14) + rng.uniform(10, 22, 3) * [1.0, 1.0, 0.5]
    high[2] = max(high[2], root.axis_mm[6][2])
    pixel, z = float(rng.uniform(0.31, 0.44)), float(rng.choice([0.4, 0.5, 0.5, 0.6]))
    if options.grid is not None:
        slices, rows, columns, z, pixel = options.grid
    else:
        size: FloatArray = high - low
        side = int(min(512, np.ceil(max(size[0], size[1]) / pixel / 16) * 16))
        pixel = max(pixel, float(max(size[0], size[1])) / side)
        slices, rows, columns = int(np.ceil(size[2] / z)), side, side
    middle = (low + high) / 2
    origin = middle - 0.5 * np.array([(columns - 1) * pixel, (rows - 1) * pixel, (slices - 1) * z])
    return Geometry.axial((slices, rows, columns), (z, pixel, pixel), (float(origin[0]), float(origin[1]), float(origin[2])))
