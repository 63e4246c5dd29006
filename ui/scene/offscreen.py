"""A VTK renderer without a window: it draws into memory and hands out pixels (figures: docs/rendering.md)."""

import os
import sys

import numpy as np
import numpy.typing as npt
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the OpenGL factory
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer, vtkRenderWindow

from recon.carm import ViewAxes
from recon.estimate import FloatArray

CAMERA_DISTANCE_MM = 700.0


class Offscreen:
    """One render window without a screen; parallel projection, the camera at the detector."""

    def __init__(self) -> None:
        _avoid_missing_screen()
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self._renderer)
        self._renderer.SetUseFXAA(True)
        self._renderer.GetActiveCamera().SetParallelProjection(True)
        self._pixels = vtkUnsignedCharArray()

    def show(self, actors: list[vtkActor]) -> None:
        """Replace everything in the scene."""
        self._renderer.RemoveAllViewProps()
        for actor in actors:
            self._renderer.AddActor(actor)

    def look(self, axes: ViewAxes, focus_mm: FloatArray, half_height_mm: float) -> None:
        """Look from the detector towards the tube; `half_height_mm` fits half the picture's height."""
        camera = self._renderer.GetActiveCamera()
        camera.SetFocalPoint(*focus_mm)
        camera.SetPosition(*(focus_mm + CAMERA_DISTANCE_MM * axes.detector))
        camera.SetViewUp(*axes.up)
        camera.SetParallelScale(half_height_mm)
        self._renderer.ResetCameraClippingRange()

    def pixels(self, width: int, height: int) -> npt.NDArray[np.uint8]:
        """Draw and read back, (height, width, 3), first row at the top."""
        self._window.SetSize(width, height)
        self._window.Render()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 0, self._pixels, 0)
        return np.ascontiguousarray(vtk_to_numpy(self._pixels).reshape(height, width, 3)[::-1])

    def renderer_name(self) -> str:
        """What draws: the OpenGL renderer's own words."""
        self._window.Render()
        text = str(self._window.ReportCapabilities())
        return next((line.split(":", 1)[1].strip() for line in text.splitlines() if "renderer string" in line), "unknown")

    def close(self) -> None:
        """Give the graphics memory back; the object is of no use afterwards."""
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()


def _avoid_missing_screen() -> None:
    """Without an X server VTK first tries one and complains; tell it to draw through EGL at once."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
