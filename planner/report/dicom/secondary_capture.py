"""Pages of the report as pictures every viewer can show: DICOM secondary captures."""

import io

import numpy as np
import numpy.typing as npt
from matplotlib.image import imread
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from planner.case import Analysis
from planner.report.dicom.source import new_object


def secondary_captures(analysis: Analysis, pages_png: list[bytes], now: str) -> list[Dataset]:
    """One 8-bit RGB instance a page, all in one series."""
    captures: list[Dataset] = []
    for number, page in enumerate(pages_png, start=1):
        capture = _capture(analysis, _rgb(page), now)
        capture.InstanceNumber = number
        if captures:
            capture.SeriesInstanceUID = captures[0].SeriesInstanceUID
        captures.append(capture)
    return captures


def _rgb(png: bytes) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) of a PNG, on white where it is see-through."""
    picture = np.asarray(imread(io.BytesIO(png)), dtype=float)
    if picture.shape[2] == 4:
        alpha = picture[..., 3:]
        picture = picture[..., :3] * alpha + (1.0 - alpha)
    return np.ascontiguousarray(np.round(picture * 255).astype(np.uint8))


def _capture(analysis: Analysis, pixels: npt.NDArray[np.uint8], now: str) -> Dataset:
    dataset = new_object(analysis, SecondaryCaptureImageStorage, "pictures", "OT", "CTO Planner pictures", now)
    dataset.ConversionType = "WSD"
    dataset.PatientOrientation = ""
    dataset.Laterality = ""
    dataset.BurnedInAnnotation = "YES"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    content = pixels.tobytes()
    dataset.PixelData = content + b"\0" * (len(content) % 2)
    dataset["PixelData"].VR = "OB"
    return dataset
