import numpy as np
import pytest

from recon.carm import CArm
from recon.centerline import Centerline
from recon.drr import Frame, radiograph, simulated_angiogram
from recon.errors import GeometryError
from recon.geometry import Geometry
from recon.report import Cancelled
from recon.vessels import Vessel
from recon.volume import Volume

CENTER = np.array([5.0, -12.0, 30.0])


def mm(*offset):
    return np.array(offset, float)


def frame(primary=0.0, secondary=0.0, **more):
    return Frame(CENTER, primary, secondary, CArm(), **({"shape": (101, 101), "field_mm": 100.0} | more))


def tube(start, end, radius_mm=2.0, name="RCA"):
    line = Centerline.through(np.linspace(start, end, 12))
    return Vessel(name, line, np.full(len(line.s_mm), radius_mm), np.ones(len(line.s_mm)))


def volume_with(index, value=2000, spacing=(2.0, 1.5, 1.0), direction=None):
    hu = np.full((40, 50, 60), -1000, dtype=np.int16)
    hu[tuple(slice(i - 1, i + 2) for i in index)] = value
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[0, 0, spacing[2]], [0, spacing[1], 0], [spacing[0], 0, 0]])
    if direction is not None:
        matrix[:3, :3] = direction @ matrix[:3, :3]
    middle = matrix[:3, :3] @ ((np.array(hu.shape) - 1) / 2)
    matrix[:3, 3] = CENTER - middle
    return Volume(hu, Geometry(hu.shape, matrix))


@pytest.mark.parametrize(("primary", "secondary"), [(0, 0), (45, 0), (-30, 25), (90, -20), (50, -30)])
def test_a_bright_voxel_shows_where_the_projection_says(primary, secondary):
    turn = np.radians(20)
    oblique = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    for direction in (None, oblique):
        volume = volume_with((30, 12, 45), direction=direction)
        view = frame(primary, secondary)
        picture = radiograph(volume, view, step_mm=0.5)
        row, column, _ = view.pixels(volume.geometry.points_mm((30, 12, 45)))
        weights = picture.astype(float)
        rows, columns = np.mgrid[0:101, 0:101]
        assert (weights * rows).sum() / weights.sum() == pytest.approx(float(row), abs=0.3)
        assert (weights * columns).sum() / weights.sum() == pytest.approx(float(column), abs=0.3)


def test_water_is_as_thick_as_it_is():
    volume = volume_with((20, 25, 30))
    hu = np.zeros(volume.hu.shape, dtype=np.int16)
    picture = radiograph(Volume(hu, volume.geometry), frame(), step_mm=0.2)
    assert picture[50, 50] == pytest.approx(49 * 1.5, rel=1e-3)
    assert picture[0, 0] == 0.0


def test_patient_left_is_picture_right_from_the_front_and_head_is_up():
    left, head = CENTER + mm(20, 0, 0), CENTER + mm(0, 0, 20)
    view = frame()
    assert view.pixels(left)[1] > view.pixels(CENTER)[1]
    assert view.pixels(head)[0] < view.pixels(CENTER)[0]
    picture = simulated_angiogram([tube(left, left + mm(10.0, 0, 0))], view, {})
    assert picture[:, 60:].max() > 3 and picture[:, :50].max() == 0


def test_a_tube_is_as_thick_as_its_diameter_and_as_wide_as_it_is_magnified():
    picture = simulated_angiogram([tube(CENTER - mm(0, 0, 30), CENTER + mm(0, 0, 30), 4.0)], frame(shape=(401, 401)), {})
    assert picture[200, 200] == pytest.approx(8.0, rel=1e-3)
    width_px = np.count_nonzero(picture[200] > 0)
    assert width_px * 100 / 401 == pytest.approx(8.0, abs=0.5)


def test_crossing_vessels_add_up_but_a_bend_does_not():
    one, two = tube(CENTER - mm(0, 0, 30), CENTER + mm(0, 0, 30)), tube(CENTER - mm(30, 0, 0), CENTER + mm(30, 0, 0), name="LAD")
    both = simulated_angiogram([one, two], frame(), {})
    assert both[50, 50] == pytest.approx(8.0, rel=1e-2)
    assert simulated_angiogram([one], frame(), {}).max() == pytest.approx(4.0, rel=1e-2)


def test_a_shared_trunk_holds_contrast_once():
    trunk = [CENTER + mm(0, 0, z) for z in range(30, 9, -1)]
    left = Centerline.through([*trunk, CENTER + mm(10, 0, 0), CENTER + mm(20, 0, -10)])
    right = Centerline.through([*trunk, CENTER + mm(-10, 0, 0), CENTER + mm(-20, 0, -10)])
    both = [Vessel(n, c, np.full(len(c.s_mm), 2.0), np.ones(len(c.s_mm))) for n, c in (("LAD", left), ("LCx", right))]
    picture = simulated_angiogram(both, frame(), {})
    assert picture[30, 50] == pytest.approx(4.0, rel=0.02)
    assert picture[57, :45].max() > 3 and picture[57, 56:].max() > 3


def test_an_occluded_range_holds_no_contrast():
    vessel = tube(CENTER - mm(0, 0, 30), CENTER + mm(0, 0, 30))
    picture = simulated_angiogram([vessel], frame(), {"RCA": ((20.0, 40.0),)})
    assert picture[50, 50] == 0.0
    assert picture[75, 50] > 3 and picture[25, 50] > 3


def test_an_impossible_picture_is_refused_and_work_can_be_stopped():
    with pytest.raises(GeometryError, match="size"):
        frame(shape=(1, 5))
    with pytest.raises(GeometryError, match="size"):
        frame(field_mm=float("nan"))

    def stop(fraction, text):
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        radiograph(volume_with((20, 25, 30)), frame(), report=stop)
