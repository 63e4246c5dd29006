"""Choosing among several series and phases, the quality panel, and what a reader decides there."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QInputDialog

from planner.session import journal_path, series_ref
from recon.intake import load_volume
from recon.quality import quality_panel
from recon.report import silent
from recon.volume import Finding
from tests.recon.dicom.ct_files import Series, dataset, save, write
from tests.ui.made_case import made_analysis, made_volume
from ui import case_work
from ui.panels.series_browser import SeriesBrowser

BASE = Series(count=64, rows=16, columns=16, spacing_mm=(0.4, 0.4))
REAL_LOOK, REAL_LOAD = case_work._looked, case_work._loaded


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A disc with a two-phase series, a calcium score, a bolus picture and a series of another patient."""
    for n, pct in enumerate((40.0, 75.0)):
        series = replace(BASE, series_uid="1.2.3.1")
        for k, position in enumerate(series.grid()[0]):
            tags = {"NominalPercentageOfCardiacPhase": pct, "AcquisitionNumber": n + 7, "SeriesDescription": "CorCTA"}
            save(dataset(series, position, n * 64 + k, **tags), tmp_path / "cd" / f"{n}_{k}")
    score = replace(BASE, series_uid="1.2.3.2", step_mm=3.0, count=30, tags={"SeriesDescription": "CaScore"})
    write(tmp_path / "cd" / "score", score)
    write(tmp_path / "cd" / "bolus", replace(BASE, series_uid="1.2.3.3", count=1, tags={"SeriesDescription": "Bolus"}))
    other = {"PatientName": "Other^Person", "PatientID": "P2", "StudyInstanceUID": "1.2.9", "SeriesDescription": "CorCTA 75 %"}
    write(tmp_path / "cd" / "other", replace(BASE, series_uid="1.2.9.1", count=40, tags=other))
    return tmp_path / "cd"


@pytest.fixture
def reading(window, engine, monkeypatch, tmp_path):
    """The window with the real intake; analyzing stays replaced."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setattr(case_work, "_looked", REAL_LOOK)
    monkeypatch.setattr(case_work, "_loaded", REAL_LOAD)
    monkeypatch.setattr(window.work, "_ask_replace", lambda opened, new: False)
    return window


def rows(browser: SeriesBrowser) -> list[tuple[str, ...]]:
    return [tuple(item.text(column) for column in range(7)) for item in browser._rows]


def listed(qtbot, window, disc) -> SeriesBrowser:
    window.open(disc)
    qtbot.waitUntil(window.series_dialog.isVisible, timeout=20000)
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=20000)
    return window.series_dialog.browser


def pick(browser: SeriesBrowser, words: str) -> None:
    item = next(item for item in browser._rows if words in " ".join(item.text(c) for c in range(7)))
    browser.tree.setCurrentItem(item)
    browser.open.click()


def test_several_series_are_listed_with_patient_study_phase_grid_kernel_picture_and_the_reason(qtbot, reading, disc):
    browser = listed(qtbot, reading, disc)
    heads = [browser.tree.topLevelItem(i).text(0) for i in range(browser.tree.topLevelItemCount())]
    assert len(heads) == 2
    assert {"Muster Anna" in head for head in heads} == {True, False}
    assert all("ID P" in head and "born 1950-01-02" in head and "CT 2026-01-02" in head for head in heads)
    table = rows(browser)
    assert table[0][:6] == ("CorCTA", "75 %", "64", "1.00 × 0.40", "1 mm", "Bv40")
    assert table[0][6] == "★ most fit"
    assert [row[6] for row in table].count("★ most fit") == 1
    assert ("Bolus", "refused") in [(row[0], row[6]) for row in table]
    assert "mid-diastole, 75 %" in browser.reason.text()
    assert "told apart by: Nominal Percentage" in browser.findings.toPlainText()
    assert all(not item.icon(0).isNull() for item in browser._rows)
    assert not browser.preview.pixmap().isNull()
    assert reading.model.analysis is None


def test_a_refused_series_says_why_and_cannot_be_opened(qtbot, reading, disc):
    browser = listed(qtbot, reading, disc)
    browser.tree.setCurrentItem(next(item for item in browser._rows if item.text(0) == "Bolus"))
    assert "One slice is not a volume" in browser.reason.text()
    assert not browser.open.isEnabled()


def test_the_proposed_phase_opens_without_an_override(qtbot, reading, disc, engine):
    browser = listed(qtbot, reading, disc)
    qtbot.mouseClick(browser.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(engine.plans) and not reading.jobs.running, timeout=20000)
    assert reading.model.analysis.volume.acquisition.phase_pct == 75.0
    assert engine.plans[-1].overrides == ()
    assert engine.plans[-1].stack.key == "1.2.3.1#75 %"
    assert not reading.series_dialog.isVisible()


def test_another_phase_is_opened_and_logged_in_plan_and_journal(qtbot, reading, disc, engine):
    pick(listed(qtbot, reading, disc), "40 %")
    qtbot.waitUntil(lambda: bool(engine.plans) and not reading.jobs.running, timeout=20000)
    plan = engine.plans[-1]
    assert reading.model.analysis.volume.acquisition.phase_pct == 40.0
    (override,) = plan.overrides
    assert override.subject == "series"
    assert "CorCTA 40 % was chosen. The program proposed CorCTA 75 %" in override.text
    journal = journal_path(reading.work.journal_folder, series_ref(reading.model.analysis.volume))
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["label"].startswith("override of series: CorCTA 40 %")
    assert lines[0]["plan"]["overrides"][0]["text"] == override.text


def test_the_split_can_be_told_apart_otherwise_and_that_is_logged(qtbot, reading, disc, engine):
    browser = listed(qtbot, reading, disc)
    browser.rules.setCurrentIndex(browser.rules.findData("acquisition-number"))
    browser.rules.activated.emit(browser.rules.currentIndex())
    qtbot.waitUntil(lambda: {row[1] for row in rows(browser)} >= {"7", "8"}, timeout=20000)
    pick(browser, "CorCTA 8")
    qtbot.waitUntil(lambda: bool(engine.plans) and not reading.jobs.running, timeout=20000)
    plan = engine.plans[-1]
    assert (plan.stack.key, plan.stack.phase_rule) == ("1.2.3.1#8", "acquisition-number")
    assert "phase-split" in [o.subject for o in plan.overrides]


def test_the_list_opens_from_the_open_case_and_another_patient_is_never_swapped_in(qtbot, reading, disc, engine, monkeypatch):
    pick(listed(qtbot, reading, disc), "★")
    qtbot.waitUntil(lambda: bool(engine.plans) and not reading.jobs.running, timeout=20000)
    before, asked = reading.model.analysis, []
    monkeypatch.setattr(reading.work, "_ask_replace", lambda old, new: asked.append(new.identity.patient_id) or False)
    reading.show_step("series")
    reading.series_page.browse.click()
    qtbot.waitUntil(lambda: reading.series_dialog.isVisible() and not reading.jobs.running, timeout=20000)
    browser = reading.series_dialog.browser
    assert "Muster Anna" in reading.series_dialog.who.text()
    assert [row[0] for row in rows(browser) if "open now" in row[0]] == ["CorCTA\nopen now"]
    analyses = len(engine.plans)
    other = next(item for item in browser._rows if browser._entry_of(item).identity.patient_id == "P2")
    browser.tree.setCurrentItem(other)
    browser.open.click()
    qtbot.waitUntil(lambda: bool(asked) and not reading.jobs.running, timeout=20000)
    assert asked == ["P2"]
    assert reading.model.analysis is before
    assert len(engine.plans) == analyses
    assert "stays" in reading.status.message.text()


def test_a_result_of_another_patient_that_comes_home_late_is_not_shown(opened):
    other = made_analysis(made_volume(24, 3.0, identity=replace(opened.model.analysis.volume.identity, patient_id="MU-9")))
    before = opened.model.analysis
    opened.model.show_again(other)
    assert opened.model.analysis is before


def test_several_paths_dropped_together_are_opened_together(qtbot, window, engine, tmp_path):
    paths = tmp_path / "a", tmp_path / "b"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, action = QPointF(10, 10), Qt.DropAction.CopyAction
    event = QDropEvent(at, action, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.model.occlusion is not None, timeout=5000)
    assert engine.loaded == [paths]
    assert window.model.source == paths[0]


def test_listing_can_be_cancelled(qtbot, window, monkeypatch):
    started = threading.Event()

    def endless(source, rule, report):
        while True:
            report(0.4, "Reading 3000 headers")
            started.set()

    monkeypatch.setattr(case_work, "_looked", endless)
    window.open(Path("slow"))
    qtbot.waitUntil(started.is_set)
    qtbot.waitUntil(lambda: "Reading 3000 headers" in window.status.work.text())
    window.run("job.cancel")
    qtbot.waitUntil(lambda: not window.jobs.running)
    assert "cancelled" in window.status.message.text()


def test_the_panel_shows_every_line_with_value_limit_mark_and_verdict(qtbot, opened):
    analysis = opened.model.analysis
    opened.model.show_again(replace(analysis, quality=quality_panel(analysis.volume, analysis.tree)))
    opened.show_step("series")
    table = opened.series_page.quality.table
    shown = [[table.topLevelItem(i).text(c) for c in range(6)] for i in range(table.topLevelItemCount())]
    assert len(shown) == len(quality_panel(analysis.volume, analysis.tree))
    by_name = {row[1]: row for row in shown}
    assert by_name["Tube voltage"][:3] == ["· recorded", "Tube voltage", "120 kV"]
    assert by_name["Voxel size (x, y, z)"][0] == "△ outside"
    assert by_name["Slice thickness"][0] == "? unknown"
    assert all(row[4] == "E" for row in shown)
    assert "outside limits" in opened.identity.quality.text()


def test_stents_and_grafts_are_tagged_in_the_plan_and_can_be_taken_back(qtbot, opened, engine):
    opened.show_step("series")
    panel = opened.series_page.quality
    panel.vessel.setCurrentText("RCA")
    panel.add.click()
    assert [(t.kind, t.vessel) for t in opened.model.plan.implants] == [("stent", "RCA")]
    assert opened.model.session.undo_label == "stent seen"
    qtbot.waitUntil(lambda: not opened.jobs.running)
    assert panel.tagged.currentText().startswith("stent, RCA")
    panel.remove.click()
    assert opened.model.plan.implants == ()
    panel.none.click()
    assert [t.kind for t in opened.model.plan.implants] == ["none"]
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_a_block_is_lifted_with_a_reason_only(qtbot, opened, engine, monkeypatch):
    block = Finding("not-hounsfield", "whole volume", "Not Hounsfield units.", "Nothing is measured.", "Check.", True)
    gap = Finding("missing-slices", "5", "Slices are missing.", "Nothing is measured there.", "Export again.", True)
    opened.model.show_again(replace(opened.model.analysis, findings=(gap, block)))
    opened.show_step("series")
    page = opened.series_page
    page.findings.setCurrentItem(page.findings.topLevelItem(0))
    assert not page.override.isEnabled()
    page.findings.setCurrentItem(page.findings.topLevelItem(1))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("  ", True))
    page.override.click()
    assert opened.model.plan.overrides == ()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("checked against air", True))
    page.override.click()
    (override,) = opened.model.plan.overrides
    assert (override.subject, override.text) == ("finding:not-hounsfield", "checked against air")
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_that_more_series_lie_here_stands_first_on_the_page(opened):
    other = Finding("other-series", "CTA", "3 other CT series of 2 patients lie here.", "The most fit was opened.", "Check.")
    opened.model.show_again(replace(opened.model.analysis, findings=(*opened.model.analysis.findings, other)))
    opened.show_step("series")
    assert "2 patients" in opened.series_page.findings.topLevelItem(0).text(0)
    assert "2 patients" in opened.series_page.choice_note.text()


def test_the_key_of_an_entry_opens_the_same_stack_again(disc):
    volume = load_volume(disc, silent, "1.2.3.1#8", phase_rule="acquisition-number")
    assert (volume.acquisition.series_key, volume.acquisition.split_by) == ("1.2.3.1#8", "acquisition-number")
    assert volume.acquisition.phase_pct is None
