"""Rigid registration of two scans of one patient about the heart, with a judgement of how well they match."""

import math

import numpy as np
import SimpleITK as sitk  # noqa: N813

from recon.alignment import Registration
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.report import Report, silent
from recon.volume import Volume

GRID_MM = 2.0
CLAMP_HU = (-200.0, 200.0)
"""Contrast changes what is brighter; lung, fat and muscle are the same in both scans."""

MARGIN_MM = 30.0
LEVELS = (4, 2, 1)


def register(fixed: Volume, moving: Volume, around_mm: FloatArray, report: Report = silent) -> Registration:
    """The rigid movement that matches two scans in the box of the points (n, 3) `around_mm` and 30 mm more.

    Mutual information (Mattes) from coarse to fine, starting from the scanner's own coordinates. Raises GeometryError when the
    scans have no room in common.
    """
    report(0.0, "matching the non-contrast scan")
    centre = np.asarray(around_mm, dtype=float).mean(axis=0)
    box = _grid(fixed, around_mm)
    still, other = _image(fixed), _image(moving)
    target = _sampled(still, box, sitk.Transform(3, sitk.sitkIdentity))
    covered = _sampled(other, box, sitk.Transform(3, sitk.sitkIdentity), outside=-2000.0)
    if float((sitk.GetArrayViewFromImage(covered) > -1999.0).mean()) < 0.2:
        raise GeometryError(
            "The two scans do not show the same part of the patient.",
            "Less than a fifth of the heart lies inside the non-contrast scan.",
            "Choose the non-contrast scan of the heart of the same visit.",
        )
    movement = _matched(_clamped(target), _clamped(_resized(other)), centre, report)
    after = _sampled(other, box, movement, outside=-2000.0)
    report(1.0, "matched")
    matrix = _matrix(movement)
    turn = math.degrees(math.acos(min(1.0, max(-1.0, (float(np.trace(matrix[:3, :3])) - 1) / 2))))
    shift = float(np.linalg.norm(matrix[:3, :3] @ centre + matrix[:3, 3] - centre))
    return Registration(matrix, shift, turn, _correlation(target, after))


def _image(volume: Volume) -> sitk.Image:
    """The voxels with their place in LPS; SimpleITK counts columns first."""
    image = sitk.GetImageFromArray(volume.hu.astype(np.float32))
    z, y, x = volume.geometry.spacing_mm
    image.SetSpacing((x, y, z))
    image.SetOrigin(tuple(float(c) for c in volume.geometry.points_mm((0, 0, 0))))
    image.SetDirection(tuple(volume.geometry.direction[:, ::-1].ravel().tolist()))
    return image


def _grid(volume: Volume, around_mm: FloatArray) -> sitk.Image:
    """An empty 2 mm grid over the box of the points and its margin, as far as the fixed scan reaches."""
    ends = np.array(np.meshgrid(*((0, n - 1) for n in volume.hu.shape))).reshape(3, -1).T
    corners = volume.geometry.points_mm(ends)
    low = np.maximum(around_mm.min(axis=0) - MARGIN_MM, corners.min(axis=0))
    high = np.minimum(around_mm.max(axis=0) + MARGIN_MM, corners.max(axis=0))
    size = np.maximum(np.ceil((high - low) / GRID_MM).astype(int), 8)
    grid = sitk.Image([int(n) for n in size], sitk.sitkFloat32)
    grid.SetSpacing((GRID_MM,) * 3)
    grid.SetOrigin(tuple(float(c) for c in low))
    return grid


def _sampled(image: sitk.Image, grid: sitk.Image, movement: sitk.Transform, outside: float = -1000.0) -> sitk.Image:
    return sitk.Resample(image, grid, movement, sitk.sitkLinear, outside)


def _resized(image: sitk.Image) -> sitk.Image:
    """The moving scan on voxels of about 2 mm: finer ones only cost time."""
    factor = [max(1, round(GRID_MM / s)) for s in image.GetSpacing()]
    return sitk.BinShrink(image, factor) if max(factor) > 1 else image


def _clamped(image: sitk.Image) -> sitk.Image:
    return sitk.Clamp(image, sitk.sitkFloat32, *CLAMP_HU)


def _matched(fixed: sitk.Image, moving: sitk.Image, centre: FloatArray, report: Report) -> sitk.Transform:
    start = sitk.Euler3DTransform()
    start.SetCenter(tuple(float(c) for c in centre))
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.3)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 0.005, 150, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(LEVELS)
    method.SetSmoothingSigmasPerLevel([level / 2 for level in LEVELS])
    method.SetInitialTransform(start, inPlace=False)
    method.AddCommand(sitk.sitkMultiResolutionIterationEvent, lambda: report(0.5, "matching the non-contrast scan"))
    try:
        return method.Execute(fixed, moving)
    except RuntimeError as error:
        raise GeometryError(
            "The two scans could not be matched.", "They have too little in common.", "Choose another non-contrast scan."
        ) from error


def _matrix(movement: sitk.Transform) -> FloatArray:
    origin = np.array(movement.TransformPoint((0.0, 0.0, 0.0)))
    axes = [np.array(movement.TransformPoint(tuple(axis))) - origin for axis in np.eye(3).tolist()]
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = np.stack(axes, axis=1), origin
    return matrix


def _correlation(first: sitk.Image, second: sitk.Image) -> float:
    a, b = (sitk.GetArrayFromImage(image).astype(float).ravel() for image in (first, second))
    inside = b > -1999.0
    if inside.sum() < 100:
        return 0.0
    a, b = np.clip(a[inside], *CLAMP_HU), np.clip(b[inside], *CLAMP_HU)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
