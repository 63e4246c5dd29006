import json
import math
from functools import partial

import numpy as np
import pytest

import planner.bench as bench_module
from planner.bench import Order, bench_accuracy
from planner.bench_cases import CLEAR, FULL_MOON, NO_DISTAL, VARIED, heart_cases, is_held_out, section_cases
from planner.bench_document import part_text, write_part
from planner.bench_job import Job, done_jobs
from planner.bench_overlap import overlap
from planner.bench_sections import agreement_line, kappa, section_tables
from planner.bench_table import Line, Table, numbers, share_line, value_line
from planner.bench_tree import _varied_table
from recon.centerline import Centerline
from recon.errors import CallError
from recon.phantom import HELD_OUT_SEED, random_case
from recon.report import silent

SMALL = {"grid": (24, 24, 24, 5.0, 5.0)}


@pytest.fixture(scope="module")
def case():
    return random_case(3, occlusion="RCA", length_mm=15.0, **SMALL)


def rca(case):
    return case.truth.vessel("RCA")


def test_the_true_line_overlaps_itself_wholly(case):
    got = overlap(rca(case).centerline, rca(case), case.truth)
    assert (got.ov, got.of, got.ot) == (1.0, 1.0, 1.0)
    assert got.ai_mm < 0.05


def test_a_line_that_stops_half_way_has_half_the_overlap_until_the_first_error(case):
    line = rca(case).centerline
    half = Centerline.through(line.between(0.0, line.length_mm / 2)[::4])
    got = overlap(half, rca(case), case.truth)
    assert got.of == pytest.approx(0.5, abs=0.03)
    assert got.ov == pytest.approx(2 / 3, abs=0.03)


def test_a_line_beside_the_vessel_does_not_overlap_and_a_small_shift_is_the_mean_distance(case):
    line = rca(case).centerline
    away = Centerline.through(line.points_mm[::8] + 6.0 * line.normal[::8])
    assert overlap(away, rca(case), case.truth).ov < 0.1
    near = Centerline.through(line.points_mm[::2] + 0.3 * line.normal[::2])
    assert overlap(near, rca(case), case.truth).ai_mm == pytest.approx(0.3, abs=0.06)


def test_running_on_into_another_true_artery_is_no_error_but_into_nothing_is(case):
    branch = case.truth.vessel("R-PLB")
    assert branch is not None
    on = np.vstack([rca(case).centerline.points_mm[::6], branch.centerline.points_mm[8::6]])
    assert overlap(Centerline.through(on), rca(case), case.truth).ov > 0.97
    direction = rca(case).centerline.tangent[-1] + np.array([0.0, 0.0, -1.5])
    tail = rca(case).centerline.points_mm[-1] + np.arange(1, 40)[:, None] * direction / np.linalg.norm(direction)
    lost = Centerline.through(np.vstack([rca(case).centerline.points_mm[::6], tail]))
    assert overlap(lost, rca(case), case.truth).ov < 0.93


def test_shares_and_values_say_whether_the_aim_is_met():
    assert share_line("x", [True] * 19 + [False], 95).met
    assert not share_line("x", [True] * 18 + [False] * 2, 95).met
    assert value_line("x", np.array([1.0, 2.0, 9.0]), "median", "mm", at_most=2.0).met
    assert not value_line("x", np.array([1.0, 2.0, 9.0]), "p95", "mm", at_most=2.0).met
    assert value_line("x", np.array([]), "mean", "mm").measured == "no cases"
    assert numbers([{"a": 1.0}, {"a": math.nan}, {"b": 2}], "a").tolist() == [1.0]


def test_kappa_of_equal_and_of_unrelated_readings():
    a = np.array([True, True, False, False])
    assert kappa(a, a) == 1.0
    assert kappa(a, np.array([True, False, True, False])) == pytest.approx(0.0)


def made_section(area, got, **more):
    row = {"occluded": False, "area": area, "arc": 90.0, "csa": 20.0, "thickness": 1.0, "hu": 900.0, "lumen": 5.0, "wall": 10.0}
    row |= {
        "got_lumen": 5.0,
        "got_wall": 10.0,
        "got_area": got,
        "got_arc": 92.0,
        "got_csa": 20.0,
        "seed": 1,
        "vessel": "RCA",
        "s_mm": 5.0,
    }
    row |= {"low_area": got - 0.2, "high_area": got + 0.2, "low_arc": 80.0, "high_arc": 100.0, "low_csa": 15.0, "high_csa": 25.0}
    return {**row, "rule_half": area * 1.4, **more}


def test_section_tables_state_bias_and_compare_with_the_rules():
    rows = [made_section(a, a * 1.02) for a in (1.0, 2.0, 3.0)] + [made_section(0.0, 0.0, thickness=0.0)]
    tables = {t.title.split(":")[0]: t for t in section_tables(rows)}
    lines = {line.what: line for line in tables["Calcium per section"].lines}
    assert lines["calcium area bias, all"].measured.startswith("+2.0 %") and lines["calcium area bias, all"].met
    assert tables["Calcium area"].lines[0].met
    missed = [made_section(a, a * 0.8) for a in (1.0, 2.0, 3.0)]
    assert not section_tables(missed)[0].lines[0].met


def named_lines(rows):
    return {line.what: line for table in section_tables(rows) for line in table.lines}


def test_volume_counts_false_calls_and_sections_of_one_vessel_together():
    rows = [made_section(2.0, 1.8), made_section(0.0, 0.4), made_section(4.0, 5.0, vessel="LAD")]
    line = named_lines(rows)["calcium volume of a vessel, bias"]
    assert line.measured.startswith("+20.0 %") and not line.met and line.count == 2


def test_agreement_on_what_never_occurs_claims_nothing():
    none, sure = np.zeros(4, bool), np.ones(4, bool)
    line = agreement_line("full moon", none, none, sure)
    assert line.met is None
    assert line.measured.startswith("none truly so, 0 said so")


def test_every_ninth_segment_holds_a_full_moon_and_no_seed_comes_twice():
    cases = list(section_cases(16, 50))
    assert [group for group, _ in cases].count(FULL_MOON) == 2 and len(cases) == 18
    assert len({case.seed for _, case in cases}) == 18


def test_a_full_moon_denied_with_certainty_is_counted():
    full = {"csa": 98.0, "arc": 360.0, "got_arc": 360.0}
    denied = made_section(9.8, 8.0, **full, got_csa=80.0, low_csa=70.0, high_csa=90.0)
    unsure = made_section(9.8, 9.3, **full, got_csa=93.0, low_csa=85.0, high_csa=99.0)
    lines = named_lines([denied, unsure, made_section(2.0, 2.0)])
    assert lines["true full moons denied without saying borderline"].measured.startswith("50.0 %")
    assert lines["full moon, kappa of the best values, borderline or not"].measured.endswith("0.00 (2 truly so)")


def test_full_moon_needs_area_and_arc_and_leaves_borderline_out():
    sure = {"low_csa": 96.0, "high_csa": 100.0}
    full = made_section(9.8, 9.8, csa=98.0, got_csa=98.0, arc=360.0, got_arc=360.0, **sure)
    half_round = made_section(9.8, 9.8, csa=98.0, got_csa=98.0, arc=200.0, got_arc=200.0, **sure)
    borderline = {**full, "got_csa": 60.0, "low_csa": 40.0}
    what = "full moon (area 95 %, arc 350 deg), kappa where not borderline"
    line = named_lines([full, half_round, made_section(2.0, 2.0), borderline])[what]
    assert line.met and line.count == 3
    assert not named_lines([full, half_round, {**full, "got_arc": 300.0}])[what].met


def test_intervals_of_lumen_and_wall_are_held_to_the_truth():
    held = {"low_lumen": 4.0, "high_lumen": 6.0, "low_wall": 9.0, "high_wall": 11.0}
    rows = [made_section(1.0, 1.0, **held)] * 9 + [made_section(1.0, 1.0, **{**held, "low_lumen": 5.5})]
    lines = named_lines(rows)
    assert lines["truth inside the 90 % interval, lumen, patent"].measured.startswith("90.0 %")
    assert lines["truth inside the 90 % interval, wall, patent"].measured.startswith("100.0 %")


def test_a_patent_section_called_occluded_is_counted_openly():
    lines = named_lines([made_section(1.0, 1.0)] * 3 + [made_section(1.0, 1.0, got_open=False, got_lumen=0.0)])
    assert lines["such sections called occluded"].measured.startswith("25.0 %")
    assert lines["the same without those"].met and not lines["lumen area, patent, diameter >= 1.5 mm"].met


def test_tree_table_counts_what_was_found():
    main = {"kind": "main", "found": True, "ov": 0.98, "of": 0.9, "ot": 0.99, "ai_mm": 0.1, "named": True}
    rows = [main, {**main, "found": False, "ov": 0.2, "named": False}]
    rows += [{"kind": "occlusion", "bridged": False}, {"kind": "case", "false_branches": 2}]
    lines = {line.what: line for line in _varied_table(rows).lines}
    assert lines["main vessels found"].measured.startswith("50.0 %")
    assert lines["occlusions bridged automatically"].met is False
    assert lines["false branches per case, mean"].met is False


def test_cases_have_their_groups_and_held_out_seeds_are_known():
    groups = [group for group, _ in heart_cases(4, 10)]
    assert groups.count(VARIED) == 4 and groups.count(CLEAR) == 2 and NO_DISTAL in groups
    assert is_held_out(HELD_OUT_SEED) and not is_held_out(HELD_OUT_SEED - 1)


def test_writing_a_part_again_replaces_it_and_keeps_the_others(tmp_path):
    path = tmp_path / "accuracy.md"
    tables = (Table("Title", (Line("a", "1 mm", "<= 2 mm", True, 3),)),)
    write_part(path, "tree", part_text("tree", tables, ("Date one.",)))
    write_part(path, "sections", part_text("sections", tables, ("Date two.",)))
    write_part(path, "tree", part_text("tree", tables, ("Date three.",)))
    text = path.read_text()
    assert "Date one." not in text and "Date two." in text and "Date three." in text
    assert text.count("<!-- part: tree -->") == 1 and text.startswith("# Accuracy")


def rows_of(seed, report):
    report(0.5, "half")
    return {"tree": [{"kind": "case", "group": "varied", "seed": seed, "false_branches": 0}]}


def test_a_stopped_run_goes_on_from_the_kept_rows(tmp_path, monkeypatch):
    calls = []

    def measure(report):
        calls.append(1)
        return rows_of(3, report)

    monkeypatch.setattr(bench_module, "heart_jobs", lambda *_: iter([Job("varied-3", measure)]))
    monkeypatch.setattr(bench_module, "_gallery", lambda *_: None)
    order = Order("tree", 1, 3, folder=tmp_path)
    first = bench_accuracy(order)
    assert bench_accuracy(order) == first
    assert calls == [1]
    assert json.loads(next((tmp_path / "tree").rglob("*.json")).read_text())["tree"][0]["seed"] == 3


def test_a_kept_flag_is_read_back_as_the_flag_it_was(tmp_path):
    order, job = Order("sections", 1, 3, folder=tmp_path), Job("segment-3", partial(rows_of, 3))
    bench_module._keep(order, job, {"sections": [{"mouth": np.bool_(False), "area": np.float32(0.5)}]})
    assert bench_module._kept(order, job) == {"sections": [{"mouth": False, "area": 0.5}]}
    with pytest.raises(TypeError, match="Path"):
        bench_module._keep(order, job, {"sections": [{"where": tmp_path}]})


def failing(report):
    raise ValueError("no such case")


def test_worker_processes_give_the_same_rows_as_one_process():
    jobs = [Job(str(n), partial(rows_of, n)) for n in range(3)]
    alone = {job.name: rows for job, rows in done_jobs(jobs, 1, silent)}
    assert {job.name: rows for job, rows in done_jobs(jobs, 2, silent)} == alone
    with pytest.raises(ValueError, match="no such case"):
        list(done_jobs([*jobs, Job("broken", failing)], 2, silent))


def test_an_unknown_part_is_refused():
    with pytest.raises(CallError, match="no accuracy part"):
        bench_accuracy(Order("lungs"))
