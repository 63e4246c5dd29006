"""The shell lists series, opens the one that is named, and writes down every choice against the program's proposal."""

from dataclasses import replace
from pathlib import Path

import pytest

from planner import cli, run
from planner.case import Analysis
from planner.plan_json import plan_to_json
from planner.session import new_plan
from recon.quality import quality_panel
from recon.volume import Finding
from tests.recon.dicom.ct_files import Series, dataset, save, write
from tests.ui.made_case import made_analysis


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    series = Series(count=64, rows=12, columns=12, spacing_mm=(0.4, 0.4), series_uid="1.2.3.1")
    for n, pct in enumerate((40.0, 75.0)):
        for k, position in enumerate(series.grid()[0]):
            tags = {"NominalPercentageOfCardiacPhase": pct, "AcquisitionNumber": n + 7}
            save(dataset(series, position, n * 64 + k, **tags), tmp_path / "cd" / f"{n}_{k}")
    write(tmp_path / "cd" / "other", replace(series, series_uid="1.2.3.2", count=30, tags={"PatientID": "P2"}))
    return tmp_path / "cd"


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[Analysis]:
    """What `analyze` was given; the analysis itself and the files are not made."""
    seen: list[Analysis] = []

    def analyze(volume, plan, report):
        made = made_analysis()
        seen.append(replace(made, volume=volume, plan=plan, findings=volume.findings, quality=quality_panel(volume, None)))
        return seen[-1]

    monkeypatch.setattr(run, "analyze", analyze)
    monkeypatch.setattr(run, "write_outputs", lambda *_: ())
    return seen


def shell(capfd, *arguments: object) -> tuple[int, str]:
    status = cli.main([str(a) for a in arguments])
    captured = capfd.readouterr()
    return status, captured.out + captured.err


def test_the_most_fit_is_opened_and_that_there_is_another_patient_is_told_first(disc, analysed, capfd, tmp_path) -> None:
    status, told = shell(capfd, "analyze", disc, "--out", tmp_path / "out")
    assert status == cli.NEEDS_READER
    assert analysed[0].plan.stack.key == "1.2.3.1#75 %"
    assert analysed[0].plan.overrides == ()
    warned = [line for line in told.splitlines() if line.startswith("Needs a reader")]
    assert "1 other CT series of 2 patients lie here" in warned[0]
    assert any(line.startswith("Quality  Tube voltage: 100 kV") for line in told.splitlines())
    assert any("(limit at most 0.75 mm, E): outside" in line for line in told.splitlines())


def test_another_phase_is_opened_by_its_key_and_logged(disc, analysed, capfd, tmp_path) -> None:
    shell(capfd, "analyze", disc, "--out", tmp_path / "out", "--series", "1.2.3.1#40 %", "--reader", "A. Reader")
    (override,) = analysed[0].plan.overrides
    assert (override.subject, override.said.reader) == ("series", "A. Reader")
    assert "The program proposed Cor CTA 75 %" in override.text
    assert analysed[0].volume.acquisition.phase_pct == 40


def test_phases_told_apart_by_a_named_rule(disc, analysed, capfd, tmp_path) -> None:
    shell(capfd, "analyze", disc, "--out", tmp_path / "out", "--phases-by", "acquisition-number")
    assert analysed[0].plan.stack.phase_rule == "acquisition-number"
    assert [o.subject for o in analysed[0].plan.overrides] == ["phase-split"]
    status, told = shell(capfd, "series", disc, "--phases-by", "acquisition-number")
    assert status == 0
    assert "1.2.3.1#7" in told and "1.2.3.1#8" in told
    status, told = shell(capfd, "series", disc, "--phases-by", "horoscope")
    assert status == 2 and "nominal-percentage" in told


def test_a_plan_brings_its_phase_along_and_never_opens_on_another(disc, analysed, capfd, tmp_path) -> None:
    shell(capfd, "analyze", disc, "--out", tmp_path / "out", "--series", "1.2.3.1#40 %")
    (tmp_path / "plan.json").write_text(plan_to_json(analysed[0].plan), encoding="utf-8")
    shell(capfd, "analyze", disc, "--out", tmp_path / "out", "--plan", tmp_path / "plan.json")
    assert analysed[1].volume.acquisition.phase_pct == 40
    assert analysed[1].plan == analysed[0].plan
    status, told = shell(
        capfd, "analyze", disc, "--out", tmp_path / "out", "--plan", tmp_path / "plan.json", "--series", "1.2.3.1#75 %"
    )
    assert status == 1 and "another phase" in told
    assert len(analysed) == 2


def test_an_override_is_told_but_needs_no_reader(analysed, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = made_analysis()
    override = Finding("override", "series", "Overridden by A: reason", "The program would have decided otherwise.", "Undo it.")
    found = replace(analysis, findings=(override,), tree=replace(analysis.tree, problems=()))
    assert run._problem_lines(found) == ()


def test_a_volume_without_series_has_no_stack_key() -> None:
    assert new_plan(made_analysis().volume).stack.key == ""
