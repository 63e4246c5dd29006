import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

import planner.report.output_folder
from planner.plan import Plan, SeriesRef
from planner.plan_json import plan_to_json
from planner.report.output_folder import staged, write_bytes
from recon.errors import OutputError
from recon.report import Cancelled

SERIES = SeriesRef("1.2.3", "1.2", "PH-1")


def put(folder, series=SERIES, **files):
    with staged(folder, series) as stage:
        write_bytes(stage / "plan.json", plan_to_json(Plan(series=series)).encode())
        for name, content in files.items():
            write_bytes(stage / name.replace("__", "/").replace("_", "."), content)


def names(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_files_arrive_in_a_new_folder_with_its_parents(tmp_path):
    put(tmp_path / "a" / "b" / "out", views_csv=b"1", dicom__report_dcm=b"2")
    assert names(tmp_path / "a") == ["b/out/dicom/report.dcm", "b/out/plan.json", "b/out/views.csv"]


def test_files_of_others_stay_and_own_ones_are_replaced(tmp_path):
    (tmp_path / "dicom").mkdir()
    (tmp_path / "my notes.txt").write_text("keep")
    (tmp_path / "dicom" / "theirs.dcm").write_text("keep too")
    put(tmp_path, views_csv=b"old")
    put(tmp_path, views_csv=b"new")
    assert (tmp_path / "views.csv").read_bytes() == b"new"
    assert names(tmp_path) == ["dicom/theirs.dcm", "my notes.txt", "plan.json", "views.csv"]


def test_results_that_the_new_run_does_not_have_are_removed(tmp_path):
    put(tmp_path, dicom__segmentation_dcm=b"old", views_csv=b"old")
    put(tmp_path, views_csv=b"new")
    assert names(tmp_path) == ["plan.json", "views.csv"]
    assert not (tmp_path / "dicom").exists()


@pytest.mark.parametrize("other", [replace(SERIES, series_uid="9.9"), replace(SERIES, patient_id="PH-2")])
def test_results_of_another_patient_or_series_are_never_mixed_in(tmp_path, other):
    put(tmp_path, views_csv=b"first")
    with pytest.raises(OutputError, match="another patient or series"):
        put(tmp_path, series=other, views_csv=b"second")
    assert (tmp_path / "views.csv").read_bytes() == b"first"


def test_a_folder_with_a_plan_that_cannot_be_read_is_left_alone(tmp_path):
    (tmp_path / "plan.json").write_text("{ my own file")
    with pytest.raises(OutputError, match="cannot be read"):
        put(tmp_path)
    assert (tmp_path / "plan.json").read_text() == "{ my own file"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        put(tmp_path / "out")


@pytest.mark.parametrize("failure", [Cancelled(), OSError(errno.ENOSPC, "No space left on device"), ValueError("defect")])
@pytest.mark.parametrize("exists", [True, False])
def test_a_failure_on_the_way_leaves_nothing_behind(tmp_path, failure, exists):
    folder = tmp_path / "deep" / "out"
    if exists:
        put(folder, views_csv=b"before")
    wanted = OutputError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(wanted), staged(folder, SERIES) as stage:
        write_bytes(stage / "views.csv", b"half")
        raise failure
    assert names(tmp_path) == (["deep/out/plan.json", "deep/out/views.csv"] if exists else [])
    assert [p.name for p in tmp_path.rglob("*") if p.is_dir()] == (["deep", "out"] if exists else [])
    if exists:
        assert (folder / "views.csv").read_bytes() == b"before"


def test_disk_full_is_told_with_its_place(tmp_path):
    with pytest.raises(OutputError, match="No space left") as raised, staged(tmp_path / "out", SERIES):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.exit_code == 1 and "nothing was written" in raised.value.advice


def test_a_move_that_fails_half_way_puts_the_old_files_back(tmp_path, monkeypatch):
    put(tmp_path, scores_json=b"old", views_csv=b"old")
    real = Path.replace

    def failing(self, target):
        if self.name == "views.csv" and Path(target).parent == tmp_path and "replaced" not in self.parts:
            raise OSError(errno.EIO, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(planner.report.output_folder.Path, "replace", failing)
    with pytest.raises((OutputError, OSError)):
        put(tmp_path, scores_json=b"new", views_csv=b"new")
    monkeypatch.undo()
    assert (tmp_path / "scores.json").read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_is_an_output_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        put(tmp_path / "out")
    tmp_path.chmod(0o700)


def test_a_path_through_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text(json.dumps({}))
    with pytest.raises(OutputError, match="cannot be written"):
        put(tmp_path / "file" / "out")
