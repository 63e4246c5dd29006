"""From HU to grey: window presets and the lookup table that paints an image."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

OUTSIDE_HU = -1024
"""What a resampled image shows beyond the volume."""


@dataclass(frozen=True, slots=True)
class Window:
    """A display range in HU."""

    name: str
    center_hu: float
    width_hu: float

    def moved(self, centre_step_hu: float, width_step_hu: float) -> "Window":
        """The window after a drag; the width stays positive."""
        width = max(20.0, self.width_hu + width_step_hu)
        return replace(self, name="own", center_hu=self.center_hu + centre_step_hu, width_hu=width)


PRESETS = (
    Window("vessel", 250.0, 900.0),
    Window("calcium", 600.0, 1800.0),
    Window("soft plaque", 80.0, 400.0),
    Window("wide", 300.0, 2600.0),
)


def lookup(window: Window) -> npt.NDArray[np.uint8]:
    """Grey of each int16 value, indexed by its bits as uint16."""
    hu = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.float32)
    grey = (hu - window.center_hu) / window.width_hu + 0.5
    return np.asarray(np.clip(grey * 255.0, 0, 255), dtype=np.uint8)


def grey_image(image_hu: npt.NDArray[np.number], table: npt.NDArray[np.uint8]) -> QImage:
    """A (rows, columns) image in HU as a grey QImage of its own memory; NaN is shown as outside the volume."""
    values = image_hu
    if values.dtype != np.int16:
        values = np.nan_to_num(values, nan=OUTSIDE_HU, posinf=32767, neginf=OUTSIDE_HU).astype(np.int16)
    grey = table[np.ascontiguousarray(values).view(np.uint16)]
    rows, columns = grey.shape
    return QImage(grey.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
