"""Centerline files keep points, names and the hand of the coordinate system."""

import json

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.centerline_io import csv_text, lines_from_csv, lines_from_slicer, lines_from_vtp, slicer_json, vtp_text
from recon.errors import IntakeError
from recon.vessels import Vessel


def _vessel(name: str, shift: float) -> Vessel:
    t = np.linspace(0, 1, 9)
    line = Centerline.through(np.stack([30 * t + shift, -20 * t**2, 10 - 5 * t], axis=1))
    n = len(line.s_mm)
    return Vessel(name, line, np.linspace(1.5, 0.5, n), np.full(n, 0.9))


VESSELS = (_vessel("RCA", 0.0), _vessel("R-PDA", 7.0))


@pytest.mark.parametrize(("write", "read"), [(csv_text, lines_from_csv), (vtp_text, lines_from_vtp)])
def test_lines_come_back_with_their_names(write, read):
    found = read(write(VESSELS))
    assert [name for name, _ in found] == ["RCA", "R-PDA"]
    for vessel, (_, points) in zip(VESSELS, found, strict=True):
        np.testing.assert_allclose(points, vessel.centerline.points_mm, atol=1e-4)


@pytest.mark.parametrize("coordinates", ["LPS", "RAS"])
def test_slicer_curve_comes_back_in_lps_from_either_hand(coordinates):
    ((name, points),) = lines_from_slicer(slicer_json(VESSELS[1], coordinates))
    assert name == "R-PDA"
    np.testing.assert_allclose(points, VESSELS[1].centerline.points_mm, atol=1e-9)


def test_a_ras_file_has_left_and_posterior_negated():
    first = VESSELS[0].centerline.points_mm[-1]
    written = json.loads(slicer_json(VESSELS[0], "RAS"))["markups"][0]["controlPoints"][-1]["position"]
    np.testing.assert_allclose(written, [-first[0], -first[1], first[2]])


def test_vtk_reads_the_vtp_file(tmp_path):
    xml = pytest.importorskip("vtkmodules.vtkIOXML")
    (tmp_path / "tree.vtp").write_text(vtp_text(VESSELS))
    reader = xml.vtkXMLPolyDataReader()
    reader.SetFileName(str(tmp_path / "tree.vtp"))
    reader.Update()
    assert reader.GetOutput().GetNumberOfLines() == 2
    assert reader.GetOutput().GetPoint(1) == pytest.approx(tuple(VESSELS[0].centerline.points_mm[1]), abs=1e-4)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lines_from_csv, "a,b\n1,2\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n1,2,three\n1,2,3\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n1,2,3\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n1,2,nan\n1,2,3\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n1,2,3\n1,2,3.2\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n0,0,0\n20000,0,0\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n0,0,0\n20,0,0\n20,9,0\n10,9,0\n10,-9,0\n"),
        (lines_from_csv, "x_mm,y_mm,z_mm\n0,0,0\n20,0,0\n0,0,0\n"),
        (lines_from_slicer, "{}"),
        (lines_from_slicer, "not json"),
        (lines_from_slicer, '{"markups": [{"coordinateSystem": "XYZ", "controlPoints": []}]}'),
        (lines_from_vtp, "<VTKFile>"),
        (lines_from_vtp, "<VTKFile/>"),
        (lines_from_vtp, '<!DOCTYPE a [<!ENTITY b "c">]><VTKFile/>'),
    ],
)
def test_a_file_without_lines_is_refused_in_plain_words(read, text):
    with pytest.raises(IntakeError, match="cannot be read as centerlines"):
        read(text)
