"""A series entry to a Volume: slices decoded into place, sideways shifts taken back, gaps filled and marked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.dicom.acquisition import acquisition
from recon.dicom.decoding import decoders_for
from recon.dicom.defects import place_mm, slice_name
from recon.dicom.files import FileReader
from recon.dicom.pixels import AIR_HU, Decoder, PixelsUnusableError, hu_into
from recon.dicom.series import SeriesEntry
from recon.dicom.stack import Stack
from recon.dicom.workers import mapped
from recon.errors import IntakeError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.report import Report, part_of
from recon.volume import Finding, Volume

HuArray = npt.NDArray[np.int16]
MEMORY_LIMIT_BYTES = 3 << 30
"""Largest volume that is opened."""
UNUSABLE_SHARE = 0.5
"""With more unreadable slices than this the series is refused."""
_PADDED = -32768


@dataclass(frozen=True, eq=False)
class _Canvas:
    """The grid in the order of the files: how far slices reach beyond the first one's matrix, before and after."""

    shape: tuple[int, int, int]
    before: tuple[int, int]


def read_series(entry: SeriesEntry, report: Report) -> Volume:
    """The volume of one entry of a scan, canonical: slices towards the head, rows posterior, columns left.

    Raises IntakeError when the entry has a problem, too many slices cannot be read, or the grid is too large.
    """
    if entry.problem is not None:
        raise entry.problem
    piled = entry.stack
    assert piled is not None
    canvas = _canvas(piled)
    _refuse_size(canvas, piled)
    matrix = _matrix(piled, canvas)
    perm, flips = canonical_axes(matrix[:3, :3])
    hu = np.empty(canvas.shape, dtype=np.int16)
    places = _placed(hu[tuple(slice(None, None, step) for step in flips)], piled, canvas, part_of(report, 0.0, 0.95))
    quality, findings = places
    report(0.95, "Building the volume")
    hu, matrix = _canonical(hu, matrix, perm, flips)
    slice_quality = quality[:: flips[0]].copy()
    geometry = Geometry((hu.shape[0], hu.shape[1], hu.shape[2]), matrix, piled.headers[0].frame_of_reference_uid)
    ordered = piled.headers if flips[0] > 0 else piled.headers[::-1]
    made = acquisition(entry, ordered)
    return Volume(hu, geometry, entry.identity, made, entry.findings + findings, slice_quality, perm.index(0))


def _canvas(piled: Stack) -> _Canvas:
    first = piled.headers[0]
    if not piled.sheared:
        return _Canvas((piled.slots, first.rows, first.columns), (0, 0))
    low = np.floor(piled.shift_px.min(axis=0)).astype(int)
    high = np.ceil(piled.shift_px.max(axis=0)).astype(int)
    before = np.maximum(-low, 0)
    size = np.array([first.rows, first.columns]) + before + np.maximum(high, 0)
    return _Canvas((piled.slots, int(size[0]), int(size[1])), (int(before[0]), int(before[1])))


def _refuse_size(canvas: _Canvas, piled: Stack) -> None:
    if 2 * int(np.prod([float(n) for n in canvas.shape])) > MEMORY_LIMIT_BYTES or 0 in canvas.shape:
        raise IntakeError(
            "The series is too large to open.",
            f"{canvas.shape[0]} slices of {canvas.shape[1]} x {canvas.shape[2]} pixels ({len(piled.headers)} images).",
            "Choose one phase, or a smaller field of view.",
        )


def _matrix(piled: Stack, canvas: _Canvas) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, 0] = piled.normal * piled.step_mm
    matrix[:3, 1] = piled.column_direction * piled.pixel_mm[0]
    matrix[:3, 2] = piled.row_direction * piled.pixel_mm[1]
    matrix[:3, 3] = piled.origin_mm - matrix[:3, 1] * canvas.before[0] - matrix[:3, 2] * canvas.before[1]
    return matrix


def canonical_axes(axes: FloatArray) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Which array axis comes nearest to head, posterior and left, and the step (1 or -1) each source axis is read in."""
    unit = axes / np.linalg.norm(axes, axis=0)
    wanted = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    likeness = wanted @ unit
    perm = [-1, -1, -1]
    left = np.abs(likeness)
    for _ in range(3):
        target, source = divmod(int(np.argmax(left)), 3)
        perm[target] = source
        left[target, :] = left[:, source] = -1.0
    flips = [0, 0, 0]
    for target, source in enumerate(perm):
        flips[source] = 1 if likeness[target, source] >= 0 else -1
    return (perm[0], perm[1], perm[2]), (flips[0], flips[1], flips[2])


def canonical_matrix(
    matrix: FloatArray, shape: tuple[int, ...], perm: tuple[int, int, int], flips: tuple[int, int, int]
) -> FloatArray:
    """The (4, 4) matrix of an array of `shape` after its axes were flipped and permuted into canonical order."""
    turned = matrix.copy()
    for axis, step in enumerate(flips):
        if step < 0:
            turned[:3, 3] += matrix[:3, axis] * (shape[axis] - 1)
            turned[:3, axis] = -matrix[:3, axis]
    turned[:3, :3] = turned[:3, list(perm)]
    return turned


def _canonical(
    hu: HuArray, matrix: FloatArray, perm: tuple[int, int, int], flips: tuple[int, int, int]
) -> tuple[HuArray, FloatArray]:
    """The volume and its matrix with axes in canonical order; `hu` was already written in flipped order."""
    return np.ascontiguousarray(hu.transpose(perm)), canonical_matrix(matrix, hu.shape, perm, flips)


def _placed(target: HuArray, piled: Stack, canvas: _Canvas, report: Report) -> tuple[FloatArray, tuple[Finding, ...]]:
    """Fills `target` slice by slice; quality per place, and findings about slices that could not be read."""
    interpolates = piled.sheared or not piled.even
    source = np.empty((len(piled.headers), *canvas.shape[1:]), dtype=np.int16) if not piled.even else target
    places = np.arange(len(piled.headers)) if not piled.even else np.rint(piled.slot).astype(int)
    padding = _PADDED if interpolates else AIR_HU
    with FileReader() as reader, decoders_for(piled.headers) as decoders:

        def one(i: int) -> str:
            out = source[places[i]]
            try:
                if not piled.sheared:
                    hu_into(out, piled.headers[i], reader, padding, decoders)
                else:
                    _shifted_into(out, piled, i, canvas, reader, decoders)
            except (PixelsUnusableError, OSError) as error:
                return str(error)
            return ""

        text = f"Reading {len(piled.headers)} slices"
        faults = {i: why for i, why in mapped(one, range(len(piled.headers)), report, text) if why}
    if len(piled.headers) - len(faults) < max(2, UNUSABLE_SHARE * len(piled.headers)):
        worst, why = next(iter(faults.items()))
        raise IntakeError(
            "The images cannot be read.",
            f"{len(faults)} of {len(piled.headers)} slices, first {slice_name(piled.headers[worst])}: {why}.",
            "Copy or export the series again.",
        )
    good = np.setdiff1d(np.arange(len(piled.headers)), list(faults))
    quality = _filled(target, source, piled, good)
    if interpolates:
        np.copyto(target, AIR_HU, where=target == _PADDED)
    return quality, tuple(_fault_findings(piled, faults))


def _filled(target: HuArray, source: HuArray, piled: Stack, good: npt.NDArray[np.intp]) -> FloatArray:
    """Interpolates between good slices wherever a place has none of its own; 1 = own slice, 0 = in a gap."""
    slot = piled.slot[good]
    quality = np.ones(piled.slots)
    places = good if not piled.even else np.rint(slot).astype(int)
    for k in range(piled.slots):
        after = min(int(np.searchsorted(slot, k - 1e-6)), len(slot) - 1)
        before = max(after - 1, 0) if slot[after] > k else after
        if abs(slot[after] - k) < 1e-6:
            if piled.even:
                continue
            before = after
        weight = 0.0 if before == after else (k - slot[before]) / (slot[after] - slot[before])
        target[k] = mixed(source[places[before]], source[places[after]], weight)
        quality[k] = _gap_quality(k, float(slot[before]), float(slot[after]), piled.even)
    return quality


def _gap_quality(k: int, before: float, after: float, even: bool) -> float:
    """0 in a gap of an even series; between uneven slices full up to the nominal step, none from two steps on."""
    if even or not before <= k <= after:
        return 0.0
    return float(np.clip(2.0 - (after - before), 0.0, 1.0))


def mixed(first: HuArray, second: HuArray, weight: float) -> HuArray:
    """(1 - weight) first + weight second, where padding of one never mixes with values of the other."""
    if weight <= 0.0 or first is second:
        return first
    blend = np.rint(first * np.float32(1 - weight) + second * np.float32(weight)).astype(np.int16)
    nearest = first if weight < 0.5 else second
    return np.where((first == _PADDED) | (second == _PADDED), nearest, blend)


def _shifted_into(
    out: HuArray, piled: Stack, i: int, canvas: _Canvas, reader: FileReader, decoders: Mapping[str, Decoder]
) -> None:
    """One slice moved sideways to its true place by bilinear interpolation in its own plane."""
    header = piled.headers[i]
    image = np.empty((header.rows, header.columns), dtype=np.int16)
    hu_into(image, header, reader, _PADDED, decoders)
    whole = np.floor(piled.shift_px[i]).astype(int)
    part = piled.shift_px[i] - whole
    moved = image
    for axis in (0, 1):
        moved = _moved(moved, axis, float(part[axis]))
    out[...] = _PADDED
    top, left = np.array(canvas.before) + whole
    rows = min(moved.shape[0], out.shape[0] - top)
    columns = min(moved.shape[1], out.shape[1] - left)
    out[top : top + rows, left : left + columns] = moved[:rows, :columns]


def _moved(image: HuArray, axis: int, part: float) -> HuArray:
    """`image` moved by 0 <= part < 1 pixel towards higher indices, one pixel longer."""
    if part < 1e-6:
        return image
    border = [(0, 0), (0, 0)]
    border[axis] = (1, 1)
    wide = np.pad(image, border, constant_values=_PADDED)
    here = wide[1:] if axis == 0 else wide[:, 1:]
    earlier = wide[:-1] if axis == 0 else wide[:, :-1]
    return mixed(here, earlier, part)


def _fault_findings(piled: Stack, faults: dict[int, str]) -> list[Finding]:
    return [
        Finding(
            "unreadable-slice",
            f"{slice_name(piled.headers[i])} at {place_mm(piled, float(piled.slot[i]))}",
            f"The slice cannot be read: {why}.",
            "It is treated as missing: the gap is filled by interpolation for viewing; nothing is measured there.",
            "Copy or export the series again.",
            blocks_measurement=True,
        )
        for i, why in sorted(faults.items())
    ]
