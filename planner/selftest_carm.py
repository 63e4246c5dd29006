"""C-arm oracles of docs/clinical.md D.2 and D.3."""

import numpy as np

from planner.selftest_check import Check
from recon.carm import (
    CArm,
    en_face_view_deg,
    foreshortening_pct,
    perpendicular_secondary_deg,
    projected_mm,
    view_angles_deg,
    view_axes,
)
from recon.report import Report

DIRECTIONS = (
    ((0, 0), (0, -1, 0)),
    ((90, 0), (1, 0, 0)),
    ((-90, 0), (-1, 0, 0)),
    ((0, 90), (0, 0, 1)),
    ((0, -90), (0, 0, -1)),
    ((50, -30), (0.6634139, -0.5566703, -0.5)),
    ((30, 30), (0.4330127, -0.75, 0.5)),
    ((-30, -30), (-0.4330127, -0.75, -0.5)),
    ((180, 0), (0, 1, 0)),
)
"""View angles and the direction from isocenter to detector."""

PROJECTIONS = (
    ((0, 0), (13.0435, 39.1304)),
    ((90, 0), (-26.4151, 39.6226)),
    ((-30, 0), (24.5739, 39.5073)),
    ((50, -30), (-11.8533, 48.3021)),
)
"""View angles and the detector position of LPS (10, -20, 30) at 785 and 1050 mm."""

FORESHORTENINGS = (
    ((0, 0, 1), (0, 0), 0.0),
    ((0, 0, 1), (0, 45), 29.289),
    ((0, 0, 1), (-30, 30), 13.397),
    ((1, 0, 0), (45, 0), 29.289),
    ((1, 0, 0), (90, 0), 100.0),
    ((1, 1, 0), (45, 0), 0.0),
    ((1, 1, 0), (-30, 30), 45.206),
    ((0, -1, -1), (0, -45), 100.0),
    ((0, -1, -1), (45, 0), 13.397),
)
"""Direction of a piece of vessel, view, foreshortening in percent."""

PERPENDICULAR = ((-60, -53.794), (-30, -53.794), (0, -45.0), (30, -20.104), (60, 20.104), (90, 45.0))
"""Primary and secondary angle of views square to LPS (1, 1, -1)."""


def carm_checks(report: Report) -> tuple[Check, ...]:
    """Largest deviation of each table from its oracle."""
    report(0.0, "C-arm oracles")
    angles = np.array([a for a, _ in DIRECTIONS], dtype=float)
    truth = np.array([d for _, d in DIRECTIONS])
    direction = np.abs(view_axes(angles[:, 0], angles[:, 1]).detector - truth).max()
    grid = np.stack(np.meshgrid(np.arange(-170, 171, 17.0), np.arange(-80, 81, 16.0)), axis=-1).reshape(-1, 2)
    back = np.stack(view_angles_deg(view_axes(grid[:, 0], grid[:, 1]).detector), axis=-1)
    point, arm = np.array([10.0, -20.0, 30.0]), CArm(785.0, 1050.0)
    projection = max(float(np.abs(projected_mm(point, np.zeros(3), *view, arm)[0] - xy).max()) for view, xy in PROJECTIONS)
    lost = max(
        abs(float(foreshortening_pct(np.array(t) / np.linalg.norm(t), 1.0, *view)) - pct) for t, view, pct in FORESHORTENINGS
    )
    square = max(abs(float(perpendicular_secondary_deg(np.array([1, 1, -1]) / np.sqrt(3), a)) - b) for a, b in PERPENDICULAR)
    fork = np.array([[1.0, -1.0, -1.0], [1.0, 1.0, 0.0]])
    view = en_face_view_deg(fork / np.linalg.norm(fork, axis=1, keepdims=True), np.ones(2))
    return (
        Check("detector direction, 9 views, largest error", 0.0, float(direction), 1e-4, ""),
        Check("angle round trip, largest error", 0.0, float(np.abs(back - grid).max()), 1e-6, "deg"),
        Check("projection, 4 views, largest error", 0.0, projection, 0.05, "mm"),
        Check("foreshortening, 9 cases, largest error", 0.0, lost, 0.01, "%"),
        Check("perpendicular views, largest error", 0.0, square, 0.01, "deg"),
        Check("bifurcation view, primary angle", 45.0, view[0], 0.01, "deg"),
        Check("bifurcation view, secondary angle", 54.736, view[1], 0.01, "deg"),
    )
