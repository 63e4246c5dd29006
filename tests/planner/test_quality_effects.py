"""What the images lack reaches the numbers: along every vessel, in sections.csv, in intervals, flags and the answers."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner import analysis as pipeline
from planner.analysis import analyze
from planner.answers import four_answers
from planner.edits import override, tag_implant, untag_implant, withdraw_override
from planner.plan import Said
from planner.quality_effects import measuring_blocked_by, with_image_quality
from planner.report.tables import sections_csv
from planner.session import new_plan
from recon.centerline import Centerline
from recon.estimate import Estimate
from recon.intake import load_volume
from recon.quality_track import doubtful_runs_mm
from recon.report import silent
from recon.sections import ScanPhysics
from recon.step_artefact import STEP_QUALITY
from recon.vessels import Tree, Vessel
from tests.recon.dicom.ct_files import Series, write
from tests.ui.made_case import made_analysis, made_occlusion, made_sections, rca_line

SAID = Said("A. Reader", "2026-11-21T10:00:00+00:00")
X_MM = {"RCA": 6.0, "LAD": -6.0}
STEP_FROM_MM = 9.0
PHYSICS = ScanPhysics(400.0, 15.0, 8.0, Estimate.exact(0.6), Estimate.exact(0.8))


def tubes_hu(points: np.ndarray, step_mm: float = 0.0) -> np.ndarray:
    """Two vessels along z in fat, each with calcium on its right side; above 9 mm all lies `step_mm` further to the left."""
    x = points[..., 0] - np.where(points[..., 2] > STEP_FROM_MM, step_mm, 0.0)
    hu = np.full(points.shape[:-1], -90.0)
    for x_mm in X_MM.values():
        distance = np.hypot(x - x_mm, points[..., 1])
        for radius, value, steep in ((2.2, 40.0, 0.2), (1.6, 400.0, 0.2)):
            hu += (value - hu) / (1 + np.exp((distance - radius) / steep))
        deposit = np.hypot(x - x_mm + 1.9, points[..., 1])
        hu += (1100.0 - hu) / (1 + np.exp((deposit - 0.7) / 0.15))
    noise = np.random.default_rng(round(100 * abs(float(points[0, 0, 2])))).normal(0, 8, hu.shape)
    return hu + noise


def vessel(name: str) -> Vessel:
    line = Centerline.through([[X_MM[name], 0, 19.0], [X_MM[name], 0, 0.0], [X_MM[name], 0, -15.0]])
    return Vessel(name, line, np.full(len(line.s_mm), 1.6), np.ones(len(line.s_mm)))


@pytest.fixture
def analysed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Files with a quirk -> an analysis; only the search for vessels is replaced, by where the vessels are."""
    monkeypatch.setattr(pipeline, "coronary_tree", lambda *_: Tree((vessel("RCA"), vessel("LAD")), (), None, None, None))
    monkeypatch.setattr(pipeline, "scan_physics", lambda *_: PHYSICS)

    def run(leave_out: tuple[int, ...] = (), step_mm: float = 0.0, is_measured: bool = True, **tags: object):
        if not is_measured:
            stand_in = made_sections(vessel("RCA").centerline, occluded=False)
            monkeypatch.setattr(pipeline, "measure_sections", lambda *_: stand_in)
        series = Series(
            count=70, rows=60, columns=60, spacing_mm=(0.4, 0.4), step_mm=0.5, scene=lambda p: tubes_hu(p, step_mm), tags=tags
        )
        write(tmp_path, series, leave_out=list(leave_out))
        volume = load_volume(tmp_path, silent)
        return analyze(volume, new_plan(volume))

    return run


def rows_of(analysis) -> dict[str, list[dict[str, str]]]:
    rows = list(csv.DictReader(io.StringIO(sections_csv(analysis))))
    return {name: [row for row in rows if row["vessel"] == name] for name in X_MM}


def test_missing_slices_reach_the_table_along_every_vessel_and_block_what_is_measured_there(analysed) -> None:
    gap = range(30, 36)
    analysis = analysed(leave_out=tuple(gap))
    z_mm = np.array([2.0 + 0.5 * (k - 34.5) for k in gap])
    for rows in rows_of(analysis).values():
        z = np.array([float(row["z_mm"]) for row in rows])
        hidden = (z > z_mm.min() - 0.45) & (z < z_mm.max() + 0.45)
        clear = (z < z_mm.min() - 0.6) | (z > z_mm.max() + 0.6)
        assert hidden.sum() >= 6
        for row, is_hidden, is_clear in zip(rows, hidden, clear, strict=True):
            measured = [row[name] for name in ("lumen_area_mm2", "wall_area_mm2", "calcium_area_mm2", "calcium_csa_pct_high")]
            if is_hidden:
                assert (row["quality"], row["grade"], measured) == ("0.000", "D", [""] * 4)
            elif is_clear:
                assert row["quality"] == "1.000"
                assert all(measured)
    assert "missing-slices" in [f.code for f in analysis.findings]


def test_a_step_between_heartbeats_widens_the_calcium_beside_it(analysed) -> None:
    analysis = analysed(step_mm=2.0)
    assert "step" in [f.code for f in analysis.findings]
    for rows in rows_of(analysis).values():
        doubtful = [row for row in rows if row["quality"] == f"{STEP_QUALITY:.3f}"]
        sound = [row for row in rows if row["quality"] == "1.000"]
        assert 1 <= len(doubtful) <= 6
        assert all(abs(float(row["z_mm"]) - STEP_FROM_MM) < 1.5 for row in doubtful)

        def width(row: dict[str, str]) -> float:
            return float(row["calcium_csa_pct_high"]) - float(row["calcium_csa_pct_low"])

        assert min(map(width, doubtful)) > np.median([width(row) for row in sound])


def test_values_that_are_no_hounsfield_units_are_not_measured_until_a_reader_says_so(analysed) -> None:
    analysis = analysed(is_measured=False, RescaleType="Z_EFF")
    (finding,) = measuring_blocked_by(analysis.volume, analysis.plan)
    assert finding.code == "not-hounsfield"
    assert (analysis.physics, analysis.sections) == (None, {})
    (answer,) = four_answers(analysis)
    assert "nothing was measured" in answer.headline
    plan = override(analysis.plan, subject="finding:not-hounsfield", text="these are Hounsfield units", said=SAID)
    again = analyze(analysis.volume, plan, previous=analysis)
    assert set(again.sections) == set(X_MM)
    assert "Overridden by A. Reader: these are Hounsfield units" in [f.what for f in again.findings]
    back = analyze(analysis.volume, withdraw_override(plan, subject="finding:not-hounsfield"), previous=again)
    assert back.sections == {}


def test_the_panel_shows_what_a_reader_tagged(analysed) -> None:
    analysis = analysed(is_measured=False)

    def stents(plan) -> tuple[str, str]:
        row = next(r for r in analyze(analysis.volume, plan, previous=analysis).quality if r.id == "stents")
        return row.text, row.state

    assert stents(analysis.plan) == ("not known", "unknown")
    none = tag_implant(analysis.plan, kind="none", said=SAID)
    assert stents(none) == ("none", "ok")
    both = tag_implant(tag_implant(none, kind="stent", vessel="RCA", said=SAID), kind="graft", vessel="", said=SAID)
    assert stents(both) == ("stent in the RCA, graft", "warn")
    assert untag_implant(untag_implant(both, kind="stent", vessel="RCA"), kind="graft").implants == ()


def damaged(first_mm: float, last_mm: float, quality: float):
    line = rca_line(72.0)
    sections = made_sections(line, occluded=True)
    bad = (sections.s_mm >= first_mm) & (sections.s_mm <= last_mm)
    return made_occlusion(line), replace(sections, quality=np.where(bad, quality, 1.0))


def test_a_cap_in_a_gap_may_lie_anywhere_in_it() -> None:
    before, sections = damaged(28.0, 34.0, 0.0)
    (after,) = with_image_quality((before,), {"RCA": sections})
    assert after.proximal_cap.s_mm.low <= 28.0 and after.proximal_cap.s_mm.high >= 34.0
    assert after.proximal_cap.s_mm.best == before.proximal_cap.s_mm.best
    assert after.distal_cap == before.distal_cap
    assert after.length_mm.low < before.length_mm.low and after.length_mm.high > before.length_mm.high
    assert after.calcium["proximal_cap"].max_csa_pct.high == 100.0
    assert after.calcium["proximal_cap"].max_arc_deg.high == 360.0
    assert after.calcium["distal_cap"] == before.calcium["distal_cap"]
    assert [f.code for f in after.flags][-1] == "image-quality"


def test_a_cap_that_a_reader_placed_and_images_without_fault_stay_as_they_are() -> None:
    before, sections = damaged(28.0, 34.0, 0.0)
    placed = replace(before, proximal_cap=replace(before.proximal_cap, position_state="edited"))
    (after,) = with_image_quality((placed,), {"RCA": sections})
    assert after.proximal_cap == placed.proximal_cap
    sound = replace(sections, quality=np.ones_like(sections.quality))
    assert with_image_quality((before,), {"RCA": sound}) == (before,)


def test_between_the_caps_no_lumen_is_claimed_where_there_is_no_image() -> None:
    made = made_analysis()
    blind = (made.sections["RCA"].s_mm >= 36.0) & (made.sections["RCA"].s_mm <= 40.0)
    sections = replace(
        made.sections["RCA"],
        quality=np.where(blind, 0.0, 1.0),
        lumen_area_mm2=np.where(blind, np.nan, made.sections["RCA"].lumen_area_mm2),
    )
    rows = rows_of(replace(made, sections=made.sections | {"RCA": sections}))["RCA"]
    shut = [row for row in rows if 31.0 <= float(row["s_mm"]) <= 47.0]
    assert {row["lumen_area_mm2"] for row in shut if row["quality"] == "0.000"} == {""}
    assert {row["lumen_area_mm2"] for row in shut if row["quality"] == "1.000"} == {"0.000"}


def test_runs_of_doubt_are_told_from_to() -> None:
    _, sections = damaged(10.0, 12.0, 0.4)
    assert doubtful_runs_mm(sections, 0.6) == ((9.75, 12.25),)
    assert doubtful_runs_mm(sections, 0.3) == ()


def test_the_made_case_has_no_doubt() -> None:
    assert all(f.code != "image-quality" for o in made_analysis().occlusions for f in o.flags)
