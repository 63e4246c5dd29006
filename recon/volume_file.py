"""NIfTI, NRRD and MHA files to a Volume: one array with a direction, no identity."""

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK
from scipy import ndimage

from recon.dicom.pixels import AIR_HU
from recon.dicom.read import MEMORY_LIMIT_BYTES, canonical_axes, canonical_matrix
from recon.errors import GeometryError, IntakeError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.nifti_body import not_numbers, spacing_fault
from recon.report import Report, part_of
from recon.volume import Acquisition, Finding, Identity, Volume

MASK_LABELS = 255
"""A file whose values all lie from 0 to this holds labels."""
SPACING_MM = (0.01, 20.0)
"""No CT has smaller or larger voxels; files with a unit of metres or micrometres do."""
NIFTI_SUFFIXES = (".nii", ".nii.gz")
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


def is_volume_file(path: Path) -> bool:
    """Whether the name is that of a format read here."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def read_volume_file(path: Path, report: Report) -> Volume:
    """The volume of one file, canonical, HU as stored; what such a file cannot tell is said in a finding.

    Raises IntakeError when it is damaged, not three-dimensional, too large or has no sensible geometry.
    """
    report(0.0, f"Reading {path.name}")
    fault = spacing_fault(path) if path.name.lower().endswith(NIFTI_SUFFIXES) else None
    if fault is not None:
        raise _damaged(path, fault)
    with tempfile.TemporaryDirectory() as folder:
        image = _image(_ascii_path(path, Path(folder)), path)
    matrix = _matrix(image)
    if not np.all(np.isfinite(matrix)):
        raise _damaged(path, "its geometry holds values that are no numbers")
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    if spacing.min() < SPACING_MM[0] or spacing.max() > SPACING_MM[1]:
        raise _damaged(path, f"its voxels would be {' x '.join(f'{s:g}' for s in spacing[::-1])} mm")
    values = SimpleITK.GetArrayViewFromImage(image)
    findings = [_no_header_finding(path)]
    bad = _not_numbers(path, values, part_of(report, 0.7, 0.95))
    if bad is not None:
        values = np.where(bad, float(AIR_HU), values)
    hu = values if values.dtype == np.int16 else np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    _refuse_mask(hu, path)
    findings.extend(not_hounsfield(hu))
    perm, flips = canonical_axes(matrix[:3, :3])
    turned = canonical_matrix(matrix, hu.shape, perm, flips)
    report(0.95, "Building the volume")
    order = tuple(slice(None, None, s) for s in flips)
    voxels = np.array(hu[order].transpose(perm), order="C", copy=True)
    try:
        geometry = Geometry((voxels.shape[0], voxels.shape[1], voxels.shape[2]), turned)
    except GeometryError as error:
        raise _damaged(path, f"its geometry is impossible ({error.what.rstrip('.').lower()})") from error
    quality = np.ones(len(voxels))
    if bad is not None:
        holes = _holes(bad[order].transpose(perm))
        quality[holes.any(axis=(1, 2))] = 0.0
        findings.append(_not_numbers_finding(path, int(bad.sum()), holes, geometry))
    return Volume(voxels, geometry, Identity(), Acquisition(source=str(path)), tuple(findings), quality)


def _not_numbers(path: Path, values: npt.NDArray[Any], report: Report) -> npt.NDArray[np.bool_] | None:
    """Which voxels of `values` (z, y, x) the file has as NaN or infinite; None when there are none."""
    if values.dtype.kind != "f":
        return None
    if path.name.lower().endswith(NIFTI_SUFFIXES):
        found = not_numbers(path, values.size, report)
        return None if found is None else found.reshape(values.shape)
    bad = ~np.isfinite(values)
    return bad if bad.any() else None


def _holes(bad: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Those that are no margin of their slice: NaN that reaches the border stands for what was not scanned."""
    holes = np.zeros_like(bad)
    for k in np.flatnonzero(bad.any(axis=(1, 2))):
        labels, _ = ndimage.label(bad[k])
        border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        holes[k] = bad[k] & ~np.isin(labels, border)
    return holes


def _not_numbers_finding(path: Path, count: int, holes: npt.NDArray[np.bool_], geometry: Geometry) -> Finding:
    inside = np.argwhere(holes)
    if len(inside) == 0:
        return Finding(
            "not-a-number",
            path.name,
            f"{count} voxels at the margin of the slices are no numbers.",
            "They are shown as air, as what was not scanned.",
            "None.",
        )
    x, y, z = geometry.points_mm(inside[0])
    slices = np.unique(inside[:, 0]) + 1
    return Finding(
        "not-a-number",
        f"slices {slices[0]} to {slices[-1]} ({len(slices)} of them); first at x {x:.1f}, y {y:.1f}, z {z:.1f} mm in {path.name}",
        f"{len(inside)} voxels inside the images are no numbers"
        + (f", and {count - len(inside)} at the margin." if count > len(inside) else "."),
        "They are shown as air; nothing is measured in these slices.",
        "Check the export; a resampling or masking step may have made them.",
        blocks_measurement=True,
    )


def not_hounsfield(hu: npt.NDArray[np.int16]) -> tuple[Finding, ...]:
    """A finding when no voxel is below zero: a chest without fat and air is not in Hounsfield units."""
    if hu.min() < 0:
        return ()
    return (
        Finding(
            "not-hounsfield",
            "whole volume",
            "No voxel is below 0 HU: there is neither fat nor air.",
            "These are hardly Hounsfield units; nothing is measured.",
            "Check the rescale of the export, or choose the original series.",
            blocks_measurement=True,
        ),
    )


def _refuse_mask(hu: npt.NDArray[np.int16], path: Path) -> None:
    if hu.min() >= 0 and hu.max() <= MASK_LABELS:
        raise IntakeError(
            "This is a mask, not a CT.",
            f"{path} holds only labels from {hu.min()} to {hu.max()}.",
            "Open the CT that the mask belongs to.",
        )


def _no_header_finding(path: Path) -> Finding:
    return Finding(
        "no-scan-data",
        path.name,
        "This file type tells neither patient nor scan: no name, phase, kernel or tube voltage.",
        "Values are taken to be Hounsfield units; nothing can be checked against the scan settings.",
        "Use the DICOM series where it can be had.",
    )


def _ascii_path(path: Path, folder: Path) -> Path:
    """The same file under a plain name: the reading library opens no path with other letters on some systems."""
    if str(path).isascii() or path.name.lower().endswith((".nhdr", ".mhd")):
        return path
    plain = folder / ("volume" + next(s for s in reversed(SUFFIXES) if path.name.lower().endswith(s)))
    shutil.copyfile(path, plain)
    return plain


def _image(readable: Path, path: Path) -> SimpleITK.Image:
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(readable))
    try:
        reader.ReadImageInformation()
        size, parts = reader.GetSize(), reader.GetNumberOfComponents()
        if parts != 1 or len([n for n in size if n > 1]) != 3:
            raise IntakeError(
                "This is not one three-dimensional CT.",
                f"{path} has size {' x '.join(str(n) for n in size)} with {parts} values a voxel.",
                "Choose a single volume.",
            )
        if math.prod(size) * 2 > MEMORY_LIMIT_BYTES:
            raise IntakeError("The volume is too large to open.", f"{path}: {size} voxels.", "Cut it to the heart.")
        image = reader.Execute()
    except RuntimeError as error:
        raise _damaged(path, str(error).strip().splitlines()[-1][:200]) from error
    return image if image.GetDimension() == 3 else image[(slice(None),) * 3 + (0,) * (image.GetDimension() - 3)]


def _damaged(path: Path, why: str) -> IntakeError:
    return IntakeError("The volume file cannot be read.", f"{path}: {why}.", "Export it again, or open the DICOM series.")


def _matrix(image: SimpleITK.Image) -> FloatArray:
    """LPS from (slice, row, column): the library works in LPS, with index order (column, row, slice)."""
    matrix = np.eye(4)
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    matrix[:3, :3] = direction[:, ::-1]
    matrix[:3, 3] = image.GetOrigin()
    return matrix
