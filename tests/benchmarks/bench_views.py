"""Curved and oblique views of a clinical volume, against scipy and VTK."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkImagingCore import vtkImageReslice
from vtkmodules.vtkImagingGeneral import vtkImageSlabReslice

from recon.centerline import Centerline
from recon.geometry import Geometry
from recon.reformat import curved_view, oblique_view
from recon.volume import Volume

SPACING_MM = (0.5, 0.39, 0.39)


@pytest.fixture(scope="module")
def volume():
    generator = np.random.default_rng(2)
    hu = generator.normal(100, 25, (300, 512, 512)).astype(np.int16)
    return Volume(hu, Geometry.axial(hu.shape, SPACING_MM, (-100.0, -100.0, 0.0)))


@pytest.fixture(scope="module")
def centerline():
    turn = np.linspace(0, 1.6 * np.pi, 200)
    points = np.stack([30 * np.cos(turn), 30 * np.sin(turn), 100 - 60 * turn / turn[-1]], axis=-1)
    return Centerline.through(points)


def test_curved_view_800_by_500(versus, volume, centerline):
    pixel_mm = centerline.length_mm / 800
    view = curved_view(volume, centerline, 20.0, pixel_mm, 250 * pixel_mm)
    rows, columns = np.mgrid[: view.hu.shape[0], : view.hu.shape[1]]
    where = np.moveaxis(volume.geometry.index_kji(view.map.points_mm(rows, columns)), -1, 0)
    ours, usual = versus(
        f"curved view {view.hu.shape[0]} x {view.hu.shape[1]}",
        ours=lambda: curved_view(volume, centerline, 20.0, pixel_mm, 250 * pixel_mm).hu,
        usual=lambda: map_coordinates(volume.hu, where, output=np.float32, order=1, cval=-1024.0),
        usual_name="scipy map_coordinates, given the points",
        budget_s=0.010,
    )
    inside = np.all((where >= 0) & (where <= np.array(volume.hu.shape)[:, None, None] - 1), axis=0)
    np.testing.assert_allclose(ours[inside], usual[inside], atol=0.6)


def _vtk_image(volume):
    image = vtkImageData()
    image.SetDimensions(*volume.hu.shape[::-1])
    image.SetSpacing(*SPACING_MM[::-1])
    image.SetOrigin(*volume.geometry.points_mm((0, 0, 0)))
    image.GetPointData().SetScalars(numpy_to_vtk(volume.hu.reshape(-1)))
    return image


def _vtk_slab(image, center_mm, right, down, size, pixel_mm, samples):
    reslice = vtkImageReslice() if samples == 1 else vtkImageSlabReslice()
    reslice.SetInputData(image)
    reslice.SetOutputDimensionality(2)
    reslice.SetResliceAxesDirectionCosines(*right, *down, *np.cross(right, down))
    reslice.SetResliceAxesOrigin(*center_mm)
    reslice.SetInterpolationModeToLinear()
    reslice.SetOutputSpacing(pixel_mm, pixel_mm, 1.0)
    reslice.SetOutputOrigin(-(size - 1) / 2 * pixel_mm, -(size - 1) / 2 * pixel_mm, 0.0)
    reslice.SetOutputExtent(0, size - 1, 0, size - 1, 0, 0)
    if samples > 1:
        reslice.SetBlendModeToMax()
        reslice.SetSlabThickness(10.0)
        reslice.SetSlabResolution(10.0 / (samples - 1))
    reslice.Update()
    return vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars()).reshape(size, size)


def test_a_slab_of_600_by_600_while_it_moves(versus, volume):
    right, up, middle = np.array([0.8, 0.6, 0.0]), np.array([-0.36, 0.48, 0.8]), np.array([0.0, 0.0, 75.0])
    moving, still = versus(
        "oblique view 600 x 600, 10 mm slab MIP, moving",
        ours=lambda: oblique_view(volume, middle, right, up, (600, 600), 0.15, 10.0, is_moving=True).hu,
        usual=lambda: oblique_view(volume, middle, right, up, (600, 600), 0.15, 10.0).hu,
        usual_name="the same at rest",
        budget_s=0.016,
    )
    assert moving.shape == still.shape


@pytest.mark.parametrize(("slab_mm", "samples", "budget_s"), [(0.0, 1, 0.033), (10.0, 27, 0.033)])
def test_oblique_view_600_by_600(versus, volume, slab_mm, samples, budget_s):
    right = np.array([0.8, 0.6, 0.0])
    up = np.array([-0.36, 0.48, 0.8])
    center_mm, size, pixel_mm = np.array([0.0, 0.0, 75.0]), 600, 0.15
    image = _vtk_image(volume)
    ours, usual = versus(
        f"oblique view {size} x {size}" + (f", {slab_mm:g} mm slab MIP" if slab_mm else ""),
        ours=lambda: oblique_view(volume, center_mm, right, up, (size, size), pixel_mm, slab_mm).hu,
        usual=lambda: _vtk_slab(image, center_mm, right, -up, size, pixel_mm, samples),
        usual_name="vtkImageReslice",
        budget_s=budget_s,
    )
    # VTK rounds to whole HU; the slab's samples of the two lie at slightly different depths.
    assert np.median(np.abs(ours - usual)) < (1.0 if samples == 1 else 8.0)
