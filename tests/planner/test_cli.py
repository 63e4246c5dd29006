"""The shell as a person calls it: exit codes, three sentences, nothing half-written."""

import json
import os

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import MRImageStorage

from planner import cli
from recon.dicom.write import write_series
from recon.geometry import Geometry
from recon.volume import Acquisition, Identity, Volume


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def empty_chest(slices=12):
    """Soft tissue with noise: a CT in which there is no vessel."""
    hu = np.random.default_rng(5).normal(40, 15, (slices, 64, 64)).astype(np.int16)
    identity = Identity("NOBODY^TEST", "T1", "19600101", "F", "20260102", "1.2.3", "1.2.3.4", "test")
    return Volume(hu, Geometry.axial(hu.shape, (0.5, 0.5, 0.5), (0, 0, 0)), identity, Acquisition(patient_position="HFS"))


@pytest.fixture
def chest_folder(tmp_path):
    folder = tmp_path / "series"
    write_series(empty_chest(), folder)
    return folder


def run(capfd, *arguments):
    status = cli.main([str(a) for a in arguments])
    captured = capfd.readouterr()
    return status, captured.out, captured.err


def test_no_such_folder_is_told_and_nothing_is_written(tmp_path, capfd):
    status, _, told = run(capfd, "analyze", tmp_path / "absent", "--out", tmp_path / "out")
    assert status == 1
    assert "absent" in told and "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_a_folder_without_images_is_told(tmp_path, capfd):
    (tmp_path / "notes.txt").write_text("nothing here")
    status, _, told = run(capfd, "analyze", tmp_path, "--out", tmp_path / "out")
    assert status == 1 and "Traceback" not in told
    assert not (tmp_path / "out").exists()


def test_one_slice_is_no_volume(tmp_path, capfd):
    folder = tmp_path / "series"
    write_series(empty_chest(), folder)
    for file in sorted(folder.iterdir())[1:]:
        file.unlink()
    status, _, told = run(capfd, "analyze", folder, "--out", tmp_path / "out")
    assert status == 1 and "slice" in told.lower()


def test_an_mr_series_is_not_ct(chest_folder, tmp_path, capfd):
    for file in chest_folder.iterdir():
        dataset = dcmread(file)
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
        dataset.Modality = "MR"
        dataset.save_as(file)
    status, _, told = run(capfd, "analyze", chest_folder, "--out", tmp_path / "out")
    assert status == 1 and "CT" in told


def test_no_vessel_found_is_a_result_that_needs_a_reader(chest_folder, tmp_path, capfd):
    status, out, told = run(capfd, "analyze", chest_folder, "--out", tmp_path / "out")
    assert status == cli.NEEDS_READER
    assert "no coronary vessel could be followed" in out
    assert "Needs a reader" in told
    assert json.loads((tmp_path / "out" / "occlusions.json").read_text())["occlusions"] == []
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.skipif(os.name == "nt", reason="folder permissions differ")
def test_an_output_that_is_a_file_is_refused_and_left_alone(chest_folder, tmp_path, capfd):
    target = tmp_path / "out"
    target.write_text("mine")
    status, _, told = run(capfd, "analyze", chest_folder, "--out", target)
    assert status == 1 and "Traceback" not in told
    assert target.read_text() == "mine"


def test_a_full_disk_leaves_nothing_half_written(chest_folder, tmp_path, capfd, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, told = run(capfd, "analyze", chest_folder, "--out", tmp_path / "out")
    assert status == 1 and "No space left" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["analyze"], ["no-such-command"], ["analyze", "x", "--out"], ["score", "absent.json"]])
def test_a_wrong_call_has_its_own_status(arguments, capfd):
    status, _, told = run(capfd, *arguments)
    assert status == 2 and told.strip() and "Traceback" not in told


def test_scores_come_from_facts_alone(tmp_path, capfd):
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"occlusion_length_mm": 28, "bend_deg": 60, "stump": "blunt", "prior_failed_pci": False}))
    status, out, _ = run(capfd, "score", facts)
    sheet = {s["id"]: s for s in json.loads(out)["scores"]}
    assert status == 0
    assert (sheet["j-cto"]["low"], sheet["j-cto"]["high"]) == (3, 4)


@pytest.mark.parametrize(("facts", "named"), [({"lenght_mm": 3}, "lenght_mm"), ({"age_years": -4}, "age_years"), ([1], "object")])
def test_unknown_or_impossible_facts_are_refused_by_name(facts, named, tmp_path, capfd):
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts))
    status, _, told = run(capfd, "score", file)
    assert status == 2 and named in told


def test_a_cancelled_run_writes_nothing(chest_folder, tmp_path, capfd, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.run.analyze", interrupted)
    status, _, told = run(capfd, "analyze", chest_folder, "--out", tmp_path / "out")
    assert status == cli.CANCELLED and "Cancelled" in told
    assert not (tmp_path / "out").exists()
