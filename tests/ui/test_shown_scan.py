"""The curved view and the section show the contrast scan, the non-contrast scan or the difference, and say which."""

from dataclasses import replace

import numpy as np
import pytest

from planner.other_scan import carried
from planner.subtraction_case import Subtraction
from recon.errors import PlannerError
from recon.estimate import Band, Estimate
from recon.scan_pair import ScanPair, cut_hu, section_hu
from recon.subtracted_sections import SubtractedSections
from recon.volume import Volume
from ui import other_scan_work
from ui.shown_scan import BARE, CONTRAST, DIFFERENCE, SCANS, WINDOWS

BARE_HU = 45


def compared_case(analysis):
    """The analysis with a second scan of one grey, matched on the first 20 mm of every vessel."""
    vessels = {}
    for vessel in analysis.tree.vessels:
        sections = analysis.sections.get(vessel.name)
        if sections is None:
            continue
        n, line = len(sections.s_mm), vessel.centerline
        band, used = Band(np.zeros(n), np.zeros(n), np.ones(n)), sections.s_mm < 20.0
        vessels[vessel.name] = SubtractedSections(
            sections.s_mm, np.zeros((n, 3)), np.full(n, 0.2), np.full(n, 0.2), np.full(n, 0.9), used, band, band, band, band,
            np.full(n, "seen"), np.full(n, "A"), line, "made", line,
        )  # fmt: skip
    blur = Estimate(0.6, 0.8, 1.0)
    bare = Volume(np.full(analysis.volume.hu.shape, BARE_HU, np.int16), analysis.volume.geometry, analysis.volume.identity)
    made = Subtraction("1.2", "bare", 1.0, blur, blur, vessels, (), (), bare)
    return replace(analysis, subtraction=made), ScanPair(bare, analysis.volume, bare)


@pytest.fixture
def shown(opened):
    analysis, pair = compared_case(opened.model.analysis)
    opened.model.show_compared(analysis, pair)
    return opened


def key_of(window):
    return window.middle.curved.image_key(), window.section.image_key()


def test_one_key_shows_each_scan_in_turn(shown):
    seen = []
    for _ in SCANS:
        shown.run("view.scan")
        seen.append(shown.model.scan)
    assert seen == [BARE, DIFFERENCE, CONTRAST]


def test_what_is_shown_is_said_on_the_picture_and_in_the_titles(shown):
    assert shown.model.scan_label == ""
    shown.model.go_to(5.0)
    shown.run("view.scan")
    assert shown.model.scan_label == "NON-CONTRAST SCAN"
    assert "NON-CONTRAST SCAN" in shown.middle.curved_frame._title.text()
    assert "NON-CONTRAST SCAN" in shown.section_frame._title.text()
    shown.run("view.scan")
    assert "DIFFERENCE" in shown.model.scan_label
    shown.model.go_to(30.0)
    assert "do not match" in shown.model.scan_label


def test_each_scan_has_its_own_brightness_and_picture(shown):
    keys, windows = [], []
    for _ in SCANS:
        keys.append(key_of(shown))
        windows.append(shown.model.shown_window)
        shown.run("view.scan")
    assert len(set(keys)) == 3 and windows[1:] == [WINDOWS[BARE], WINDOWS[DIFFERENCE]]
    assert windows[0] is shown.model.window


def test_the_pictures_are_those_of_the_scans(shown):
    model = shown.model
    own = model.compared
    assert cut_hu(model.pair, own, False, 0.0, 0.5, 4.0)[10, 8] == BARE_HU
    both = section_hu(model.pair, own, True, 5.0, 4.0, 0.5)
    first = section_hu(replace(model.pair, other=model.analysis.volume), own, False, 5.0, 4.0, 0.5)
    assert np.nanmax(np.abs(both - (first - BARE_HU))) < 1.0


def test_without_a_second_scan_the_key_says_so(opened):
    opened.run("view.scan")
    assert opened.model.scan == CONTRAST and opened.model.scan_label == ""


def test_another_case_begins_with_its_own_scan(shown):
    shown.run("view.scan")
    shown.model.show_case(shown.model.analysis, shown.model.session, None)
    assert shown.model.scan == CONTRAST and shown.model.pair is None


def test_a_newer_analysis_keeps_the_comparison_of_vessels_that_did_not_move(shown):
    old = shown.model.analysis
    scores = old.noncontrast or type("Scores", (), {"findings": ()})()
    old = replace(old, noncontrast=scores)
    plain = replace(old, noncontrast=None, subtraction=None)
    assert set(carried(plain, old).subtraction.vessels) == set(old.subtraction.vessels)
    name = next(iter(old.subtraction.vessels))
    shorter = replace(plain, sections={k: v for k, v in plain.sections.items() if k != name})
    kept = carried(shorter, old)
    assert name not in kept.subtraction.vessels
    assert [f.where for f in kept.findings if f.code == "subtraction-outdated"] == [name]


def test_loading_runs_in_the_background_and_a_refusal_changes_nothing(opened, qtbot, monkeypatch, tmp_path):
    def refuse(*_):
        raise PlannerError("The non-contrast scan is of another patient.", "Here.", "Choose another.")

    before = opened.model.analysis
    monkeypatch.setattr(other_scan_work, "compared", refuse)
    with qtbot.waitSignal(opened.work.failed, timeout=5000):
        other_scan_work.compare(opened.model, opened.jobs, opened.work, tmp_path)
    assert opened.model.analysis is before and opened.model.pair is None


def test_what_was_loaded_comes_home_as_one_change(opened, qtbot, monkeypatch, tmp_path):
    result = compared_case(opened.model.analysis)
    monkeypatch.setattr(other_scan_work, "compared", lambda *_: result)
    with qtbot.waitSignal(opened.work.told, timeout=5000):
        other_scan_work.compare(opened.model, opened.jobs, opened.work, tmp_path)
    assert opened.model.analysis is result[0] and opened.model.pair is result[1]
