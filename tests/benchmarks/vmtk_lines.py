"""Run by bench_path.py in an interpreter that has vmtk: threshold, surface and centerlines between two clicks.

Reads an .npz (hu, spacing_mm (3,) x y z, origin_mm (3,), clicks_mm (2, 3), level_hu), writes an .npz (points_mm (n, 3), seconds).
"""

import sys
import time

import numpy as np
import vtk
from vmtk import vmtkscripts
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy


def _surface(hu, spacing_mm, origin_mm, level_hu):
    """The largest closed surfaces at a threshold, smoothed a little, as a person would make them."""
    image = vtk.vtkImageData()
    image.SetDimensions(*hu.shape[::-1])
    image.SetSpacing(*spacing_mm)
    image.SetOrigin(*origin_mm)
    image.GetPointData().SetScalars(numpy_to_vtk(hu.ravel().astype(np.float32), deep=True))
    cubes = vmtkscripts.vmtkMarchingCubes()
    cubes.Image, cubes.Level = image, float(level_hu)
    cubes.Execute()
    smooth = vmtkscripts.vmtkSurfaceSmoothing()
    smooth.Surface, smooth.PassBand, smooth.NumberOfIterations = cubes.Surface, 0.1, 30
    smooth.Execute()
    return smooth.Surface


def _near(surface, click_mm):
    """The connected part of a surface nearest to a click."""
    part = vtk.vtkPolyDataConnectivityFilter()
    part.SetInputData(surface)
    part.SetExtractionModeToClosestPointRegion()
    part.SetClosestPoint(*click_mm)
    part.Update()
    return part.GetOutput()


def main():
    """One path, and how long it took."""
    given = np.load(sys.argv[1])
    started = time.perf_counter()
    first, last = (click.tolist() for click in given["clicks_mm"])
    surface = _near(_surface(given["hu"], given["spacing_mm"], given["origin_mm"], given["level_hu"]), first)
    lines = vmtkscripts.vmtkCenterlines()
    lines.Surface, lines.SeedSelectorName, lines.AppendEndPoints = surface, "pointlist", 1
    lines.SourcePoints, lines.TargetPoints = first, last
    lines.Execute()
    points = vtk_to_numpy(lines.Centerlines.GetPoints().GetData()) if lines.Centerlines.GetNumberOfPoints() else np.zeros((0, 3))
    np.savez(sys.argv[2], points_mm=points, seconds=time.perf_counter() - started)


if __name__ == "__main__":
    main()
