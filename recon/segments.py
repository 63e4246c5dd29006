"""SCCT segments of named vessels (docs/clinical.md E; Leipsic 2014)."""

from dataclasses import replace

import numpy as np

from recon.vessels import Segment, Vessel

WHOLE_VESSEL = {
    "D1": 9,
    "D2": 10,
    "OM1": 12,
    "OM2": 14,
    "R-PDA": 4,
    "R-PLB": 16,
    "L-PDA": 15,
    "L-PLB": 18,
    "RI": 17,
}
"""Branches that are one segment."""

LARGE_RADIUS_MM = 0.75
"""A first septal or diagonal branch wider than 1.5 mm ends the proximal LAD."""

FORK_APART_MM = 0.8
USUAL_MARGIN = (0.25, 0.8)
"""The acute margin is looked for in this part of the right coronary artery."""


def with_segments(vessels: tuple[Vessel, ...]) -> tuple[Vessel, ...]:
    """The vessels with their SCCT segments filled in from their names, forks and lengths."""
    return tuple(replace(v, segments=_segments(v, vessels)) for v in vessels)


def left_main_mm(vessels: tuple[Vessel, ...]) -> float:
    """Arc from the left ostium to where LAD and LCx part; 0 without both, or when they have ostia of their own."""
    found = {v.name: v for v in vessels}
    if "LAD" not in found or "LCx" not in found:
        return 0.0
    line = found["LCx"].centerline
    _, _, apart = found["LAD"].centerline.locate(line.points_mm)
    leaving = np.flatnonzero(apart > FORK_APART_MM)
    return float(max(0.0, line.s_mm[leaving[0]] - 1.0)) if len(leaving) and leaving[0] > 0 else 0.0


def _segments(vessel: Vessel, vessels: tuple[Vessel, ...]) -> tuple[Segment, ...]:
    length = vessel.centerline.length_mm
    if vessel.name in WHOLE_VESSEL:
        return (Segment(WHOLE_VESSEL[vessel.name], 0.0, length),)
    origins = sorted(
        (v.parent_s_mm, v.name, float(np.median(v.lumen_radius_mm[4:20])))
        for v in vessels
        if v.parent == vessel.name and v.parent_s_mm is not None
    )
    if vessel.name == "RCA":
        low, high = (f * length for f in USUAL_MARGIN)
        margin = next((s for s, name, _ in origins if name == "AM" and low < s < high), 0.5 * length)
        return _ranges((1, 2, 3), (0.0, 0.5 * margin, margin, length))
    trunk = left_main_mm(vessels)
    if vessel.name == "LAD":
        large = (
            s for s, name, r in origins if s > trunk + 1.0 and (name == "D1" or (name.startswith("S") and r > LARGE_RADIUS_MM))
        )
        first = next(large, trunk + 0.25 * (length - trunk))
        return _ranges((5, 6, 7, 8), (0.0, trunk, first, 0.5 * (first + length), length))
    if vessel.name == "LCx":
        first = next((s for s, name, _ in origins if name == "OM1" and s > trunk), trunk + 0.4 * (length - trunk))
        return _ranges((5, 11, 13), (0.0, trunk, first, length))
    return ()


def _ranges(numbers: tuple[int, ...], borders: tuple[float, ...]) -> tuple[Segment, ...]:
    """Segments between consecutive borders; empty ones are left out."""
    return tuple(Segment(n, a, b) for n, a, b in zip(numbers, borders[:-1], borders[1:], strict=True) if b > a)
