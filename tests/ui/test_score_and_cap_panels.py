"""The score page's margins and the cap sheet, driven."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from planner.cap_sheet import cap_sheet
from planner.scores import score_facts
from planner.scores.text import by_strategy, chance_text, flip_rows, totals_text
from ui.panels.cap_sheet_dialog import CapSheetDialog, sheet_rows

FACTS = {"occlusion_length_mm": {"low": 21.0, "best": 22.5, "high": 24.5}, "age_years": 70, "sex": "male"}


def test_strategies_stand_side_by_side_with_one_total_each():
    scores = [s for s in score_facts(FACTS).scores if s.id == "progress-complications"]
    (group,) = by_strategy(scores)
    assert totals_text(group) == "wire 3-5, adr 3-5, retrograde 4-6"
    (row,) = flip_rows(group)
    assert row[1:3] == ("by +0.5 mm", "+2")
    assert row[3] == "wire 5 (high); adr 5 (high); retrograde 6 (high)"


def test_the_chances_of_all_totals_are_told_and_add_up():
    score = next(s for s in score_facts(FACTS).scores if (s.id, s.strategy) == ("progress-complications", "wire"))
    chances = dict(part.split(": ") for part in chance_text(score).split(", "))
    assert set(chances) == {"3", "5"}
    assert sum(int(text.rstrip(" %")) for text in chances.values()) == 100


def test_the_score_page_shows_flips_and_chances_of_the_chosen_score(qtbot, opened):
    opened.show_step("scores")
    page = opened.scores_page
    names = [page.scores.topLevelItem(n).text(0) for n in range(page.scores.topLevelItemCount())]
    assert len(names) == len(set(names))  # strategies are in one row
    row = next(n for n, name in enumerate(names) if "Danek" in name)
    assert "retrograde" in page.scores.topLevelItem(row).text(1)
    length = next(n for n, name in enumerate(names) if "Fujino 2018)" in name and "J-CTO" in name)
    page.scores.setCurrentItem(page.scores.topLevelItem(length))
    shown = [page.flips.topLevelItem(n).text(0) for n in range(page.flips.topLevelItemCount())]
    assert "Occlusion length" in shown


@pytest.mark.parametrize("which", ["proximal", "distal"])
def test_the_cap_sheet_opens_from_the_page_with_four_pictures_and_its_numbers(qtbot, opened, which):
    opened.show_step("occlusion")
    opened.occlusion_page.caps[which].sheet.click()
    dialog = opened.occlusion_page.caps[which].dialog
    qtbot.addWidget(dialog)
    assert dialog.isVisible() and len(dialog.pictures) == 4
    assert which in dialog.windowTitle()
    labels = [dialog.rows.topLevelItem(n).text(0) for n in range(dialog.rows.topLevelItemCount())]
    assert {"Cap", "Shape", "Taper index", "Calcium within 2 mm", "No calcium"} <= set(labels)
    QApplication.processEvents()
    for picture in dialog.pictures:
        image = picture.grab().toImage()
        grey = {image.pixelColor(x, y).red() for x in range(20, image.width() - 20, 9) for y in range(40, image.height() - 40, 9)}
        assert len(grey) > 5  # a picture, not an empty field


def test_the_green_rim_of_the_cap_sheet_leaves_the_calcium_out(qtbot, analysis):
    occlusion = analysis.occlusions[0]
    sections = analysis.sections[occlusion.vessel]
    cover = np.full_like(sections.calcium_outer_r_mm, np.nan)
    cover[:, :180] = 1.5
    half = replace(sections, calcium_outer_r_mm=cover)
    vessel = analysis.tree.vessel(occlusion.vessel)
    sheet = cap_sheet(analysis.volume, vessel, occlusion, half, "proximal")
    dialog = CapSheetDialog(sheet, np.zeros(65536, np.uint8))
    qtbot.addWidget(dialog)
    image = dialog.pictures[3].grab().toImage()
    right, left = (image.pixelColor(x, image.height() // 2 + 12) for x in (image.width() - 27, 27))
    assert left.green() > 100 > right.green()  # calcium from 12 to 6 o'clock lies on the right
    told = {row[0]: row[1] for row in sheet_rows(sheet)}
    assert told["No calcium"] == "6:00 to 12:00 o'clock"
