"""How winding the vessel is before an occlusion, inside it and as a whole (docs/clinical.md A.4, B.3)."""

import numpy as np

from planner.bends import Bend, bends_over, tortuosity_grade
from planner.occlusion import Tortuosity
from recon.centerline import Centerline

SHORTEST_MM = 2.0
"""A shorter piece has no index."""


def tortuosity(line: Centerline, proximal_mm: float, distal_mm: float) -> Tortuosity:
    """Bends over 70 degrees and arc / chord - 1, from the ostium to the proximal cap, between the caps and of the whole line."""
    before, everywhere = bends_over(line, 0.0, proximal_mm), bends_over(line, 0.0, line.length_mm)
    whole = _index(line, 0.0, line.length_mm)
    return Tortuosity(
        grade_before=tortuosity_grade(before),
        bends_before_mm_deg=_rows(before),
        bends_vessel_mm_deg=_rows(everywhere),
        index_before=_index(line, 0.0, proximal_mm),
        index_inside=_index(line, proximal_mm, distal_mm),
        index_vessel=whole if whole is not None else 0.0,
    )


def _rows(bends: tuple[Bend, ...]) -> tuple[tuple[float, float], ...]:
    return tuple((b.s_mm, b.angle_deg) for b in bends)


def _index(line: Centerline, start_mm: float, end_mm: float) -> float | None:
    if end_mm - start_mm < SHORTEST_MM:
        return None
    ends = line.at(np.array([start_mm, end_mm]))[0]
    chord = float(np.linalg.norm(ends[1] - ends[0]))
    return (end_mm - start_mm) / chord - 1.0 if chord > 0 else None
