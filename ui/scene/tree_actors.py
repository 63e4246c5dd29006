"""Actors of one analysis: vessels as tubes, the occlusion highlighted, calcium as patches, the aorta as a shade."""

import math

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals, vtkTubeFilter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from planner.case import Analysis
from planner.occlusion import Occlusion
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.sections import VesselSections
from recon.vessels import Vessel
from ui.theme import colour

THINNEST_MM = 0.45
"""Radius at which a vessel is still seen; where no lumen was measured it is drawn this thin."""

TUBE_SIDES = 16
CALCIUM_STEP_DEG = 3
CAP_RADIUS_MM = 3.2


def case_actors(analysis: Analysis, current: str) -> list[vtkActor]:
    """Everything that VTK draws; the current vessel is brighter than the others."""
    actors: list[vtkActor] = []
    for vessel in analysis.tree.vessels:
        strength = 1.0 if vessel.name == current else 0.62
        actors.append(_vessel_tube(vessel, analysis.sections.get(vessel.name), strength))
        if vessel.name in analysis.sections:
            actors.extend(_calcium_patches(vessel.centerline, analysis.sections[vessel.name]))
    for occlusion in analysis.occlusions:
        actors.extend(_occlusion_marks(analysis, occlusion))
    if analysis.tree.aorta is not None and len(analysis.tree.aorta.axis_mm) > 1:
        tube = _tube(analysis.tree.aorta.axis_mm, analysis.tree.aorta.radius_mm, 32)
        actors.append(_actor(tube, "dim", opacity=0.16))
    return actors


def _vessel_tube(vessel: Vessel, sections: VesselSections | None, strength: float) -> vtkActor:
    """As wide as the measured lumen, so that calcium around it is seen; the followed radius where nothing was measured."""
    radius = np.nan_to_num(vessel.lumen_radius_mm)
    if sections is not None and len(sections.s_mm) > 1:
        drawn = np.nan_to_num(sections.lumen_r_mm).mean(axis=1)
        radius = np.interp(vessel.centerline.s_mm, sections.s_mm, drawn)
    radius = np.maximum(radius, THINNEST_MM)
    return _actor(_tube(vessel.centerline.points_mm, radius), "lumen", strength=strength)


def _occlusion_marks(analysis: Analysis, occlusion: Occlusion) -> list[vtkActor]:
    """A translucent tube as wide as the vessel wall between two rings at the caps."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        return []
    start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    points = vessel.centerline.between(start, end)
    radius = np.full(len(points), _wall_radius_mm(analysis.sections.get(occlusion.vessel), start, end))
    rings = [_ring(vessel.centerline, s_mm, CAP_RADIUS_MM, 0.4, "occlusion") for s_mm in (start, end)]
    return [_actor(_tube(points, radius), "occlusion", opacity=0.35), *rings]


def _wall_radius_mm(sections: VesselSections | None, start: float, end: float) -> float:
    """The median outer wall radius of the occlusion, for drawing only."""
    if sections is None:
        return 1.5
    inside = sections.wall_r_mm[(sections.s_mm >= start) & (sections.s_mm <= end)]
    return float(np.nanmedian(inside)) if np.isfinite(inside).any() else 1.5


def _calcium_patches(centerline: Centerline, sections: VesselSections) -> list[vtkActor]:
    """The outer surface of the calcium in neighbouring sections."""
    outer = sections.calcium_outer_r_mm[:, ::CALCIUM_STEP_DEG]
    count, bins = outer.shape
    if count < 2 or not np.isfinite(outer).any():
        return []
    theta = np.arange(bins) * math.radians(CALCIUM_STEP_DEG)
    points = centerline.to_mm(sections.s_mm[:, None], theta[None, :], np.nan_to_num(outer))
    here = np.isfinite(outer)
    beside = np.roll(here, -1, axis=1)
    rows, columns = np.nonzero(here[:-1] & here[1:] & beside[:-1] & beside[1:])
    if not len(rows):
        return []
    next_columns = (columns + 1) % bins
    corners = [
        rows * bins + columns,
        (rows + 1) * bins + columns,
        (rows + 1) * bins + next_columns,
        rows * bins + next_columns,
    ]
    data = vtkPolyData()
    data.SetPoints(_points(points.reshape(-1, 3)))
    data.SetPolys(_cells(np.stack(corners, axis=1)))
    return [_actor(data, "calcium")]


def _ring(centerline: Centerline, s_mm: float, radius_mm: float, thickness_mm: float, token: str) -> vtkActor:
    theta = np.linspace(0.0, 2 * math.pi, 49)
    points = centerline.to_mm(np.full_like(theta, s_mm), theta, np.full_like(theta, radius_mm))
    return _actor(_tube(points, np.full(len(points), thickness_mm), 8), token)


def _tube(points_mm: FloatArray, radius_mm: FloatArray, sides: int = TUBE_SIDES) -> vtkPolyData:
    line = vtkPolyData()
    line.SetPoints(_points(points_mm))
    line.SetLines(_cells(np.arange(len(points_mm))[None, :]))
    radii = numpy_to_vtk(np.ascontiguousarray(radius_mm, dtype=float), deep=True)
    radii.SetName("radius_mm")
    line.GetPointData().SetScalars(radii)
    tube = vtkTubeFilter()
    tube.SetInputData(line)
    tube.SetNumberOfSides(sides)
    tube.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
    tube.CappingOn()
    tube.Update()
    output: vtkPolyData = tube.GetOutput()
    return output


def _points(points_mm: FloatArray) -> vtkPoints:
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(points_mm, dtype=float), deep=True))
    return points


def _cells(indices: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> vtkCellArray:
    """Cells of equal size, one row each."""
    count, size = indices.shape
    cells = vtkCellArray()
    offsets = numpy_to_vtkIdTypeArray(np.arange(count + 1, dtype=np.int64) * size, deep=True)
    cells.SetData(offsets, numpy_to_vtkIdTypeArray(np.ascontiguousarray(indices.ravel(), dtype=np.int64), deep=True))
    return cells


def _actor(data: vtkPolyData, token: str, opacity: float = 1.0, strength: float = 1.0) -> vtkActor:
    normals = vtkPolyDataNormals()
    normals.SetInputData(data)
    normals.SplittingOff()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(normals.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    shade = colour(token)
    actor.GetProperty().SetColor(shade.redF() * strength, shade.greenF() * strength, shade.blueF() * strength)
    actor.GetProperty().SetOpacity(opacity)
    actor.GetProperty().SetSpecular(0.25)
    actor.GetProperty().SetSpecularPower(30)
    return actor
