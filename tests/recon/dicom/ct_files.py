"""Small CT series with any quirk, written to disk; what they show is a formula of the LPS position, so truth is exact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import jpeg_ls
import numpy as np
import openjpeg
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

# One bright ball on each side, so that a swap or flip of any axis cannot go unnoticed.
BALLS = {"left": ((12.0, 1.0, 2.0), 300.0), "anterior": ((-1.0, -9.0, 1.0), 600.0), "head": ((2.0, 3.0, 14.0), 900.0)}
BALL_SIGMA_MM = 2.5
BACKGROUND_HU = -100.0


def scene_hu(points_mm: np.ndarray) -> np.ndarray:
    """HU at LPS positions (..., 3): three Gaussian balls on fat."""
    hu = np.full(points_mm.shape[:-1], BACKGROUND_HU)
    for centre, height in BALLS.values():
        hu += height * np.exp(-0.5 * np.sum((points_mm - np.array(centre)) ** 2, axis=-1) / BALL_SIGMA_MM**2)
    return hu


@dataclass(frozen=True)
class Series:
    """A recipe; positions run from `first_mm` in steps of `step_mm` along the normal, plus `shear_mm` a slice in LPS."""

    count: int = 40
    rows: int = 56
    columns: int = 64
    spacing_mm: tuple[float, float] = (0.7, 0.7)
    step_mm: float = 1.0
    row: tuple[float, ...] = (1.0, 0.0, 0.0)
    column: tuple[float, ...] = (0.0, 1.0, 0.0)
    center_mm: tuple[float, ...] = (0.0, 0.0, 2.0)
    shear_mm: tuple[float, ...] = (0.0, 0.0, 0.0)
    syntax: str = ExplicitVRLittleEndian
    slope: float = 1.0
    intercept: float = -1024.0
    scene: Callable[[np.ndarray], np.ndarray] = scene_hu
    tags: dict[str, object] = field(default_factory=dict)
    series_uid: str = field(default_factory=generate_uid)
    frame_uid: str = field(default_factory=generate_uid)

    def grid(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions of the first pixel of each slice, and the two directions."""
        row, column = np.array(self.row), np.array(self.column)
        normal = np.cross(row, column)
        half = (np.array([self.columns, self.rows]) - 1) / 2
        corner = np.array(self.center_mm) - half[0] * self.spacing_mm[1] * row - half[1] * self.spacing_mm[0] * column
        k = np.arange(self.count)[:, None] - (self.count - 1) / 2
        return corner + k * (self.step_mm * normal + np.array(self.shear_mm)), row, column

    def hu(self, position: np.ndarray) -> np.ndarray:
        """HU of the slice whose first pixel lies at `position`."""
        r, c = np.mgrid[: self.rows, : self.columns]
        points = (
            position
            + c[..., None] * self.spacing_mm[1] * np.array(self.row)
            + r[..., None] * self.spacing_mm[0] * np.array(self.column)
        )
        return self.scene(points)


def dataset(series: Series, position: np.ndarray, number: int, **changes: object) -> FileDataset:
    """One slice; `changes` set attributes, None removes one."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = series.syntax
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", series.series_uid
    ds.FrameOfReferenceUID, ds.Modality, ds.ImageType = series.frame_uid, "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Muster^Anna", "P1", "19500102", "F"
    ds.StudyDate, ds.InstanceNumber, ds.SliceThickness, ds.KVP = "20260102", number, abs(series.step_mm), 100
    ds.ConvolutionKernel, ds.Manufacturer, ds.SeriesDescription = "Bv40", "Maker", "Cor CTA"
    ds.ImagePositionPatient = [f"{v:.6f}"[:16] for v in position]
    ds.ImageOrientationPatient = [f"{v:.10f}"[:16] for v in (*series.row, *series.column)]
    ds.PixelSpacing, ds.Rows, ds.Columns = list(series.spacing_mm), series.rows, series.columns
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    slope = float(changes.get("RescaleSlope", series.slope))
    intercept = float(changes.get("RescaleIntercept", series.intercept))
    ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
    stored = np.clip(np.rint((series.hu(position) - intercept) / (slope or 1.0)), 0, 65535).astype("<u2")
    for name, value in {**series.tags, **changes}.items():
        if value is None:
            if name in ds:
                del ds[name]
        else:
            setattr(ds, name, value)
    _set_pixels(ds, stored, series.syntax)
    return ds


def _set_pixels(ds: Dataset, stored: np.ndarray, syntax: str) -> None:
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = stored.astype(">u2").tobytes()
    elif syntax == JPEGLSLossless:
        ds.PixelData = encapsulate([bytes(jpeg_ls.encode_array(stored))])
    elif syntax == JPEG2000Lossless:
        ds.PixelData = encapsulate([openjpeg.encode(stored, photometric_interpretation=2)])
    elif syntax == RLELossless:
        ds.PixelData = stored.tobytes()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(RLELossless)
    else:
        ds.PixelData = stored.tobytes()
    ds["PixelData"].VR = "OW" if syntax in UNCOMPRESSED else "OB"


UNCOMPRESSED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
SYNTAXES = (*UNCOMPRESSED, JPEGLSLossless, JPEG2000Lossless, RLELossless)


def save(ds: FileDataset, path: Path) -> Path:
    """The data set as a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    little = ds.file_meta.TransferSyntaxUID != ExplicitVRBigEndian
    implicit = ds.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    pydicom.dcmwrite(path, ds, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    return path


def write(
    folder: Path,
    series: Series,
    leave_out: Sequence[int] = (),
    each: Callable[[int], dict[str, object]] = lambda k: {},
    prefix: str = "f",
) -> list[Path]:
    """The series in `folder`, names in an order that tells nothing; `each(k)` changes attributes of slice k."""
    positions, _, _ = series.grid()
    paths = []
    for k in range(series.count):
        if k in leave_out:
            continue
        name = f"{prefix}{(k * 37) % 1009:04d}"
        paths.append(save(dataset(series, positions[k], k + 1, **each(k)), folder / name))
    return paths


def ball_errors_mm(volume: object) -> dict[str, float]:
    """Distance of each ball's centroid in a volume from where it was put."""
    geometry = volume.geometry  # type: ignore[attr-defined]
    index = np.moveaxis(np.indices(volume.hu.shape), 0, -1)  # type: ignore[attr-defined]
    points = geometry.points_mm(index)
    hu = volume.hu.astype(float) - BACKGROUND_HU  # type: ignore[attr-defined]
    errors = {}
    for name, (centre, _) in BALLS.items():
        near = np.linalg.norm(points - np.array(centre), axis=-1) < 3.0
        weight = np.where(near, np.clip(hu, 0, None), 0.0)
        found = (points * weight[..., None]).sum(axis=(0, 1, 2)) / max(weight.sum(), 1e-9)
        errors[name] = float(np.linalg.norm(found - np.array(centre)))
    return errors


def two(series: Series, **changes: object) -> Series:
    """The same recipe with changes (a second phase, a second patient)."""
    return replace(series, **changes)  # type: ignore[arg-type]
