"""Simulated projections: a vessel tree filled with contrast, and the digitally reconstructed radiograph of a volume."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from recon.carm import CArm, projected_mm, view_axes
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.kernels.drr import ray_integrals, tube_thickness
from recon.report import Report, silent
from recon.vessels import Vessel
from recon.volume import Volume

Image = npt.NDArray[np.float32]
ROWS_PER_REPORT = 16
SHARED_MM = 0.3
"""Two centerlines closer than this, or than half the radius, are one vessel there."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture: a C-arm view about an isocenter, `shape` (rows, columns) pixels over `field_mm` at the isocenter.

    Row 0 is the top of the picture and column 0 its left, as the eye at the detector sees them.
    """

    isocenter_mm: FloatArray
    primary_deg: float
    secondary_deg: float
    carm: CArm = field(default_factory=CArm)
    shape: tuple[int, int] = (512, 512)
    field_mm: float = 150.0

    def __post_init__(self) -> None:
        if min(self.shape) < 2 or max(self.shape) > 4096 or not 1.0 <= self.field_mm <= 1000.0:
            raise GeometryError(
                "The picture has a size that cannot be.",
                f"{self.shape[0]} x {self.shape[1]} pixels over {self.field_mm} mm.",
                "Choose 2 to 4096 pixels over 1 to 1000 mm.",
            )

    @property
    def detector_pixel_mm(self) -> float:
        """Pixel size on the detector."""
        magnification = self.carm.source_detector_mm / self.carm.source_isocenter_mm
        return self.field_mm * magnification / max(self.shape)

    def pixels(self, points_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rows, columns and pixels per mm (each ...) of LPS positions (..., 3); fractions of pixels."""
        place, magnification = projected_mm(points_mm, self.isocenter_mm, self.primary_deg, self.secondary_deg, self.carm)
        rows = (self.shape[0] - 1) / 2 - place[..., 1] / self.detector_pixel_mm
        columns = (self.shape[1] - 1) / 2 + place[..., 0] / self.detector_pixel_mm
        return rows, columns, magnification / self.detector_pixel_mm


def simulated_angiogram(vessels: Iterable[Vessel], frame: Frame, shut_mm: dict[str, tuple[tuple[float, float], ...]]) -> Image:
    """Thickness of contrast in mm per pixel, float32 (rows, columns); vessels add up, occluded ranges hold none.

    `shut_mm` are arc ranges by vessel name. A vessel's radius is that of its open lumen.
    """
    total = np.zeros(frame.shape, dtype=np.float32)
    drawn: list[FloatArray] = []
    for vessel in vessels:
        radius = np.where(_shared(vessel, drawn), 0.0, np.nan_to_num(vessel.lumen_radius_mm))
        for start, end in shut_mm.get(vessel.name, ()):
            radius = np.where((vessel.centerline.s_mm >= start) & (vessel.centerline.s_mm <= end), 0.0, radius)
        rows, columns, scale = frame.pixels(vessel.centerline.points_mm)
        own = np.zeros(frame.shape, dtype=np.float32)
        tube_thickness(columns, rows, radius * scale, radius, own)
        total += own
        drawn.append(vessel.centerline.points_mm)
    return total


def _shared(vessel: Vessel, drawn: list[FloatArray]) -> npt.NDArray[np.bool_]:
    """The part from the ostium on that runs inside vessels drawn before: a trunk holds contrast once."""
    points = vessel.centerline.points_mm
    if not drawn:
        return np.zeros(len(points), dtype=bool)
    distance, _ = cKDTree(np.concatenate(drawn)).query(points)
    inside = distance < np.fmax(np.nan_to_num(vessel.lumen_radius_mm) / 2, SHARED_MM)
    return np.asarray(np.logical_and.accumulate(inside))


def radiograph(volume: Volume, frame: Frame, step_mm: float = 1.0, report: Report = silent) -> Image:
    """Water-equivalent mm along each ray through the volume, float32 (rows, columns); what lies outside it is air."""
    axes = view_axes(frame.primary_deg, frame.secondary_deg)
    carm, pixel = frame.carm, frame.detector_pixel_mm
    source = frame.isocenter_mm - carm.source_isocenter_mm * axes.detector
    middle = source + carm.source_detector_mm * axes.detector
    first = middle + pixel * ((frame.shape[0] - 1) / 2 * axes.up - (frame.shape[1] - 1) / 2 * axes.right)
    grid = volume.geometry
    origin, down, right = grid.index_kji(np.stack([first, first - pixel * axes.up, first + pixel * axes.right]))
    out = np.zeros(frame.shape, dtype=np.float32)
    source_kji, spacing = grid.index_kji(source), np.array(grid.spacing_mm)
    for start in range(0, frame.shape[0], ROWS_PER_REPORT):
        report(start / frame.shape[0], "simulating the X-ray picture")
        stop = min(start + ROWS_PER_REPORT, frame.shape[0])
        ray_integrals(volume.hu, source_kji, origin, down - origin, right - origin, spacing, step_mm, start, stop, out)
    return out
