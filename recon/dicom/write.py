"""A volume as real CT Image Storage files: honest headers, any lossless transfer syntax, the oddities of scanners."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage

from recon.dicom.write_encoding import SYNTAXES, save_encoded
from recon.errors import CallError, OutputError
from recon.estimate import FloatArray
from recon.report import Report, silent
from recon.volume import Volume

UID_ROOT = "2.25"
PADDING_HU = -2000
MAKER = "CTO Planner team"


@dataclass(frozen=True, slots=True)
class Packaging:
    """How the files are packed. Slice numbers count from the foot end of the volume as given.

    `order`: increasing, decreasing or shuffled numbering. `skip` leaves slices out, `repeat` writes slices twice,
    `per_slice_rescale` gives each slice its own slope and intercept, `padding` puts a padding value outside the round
    field of view, `tilt_deg` shears the stack as a tilted gantry does, `phase_style` says where the phase is written.
    """

    syntax: str = "explicit-little"
    order: str = "increasing"
    skip: tuple[int, ...] = ()
    repeat: tuple[int, ...] = ()
    per_slice_rescale: bool = False
    signed: bool = False
    padding: bool = False
    tilt_deg: float = 0.0
    phase_style: str = "nominal-percentage"
    name_pattern: str = "IM{number:04d}"
    series_number: int = 4


def derived_uid(*parts: object) -> str:
    """A UID under the 2.25 root made from a text, so that the same case always has the same UIDs."""
    digest = hashlib.sha256("/".join(str(p) for p in parts).encode()).digest()[:16]
    number = (int.from_bytes(digest, "big") & ~(0xF << 76) & ~(0x3 << 62)) | (0x8 << 76) | (0x2 << 62)
    return f"{UID_ROOT}.{number}"


def write_series(volume: Volume, folder: Path, report: Report = silent, packaging: Packaging | None = None) -> tuple[Path, ...]:
    """Write one series into `folder` (made when absent) and return its files.

    Raises CallError for an unknown option and OutputError when the folder cannot be written.
    """
    return write_phases((volume,), folder, report, packaging)


def write_phases(
    volumes: tuple[Volume, ...], folder: Path, report: Report = silent, packaging: Packaging | None = None
) -> tuple[Path, ...]:
    """Write several cardiac phases of one scan into one series, as some scanners do; see `write_series`."""
    options = packaging or Packaging()
    _check(options)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("The folder cannot be made.", f"{folder}: {error.strerror}.", "Choose another folder.") from error
    plan = [(phase, k) for phase, volume in enumerate(volumes) for k in _slices(len(volume.hu), options)]
    if options.tilt_deg:
        volumes = tuple(_tilted(v, options.tilt_deg) for v in volumes)
    numbers = _numbers(len(plan), options.order)
    paths = []
    for n, (phase, k) in enumerate(plan):
        report(n / len(plan), "Writing images")
        copy = sum(1 for earlier in plan[:n] if earlier == (phase, k))
        dataset = _image(volumes[phase], volumes[0], k, options, numbers[n], phase, len(volumes), copy)
        path = folder / options.name_pattern.format(number=numbers[n], slice=k, phase=phase)
        save_encoded(dataset, path, options.syntax)
        paths.append(path)
    report(1.0, f"{len(paths)} images written")
    return tuple(paths)


def _check(options: Packaging) -> None:
    for value, known in ((options.syntax, SYNTAXES), (options.phase_style, PHASE_STYLES), (options.order, ORDERS)):
        if value not in known:
            raise CallError(f"There is no packaging {value!r}.", f"Known: {', '.join(known)}.", "Choose one of these.")


ORDERS = ("increasing", "decreasing", "shuffled")


def _slices(count: int, options: Packaging) -> list[int]:
    return [k for k in range(count) if k not in options.skip for _ in range(1 + (k in options.repeat))]


def _numbers(count: int, order: str) -> list[int]:
    """Instance numbers, one per file in slice order."""
    numbers = list(range(1, count + 1))
    if order == "decreasing":
        numbers.reverse()
    if order == "shuffled":
        numbers = [int(n) + 1 for n in np.random.default_rng(5).permutation(count)]
    return numbers


def _image(volume: Volume, first: Volume, k: int, options: Packaging, number: int, phase: int, phases: int, copy: int) -> Dataset:
    """One CT image with its pixels still plain."""
    dataset = Dataset()
    series = first.identity.series_uid or derived_uid(first.acquisition.source, first.identity.patient_id, "series")
    _identity(dataset, first, series, options)
    _equipment(dataset, volume, options)
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = derived_uid(series, "image", phase, k, copy)
    dataset.InstanceNumber = number
    dataset.AcquisitionNumber = 1
    _plane(dataset, volume, k, options, series)
    if volume.acquisition.phase_pct is not None:
        PHASE_STYLES[options.phase_style](dataset, volume.acquisition.phase_pct, phase, phases)
    _pixels(dataset, volume.hu[k], k, options)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.ImplementationClassUID = derived_uid(MAKER, "implementation")
    return dataset


def _identity(dataset: Dataset, volume: Volume, series: str, options: Packaging) -> None:
    """Patient, study and series."""
    who = volume.identity
    date = who.study_date or "20260105"
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = who.patient_name or "PHANTOM^DEMO"
    dataset.PatientID = who.patient_id or "PHANTOM"
    dataset.PatientBirthDate = who.birth_date
    dataset.PatientSex = who.sex or "O"
    dataset.PatientAge = "066Y"
    dataset.StudyInstanceUID = who.study_uid or derived_uid(series, "study")
    dataset.SeriesInstanceUID = series
    dataset.StudyID = "1"
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = date
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "100000"
    dataset.AccessionNumber = who.accession_number
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Coronary CT angiography (test object)"
    dataset.SeriesDescription = who.series_description or "CCTA test object"
    dataset.SeriesNumber = options.series_number
    dataset.Modality = "CT"
    dataset.BodyPartExamined = "HEART"
    dataset.PatientPosition = volume.acquisition.patient_position or "HFS"


def _equipment(dataset: Dataset, volume: Volume, options: Packaging) -> None:
    """Scanner and reconstruction; the image says that it is of a test object (0028,0300)."""
    scan = volume.acquisition
    dataset.Manufacturer = scan.manufacturer or MAKER
    dataset.ManufacturerModelName = scan.model or "Analytic phantom"
    dataset.SoftwareVersions = "1"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.QualityControlImage = "YES"
    dataset.KVP = scan.kvp
    dataset.ConvolutionKernel = scan.kernel or "Bv40"
    dataset.SliceThickness = f"{scan.slice_thickness_mm or volume.geometry.spacing_mm[0]:g}"
    dataset.GantryDetectorTilt = f"{options.tilt_deg:g}"
    dataset.ContrastBolusAgent = "Iodinated contrast (simulated)"


def _plane(dataset: Dataset, volume: Volume, k: int, options: Packaging, series: str) -> None:
    geometry = volume.geometry
    direction = geometry.direction
    rows, columns = direction[:, 1], direction[:, 2]
    position = geometry.points_mm((k, 0, 0))
    if options.tilt_deg:
        rows, position = _tilted_plane(volume, k, options.tilt_deg)
    dataset.FrameOfReferenceUID = geometry.frame_of_reference_uid or derived_uid(series, "frame")
    dataset.PositionReferenceIndicator = ""
    dataset.ImageOrientationPatient = [_decimal(v) for v in (*columns, *rows)]
    dataset.ImagePositionPatient = [_decimal(v) for v in position]
    dataset.SliceLocation = _decimal(position[2])
    dataset.PixelSpacing = [_decimal(v) for v in geometry.spacing_mm[1:]]


def _decimal(value: float) -> str:
    """At most 16 characters, without an exponent."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text[:16]


def _pixels(dataset: Dataset, hu: npt.NDArray[np.int16], k: int, options: Packaging) -> None:
    """Stored values: 12 bits unsigned as scanners store them, or 16 bits signed where padding needs it."""
    slope, intercept = (1.0, -1024.0)
    if options.per_slice_rescale:
        slope, intercept = 1.0 + 0.0625 * (k % 3), -1024.0 - 8.0 * (k % 5)
    stored = np.rint((hu.astype(float) - intercept) / slope)
    signed = options.signed or options.padding
    bits = 16 if signed or options.per_slice_rescale else 12
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = hu.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PixelRepresentation = int(signed)
    if signed:
        stored += intercept / slope
        intercept = 0.0
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    stored = np.clip(np.rint(stored), low, high)
    if options.padding:
        j, i = np.ogrid[: hu.shape[0], : hu.shape[1]]
        center = (np.array(hu.shape) - 1) / 2
        stored[np.hypot(j - center[0], i - center[1]) > min(center) + 0.5] = PADDING_HU
        dataset.add_new(0x00280120, "SS", PADDING_HU)
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = f"{slope:g}", f"{intercept:g}", "HU"
    dataset.WindowCenter, dataset.WindowWidth = "300", "900"
    dataset.PixelData = stored.astype("<i2" if signed else "<u2").tobytes()


def _tilted_plane(volume: Volume, k: int, tilt_deg: float) -> tuple[FloatArray, FloatArray]:
    """Row direction and position of slice k of a tilted gantry: planes turned about x, still stacked along the table."""
    a = np.radians(tilt_deg)
    direction = volume.geometry.direction
    row = np.cos(a) * direction[:, 1] + np.sin(a) * direction[:, 0]
    middle = (volume.hu.shape[1] - 1) / 2
    center = volume.geometry.points_mm((k, middle, 0))
    return row, center - middle * volume.geometry.spacing_mm[1] * row


def _tilted(volume: Volume, tilt_deg: float) -> Volume:
    """The volume seen by a tilted gantry: every slice resampled in its tilted plane (linear along rows and slices)."""
    slices, rows, _ = volume.hu.shape
    z_mm, y_mm, _ = volume.geometry.spacing_mm
    a = np.radians(tilt_deg)
    along = (np.arange(rows) - (rows - 1) / 2) * y_mm
    j = np.clip((rows - 1) / 2 + along * np.cos(a) / y_mm, 0, rows - 1.001)
    j0, fj = np.floor(j).astype(int), (j % 1)[:, None]
    tilted = np.empty_like(volume.hu)
    for k in range(slices):
        kk = np.clip(k + along * np.sin(a) / z_mm, 0, slices - 1.001)
        k0, fk = np.floor(kk).astype(int), (kk % 1)[:, None]
        near = (1 - fj) * volume.hu[k0, j0] + fj * volume.hu[k0, j0 + 1]
        far = (1 - fj) * volume.hu[k0 + 1, j0] + fj * volume.hu[k0 + 1, j0 + 1]
        tilted[k] = np.rint((1 - fk) * near + fk * far)
    return replace(volume, hu=tilted)


def _nominal(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    dataset.NominalPercentageOfCardiacPhase = float(pct)


def _trigger(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    dataset.TriggerTime = f"{pct * 9.5:g}"
    dataset.NominalInterval = "950"


def _temporal(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    dataset.TemporalPositionIdentifier = phase + 1
    dataset.NumberOfTemporalPositions = phases


def _comments(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    dataset.ImageComments = f"Heart phase {pct:g} %"


def _acquisition(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    dataset.AcquisitionNumber = phase + 1


def _unsaid(dataset: Dataset, pct: float, phase: int, phases: int) -> None:
    """Only the order of the images tells."""


PHASE_STYLES: dict[str, Callable[[Dataset, float, int, int], None]] = {
    "nominal-percentage": _nominal,
    "trigger-time": _trigger,
    "temporal-position": _temporal,
    "image-comments": _comments,
    "acquisition-number": _acquisition,
    "unsaid": _unsaid,
}
"""Where vendors write the cardiac phase of an image."""
