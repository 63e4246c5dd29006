"""The quality panel: what a reader must know of a scan before trusting a number (docs/clinical.md B.0)."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.report import Report, silent
from recon.step_artefact import JUMP_LIMIT, slice_differences_hu, slice_jumps
from recon.vessels import Aorta, Tree
from recon.volume import Volume

AORTA_MEAN_HU = (250.0, 600.0)
AORTA_SD_HU = 40.0
SLICE_THICKNESS_MM = 0.75
VOXEL_MM = 0.55
"""Limits of the panel, all app settings [E] of clinical.md B.0; "about 0.5 mm" is taken with a tenth of slack."""
_CORE_SHARE = 0.6
_CORE_LIMIT_MM = 8.0


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One line: `value` None = not known. `state`: "ok", "warn", "unknown" or "info" (no limit); `mark` as in clinical.md 0.1."""

    id: str
    name: str
    value: float | str | None
    unit: str
    limit: str
    mark: str
    state: str
    note: str = ""

    @property
    def text(self) -> str:
        """The value as shown."""
        if self.value is None:
            return "not known"
        return self.value if isinstance(self.value, str) else f"{self.value:.4g} {self.unit}".strip()


def quality_panel(
    volume: Volume, tree: Tree | None, stents_or_grafts: str | None = None, report: Report = silent
) -> tuple[QualityRow, ...]:
    """All rows for one volume; `tree` gives the aorta, `stents_or_grafts` is what a reader tagged (None = nobody said)."""
    rows = [*_aorta_rows(volume, tree), *_voxel_rows(volume), *_scan_rows(volume), *_motion_rows(volume, report)]
    return (*rows, _stent_row(stents_or_grafts))


def aortic_blood_hu(volume: Volume, aorta: Aorta) -> tuple[float, float] | None:
    """Mean and noise SD of the blood in the core of the ascending aorta; None when its axis leaves the volume.

    The SD is the median over axial slices of the SD in a disc of 0.6 radii, so that a gradient along the vessel is no noise.
    """
    geometry = volume.geometry
    means, deviations = [], []
    for k in range(volume.hu.shape[0]):
        on_slice = np.abs(geometry.index_kji(aorta.axis_mm)[:, 0] - k)
        nearest = int(on_slice.argmin())
        if on_slice[nearest] > 1.0:
            continue
        values = _disc_hu(volume, k, aorta.axis_mm[nearest], min(_CORE_SHARE * float(aorta.radius_mm[nearest]), _CORE_LIMIT_MM))
        if len(values) >= 30:
            means.append(float(values.mean()))
            deviations.append(float(values.std(ddof=1)))
    return (float(np.median(means)), float(np.median(deviations))) if means else None


def _disc_hu(volume: Volume, k: int, centre_mm: FloatArray, radius_mm: float) -> FloatArray:
    _, row_mm, column_mm = volume.geometry.spacing_mm
    _, row, column = volume.geometry.index_kji(centre_mm)
    reach = math.ceil(radius_mm / row_mm), math.ceil(radius_mm / column_mm)
    rows = np.arange(max(0, round(row) - reach[0]), min(volume.hu.shape[1], round(row) + reach[0] + 1))
    columns = np.arange(max(0, round(column) - reach[1]), min(volume.hu.shape[2], round(column) + reach[1] + 1))
    patch = volume.hu[k][np.ix_(rows, columns)]
    distance = np.hypot((rows[:, None] - row) * row_mm, (columns[None, :] - column) * column_mm)
    return np.asarray(patch[distance <= radius_mm], dtype=float)


def _aorta_rows(volume: Volume, tree: Tree | None) -> Iterable[QualityRow]:
    measured = None if tree is None or tree.aorta is None else aortic_blood_hu(volume, tree.aorta)
    mean, deviation = measured if measured is not None else (None, None)
    low, high = AORTA_MEAN_HU
    contrast = None
    if mean is not None:
        contrast = "too weak" if mean < low else "very dense" if mean > high else "adequate"
    note = {
        "too weak": "Lumen borders are uncertain; walls and lumen areas are less sure.",
        "very dense": "Thin calcium may not stand out from such dense blood.",
    }.get(contrast or "", "")
    yield _limited("aorta-mean", "Aortic attenuation, mean", mean, "HU", f"{low:.0f} to {high:.0f} HU", _within(low, high), note)
    yield _limited("aorta-sd", "Aortic attenuation, SD", deviation, "HU", f"at most {AORTA_SD_HU:.0f} HU", _at_most(AORTA_SD_HU))
    ratio = None if mean is None or not deviation else mean / deviation
    yield QualityRow("snr", "Signal-to-noise ratio of the aorta", ratio, "", "", "E", "info" if ratio else "unknown")
    state = "unknown" if contrast is None else "ok" if contrast == "adequate" else "warn"
    yield QualityRow("contrast", "Contrast", contrast, "", "adequate", "E", state, note)


def _voxel_rows(volume: Volume) -> Iterable[QualityRow]:
    thickness, spacing = volume.acquisition.slice_thickness_mm, volume.geometry.spacing_mm
    limit = f"at most {SLICE_THICKNESS_MM:g} mm"
    yield _limited("thickness", "Slice thickness", thickness, "mm", limit, _at_most(SLICE_THICKNESS_MM))
    text = f"{spacing[2]:.3f} x {spacing[1]:.3f} x {spacing[0]:.3f}"
    state = "ok" if max(spacing) <= VOXEL_MM else "warn"
    yield QualityRow("voxel", "Voxel size (x, y, z)", text, "mm", "about 0.5 mm", "E", state)
    overlap = None if thickness is None else "overlapping or touching" if spacing[0] <= 1.001 * thickness else "gaps"
    state = "unknown" if overlap is None else "warn" if overlap == "gaps" else "ok"
    yield QualityRow("increment", "Slice increment against thickness", overlap, "", "increment <= thickness", "E", state)
    codes = {finding.code for finding in volume.findings}
    bad = int(np.count_nonzero(volume.slice_quality == 0))
    state = "warn" if bad or codes & {"uneven-spacing", "images-left-out", "unreadable-files"} else "ok"
    uneven = "uneven" if "uneven-spacing" in codes else "even"
    text = f"{len(volume.slice_quality)}, {bad or 'none'} without own image, {uneven}"
    yield QualityRow("slices", "Slices", text, "", "none missing", "E", state)


def _scan_rows(volume: Volume) -> Iterable[QualityRow]:
    scan = volume.acquisition
    yield _recorded("phase", "Cardiac phase", scan.phase_pct, "% of R-R", scan.phase_rule)
    several = any(finding.code == "phase-split" for finding in volume.findings)
    text = "several; one is shown" if several else "one"
    yield QualityRow("phases", "Phases in the series", text, "", "one", "E", "warn" if several else "ok")
    yield _recorded("kernel", "Reconstruction kernel", scan.kernel or None, "")
    yield _recorded("kvp", "Tube voltage", scan.kvp, "kV")
    yield _recorded("kev", "Monoenergetic level", scan.kev, "keV")
    detector = "photon counting" if scan.photon_counting else "energy integrating or not told"
    yield QualityRow("photon-counting", "Detector", detector, "", "", "E", "info")
    lossy = "with loss" if scan.lossy else "without loss"
    yield QualityRow("compression", "Image compression", lossy, "", "without loss", "E", "warn" if scan.lossy else "ok")


def _motion_rows(volume: Volume, report: Report) -> Iterable[QualityRow]:
    jumps = slice_jumps(slice_differences_hu(volume, report)) if volume.hu.shape[0] > 2 else np.zeros(1)
    largest = max(1.0, float(jumps.max()))
    limit = f"at most {JUMP_LIMIT:g} times"
    note = "" if largest <= JUMP_LIMIT else f"At slice {int(jumps.argmax()) + 1}: heartbeats may not fit together there."
    row = _limited("step", "Largest jump between slices", largest, "times the usual", limit, _at_most(JUMP_LIMIT), note)
    yield row


def _stent_row(tagged: str | None) -> QualityRow:
    state = "unknown" if tagged is None else "warn" if tagged else "ok"
    note = "Tag stents and grafts: metal blooms, and a graft changes the plan." if tagged is None else ""
    return QualityRow(
        "stents", "Stents or bypass grafts", tagged if tagged is None else tagged or "none", "", "none", "E", state, note
    )


def _within(low: float, high: float) -> Callable[[float], bool]:
    return lambda value: low <= value <= high


def _at_most(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


def _limited(
    row_id: str, name: str, value: float | None, unit: str, limit: str, holds: Callable[[float], bool], note: str = ""
) -> QualityRow:
    state = "unknown" if value is None else "ok" if holds(value) else "warn"
    return QualityRow(row_id, name, value, unit, limit, "E", state, note)


def _recorded(row_id: str, name: str, value: float | str | None, unit: str, note: str = "") -> QualityRow:
    return QualityRow(row_id, name, value, unit, "", "E", "unknown" if value is None else "info", note)
