"""Measures the two ways to show VTK in the window; the figures of docs/rendering.md come from here.

Run it with a display: `python -m tests.ui.rendering_figures offscreen` and `... native`. It is no test.
"""

import os
import statistics
import sys
import time

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from recon.carm import view_axes
from tests.ui.made_case import made_analysis, made_volume
from ui.scene.offscreen import CAMERA_DISTANCE_MM, Offscreen
from ui.scene.tree_actors import case_actors

SIZE = (800, 600)
FRAMES = 120
FOCUS_MM = (36.0, 36.0, 36.0)


def main(way: str) -> None:
    """Turn the made-up case once and print milliseconds per frame."""
    app = QApplication([])
    actors = case_actors(made_analysis(made_volume()), "RCA")
    frame = native_frame(actors) if way == "native" else offscreen_frame(actors)
    for number in range(10):
        frame(number)
        app.processEvents()
    times = []
    for number in range(FRAMES):
        start = time.perf_counter()
        frame(number)
        app.processEvents()
        times.append(time.perf_counter() - start)
    best, middle = 1000 * min(times), 1000 * statistics.median(times)
    print(f"{way}: {best:.1f} ms best, {middle:.1f} ms median a frame ({1000 / middle:.0f} fps) at {SIZE[0]} x {SIZE[1]}")
    sys.stdout.flush()
    # The native window is known to crash at exit; the figures are out, so leave without its clean-up.
    os._exit(0)


def offscreen_frame(actors):
    """Render into memory, wrap as QImage, paint in a plain QWidget."""
    scene, widget = Offscreen(), QWidget()
    scene.show(actors)
    widget.resize(*SIZE)
    picture = {}

    def paint(event):
        painter = QPainter(widget)
        painter.drawImage(QRectF(widget.rect()), picture["image"])
        painter.end()

    def draw(number):
        import numpy as np

        scene.look(view_axes(3.0 * number, 10.0), np.array(FOCUS_MM), 45.0)
        pixels = scene.pixels(*SIZE)
        picture["image"] = QImage(pixels.data, *SIZE, 3 * SIZE[0], QImage.Format.Format_RGB888).copy()
        widget.repaint()

    draw(0)
    widget.paintEvent = paint
    widget.show()
    print("renderer:", scene.renderer_name(), "| window class:", scene._window.GetClassName())
    read_back(scene)
    return draw


def read_back(scene):
    """The part of a frame that only the off-screen way pays."""
    start = time.perf_counter()
    for _ in range(100):
        scene._window.GetPixelData(0, 0, SIZE[0] - 1, SIZE[1] - 1, 0, scene._pixels, 0)
    print(f"read-back alone: {10 * (time.perf_counter() - start):.2f} ms")


def native_frame(actors):
    """VTK draws into its own child window."""
    import vtkmodules.vtkInteractionStyle  # noqa: F401
    from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
    from vtkmodules.vtkRenderingCore import vtkRenderer

    widget = QVTKRenderWindowInteractor()
    renderer = vtkRenderer()
    renderer.SetUseFXAA(True)
    widget.GetRenderWindow().SetMultiSamples(0)
    widget.GetRenderWindow().AddRenderer(renderer)
    for actor in actors:
        renderer.AddActor(actor)
    widget.resize(*SIZE)
    widget.show()
    camera = renderer.GetActiveCamera()
    camera.SetParallelProjection(True)
    print("window class:", widget.GetRenderWindow().GetClassName())

    def draw(number):
        axes = view_axes(3.0 * number, 10.0)
        camera.SetFocalPoint(*FOCUS_MM)
        camera.SetPosition(*(FOCUS_MM + CAMERA_DISTANCE_MM * axes.detector))
        camera.SetViewUp(*axes.up)
        camera.SetParallelScale(45.0)
        renderer.ResetCameraClippingRange()
        widget.GetRenderWindow().Render()

    return draw


if __name__ == "__main__":
    main(sys.argv[1])
