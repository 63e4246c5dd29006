"""Short test objects for section measures: one curved artery of 45 mm with calcium, its branch, a neighbour and muscle."""

import math
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.phantom_case import Case, Scan
from recon.phantom_chambers import Tissue, wall_scene
from recon.phantom_deposits import Deposit
from recon.phantom_disease import CALCIUM_HU, random_deposit, random_occlusion, with_calcium, with_occlusion
from recon.phantom_vessel import PhantomVessel, PlannedOcclusion

LENGTH_MM = 45.0
ARTERY, BRANCH, NEIGHBOUR = "RCA", "AM", "GCV"
MARGIN_MM = 7.0
LUMEN_MM = (0.8, 2.2)
CLEAR_END_MM = 4.0
"""Calcium keeps this far from the ends, where nothing is judged."""

MOON_PART = (0.93, 1.05)
"""Outer radius of a full moon as a part of the wall's: some miss its 95 % of the area, most hold it."""


def segment_case(seed: int, full_moon: bool = False) -> Case:
    """A random segment; the same seed gives the same case.

    Lumen radius 0.8 to 2.2 mm, blur 0.5 to 1.0 mm FWHM in the slice plane, noise 15 to 45 HU, contrast 250 to 550 HU; half of
    them occluded; deposits 0.3 to 2.5 mm thick, some touching each other. With `full_moon` there is an occlusion that holds
    calcium all round and through nearly all of the vessel: about the border of a full moon, which chance never makes.
    """
    rng = np.random.default_rng([seed, 1906])
    scan, spacing = _scan(rng)
    tissue = Tissue(fat=float(rng.uniform(-112, -78)), myocardium=float(rng.uniform(80, 130)), wall=float(rng.uniform(35, 85)))
    line = _course(rng)
    artery = _diseased(_artery(line, rng, tissue, scan.lumen_hu), rng, scan.lumen_hu, full_moon)
    vessels = [artery]
    if rng.random() < 0.5:
        vessels.append(_branch(artery, rng, tissue))
    if rng.random() < 0.4:
        vessels.append(_neighbour(artery, rng, tissue, scan.lumen_hu))
    away = math.cos(turn := float(rng.uniform(0, 2 * math.pi))) * line.normal[90] + math.sin(turn) * line.binormal[90]
    scene = wall_scene(tissue, line.points_mm[90] + float(rng.uniform(-1.0, 5.0)) * away, away, float(rng.uniform(5.0, 11.0)))
    return Case(f"segment-{seed}", seed, _grid(line, spacing, rng), scan, tuple(vessels), scene)


def _scan(rng: np.random.Generator) -> tuple[Scan, tuple[float, float, float]]:
    """The scan and its voxel spacing (z, y, x)."""
    in_plane, z = float(rng.uniform(0.5, 1.0)), float(rng.choice([0.4, 0.5, 0.5, 0.6]))
    along_z = float(np.clip(in_plane * rng.uniform(0.85, 1.3), z, 1.1))
    pixel = float(rng.uniform(0.33, 0.45))
    scan = Scan(in_plane, along_z, float(rng.uniform(15, 45)), float(rng.uniform(250, 550)))
    return scan, (z, pixel, pixel)


def _course(rng: np.random.Generator) -> Centerline:
    """A smooth course without loops; its tightest bend has a radius of about 9 mm."""
    step = 0.5
    count = round(LENGTH_MM / step)
    s = np.arange(count) * step
    size, phase = rng.uniform(0.0, 0.11, 2), rng.uniform(0, 2 * math.pi, 2)
    wave = rng.uniform(18.0, 34.0, 2)
    bend = size * np.sin(2 * math.pi * s[:, None] / wave + phase)
    frame = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    points = [np.zeros(3)]
    tangent, first, second = frame
    for k in range(count):
        tangent = tangent + step * (bend[k, 0] * first + bend[k, 1] * second)
        tangent = tangent / np.linalg.norm(tangent)
        first = first - (first @ tangent) * tangent
        first = first / np.linalg.norm(first)
        second = np.cross(tangent, first)
        points.append(points[-1] + step * tangent)
    return Centerline.through(np.array(points)[::4])


def _wave(line: Centerline, rng: np.random.Generator, length_mm: float) -> FloatArray:
    count = max(4, round(line.length_mm / length_mm) + 2)
    return np.asarray(np.interp(line.s_mm, np.linspace(0, line.length_mm, count), np.clip(rng.normal(0, 0.7, count), -1, 1)))


def _artery(line: Centerline, rng: np.random.Generator, tissue: Tissue, lumen_hu: float) -> PhantomVessel:
    origin = float(rng.uniform(*LUMEN_MM))
    taper = np.interp(line.s_mm, [0.0, line.length_mm], [origin, max(0.75, origin * rng.uniform(0.75, 1.0))])
    lumen = taper * (1 + 0.05 * _wave(line, rng, 12.0))
    wall = lumen + np.clip(0.18 * lumen + 0.14, 0.28, 0.65) * (1 + 0.15 * _wave(line, rng, 25.0))
    count = len(lumen)
    hu = lumen_hu * (1 + float(rng.uniform(-0.0009, 0.0001)) * line.s_mm)
    fat = 1.1 + 0.9 * _wave(line, rng, 18.0)
    return PhantomVessel(
        ARTERY, "artery", line, lumen, wall, hu, np.full(count, tissue.wall), np.zeros((count, 2)), fat
    )  # fmt: skip


def _diseased(vessel: PhantomVessel, rng: np.random.Generator, lumen_hu: float, full_moon: bool) -> PhantomVessel:
    """Calcium on the open parts, and in half of the vessels an occlusion with calcium of its own."""
    end = vessel.centerline.length_mm - CLEAR_END_MM
    if rng.random() < 0.5 or full_moon:
        length = float(rng.uniform(9.0, 20.0))
        occlusion = random_occlusion(vessel, rng, length, (11.0, 15.0), "filled", flush=False)
        vessel = with_occlusion(vessel, occlusion, lumen_hu)
        if full_moon:
            vessel = _with_full_moon(vessel, rng, occlusion)
        else:
            count = int(rng.integers(1, 5))
            vessel = with_calcium(vessel, rng, occlusion.start_mm - 1.0, occlusion.end_mm, count, occluded=True)
        parts = [(CLEAR_END_MM, occlusion.start_mm - 1.5), (occlusion.end_mm + 2.0, end)]
        most = 1
    else:
        parts, most = [(CLEAR_END_MM, end)], 3
    touching = bool(rng.random() < 0.4)
    if touching and vessel.deposits:
        vessel = _with_touching(vessel, rng, occluded=True)
    before = len(vessel.deposits)
    for low, high in parts:
        if high - low > 6:
            vessel = with_calcium(vessel, rng, low, high, int(rng.integers(0, most + 1)), occluded=False)
    if touching and len(vessel.deposits) > before:
        vessel = _with_touching(vessel, rng, occluded=False)
    return vessel


def _with_full_moon(vessel: PhantomVessel, rng: np.random.Generator, occlusion: PlannedOcclusion) -> PhantomVessel:
    """Calcium that fills the occluded vessel, or leaves a thread in its middle, for 3 to 8 mm; the wall clips what is wider."""
    start = float(rng.uniform(occlusion.start_mm, occlusion.end_mm - 8.0))
    end = start + float(rng.uniform(3.0, 8.0))
    s = vessel.centerline.s_mm
    outer = float(vessel.wall_mm[(s >= start) & (s <= end)].mean()) * float(rng.uniform(*MOON_PART))
    kind = str(rng.choice(["filled", "ring"]))
    inner = 0.0 if kind == "filled" else outer * float(rng.uniform(0.1, 0.3))
    hu, round_mm = float(rng.uniform(*CALCIUM_HU)), float(rng.uniform(0.3, 1.2))
    moon = Deposit(kind, start, end, 0.0, 2 * math.pi, inner, outer, hu, round_mm)
    return replace(vessel, deposits=(*vessel.deposits, moon))


def _with_touching(vessel: PhantomVessel, rng: np.random.Generator, occluded: bool) -> PhantomVessel:
    """One more deposit of another density that begins where the last one is, beside or upon it."""
    last = vessel.deposits[-1]
    start = float(rng.uniform(last.start_mm, 0.5 * (last.start_mm + last.end_s_mm)))
    end = min(start + float(rng.uniform(2.0, 8.0)), last.end_s_mm + 2.0)
    other: Deposit = random_deposit(vessel, start, end, occluded, rng)
    beside = last.theta_rad + 0.5 * (last.arc_rad + other.arc_rad) * float(rng.uniform(0.8, 1.05))
    return replace(vessel, deposits=(*vessel.deposits, replace(other, theta_rad=beside)))


def _branch(artery: PhantomVessel, rng: np.random.Generator, tissue: Tissue) -> PhantomVessel:
    """A side branch that leaves an open part of the artery at 35 to 75 degrees; one in four has a deposit near its mouth."""
    line = artery.centerline
    at = np.arange(8.0, line.length_mm - 8.0, 0.5)
    at = at[artery.is_open(at)]
    s = float(rng.choice(at))
    point, tangent, normal, binormal = line.at(s)
    turn, lean = float(rng.uniform(0, 2 * math.pi)), math.radians(float(rng.uniform(35.0, 75.0)))
    side = math.cos(turn) * normal + math.sin(turn) * binormal
    t = np.arange(0.0, 14.1, 1.0)[:, None]
    points = point + t * (math.cos(lean) * tangent + math.sin(lean) * side) + 0.012 * t**2 * tangent
    course = Centerline.through(points)
    parent = float(np.interp(s, line.s_mm, artery.open_lumen_mm))
    lumen = np.interp(course.s_mm, [0.0, course.length_mm], np.array([1.0, 0.85]) * max(0.45, parent * rng.uniform(0.45, 0.8)))
    wall, count = lumen + np.clip(0.18 * lumen + 0.14, 0.28, 0.65), len(lumen)
    contrast = float(np.interp(s, line.s_mm, artery.lumen_hu))
    made = PhantomVessel(
        BRANCH, "artery", course, lumen, wall, np.full(count, contrast), np.full(count, tissue.wall), np.zeros((count, 2)),
        np.full(count, 1.0), parent=ARTERY, parent_s_mm=s,
    )  # fmt: skip
    if rng.random() < 0.25:
        start = parent + float(rng.uniform(0.5, 2.0))
        made = replace(made, deposits=(random_deposit(made, start, start + float(rng.uniform(2.0, 5.0)), False, rng),))
    return made


def _neighbour(artery: PhantomVessel, rng: np.random.Generator, tissue: Tissue, lumen_hu: float) -> PhantomVessel:
    """A vein that runs beside the artery, 0.3 to 1.5 mm from its wall."""
    line = artery.centerline
    radius, gap, turn = float(rng.uniform(0.7, 1.6)), float(rng.uniform(0.3, 1.5)), float(rng.uniform(0, 2 * math.pi))
    side = math.cos(turn) * line.normal + math.sin(turn) * line.binormal
    reach = artery.wall_mm + np.linalg.norm(artery.offset_mm, axis=1) + radius + 0.2 + gap
    reach = reach + 0.8 * (1 + _wave(line, rng, 10.0))
    points = line.points_mm + gaussian_filter1d(reach, 12, mode="nearest")[:, None] * side
    course = Centerline.through(points[::8])
    count = len(course.s_mm)
    contrast = lumen_hu * float(rng.uniform(0.2, 0.9))
    return PhantomVessel(
        NEIGHBOUR, "vein", course, np.full(count, radius), np.full(count, radius + 0.2), np.full(count, contrast),
        np.full(count, tissue.wall), np.zeros((count, 2)), np.zeros(count),
    )  # fmt: skip


def _grid(line: Centerline, spacing_mm: tuple[float, float, float], rng: np.random.Generator) -> Geometry:
    low, high = line.points_mm.min(axis=0) - MARGIN_MM, line.points_mm.max(axis=0) + MARGIN_MM
    size = np.ceil((high - low)[::-1] / np.array(spacing_mm)).astype(int) + 1
    origin = low + rng.uniform(-0.5, 0.0, 3)
    return Geometry.axial(
        (int(size[0]), int(size[1]), int(size[2])), spacing_mm, (float(origin[0]), float(origin[1]), float(origin[2]))
    )


def moved_line(line: Centerline, sd_mm: float, seed: int) -> Centerline:
    """The line as a person or a search would have found it: off by a smooth error of that SD along each axis of a section."""
    rng = np.random.default_rng([seed, 88])
    noise = gaussian_filter1d(rng.normal(size=(len(line.s_mm), 2)), 8.0, axis=0, mode="reflect")
    noise *= sd_mm / noise.std()
    points = line.points_mm + noise[:, :1] * line.normal + noise[:, 1:] * line.binormal
    return Centerline.through(points[:: max(1, len(points) // 60)])
