"""The named test objects: seed and options, and the calcium of the shipped demo."""

import math

from recon.phantom_deposits import Deposit
from recon.phantom_options import CaseOptions

DEMO = CaseOptions(
    "RCA",
    length_mm=24.0,
    start_mm=38.0,
    calcium="heavy",
    dominance="right",
    wander_mm=1.9,
    noise_sd_hu=22.0,
    psf_in_plane_fwhm_mm=0.70,
    psf_z_fwhm_mm=0.75,
    lumen_hu=430.0,
    phase_pct=75.0,
    grid=(208, 280, 280, 0.5, 0.42),
)
"""The case that is shipped as a DICOM series under resources/demo."""

STANDARD: dict[str, tuple[int, CaseOptions]] = {
    "demo-rca": (346, DEMO),
    "lad-tapered": (11, CaseOptions("LAD", length_mm=16.0, calcium="light", dominance="right")),
    "lcx-left": (23, CaseOptions("LCx", length_mm=12.0, calcium="light", dominance="left")),
    "patent-calcified": (31, CaseOptions("none", calcium="heavy")),
    "rca-no-distal": (43, CaseOptions("RCA", length_mm=20.0, distal="absent")),
    "rca-two": (59, CaseOptions("RCA", length_mm=9.0, second=True)),
}
"""Named cases: seed and options."""

DEMO_CALCIUM = (
    Deposit("sector", 13.5, 19.5, 0.9, math.radians(130), 1.45, 1.93, 880.0, 0.8),
    Deposit("sector", 39.6, 46.4, 2.2, math.radians(215), 0.55, 1.72, 1180.0, 0.8),
    Deposit("filled", 48.6, 52.6, 0.0, 2 * math.pi, 0.0, 1.55, 1260.0, 0.8),
    Deposit("ring", 54.2, 59.4, 0.0, 2 * math.pi, 0.85, 1.66, 1090.0, 0.8),
    Deposit("nodule", 76.0, 80.0, 4.0, 1.0, 0.95, 1.5, 1000.0, 0.5),
)
"""Deposits of the demo's right coronary: a sector, a filled section and a ring inside the occlusion, its caps left visible."""
