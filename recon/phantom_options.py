"""What can be fixed about a random test object."""

from dataclasses import dataclass

HELD_OUT_SEED = 100_000
HAZARDS = ("motion", "stent", "low-contrast", "bright-veins", "bridging", "pacemaker")
OCCLUDABLE = ("RCA", "LAD", "LCx")


@dataclass(frozen=True)
class CaseOptions:
    """What to fix about a random case; None = drawn at random.

    `occlusion`: a vessel name, "random" or "none". `calcium`: none, light or heavy. `distal`: filled, dark or absent;
    `distal_fill` is the contrast beyond as a part of that before.
    `grid` is (slices, rows, columns, z mm, pixel mm). `hazards` are names of `HAZARDS`.
    """

    occlusion: str = "random"
    length_mm: float | None = None
    start_mm: float | None = None
    distal: str = "filled"
    distal_fill: float | None = None
    flush: bool = False
    second: bool = False
    calcium: str = "random"
    dominance: str | None = None
    ramus: bool | None = None
    wander_mm: float | None = None
    noise_sd_hu: float | None = None
    psf_in_plane_fwhm_mm: float | None = None
    psf_z_fwhm_mm: float | None = None
    lumen_hu: float | None = None
    vein_hu: float | None = None
    grid: tuple[int, int, int, float, float] | None = None
    phase_pct: float | None = None
    hazards: tuple[str, ...] = ()
