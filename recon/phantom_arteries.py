"""Courses of the coronary arteries and veins of a test object over its heart."""

import math
from dataclasses import dataclass

import numpy as np

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom_heart import HeartFrame, course_over, smooth_join


@dataclass(frozen=True, eq=False)
class Root:
    """The aortic root and ascending aorta: axis (n, 3) upwards, radii (n,), and the two ostia on its lumen surface."""

    axis_mm: FloatArray
    radius_mm: FloatArray
    left_ostium_mm: FloatArray
    left_out: FloatArray
    right_ostium_mm: FloatArray
    right_out: FloatArray


@dataclass(frozen=True, eq=False)
class Course:
    """A named course; `own_from_mm` is where it leaves its parent (a line may share its first part)."""

    name: str
    centerline: Centerline
    parent: str | None = None
    parent_s_mm: float | None = None
    own_from_mm: float = 0.0
    kind: str = "artery"


def aortic_root(frame: HeartFrame, rng: np.random.Generator) -> Root:
    """A root between the valves with a slightly wider sinus part, rising to the head and the right."""
    base = frame.lps([0.40 * frame.half_mm[0] + rng.uniform(-1.5, 1.5), rng.uniform(2, 7), rng.uniform(-6, -1)])
    up = np.array([rng.uniform(-0.34, -0.08), rng.uniform(-0.26, 0.02), 1.0])
    up /= np.linalg.norm(up)
    tubular = rng.uniform(12.5, 16.5)
    sinus = tubular * rng.uniform(1.02, 1.16)
    heights = np.array([-4.0, 2, 8, 14, 20, 26, 34, 45, 60, 80, 110])
    radius = np.interp(
        heights, [-4, 4, 12, 22, 30, 110], [0.86 * tubular, 0.97 * sinus, sinus, 0.98 * tubular, tubular, 1.02 * tubular]
    )
    bow = 6.0 * (np.clip(heights, 0, None) / 110) ** 2
    axis = base + heights[:, None] * up + bow[:, None] * np.array([-0.3, -0.5, 0.0])

    def ostium(azimuth_deg: float, height: float) -> tuple[FloatArray, FloatArray]:
        a = math.radians(azimuth_deg)
        out = np.array([math.sin(a), -math.cos(a), 0.0])
        out -= (out @ up) * up
        out /= np.linalg.norm(out)
        center = np.array([np.interp(height, heights, axis[:, i]) for i in range(3)])
        return center + out * np.interp(height, heights, radius), out

    fork = frame.surface(-17, -1, 6.0) - axis[3]
    toward_fork = math.degrees(math.atan2(fork[0], -fork[1]))
    left, left_out = ostium(toward_fork + rng.uniform(-12, 28), rng.uniform(14, 20))
    right, right_out = ostium(rng.uniform(-38, -2), rng.uniform(12, 18))
    return Root(axis, radius, left, left_out, right, right_out)


def artery_courses(
    frame: HeartFrame, root: Root, rng: np.random.Generator, dominance: str, ramus: bool, wander: float
) -> list[Course]:
    """All named arterial courses for a dominance (right, left, balanced), parents first."""
    deep = frame.av_fat_mm * 0.62
    left = _left_system(frame, root, rng, dominance, ramus, wander, deep)
    right = _right_system(frame, root, rng, dominance, wander, deep)
    return left + right


def _leave(ostium: FloatArray, out: FloatArray, tilt: FloatArray) -> FloatArray:
    """The first points of a vessel: square to the aorta, then turning."""
    return np.stack([ostium, ostium + 2.0 * out + 0.1 * tilt, ostium + 4.5 * out + 0.8 * tilt])


def _left_system(
    frame: HeartFrame, root: Root, rng: np.random.Generator, dominance: str, ramus: bool, wander: float, deep: float
) -> list[Course]:
    fork_phi = rng.uniform(-22, -12)
    fork = frame.surface(fork_phi, rng.uniform(-4, 2), deep)
    toward = fork - root.left_ostium_mm
    start = _leave(root.left_ostium_mm, root.left_out, toward / np.linalg.norm(toward))
    main = np.vstack([start, (start[-1] + fork) / 2 + 0.8 * frame.groove, fork])
    iv = frame.iv_fat_mm * 0.5 + 1.2
    lad_turns = [
        [fork_phi * 0.75, 5, deep],
        [-4, 13, iv + 1.5],
        [rng.uniform(-4, 4), 25, iv],
        [rng.uniform(-4, 4), 48, iv],
        [rng.uniform(-5, 5), 70, iv],
        [0, rng.uniform(84, 90), 3.2],
    ]
    lad = Centerline.through(smooth_join(main, course_over(frame, lad_turns, rng, wander)))
    fork_s = float(lad.locate(fork[None])[0][0])
    shared = lad.between(0.0, fork_s - 1.0)[::8]
    last = {"right": rng.uniform(-118, -95), "balanced": rng.uniform(-150, -135), "left": -178.0}[dominance]
    lcx_turns = [
        [fork_phi - 9, -1, deep],
        [-48, rng.uniform(-3, 1), deep],
        [-80, rng.uniform(-3, 3), deep],
        [(last - 80) / 2, rng.uniform(-2, 5), deep],
        [last, 3 if dominance == "left" else rng.uniform(6, 14), deep * 0.9],
    ]
    lcx = Centerline.through(smooth_join(shared, course_over(frame, lcx_turns, rng, wander), 4.0))
    free = frame.fat_mm * 0.55 + 0.6
    main_lines = [Course("LAD", lad), Course("LCx", lcx, "LAD", fork_s, fork_s)]
    diagonals = _diagonals(lad, frame, rng, wander, iv, free)
    middle = [_ramus(lad, fork_s, frame, free, rng, wander)] if ramus else []
    return [*main_lines, *diagonals, *middle, *_marginals(lcx, frame, rng, wander, deep, free, iv, dominance)]


def _diagonals(
    lad: Centerline, frame: HeartFrame, rng: np.random.Generator, wander: float, iv: float, free: float
) -> list[Course]:
    """Two diagonals and the first septal."""
    side = -rng.uniform(30, 42)
    first = frame.surface(-2, rng.uniform(10, 17), iv)
    d1 = _branch("D1", lad, first, frame, [[side * 0.55, 32, free], [side, 60, free]], rng, wander)
    second = frame.surface(-2, rng.uniform(27, 38), iv)
    d2 = _branch("D2", lad, second, frame, [[side * 0.5, 54, free], [side * 0.9, 74, free]], rng, wander)
    return [d1, d2, _septal(lad, frame, rng)]


def _marginals(
    lcx: Centerline,
    frame: HeartFrame,
    rng: np.random.Generator,
    wander: float,
    deep: float,
    free: float,
    iv: float,
    dominance: str,
) -> list[Course]:
    """Two obtuse marginals and, where the circumflex supplies the inferior wall, its posterior branches."""
    om1 = rng.uniform(-58, -42)
    turns = [[om1 - 14, 26, free], [om1 - 20, rng.uniform(48, 60), free]]
    courses = [_branch("OM1", lcx, frame.surface(om1, 0, deep), frame, turns, rng, wander)]
    om2 = rng.uniform(-98, -82)
    turns = [[om2 - 8, 24, free], [om2 - 12, rng.uniform(42, 54), free]]
    courses.append(_branch("OM2", lcx, frame.surface(om2, 2, deep), frame, turns, rng, wander))
    if dominance == "left":
        turns = [[-176, 20, iv], [-178, 50, iv], [-180, 66, iv]]
        courses.append(_branch("L-PDA", lcx, frame.surface(-170, 3, deep), frame, turns, rng, wander))
    if dominance != "right":
        turns = [[-140, 22, free], [-146, 46, free]]
        courses.append(_branch("L-PLB", lcx, frame.surface(-130, 4, deep), frame, turns, rng, wander))
    return courses


def _right_system(
    frame: HeartFrame, root: Root, rng: np.random.Generator, dominance: str, wander: float, deep: float
) -> list[Course]:
    entry = rng.uniform(42, 54)
    entry_point = frame.surface(entry, rng.uniform(-5, 0), deep)
    toward = entry_point - root.right_ostium_mm
    start = _leave(root.right_ostium_mm, root.right_out, toward / np.linalg.norm(toward))
    last = 128.0 if dominance == "left" else 176.0
    turns = [
        [entry, -2, deep],
        [72, rng.uniform(-4, 3), deep],
        [100, rng.uniform(-3, 4), deep],
        [(100 + last) / 2, rng.uniform(-2, 4), deep],
        [last - 12, rng.uniform(-1, 4), deep],
        [last, 4, deep],
    ]
    rca = Centerline.through(smooth_join(start, course_over(frame, turns, rng, wander), 4.0))
    free = frame.fat_mm * 0.55 + 0.6
    iv = frame.iv_fat_mm * 0.5 + 1.2
    margin = rng.uniform(92, 112)
    courses = [Course("RCA", rca)]
    courses.append(
        _branch(
            "AM",
            rca,
            frame.surface(margin, 0, deep),
            frame,
            [[margin - 8, 22, free], [margin - 16, rng.uniform(42, 55), free]],
            rng,
            wander,
        )
    )
    if dominance != "left":
        fork = frame.surface(last - 6, 4, deep)
        courses.append(_branch("R-PDA", rca, fork, frame, [[176, 20, iv], [178, 42, iv], [180, 64, iv]], rng, wander))
        end = rca.points_mm[-1]
        plb = (
            [[186, 3, deep], [204, 14, free + 1], [214, 34, free], [218, 50, free]]
            if dominance == "right"
            else [[184, 6, deep], [194, 26, free]]
        )
        courses.append(_branch("R-PLB", rca, end, frame, plb, rng, wander))
    return courses


def _branch(
    name: str,
    parent: Centerline,
    near: FloatArray,
    frame: HeartFrame,
    turns: list[list[float]],
    rng: np.random.Generator,
    wander: float,
) -> Course:
    """A branch that starts on the parent's centerline nearest to `near` and follows rows of (phi, psi, depth)."""
    s = float(parent.locate(near[None])[0][0])
    start, tangent, _, _ = (v[0] for v in parent.at(np.array([s])))
    body = course_over(frame, turns, rng, wander)
    away = body[0] - start
    away /= np.linalg.norm(away)
    lift = away + rng.uniform(0.15, 0.6) * tangent
    lead = start + 4.0 * lift / np.linalg.norm(lift)
    line = Centerline.through(smooth_join(np.stack([start, lead]), body, 5.0))
    return Course(name, line, _PARENT.get(name, ""), s)


_PARENT = {
    "D1": "LAD",
    "D2": "LAD",
    "S1": "LAD",
    "RI": "LAD",
    "OM1": "LCx",
    "OM2": "LCx",
    "L-PDA": "LCx",
    "L-PLB": "LCx",
    "AM": "RCA",
    "R-PDA": "RCA",
    "R-PLB": "RCA",
}


def _septal(lad: Centerline, frame: HeartFrame, rng: np.random.Generator) -> Course:
    s = float(lad.locate(frame.surface(0, rng.uniform(12, 22), 3.0)[None])[0][0])
    start, tangent, _, _ = (v[0] for v in lad.at(np.array([s])))
    into = -0.8 * frame.groove + 0.55 * frame.apex + 0.1 * frame.right
    length = rng.uniform(20, 32)
    steps = np.linspace(0, length, 8)[:, None]
    points = start + steps * into + (0.012 * steps**2) * tangent + rng.normal(0, 0.4, (8, 3)) * (steps > 5)
    return Course("S1", Centerline.through(points), "LAD", s)


def _ramus(lad: Centerline, fork_s: float, frame: HeartFrame, free: float, rng: np.random.Generator, wander: float) -> Course:
    near = lad.at(np.array([fork_s + 0.3]))[0][0]
    return _branch("RI", lad, near, frame, [[-30, 14, free + 2], [-44, 34, free], [-54, 52, free]], rng, wander)


def vein_courses(frame: HeartFrame, rng: np.random.Generator, wander: float) -> list[Course]:
    """Great cardiac vein into the coronary sinus, and the middle cardiac vein, near but not on the arteries."""
    deep = frame.av_fat_mm * 0.6
    iv = frame.iv_fat_mm * 0.5 + 1.0
    side = rng.uniform(8, 13)
    gcv = [
        [-side - 4, 72, iv],
        [-side, 48, iv],
        [-side, 26, iv],
        [-side - 10, 10, 2.4],
        [-38, -4, 2.4],
        [-70, -9, deep],
        [-110, -9, deep],
        [-150, -10, deep],
        [-172, -11, deep + 2],
    ]
    mcv = [[190, 60, iv], [189, 40, iv], [189, 18, iv], [190, 2, deep], [188, -8, deep + 2]]
    return [
        Course("GCV", Centerline.through(course_over(frame, gcv, rng, wander)), kind="vein"),
        Course("MCV", Centerline.through(course_over(frame, mcv, rng, wander)), kind="vein"),
    ]
