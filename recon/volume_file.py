"""NIfTI, NRRD and MHA files to a Volume: one array with a direction, no identity."""

import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK

from recon.dicom.read import MEMORY_LIMIT_BYTES, canonical_axes, canonical_matrix
from recon.errors import GeometryError, IntakeError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.report import Report
from recon.volume import Acquisition, Finding, Identity, Volume

MASK_LABELS = 255
"""A file whose values all lie from 0 to this holds labels."""
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


def is_volume_file(path: Path) -> bool:
    """Whether the name is that of a format read here."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def read_volume_file(path: Path, report: Report) -> Volume:
    """The volume of one file, canonical, HU as stored; what such a file cannot tell is said in a finding.

    Raises IntakeError when it is damaged, not three-dimensional, too large or has no sensible geometry.
    """
    report(0.0, f"Reading {path.name}")
    with tempfile.TemporaryDirectory() as folder:
        image = _image(_ascii_path(path, Path(folder)), path)
    report(0.7, "Building the volume")
    matrix = _matrix(image)
    if not np.all(np.isfinite(matrix)):
        raise _damaged(path, "its geometry holds values that are no numbers")
    values = SimpleITK.GetArrayViewFromImage(image)
    findings = [_no_header_finding(path)]
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        values = np.nan_to_num(values, nan=-1024.0, posinf=32767.0, neginf=-32768.0)
        findings.append(
            Finding("not-a-number", path.name, "Some voxels are no numbers.", "They are shown as air.", "Check the export.")
        )
    hu = values if values.dtype == np.int16 else np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    _refuse_mask(hu, path)
    findings.extend(not_hounsfield(hu))
    perm, flips = canonical_axes(matrix[:3, :3])
    turned = canonical_matrix(matrix, hu.shape, perm, flips)
    voxels = np.array(hu[tuple(slice(None, None, s) for s in flips)].transpose(perm), order="C", copy=True)
    try:
        geometry = Geometry((voxels.shape[0], voxels.shape[1], voxels.shape[2]), turned)
    except GeometryError as error:
        raise _damaged(path, f"its geometry is impossible ({error.what.rstrip('.').lower()})") from error
    return Volume(voxels, geometry, Identity(), Acquisition(source=str(path)), tuple(findings))


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
