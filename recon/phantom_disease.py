"""Disease of a test object: plaques, total occlusions, calcium, stents."""

import math
from dataclasses import replace

import numpy as np

from recon.phantom_deposits import Deposit
from recon.phantom_vessel import CapShape, PhantomVessel, PlannedOcclusion

CALCIUM_HU = (500.0, 1500.0)
ABOVE_LUMEN_HU = 120.0
"""Calcium is denser than the contrast beside it; what is not cannot be told from lumen by anyone."""

PLAQUE_MARGIN_MM = 2.0
"""How far a patent plaque reaches beyond the calcium in it; plaques do not overlap."""


def with_occlusion(vessel: PhantomVessel, occlusion: PlannedOcclusion, proximal_hu: float) -> PhantomVessel:
    """The vessel occluded: plaque inside, less contrast beyond, a vessel that may end there."""
    s = vessel.centerline.s_mm
    inside = (s >= occlusion.start_mm - 0.5) & (s <= vessel.dark_until_mm(occlusion) + 0.5)
    wall_hu = np.where(inside, occlusion.plaque_hu, vessel.wall_hu)
    lumen_hu = np.where(s > 0.5 * (occlusion.start_mm + occlusion.end_mm), occlusion.distal_fill * proximal_hu, vessel.lumen_hu)
    occluded = replace(vessel, wall_hu=wall_hu, lumen_hu=lumen_hu, occlusions=(*vessel.occlusions, occlusion))
    return occluded if occlusion.distal != "absent" else ended_at(occluded, occlusion.end_mm)


def ended_at(vessel: PhantomVessel, end_mm: float) -> PhantomVessel:
    """The vessel shrunk to nothing visible beyond `end_mm` (its wall becomes a thread of fat)."""
    s = vessel.centerline.s_mm
    beyond = s > end_mm
    fade = np.clip((s - end_mm) / 3.0, 0, 1)
    wall = np.where(beyond, vessel.wall_mm * (1 - fade) + 0.02 * fade, vessel.wall_mm)
    return replace(vessel, wall_mm=wall)


def random_occlusion(
    vessel: PhantomVessel, rng: np.random.Generator, length_mm: float, start_range: tuple[float, float], distal: str, flush: bool
) -> PlannedOcclusion:
    """An occlusion of the given length that keeps at least 15 mm of vessel beyond it."""
    latest = max(start_range[0], min(start_range[1], vessel.centerline.length_mm - length_mm - 18.0))
    start = vessel.own_from_mm if flush else float(rng.uniform(start_range[0], latest))

    def cap() -> CapShape:
        if rng.random() < 0.5:
            return CapShape("blunt")
        return CapShape("tapered", float(rng.uniform(3.0, 6.0)), float(rng.uniform(0.45, 0.9)))

    proximal = CapShape("flush") if flush else cap()
    return PlannedOcclusion(
        start, start + length_mm, proximal, cap(), float(rng.uniform(25, 110)), float(rng.uniform(0.5, 0.92)), distal
    )


def with_plaque(vessel: PhantomVessel, start_mm: float, end_mm: float, rng: np.random.Generator) -> PhantomVessel:
    """A patent plaque: the lumen narrows, the wall grows outwards to one side."""
    s = vessel.centerline.s_mm
    bump = np.where((s > start_mm) & (s < end_mm), np.sin(np.pi * np.clip((s - start_mm) / (end_mm - start_mm), 0, 1)) ** 2, 0.0)
    lumen = vessel.open_lumen_mm * (1 - rng.uniform(0.0, 0.3) * bump)
    wall = vessel.wall_mm * (1 + rng.uniform(0.0, 0.25) * bump)
    room = np.clip(wall - lumen - 0.25, 0, None)
    angle, share = rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.8)
    offset = vessel.offset_mm + (share * bump * room)[:, None] * np.array([math.cos(angle), math.sin(angle)])
    wall_hu = vessel.wall_hu + (rng.uniform(10, 110) - vessel.wall_hu) * bump
    return replace(
        vessel,
        open_lumen_mm=np.maximum(lumen, 0.35),
        wall_mm=wall,
        offset_mm=offset,
        wall_hu=wall_hu,
        plaques_mm=(*vessel.plaques_mm, (start_mm, end_mm)),
    )


def random_deposit(vessel: PhantomVessel, start_mm: float, end_mm: float, occluded: bool, rng: np.random.Generator) -> Deposit:
    """A deposit between two arc positions that stays inside the wall and, in an open vessel, leaves some lumen."""
    s = vessel.centerline.s_mm
    span = (s >= start_mm) & (s <= end_mm)
    wall = float(vessel.wall_mm[span].min()) - 0.04
    lumen = float(vessel.open_lumen_mm[span].min())
    least = max(CALCIUM_HU[0], float(vessel.lumen_hu.max()) + ABOVE_LUMEN_HU)
    hu = float(rng.uniform(least, CALCIUM_HU[1]))
    theta, end = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.3, 1.2))
    if occluded:
        kind = str(rng.choice(["sector", "sector", "ring", "filled", "nodule"]))
        if kind == "filled":
            return Deposit(kind, start_mm, end_mm, 0.0, 2 * math.pi, 0.0, wall * rng.uniform(0.55, 0.97), hu, end)
        thick = min(float(rng.uniform(0.35, 2.2)), 0.8 * wall)
        outer = wall * float(rng.uniform(0.86, 1.0))
        inner = max(outer - thick, 0.12)
    else:
        kind = str(rng.choice(["sector", "sector", "sector", "ring", "nodule"]))
        room = wall - 0.45 * lumen
        thick = min(float(rng.uniform(0.3, 1.3)), room)
        outer = wall
        inner = max(outer - thick, 0.35)
    arc = 2 * math.pi if kind == "ring" else float(rng.uniform(0.5, 5.2))
    if kind == "nodule":
        inner = max(inner, 0.15)
    return Deposit(kind, start_mm, end_mm, theta, arc, inner, outer, hu, end)


def with_calcium(
    vessel: PhantomVessel, rng: np.random.Generator, start_mm: float, end_mm: float, count: int, occluded: bool
) -> PhantomVessel:
    """Some deposits one after the other in an arc range, the patent ones on plaques of their own."""
    if end_mm - start_mm < 2.0 or count == 0:
        return vessel
    apart = 0.0 if occluded else 2 * PLAQUE_MARGIN_MM
    room = (end_mm - start_mm) / count
    for n in range(count):
        length = min(float(rng.gamma(2.2, 2.6)) + 1.2, 16.0, max(room * 1.1 if occluded else room - apart, 1.6))
        first = start_mm + n * room + float(rng.uniform(0, max(room - length - apart, 0.1))) + apart / 2
        last = first + length
        if last > vessel.centerline.length_mm - 2:
            continue
        if not occluded and room > length + apart and rng.random() < 0.7:
            vessel = with_plaque(vessel, first - PLAQUE_MARGIN_MM, last + PLAQUE_MARGIN_MM, rng)
        vessel = replace(vessel, deposits=(*vessel.deposits, random_deposit(vessel, first, last, occluded, rng)))
    return vessel


def with_stent(vessel: PhantomVessel, start_mm: float, end_mm: float) -> PhantomVessel:
    """A metal mesh against the lumen, drawn as a thin ring of the HU a mesh of that cover would have."""
    s = vessel.centerline.s_mm
    span = (s >= start_mm) & (s <= end_mm)
    radius = float(vessel.open_lumen_mm[span].mean())
    lumen = np.where(span, radius, vessel.open_lumen_mm)
    wall = np.where(span, np.maximum(vessel.wall_mm, radius + 0.35), vessel.wall_mm)
    mesh = Deposit("stent", start_mm, end_mm, 0.0, 2 * math.pi, radius, radius + 0.14, 1900.0, 0.05)
    return replace(vessel, open_lumen_mm=lumen, wall_mm=wall, deposits=(*vessel.deposits, mesh))
