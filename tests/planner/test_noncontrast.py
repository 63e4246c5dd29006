"""A non-contrast scan is scored by artery: calcium at an artery counts for it, other calcium does not, contrast is refused."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from planner import cli, noncontrast
from planner.noncontrast import artery_of, noncontrast_scores
from planner.report.contract import json_text
from planner.report.noncontrast import noncontrast_note, noncontrast_object, noncontrast_rows
from planner.run import Outcome
from recon.alignment import Registration
from recon.centerline import Centerline
from recon.dicom.write import write_series
from recon.errors import PlannerError
from recon.geometry import Geometry
from recon.vessels import Aorta, Segment, Tree, Vessel
from recon.volume import Finding, Identity, Volume
from tests.planner.test_cli import empty_chest

WHO = Identity("TEST^A", "T1", "19600101", "F", "20260102", "1.2", "1.2.3", "CT")
SHIFT = np.array([4.0, 0.0, 0.0])
SAME = Registration(np.block([[np.eye(3), SHIFT[:, None]], [np.zeros((1, 3)), 1.0]]), 4.0, 0.0, 0.9)


def vessel(name, x_mm, parent=None, segments=()):
    line = Centerline.through([[x_mm, 20.0, 55.0], [x_mm, 20.0, 5.0]])
    ones = np.ones(len(line.s_mm))
    return Vessel(name, line, ones, ones, parent, segments=segments)


TREE = Tree(
    (
        vessel("RCA", 10.0),
        vessel("LAD", 30.0, segments=(Segment(5, 0.0, 12.0), Segment(6, 12.0, 50.0))),
        vessel("D1", 40.0, "LAD"),
        vessel("SVG1", 50.0),
    ),
    (),
    Aorta(np.array([[20.0, 40.0, 30.0], [20.0, 40.0, 50.0]]), np.array([10.0, 10.0]), 400.0, 20.0),
    None,
    None,
)


def scan(spots, identity=WHO, aorta_hu=45, slices=20):
    """Spots are (x, y, z, hu) in contrast coordinates, each 2 x 2 pixels of 1 mm in one slice of 3 mm."""
    hu = np.full((slices, 60, 70), 45, dtype=np.int16)
    hu[:, 35:46, 15:30] = aorta_hu
    for x, y, z, value in spots:
        i, j, k = round(x + SHIFT[0]), round(y), round(z / 3)
        hu[k, j : j + 2, i : i + 2] = value
    return Volume(hu, Geometry.axial(hu.shape, (3.0, 1.0, 1.0), (0.0, 0.0, 0.0)), identity)


@pytest.fixture
def analysis(monkeypatch):
    monkeypatch.setattr(noncontrast, "register", lambda *_: SAME)
    return SimpleNamespace(volume=scan(()), tree=TREE)


def agatston(found):
    return {score.artery: score.agatston.best for score in found.arteries}


def test_calcium_counts_for_the_artery_it_lies_at(analysis):
    found = noncontrast_scores(analysis, scan([(10, 20, 30, 450), (30, 20, 12, 250), (40, 20, 30, 150)]))
    assert agatston(found) == {"LM": 0.0, "LAD": 4 * 2 + 4 * 1, "LCx": 0.0, "RCA": 4 * 4}
    assert found.total.agatston.best == 28.0


def test_the_left_main_is_its_own(analysis):
    assert agatston(noncontrast_scores(analysis, scan([(30, 20, 51, 450)])))["LM"] == 16.0


def test_calcium_far_from_every_artery_and_at_grafts_is_not_counted(analysis):
    found = noncontrast_scores(analysis, scan([(20, 50, 30, 900), (50, 20, 30, 900)]))
    assert found.total.agatston.high == 0.0


def test_calcium_near_the_limit_makes_the_range(analysis):
    # Its nearest pixel is 4 mm from the RCA: outside the narrow limit, inside the usual one.
    found = noncontrast_scores(analysis, scan([(14, 20, 30, 450)]))
    rca = next(s for s in found.arteries if s.artery == "RCA").agatston
    assert (rca.low, rca.best, rca.high) == (0.0, 16.0, 16.0)


def test_mass_is_given_only_with_a_factor(analysis):
    spots = [(10, 20, 30, 450)]
    assert noncontrast_scores(analysis, scan(spots)).total.score.mass_mg is None
    assert noncontrast_scores(analysis, scan(spots), 0.001).total.score.mass_mg == pytest.approx(0.001 * 12 * 450)


def test_a_scan_with_contrast_is_refused(analysis):
    with pytest.raises(PlannerError, match="with contrast"):
        noncontrast_scores(analysis, scan((), aorta_hu=300))


@pytest.mark.parametrize("name", ["patient_id", "patient_name", "birth_date"])
def test_another_patient_is_refused(analysis, name):
    with pytest.raises(PlannerError, match="another patient"):
        noncontrast_scores(analysis, scan((), identity=replace(WHO, **{name: "other"})))


def test_values_that_are_no_hounsfield_units_are_refused(analysis):
    volume = replace(scan(()), findings=(Finding("not-hounsfield", "", "No HU.", "", "Export again."),))
    with pytest.raises(PlannerError, match="cannot be scored"):
        noncontrast_scores(analysis, volume)


def test_without_arteries_nothing_can_be_scored(analysis):
    analysis.tree = Tree((), (), None, None, None)
    with pytest.raises(PlannerError, match="arteries"):
        noncontrast_scores(analysis, scan(()))


def test_a_doubtful_match_gives_no_arteries_but_a_finding(analysis, monkeypatch):
    monkeypatch.setattr(noncontrast, "register", lambda *_: replace(SAME, correlation=0.2))
    found = noncontrast_scores(analysis, scan([(10, 20, 30, 450)]))
    assert found.arteries == () and found.total is None
    assert [f.code for f in found.findings] == ["noncontrast-not-matched"]
    assert noncontrast_rows(found) == [] and "correlation 0.20" in noncontrast_note(found)


def test_thick_slices_are_a_finding(analysis):
    thick = scan(())
    matrix = thick.geometry.lps_from_index.copy()
    matrix[:3, 0] *= 5 / 3
    found = noncontrast_scores(analysis, replace(thick, geometry=Geometry(thick.geometry.shape, matrix)))
    assert "noncontrast-slices" in [f.code for f in found.findings]


def test_a_branch_of_a_branch_counts_for_its_main_vessel():
    tree = replace(TREE, vessels=(*TREE.vessels, vessel("B1", 42.0, "D1")))
    assert artery_of(tree.vessel("B1"), tree, 3.0) == "LAD"
    assert artery_of(tree.vessel("SVG1"), tree, 3.0) is None


def test_the_file_names_the_scan_and_every_artery(analysis):
    value = json.loads(json_text(noncontrast_object(noncontrast_scores(analysis, scan([(10, 20, 30, 450)])))))
    assert value["scan"] == "non-contrast" and value["threshold_hu"] == 130
    assert [a["artery"] for a in value["arteries"]] == ["LM", "LAD", "LCx", "RCA"]
    assert value["total"]["mass_mg"] is None and value["total"]["agatston"]["best"] == 16.0


def test_the_report_says_that_mass_needs_a_calibration(analysis):
    rows = noncontrast_rows(noncontrast_scores(analysis, scan([(10, 20, 30, 450)])))
    assert rows[-1][0] == "all arteries" and rows[-1][3] == "no calibration"


def test_a_non_contrast_scan_that_is_not_there_is_told_before_anything_is_computed(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("planner.run.analyze", lambda *_: pytest.fail("analyzed too early"))
    write_series(empty_chest(), tmp_path / "series")
    arguments = ["analyze", str(tmp_path / "series"), "--out", str(tmp_path / "out"), "--noncontrast", str(tmp_path / "absent")]
    assert cli.main(arguments) == 1
    assert "absent" in capfd.readouterr().err and not (tmp_path / "out").exists()


def test_the_shell_hands_scan_and_factor_on_and_tells_the_scores(tmp_path, monkeypatch, capfd):
    given = []

    def made(source, out, report, **options):
        given.append((options["noncontrast"], options["calibration_mg_per_mm3_hu"]))
        return Outcome(None, ("Agatston score of the non-contrast scan 28",), ())

    monkeypatch.setattr("planner.run.analyze_series", made)
    assert cli.main(["analyze", "a", "--out", str(tmp_path), "--noncontrast", "b", "--calibration", "0.001"]) == 0
    assert given == [(Path("b"), 0.001)] and "Agatston score" in capfd.readouterr().out
