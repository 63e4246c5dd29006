"""Small pictures of a series: one slice in a soft window, as stored."""

import numpy as np
import numpy.typing as npt

from recon.dicom.files import FileReader
from recon.dicom.pixels import PixelsUnusableError, hu_into
from recon.dicom.series import SeriesEntry

WINDOW_HU = (-160, 500)


def thumbnail(entry: SeriesEntry, size: int = 96, number: int | None = None) -> npt.NDArray[np.uint8] | None:
    """Grey values (rows, columns) of slice `number` (None = the middle one), the longer side at most `size`.

    None when the slice cannot be read.
    """
    header = entry.headers[len(entry.headers) // 2 if number is None else number]
    try:
        image = np.empty((header.rows, header.columns), dtype=np.int16)
        with FileReader() as reader:
            hu_into(image, header, reader)
    except (PixelsUnusableError, OSError, MemoryError, ValueError):
        return None
    step = max(1, -(-max(image.shape) // size))
    rows, columns = image.shape[0] // step * step, image.shape[1] // step * step
    small = image[:rows, :columns].reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))
    low, high = WINDOW_HU
    return np.asarray(np.clip((small - low) / (high - low) * 255, 0, 255), dtype=np.uint8)
